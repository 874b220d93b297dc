"""Edges between tasks: `>>`, `<<`, `set_upstream`, `chain`, `cross_downstream`, with groups, lists and labels.

A group stands for its leaves when it is upstream and for its roots when it is downstream, at the moment of the statement, as in
`TaskGroup` of Airflow 2 and 3.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import GroupObject, Label, TaskObject, XCom
from migrator.analyzers.interpreter.values import Call, Env, Native, RaiseSignal

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.airflow.objects import AirflowObject, DagObject
    from migrator.analyzers.interpreter.machine import Machine


def is_related(value: Any) -> bool:
    """Whether the value can stand on a side of `>>` as Airflow means it."""
    if isinstance(value, (TaskObject, GroupObject, XCom, Label)):
        return True
    return isinstance(value, (list, tuple)) and any(is_related(item) for item in value)


def shift(machine: Machine, left: Any, right: Any, forward: bool, node: cst.CSTNode, env: Env) -> Any:
    """`left >> right` (or `<<`); gives the right side, as Airflow does."""
    sizes = [len(side) if isinstance(side, (list, tuple)) else 1 for side in (left, right)]
    machine.charge(sizes[0] * sizes[1])
    relate(left, right) if forward else relate(right, left)
    return right


def ends(value: Any, upstream: bool) -> list[TaskObject]:
    """The tasks that a side of an edge stands for."""
    if isinstance(value, TaskObject):
        return [value]
    if isinstance(value, XCom):
        return value.tasks()
    if isinstance(value, GroupObject):
        return value.leaves() if upstream else value.roots()
    if isinstance(value, Label):
        return [task for item in (value.upstream if upstream else value.downstream) for task in ends(item, upstream)]
    if isinstance(value, (list, tuple)):
        return [task for item in value for task in ends(item, upstream)]
    return []


def relate(upstream: Any, downstream: Any) -> None:
    """Every task that `upstream` stands for before every one that `downstream` stands for."""
    if isinstance(downstream, Label):
        downstream.upstream.append(upstream)
        if not downstream.downstream:
            return
    if isinstance(upstream, Label):
        upstream.downstream.append(downstream)
    for down in ends(downstream, upstream=False):
        for up in ends(upstream, upstream=True):
            down.set_upstream(up)
    for above in _parts(upstream):
        for below in _parts(downstream):
            if isinstance(above, GroupObject):
                above.downstream.update(dict.fromkeys([below, *ends(below, upstream=False)]))
            if isinstance(below, GroupObject):
                below.upstream.update(dict.fromkeys([above, *ends(above, upstream=True)]))


def _parts(value: Any) -> list[TaskObject | GroupObject]:
    """The tasks and groups that are named on a side of an edge."""
    if isinstance(value, (list, tuple)):
        return [part for item in value for part in _parts(item)]
    return [value] if isinstance(value, GroupObject) else [*ends(value, upstream=True)]


def in_order(tasks: tuple[TaskObject, ...]) -> tuple[TaskObject, ...]:
    """`dag.topological_sort()`: tasks after those upstream, else in the order in which they were made."""
    waiting, found = dict.fromkeys(tasks), list[TaskObject]()
    while waiting:
        ready = []
        for task in list(waiting):
            if not any(up in waiting for up in task.upstream):
                del waiting[task]
                ready.append(task)
        if not ready:
            raise RaiseSignal("AirflowDagCycleException", "a cyclic dependency")
        found += ready
    return tuple(found)


def relatives(group: GroupObject, name: str) -> set[str]:
    """`group.upstream_task_ids`, `group.downstream_group_ids` and the like."""
    others = group.upstream if name.startswith("upstream") else group.downstream
    if name.endswith("_group_ids"):
        return {other.group_id for other in others if isinstance(other, GroupObject)}
    return {other.task_id for other in others if isinstance(other, TaskObject)}


def relation_method(value: AirflowObject, name: str) -> Native:
    """`set_upstream` or `set_downstream` of a task, group or result."""

    def method(machine: Machine, call: Call) -> None:
        for other in [*call.args, *call.kwargs.values()]:
            if is_related(other):
                relate(other, value) if name == "set_upstream" else relate(value, other)

    return Native(name, method)


def shift_method(value: AirflowObject, name: str) -> Native:
    """`task.__rshift__(other)` and `task.__lshift__(other)`, called as methods."""
    forward = name == "__rshift__"
    return Native(name, lambda m, call: shift(m, value, call.args[0], forward, call.node, call.env))


def set_dependency(machine: Machine, dag: DagObject, call: Call) -> None:
    """`dag.set_dependency(upstream_id, downstream_id)`."""
    up, down = (
        dag.tasks.get(str(call.argument(i, n))) for i, n in enumerate(("upstream_task_id", "downstream_task_id"))
    )
    if up is not None and down is not None:
        down.set_upstream(up)


def chain(machine: Machine, call: Call) -> None:
    """`chain(a, [b, c], [d, e], f)`: lists beside each other are paired."""
    for up, down in zip(call.args, call.args[1:], strict=False):
        both_lists = isinstance(up, (list, tuple)) and isinstance(down, (list, tuple))
        if not both_lists:
            relate(up, down)
        elif len(up) != len(down):
            raise RaiseSignal("AirflowException", "chain: lists of different lengths")
        else:
            for one, other in zip(up, down, strict=True):
                relate(one, other)


def chain_linear(machine: Machine, call: Call) -> None:
    """`chain_linear(a, [b, c], d)`: lists are crossed; an empty one parts what stands before and after it."""
    for up, down in itertools.pairwise(call.args):
        relate(up, down)


def cross_downstream(machine: Machine, call: Call) -> None:
    relate(call.argument(0, "from_tasks"), call.argument(1, "to_tasks"))


def mark_setup_teardown(machine: Machine, task: TaskObject, name: str, call: Call) -> Any:
    """`task.as_setup()` and `task.as_teardown(setups=...)`."""
    if name == "as_setup":
        task.is_setup = True
        return task
    task.is_teardown = True
    task.arguments["trigger_rule"] = "all_done_setup_success"
    if "on_failure_fail_dagrun" in call.kwargs:
        task.arguments["on_failure_fail_dagrun"] = call.kwargs["on_failure_fail_dagrun"]
    setups = call.argument(0, "setups")
    for setup in setups if isinstance(setups, (list, tuple)) else [setups]:
        if isinstance(setup, XCom):
            setup = setup.task
        if isinstance(setup, TaskObject):
            setup.is_setup = True
            task.set_upstream(setup)
    return task

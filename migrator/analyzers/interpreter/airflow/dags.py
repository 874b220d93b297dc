"""Making DAGs and task groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.analyzers import constants
from migrator.analyzers.interpreter.airflow.objects import DagObject, GroupObject, inputs_in
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.origins import origins_of
from migrator.analyzers.interpreter.values import MISSING, Call
from migrator.model.values import Text
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

DAG_PATH = "airflow.sdk.DAG"


def known_id(machine: Machine, value: Any, what: str, call: Call) -> str:
    """An id as text; where parts of it are not known they stay visible, with a finding."""
    value = machine.settle(enum_value(value) if is_data_enum(value) else value, call.node, call.env)
    if isinstance(value, str):
        return value
    from migrator.analyzers.interpreter.freeze import Freezer

    text = constants.without(str(Text((Freezer(machine).value(value),))))
    machine.report("MIG103", call.node, call.env, f"the {what} id `{text}` is not known", resolved_by=origins_of(value))
    return text


def make_dag(
    machine: Machine,
    call: Call,
    default_id: str | None = None,
    docstring: str | None = None,
    made: DagObject | None = None,
) -> DagObject:
    """`DAG(dag_id, description, schedule, ...)`; `made`: the instance of an analyzed subclass whose base is initialized."""
    given = dict(call.kwargs)
    for name, value in zip(("dag_id", "description", "schedule"), call.args, strict=False):
        given.setdefault(name, value)
    arguments = {names.argument_name(DAG_PATH, name): value for name, value in given.items()}
    dag = DagObject("", {}, machine.place_in_file(call.node, call.env), call.env.module.name) if made is None else made
    dag.dag_id = known_id(machine, arguments.get("dag_id", default_id or ""), "DAG", call)
    dag.arguments, dag.docstring = arguments, docstring
    defaults = machine.settle(arguments.get("default_args"), call.node, call.env)
    if isinstance(defaults, dict):
        dag.default_args = {name: value for name, value in defaults.items() if isinstance(name, str)}
    machine.airflow.dags.append(dag)
    return dag


_DEFAULTS: dict[str, Any] = {
    "max_active_runs": 16,
    "max_active_tasks": 16,
    "description": None,
    "doc_md": None,
    "dagrun_timeout": None,
    "end_date": None,
    "is_subdag": False,
    "parent_dag": None,
    "owner": "airflow",
}
"""What a DAG has of which the code says nothing, with Airflow's own configuration."""


def setting(machine: Machine, dag: DagObject, name: str) -> Any:
    """An attribute of a DAG that is one of its settings, under any of its names; MISSING where it is none."""
    name = names.argument_name(DAG_PATH, name)
    if name in dag.arguments:
        return dag.arguments[name]
    if name in ("start_date", "end_date", "owner") and name in dag.default_args:
        return dag.default_args[name]
    if name in ("tags", "params"):
        return {} if name == "params" else []
    if name == "catchup":
        return machine.airflow.version == "2"
    if name in ("fileloc", "filepath"):
        return machine.path_of(dag.span.file)
    return _DEFAULTS.get(name, MISSING)


def make_group(
    machine: Machine,
    call: Call,
    default_id: str | None = None,
    suffix: bool = False,
    made: GroupObject | None = None,
) -> GroupObject:
    """`TaskGroup(group_id, ...)`; `suffix`: a name already taken gets `__1`, as under `@task_group`.

    `made`: the instance of an analyzed subclass whose base is initialized.
    """
    value = call.argument(0, "group_id", default_id)
    label = known_id(machine, value, "group", call) if value is not None else ""
    dag = call.kwargs.get("dag")
    parent = call.kwargs.get("parent_group")
    if not isinstance(dag, DagObject):
        dag = parent.dag if isinstance(parent, GroupObject) else machine.airflow.current_dag()
    if not isinstance(parent, GroupObject):
        parent = machine.airflow.current_group(dag)
    prefix = call.kwargs.get("prefix_group_id", call.argument(1, "prefix_group_id", True)) is not False
    group_id = parent.child_id(label) if parent is not None else label
    taken = dag.groups if dag is not None else {}
    if group_id in taken and (suffix or call.kwargs.get("add_suffix_on_collision") is True):
        base, number = group_id, 1
        while f"{base}__{number}" in taken or (dag is not None and f"{base}__{number}" in dag.tasks):
            number += 1
        group_id = f"{base}__{number}"
    group = GroupObject("", None, None) if made is None else made
    group.group_id, group.parent, group.dag, group.prefix = group_id, parent, dag, prefix
    defaults = machine.settle(call.kwargs.get("default_args"), call.node, call.env)
    inherited = parent.default_args if parent is not None and parent.group_id else {}
    group.default_args = {**inherited, **(defaults if isinstance(defaults, dict) else {})}
    tooltip = call.kwargs.get("tooltip", MISSING)
    group.tooltip = tooltip if isinstance(tooltip, str) else ""
    if parent is not None:
        parent.children[group_id] = group
    if dag is not None:
        dag.groups[group_id] = group
    return group


def link_group_inputs(group: GroupObject, over: dict[str, Any]) -> None:
    """A mapped group runs after the tasks whose results it is expanded over."""
    upstream = [task for value in over.values() for task in inputs_in(value)]
    for root in group.roots():
        for task in upstream:
            if task not in group.all_tasks():
                root.set_upstream(task)

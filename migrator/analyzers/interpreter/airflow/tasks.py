"""Making tasks of operator classes, the library's and the team's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.dags import known_id
from migrator.analyzers.interpreter.airflow.objects import (
    DagObject,
    GroupObject,
    SetupContext,
    TaskObject,
    XCom,
    inputs_in,
    link_arguments,
)
from migrator.analyzers.interpreter.airflow.own_attributes import CALL_ARGUMENTS, forget_overwritten
from migrator.analyzers.interpreter.language.open_dicts import OpenDict
from migrator.analyzers.interpreter.origins import origins_of
from migrator.analyzers.interpreter.values import (
    Call,
    Class,
    Env,
    External,
    Function,
    RaiseSignal,
    unknown,
)
from migrator.analyzers.nodes import descend
from migrator.model.values import Symbolic
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_PLUMBING = frozenset({"task_id", "dag", "task_group", "default_args"})


def make_task(
    machine: Machine, target: Class | External, call: Call, expand: dict[str, Any] | None = None
) -> TaskObject:
    """`Operator(task_id=..., ...)`, or with `expand` `Operator.partial(...).expand(...)`."""
    if isinstance(target, Class):
        path, bases, operator, cls = target.path, ancestors(target), target.name, target
    else:
        path, bases, operator, cls = target.path, (), names.display_name(target.imported or target.path), None
    task = TaskObject("", "", operator, path, bases, machine.span(call.node, call.env), cls=cls)
    init = target.find("__init__") if isinstance(target, Class) else None
    if cls is not None:
        task.made_with = (list(call.args), with_defaults(machine, cls, call))
    if isinstance(init, Function) and expand is None:
        kwargs = task.made_with[1]
        task.arguments = {name: value for name, value in call.kwargs.items() if name not in _PLUMBING}
        from migrator.analyzers.interpreter.language.calls import call_function

        try:
            call_function(machine, init, Call([task, *call.args], kwargs, call.node, call.env, call.star))
        except RaiseSignal as signal:
            machine.report("MIG105", call.node, call.env, f"`{operator}.__init__` could not be followed: {signal}")
        if not task.initialized:
            initialize(machine, task, Call([], call.kwargs, call.node, call.env, call.star))
        take_callables(machine, task, call)
    else:
        initialize(machine, task, made_of_others(machine, path, call), expand)
    note_arguments(machine, task, call)
    return registered(machine, task)


_MADE_OF_OTHERS = {
    "airflow.providers.google.cloud.operators.dataproc.DataprocCreateClusterOperator": (
        "dataproc_",
        "with_cluster_config",
    )
}
"""Operators that make an argument of others, and the function of `library_code` that does it, too."""


def made_of_others(machine: Machine, path: str, call: Call) -> Call:
    """The call of an operator with the arguments that it itself makes of those that are given."""
    place = _MADE_OF_OTHERS.get(names.canonical(path))
    if place is None:
        return call
    from migrator.analyzers.interpreter.libraries.library_classes import member

    _, _, defaults = context_defaults(machine, call)
    given = {**{name: defaults[name] for name in ("project_id",) if name in defaults}, **call.kwargs}
    made = machine.call(member(machine, *place), [], given, call.node, call.env)
    return call if not isinstance(made, dict) else Call(call.args, made, call.node, call.env, call.star)


def ancestors(target: Class | External) -> tuple[str, ...]:
    """The paths of the classes that an operator class derives from, nearest first; of a library's class they are not known here."""
    order = target.mro()[1:] if isinstance(target, Class) else []
    return tuple(entry.path for entry in order if isinstance(entry, (Class, External)))


def registered(machine: Machine, task: TaskObject) -> TaskObject:
    """The task itself, or the one that already has its id where only one of two branches will be taken."""
    if task.dag is not None:
        return task.dag.tasks.get(task.task_id, task)
    return task


def context_defaults(machine: Machine, call: Call) -> tuple[DagObject | None, GroupObject | None, dict[str, Any]]:
    """DAG, group and `default_args` that hold for a task made here."""
    dag = call.kwargs.get("dag")
    group = call.kwargs.get("task_group")
    if not isinstance(dag, DagObject):
        dag = group.dag if isinstance(group, GroupObject) else machine.airflow.current_dag()
    if not isinstance(group, GroupObject):
        group = machine.airflow.current_group(dag)
    defaults = dict(dag.default_args) if dag is not None else {}
    if group is not None:
        defaults.update(group.default_args)
    own = machine.settle(call.kwargs.get("default_args"), call.node, call.env)
    if isinstance(own, dict):
        defaults.update({name: value for name, value in own.items() if isinstance(name, str)})
    return dag, group, defaults


def with_defaults(machine: Machine, cls: Class, call: Call) -> dict[str, Any]:
    """The call's arguments, with those parameters of the class's `__init__`, and of those that it hands `**kwargs` on to, that only `default_args` gives."""
    _, _, defaults = context_defaults(machine, call)
    kwargs, said = dict(call.kwargs), set(call.kwargs)
    for entry in cls.mro() if defaults else ():
        init = entry.namespace.get("__init__") if isinstance(entry, Class) else None
        if not isinstance(init, Function):
            continue
        params = init.node.params
        for param in (*params.params, *params.kwonly_params):
            if (name := param.name.value) in defaults and name not in said:
                kwargs[name] = defaults[name]
        if params.star_kwarg is None:
            break
        said |= _handed_by_name(init)
    return kwargs


def _handed_by_name(init: Function) -> set[str]:
    """What an `__init__` gives that of its base by name."""
    calls = (node for node in descend(init.node) if type(node) is cst.Call and type(node.func) is cst.Attribute)
    given = (node.args for node in calls if cst.ensure_type(node.func, cst.Attribute).attr.value == "__init__")
    return {arg.keyword.value for args in given for arg in args if arg.keyword is not None}


def initialize_decorated(machine: Machine, task: TaskObject, call: Call) -> None:
    """Calls the `__init__` of the team's own class, for a task that a decorator has made: what that hands on are the arguments of Airflow's operator."""
    init = task.cls.find("__init__") if task.cls is not None else None
    if not isinstance(init, Function):
        return
    from migrator.analyzers.interpreter.language.calls import call_function

    given = {"python_callable": task.function, "op_args": list(task.call_args), "op_kwargs": dict(task.call_kwargs)}
    kwargs = {**given, **task.made_with[1], "task_id": task.label}
    try:
        call_function(machine, init, Call([task], kwargs, call.node, call.env))
    except RaiseSignal as signal:
        machine.report("MIG105", call.node, call.env, f"`{task.operator}.__init__` could not be followed: {signal}")


def initialize(machine: Machine, task: TaskObject, call: Call, expand: dict[str, Any] | None = None) -> None:
    """What BaseOperator's own `__init__` does: id, DAG, group, defaults, inputs."""
    dag, group, defaults = context_defaults(machine, call)
    given = dict(call.kwargs)
    if call.args and "task_id" not in given:
        given["task_id"] = call.args[0]
    arguments = {names.argument_name(task.path, name): value for name, value in given.items() if name not in _PLUMBING}
    if task.decorator is not None:  # which has placed it, and knows what its function is called with
        arguments = {name: value for name, value in arguments.items() if name not in CALL_ARGUMENTS}
        task.arguments.update(arguments)
        task.reached = frozenset(arguments)
        forget_overwritten(task, arguments)
        return
    task.arguments.update(arguments)
    task.reached = frozenset(arguments)
    task.inherited = defaults
    task.expand = expand or {}
    task.mapped = expand is not None
    label = known_id(machine, given.get("task_id", ""), "task", call)
    place(machine, task, label, dag, group, call)
    forget_overwritten(task, arguments)
    take_callables(machine, task, call)
    link_arguments(task)
    task.initialized = True


def take_callables(machine: Machine, task: TaskObject, call: Call) -> None:
    """Notes which function an operator calls, and with what, as its arguments say now."""
    for name in CALL_ARGUMENTS:
        if name in task.arguments:
            take_callable(machine, task, name, task.arguments[name], call)


def take_callable(machine: Machine, task: TaskObject, name: str, value: Any, call: Call) -> None:
    if name == "python_callable":
        task.function = value
    else:
        value = machine.settle(value, call.node, call.env)
        if name == "op_args" and isinstance(value, (list, tuple)):
            task.call_args = list(value)
        elif name == "op_args" and isinstance(value, (Symbolic, XCom)):
            source = value.source if isinstance(value, Symbolic) else ""
            why = "it is not known how many arguments its function gets"
            task.call_args = [unknown(source, why, origins=origins_of(value))]
        elif name == "op_kwargs" and isinstance(value, (OpenDict, Symbolic, XCom)):
            task.call_kwargs = {"**": value}
        elif name == "op_kwargs" and isinstance(value, dict):
            task.call_kwargs = {key: item for key, item in value.items() if isinstance(key, str)}
        elif name == "op_kwargs" and isinstance(value, str):
            task.call_kwargs = {"**": value}  # a template that becomes a dict


def place(
    machine: Machine, task: TaskObject, label: str, dag: DagObject | None, group: GroupObject | None, call: Call
) -> None:
    """Gives the task its full id and puts it into the DAG and group."""
    task.label = label
    task.task_id = group.child_id(label) if group is not None else label
    task.group, task.dag = group, dag
    machine.airflow.created += 1
    sites = machine.call_sites
    if sites:
        task.call_site = machine.span(*sites[0])
    for frame in machine.bindings:
        task.bindings.update(frame)
    if dag is None:
        machine.airflow.unplaced.append(task)
    else:
        if task.task_id in dag.tasks and not machine.uncertain:
            existing = dag.tasks[task.task_id]
            machine.report(
                "MIG106",
                call.node,
                call.env,
                f"task `{task.task_id}` is already defined in line {existing.span.line}",
            )
        if task.task_id not in dag.tasks:
            dag.tasks[task.task_id] = task
    if group is not None:
        group.children.setdefault(task.task_id, task)
    for context in reversed(machine.airflow.contexts):
        if isinstance(context, (DagObject, GroupObject)):
            break
        if isinstance(context, SetupContext):
            context.members.append(task)


def note_arguments(machine: Machine, task: TaskObject, call: Call) -> None:
    """Where the arguments of the call stand in the file."""
    if type(call.node) is cst.Call and not call.env.module.is_library:
        positions = machine.positions_of(call.env.module)
        for argument in call.node.args:
            if argument.keyword is not None:
                task.argument_spans[argument.keyword.value] = positions.span(argument.value, call.env.module.file)


def close_setup_context(context: SetupContext) -> None:
    """The end of `with setup:` or `with teardown:`: its tasks run between."""
    members = [task for task in context.members if task not in context.tasks]
    inside = set(members)
    roots = [task for task in members if not any(up in inside for up in task.upstream)]
    leaves = [task for task in members if not any(down in inside for down in task.downstream)]
    for manager in context.tasks:
        setups = [up for up in manager.upstream if up.is_setup] if manager.is_teardown else [manager]
        for root in roots:
            for setup in setups:
                root.set_upstream(setup)
        if manager.is_teardown:
            for leaf in leaves:
                manager.set_upstream(leaf)


__all__ = ["Env", "XCom", "close_setup_context", "context_defaults", "initialize", "inputs_in", "make_task", "place"]

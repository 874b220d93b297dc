"""TaskFlow: `@dag`, `@task` and its variants, `@task_group`, `@setup`, `@teardown`, `@asset`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.dags import known_id, link_group_inputs, make_dag, make_group
from migrator.analyzers.interpreter.airflow.objects import (
    AirflowObject,
    DagObject,
    TaskObject,
    XCom,
    link_inputs,
)
from migrator.analyzers.interpreter.airflow.tasks import (
    ancestors,
    context_defaults,
    initialize_decorated,
    note_arguments,
    place,
    with_defaults,
)
from migrator.analyzers.interpreter.language.attributes import docstring
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Env,
    External,
    Function,
    Instance,
    Native,
)
from migrator.model.values import Symbolic
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


@dataclass(slots=True, eq=False, repr=False)
class TaskDecorator(AirflowObject):
    """`@task`, `@task.bash(...)`: makes a `DecoratedCall` of a function."""

    kind: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    operator: Class | External | None = None
    """The class of the tasks, where a library or the team's own code made the decorator (`task_decorator_factory`)."""

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name in ("run_if", "skip_if"):
            return Native(name, lambda m, call: conditional(name, call.argument(0, "condition")))
        return TaskDecorator(f"{self.kind}.{name}", self.kwargs)

    def call(self, machine: Machine, call: Call) -> Any:
        function = call.args[0] if call.args else call.kwargs.get("python_callable")
        if isinstance(function, DecoratedCall):
            function = function.function
        if function is not None:
            kwargs = {name: value for name, value in call.kwargs.items() if name != "python_callable"}
            return DecoratedCall(function, self.kind, {**self.kwargs, **kwargs}, operator=self.operator)
        return replace(self, kwargs={**self.kwargs, **call.kwargs})


@dataclass(slots=True, eq=False, repr=False)
class DecoratedCall(AirflowObject):
    """A function under `@task`: calling it makes a task."""

    function: Any
    kind: str
    kwargs: dict[str, Any]
    partial: dict[str, Any] = field(default_factory=dict)
    is_setup: bool = False
    is_teardown: bool = False
    operator: Class | External | None = None

    @property
    def name(self) -> str:
        function = self.function.function if isinstance(self.function, BoundMethod) else self.function
        return getattr(function, "label", "task")

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "override":
            return Native(name, lambda m, call: replace(self, kwargs={**self.kwargs, **call.kwargs}))
        if name == "partial":
            return Native(name, lambda m, call: replace(self, partial={**self.partial, **call.kwargs}))
        if name == "expand":
            return Native(
                name, lambda m, call: self.make(m, Call([], dict(self.partial), call.node, call.env), dict(call.kwargs))
            )
        if name == "expand_kwargs":
            return Native(
                name,
                lambda m, call: self.make(
                    m, Call([], dict(self.partial), call.node, call.env), {"**": call.argument(0, "kwargs")}
                ),
            )
        if name in ("function", "__wrapped__"):
            return self.function
        if name in ("__name__", "__qualname__"):
            return self.name
        if name == "__doc__":
            return docstring(self.function) if isinstance(self.function, Function) else None
        return MISSING

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        if name in ("is_setup", "is_teardown"):
            setattr(self, name, value is True)

    def call(self, machine: Machine, call: Call) -> Any:
        return self.make(machine, call, None)

    def make(self, machine: Machine, call: Call, expand: dict[str, Any] | None) -> XCom:
        """Makes the task; gives its result."""
        path = names.decorated_class(self.kind) or f"airflow.decorators.{self.kind}"
        path = path if self.operator is None else self.operator.path
        bases = () if self.operator is None else ancestors(self.operator)
        context = Call([], self.kwargs, call.node, call.env)
        dag, group, defaults = context_defaults(machine, context)
        label = known_id(machine, self.kwargs.get("task_id", self.name), "task", context)
        full = group.child_id(label) if group is not None else label
        if dag is not None and full in dag.tasks and not machine.uncertain:
            label = free_label(label, full, dag)
        task = TaskObject("", "", path.rpartition(".")[2], path, bases, machine.span(call.node, call.env))
        task.function, task.decorator = self.function, self.kind
        task.arguments = {
            k: v for k, v in self.kwargs.items() if k not in ("task_id", "dag", "task_group", "default_args")
        }
        task.inherited = defaults
        task.call_args, task.call_kwargs = list(call.args), dict(call.kwargs)
        if isinstance(self.operator, Class):
            task.cls, task.made_with = self.operator, ([], with_defaults(machine, self.operator, context))
        task.expand, task.mapped = expand or {}, expand is not None
        place(machine, task, label, dag, group, call)
        initialize_decorated(machine, task, call)
        note_arguments(machine, task, call)
        for value in (*task.call_args, *task.call_kwargs.values(), *task.expand.values(), *task.arguments.values()):
            link_inputs(task, value)
        if self.is_teardown:
            task.is_teardown = True
            task.arguments.setdefault("trigger_rule", "all_done_setup_success")
        task.is_setup = self.is_setup
        task.initialized = True
        if dag is not None:
            task = dag.tasks[task.task_id]
        return XCom(task)


def conditional(name: str, condition: Any) -> Native:
    """`@task.run_if(condition)` or `@task.skip_if(condition)`, which stands above another decorator: the tasks get it as an argument of that name."""

    def above(machine: Machine, call: Call) -> Any:
        decorated = call.argument(0, "task")
        if not isinstance(decorated, DecoratedCall):
            return no(machine, call, f"`{name}` stands above what is no task")
        known = decorated.kwargs.get(name, [])
        method = condition.cls.find("__call__") if isinstance(condition, Instance) and condition.cls else None
        asked = BoundMethod(method, condition) if isinstance(method, Function) else condition
        return replace(decorated, kwargs={**decorated.kwargs, name: [*known, asked]})

    return Native(name, above)


def decorator_of_class(machine: Machine, call: Call) -> Any:
    """`task_decorator_factory(python_callable, multiple_outputs=..., decorated_operator_class=..., **kwargs)`."""
    given = dict(call.kwargs)
    operator = given.pop("decorated_operator_class", None)
    function = call.argument(0, "python_callable")
    given.pop("python_callable", None)
    if not isinstance(operator, (Class, External)):
        return no(machine, call, "the class of the tasks is not known")
    decorator = TaskDecorator(operator.path, given, operator)
    return decorator if function is None else decorator.call(machine, Call([function], {}, call.node, call.env))


def unique_task_id(machine: Machine, call: Call) -> Any:
    """`get_unique_task_id(task_id, dag, task_group)`: the id, with a number where the DAG has it already."""
    label = machine.settle(call.argument(0, "task_id"), call.node, call.env)
    kwargs = {"dag": call.argument(1, "dag"), "task_group": call.argument(2, "task_group")}
    dag, group, _ = context_defaults(machine, Call([], kwargs, call.node, call.env))
    if not isinstance(label, str):
        return no(machine, call, "the id is not known")
    full = group.child_id(label) if group is not None else label
    return free_label(label, full, dag) if dag is not None and full in dag.tasks else label


def free_label(label: str, full: str, dag: DagObject) -> str:
    """`label__1`, `label__2`...: the next one that is free (`get_unique_task_id`)."""
    number = 1
    while f"{full}__{number}" in dag.tasks:
        number += 1
    return f"{label}__{number}"


@dataclass(slots=True, eq=False, repr=False)
class DagDecorator(AirflowObject):
    """`@dag` or `@dag(...)`."""

    kwargs: dict[str, Any] = field(default_factory=dict)
    args: list[Any] = field(default_factory=list)

    def call(self, machine: Machine, call: Call) -> Any:
        if len(call.args) == 1 and isinstance(call.args[0], (Function, DecoratedCall)):
            return DagFactory(call.args[0], self.args, self.kwargs)
        return DagDecorator({**self.kwargs, **call.kwargs}, list(call.args))


@dataclass(slots=True, eq=False, repr=False)
class DagFactory(AirflowObject):
    """A function under `@dag`: calling it makes the DAG."""

    function: Any
    args: list[Any]
    kwargs: dict[str, Any]

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name in ("__wrapped__",):
            return self.function
        if name == "__name__":
            return self.function.label
        return MISSING

    def call(self, machine: Machine, call: Call) -> Any:
        from migrator.analyzers.interpreter.language.calls import bind_arguments, call_function

        function = self.function
        dag = make_dag(
            machine,
            Call(self.args, self.kwargs, call.node, call.env),
            default_id=function.label,
            docstring=docstring(function),
        )
        bound = bind_arguments(machine, function, Call(call.args, call.kwargs, call.node, call.env, star=True))
        wanted = [param.name.value for param in (*function.node.params.params, *function.node.params.kwonly_params)]
        params = dag.arguments.get("params")
        dag.arguments["params"] = {
            **(params if isinstance(params, dict) else {}),
            **{n: bound[n] for n in wanted if n in bound},
        }
        if not dag.arguments["params"]:
            del dag.arguments["params"]
        given = {name: Symbolic("param", name, "a param of the DAG", name) for name in wanted}
        dag.registered = True
        machine.airflow.contexts.append(dag)
        try:
            call_function(machine, function, Call([], given, call.node, call.env))
        finally:
            machine.airflow.contexts.pop()
        return dag


@dataclass(slots=True, eq=False, repr=False)
class GroupDecorator(AirflowObject):
    """`@task_group` or `@task_group(...)`."""

    kwargs: dict[str, Any] = field(default_factory=dict)

    def call(self, machine: Machine, call: Call) -> Any:
        if call.args and isinstance(call.args[0], (Function, DecoratedCall)):
            return GroupFactory(call.args[0], {**self.kwargs, **call.kwargs})
        kwargs = {**self.kwargs, **call.kwargs}
        if call.args:
            kwargs["group_id"] = call.args[0]
        return GroupDecorator(kwargs)


@dataclass(slots=True, eq=False, repr=False)
class GroupFactory(AirflowObject):
    """A function under `@task_group`: calling it makes the group with its tasks."""

    function: Any
    kwargs: dict[str, Any]
    partial: dict[str, Any] = field(default_factory=dict)

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "override":
            return Native(name, lambda m, call: replace(self, kwargs={**self.kwargs, **call.kwargs}))
        if name == "partial":
            return Native(name, lambda m, call: replace(self, partial={**self.partial, **call.kwargs}))
        if name in ("expand", "expand_kwargs"):
            return Native(
                name,
                lambda m, call: self.make(
                    m, call, dict(call.kwargs) if name == "expand" else {"**": call.argument(0, "kwargs")}
                ),
            )
        if name == "__name__":
            return self.function.label
        return MISSING

    def call(self, machine: Machine, call: Call) -> Any:
        return self.make(machine, call, None)

    def make(self, machine: Machine, call: Call, expand: dict[str, Any] | None) -> Any:
        """Makes the group; gives what its function returns, or the group itself."""
        from migrator.analyzers.interpreter.language.calls import call_function

        group = make_group(machine, Call([], self.kwargs, call.node, call.env), self.function.label, suffix=True)
        group.tooltip = group.tooltip or docstring(self.function) or ""
        kwargs = {**self.partial, **call.kwargs}
        args = call.args
        if expand is not None:
            group.mapped, group.expand = True, expand
            args = []
            for name in expand if "**" not in expand else [p.name.value for p in self.function.node.params.params]:
                kwargs.setdefault(name, None)
                if name not in self.partial:
                    kwargs[name] = Symbolic("element", name, "one element of what the group is mapped over", name)
        machine.airflow.contexts.append(group)
        try:
            result = call_function(
                machine, self.function, Call(args, kwargs, call.node, call.env, star=expand is not None)
            )
        finally:
            machine.airflow.contexts.pop()
        if expand is not None:
            link_group_inputs(group, expand)
        group.result = result
        return group if result is None else result


def mark(kind: str) -> Any:
    """`@setup` and `@teardown`, with and without arguments."""

    def apply(machine: Machine, call: Call) -> Any:
        value = call.args[0] if call.args else None
        if value is None:
            return Native(kind, lambda m, given: apply(m, replace(given, kwargs={**call.kwargs, **given.kwargs})))
        flagged = replace(value) if isinstance(value, DecoratedCall) else DecoratedCall(value, "task", {})
        flagged.kwargs = {**flagged.kwargs, **call.kwargs}
        flagged.is_setup, flagged.is_teardown = kind == "setup", kind == "teardown"
        return flagged

    return apply


DECORATOR_TYPES = (TaskDecorator, DagDecorator, GroupDecorator)

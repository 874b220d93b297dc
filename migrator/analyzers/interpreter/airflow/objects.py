"""Airflow's objects while code is evaluated: DAGs, groups, tasks, results of tasks, and what is under way.

Facts are Airflow 2.11.2's and 3.3.2's `DAG`, `TaskGroup`, `BaseOperator`, `XComArg`, read in the packages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.own_attributes import TASK_DEFAULTS, empty, is_argument
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Class,
    Env,
    External,
    Native,
)
from migrator.model.source import Span
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_RESULTS = frozenset(
    {("cluster_id", "airflow.providers.yandex.operators.dataproc.DataprocCreateClusterOperator")},
)
"""Properties of library operators that give the operator's result."""

_DAG_SETTINGS = frozenset({"dag_id", "doc_md", "description", "tags", "catchup", "schedule", "params", "start_date"})
"""What code sets on a DAG after it was made; other attributes of a subclass's instance are its own."""


class AirflowObject:
    """Base of the objects of Airflow that are modelled."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Short: an object holds syntax trees and, through its edges, the whole DAG."""
        names = (getattr(self, name, "") for name in ("kind", "dag_id", "group_id", "task_id", "key"))
        return f"<{type(self).__name__} {' '.join(str(name) for name in names if name)}>"

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        """The attribute's value, MISSING where it is not modelled."""
        return MISSING

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        """`object.name = value`."""

    def call(self, machine: Machine, call: Call) -> Any:
        """What calling the object gives."""
        return machine.unknown(call.node, call.env, "the called object is not evaluated")

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any] | None:
        """The elements that iterating over the object gives; None where that is not modelled."""
        return None

    def item(self, key: Any) -> Any:
        """`object[key]`, MISSING where it is not modelled."""
        return MISSING

    def set_item(self, key: Any, value: Any) -> None:
        """`object[key] = value`."""

    def mapping(self) -> dict[Any, Any] | None:
        """The object as a dict, where it is a mapping whose content is known."""
        return None

    def holds(self, item: Any) -> bool | None:
        """`item in object`; None where that is not known."""
        return None

    def compared(self, kind: Any, other: Any) -> Any:
        """`object <comparison> other`, MISSING where objects are only compared by identity."""
        return MISSING


@dataclass(slots=True, eq=False, repr=False)
class DagObject(AirflowObject):
    """A DAG. `arguments` are as given, under today's names; `tasks` in the order in which they were made."""

    dag_id: str
    arguments: dict[str, Any]
    span: Span
    module: str
    root: GroupObject = field(init=False)
    tasks: dict[str, TaskObject] = field(default_factory=dict)
    groups: dict[str, GroupObject] = field(default_factory=dict)
    default_args: dict[str, Any] = field(default_factory=dict)
    docstring: str | None = None
    registered: bool = False
    """Entered as a context or made by `@dag`: Airflow (from 2.4) finds it without a global name."""
    cls: Class | None = None
    """The analyzed subclass of DAG that it is an instance of."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """What the code of the subclass keeps in it."""

    def __post_init__(self) -> None:
        self.root = GroupObject("", None, self)

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        from migrator.analyzers.interpreter.airflow import dags as airflow_dags
        from migrator.analyzers.interpreter.airflow import members as airflow_members
        from migrator.analyzers.interpreter.airflow import relations as airflow_relations

        own = airflow_members.attribute_of_subclass(machine, self, name, node, env)
        if own is not MISSING:
            return own
        if name in ("__enter__", "__exit__"):
            return airflow_members.context_method(self, name)
        if name in ("dag_id", "_dag_id"):
            return self.dag_id
        if name == "default_args":
            return self.default_args
        if name == "task_dict":
            return dict(self.tasks)
        if name in ("tasks", "roots", "leaves", "task_ids"):
            tasks = list(self.tasks.values())
            if name == "roots":
                return [task for task in tasks if not task.upstream]
            if name == "leaves":
                return [task for task in tasks if not task.downstream]
            return [task.task_id for task in tasks] if name == "task_ids" else tasks
        if name == "task_group":
            return self.root
        if name == "folder":
            from posixpath import dirname

            return dirname(machine.path_of(self.span.file))
        if name in ("add_task", "add_tasks"):
            return Native(name, lambda m, call: add_tasks(m, self, call))
        if name in ("get_task",):
            return Native(
                name,
                lambda m, call: self.tasks.get(str(call.argument(0, "task_id")), m.unknown(node, env, "no such task")),
            )
        if name == "topological_sort":
            return Native(name, lambda m, call: airflow_relations.in_order(tuple(self.tasks.values())))
        if name == "has_task":
            return Native(name, lambda m, call: call.argument(0, "task_id") in self.tasks)
        if name == "task":
            from migrator.analyzers.interpreter.airflow.taskflow import TaskDecorator

            return TaskDecorator("task", {"dag": self})
        if name in ("set_dependency",):
            return Native(name, lambda m, call: airflow_relations.set_dependency(m, self, call))
        if name in ("test", "cli", "run", "clear"):
            return Native(name, lambda m, call: None)
        return airflow_dags.setting(machine, self, name)

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        if name == "dag_id" and isinstance(value, str):
            self.dag_id = value
        if self.cls is not None:
            self.attributes[name] = value
        if self.cls is None or name in _DAG_SETTINGS:
            self.arguments[names.argument_name("airflow.sdk.DAG", name)] = value


@dataclass(slots=True, eq=False, repr=False)
class GroupObject(AirflowObject):
    """A TaskGroup; the DAG's own root group has an empty id."""

    group_id: str
    parent: GroupObject | None
    dag: DagObject | None
    prefix: bool = True
    children: dict[str, TaskObject | GroupObject] = field(default_factory=dict)
    default_args: dict[str, Any] = field(default_factory=dict)
    tooltip: str = ""
    expand: dict[str, Any] = field(default_factory=dict)
    mapped: bool = False
    result: Any = None
    """What a `@task_group` function returned."""
    on_exit: Callable[[], None] | None = None
    """What the end of its `with` block does."""
    upstream: dict[TaskObject | GroupObject, None] = field(default_factory=dict)
    """What was set upstream of the group itself; so with `downstream`."""
    downstream: dict[TaskObject | GroupObject, None] = field(default_factory=dict)
    cls: Class | None = None
    """The analyzed subclass of TaskGroup that it is an instance of."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """What the code of the subclass keeps in it."""

    def child_id(self, label: str) -> str:
        """The full id of a child; a group that does not prefix leaves out its parents' prefixes too."""
        return f"{self.group_id}.{label}" if self.prefix and self.group_id else label

    def all_tasks(self) -> list[TaskObject]:
        """All tasks of the group and the groups in it."""
        found: list[TaskObject] = []
        for child in self.children.values():
            found.extend(child.all_tasks() if isinstance(child, GroupObject) else [child])
        return found

    def roots(self) -> list[TaskObject]:
        """Tasks without an upstream task in the group."""
        tasks = self.all_tasks()
        inside = set(tasks)
        return [task for task in tasks if not any(up in inside for up in task.upstream)]

    def leaves(self) -> list[TaskObject]:
        """Tasks without a downstream task in the group; before a teardown, what it tears down after."""
        tasks = self.all_tasks()
        inside = set(tasks)
        found: list[TaskObject] = []

        def first_work(task: TaskObject, seen: set[TaskObject]) -> None:
            if task in seen:
                return
            seen.add(task)
            if not task.is_teardown:
                if task not in found:
                    found.append(task)
                return
            for up in task.upstream:
                if up in inside and not up.is_setup:
                    first_work(up, seen)

        for task in tasks:
            if not any(down in inside for down in task.downstream):
                first_work(task, set())
        return found

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        from migrator.analyzers.interpreter.airflow import members as airflow_members
        from migrator.analyzers.interpreter.airflow import relations as airflow_relations

        own = airflow_members.attribute_of_subclass(machine, self, name, node, env)
        if own is not MISSING:
            return own
        if name in ("__enter__", "__exit__"):
            return airflow_members.context_method(self, name)
        if name == "group_id":
            return self.group_id or None  # that of the DAG's own group
        if name.endswith(("stream_group_ids", "stream_task_ids")):
            return airflow_relations.relatives(self, name)
        if name == "children":
            return {
                child.group_id if isinstance(child, GroupObject) else child.task_id: child
                for child in self.children.values()
            }
        if name in ("roots", "leaves"):
            return self.roots() if name == "roots" else self.leaves()
        if name in ("get_roots", "get_leaves"):
            return Native(name, lambda m, call: self.roots() if name == "get_roots" else self.leaves())
        if name in ("set_upstream", "set_downstream"):
            return airflow_relations.relation_method(self, name)
        if name in ("__rshift__", "__lshift__"):
            return airflow_relations.shift_method(self, name)
        if name == "dag":
            return self.dag
        if name == "add":
            return Native(name, lambda m, call: None)
        if name == "child_id":
            return Native(name, lambda m, call: self.child_id(str(call.argument(0, "label"))))
        if name == "tooltip":
            return self.tooltip
        return MISSING

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        self.attributes[name] = value


@dataclass(slots=True, eq=False, repr=False)
class TaskObject(AirflowObject):
    """A task. `cls` is the analyzed class it is an instance of (None for library operators)."""

    task_id: str
    label: str
    operator: str
    path: str
    bases: tuple[str, ...]
    span: Span
    dag: DagObject | None = None
    group: GroupObject | None = None
    cls: Class | None = None
    made_with: tuple[list[Any], dict[str, Any]] = field(default_factory=lambda: ([], {}))
    """Of an instance of an analyzed class: what its `__init__` is called with, by position and by name."""
    attributes: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    argument_spans: dict[str, Span] = field(default_factory=dict)
    inherited: dict[str, Any] = field(default_factory=dict)
    reached: frozenset[str] = frozenset()
    """Arguments that reached the library's class."""
    expand: dict[str, Any] = field(default_factory=dict)
    mapped: bool = False
    function: Any = None
    call_args: list[Any] = field(default_factory=list)
    call_kwargs: dict[str, Any] = field(default_factory=dict)
    decorator: str | None = None
    upstream: dict[TaskObject, None] = field(default_factory=dict)
    downstream: dict[TaskObject, None] = field(default_factory=dict)
    is_setup: bool = False
    is_teardown: bool = False
    call_site: Span | None = None
    bindings: dict[str, Any] = field(default_factory=dict)
    initialized: bool = False

    def set_upstream(self, other: TaskObject) -> None:
        """`other >> self`. A task without a DAG joins the other's."""
        if self.dag is None and other.dag is not None:
            attach(self, other.dag)
        elif other.dag is None and self.dag is not None:
            attach(other, self.dag)
        if other is not self:
            self.upstream[other] = None
            other.downstream[self] = None

    def option(self, name: str, default: Any = None) -> Any:
        """An argument as given, else by `default_args`."""
        return self.arguments.get(name, self.inherited.get(name, default))

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        from migrator.analyzers.interpreter.airflow import relations as airflow_relations
        from migrator.analyzers.interpreter.language.attributes import bind

        if name in self.attributes:
            return self.attributes[name]
        if name == "output" or (name, self.path) in _RESULTS:
            return XCom(self)
        if name == "task_id":
            return self.task_id
        if name == "dag":
            return self.dag
        if name == "dag_id":
            return self.dag.dag_id if self.dag else None
        if name == "task_group":
            return self.group
        if name in ("set_upstream", "set_downstream"):
            return airflow_relations.relation_method(self, name)
        if name in ("__rshift__", "__lshift__"):
            return airflow_relations.shift_method(self, name)
        if name in ("upstream_list", "downstream_list"):
            return list(self.upstream if name[0] == "u" else self.downstream)
        if name in ("upstream_task_ids", "downstream_task_ids"):
            return {task.task_id for task in (self.upstream if name[0] == "u" else self.downstream)}
        if name in ("as_setup", "as_teardown"):
            return Native(name, lambda m, call: airflow_relations.mark_setup_teardown(m, self, name, call))
        if name == "operator":
            return self
        if name in ("execute", "render_template_fields"):
            return Native(name, lambda m, call: m.unknown(node, env, "tasks are not executed"))
        if self.cls is not None:
            found = self.cls.find(name)
            if found is not MISSING:
                return bind(machine, found, self, self.cls, node, env)
        option = self.option(name, MISSING)
        if option is not MISSING:
            return option
        if (made := empty(self, name)) is not None:
            return made
        own = {"label": self.label, "task_type": self.operator, "node_id": self.task_id}
        return own[name] if name in own else TASK_DEFAULTS.get(name, MISSING)

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        if not self.initialized:
            self.attributes[name] = value
            return
        if name in ("is_setup", "is_teardown"):
            setattr(self, name, value is True)
        elif name == "dag" and isinstance(value, DagObject):
            attach(self, value)
        else:
            self.attributes[name] = value
            if is_argument(self, name):
                self.arguments[name] = value
            link_inputs(self, value)


@dataclass(slots=True, eq=False, repr=False)
class XCom(AirflowObject):
    """The result of a task (`XComArg`)."""

    task: TaskObject
    key: Any = "return_value"
    operations: tuple[str, ...] = ()
    others: tuple[XCom, ...] = ()
    given: tuple[tuple[Any, ...], ...] = ()

    def item(self, key: Any) -> XCom:
        """`result["key"]`."""
        return XCom(self.task, key if isinstance(key, str) else self.key, self.operations, self.others, self.given)

    def changed(self, operation: str, call: Call) -> XCom:
        """`result.map(f)` and its like."""
        others = tuple(arg for arg in call.args if isinstance(arg, XCom)) if operation in ("zip", "concat") else ()
        given = (*call.args, *([dict(call.kwargs)] if call.kwargs else []))
        return XCom(self.task, self.key, (*self.operations, operation), (*self.others, *others), (*self.given, given))

    def tasks(self) -> list[TaskObject]:
        """All tasks whose results are in it."""
        return [self.task, *(task for other in self.others for task in other.tasks())]

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        from migrator.analyzers.interpreter.airflow import relations as airflow_relations

        if name in ("map", "filter", "zip", "concat"):
            return Native(name, lambda m, call: self.changed(name, call))
        if name in ("set_upstream", "set_downstream"):
            return airflow_relations.relation_method(self, name)
        if name in ("__rshift__", "__lshift__"):
            return airflow_relations.shift_method(self, name)
        if name in ("operator", "_operator"):
            return self.task
        if name == "key":
            return self.key
        if name in ("as_setup", "as_teardown"):
            return self.task.attribute(machine, name, node, env)
        if name == "output":
            return self
        return self.task.attribute(machine, name, node, env)

    def set_attribute(self, machine: Machine, name: str, value: Any, node: cst.CSTNode, env: Env) -> None:
        self.task.set_attribute(machine, name, value, node, env)


@dataclass(slots=True, eq=False, repr=False)
class Label(AirflowObject):
    """An edge label: stands between two tasks without being one."""

    text: Any = ""
    upstream: list[Any] = field(default_factory=list)
    downstream: list[Any] = field(default_factory=list)

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        from migrator.analyzers.interpreter.airflow import relations as airflow_relations

        if name in ("set_upstream", "set_downstream"):
            return airflow_relations.relation_method(self, name)
        if name in ("__rshift__", "__lshift__"):
            return airflow_relations.shift_method(self, name)
        return MISSING


@dataclass(slots=True, eq=False, repr=False)
class OperatorPartial(AirflowObject):
    """`Operator.partial(...)`: waits for `.expand`."""

    target: Class | External
    kwargs: dict[str, Any]
    node: cst.CSTNode
    env: Env

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name in ("expand", "expand_kwargs"):

            def expand(m: Machine, call: Call) -> Any:
                from migrator.analyzers.interpreter.airflow.tasks import make_task

                over = dict(call.kwargs) if name == "expand" else {"**": call.argument(0, "kwargs")}
                return make_task(m, self.target, Call([], self.kwargs, self.node, self.env), expand=over)

            return Native(name, expand)
        return MISSING


@dataclass(slots=True, eq=False, repr=False)
class SetupContext(AirflowObject):
    """`with setup_task:` / `with teardown:`: tasks made inside run between setup and teardown."""

    tasks: list[TaskObject]
    members: list[TaskObject] = field(default_factory=list)


class AirflowState:
    """What is under way: DAG and group contexts, and the DAGs found so far."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.dags: list[DagObject] = []
        self.contexts: list[DagObject | GroupObject | SetupContext] = []
        self.unplaced: list[TaskObject] = []
        """Tasks that were made outside of any DAG; some join one later."""
        self.created = 0
        """Tasks made so far."""

    def suspend(self) -> list[Any]:
        """Leaves all contexts while another module is imported: its DAGs are its own."""
        contexts, self.contexts = self.contexts, []
        return contexts

    def resume(self, contexts: list[Any]) -> None:
        self.contexts = contexts

    def current_dag(self) -> DagObject | None:
        """The DAG whose `with` block or `@dag` function is running."""
        for context in reversed(self.contexts):
            if isinstance(context, DagObject):
                return context
        return None

    def current_group(self, dag: DagObject | None = None) -> GroupObject | None:
        """The innermost group of the current context; the DAG's root group where none is entered."""
        for context in reversed(self.contexts):
            if isinstance(context, GroupObject) and (dag is None or context.dag is None or context.dag is dag):
                return context
            if isinstance(context, DagObject):
                return context.root if dag is None or context is dag else dag.root
        return dag.root if dag is not None else None

    def is_operator_class(self, cls: Class) -> bool:
        """Whether an analyzed class is an operator, through any of its library bases."""
        return any(names.is_operator(path) for path in cls.external_bases())


def enter(machine: Machine, value: AirflowObject) -> Any:
    """`with value:`; gives what `as` binds."""
    if isinstance(value, DagObject):
        value.registered = True
        machine.airflow.contexts.append(value)
    elif isinstance(value, GroupObject):
        machine.airflow.contexts.append(value)
    elif isinstance(value, (TaskObject, XCom)):
        machine.airflow.contexts.append(SetupContext([value if isinstance(value, TaskObject) else value.task]))
    else:
        machine.airflow.contexts.append(SetupContext([]))
    return value


def leave(machine: Machine, value: AirflowObject) -> None:
    """The end of `with value:`."""
    from migrator.analyzers.interpreter.airflow.tasks import close_setup_context

    context = machine.airflow.contexts.pop() if machine.airflow.contexts else None
    if isinstance(context, SetupContext):
        close_setup_context(context)
    elif isinstance(context, GroupObject) and context.on_exit is not None:
        context.on_exit()


def attach(task: TaskObject, dag: DagObject, group: GroupObject | None = None) -> None:
    """Makes the task part of the DAG (`dag.add_task`); `default_args` only count where a task is made."""
    if task.dag is dag:
        return
    task.dag = dag
    dag.tasks[task.task_id] = task
    if task.group is None:
        task.group = group or dag.root
        task.group.children[task.task_id] = task


def add_tasks(machine: Machine, dag: DagObject, call: Call) -> None:
    tasks = call.argument(0, "task", call.kwargs.get("tasks"))
    for task in tasks if isinstance(tasks, (list, tuple)) else [tasks]:
        if isinstance(task, TaskObject):
            attach(task, dag)


def inputs_in(value: Any, depth: int = 6) -> list[TaskObject]:
    """The tasks whose results stand somewhere in a value."""
    if isinstance(value, XCom):
        return value.tasks()
    if depth == 0:
        return []
    if isinstance(value, (list, tuple, set, frozenset)):
        return [task for item in value for task in inputs_in(item, depth - 1)]
    if isinstance(value, Mapping):
        return [task for item in value.values() for task in inputs_in(item, depth - 1)]
    return []  # in an f-string it is a template: Airflow makes no edge of it


def link_arguments(task: TaskObject) -> None:
    """The results among a new task's arguments are its upstream tasks, where the arguments are templates, and what it is mapped over."""
    for name, value in task.arguments.items():
        if inputs_in(value) and is_templated(task, name):
            link_inputs(task, value)
    for value in task.expand.values():
        link_inputs(task, value)


def is_templated(task: TaskObject, name: str) -> bool:
    """Whether an argument is a template field; taken for granted of operators that are not known, and of the team's own."""
    from migrator.analyzers.templates.fields import fields_of_operator

    fields = fields_of_operator(task.path) if task.cls is None else None
    return fields is None or name in fields


def link_inputs(task: TaskObject, value: Any) -> None:
    """The tasks whose results are in a value are upstream tasks."""
    for upstream in inputs_in(value):
        if upstream.dag is task.dag or task.dag is None or upstream.dag is None:
            task.set_upstream(upstream)

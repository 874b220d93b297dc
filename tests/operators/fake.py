"""A context that answers rules as planning would, but plainly: values are their own expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.bodies import CallFunction
from migrator.model.expressions import ConnectionField, Expr, Format, TemplateText
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue, Symbolic, Text, Value
from migrator.operators import canonical, rule_for
from migrator.operators.rule import Lowering, Untranslatable

SPAN = Span("dag.py", 7)
FUNCTION = CallableValue("work", "work", "dag", span=SPAN, body_span=SPAN)


@dataclass
class FakeContext:
    task: Task
    dag: Dag
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """The resources that were asked for: connection, kind, system."""
    called: list[str] = field(default_factory=list)
    """The methods of resources that are called."""
    reported: list[str] = field(default_factory=list)
    text: str = ""
    """The text of the DAG file."""
    taken_keys: frozenset[str] = frozenset()

    @property
    def project(self) -> AirflowProject:
        return AirflowProject("/dags", "2", {"dag.py": SourceFile("dag.py", self.text)}, (self.dag,))

    def expression(self, value: Value) -> Expr:
        if isinstance(value, Symbolic):
            raise Untranslatable("MIG207", f"{value.source} is not known", self.task.span)
        return Format(value.parts) if isinstance(value, Text) else value

    def template(self, value: Value) -> Expr:
        if isinstance(value, Mapping):
            return {key: self.template(item) for key, item in value.items()}
        return self.expression(value)

    def files(
        self, value: Value, endings: tuple[str, ...], edit: Callable[[str], str] | None = None
    ) -> tuple[Expr, ...]:
        entries = value if isinstance(value, (list, tuple)) else [value]
        return tuple(self._file(entry, endings, edit) for entry in entries)

    def _file(self, value: Value, endings: tuple[str, ...], edit: Callable[[str], str] | None) -> Expr:
        if isinstance(value, str) and value.endswith(endings):
            return ("file", value)
        return self.template(edit(value) if edit is not None and isinstance(value, str) else value)

    def call(self, callable: CallableValue | None = None) -> CallFunction:
        target = callable or self.task.callable
        assert target is not None
        return CallFunction(target)

    def order(self, callable: CallableValue) -> CallFunction:
        return CallFunction(callable)

    def asked_by(self, text: str) -> tuple[TemplateText, Mapping[str, str]]:
        return TemplateText(text), {"ti.xcom_pull('load')": "load"} if "xcom_pull" in text else {}

    def resource(self, connection: Value, kind: str, system: str | None = None) -> str:
        if not isinstance(connection, str):
            raise Untranslatable("MIG207", "the connection is not known", self.task.span)
        self.asked.append((connection, kind, system))
        return connection

    def use_methods(self, resource: str, methods: Iterable[str]) -> None:
        self.called.extend(methods)

    def path_of_connection(self, connection: Value) -> Expr:
        assert isinstance(connection, str)
        return ConnectionField(connection, ("extra_dejson", "path"))

    def client(self, kind: str) -> str:
        self.asked.append(("", kind, None))
        return kind

    def report(self, code: str, message: str, help: str = "") -> None:
        self.reported.append(code)


def make_task(operator: str, arguments: Mapping[str, Value] | None = None, **fields: Any) -> Task:
    """A task of an operator given by any path that it ever had."""
    module, _, name = canonical(operator).rpartition(".")
    return Task("shop", fields.pop("task_id", "it"), name, module, SPAN, arguments=arguments or {}, **fields)


def make_dag(*tasks: Task) -> Dag:
    return Dag("shop", SPAN, Schedule("none"), "2", tasks)


def lower(task: Task, *others: Task, text: str = "") -> tuple[Lowering, FakeContext]:
    """What its rule makes of a task, in a DAG with others."""
    rule = rule_for(task)
    assert rule is not None
    context = FakeContext(task, make_dag(task, *others), text=text)
    return rule.lower(task, context), context

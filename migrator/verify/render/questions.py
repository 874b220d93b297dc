"""Which commands and SQL can be compared, and all that Airflow's side needs to render them.

Comes in: the DAGs and the plan. Goes out: `Question`s, plain enough for JSON, and by task the reason why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from migrator.analyzers.templates import parse_template
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.bodies import CallFunction, RunShell, RunSql
from migrator.model.durations import Months
from migrator.model.expressions import (
    ConnectionField,
    DimensionKey,
    EnvValue,
    Expr,
    Format,
    InputValue,
    LastSuccess,
    RunDate,
    TemplateText,
)
from migrator.model.plan import ConfigField, CreateAsset, CreateJob, CreateOp, DagPlan, MigrationPlan
from migrator.model.values import CallableValue, ObjectValue, Symbolic, Text, Value, is_known
from migrator.model.walk import walk
from migrator.operators import rule_for
from migrator.planning.timing.timetable import read_clock

_UNSURE = {
    InputValue: "it takes a value of another task",
    ConnectionField: "it takes a field of a connection",
    LastSuccess: "it asks for earlier runs",
    CallFunction: "a function makes it",
    DimensionKey: "it takes what its task is expanded over",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One task. `texts` are its templates in order, of SQL or of commands; `at_trigger_time`: the data interval is the moment of the run itself."""

    dag_id: str
    task_id: str
    job: str
    texts: tuple[str, ...]
    sql: bool
    params: dict[str, Any]
    macros: dict[str, Any]
    variables: tuple[str, ...]
    at_trigger_time: bool
    interval: float
    """Seconds that the data interval of a run without a partition is long."""
    months: int = 0
    """Or months."""


def placeholder(name: str) -> str:
    """What stands for a value that only the installation knows: the same on both sides."""
    return f"[{name}]"


def questions(project: AirflowProject, plan: MigrationPlan) -> tuple[list[Question], dict[str, str]]:
    """What can be compared, and by task (`dag.task`) why something cannot."""
    dags = {dag.dag_id: dag for dag in project.dags}
    asked: list[Question] = []
    skipped: dict[str, str] = {}
    for dag_plan in plan.dags:
        dag = dags[dag_plan.dag_id]
        tasks = {task.task_id: task for task in dag.tasks}
        for operation in dag_plan.operations:
            if not isinstance(operation, CreateAsset | CreateOp) or operation.task_id not in tasks:
                continue
            if not isinstance(operation.body, RunShell | RunSql):
                continue
            task = tasks[operation.task_id]
            found = _question(dag, dag_plan, task, operation)
            if isinstance(found, str):
                skipped[f"{dag.dag_id}.{task.task_id}"] = found
            else:
                asked.append(found)
    return asked, skipped


def _question(dag: Dag, plan: DagPlan, task: Task, operation: CreateAsset | CreateOp) -> Question | str:
    body = operation.body
    assert isinstance(body, RunShell | RunSql), "only those are asked about"
    expressions: tuple[Expr, ...] = (body.command,) if isinstance(body, RunShell) else body.sql
    for part in (part for expression in expressions for part in walk(expression)):
        if type(part) in _UNSURE:
            return _UNSURE[type(part)]
        if isinstance(part, EnvValue) and (part.json or part.path or part.has_default):
            return "it takes a Variable as JSON, or one with a default"
        if isinstance(part, RunDate) and part.field == "run_id":
            return "it takes the id of the run"
        if isinstance(part, RunDate) and part.field == "partition_key":
            return "it takes the key of the run's partition"
    if operation.inputs:
        return "it takes a value of another task"
    texts = [_told(text) for text in _texts(task, body, expressions)]
    if not texts or not all(isinstance(text, str) for text in texts):
        return "its template is only known at run time"
    names = frozenset().union(*(parse_template(text).names for text in texts))
    own = dag.arguments.get("user_defined_macros")
    macros = {name: _told(own[name]) for name in names if isinstance(own, dict) and name in own}
    if any(isinstance(value, CallableValue) or not is_known(value) for value in macros.values()):
        return "it uses a macro of the team's own"
    if dag.arguments.get("plugin_macros") and "macros" in names:
        return "it uses a macro of a plugin"
    if dag.arguments.get("user_defined_filters"):
        return "its DAG has filters of the team's own"
    params = _told(_params(plan.config, dag, task))
    if "params" in names and not is_known(params):
        return "its params are only known at run time"
    variables = tuple(
        sorted({str(use.name) for text in texts for use in parse_template(text).expressions if use.kind == "variable"})
    )
    job = next((made.name for made in plan.operations if isinstance(made, CreateJob)), "")
    clock = read_clock(dag)
    return Question(
        dag.dag_id,
        task.task_id,
        job,
        tuple(texts),
        isinstance(body, RunSql),
        params,
        macros,
        variables,
        clock.at_trigger_time,
        0 if isinstance(plan.interval, Months) else plan.interval.total_seconds(),
        plan.interval.number if isinstance(plan.interval, Months) else 0,
    )


def _read_there(value: Value) -> Value:
    """The default of a param as the DAG file has it."""
    if isinstance(value, ObjectValue):
        return value.args[0] if value.args else value.kwargs.get("default")
    return value


def _told(value: Value) -> Value:
    """A value with placeholders for what only the installation knows, as far as that makes it known."""
    match value:
        case Symbolic(kind="env" | "variable", name=str(name), is_json=False, path=()):
            return placeholder(name)
        case Text(parts=parts):
            told = [_told(part) for part in parts]
            return "".join(map(str, told)) if all(map(is_known, told)) else value
        case dict():
            return {key: _told(item) for key, item in value.items()}
        case list() | tuple():
            return [_told(item) for item in value]
    return value


def _texts(task: Task, body: RunShell | RunSql, expressions: tuple[Expr, ...]) -> Iterator[Any]:
    """The templates as the DAG file has them; those of files are kept in the plan."""
    rule = rule_for(task)
    names = (rule.command if isinstance(body, RunShell) else rule.sql) if rule is not None else ()
    value = next((task.arguments[name] for name in names if name in task.arguments), None)
    values = value if isinstance(value, (list, tuple)) else [value]
    if len(values) != len(expressions):
        return
    for given, expression in zip(values, expressions, strict=True):
        of_file = isinstance(expression, TemplateText) and expression.file is not None
        yield expression.text if of_file and isinstance(expression, TemplateText) else given


def _params(config: tuple[ConfigField, ...], dag: Dag, task: Task) -> dict[str, Any]:
    own = task.option("params")
    defaults = {
        name: _read_there(value) if isinstance(row.default, (EnvValue, Format)) else row.default
        for (name, value), row in zip(dag.params.items(), config, strict=False)
    }
    return {**defaults, **(own if isinstance(own, dict) else {})}

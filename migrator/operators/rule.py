"""What a rule says about an operator: which arguments hold what, and what a task of it becomes.

Comes in: a `Task`. Goes out: a `Lowering` (a body and a role, in the plan's words). A rule does not decide the form of the
DAG, names, keys or dependencies: planning does. The tables (`sql`, `command`, ...) also tell the IO analyzers where to look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Protocol

from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.bodies import Body, CallFunction, OnCondition, PollUntil, RequestRun, RetryRule
from migrator.model.expressions import Expr, RunDate, TemplateText
from migrator.model.frozen import dataclass
from migrator.model.plan import Delta
from migrator.model.source import Span
from migrator.model.values import CallableValue, Value


@dataclass(frozen=True, slots=True)
class Example:
    """A task and what it becomes: documentation and test of a rule.

    `dag` is the source of a whole small DAG file, `expected` text that must stand in the generated code (formatting aside: compared after
    ruff), `codes` the diagnostics that it must give.
    """

    title: str
    dag: str
    expected: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    disposition: str = "asset"


class Untranslatable(Exception):
    """Something of the task has no translation, so the task stays in Airflow; `code` and `reason` say why, `help` what to do about it."""

    def __init__(self, code: str, reason: str, span: Span | None = None, help: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.span, self.help = code, reason, span, help


class LoweringContext(Protocol):
    """What a rule may ask while it translates one task. Planning implements it, a new one for each task.

    Whatever a translation needs on the side (inputs from upstream tasks, resources, environment variables, the run's date,
    diagnostics) is recorded by the context itself.
    """

    @property
    def project(self) -> AirflowProject: ...
    @property
    def dag(self) -> Dag: ...
    @property
    def task(self) -> Task: ...

    def expression(self, value: Value) -> Expr:
        """A value that is not a template. Raises Untranslatable."""

    def template(self, value: Value) -> Expr:
        """The value of a templated argument: text with Jinja (or containers of it) as Airflow would render it. Raises Untranslatable."""

    def files(
        self, value: Value, endings: tuple[str, ...], edit: Callable[[str], str] | None = None
    ) -> tuple[Expr, ...]:
        """A templated argument that may be a list, and may name template files by their ending (`.sql`, `.sh`): one
        expression per entry. `edit` is what the operator makes of a text before it is rendered. Raises Untranslatable, also where a file is not
        found, and where another task needs it otherwise."""

    def call(self, callable: CallableValue | None = None) -> CallFunction:
        """The call of the task's callable (or of another one of the team's) with the task's arguments bound, Airflow's context
        replaced by what is used of it. Raises Untranslatable where the function cannot be moved."""

    def order(self, callable: CallableValue) -> CallFunction | None:
        """The call of a function that Airflow 1.10 hands its context and the run that it is about to start; None where it always starts that as it
        is. Raises Untranslatable."""

    def asked_by(self, text: str) -> tuple[TemplateText, Mapping[str, str]]:
        """What templated text asks for, whose wording is only known when the code runs; and the name that has to stand in it in the place of each
        pull of another task's value. Raises Untranslatable."""

    def resource(self, connection: Value, kind: str, system: str | None = None) -> str:
        """The name of the resource that stands for an Airflow connection; `kind` as in `CreateResource`. Raises Untranslatable
        where the connection's id is not known."""

    def path_of_connection(self, connection: Value) -> Expr:
        """The folder that an Airflow connection to a file system tells. Raises Untranslatable where its id is not known."""

    def use_methods(self, resource: str, methods: Iterable[str]) -> None:
        """Notes that these methods of a resource are called, where its class has only those that are."""

    def date(self, field: str, days: int = 0, format: str | None = None) -> RunDate:
        """A member of the date family, for the run at hand."""

    def client(self, kind: str) -> str:
        """The name of the resource that is a library's client, which finds its own credentials (`docker`, `kubernetes`)."""

    @property
    def taken_keys(self) -> frozenset[str]:
        """The keys by which other tasks of the DAG may take what the task hands over (`return_value` for its own value)."""

    def report(self, code: str, message: str, help: str = "") -> None:
        """Adds a finding at the task."""


@dataclass(frozen=True, slots=True)
class Lowering:
    """What a rule makes of one task.

    `role` is `work` (planning makes it an asset or a step, by the data it writes), `check`, `sensor` (waits for something),
    `branch`, `gate` (short circuit), `folded`, `hook` (a message), `trigger` (starts the DAG named `target`), `await` (waits for task
    or task group `target`, `dag_id.task_id`, or a whole DAG `dag_id`), or `airflow` (stays; `code` and `reason` say why).
    """

    role: str
    body: Body | None = None
    deltas: tuple[Delta, ...] = ()
    code: str = ""
    reason: str = ""
    target: str = ""
    shift: dt.timedelta = dt.timedelta(0)
    """For `await`: how much earlier than its own the date of the run is that it waits for."""
    waits: PollUntil | None = None
    """For `await`: what a step of its own does to wait for that run, where nothing else can stand for it and that is known."""
    members: tuple[str, ...] = ()
    """For `await` of a DAG: the tasks of it that it waits for; none for the whole DAG."""
    request: RequestRun | None = None
    """For `trigger`: what run of `target` it starts."""

    # Planning completes a body where only it knows what others need: `Choose.choices` (the tasks below a branch), and
    # `returns` of `RunShell` and `RunSql` (another task takes the value).
    conditions: tuple[OnCondition, ...] = ()
    """What must hold for the task to do its work; else it is skipped."""
    retry_rules: tuple[RetryRule, ...] | None = None
    """Which of its errors are tried again, where a policy says so by their kind; None where there is none, or it cannot be said."""
    after: CallFunction | None = None
    """What is called when the work is done; it may take its value as `InputValue("result")`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How tasks of some operator classes (and their subclasses) are translated.

    `operators` are canonical qualified class names (`airflow.providers.standard.operators.bash.BashOperator`). `carried` are the
    arguments that `lower` reads; `ignored` those that mean nothing in Dagster, each with the reason; all others are reported.
    """

    name: str
    operators: tuple[str, ...]
    summary: str
    lower: Callable[[Task, LoweringContext], Lowering]
    carried: frozenset[str] = frozenset()
    ignored: Mapping[str, str] = field(default_factory=dict)
    sql: tuple[str, ...] = ()
    """Arguments that hold SQL: text, a list of texts, or the name of a `.sql` file. Here and in the other tables a dotted name
    goes into a dict (`configuration.query.query`): `common.argument` reads it."""
    command: tuple[str, ...] = ()
    """Arguments that hold a shell command or the name of a `.sh` file."""
    table: tuple[str, ...] = ()
    """Arguments that name a table which the task reads."""
    computed: str = ""
    """The argument that a function computes where the operator is one of a decorated function (`@task.bash`, `@task.sql`)."""
    connection: tuple[str, ...] = ()
    """Arguments that name a connection, the first that is given counts."""
    default_connection: str | None = None
    system: str | None = None
    """What it works on, as a Dagster kind and sqlglot dialect (`postgres`, `snowflake`)."""
    examples: tuple[Example, ...] = ()

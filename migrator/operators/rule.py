"""What a rule says about an operator: which arguments hold what, and what a task of it becomes.

Comes in: a `Task`. Goes out: a `Lowering` (a body and a role, in the plan's words). A rule does not decide the form of the
DAG, names, keys or dependencies: planning does. The tables (`sql`, `command`, ...) also tell the IO analyzers where to look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.diagnostics import Diagnostic
from migrator.model.airflow import Task
from migrator.model.plan import Body, CreateResource, Delta, EnvSetting, Input

if TYPE_CHECKING:
    from migrator.planning.context import LoweringContext


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


@dataclass(frozen=True, slots=True)
class Lowering:
    """What a rule makes of one task.

    `role` is `work` (planning makes it an asset or a step, by the data it writes), `check`, `sensor` (waits for something),
    `branch`, `gate` (short circuit), `folded`, `hook` (a message), `trigger` (starts another DAG) or `airflow` (stays; `code` and `reason` say why).
    """

    role: str
    body: Body | None = None
    inputs: tuple[Input, ...] = ()
    resources: tuple[CreateResource, ...] = ()
    settings: tuple[EnvSetting, ...] = ()
    deltas: tuple[Delta, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    code: str = ""
    reason: str = ""
    uses_date: bool = False
    """The code reads the run's date, so the work is made once per logical date."""


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
    """Arguments that hold SQL: text, a list of texts, or the name of a `.sql` file."""
    command: tuple[str, ...] = ()
    """Arguments that hold a shell command or the name of a `.sh` file."""
    connection: tuple[str, ...] = ()
    """Arguments that name a connection, the first that is given counts."""
    default_connection: str | None = None
    system: str | None = None
    """What it works on, as a Dagster kind and sqlglot dialect (`postgres`, `snowflake`)."""
    examples: tuple[Example, ...] = ()

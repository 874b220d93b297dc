"""What the plan of a migration says."""

from __future__ import annotations

import datetime as dt

from migrator.diagnostics import Severity
from migrator.model.frozen import dataclass
from migrator.model.moving import Unit
from migrator.model.source import Span


@dataclass(frozen=True, slots=True)
class Effort:
    """Hours of a person's work, from and to."""

    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Effort) -> Effort:
        return Effort(self.low + other.low, self.high + other.high)

    def times(self, number: int) -> Effort:
        return Effort(self.low * number, self.high * number)

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Part:
    """A summand of an effort: `number` times the weight `name` of `migrator.toml`."""

    name: str
    number: int
    effort: Effort


@dataclass(frozen=True, slots=True)
class Activity:
    """What Airflow knows of a DAG's life. `last_run` is None where it never ran."""

    paused: bool = False
    last_run: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class DagWork:
    """One DAG in the plan.

    `moves` counts the tasks that need no further work to run in Dagster, `decisions` the differences to accept (warnings) that are not
    decided once for several DAGs. `wave` is 0 and
    `batch` empty for a DAG that is dead or stays in Airflow whole. `dead` says why it need not be moved.
    """

    dag_id: str
    file: str
    line: int
    team: str
    tasks: int
    moves: int
    decisions: int
    effort: Effort
    parts: tuple[Part, ...]
    needs: tuple[str, ...]
    needed_by: tuple[str, ...]
    causes: tuple[str, ...] = ()
    """Titles of what keeps tasks of it in Airflow."""
    wave: int = 0
    batch: str = ""
    dead: str = ""
    quick_win: bool = False
    units: tuple[Unit, ...] = ()
    """Its tasks by what can be proxied alone, and what only together."""

    @property
    def ready(self) -> bool:
        """All of it can run in Dagster."""
        return not self.causes


@dataclass(frozen=True, slots=True)
class Cause:
    """What keeps tasks in Airflow: a diagnostic code and its subject (an operator, a name, a reason).

    `unlocks` are the live DAGs that can move as a whole once it and the causes before it in the list are dealt with; `dags` all that it
    touches. `effort` is for dealing with it once, besides what each DAG still costs.
    """

    code: str
    subject: str
    title: str
    remedy: str
    tasks: int
    dags: tuple[str, ...]
    unlocks: tuple[str, ...]
    effort: Effort
    place: Span


@dataclass(frozen=True, slots=True)
class Shared:
    """What several DAGs use, so that it is moved once for all: `kind` is `variable`, `connection`, `environment` or `operator`."""

    kind: str
    name: str
    dags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between Airflow and Dagster in one or several DAGs, with an example of how it shows. `once`: it is decided once for all."""

    severity: Severity
    airflow: str
    dagster: str
    mitigation: str
    dags: tuple[str, ...]
    once: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """DAGs that one team moves in one go, in this order. `name` is `2.1`: the first batch of wave 2."""

    name: str
    dags: tuple[str, ...]
    effort: Effort
    why: str


@dataclass(frozen=True, slots=True)
class WaveWork:
    """DAGs that need only what earlier waves moved."""

    number: int
    why: str
    effort: Effort
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The plan. `path` is the longest chain of DAGs that need each other, by effort; its `path_effort` is the least time that the migration
    takes, however many people work on it. `shared_effort` is for causes and
    decisions that several DAGs have, `effort` for all live DAGs with it.
    `activity` says where the life of the DAGs was learned from; empty where it was not."""

    dags: tuple[DagWork, ...]
    waves: tuple[WaveWork, ...]
    path: tuple[str, ...]
    path_effort: Effort
    causes: tuple[Cause, ...]
    shared: tuple[Shared, ...]
    differences: tuple[Difference, ...]
    effort: Effort
    shared_effort: Effort
    saved: Effort
    activity: str = ""

    @property
    def dead(self) -> list[DagWork]:
        return [dag for dag in self.dags if dag.dead]

    @property
    def live(self) -> list[DagWork]:
        return [dag for dag in self.dags if not dag.dead]

    @property
    def quick_wins(self) -> list[DagWork]:
        """The easiest first."""
        return sorted((dag for dag in self.dags if dag.quick_win), key=lambda dag: (dag.effort.middle, dag.dag_id))

    @property
    def blocked(self) -> list[DagWork]:
        """Live DAGs that stay in Airflow whole."""
        return [dag for dag in self.live if not dag.wave]

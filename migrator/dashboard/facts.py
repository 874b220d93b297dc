"""Everything that is known of a migration now: the plan, the stages, and what Airflow and Dagster say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from migrator.dashboard import parity, verdicts
from migrator.dashboard.sources import AirflowNow, DagsterNow, LastRun
from migrator.dashboard.verdicts import Level, Verdict
from migrator.diagnostics import MigratorError
from migrator.model.plan import is_consequence
from migrator.state.inventory import DagEntry, Inventory
from migrator.state.stages import DagState, Move, Stage, read_state, read_states

LABELS = ("blocked", "observed", "proxied", "migrated", "decommissioned")
"""What a DAG is called: its stage, or `blocked` where Airflow runs it and nothing of it can run in Dagster yet."""

NO_OWNER = "(no owner)"


@dataclass(frozen=True)
class DagStatus:
    """One DAG. `problem` says why its state could not be read; its stage is then taken to be `observed`."""

    entry: DagEntry
    state: DagState
    problem: str
    scheduler: Verdict
    code: Verdict
    parity: Verdict | None
    last_run: LastRun | None

    @property
    def dag_id(self) -> str:
        return self.entry.dag_id

    @property
    def stage(self) -> Stage:
        return self.state.stage

    @property
    def label(self) -> str:
        return label(self.entry, self.state)

    @property
    def team(self) -> str:
        return self.entry.owners[0] if self.entry.owners else NO_OWNER

    @property
    def tasks_in_dagster(self) -> int:
        return tasks_in_dagster(self.entry, self.state)

    @cached_property
    def wrong(self) -> tuple[str, ...]:
        """What is inconsistent, a line for each."""
        found = [self.scheduler, self.code, *([self.parity] if self.parity else [])]
        lines = tuple(verdict.text for verdict in found if verdict.level is Level.WRONG)
        return (*([self.problem] if self.problem else []), *lines)


@dataclass(frozen=True)
class Status:
    """The whole migration. `problems` are those that belong to no one DAG: files of DAGs that are gone."""

    inventory: Inventory
    dags: tuple[DagStatus, ...]
    problems: tuple[str, ...]
    airflow: AirflowNow
    dagster: DagsterNow
    has_states: bool

    @cached_property
    def labels(self) -> Counter[str]:
        return Counter(dag.label for dag in self.dags)

    @property
    def wrong(self) -> tuple[tuple[str, str], ...]:
        """Everything inconsistent: the DAG's id (empty where it is none's) and what is wrong."""
        return (
            *(("", problem) for problem in self.problems),
            *((dag.dag_id, line) for dag in self.dags for line in dag.wrong),
        )

    def moves(self, limit: int) -> list[tuple[str, Move]]:
        """The last changes of stage, the newest first."""
        moves = [(dag.dag_id, move) for dag in self.dags for move in dag.state.history]
        return sorted(moves, key=lambda item: (-item[1].at.timestamp(), item[0]))[:limit]

    def next_dags(self) -> list[DagStatus]:
        """What comes next: the DAGs of the first wave in which one can move and has not begun to."""
        waiting = [dag for dag in self.dags if dag.label == "observed"]
        first = min((dag.entry.wave for dag in waiting), default=0)
        return [dag for dag in waiting if dag.entry.wave == first]


def label(entry: DagEntry, state: DagState) -> str:
    """One of `LABELS`."""
    if state.stage is Stage.OBSERVED and all(task.disposition in ("airflow", "folded") for task in entry.tasks):
        return "blocked" if blockers(entry) else "observed"
    return state.stage.value


def in_dagster(disposition: str) -> bool:
    """Whether a task of this disposition runs in Dagster once its DAG has moved."""
    return disposition != "airflow"


def tasks_in_dagster(entry: DagEntry, state: DagState) -> int:
    """How many of a DAG's tasks Dagster does now."""
    if state.stage is Stage.OBSERVED:
        return 0
    if state.stage is Stage.PROXIED:
        return len({task.task_id for task in entry.tasks} & set(state.proxied_tasks))
    return sum(in_dagster(task.disposition) for task in entry.tasks)


def blockers(entry: DagEntry) -> list[tuple[str, str]]:
    """The tasks that keep something in Airflow, each with the reason; not those that stay only because of them."""
    staying = [task for task in entry.tasks if task.disposition == "airflow"]
    roots = [(task.task_id, task.reason) for task in staying if not is_consequence(task.code, task.reason)]
    return roots or ([("", entry.reason)] if staying and entry.reason else [])


def gather(
    migration: Path,
    inventory: Inventory,
    airflow: AirflowNow,
    dagster: DagsterNow,
    dags_folder: Path | None,
    only: Iterable[str] | None = None,
) -> Status:
    """The status of the DAGs of a project (of `only` these, where given). `migration` is the folder that holds the inventory."""
    folder = migration / "state"
    wanted = None if only is None else set(only)
    statuses = []
    for entry in inventory.dags:
        if wanted is None or entry.dag_id in wanted:
            state, problem = state_of(folder, entry.dag_id)
            statuses.append(
                DagStatus(
                    entry,
                    state,
                    problem,
                    verdicts.scheduler(entry, state.stage, airflow, dagster),
                    verdicts.code(entry, state.stage, dags_folder),
                    parity.verdict(migration, entry.dag_id),
                    dagster.last_runs.get(entry.job),
                )
            )
    known = {entry.dag_id for entry in inventory.dags}
    strangers, unreadable = read_states(folder)
    gone = [f"`state/{name}.json` is of a DAG that is not in the inventory" for name in strangers if name not in known]
    own = {status.problem for status in statuses}
    messages = [_short(problem.message, folder) for problem in unreadable]
    others = [message for message in messages if message not in own] if wanted is None else []
    return Status(inventory, tuple(statuses), (*gone, *others), airflow, dagster, bool(strangers or unreadable))


def state_of(folder: Path, dag_id: str) -> tuple[DagState, str]:
    """The state of a DAG, and why it could not be read (then it is taken to be `observed`)."""
    try:
        return read_state(folder, dag_id), ""
    except MigratorError as error:
        return DagState(dag_id=dag_id), _short(error.message, folder)


def _short(message: str, folder: Path) -> str:
    """A message about a state file, without the path to the project."""
    return message.replace(f"{folder.parent}/", "")


def work_left(dags: Iterable[DagStatus]) -> tuple[float, float]:
    """Hours of work, from and to, that the DAGs which Airflow still runs are reckoned to take; zeros where none was reckoned."""
    waiting = [dag.entry.effort for dag in dags if dag.stage.owner == "airflow"]
    return round(sum(low for low, _ in waiting), 1), round(sum(high for _, high in waiting), 1)


def stuck(status: Status) -> list[tuple[DagStatus, str]]:
    """The DAGs of which nothing can run in Dagster, each with the first of its reasons."""
    blocked = [dag for dag in status.dags if dag.label == "blocked"]
    return [(dag, next((reason for _, reason in blockers(dag.entry)), "")) for dag in blocked]


def numbers(status: Status) -> dict[str, int | float]:
    """What is counted, by the name that people read: each becomes a line in the plots of the dashboard."""
    dags = len(status.dags)
    tasks = sum(len(dag.entry.tasks) for dag in status.dags)
    off = status.labels["migrated"] + status.labels["decommissioned"]
    moved = sum(dag.tasks_in_dagster for dag in status.dags)
    low, high = work_left(status.dags)
    reckoned = any(dag.entry.effort[1] for dag in status.dags)
    return {
        "% DAGs off Airflow": percent(off, dags),
        "% tasks in Dagster": percent(moved, tasks),
        **{f"DAGs {name}": status.labels[name] for name in LABELS},
        "tasks in Dagster": moved,
        "open blockers": sum(len(blockers(dag.entry)) for dag in status.dags if dag.stage.owner == "airflow"),
        "inconsistencies": len(status.wrong),
        **({"hours of work left (middle)": round((low + high) / 2, 1)} if reckoned else {}),
    }


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def reasons(status: Status) -> list[tuple[str, list[str]]]:
    """Why DAGs that Airflow runs cannot move as a whole: each reason with their ids, what holds back the most first."""
    found: dict[str, set[str]] = {}
    for dag in status.dags:
        if dag.stage.owner == "airflow":
            for _, reason in blockers(dag.entry):
                found.setdefault(reason, set()).add(dag.dag_id)
    return sorted(((reason, sorted(ids)) for reason, ids in found.items()), key=lambda item: (-len(item[1]), item[0]))


def by_team(status: Status) -> dict[str, Counter[str]]:
    """The labels of each team's DAGs; a team is the first owner."""
    teams: dict[str, Counter[str]] = {}
    for dag in status.dags:
        teams.setdefault(dag.team, Counter())[dag.label] += 1
    return dict(sorted(teams.items(), key=lambda item: (item[0] == NO_OWNER, item[0])))

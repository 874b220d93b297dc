"""What the passes of planning hand to each other: a draft that each pass returns with more of it filled in.

Nothing here decides anything. A `Draft` holds a `DagDraft` per selected DAG, that a `TaskDraft` per task.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.source import Folder
from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction, Notify
from migrator.model.changed import replace
from migrator.model.durations import Length
from migrator.model.frozen import dataclass
from migrator.model.moving import Dependent, Unit
from migrator.model.plan import (
    AssetOut,
    ConfigField,
    CreateDbtProject,
    CreateResource,
    DagFamily,
    DagLink,
    DeclareExternalAsset,
    Delta,
    Deployment,
    EnvSetting,
    KeyPartitions,
    Operation,
    Partitions,
    Wave,
)
from migrator.model.values import CallableValue
from migrator.operators.rule import Lowering, Rule
from migrator.planning.graph import TaskGraph
from migrator.planning.timing.timetable import Clock


@dataclass(frozen=True, slots=True)
class Handover:
    """A value that a task takes from another task of its DAG, through the function parameter `parameter`.

    `key` is the XCom key. `mapped`: the value is one element of the list that the task is expanded over (`source` is its own id).
    """

    parameter: str
    source: str
    key: str = "return_value"
    mapped: bool = False


@dataclass(frozen=True, slots=True)
class MappedElement:
    """A value, in the arguments of a mapped task: the element of the list at hand, or a member of it."""

    parameter: str
    path: tuple[str | int, ...] = ()


TEMPLATES_IN_ROWS = "templates in rows"
"""A note: the rows that it is expanded over may hold templates."""
BY_NUMBER = "copy by number of "
"""Begins what is noted of a task that takes what a copy of a mapped task handed over by the number of the copy; the id of that task ends it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the translation of one task asked for on the side."""

    handovers: tuple[Handover, ...] = ()
    resources: tuple[CreateResource, ...] = ()
    settings: tuple[EnvSetting, ...] = ()
    params: tuple[str, ...] = ()
    fixed_params: tuple[str, ...] = ()
    """Params of its own that its code says once and for all."""
    uses_date: bool = False
    uses_interval: bool = False
    """It asks for an end of a data interval that is more than the moment of the run."""
    uses_conf: bool = False
    uses_last_success: bool = False
    requests: tuple[str, ...] = ()
    """The DAGs of which its code starts runs."""
    last_values: tuple[tuple[str, str], ...] = ()
    """The tasks (DAG id, task id) whose values of other runs it takes."""
    notes: frozenset[str] = frozenset()
    """What makes a difference: it takes all params, whatever they are called (`whole params`), or goes through the context as a whole (`context read`)
    or prints it (`context shown`)."""
    uses_run_id: bool = False
    may_skip: bool = False
    """Its code raises AirflowSkipException."""
    stored: tuple[str, ...] = ()
    """Variables that it uses and that code changes; an empty name for those whose names are only known at run time."""
    lacking: tuple[str, ...] = ()
    """Members of the context that it asks for and that its version of Airflow does not have."""
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback of a DAG or of its tasks (`scope`): of all of them, or of `task_ids`; `why` it does not move where there is no `call`."""

    argument: str
    scope: str
    name: str
    call: CallFunction | None = None
    why: str = ""
    needs: Needs = Needs()
    notify: Notify | None = None
    """The mail that Airflow itself sends (`email_on_failure`), in the place of a call."""
    task_ids: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        return self.call is not None or self.notify is not None


@dataclass(frozen=True, slots=True)
class Source:
    """What a node waits for: an output of a node of the same DAG (`task_id` and the output's name)."""

    task_id: str
    output: str = "result"


Requirement = tuple[tuple[Source, ...], ...]
"""What has to have run before a node: a conjunction of groups. A group of one must have succeeded; of a group of several
none may have failed and one must have succeeded."""


@dataclass(frozen=True, slots=True)
class TaskDraft:
    task: Task
    lowering: Lowering
    needs: Needs = Needs()
    fan_out: Mapping[str, Any] = field(default_factory=dict)
    """For a mapped task, or one in an expanded group: the list expression per parameter, or the rows under `**`."""
    fan_needs: Needs = Needs()
    """What the lists need."""
    has_elements: bool = False
    """None of the lists is empty, if the tasks that hand them over run."""
    group: str = ""
    """The task group that it is in and that is expanded over a list."""
    tells: bool = False
    """It tells the others of its copy of the group what became of it: one of them runs, by its trigger rule, though others did not."""
    diagnostics: tuple[Diagnostic, ...] = ()
    disposition: str = ""
    reason: str = ""
    code: str = ""
    on: str = ""
    """For a task that becomes a sensor on the job's runs: `success`, `failure` or `done`."""
    keeps: bool = False
    """Tasks take its value in other runs."""
    checks: str = ""
    """For a check: the task whose asset it is on."""
    name: str = ""
    """Python name of its function."""
    outputs: tuple[AssetOut, ...] = ()
    """Assets that it makes."""
    value_key: AssetKey = ()
    """The asset that hands over its value, where something takes it."""
    requires: Requirement = ()
    cut_by: tuple[Source, ...] = ()
    """Outputs of gates and branches above it, which some runs skip: one that ran and did not yield its output skips this task."""
    stops_after: tuple[str, ...] = ()
    """The tasks before it whose failure does not end the run, and keeps it from its work."""
    without_list: bool = False
    """A mapped task that makes no copies where the task failed, or did not run for a failure, which makes its list: what takes its values runs then."""
    given_up: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The tasks before it that keep it from its work where they wait for one success in vain, each with those of which one failed then."""
    wants_all_of: tuple[str, ...] = ()
    """The mapped tasks before it that skip it where one of their copies has no result."""
    wants_failed: tuple[tuple[str, ...], ...] = ()
    """The mapped tasks before it, those of one copy together, that skip it where none of them failed in one of the copies."""
    deps: tuple[AssetKey, ...] = ()
    """Assets that it comes after or is made of, besides those whose values it takes."""

    @property
    def role(self) -> str:
        return self.lowering.role

    def becomes(self, disposition: str, reason: str, on: str = "") -> TaskDraft:
        """The same with its disposition."""
        return replace(self, disposition=disposition, reason=reason, code="", on=on)

    @property
    def is_node(self) -> bool:
        """It becomes a function in Dagster that others can depend on."""
        return self.disposition in ("asset", "step")


@dataclass(frozen=True, slots=True)
class DagDraft:
    dag: Dag
    graph: TaskGraph
    tasks: Mapping[str, TaskDraft] = field(default_factory=dict)
    """By task id, in file order."""
    form: str = ""
    code: str = ""
    reason: str = ""
    folder: str = ""
    job: str = ""
    partitions: Partitions | None = None
    keys: KeyPartitions | None = None
    """What each run is for, where its partitions are no dates."""
    interval: Length = dt.timedelta(0)
    """How long before its start the data interval of a run without partition begins."""
    shifts: Mapping[AssetKey, int] = field(default_factory=dict)
    """Assets of other DAGs of which it waits for an earlier partition: so many before its own."""
    clock: Clock = field(default_factory=Clock)
    clock_needs: Needs = Needs()
    """What the timetable of the team's own asks for."""
    config: tuple[ConfigField, ...] = ()
    environment: tuple[CallableValue, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    nodes: tuple[Operation, ...] = ()
    automation: tuple[Operation, ...] = ()
    units: tuple[Unit, ...] = ()
    dependents: tuple[Dependent, ...] = ()

    @property
    def dag_id(self) -> str:
        return self.dag.dag_id

    def with_tasks(self, change: Callable[[TaskDraft], TaskDraft]) -> DagDraft:
        """The same with each task changed."""
        return replace(self, tasks={task_id: change(draft) for task_id, draft in self.tasks.items()})


@dataclass(frozen=True, slots=True)
class Draft:
    project: AirflowProject
    config: Any
    selected: frozenset[str]
    dags: Mapping[str, DagDraft] = field(default_factory=dict)
    """The selected DAGs, by id, in file order."""
    rules: tuple[Rule, ...] = ()
    """The team's own rules, which go before the package's."""
    analyzer: CallableAnalyzer | None = None
    folder: Folder | None = None
    """What earlier stages already know of the team's functions and files."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """DAGs of which this tool cannot make anything, because of a bug of its own: the error, by id."""
    owners: Mapping[AssetKey, tuple[str, str]] = field(default_factory=dict)
    """Which task (DAG id, task id) makes an asset in the project to be."""
    shared: Mapping[AssetKey, tuple[AssetKey, ...]] = field(default_factory=dict)
    """The assets that together stand for data which several tasks write, each a part of it."""
    resources: tuple[CreateResource, ...] = ()
    settings: tuple[EnvSetting, ...] = ()
    external_assets: tuple[DeclareExternalAsset, ...] = ()
    deltas: tuple[Delta, ...] = ()
    links: tuple[DagLink, ...] = ()
    waves: tuple[Wave, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    families: tuple[DagFamily, ...] = ()
    dbt_projects: tuple[CreateDbtProject, ...] = ()
    deployment: Deployment | None = None
    undivided: frozenset[str] = frozenset()
    """The DAGs for which partitions in two dimensions would not be right."""

    def assets_of(self, key: AssetKey) -> tuple[AssetKey, ...]:
        """The assets that stand for the data of this key: its own, or those of all who write a part of it."""
        return self.shared.get(key, (key,))

    def with_dags(self, change: Callable[[DagDraft], DagDraft]) -> Draft:
        """The same with each DAG changed."""
        return replace(self, dags={dag_id: change(draft) for dag_id, draft in self.dags.items()})


def callable_place(callable: CallableValue) -> tuple[str, int] | None:
    """Where a function of the team's own is defined; None for a library's."""
    return None if callable.span is None else (callable.span.file, callable.span.start)

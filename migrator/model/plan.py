"""What the Dagster project will be made of: typed operations, without a string of Dagster code.

Planning writes them, codegen renders each with one renderer and never looks at Airflow. Users may rewrite them in between.
Three layers: *expressions* (a value in generated code), *bodies* (what a function does), *operations* (what the project gets).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from migrator.diagnostics import Diagnostic, Severity
from migrator.model.assets import AssetKey
from migrator.model.automation import AssetExpression as AssetExpression
from migrator.model.automation import CreateJob as CreateJob
from migrator.model.automation import CreateRunSensor as CreateRunSensor
from migrator.model.automation import CreateSchedule as CreateSchedule
from migrator.model.automation import CreateSensor as CreateSensor
from migrator.model.bodies import (
    Body,
    CallFunction,
    InVain,
    Notify,
    OnCondition,
    RetryRule,
)
from migrator.model.durations import Length
from migrator.model.expressions import (
    Expr,
)
from migrator.model.frozen import dataclass
from migrator.model.moving import Dependent, Unit
from migrator.model.source import Span
from migrator.model.values import CallableValue


@dataclass(frozen=True, slots=True)
class Retry:
    """`delay` and `max_delay` in seconds."""

    max_retries: int
    delay: float = 300.0
    exponential: bool = False


QUARTER = "{quarter}"
"""Stands for the number of the quarter in patterns of keys, as no directive of strftime does."""


@dataclass(frozen=True, slots=True)
class Partitions:
    """Time partitions. The key is what `ds` was for daily and slower schedules.

    `cron` starts each window; `start` and `end` are dates or datetimes as ISO text in `timezone`; `end_offset` is 1 where Airflow ran *at* the
    logical date (Airflow 3's trigger timetables), 0 where it ran at the end of the data interval. `start_known` is False where the DAG's start date
    is not known and `start` is to be corrected.
    """

    cron: str
    start: str
    timezone: str = "UTC"
    end: str | None = None
    end_offset: int = 0
    start_known: bool = True
    fmt: str = ""
    """How Airflow prints the keys, where it makes runs for partition keys."""
    dimension: str = ""
    """What each date is divided by besides; empty where it is not."""
    keys: tuple[str, ...] = ()
    """The keys of that dimension."""


@dataclass(frozen=True, slots=True)
class KeyPartitions:
    """Partitions by keys that are no dates: the fixed `keys`, or those of the dynamic partitions `name`, which are added as they come up.

    `each`: a partition of an asset that they follow from leads to each of them. `dimensions` are the names of the parts of a key, in Airflow's order, with the
    `delimiter` between them: then those of dynamic partitions of their own. `dated`: Airflow knows the date of a key.
    """

    name: str = ""
    keys: tuple[str, ...] = ()
    each: bool = False
    dimensions: tuple[str, ...] = ()
    delimiter: str = "|"
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Freshness:
    """By when an asset is to be made again: at each tick of `cron` it is to be no older than `seconds`; without a `cron`, always."""

    seconds: float
    cron: str = ""
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ConfigField:
    """A DAG param. `type` is a Python type as source (`str`, `int`, `float`, `bool`, `list[str]`, `dict[str, Any]`)."""

    name: str
    type: str
    default: Any = None
    required: bool = False
    nullable: bool = False
    description: str = ""
    enum: tuple[Any, ...] = ()
    bounds: Mapping[str, Any] = field(default_factory=dict)
    """Further conditions, as arguments of pydantic's `Field` (`ge`, `max_length`, `pattern`...)."""
    param: str = ""
    """What the param is called in Airflow, where that is no name in Python."""


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a node takes through parameter `parameter`: from an asset, or (in a job of ops) from a node's output.

    `collected`: the upstream is mapped, its values come as a list. `mapped`: this node runs once per dynamic output. `behind`: another node whose
    output comes before the upstream's in a list of both, and alone where the upstream is skipped.
    """

    parameter: str
    asset: AssetKey | None = None
    node: str | None = None
    output: str = "result"
    collected: bool = False
    mapped: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order without data, in a job of ops: this node starts after these (node, output) pairs.

    One pair: as Airflow's `all_success`. Several in one `Order`: runs if none failed and at least one was not skipped
    (`none_failed_min_one_success`).
    """

    after: tuple[tuple[str, str], ...]
    collected: bool = False


@dataclass(frozen=True, slots=True)
class AssetOut:
    """One asset that a node makes."""

    key: AssetKey
    name: str = ""
    """What the data is called outside (`analytics.orders`, `s3://bucket/x`), for metadata."""
    kinds: tuple[str, ...] = ()
    description: str = ""
    system: str | None = None
    optional: bool = False
    """It may not be made in a run; what depends on it is then skipped."""
    stores_value: bool = False
    """The node's value is this asset's value, kept by the IO manager for those that take it as an input; at most one per node."""
    owners: tuple[str, ...] = ()
    """Who the user says owns it; empty where the task's owner does."""
    columns: tuple[str, ...] = ()
    """Its columns in their order, where all of them are known."""
    column_lineage: tuple[tuple[str, tuple[tuple[AssetKey, str], ...]], ...] = ()
    """For a column the (asset, column) pairs that it is computed from, where that is certain."""
    deps: tuple[AssetKey, ...] | None = None
    """What it depends on, where its task makes other things that do not; None for all that the task depends on."""
    freshness: Freshness | None = None
    copies: tuple[int, ...] = ()
    """Of a mapped node the numbers of the copies that alone make it; empty where all do."""


@dataclass(frozen=True, slots=True)
class Row:
    """The row of a table, for an operation that a loop or function of the DAG file made together with others of its kind.

    Operations of one `family` and `place` differ in values only, and become one factory with a row for each; those of one `number` were made in
    the same round of the loop. `variables` are the loop's variables and the function's arguments in that round, innermost last; `parameters` gives
    inputs whose names differ between rows the name that they have in common; `orders` is how many orders the row with most of them has.
    """

    family: str
    number: int
    place: int = 0
    variables: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    orders: int = 0
    about: str = ""
    """The words that the names of all operations of the family share."""
    name: str = ""
    """The words that those of one place share."""


@dataclass(frozen=True, slots=True)
class StepCall:
    """A function of the team's own that is called within a step, or a message that it sends: before each try (`on="execute"`), when it is to be tried again (`retry`), when it has
    failed for good (`failure`) or succeeded (`success`), or when it skips itself (`skip`).

    `name` is that of the function which makes the call; nodes that share it share all but `values`: the inputs of the node that the call takes, by what it
    calls them. `result_as`: what it calls the node's own result, where it takes that. `even_skipped`: with `success`, it is called as well when the node
    skips itself.
    """

    on: str
    name: str
    call: CallFunction | Notify
    values: Mapping[str, str] = field(default_factory=dict)
    result_as: str = ""
    even_skipped: bool = False


@dataclass(frozen=True, slots=True)
class CreateAsset:
    """A function that makes one or several assets (`@asset`, `@multi_asset`). `of_keys`: where it stands for several of Airflow's tasks, which of them
    it does the work of by the key of the partition's dimension."""

    dag_id: str
    task_id: str
    name: str
    """Python name, unique in the DAG's module."""
    outputs: tuple[AssetOut, ...]
    body: Body
    deps: tuple[AssetKey, ...] = ()
    inputs: tuple[Input, ...] = ()
    conditions: tuple[OnCondition, ...] = ()
    """What must hold for it to do its work; else it has no output."""
    calls: tuple[StepCall, ...] = ()
    group: str = ""
    description: str = ""
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    retry: Retry | None = None
    retry_rules: tuple[RetryRule, ...] = ()
    """Which of its errors are tried again, where that depends on their kind."""
    pool: str | None = None
    timeout: float | None = None
    """Seconds after which its work fails."""
    op_tags: Mapping[str, Any] = field(default_factory=dict)
    """What the executor is told of the step."""
    partitioned: bool = False
    of_keys: Mapping[str, str] = field(default_factory=dict)
    span: Span | None = None
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class CreateCheck:
    """An asset check on the asset that the task validated. `blocking`: assets below wait for it within a run."""

    dag_id: str
    task_id: str
    name: str
    asset: AssetKey
    body: Body
    inputs: tuple[Input, ...] = ()
    deps: tuple[AssetKey, ...] = ()
    blocking: bool = True
    description: str = ""
    partitioned: bool = False
    span: Span | None = None
    row: Row | None = None


NOT_EMPTY = "not_empty"
"""The output by which an op that makes the list a mapped one is expanded over says that there is a copy."""
OUTCOME = "outcome"
"""The output by which an op tells the others of its copy of an expanded group what became of it."""


@dataclass(frozen=True, slots=True)
class Within:
    """How an op of an expanded group decides whether it does its work: Dagster lets nothing fan in there, so each op gets the outcomes of others.

    `before`: what comes right before it, by parameter; of a branch or gate with the outputs that let this op run, of others None. `values`: parameters of
    which it wants the value. `others`: something outside the copy comes right before it, too, and has succeeded. `decides`: it is itself a branch or gate.
    `copies`: mapped ops outside the copy that come right before it, and of which some copies may have failed, or there may be none.
    """

    rule: str
    before: tuple[tuple[str, tuple[str, ...] | None], ...] = ()
    values: tuple[str, ...] = ()
    others: bool = False
    decides: bool = False
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateOp:
    """A function in a job of ops. `materializes` lists assets that it makes on the way (reported as events).

    `outputs` names its outputs where it is not the one `result`: (name, optional). `dynamic`: the output is a dynamic one.
    """

    dag_id: str
    task_id: str
    name: str
    body: Body
    inputs: tuple[Input, ...] = ()
    conditions: tuple[OnCondition, ...] = ()
    """What must hold for it to do its work; else it has no output."""
    calls: tuple[StepCall, ...] = ()
    orders: tuple[Order, ...] = ()
    outputs: tuple[tuple[str, bool], ...] = ()
    dynamic: bool = False
    stream: str = ""
    """The node for each of whose outputs it runs, with others, as one group."""
    within: Within | None = None
    """How it decides by itself whether it runs, as a part of such a group."""
    goes_on: bool = False
    """Where its work fails, it yields the output `failed` instead of ending the run: something below it runs in any case."""
    unless: tuple[str, ...] = ()
    """Other ops: if one of them did its work in this run, this one does nothing and has no output."""
    cut_by: tuple[tuple[str, str], ...] = ()
    """Other ops and an output of each: if one of them did its work and did not yield that, this one does nothing and has no output."""
    unless_failed: tuple[str, ...] = ()
    """Other ops: if the work of one of them failed, this one does nothing and has no output."""
    unless_in_vain: tuple[InVain, ...] = ()
    """What waited for a success of others: if one did so in vain, this one does nothing and has no output."""
    after_failure: bool = False
    """It does its work only where one of those failed, or waited in vain."""
    wants_all_of: tuple[str, ...] = ()
    """Mapped ops: if a copy of one of them has no result, this one does nothing and has no output."""
    wants_failed: tuple[tuple[str, ...], ...] = ()
    """Mapped ops, those of one copy together: if none of them failed in one of the copies, this one does nothing and has no output."""
    materializes: tuple[AssetOut, ...] = ()
    deps: tuple[AssetKey, ...] = ()
    """Assets that what it materializes is made of, for lineage."""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    retry: Retry | None = None
    retry_rules: tuple[RetryRule, ...] = ()
    """Which of its errors are tried again, where that depends on their kind."""
    pool: str | None = None
    timeout: float | None = None
    """Seconds after which its work fails."""
    op_tags: Mapping[str, Any] = field(default_factory=dict)
    """What the executor is told of the step."""
    span: Span | None = None
    row: Row | None = None

    @property
    def asks(self) -> bool:
        """Whether it asks before its work what other ops did in the run."""
        failures = self.unless_failed or self.unless_in_vain or self.wants_failed
        return bool(self.unless or self.cut_by or failures or self.wants_all_of)


@dataclass(frozen=True, slots=True)
class KeepInAirflow:
    """A task that stays in Airflow: observed through the bridge, visible as the external assets that it makes."""

    dag_id: str
    task_id: str
    outputs: tuple[AssetOut, ...]
    deps: tuple[AssetKey, ...]
    code: str
    reason: str
    group: str = ""
    span: Span | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeclareExternalAsset:
    """Data that tasks of this project read and no task of it writes."""

    output: AssetOut


@dataclass(frozen=True, slots=True)
class CreateResource:
    """A connection of Airflow's: `kind` is `database`, `object_store`, `http`, `email`, `slack`, or a service (`aws`); or a library's
    client that finds its own
    credentials, of the kind `docker` or `kubernetes`, with no connection and no environment variable, or that of dbt (`dbt`).

    `connection` is the Airflow conn_id (of dbt the name of its project), `system` its type (`postgres`, `sqlite`...) where known, `env` the environment
    variable that holds its URL.
    """

    name: str
    kind: str
    connection: str
    env: str
    system: str | None = None
    methods: tuple[str, ...] = ()
    """Sorted names of methods that are called, as far as its class has only those that are."""


@dataclass(frozen=True, slots=True)
class CreateDbtProject:
    """A dbt project of the DAG folder, which dagster-dbt runs.

    `name` is its Python name, `folder` its place in the DAG folder and `profiles` that of its `profiles.yml`; empty where that lies beside it. `keys` are the asset keys of its
    nodes, as far as tasks make or read them: of models, seeds and snapshots by name, of sources by `source.table`. `environment` are the variables without which
    its profile cannot be read.
    """

    name: str
    folder: str
    adapter: str
    profiles: str = ""
    profile: str = ""
    target: Expr = None
    keys: Mapping[str, AssetKey] = field(default_factory=dict)
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvSetting:
    """A row of `.env.example`: an Airflow Variable, Connection or environment variable and who uses it. Never a secret's value."""

    name: str
    origin: str
    default: str | None = None
    used_by: tuple[str, ...] = ()


DAGS_FOLDER = "where the DAG files are, among which commands and code find others, if they have been moved"
"""The origin of the setting of this name."""

Operation = (
    CreateAsset | CreateCheck | CreateOp | CreateJob | CreateSchedule | CreateSensor | CreateRunSensor | KeepInAirflow
)


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a task became, and why.

    `kind` is `asset`, `check`, `sensor`, `step`, `folded`, `hook`, `wrapped` or `airflow`; `code` a diagnostic code where it
    stays in Airflow, else empty; `reason` one sentence.
    """

    dag_id: str
    task_id: str
    kind: str
    reason: str
    code: str = ""


_FOLLOWS = "which stays in Airflow"
"""How the reason of a task ends that stays only because another one does."""


def is_consequence(code: str, reason: str) -> bool:
    """Whether a task stays in Airflow only because something else does: it moves when that moves."""
    return code in ("MIG506", "MIG601") or (code == "MIG208" and reason.endswith(_FOLLOWS))


@dataclass(frozen=True, slots=True)
class Delta:
    """A semantic difference between the DAG and what it became."""

    dag_id: str
    task_id: str | None
    severity: Severity
    airflow: str
    dagster: str
    mitigation: str = ""


@dataclass(frozen=True, slots=True)
class DagLink:
    """`downstream` needs `upstream`: it reads what the other makes (`kind` is `data`), starts it (`trigger`), or waits for it (`wait`).
    `what` names the asset, or the task of `downstream` that starts or waits."""

    upstream: str
    downstream: str
    kind: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """DAGs that can move together, in order; `why` they wait for earlier ones."""

    number: int
    dags: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class DagPlan:
    """What one DAG becomes. `form` is `assets`, `ops` or `airflow` (it stays whole; `reason` says why).

    `folder` is its Python package below `defs/`, `environment` what of its file changes that of its tasks. Operations stand in the order of reading.
    """

    dag_id: str
    folder: str
    form: str
    operations: tuple[Operation, ...] = ()
    partitions: Partitions | None = None
    keys: KeyPartitions | None = None
    """What each run is for, where its partitions are no dates."""
    config: tuple[ConfigField, ...] = ()
    environment: tuple[CallableValue, ...] = ()
    description: str = ""
    reason: str = ""
    source: str = ""
    """The DAG file, relative to the analyzed folder."""
    units: tuple[Unit, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    """DAGs that need this one to run in Airflow as long as they do."""
    shifts: Mapping[AssetKey, int] = field(default_factory=dict)
    """Assets of other DAGs of which it waits for an earlier partition: so many before its own."""
    interval: Length = dt.timedelta(0)
    """Where there are no partitions: the length of a run's data interval, which ends when a schedule starts it; zero: its date is its start."""
    tells_interval: bool = False
    """What starts a run tells it when its data interval ends; one that a person starts is not told: `interval` is then how long before its date it begins."""
    by_hand: CallFunction | None = None
    """The method of the team's own timetable that says what the data interval of a run is that is not told."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the deployment has to provide: the executor (`multiprocess`, `k8s`, `celery`), the pools with their slots (None: not known), the queues that
    workers listen to besides the default one, how many runs of a DAG may go on at once (by the value of the tag `airflow/dag_id`), and whether runs
    have to be watched that may take too long."""

    executor: str
    pools: tuple[tuple[str, int | None], ...] = ()
    queues: tuple[str, ...] = ()
    runs: tuple[tuple[str, int], ...] = ()
    watched: bool = False


@dataclass(frozen=True, slots=True)
class DagFamily:
    """DAGs that one function or loop made: where their code differs in values only, they become one factory in the folder `name`.

    `variables` gives for each DAG the loop variables and function arguments that it was made with, innermost last; `common_names` what those of its
    operations are called in all of them whose own names have something of these in them.
    """

    name: str
    dag_ids: tuple[str, ...]
    variables: tuple[Mapping[str, Any], ...]
    common_names: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    dags: tuple[DagPlan, ...]
    dispositions: tuple[Disposition, ...]
    families: tuple[DagFamily, ...] = ()
    resources: tuple[CreateResource, ...] = ()
    external_assets: tuple[DeclareExternalAsset, ...] = ()
    settings: tuple[EnvSetting, ...] = ()
    deltas: tuple[Delta, ...] = ()
    links: tuple[DagLink, ...] = ()
    """Of all DAGs, also those that stay in Airflow."""
    waves: tuple[Wave, ...] = ()
    dbt_projects: tuple[CreateDbtProject, ...] = ()
    deployment: Deployment | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    undivided: frozenset[str] = frozenset()
    """The DAGs with a dimension that are to be planned without it."""

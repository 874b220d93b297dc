"""What the Dagster project will be made of: typed operations, without a string of Dagster code.

Planning writes them, codegen renders each with one renderer and never looks at Airflow. Users may rewrite them in between.
Three layers: *expressions* (a value in generated code), *bodies* (what a function does), *operations* (what the project gets).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.diagnostics import Diagnostic, Severity
from migrator.model.assets import AssetKey
from migrator.model.source import Span
from migrator.model.values import CallableValue

# --------------------------------------------------------------------------------------------------------- expressions

Expr = Any
"""A value in generated code: a plain Python object (a literal; also list, tuple, dict, set of expressions, `datetime`,
`timedelta`) or one of the classes below."""


@dataclass(frozen=True, slots=True)
class RunDate:
    """A member of Airflow's date family, for the run at hand.

    `field` is `ds`, `ds_nodash`, `ts`, `ts_nodash`, `ts_nodash_with_tz`, `logical_date`, `data_interval_start`,
    `data_interval_end`, or `run_id`. `days` shifts it (`macros.ds_add(ds, 7)`), `format` is a strftime pattern for a datetime field
    (None: as Airflow prints it, i.e. `str()` of a datetime where text is wanted, the datetime itself elsewhere).
    """

    field: str
    days: int = 0
    format: str | None = None


@dataclass(frozen=True, slots=True)
class EnvValue:
    """An Airflow Variable or environment variable; read from the environment when the code runs.

    `json` where the Variable is deserialized, then `path` may pick members of it. `origin` says what it was (`Variable x`).
    """

    name: str
    default: Expr = None
    has_default: bool = False
    json: bool = False
    path: tuple[str | int, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """A DAG param, a field of the node's config class, optionally a member of it."""

    name: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunConf:
    """`dag_run.conf` as a dict (from the run tag `airflow/conf`), or one member of it."""

    path: tuple[str | int, ...] = ()
    default: Expr = None


@dataclass(frozen=True, slots=True)
class InputValue:
    """The value of an upstream node, through the function's parameter of that name; `path` picks members of it."""

    parameter: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """Text put together of expressions: becomes an f-string."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class UserName:
    """A module-level name of the team's own code (a constant, a function), which is carried over: `file` defines it."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """The exception class that stands for one of Airflow's in carried-over code (`raise` and `except`).

    `kind` is `failure` (AirflowException and its like: `RuntimeError`) or `skip` (AirflowSkipException: the node ends without its
    output, which is then `optional`; the generated function around the call catches it).
    """

    kind: str


@dataclass(frozen=True, slots=True)
class PushedValue:
    """In carried-over code, in the place of `ti.xcom_push(key=..., value=...)`: the assignment of the text of `value` to the member
    `key` of the dict that the function's parameter `parameter` is (see `CallFunction.pushes`)."""

    parameter: str
    key: str
    value: Span


@dataclass(frozen=True, slots=True)
class TemplateText:
    """Jinja text that is rendered when the code runs (loops and conditions, which no f-string says).

    `names` gives each free name of the template its expression; only `macros` is not among them: what renders the template gives it
    the plain Python members of Airflow's `macros` (`ds_add`, `ds_format`, `datetime`, `timedelta`, `json`, `time`, `uuid`, `random`).
    Where `file` is set, the text is a file of the DAG folder (path relative to it) that is carried over byte for byte and read at
    run time.
    """

    text: str
    names: Mapping[str, Expr] = field(default_factory=dict)
    file: str | None = None


# --------------------------------------------------------------------------------------------------------------- bodies


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """Replaces `span` of a carried-over file (a use of Airflow's context) by an expression, or by nothing where it is None."""

    span: Span
    expression: Expr = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Calls a function of the team's own, carried over unchanged but for `edits`.

    The function is `callable.qualname` of `callable.span.file`. `returns` tells whether its value is the node's value. `inline`: the
    function is this node's alone and every parameter is an input of the same name (or has a default), so its body may
    stand in the node's function itself.
    """

    callable: CallableValue
    args: tuple[Expr, ...] = ()
    kwargs: Mapping[str, Expr] = field(default_factory=dict)
    returns: bool = True
    inline: bool = False
    edits: tuple[SourceEdit, ...] = ()
    """Uses of Airflow's context in the function, replaced by its new parameters (as `InputValue`)."""
    added_parameters: tuple[str, ...] = ()
    """Keyword parameters that the function gets in the place of Airflow's context; `kwargs` gives their values."""
    dropped_parameters: tuple[str, ...] = ()
    """Parameters that took Airflow's context (`**context`, `ti`) and are not needed any more."""
    pushes: str = ""
    """The added parameter that takes an empty dict, into which the function puts the values that it hands over by name. The node's value is
    this dict then, with the function's own result under `return_value` if it has one."""
    raises: bool = True
    """For checks: the function signals a failed check by an exception; else by a false return value."""


@dataclass(frozen=True, slots=True)
class RunShell:
    """Runs a command by bash, as BashOperator does; the last line of its output is the node's value where `returns`.

    `command` may be a `CallFunction`, which returns the command.
    """

    command: Expr
    env: Mapping[str, Expr] = field(default_factory=dict)
    append_env: bool = True
    cwd: Expr = None
    skip_exit_codes: tuple[int, ...] = ()
    returns: bool = False


@dataclass(frozen=True, slots=True)
class RunSql:
    """Runs SQL statements on a database resource; the rows of the last one are the node's value where `returns`.

    `sql` holds one expression per entry of the operator's list (each may hold several statements), or one `CallFunction`, which returns
    the SQL.
    """

    resource: str
    sql: tuple[Expr, ...]
    parameters: Expr = None
    returns: bool = False


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """A data quality test in SQL: passes when all values of the first row are true (`mode="truthy"`), or when the value
    equals/approximates `expected` (`mode="value"`)."""

    resource: str
    sql: Expr
    mode: str = "truthy"
    expected: Expr = None
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class FileExists:
    """True when a file (or a match of a glob pattern) is there."""

    path: Expr


@dataclass(frozen=True, slots=True)
class ObjectExists:
    """True when an object (or a key that matches a wildcard) is in object storage."""

    resource: str
    bucket: Expr
    key: Expr
    wildcard: bool = False


@dataclass(frozen=True, slots=True)
class PollUntil:
    """Waits, in the run, until `condition` is true; raises after `timeout` seconds, or skips what is below where `soft_fail`."""

    condition: CallFunction | FileExists | ObjectExists | RunSql
    interval: float = 60.0
    timeout: float = 604800.0
    soft_fail: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """A branch: `condition` returns the task id (or ids) to go on with; `choices` maps each task id to the output's name."""

    condition: CallFunction
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContinueIf:
    """A short circuit: what is below runs only if `condition` is true. `latest_only`: true in the latest partition's run."""

    condition: CallFunction | None
    latest_only: bool = False


@dataclass(frozen=True, slots=True)
class FanOut:
    """Makes one dynamic output per element: the values that a mapped task is expanded over.

    `over` maps each parameter to a list expression (several: their cross product, as Airflow does); `rows` is the expression
    of a list of keyword dicts (`expand_kwargs`). With one name in `over`, each output is an element of its list; else a dict with
    one value per name.
    """

    over: Mapping[str, Expr] = field(default_factory=dict)
    rows: Expr = None


@dataclass(frozen=True, slots=True)
class DoNothing:
    """No work: only an order (rare; empty tasks are folded into their neighbours' dependencies)."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Sends a message: `channel` is `email` or `slack`; `resource` its resource; the rest are its fields."""

    channel: str
    resource: str
    fields: Mapping[str, Expr] = field(default_factory=dict)


Body = CallFunction | RunShell | RunSql | SqlCheck | PollUntil | Choose | ContinueIf | FanOut | DoNothing | Notify

# ----------------------------------------------------------------------------------------------------------- operations


@dataclass(frozen=True, slots=True)
class Retry:
    """`delay` and `max_delay` in seconds."""

    max_retries: int
    delay: float = 300.0
    exponential: bool = False


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


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a node takes through parameter `parameter`: from an asset, or (in a job of ops) from a node's output.

    `collected`: the upstream is mapped, its values come as a list. `mapped`: this node runs once per dynamic output.
    """

    parameter: str
    asset: AssetKey | None = None
    node: str | None = None
    output: str = "result"
    collected: bool = False
    mapped: bool = False


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


@dataclass(frozen=True, slots=True)
class CreateAsset:
    """A function that makes one or several assets (`@asset`, `@multi_asset`)."""

    dag_id: str
    task_id: str
    name: str
    """Python name, unique in the DAG's module."""
    outputs: tuple[AssetOut, ...]
    body: Body
    deps: tuple[AssetKey, ...] = ()
    inputs: tuple[Input, ...] = ()
    group: str = ""
    description: str = ""
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    retry: Retry | None = None
    pool: str | None = None
    partitioned: bool = False
    span: Span | None = None


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
    orders: tuple[Order, ...] = ()
    outputs: tuple[tuple[str, bool], ...] = ()
    dynamic: bool = False
    materializes: tuple[AssetOut, ...] = ()
    deps: tuple[AssetKey, ...] = ()
    """Assets that what it materializes is made of, for lineage."""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    retry: Retry | None = None
    pool: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class CreateJob:
    """The DAG's job: over its assets and checks (`form="assets"`) or of its ops (`form="ops"`)."""

    dag_id: str
    name: str
    form: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    partitioned: bool = False


@dataclass(frozen=True, slots=True)
class CreateSchedule:
    """Runs the job by the clock. Stopped until a person starts it, so that Airflow and Dagster never both own a DAG."""

    dag_id: str
    name: str
    job: str
    crons: tuple[str, ...]
    timezone: str = "UTC"
    partitioned: bool = False


@dataclass(frozen=True, slots=True)
class CreateSensor:
    """Runs the job when a condition is met (an Airflow sensor at the head of its DAG), once per partition where there are any.

    `task_ids` are the Airflow sensors it stands for. With `assets` instead of `conditions`: when these assets were updated
    (`all_of`: all of them since the last run; else any of them).
    """

    dag_id: str
    name: str
    job: str
    task_ids: tuple[str, ...] = ()
    conditions: tuple[CallFunction | FileExists | ObjectExists | RunSql, ...] = ()
    assets: tuple[AssetKey, ...] = ()
    all_of: bool = True
    interval: int = 60
    partitioned: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class CreateRunSensor:
    """Acts when a run of the job ends: starts another job (`triggers`) or sends a message (`notify`).

    `on` is `success`, `failure` or `done` (either).
    """

    dag_id: str
    task_id: str | None
    name: str
    job: str
    on: str
    triggers: str | None = None
    conf: Expr = None
    notify: Notify | None = None
    callback: CallFunction | None = None
    description: str = ""


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
    """A connection of Airflow's: `kind` is `database`, `object_store`, `email`, `slack`.

    `connection` is the Airflow conn_id, `system` its type (`postgres`, `sqlite`...) where known, `env` the environment
    variable that holds its URL.
    """

    name: str
    kind: str
    connection: str
    env: str
    system: str | None = None


@dataclass(frozen=True, slots=True)
class EnvSetting:
    """A row of `.env.example`: an Airflow Variable, Connection or environment variable and who uses it. Never a secret's value."""

    name: str
    origin: str
    default: str | None = None
    used_by: tuple[str, ...] = ()


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
class Wave:
    """DAGs that can move together, in order; `why` they wait for earlier ones."""

    number: int
    dags: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class DagPlan:
    """What one DAG becomes. `form` is `assets`, `ops` or `airflow` (it stays whole; `reason` says why).

    `folder` is its Python package below `defs/`. Operations stand in the order in which they should be read.
    """

    dag_id: str
    folder: str
    form: str
    operations: tuple[Operation, ...] = ()
    partitions: Partitions | None = None
    config: tuple[ConfigField, ...] = ()
    description: str = ""
    reason: str = ""
    source: str = ""
    """The DAG file, relative to the analyzed folder."""


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    dags: tuple[DagPlan, ...]
    dispositions: tuple[Disposition, ...]
    resources: tuple[CreateResource, ...] = ()
    external_assets: tuple[DeclareExternalAsset, ...] = ()
    settings: tuple[EnvSetting, ...] = ()
    deltas: tuple[Delta, ...] = ()
    waves: tuple[Wave, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

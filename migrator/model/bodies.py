"""What a generated function does: calls the team's code, runs a command or SQL, waits, chooses, fans out, notifies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from migrator.model.assets import AssetKey
from migrator.model.expressions import (
    Expr,
    InputValue,
    RunDate,
    TemplateText,
)
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import CallableValue


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """Replaces `span` of a carried-over file (a use of Airflow's context) by an expression, or by nothing where it is None."""

    span: Span
    expression: Expr = None
    remove: bool = False
    unneeded: bool = False
    """It cuts out a method that this call does not need: it stays where another call of the class does."""


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """Another Python that a function runs in, in a process of its own: a virtual environment that is made for the call, with `requirements`
    (`made`), or the interpreter at the path `python` (None: the one that runs Dagster).

    With `container`, the interpreter of a container that this starts, but for the command: then `result` is where the function's value goes,
    a file of JSON, or `-` for the last line of the output; empty for nowhere.
    """

    made: bool
    requirements: Expr = ()
    python: Expr = None
    python_version: str | None = None
    system_site_packages: bool = True
    env: Expr = None
    inherit_env: bool = True
    container: UseResource | None = None
    result: str = ""
    makes: Literal["", "command", "args"] = ""
    """The function runs beside Dagster, and what it returns is the command of the container, or the arguments of its own."""


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
    keeps_airflow: bool = False
    """The function is carried with all that it imports of Airflow as a library, and imported only where it is called."""
    made_with: Mapping[str, Expr] | None = None
    """Of a method: what the object is made with that it is called on; None for a function."""
    environment: PythonEnvironment | None = None
    """Where the function runs, if not in the process of the step: its source goes there, and nothing else of its file."""
    raises: bool = True
    """For checks: the function signals a failed check by an exception; else by a false return value."""
    task_id: str = ""
    """The task whose function it is: what has no name of its own is called after it."""


@dataclass(frozen=True, slots=True)
class OnCondition:
    """A node does its work only where what `call` returns is true, or `holds` is false and it is not; else it is skipped. Where `holds` is None, it
    is only called first (and may skip the node by an exception)."""

    call: CallFunction
    holds: bool | None = True


@dataclass(frozen=True, slots=True)
class RetryRule:
    """What comes after errors of some classes, or after all of them if there are none: a node is tried `again` or fails for good, or if that is None, its
    retry policy decides. `delay` is in seconds; `exact`: errors of classes below these do not count."""

    errors: tuple[Expr, ...]
    again: bool | None = True
    delay: float | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class RenderedCall:
    """The text that a function returns, as a template that is rendered when the code runs, with the names and filters of `template`."""

    call: CallFunction
    template: TemplateText


@dataclass(frozen=True, slots=True)
class RunShell:
    """Runs a command by bash, as BashOperator does; the last line of its output is the node's value where `returns`.

    `command` may be a `CallFunction` or `RenderedCall`, which returns the command, or a list: a program and its arguments, run without a shell.
    `env` is a mapping of expressions, or an expression of a mapping.
    """

    command: Expr
    env: Expr = field(default_factory=dict)
    append_env: bool = True
    cwd: Expr = None
    skip_exit_codes: tuple[int, ...] = ()
    retry_exit_code: int | None = None
    """As a condition: the exit code by which the command asks for another look; all others but 0 end the wait by a failure."""
    returns: bool = False
    processor: CallFunction | None = None
    """Makes the value of the last line, which it gets as its only argument."""
    kind: str = "shell"
    """What does the work, as a Dagster kind (`dbt`)."""


@dataclass(frozen=True, slots=True)
class RunDbt:
    """Runs commands of dbt, one after the other, on a project of the DAG folder; what dbt makes are the node's assets.

    `project` is the name of a `CreateDbtProject`, `resource` that of the resource which runs dbt. `commands` are the words after `dbt` without those that say
    where the project is and what is meant of it: that is `select` and `exclude`, as dbt reads them. The value of `--vars` may be a mapping. `after`:
    assets that come first, of which dbt knows nothing.
    """

    project: str
    resource: str
    commands: tuple[tuple[Expr, ...], ...]
    select: str = ""
    exclude: str = ""
    after: tuple[AssetKey, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSql:
    """Runs SQL statements on a database resource; the rows of the last one are the node's value where `returns`.

    `sql` holds one expression per entry of the operator's list (each may hold several statements), or one `CallFunction`, which returns
    the SQL. `gives` is false where the operator's own value is not the rows but, say, the id of a job. `handler` is a function of the team's own that makes
    the value of the cursor; with `first`, the value is the first row, with `each` a list of what each statement gave. `accepts` tells, where the query is
    a condition, whether the first row (its `InputValue("row")`) is what is waited for, `refuses` whether it never will be; with
    `fails_on_empty`, it never will be where there is no row. `says_yes`: its first value is a word that says yes or no.
    """

    resource: str
    sql: tuple[Expr, ...]
    parameters: Expr = None
    returns: bool = False
    gives: bool = True
    handler: Expr = None
    first: bool = False
    each: bool = False
    accepts: CallFunction | None = None
    refuses: CallFunction | None = None
    fails_on_empty: bool = False
    says_yes: bool = False


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """A data quality test in SQL: passes when all values of the first row are true (`mode="truthy"`), when they equal or approximate
    `expected` (`mode="value"`), or when the first one is not outside of two `bounds` (`mode="within"`), each a number or a query of one."""

    resource: str
    sql: Expr
    mode: str = "truthy"
    expected: Expr = None
    tolerance: float | None = None
    bounds: tuple[Expr | RunSql, ...] = ()
    parameters: Expr = None


@dataclass(frozen=True, slots=True)
class FileExists:
    """True when a file (or a match of a glob pattern) is there; where `recursive`, `**` in it stands for folders of any depth."""

    path: Expr
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class ObjectExists:
    """True when an object (or a key that matches a wildcard) is in object storage."""

    resource: str
    bucket: Expr
    key: Expr
    wildcard: bool = False


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Asks a web service. `check` tells whether the response is accepted, `filter` takes the node's value out of it (else it is the text);
    both get it as `InputValue("response")`. As a condition: there is a response, other than that there is nothing, and it is accepted. `pages`: a function
    that tells of a response what to ask for next; then there are `responses`, and the value is the list of their texts. `nothing`: the codes that mean nothing, if not 404 alone.
    """

    resource: str
    method: Expr
    arguments: Mapping[str, Expr] = field(default_factory=dict)
    check: CallFunction | None = None
    filter: CallFunction | None = None
    returns: bool = False
    pages: Expr = None
    nothing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PollUntil:
    """Waits, in the run, until `condition` is true; raises after `timeout` seconds, or skips what is below where `soft_fail`.

    `returns`: the value that a function's last answer carries (`PokeReturnValue`) is the node's own. `one_object`: the object whose method asks
    is the same each time, as in Airflow's mode `poke`, so that it may count; so is what it asks for, if that depends on the clock.
    """

    condition: Condition
    interval: float = 60.0
    timeout: float = 604800.0
    soft_fail: bool = False
    returns: bool = False
    one_object: bool = False


@dataclass(frozen=True, slots=True)
class RunOfDate:
    """Whether the run of another DAG for a date is in one of the `states`; those of Airflow. Raises where it is in one that is `refused`.

    The date is that of the run at hand, `shift` earlier, or what `computed` makes of it: one or several; a `ds` is the key of a partition. `job` is what the DAG became; `steps` or `assets`
    are what of it is waited for, if not all: of each group one that was not skipped. `kept_by` names, with some of the steps, those whose failure keeps
    them from running in a run that goes on after it.
    """

    date: RunDate
    shift: dt.timedelta = dt.timedelta(0)
    computed: CallFunction | None = None
    states: tuple[str, ...] = ("success",)
    refused: tuple[str, ...] = ()
    dag_id: str = ""
    job: str = ""
    steps: tuple[tuple[str, ...], ...] = ()
    kept_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assets: tuple[tuple[AssetKey, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class DateTest:
    """Whether a moment is on one of some days of the week (1 is Monday), and not outside of two bounds.

    `moment` is the run's date, or None for the present time; it is looked at in `timezone`. Bounds are both dates or both times of day; a later bound that is
    an earlier time of day is the next day's.
    """

    moment: RunDate | None
    timezone: str = "UTC"
    weekdays: tuple[int, ...] = ()
    lower: dt.datetime | dt.time | None = None
    upper: dt.datetime | dt.time | None = None


@dataclass(frozen=True, slots=True)
class KeptAs:
    """Whose value is kept in the event log, and the date of the run that it is kept for."""

    dag_id: str
    task_id: str
    moment: RunDate


@dataclass(frozen=True, slots=True)
class FollowIf:
    """A branch whose ways are known: `if_true` where the test passes (SQL: by its first value), else `if_false`."""

    test: RunSql | DateTest
    if_true: tuple[str, ...]
    if_false: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """A branch: `condition` returns the task id (or ids) to go on with; `choices` maps each task id to the output's name.

    `leads_to` are ids of task groups, and of tasks that are not right below the branch, that it may return instead, with the tasks right below it that run then.
    """

    condition: CallFunction | FollowIf
    choices: Mapping[str, str]
    leads_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    returns: bool = False
    """Another task takes what `condition` returns, or hands over by name: an output `value` holds it."""
    keeps_result: bool = True
    """What it returns is handed over even if it skips tasks, as in Airflow 2. In Airflow 3 that is None then."""
    kept: KeptAs | None = None
    """What it returns is kept for other runs, as by `KeepValue`."""
    skips: Literal["", "named", "others"] = ""
    """`condition` says by `BranchWays` which of the tasks are skipped, not by what it returns: those that it names, whatever else leads there, or all others."""


@dataclass(frozen=True, slots=True)
class ContinueIf:
    """A short circuit: what is below runs only if `condition` is true. `latest_only`: true in the latest partition's run, and in one that a person starts
    (`or_triggered`: or another DAG)."""

    condition: CallFunction | None
    latest_only: bool = False
    or_triggered: bool = False
    returns: bool = False
    keeps_result: bool = True
    kept: KeptAs | None = None
    """Both as of `Choose`."""


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
class InVain:
    """What tells, in a job of ops, that what waits for one success waits in vain: of one of these groups of (node, output) pairs none was there, one of those
    ops failed, and no gate skips it anyway."""

    wanted: tuple[tuple[tuple[str, str], ...], ...]
    failed: tuple[str, ...]
    cut_by: tuple[tuple[str, str], ...] = ()
    """The gates that skip it, and the outputs of each that say that it did not."""


@dataclass(frozen=True, slots=True)
class FailRun:
    """Fails the run: an op with it waits for outputs that say that a step failed after which the run went on; with `copies_of`, the name of a mapped
    op, it looks whether one of its copies did, as it is started where there are none, too; with `in_vain`, it looks whether what waited for a success did so
    in vain."""

    copies_of: str = ""
    in_vain: InVain | None = None


@dataclass(frozen=True, slots=True)
class AnyCopy:
    """Stands for the copies of the mapped op `copies_of` where others wait for one of several: its output is there if a copy yielded `output`."""

    copies_of: str
    output: str


@dataclass(frozen=True, slots=True)
class NoValue:
    """Stands in for the value of a step that was skipped or failed: an op with it gives None."""


@dataclass(frozen=True, slots=True)
class ValueOrNone:
    """Takes a list of None and the value of a step, where there is one, and gives the last of it."""


@dataclass(frozen=True, slots=True)
class AllValues:
    """Gives the values of all copies of a mapped op as one list, for an op each copy of which takes all of them."""


@dataclass(frozen=True, slots=True)
class ValuesThere:
    """Gives the values of those copies of a mapped op that did their work as one list, for an op that runs whatever became of them: it gets the outcomes
    of all copies."""


@dataclass(frozen=True, slots=True)
class KeepValue:
    """Does the work of `body` and keeps its value in the event log for tasks that take it in other runs (`LastValue`)."""

    body: Body
    place: KeptAs
    returns: bool = True


RESULT = InputValue("result")
"""The value of the work, for what is called after it."""


@dataclass(frozen=True, slots=True)
class FollowedBy:
    """Does the work of `body` and then calls a function, which gets its value as `InputValue("result")`; the value is the node's own where `returns`."""

    body: Body
    call: CallFunction
    returns: bool = False


@dataclass(frozen=True, slots=True)
class ForEach:
    """Calls a function for each thing that a method of a resource yields, which is the call's `InputValue(item)`."""

    items: UseResource
    item: str
    call: CallFunction


@dataclass(frozen=True, slots=True)
class WaitForRun:
    """How a run is waited for that was asked for: the seconds between two looks, and whether its failure is one of the waiting step, too."""

    interval: float = 60.0
    fails: bool = True


@dataclass(frozen=True, slots=True)
class RequestRun:
    """Asks for a run of another DAG's job with `conf`, for the logical date `date` (text; None: that of its start). As the body of a node it does so in
    the middle of a run, or in some runs only: what the node materializes says so, and a sensor on that starts the job.

    `once`: a text for which the sensor starts no second run. `waits`: the node then waits until that run is over. `order`: a function that is handed
    an order; what it gives back has the conf, and without that no run is asked for.
    """

    conf: Expr = None
    date: Expr = None
    once: Expr = None
    waits: WaitForRun | None = None
    order: CallFunction | None = None


@dataclass(frozen=True, slots=True)
class Notify:
    """Sends a message: `channel` is `email`, `slack` or the kind of a service; `resource` its resource; `fields` go to its `method`."""

    channel: str
    resource: str
    fields: Mapping[str, Expr] = field(default_factory=dict)
    method: str = "send"


@dataclass(frozen=True, slots=True)
class RunOperator:
    """Runs an Airflow operator's own `execute`, without Airflow's scheduler: `operator` is the call that makes it.

    With `function`, `operator` is instead the call of a function of the team's own that uses Airflow's library: it gets Airflow's
    context in the parameters that ask for it.
    """

    operator: CallFunction
    returns: bool = False
    function: bool = False
    task_id: str = ""
    params: Expr = None
    """Of a function: what `context["params"]` is."""
    xcoms: Mapping[str, Expr] = field(default_factory=dict)
    """Of a function: the results of other tasks that it may pull, by task id."""


@dataclass(frozen=True, slots=True)
class UseResource:
    """Calls a method of a resource with named arguments; what it returns is the node's value where `returns`.

    `gives` tells whether the operator's own value is what it returns, `annotation` its type in generated code (a builtin's name), `keys` under which names
    the operator hands it over beside.
    `passes_context`: the run's context goes with it, as the clients of Dagster Pipes ask for.
    """

    resource: str
    method: str
    arguments: Mapping[str, Expr] = field(default_factory=dict)
    calls: Mapping[str, CallFunction] = field(default_factory=dict)
    """Further arguments, which functions of the team's own give."""
    passes_context: bool = False
    kind: str = "python"
    """What does the work, as a Dagster kind (`docker`)."""
    gives: bool = False
    annotation: str = ""
    returns: bool = False
    keys: tuple[str, ...] = ()


Condition = (
    CallFunction | DateTest | FileExists | HttpRequest | ObjectExists | RunOfDate | RunShell | RunSql | UseResource
)
"""What can be waited for: true once it is there. A command is by its exit code."""

Body = (
    CallFunction
    | RunShell
    | RunDbt
    | RunSql
    | SqlCheck
    | PollUntil
    | Choose
    | ContinueIf
    | FanOut
    | FollowIf
    | DoNothing
    | FailRun
    | AnyCopy
    | NoValue
    | ValueOrNone
    | AllValues
    | ValuesThere
    | FollowedBy
    | ForEach
    | KeepValue
    | RequestRun
    | Notify
    | RunOperator
    | UseResource
    | HttpRequest
)

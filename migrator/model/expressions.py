"""Values in generated code, without a string of it: what an argument of a function or call will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from migrator.model.frozen import dataclass
from migrator.model.source import Span

Expr = Any
"""A value in generated code: a plain Python object (a literal; also list, tuple, dict, set of expressions, `datetime`,
`timedelta`) or one of the classes below."""


@dataclass(frozen=True, slots=True)
class RunDate:
    """A member of Airflow's date family, for the run at hand.

    `field` is `ds`, `ds_nodash`, `ts`, `ts_nodash`, `ts_nodash_with_tz`, `logical_date`, `data_interval_start`,
    `data_interval_end`, `run_id`, or `previous`: the date of the run that the schedule starts before this one. `days` shifts it (`macros.ds_add(ds, 7)`), `format` is a strftime pattern for a datetime field
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
    stored: str = ""
    """The Variable's name, where code changes it: then it is read where that keeps it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The one of `values` that `key` tells when the code runs; the `default` for all else, if it `has_default`, else that is an error."""

    key: Expr
    values: Mapping[Expr, Expr]
    default: Expr = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What Python makes of expressions; `kind`, `name`, `operands`, `options` and `reading` are as of `Computed`. Other kinds are `apply` (of the first
    operand, a function, to the others) and `if` (the first where the second is true, else the third)."""

    kind: str
    name: str
    operands: tuple[Expr, ...]
    options: Mapping[str, Expr] = field(default_factory=dict)
    reading: int = 0


@dataclass(frozen=True, slots=True)
class WholeEnvironment:
    """A dictionary of all environment variables."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A dictionary with the members of several, the later ones over the earlier."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class DagsFolder:
    """Where the DAG files are, as text: they are elsewhere on other machines."""


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """A DAG param, a field of the node's config class, optionally a member of it; with a default of the task's own if it `has_default`."""

    name: str
    path: tuple[str | int, ...] = ()
    default: Expr = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class RunConf:
    """`dag_run.conf` as a dict (from the run tag `airflow/conf`), or one member of it, which is an error where it lacks and does not `has_default`."""

    path: tuple[str | int, ...] = ()
    default: Expr = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class LastSuccess:
    """A datetime of the job's last successful run before this one, or None where there was none: when it started (`start`) or ended (`end`), or the
    bounds of the interval that it was for (`interval_start`, `interval_end`)."""

    moment: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """How often the step was tried by now, 1 for the first time."""


@dataclass(frozen=True, slots=True)
class CopyNumber:
    """The number of the copy of a mapped step, 0 for the first."""


@dataclass(frozen=True, slots=True)
class DimensionKey:
    """The key of the run's partition in the dimension `name`, beside its date."""

    name: str


@dataclass(frozen=True, slots=True)
class ConnectionField:
    """A field of an Airflow connection, read from the environment when the code runs; `path` names it and what is picked below."""

    connection: str
    path: tuple[str | int, ...]


class MayLack(str):
    """In a path: a member that may not be there; None is taken then."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InputValue:
    """The value of an upstream node, through the function's parameter of that name; `path` picks members of it."""

    parameter: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchWays:
    """The object of a branch that knows the nodes right after it, by which its function skips some (see `Choose.skips`)."""


@dataclass(frozen=True, slots=True)
class OwnAttribute:
    """An attribute of the object whose method a node calls, when the method asks for it."""

    name: str


@dataclass(frozen=True, slots=True)
class Format:
    """Text put together of expressions: becomes an f-string."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class MadeObject:
    """An object of one of the team's own classes: `definition` is the class (a `CallFunction`, which says how its text changes)."""

    definition: Any
    kwargs: Mapping[str, Expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectSet:
    """A set with members that are only made when the code runs."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class OwnMember:
    """A member of one of the team's own Enum classes."""

    definition: Any
    name: str


@dataclass(frozen=True, slots=True)
class NamedValues:
    """A tuple whose elements have names, of a class that `collections.namedtuple` makes."""

    type: str
    values: Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class Construct:
    """An instance of a library's class that only holds what it is made with: `type` is its qualified name (`docker.types.Mount`), or that of
    a function which makes one (`pendulum.instance`)."""

    type: str
    args: tuple[Expr, ...] = ()
    kwargs: Mapping[str, Expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """The exception class that stands for one of Airflow's in carried-over code (`raise` and `except`).

    `kind` is `failure` (AirflowException and its like: `RuntimeError`), `final` (AirflowFailException: no retry), `missing`, `timeout` (of a sensor), `overtime`
    (AirflowTaskTimeout: `StepTimeout`), `end` (that which ends a step after its time, to be caught) or `skip` (AirflowSkipException: the node ends without
    its output, which is then `optional`; the generated function around the call catches it), or `elsewhere` (the same in code that the call does not
    lead to, of a module that is carried whole).
    """

    kind: str


@dataclass(frozen=True, slots=True)
class ResourceValue:
    """A resource of Dagster's, which the node's function gets as a parameter, as an argument of the team's own function."""

    resource: str


@dataclass(frozen=True, slots=True)
class ResourceInstance:
    """A resource made on the spot, in carried-over code that no resource of Dagster's reaches: its name, kind, and environment variable."""

    name: str
    kind: str
    env: str


@dataclass(frozen=True, slots=True)
class ResourceCall:
    """In carried-over code, the method of a resource (`resource` is its parameter, or an instance made on the spot), with `members_of` called with
    the members of the dict of that name."""

    resource: Expr
    method: str
    members_of: str = ""


@dataclass(frozen=True, slots=True)
class EndedStep:
    """In a sensor on the end of runs, or in what a step calls itself: the `name`, the `error` or the number of `tries` of the step at hand (`each`), else of all steps that failed, or of the run.

    `name` is what Airflow calls the task; `copy`, `key`, `report`, `started`, `ended` and `duration` are of the step at hand alone: its number, -1 where the
    task is not mapped, its name in Dagster, its error as HTML with a link to the run, when its last try started and ended, and the seconds between; `url` is that link, the same for all of them, as are
    `run_started`, `run_ended` and `reason`, what Airflow calls why the run failed.
    """

    field: str
    each: bool
    classes: tuple[str, ...] = ()
    """Of `error`: the kinds of `ErrorClass` that it is compared with."""
    named: bool = False
    """Of `error`: what its class is called is told."""


@dataclass(frozen=True, slots=True)
class OfTask:
    """What differs from task to task, by the id of the task, where a sensor acts for a step of one of them."""

    values: Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class TaskStates:
    """A function that tells what became of the tasks of the run: the helper `function` with `tasks`, the ids of those before each and its trigger rule.
    `own` is the task that asks; empty for a callback. Those that are `mapped` have copies."""

    function: str
    tasks: Mapping[str, tuple[tuple[str, ...], str]]
    own: str
    mapped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ConnectionFunction:
    """In carried-over code, in the place of `BaseHook.get_connection`: the function that reads a connection's fields from the environment."""


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file that another step writes: it is read when the code runs."""

    path: str


@dataclass(frozen=True, slots=True)
class OtherName:
    """In carried-over code, another name for a method; with `keyword`, the name of an argument in front of its value, which is the one
    that stands there or (with `has_value`) a new one, after which `more` arguments may follow."""

    name: str
    keyword: bool = False
    has_value: bool = False
    value: Expr = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class ClassLogger:
    """In a carried-over class that derived from one of Airflow's: the statement that gives it the `log` which it had there."""

    margin: str


@dataclass(frozen=True, slots=True)
class OwnAttributes:
    """In front of a method's first statement: its object `instance` gets attributes that Airflow's class gave it, from parameters of these names."""

    instance: str
    attributes: tuple[tuple[str, str], ...]
    margin: str


@dataclass(frozen=True, slots=True)
class WholeMethod:
    """At the end of a class that derived from one of Airflow's: a method `name` that calls others of its object, one after the other.

    `attributes` are as of `OwnAttributes`. `calls` are `before`, `work` and `after`: the method (of `work` maybe the parameter that does it), with the
    parameters by which each of its arguments comes. The result of `work` is the method's own where it `returns` it, and goes to `after` where that
    `takes_result`.
    """

    name: str
    parameters: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    before: MethodCall | None
    work: MethodCall
    after: MethodCall | None
    returns: bool
    takes_result: bool
    margin: str


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A call of a method `name` of the object at hand, or of a function that a parameter holds; `given` are arguments by name, by parameters."""

    name: str
    given: tuple[tuple[str, str], ...] = ()
    is_parameter: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """In the place of what Airflow gave a carried-over function: further parameters, each after a comma."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LibraryText:
    """In carried-over code, in the place of something of Airflow's library: the beginning of what another library has for it."""

    text: str
    needs: str
    """The import statement that it needs, if any."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A `name` of the project's helper `module` (or, where that is empty, such a module), such as stands in carried-over code for the same one of
    Airflow's library; with `arguments`, its call with the run's context, these and the `keywords`."""

    name: str
    module: str
    arguments: tuple[Expr, ...] | None = None
    keywords: Mapping[str, Expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LastValue:
    """The value that a task left last in another run (see `KeepValue`): in that of `moment`, or with `prior` in that one or one before it, or in that
    with the id `run`; None where there is none. `path` picks members of it, None where it has none such. Its `own` is that of a run before: Airflow
    deletes what a task has left in a run when it runs again there."""

    dag_id: str
    task_id: str
    moment: RunDate
    prior: bool
    path: tuple[str | int, ...] = ()
    run: Expr = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class PulledMember:
    """In carried-over code, in the place of `ti.xcom_pull(task_ids=...)`: the member of the dict that the function's parameter `parameter` is,
    which the text of `index` tells; with `several`, that text tells a list of members, and theirs is the list of values, with
    `omits` without those that are None. The text of `key` tells a member of that in turn, or without `index` of the dict, or None. A member
    that is not there is what the text of `default` tells."""

    parameter: str
    index: Span | None
    several: bool = False
    omits: bool = False
    key: Span | None = None
    default: Span | None = None
    exact: bool = False
    """It is known to be there."""


@dataclass(frozen=True, slots=True)
class PulledOr:
    """In carried-over code, in the place of `ti.xcom_pull(..., default=...)`: the function's parameter `parameter`, or where that is None the text of
    `default`."""

    parameter: str
    default: Span


@dataclass(frozen=True, slots=True)
class EnvOr:
    """In carried-over code: a Variable, or where it is not set the text of `default`."""

    value: EnvValue
    default: Span


@dataclass(frozen=True, slots=True)
class Later:
    """A function without parameters that does what a node's `body` does, and returns its value."""

    body: Any


@dataclass(frozen=True, slots=True)
class MoreArguments:
    """In carried-over code: further arguments of a call, by name; `after` others. `calls` what was no call before."""

    values: Mapping[str, Expr]
    after: bool = True
    calls: bool = False


@dataclass(frozen=True, slots=True)
class PushedValue:
    """In carried-over code, in the place of `ti.xcom_push(key=..., value=...)`: the assignment of the text of `value` to the member
    `key` (or what its text says) of the dict that the function's parameter `parameter` is (see `CallFunction.pushes`)."""

    parameter: str
    key: str | Span
    value: Span


@dataclass(frozen=True, slots=True)
class ChangedList:
    """A list made of others: `kind` is `map` or `filter` (by `function`, a call of the team's own function that gets an element), `zip` or
    `concat` (with `others`), `elements` (of what may be a list or a dictionary), or `handed` (a list or dictionary, without None where the values of some tasks may lack). `fill` is what `zip` fills shorter lists with, where `fills`.
    `members` picks `path` of each element, but for those that have it not."""

    kind: str
    source: Expr
    function: Expr = None
    others: tuple[Expr, ...] = ()
    fills: bool = False
    fill: Expr = None
    path: tuple[str | int, ...] = ()
    omits: bool = False
    """Of `handed`: it is known that some may lack."""


@dataclass(frozen=True, slots=True)
class TemplateText:
    """Jinja text that is rendered when the code runs (loops and conditions, which no f-string says).

    `names` gives each free name of the template its expression; only `macros` is not among them: what renders the template gives it
    the plain Python members of Airflow's `macros` (`ds_add`, `ds_format`, `datetime`, `timedelta`, `json`, `time`, `uuid`, `random`).
    Where `file` is set, the text is a file of the DAG folder (path relative to it) that is carried over byte for byte and read at
    run time.
    """

    text: Expr
    names: Mapping[str, Expr] = field(default_factory=dict)
    file: str | None = None
    filters: Mapping[str, Expr] = field(default_factory=dict)
    """The team's own filters that it uses."""
    native: bool = False
    """What it is rendered to is read as a Python literal where it is one."""
    includes: Mapping[str, TemplateText] = field(default_factory=dict)
    """Template files that it includes, extends or imports, themselves or through others, by the name it has for them."""


@dataclass(frozen=True, slots=True)
class MetadataOf:
    """A function that adds metadata to what the node says of the asset `key`, which it makes; one that it adds to the `alias` is reported by that, too."""

    key: tuple[str, ...]
    alias: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartitionsOf:
    """A function that is told which partitions the node makes of the asset `key`, by their keys, which are those of the dynamic partitions `name`."""

    key: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class AddedMetadata:
    """In carried-over code: the function's parameter that is a `MetadataOf` or `PartitionsOf`, and the text behind it by which it is called."""

    parameter: str
    opening: str

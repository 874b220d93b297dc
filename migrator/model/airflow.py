"""What a folder of DAG files defines, in Airflow's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field

from migrator.diagnostics import Diagnostic
from migrator.model.assets import AssetKey, AssetRef, DataAsset
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span
from migrator.model.templates import TemplateUse
from migrator.model.values import AssetValue, CallableValue, Symbolic, Value, XComValue

ALWAYS_RULES = ("always", "dummy")
"""Trigger rules by which a task waits for nothing; Airflow 2 knows the second name, too."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a DAG runs.

    `kind` and the type of `value`: `cron` (str), `preset` (`@daily`), `timedelta` (seconds, float), `assets` (list of URIs or
    names), `timetable` (class name), `continuous`, `once`, `none` (None), `unknown` (its source text).
    `timetable` and `arguments` keep a timetable's class path and its arguments; `assets` the expression of assets;
    `timezone` the IANA name a timetable or the start date gives; `next_run` is the method by which an object of the team's own tells the next run,
    `by_hand` that by which it tells the data interval of a run that a person starts.
    """

    kind: str
    value: str | float | list[str] | None = None
    timetable: str | None = None
    arguments: Mapping[str, Value] = field(default_factory=dict)
    assets: AssetValue | None = None
    next_run: CallableValue | None = None
    by_hand: CallableValue | None = None


@dataclass(frozen=True, slots=True)
class TaskGroup:
    group_id: str
    """With the prefixes of its parents, as Airflow shows it."""
    parent_id: str | None = None
    tooltip: str = ""
    mapped: bool = False
    expand: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One task of one DAG.

    `arguments` holds what the operator was given by its call, by `.partial`, or by its class's own
    `super().__init__` call, after argument names of older Airflow versions are mapped to today's; not what `default_args`
    gave, unless the operator (or BaseOperator) takes it: those are in `inherited`. `expand` holds what `.expand` or
    `.expand_kwargs` (under the name `**`) maps over. Fields below `arguments` are the effective values of arguments that
    every operator has; None where Airflow's own default holds.
    """

    dag_id: str
    task_id: str
    operator: str
    """Class name as Airflow shows it: `BashOperator`, `_PythonDecoratedOperator`."""
    operator_module: str
    """Canonical (current) module of the class: `airflow.providers.standard.operators.bash`; dotted folder module for own classes."""
    span: Span
    bases: tuple[str, ...] = ()
    """Canonical qualified names of the classes it inherits from, nearest first, down to the first library class."""
    overrides: tuple[str, ...] = ()
    """Sorted names of the methods that the folder's own classes among them define (`__init__`, `execute`, `poke`)."""
    arguments: Mapping[str, Value] = field(default_factory=dict)
    inherited: Mapping[str, Value] = field(default_factory=dict)
    argument_spans: Mapping[str, Span] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    """Sorted names of those arguments that `__init__` of the team's own class takes, and that go on to Airflow's at most as parts of others."""
    expand: Mapping[str, Value] = field(default_factory=dict)
    callable: CallableValue | None = None
    """The `python_callable` or the function under `@task...`."""
    call_args: tuple[Value, ...] = ()
    """What the callable is called with: `op_args`, or the positional arguments of the TaskFlow call."""
    call_kwargs: Mapping[str, Value] = field(default_factory=dict)
    decorator: str | None = None
    """`task`, `task.bash`, `task.virtualenv`...: how a TaskFlow task was declared; None for classic operators."""
    upstream: tuple[str, ...] = ()
    """Sorted ids of all direct upstream tasks, whether they hand over data or only order."""
    group_id: str | None = None
    mapped: bool = False
    copy_of: str = ""
    """The id of the mapped task that it is one copy of, where the copies are written out as tasks of their own."""
    stands_for: tuple[str, ...] = ()
    """The ids of Airflow's tasks for each key of the DAG's dimension, in their order, where a loop makes them one by one and this one is planned for all."""
    is_setup: bool = False
    is_teardown: bool = False
    trigger_rule: str = "all_success"
    retries: int | Symbolic | None = None
    pool: str | Symbolic | None = None
    owner: str | None = None
    inlets: tuple[Value, ...] = ()
    outlets: tuple[Value, ...] = ()
    doc: str | None = None
    call_site: Span | None = None
    """The outermost call at module level that led here: tasks of one loop or factory share it."""
    definition: CallableValue | None = None
    """The team's own class that the task is an instance of, with what its `__init__` is given; only where that class, or one of the team's
    own that it inherits from, defines `execute`, `poke` or `choose_branch`."""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """What `__init__` of that class keeps in the instance (`self.table = table`), before any template is rendered."""
    bindings: Mapping[str, Value] = field(default_factory=dict)
    """Loop variables and factory arguments that were in force when it was made."""
    returns: str = ""
    """What its code hands over: `setting` (a flag, a number of things, a name, values of the environment), or `data`; empty where nothing is known."""
    fails_on: str = ""
    """Where its code fails on data that are not as they should be, in one sentence; empty where it does not, or nothing is known."""
    makes: str = ""
    """What its code does to make data whose name it doesn't tell, in one sentence; empty where it does not, or nothing is known."""
    refs: tuple[AssetRef, ...] = ()
    """Inputs and outputs; empty until the IO analyzers ran."""
    role: str = ""
    """`asset`, `check`, `sensor`, `control` or `side_effect`; empty until the IO analyzers ran."""
    role_reason: str = ""
    """Why, in one sentence."""
    templates: tuple[TemplateUse, ...] = ()
    """What its templates ask of Airflow; empty until they were read."""

    @property
    def id(self) -> str:
        """`dag_id.task_id`, unique in the project."""
        return f"{self.dag_id}.{self.task_id}"

    @property
    def airflow_id(self) -> str:
        """Its id in Airflow, where a copy has that of the mapped task."""
        return self.copy_of or self.task_id

    def option(self, name: str, default: Value = None) -> Value:
        """An argument given in the call, else through `default_args`, else `default`."""
        if name in self.arguments:
            return self.arguments[name]
        return self.inherited.get(name, default)


@dataclass(frozen=True, slots=True)
class Dimension:
    """What tells the copies of each of a DAG's tasks from each other, where they all make the same data: a part of it for each of the `keys`."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dag:
    """One DAG. `arguments` holds all of the DAG's arguments as written; the fields are those that stages use."""

    dag_id: str
    span: Span
    schedule: Schedule
    airflow_version: str
    """`2` or `3`: by whose rules schedule and catchup are meant."""
    tasks: tuple[Task, ...] = ()
    groups: tuple[TaskGroup, ...] = ()
    arguments: Mapping[str, Value] = field(default_factory=dict)
    start_date: dt.datetime | Symbolic | None = None
    end_date: dt.datetime | Symbolic | None = None
    timezone: str = "UTC"
    catchup: bool | Symbolic | None = None
    """None where the DAG does not say: Airflow 2 catches up by default, Airflow 3 does not."""
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    params: Mapping[str, Value] = field(default_factory=dict)
    """Plain defaults, or `ObjectValue` of type `airflow.sdk.Param` with its schema in `kwargs`."""
    default_args: Mapping[str, Value] = field(default_factory=dict)
    description: str | None = None
    """`doc_md` or `description` or the docstring, in that order."""
    max_active_runs: int | Symbolic | None = None
    written_out: tuple[Task, ...] = ()
    """Its tasks as they are planned, where they are others: one for each copy of those that are mapped, where the copies are known beforehand and make
    different data; or one for all copies, which differ by the `dimension`."""
    dimension: Dimension | None = None

    def task(self, task_id: str) -> Task:
        """The task of that id; KeyError if there is none."""
        for task in self.tasks:
            if task.task_id == task_id:
                return task
        raise KeyError(task_id)

    def numbers_copies_of(self, task: Task) -> bool:
        """Whether the copies of a mapped task have the numbers of the elements that its code tells. Where a mapped task hands them over, or `.map` and its
        like change them, one may be left out when the DAG runs, and those after it move up."""
        handed = [value for value in task.expand.values() if isinstance(value, XComValue)]
        mapped = {other.task_id for other in self.tasks if other.mapped}
        return not any(value.operations or value.task_id in mapped for value in handed)

    def with_copies(self, divided: bool = True) -> Dag:
        """The DAG with the tasks by which it is planned; where these are one for all copies, only if it is to be `divided`."""
        if not self.written_out:
            return self
        if self.dimension is not None and not divided:
            return replace(self, written_out=(), dimension=None)
        groups = tuple(replace(group, mapped=False, expand={}) for group in self.groups)
        return replace(self, tasks=self.written_out, groups=groups, written_out=())


@dataclass(frozen=True, slots=True)
class AirflowProject:
    """All that was read. `root` is the absolute path of the analyzed folder; `sources` is keyed by relative path."""

    root: str
    airflow_version: str
    sources: Mapping[str, SourceFile]
    dags: tuple[Dag, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    assets: tuple[DataAsset, ...] = ()
    """Filled by lineage."""
    names: Mapping[str, AssetKey] = field(default_factory=dict)
    """What each thing is called, by a text that says which it is; before corrections."""
    roots: tuple[str, ...] = ()
    """The names of further folders that DAGs import from, with which the paths of their files begin."""
    root_folders: Mapping[str, str] = field(default_factory=dict)
    """Where these are on disk, by their names."""
    held: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """What names at the top of DAG files hold once the file has been read, where code fills them on the way; by file."""
    registries: Mapping[str, Mapping[str, tuple[CallableValue, ...]]] = field(default_factory=dict)
    """The functions in dictionaries and lists at the top of the files, by file and name."""

    def tasks(self) -> list[Task]:
        """All tasks of all DAGs, in order."""
        return [task for dag in self.dags for task in dag.tasks]

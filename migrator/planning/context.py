"""What a rule may ask while it translates one task, and what planning remembers of the answers (`Needs`).

`TaskContext` implements `operators.rule.LoweringContext`. It knows the task and its DAG; how values, templates and functions
become expressions is in `expressions`, `jinja` and `functions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CallableAnalyzer
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Dag, Task, TaskGroup
from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction
from migrator.model.expressions import (
    ChangedList,
    ConfigValue,
    ConnectionField,
    DagsFolder,
    EnvValue,
    Expr,
    Format,
    Helper,
    InputValue,
    LastSuccess,
    LastValue,
    MayLack,
    ResourceInstance,
    RunConf,
    RunDate,
    TemplateText,
)
from migrator.model.frozen import dataclass
from migrator.model.plan import DAGS_FOLDER, ConfigField, CreateResource, EnvSetting
from migrator.model.services import setting_of
from migrator.model.templates import EVERY_COPY, OWN_COPY
from migrator.model.values import AssetValue, CallableValue, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.names import key_asked
from migrator.planning.callables import functions, orders
from migrator.planning.configuration.params import default_of, field_name, is_default
from migrator.planning.draft import BY_NUMBER, Handover, Needs
from migrator.planning.expressions import jinja
from migrator.planning.expressions import values as expressions
from migrator.planning.expressions.files import WRITTEN, TemplateFiles
from migrator.planning.flow.mapping import element_of_group, expanded_groups, gives_list, gives_none, unrolls_result
from migrator.planning.graph import TaskGraph
from migrator.planning.naming.connections import BY_DEFAULT, connection_id, id_by_default, telling
from migrator.planning.naming.identifiers import RESERVED, env_name, identifier, unique
from migrator.planning.naming.shared import SharedNames
from migrator.planning.timing.timetable import Clock
from migrator.planning.xcom.not_yet import is_not_there_yet
from migrator.planning.xcom.other_runs import last_value
from migrator.planning.xcom.returned_none import hands_over_nothing, pushes_by_no_key

if TYPE_CHECKING:
    from migrator.planning.xcom.pushes import Pushes


def _names_file(value: Value, endings: tuple[str, ...]) -> bool:
    return isinstance(value, str) and value.endswith(endings) and not any(sign in value for sign in "{\n")


@dataclass(frozen=True, slots=True)
class DagFacts:
    """What the contexts of a DAG's tasks share."""

    project: AirflowProject
    dag: Dag
    graph: TaskGraph
    clock: Clock
    analyzer: CallableAnalyzer
    template_files: TemplateFiles
    names: SharedNames = field(default_factory=SharedNames)
    config: tuple[ConfigField, ...] = ()
    """The fields that the DAG's params become."""
    connections: Mapping[str, str] = field(default_factory=dict)
    """System of a connection (`postgres`), as the configuration says."""
    pushes: Mapping[str, Pushes] = field(default_factory=dict)
    """What the tasks of each DAG push by keys."""
    calls: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """How many tasks call a function, by file and offset."""
    keys: str = ""
    """What the partition keys are that its runs are for: `dates`, `texts`, or `moments` (texts of which Airflow knows the date); empty where there are none."""
    stored: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """What the Variables of each DAG are called that code changes."""

    @property
    def pushed(self) -> Mapping[str, frozenset[str]]:
        """XCom keys that a task's function pushes, for those tasks of which another task takes one by its key."""
        return self.pushes[self.dag.dag_id].kept if self.dag.dag_id in self.pushes else {}

    def is_stored(self, variable: str) -> bool:
        """Whether code changes a Variable."""
        pattern = self.stored.get(self.dag.dag_id)
        return pattern is not None and pattern.fullmatch(variable) is not None

    @property
    def silent(self) -> frozenset[str]:
        """The tasks whose functions push nothing."""
        return self.pushes[self.dag.dag_id].silent if self.dag.dag_id in self.pushes else frozenset()

    @property
    def doubtful(self) -> Mapping[str, tuple[str, ...]]:
        """Those keys of a task in `pushed` that another task takes and that its function may not push."""
        return self.pushes[self.dag.dag_id].doubtful if self.dag.dag_id in self.pushes else {}


class TaskContext:
    """One task's translation. Raises Untranslatable where something has no translation.

    `ended` is set for a callback: whether it is one of a `task` or of the `dag`, and whether it waits for `failure` or `success`.
    """

    def __init__(
        self, facts: DagFacts, task: Task, ended: tuple[str, str] | None = None, group: TaskGroup | None = None
    ) -> None:
        self.facts, self.ended = facts, ended
        self._task, self._group = task, group
        self.covered: tuple[Task, ...] = ()
        """Of a callback: the tasks that it is for."""
        self.copy: int | None = None
        """The number of the copy whose arguments are translated, where that is known."""
        self._handovers: dict[tuple[str, str, bool], Handover] = {}
        self._parameters: set[str] = set(RESERVED)
        self._resources: dict[str, CreateResource] = {}
        self._settings: dict[str, EnvSetting] = {}
        self._params: dict[str, None] = {}
        self._fixed_params: dict[str, None] = {}
        self._diagnostics: list[Diagnostic] = []
        self._notes: set[str] = set()
        self._last_values: dict[tuple[str, str], None] = {}
        self._uses_date = self._uses_interval = self._uses_conf = self._uses_last_success = False
        self._may_skip = self._uses_run_id = False
        self._lacking: dict[str, None] = {}
        self._stored: dict[str, None] = {}
        self._requests: dict[str, None] = {}

    # ------------------------------------------------------------------------------------------- asked by rules

    @property
    def project(self) -> AirflowProject:
        return self.facts.project

    @property
    def dag(self) -> Dag:
        return self.facts.dag

    @property
    def task(self) -> Task:
        return self._task

    @property
    def taken_keys(self) -> frozenset[str]:
        """The keys by which other tasks may take what the task hands over."""
        pushes = self.facts.pushes.get(self.dag.dag_id)
        return pushes.taken.get(self._task.task_id, frozenset()) if pushes is not None else frozenset()

    @property
    def is_copied(self) -> bool:
        """Whether the task runs once per element of a list."""
        return self._task.mapped or self._group is not None

    def expression(self, value: Value, paths: bool = False) -> Expr:
        return expressions.translate(value, self, templated=False, paths=paths)

    def template(self, value: Value, paths: bool = False) -> Expr:
        return expressions.translate(value, self, templated=True, paths=paths)

    def files(
        self, value: Value, endings: tuple[str, ...], edit: Callable[[str], str] | None = None
    ) -> tuple[Expr, ...]:
        entries = value if isinstance(value, (list, tuple)) else [value]
        return tuple(self._file_or_template(entry, endings, edit) for entry in entries)

    def call(self, callable: CallableValue | None = None) -> CallFunction:
        return functions.call(self, callable)

    def order(self, callable: CallableValue) -> CallFunction | None:
        return orders.order(self, callable)

    def resource(self, connection: Value, kind: str, system: str | None = None) -> str:
        if (names := telling(connection)) and id_by_default(connection):
            self.note(f"{BY_DEFAULT}{id_by_default(connection)} of {', '.join(f'`{name}`' for name in names)}")
        connection = connection_id(connection, self._task.span)
        told = connection.replace("{env:", "{")
        wish = identifier(told, fallback="connection")
        wish = f"{wish}_connection" if wish in RESERVED else wish
        name = self.facts.names.name("resource", wish, connection, kind, other=f"{wish}_{kind}")
        env = self.facts.names.name("env", f"{env_name(told)}_{setting_of(kind)}", "connection", connection, kind)
        known = self.facts.connections.get(connection) or system
        before = self._resources.get(name)
        self._resources[name] = CreateResource(name, kind, connection, env, known, before.methods if before else ())
        self._parameters.add(name)
        return name

    def made_on_the_spot(self, resource: str) -> ResourceInstance:
        """A resource as code makes it that no resource of Dagster's reaches."""
        known = self._resources[resource]
        return ResourceInstance(known.name, known.kind, known.env)

    def use_methods(self, resource: str, methods: Iterable[str]) -> None:
        """Notes that generated code, or the team's own, calls these methods of a resource."""
        known = self._resources[resource]
        self._resources[resource] = replace(known, methods=tuple(sorted({*known.methods, *methods})))

    def connection_setting(self, connection: str) -> None:
        """Notes the environment variable that tells the fields of a connection."""
        name = f"{env_name(connection)}_URL"
        self._settings[name] = EnvSetting(name, f"Connection {connection}", None, (self._task.id,))

    def path_of_connection(self, connection: Value) -> Expr:
        """The folder that a connection to a file system tells."""
        if not isinstance(connection, str):
            raise Untranslatable("MIG207", "the id of its connection is only known at run time", self._task.span)
        return self.connection_field(connection, ("extra_dejson", "path"))

    def client(self, kind: str) -> str:
        name = self.facts.names.name("resource", kind, "", kind)
        self._resources[name] = CreateResource(name, kind, "", "")
        self._parameters.add(name)
        return name

    def report(self, code: str, message: str, help: str = "") -> None:
        self._diagnostics.append(diagnose(code, self._task.span, message, help))

    # ---------------------------------------------------------------------------------- asked by the translations

    def _file_or_template(
        self, value: Value, endings: tuple[str, ...], edit: Callable[[str], str] | None = None
    ) -> Expr:
        if _names_file(value, self._own_endings(endings)):
            return self._file(str(value), edit)
        return self.template(edit(value) if edit is not None and isinstance(value, str) else value)

    def _file(self, name: str, edit: Callable[[str], str] | None = None) -> Expr:
        if edit is None and (written := self.facts.template_files.written(self.dag, name)) is not None:
            self.note(WRITTEN)
            return written
        path, text = self.facts.template_files.find(self.dag, name, self._task.span)
        edited = edit(text) if edit is not None else text
        if not self.facts.names.agree(("edited", path), edited):
            raise Untranslatable("MIG201", f"another task needs the file `{path}` in another form", self._task.span)
        return jinja.template_file(path, edited, self)

    def _own_endings(self, default: Value = ()) -> tuple[str, ...]:
        """The endings of names of template files, as the task or the team's class of its operator says them."""
        task = self._task
        given = task.option("templates_exts") if task.callable is not None else None
        found = given or task.attributes.get("template_ext", default)
        endings = (found,) if isinstance(found, str) else found
        if not isinstance(endings, (list, tuple)) or not all(isinstance(ending, str) for ending in endings):
            raise Untranslatable("MIG205", "it is only known at run time which templates are files", task.span)
        return tuple(map(str, endings))

    def rendered(self, text: str) -> Expr:
        """Text with Jinja, which for a function may stand in a file."""
        if self._task.callable is not None and _names_file(text, self._own_endings()):
            return self._file(text)
        return jinja.template(text, self)

    def asked_by(self, text: str) -> tuple[TemplateText, Mapping[str, str]]:
        return jinja.asked_by(text, self)

    def take(
        self, task_id: str, key: str = "return_value", wish: str = "", asked: bool = True, copy: int | str | None = None
    ) -> Expr:
        """The value that another task of the DAG hands over, or its `copy` of that number (`OWN_COPY`: that in the same copy of a group; `EVERY_COPY`: the list in which
        each has its number); `wish` is the parameter name that would suit. `asked`: it is pulled, so that it is None where there is none."""
        source = next((task for task in self.dag.tasks if task.task_id == task_id), None)
        if source is None and asked:
            return None  # as Airflow answers; the analysis has reported it
        if source is None:
            reason = f"it takes the result of `{task_id}`, which is no task of its DAG"
            raise Untranslatable("MIG205", reason, self._task.span)
        if is_not_there_yet(self, task_id, asked):
            return None
        started = source.option("trigger_run_id") if key == "trigger_run_id" else None
        if isinstance(started, str) and task_id in self._task.upstream and self._task.trigger_rule == "all_success":
            return self.template(started)  # what it calls the run that it has started by then
        path: tuple[str | int, ...] = ()
        pushed = self.facts.pushed.get(task_id)
        if self.ended is not None and key not in ("return_value", *(pushed or ())):
            raise Untranslatable("MIG205", f"it takes the XCom `{key}` of `{task_id}`, which is kept for tasks alone")
        beside = self._group is not None and self._group in expanded_groups(self.dag, source)
        of_copies = not beside and (source.mapped or expanded_groups(self.dag, source))
        by = None if of_copies or self.ended is not None else self._task
        if key == "return_value" and asked and hands_over_nothing(source, by):
            return None
        if pushed is not None and (key == "return_value" or {key, "*"} & pushed):
            doubtful = key in self.facts.doubtful.get(task_id, ()) or key not in {"return_value", *pushed}
            path, key = (MayLack(key) if doubtful else key,), "return_value"
        elif key != "return_value" and asked and (task_id in self.facts.silent or pushes_by_no_key(source)):
            return None
        elif key != "return_value" and unrolls_result(source):
            path = ("return_value", MayLack(key) if asked else key) if pushed is not None else (key,)
            key = "return_value"
        if beside and asked and copy != OWN_COPY:
            reason = f"it takes what all copies of `{task_id}` have handed over by then, of which it is one"
            raise Untranslatable("MIG205", reason, self._task.span)
        if isinstance(copy, int) and not of_copies:
            return None
        whole = InputValue(self._parameter(task_id, key, False, wish))
        if of_copies and (isinstance(copy, int) or copy == EVERY_COPY):
            self.note(BY_NUMBER + task_id)
        elif of_copies and path:
            return ChangedList("members", whole, path=path)
        elif of_copies and gives_none(source, self.project):
            return ChangedList("handed", whole, omits=True)
        return replace(whole, path=(copy, *path) if isinstance(copy, int) else path)

    def take_by_key(self, task_id: str) -> Expr:
        """All that another task of the DAG hands over, by key."""
        source = next((task for task in self.dag.tasks if task.task_id == task_id), None)
        apart = source is None or source.mapped or expanded_groups(self.dag, source) or source.decorator is not None
        value = self.take(task_id)
        pushes = task_id in self.facts.pushed and isinstance(value, InputValue)
        if apart and not pushes:
            raise Untranslatable(
                "MIG205", f"it is only known at run time what it takes of `{task_id}`", self._task.span
            )
        return replace(value, path=()) if isinstance(value, InputValue) and pushes else {"return_value": value}

    def pulled_without_id(self, key: str) -> str | None:
        """The task whose value a pull takes that names none; None where there is none, or that is not known. In Airflow 3, it is its own."""
        if not self.omits_what_lacks:
            return None
        pushing = [
            task_id
            for task_id in self.facts.graph.ancestors(self._task.task_id)
            if key in self.facts.pushed.get(task_id, ())
        ]
        before = pushing if pushing else self._task.upstream
        return before[0] if len(before) == 1 else None

    @property
    def omits_what_lacks(self) -> bool:
        """Whether a pull of several tasks leaves out those that handed over nothing, as in Airflow 2; in Airflow 3 theirs is None."""
        return not self.dag.airflow_version.startswith("3")

    def take_all(self, task_ids: Iterable[str], key: str = "return_value") -> Expr:
        """The list of the values that other tasks of the DAG hand over."""
        task_ids = list(task_ids)
        return self.without_lacking([self.take(task_id, key) for task_id in task_ids], task_ids)

    def without_lacking(self, values: list[Expr], task_ids: Iterable[str], mapped: bool = False) -> Expr:
        """The values of a pull of several, which these tasks hand over, or the copies of a `mapped` one; without None where a pull leaves it out."""
        if not (mapped or self.omits_what_lacks):
            return values
        return ChangedList("handed", values, omits=_may_lack(values) or any(map(self._may_be_none, task_ids)))

    def present(self, values: Mapping[str, Expr]) -> Expr:
        """The values of other tasks of the DAG by their ids, or of one by its keys, without those that are not handed over."""
        return ChangedList(
            "handed", dict(values), omits=_may_lack(values.values()) or any(map(self._may_be_none, values))
        )

    def _may_be_none(self, task_id: str) -> bool:
        """Whether a task's function shows that it may return None."""
        return any(gives_none(task, self.project) for task in self.dag.tasks if task.task_id == task_id)

    def gives_list(self, parameter: str) -> bool:
        """Whether the value that a parameter takes from another task is a list, as that task's function shows."""
        giver = next((known.source for known in self._handovers.values() if known.parameter == parameter), "")
        source = next((task for task in self.dag.tasks if task.task_id == giver), None)
        return source is not None and gives_list(source, self.project)

    def take_last(self, dag_id: str, task_id: str, key: str, prior: bool, run: Expr = None) -> LastValue | None:
        """The value that a task left in another run (see `last_value`)."""
        value = last_value(self, dag_id, task_id, key, prior, run)
        if value is not None:
            self._last_values[dag_id, task_id] = None
        return value

    def asset_key(self, asset: object, among: Sequence[Value] = ()) -> AssetKey:
        """The key of an asset, or of that with this number among the task's inlets; of None, of the only one `among` which it is."""
        if asset is None and len(among) == 1 and isinstance(among[0], AssetValue) and among[0].kind == "asset":
            asset = among[0]
        if isinstance(asset, int):
            inlets = self._task.option("inlets")
            asset = inlets[asset] if isinstance(inlets, list) and asset < len(inlets) else None
        key = key_asked(asset, self.project) if isinstance(asset, AssetValue) else None
        if key is None:
            raise Untranslatable("MIG203", "it is only known at run time which asset it asks for", self._task.span)
        return key

    def element(self, wish: str, path: tuple[str | int, ...] = ()) -> Expr:
        """The element of the list that the task is expanded over."""
        return InputValue(self._parameter(self._task.task_id, "", True, wish), path)

    def element_of_list(self, value: Value, number: int | None) -> Expr:
        """An element of a list that the task is expanded over, which is written down; `number` is that of its copy, where it is known."""
        self.copy = number
        try:
            return self.template(value)
        finally:
            self.copy = None

    def element_of_group(self, name: str) -> Expr:
        """The element, for a parameter of the group that is expanded."""
        if self._group is None:
            raise Untranslatable("MIG207", f"`{name}` is only known at run time", self._task.span)
        element = element_of_group(self._group, name)
        return self.element(element.parameter, element.path)

    def _parameter(self, source: str, key: str, mapped: bool, wish: str) -> str:
        known = self._handovers.get((source, key, mapped))
        if known is None:
            name = wish if wish and wish not in self._parameters else identifier(source.rpartition(".")[2])
            if mapped and name != wish and wish:  # the task's own name is that of the function which it calls
                name = f"{wish}_value"
            name = unique(f"{name}_value" if name in RESERVED else name, self._parameters)
            self._parameters.add(name)
            known = self._handovers[source, key, mapped] = Handover(name, source, key, mapped)
        return known.parameter

    def variable(
        self,
        name: str,
        default: Expr = None,
        has_default: bool = False,
        json: bool = False,
        path: tuple[str | int, ...] = (),
    ) -> EnvValue:
        """An Airflow Variable."""
        if path and has_default:
            # The members are taken of the default, too; one that has them not helps nobody.
            try:
                default = expressions.pick(default, path, self)
            except Untranslatable:
                default, has_default = None, False
        shared = self.facts.names.name("env", env_name(name), "variable", name)
        value = self._env(shared, default, has_default, json, path, f"Variable {name}")
        if not self.facts.is_stored(name) or self.ended is not None:
            return value
        self.use_stored(name)
        # Nobody has to tell what code is going to set.
        self._settings[shared] = replace(self._settings[shared], default=self._settings[shared].default or "")
        return replace(value, stored=name)

    def variable_or(self, name: str, json: bool = False) -> EnvValue:
        """An Airflow Variable of which the code itself tells what is taken where it is not set."""
        value = self.variable(name, json=json)
        self._settings[value.name] = replace(self._settings[value.name], default="")
        return value

    def use_stored(self, variable: str) -> None:
        """Remembers a Variable that code changes; the name is empty where it is only known at run time."""
        self._stored[variable] = None

    def environment(self, name: str, default: Expr = None, has_default: bool = False) -> EnvValue:
        """An environment variable."""
        self.facts.names.name("env", name, "environment", name)
        return self._env(name, default, has_default, False, (), f"environment variable {name}")

    def dags_folder(self) -> DagsFolder:
        """Where the DAGs are."""
        self._settings["DAGS_FOLDER"] = EnvSetting("DAGS_FOLDER", DAGS_FOLDER, "", (self._task.id,))
        return DagsFolder()

    def airflow_setting(self, name: str, origin: str) -> None:
        """Notes an environment variable that Airflow's own library reads."""
        self._settings[name] = EnvSetting(name, origin, None, (self._task.id,))

    def _env(
        self, name: str, default: Expr, has_default: bool, json: bool, path: tuple[str | int, ...], origin: str
    ) -> EnvValue:
        shown = str(default) if has_default and isinstance(default, (str, int, float)) else None
        self._settings[name] = EnvSetting(name, origin, shown, (self._task.id,))
        return EnvValue(name, default, has_default, json, path, origin)

    def date(self, field: str, days: int = 0, format: str | None = None) -> RunDate:
        """A member of the date family."""
        if field != "run_id":
            self._uses_date = True
        elif self.ended is None:
            self._uses_run_id = True
        if field in ("data_interval_start", "data_interval_end"):
            clock = self.facts.clock
            self._uses_interval = self._uses_interval or not clock.at_trigger_time or bool(clock.problem)
            if clock.at_trigger_time:
                field = "logical_date"
        return RunDate(field, days, format)

    def partition_key(self) -> RunDate | None:
        """The key of the partition that a run is for; None where its DAG's runs are for none. Raises Untranslatable where that cannot be told."""
        schedule = self.dag.schedule
        timetable = schedule.timetable or "airflow."
        if timetable.startswith("airflow.") and "Partition" not in timetable and schedule.kind != "unknown":
            return None
        if not self.facts.keys:
            raise Untranslatable(
                "MIG205", "it asks for a partition key, and it cannot be told which its runs have", self._task.span
            )
        return self.date("partition_key") if self.facts.keys == "dates" else RunDate("partition_key")

    def param(self, name: str, path: tuple[str | int, ...] = ()) -> Expr:
        """A param: a field of the configuration; one that only the task has, or that one row of a loop has, is fixed."""
        own = self._task.option("params")
        if isinstance(own, Mapping) and name in own:
            if is_default(default_of(own[name]), name, self):
                self._params[name] = None
                return ConfigValue(field_name(name, self.dag), path, default_of(own[name]), has_default=True)
            self._fixed_params[name] = None
            return expressions.pick(self.expression(default_of(own[name])), path, self)
        if self.ended is not None and any(name in (other.option("params") or {}) for other in self.covered):
            raise Untranslatable("MIG205", f"it takes the param `{name}`, of which a task has a value of its own")
        if name not in self.dag.params:
            if not isinstance(self.dag.arguments.get("params", {}), Mapping):
                raise Untranslatable("MIG205", "the params of its DAG are only known at run time", self._task.span)
            # Params hold what the conf of a run does, besides those that are declared.
            return self.conf((name, *path))
        self._params[name] = None
        self._note_default(name)
        return ConfigValue(field_name(name, self.dag), path)

    def _note_default(self, param: str) -> None:
        """Notes the environment variable that a param's default is read from."""
        default = next(
            (field.default for field in self.facts.config if field.name == field_name(param, self.dag)), None
        )
        for part in default.parts if isinstance(default, Format) else (default,):
            if isinstance(part, EnvValue):
                self._env(part.name, part.default, part.has_default, part.json, part.path, part.origin)

    def last_success(self, moment: str) -> LastSuccess:
        """A moment of the last successful run (see `LastSuccess`)."""
        self._uses_last_success = True
        if moment.startswith("interval"):
            self._uses_date = self._uses_interval = True
            moment = "interval_start" if self.facts.clock.at_trigger_time else moment
        return LastSuccess(moment)

    def connection_field(self, connection: str, path: tuple[str | int, ...]) -> ConnectionField:
        """A field of a connection."""
        self.connection_setting(connection)
        return ConnectionField(connection, path)

    def conf(self, path: tuple[str | int, ...], default: Expr = None, has_default: bool = False) -> RunConf:
        """`dag_run.conf` or a member of it."""
        self._uses_conf = True
        return RunConf(path, default, has_default)

    def run_type(self) -> Helper:
        """`dag_run.run_type`: what started the run."""
        self._uses_conf = True
        new = self.dag.airflow_version.startswith("3")
        words = {
            "assets": "asset_triggered" if new else "dataset_triggered",
            "none": "operator_triggered" if new else "manual",
        }
        by_sensor = words.get(self.dag.schedule.kind, "scheduled")
        return Helper("dag_run_type" if new else "run_type", "run_context", (by_sensor,))

    def note(self, what: str) -> None:
        """Remembers something that makes a difference (see `Needs.notes`)."""
        self._notes.add(what)

    def may_skip(self) -> None:
        """Remembers that the task's own code can skip the task."""
        self._may_skip = True

    def requests_runs(self, dag_ids: Iterable[str]) -> None:
        """Remembers that the task's own code starts runs of these DAGs."""
        self._requests |= dict.fromkeys(dag_ids)

    def use_lacking(self, name: str) -> None:
        """Remembers that the task asks for a member that the context of its Airflow does not have."""
        self._lacking[name] = None

    def needs(self) -> Needs:
        """All that was asked for so far."""
        return Needs(
            handovers=tuple(self._handovers.values()),
            resources=tuple(self._resources.values()),
            settings=tuple(self._settings.values()),
            params=tuple(self._params),
            fixed_params=tuple(self._fixed_params),
            uses_date=self._uses_date,
            uses_interval=self._uses_interval,
            uses_conf=self._uses_conf,
            uses_last_success=self._uses_last_success,
            last_values=tuple(self._last_values),
            notes=frozenset(self._notes),
            uses_run_id=self._uses_run_id,
            may_skip=self._may_skip,
            requests=tuple(self._requests),
            lacking=tuple(self._lacking),
            stored=tuple(self._stored),
            diagnostics=tuple(self._diagnostics),
        )


def _may_lack(values: Iterable[Expr]) -> bool:
    """Whether one of the values that tasks hand over shows that it may not be there."""
    return any(value is None or (isinstance(value, InputValue) and value.path) for value in values)

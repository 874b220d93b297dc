"""DAGs as they were evaluated become DAGs of the model."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta

from migrator.analyzers.deployed_paths import told_place
from migrator.analyzers.interpreter.airflow.objects import DagObject, GroupObject, TaskObject
from migrator.analyzers.interpreter.airflow.plugins import plugin_macros
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.freeze import Freezer
from migrator.analyzers.interpreter.libraries.durations import Duration
from migrator.analyzers.interpreter.origins import origins_of
from migrator.analyzers.interpreter.values import MISSING, BoundMethod, Class, External, Function, Instance, Opaque
from migrator.model.airflow import Dag, Schedule, Task, TaskGroup
from migrator.model.changed import replace
from migrator.model.source import SourceFile, Span
from migrator.model.values import AssetValue, CallableValue, ObjectValue, Symbolic, Text, Value, is_known, show, walk

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

WORK_METHODS = frozenset(
    {
        "choose_branch",
        "determine_kwargs",
        "execute",
        "execute_callable",
        "poke",
        "post_execute",
        "pre_execute",
        "render_template_fields",
    }
)
"""Methods of an operator that do the work of a task."""

_TEMPLATES = ("template_fields", "template_ext")
DEFAULT = Schedule("default")
"""The DAG says nothing: a day's interval in Airflow 2, nothing in Airflow 3 (`with_version` decides)."""

_OF_MACROS = re.compile(r"\bmacros(?:[\"']\])?\.([A-Za-z_]\w*)\.")
_MODULES_OF_MACROS = frozenset({"datetime", "dateutil", "hive", "json", "random", "time", "uuid"})
"""What Airflow itself has there."""

_NAMES_IN_2 = {"AssetOrTimeSchedule": "DatasetOrTimeSchedule"}
"""Timetables whose class had another name in Airflow 2."""

_RENAMED_RULES = {"none_failed_or_skipped": "none_failed_min_one_success", "dummy": "always"}
"""Old names of trigger rules, which Airflow 2 still takes."""

_KINDS = {
    "NullTimetable": "none",
    "OnceTimetable": "once",
    "ContinuousTimetable": "continuous",
}


def export_dag(machine: Machine, dag: DagObject) -> Dag:
    """The model of one DAG. Its `airflow_version` is empty until `with_version`."""
    freezer = Freezer(machine)
    arguments = freezer.mapping({k: v for k, v in dag.arguments.items() if k != "default_args"})
    defaults = freezer.mapping(dag.default_args)
    tasks = tuple(export_task(machine, freezer, task, dag) for task in dag.tasks.values())
    if macros := plugin_macros(machine, dag.span.file, _asked_of_macros(machine, dag, tasks)):
        arguments["plugin_macros"] = freezer.value(macros)
    if "template_searchpath" in arguments:
        arguments["template_searchpath"] = _searched(machine, arguments["template_searchpath"])
    start = arguments.get("start_date", defaults.get("start_date"))
    schedule = export_schedule(machine, freezer, dag)
    return Dag(
        dag.dag_id,
        dag.span,
        schedule,
        "",
        tasks,
        tuple(export_group(freezer, group) for group in dag.groups.values()),
        arguments,
        _date(start),
        _date(arguments.get("end_date", defaults.get("end_date"))),
        zone_name(start),
        _flag(machine, dag, "catchup"),
        tuple(show(tag) for tag in _items(arguments.get("tags"))),
        tuple(sorted({task.owner for task in tasks if task.owner and task.owner != "airflow"})),
        _params(arguments.get("params")),
        defaults,
        _description(arguments, dag),
        _integer(arguments.get("max_active_runs")),
    )


def _asked_of_macros(machine: Machine, dag: DagObject, tasks: Sequence[Task]) -> frozenset[str]:
    """The members of `macros` of which templates of tasks, and the DAG's file, ask more: plugins, as modules are known."""
    parts = (part for task in tasks for part in walk([task.arguments, task.inherited, task.expand, task.call_kwargs]))
    source = machine.folder.source(dag.span.file)
    texts = [*(part for part in parts if isinstance(part, str)), source.text if isinstance(source, SourceFile) else ""]
    found = {name for text in texts if "macros" in text for name in _OF_MACROS.findall(text)}
    return frozenset(found - _MODULES_OF_MACROS)


def _searched(machine: Machine, value: Value) -> Value:
    """Folders where templates are looked for, by the settings' names of those of the deployment."""
    if isinstance(value, (list, tuple)):
        return [_searched(machine, one) for one in value]
    return (told_place(machine.config.paths, value) if isinstance(value, str) else None) or value


def with_version(dag: Dag, version: str) -> Dag:
    """The DAG by the rules of an Airflow version (`2` or `3`)."""
    schedule = dag.schedule
    if schedule.kind == DEFAULT.kind:
        schedule = Schedule("timedelta", 86400.0) if version == "2" else Schedule("none")
    elif version == "2" and schedule.kind == "timetable" and isinstance(schedule.value, str):
        schedule = replace(schedule, value=_NAMES_IN_2.get(schedule.value, schedule.value))
    return replace(dag, airflow_version=version, schedule=schedule)


def _items(value: Value) -> list[Value]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else []


def _date(value: Value) -> dt.datetime | Symbolic | None:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            return Symbolic("unknown", value, "the date is not understood")
    if isinstance(value, Text):
        return Symbolic("unknown", str(value), "the date is not known")
    return value if isinstance(value, Symbolic) else None


def zone_name(value: Value) -> str:
    """The IANA name of a date's zone, UTC where it has none."""
    zone = value.tzinfo if isinstance(value, dt.datetime) else None
    if zone is None or zone is dt.timezone.utc:
        return "UTC"
    return str(getattr(zone, "key", None) or zone)


def _integer(value: Value) -> int | Symbolic | None:
    return value if isinstance(value, (int, Symbolic)) and not isinstance(value, bool) else None


def _flag(machine: Machine, dag: DagObject, name: str) -> bool | Symbolic | None:
    value = dag.arguments.get(name)
    return value if isinstance(value, (bool, Symbolic)) else None


def _params(value: Value) -> dict[str, Value]:
    return {str(name): item for name, item in value.items()} if isinstance(value, dict) else {}


def _description(arguments: dict[str, Value], dag: DagObject) -> str | None:
    for value in (arguments.get("doc_md"), arguments.get("description"), dag.docstring):
        if isinstance(value, str) and value.strip():
            return value
    return None


def export_group(freezer: Freezer, group: GroupObject) -> TaskGroup:
    parent = group.parent.group_id if group.parent is not None and group.parent.group_id else None
    return TaskGroup(group.group_id, parent, group.tooltip, group.mapped, freezer.mapping(group.expand))


def export_task(machine: Machine, freezer: Freezer, task: TaskObject, dag: DagObject) -> Task:
    """The model of one task."""
    arguments = freezer.mapping(task.arguments)
    inherited = freezer.mapping(task.inherited)
    known = {**inherited, **arguments}

    def assumed(name: str) -> Value:
        return _assumed(machine, known.get(name), f"`{name}` of `{task.task_id}`", task.span)

    function = freezer.callable(task.function) if task.function is not None else None
    module, _, _ = task.path.rpartition(".")
    return Task(
        dag.dag_id,
        task.task_id,
        task.operator,
        module,
        task.span,
        task.bases,
        _overridden(task.cls),
        arguments=arguments,
        inherited=inherited,
        argument_spans=task.argument_spans,
        taken=tuple(sorted(task.arguments.keys() - task.reached)) if task.cls is not None else (),
        expand=freezer.mapping(task.expand),
        callable=function,
        call_args=tuple(freezer.value(value) for value in task.call_args),
        call_kwargs=freezer.mapping(task.call_kwargs),
        decorator=task.decorator,
        upstream=tuple(sorted(up.task_id for up in task.upstream if up.dag is dag and up.task_id in dag.tasks)),
        group_id=task.group.group_id if task.group is not None and task.group.group_id else None,
        mapped=task.mapped,
        is_setup=task.is_setup,
        is_teardown=task.is_teardown,
        trigger_rule=_trigger_rule(assumed("trigger_rule")),
        retries=_integer(assumed("retries")),
        pool=_text(assumed("pool")),
        owner=_owner(known.get("owner")),
        inlets=tuple(_assets(known.get("inlets"))),
        outlets=tuple(_assets(known.get("outlets"))),
        doc=next((v for v in (arguments.get("doc_md"), arguments.get("doc")) if isinstance(v, str)), None),
        call_site=task.call_site,
        definition=_definition(freezer, task),
        attributes=_attributes(freezer, task),
        bindings={
            name: value
            for name, value in freezer.mapping(task.bindings).items()
            if isinstance(value, (str, int, float, bool, dict, list, tuple, ObjectValue))
        },
    )


def _definition(freezer: Freezer, task: TaskObject) -> CallableValue | None:
    """The team's own class that a task is an instance of, where it says itself what the task does."""
    if task.cls is None or not WORK_METHODS.intersection(_overridden(task.cls)):
        return None
    found = freezer.callable(task.cls)
    args, kwargs = task.made_with
    given = tuple(freezer.value(value) for value in args)
    return None if found is None else replace(found, args=given, kwargs=freezer.mapping(kwargs))


def _attributes(freezer: Freezer, task: TaskObject) -> dict[str, Value]:
    """What `__init__` of such a class keeps in the instance, as far as it could be followed, and which of that are templates; of a class that
    leaves the work to Airflow's only which texts name files of templates."""
    if task.cls is None:
        return {}
    works = WORK_METHODS.intersection(_overridden(task.cls))
    found = {name: task.cls.find(name) for name in _TEMPLATES if works or name == "template_ext"}
    kept = {name: value for name, value in found.items() if value is not MISSING}
    return freezer.mapping({**kept, **(task.attributes if works else {})})


def _overridden(cls: Class | None) -> tuple[str, ...]:
    """Methods that the team's own operator classes define."""
    if cls is None:
        return ()
    names = {
        n
        for entry in cls.mro()
        if isinstance(entry, Class)
        for n, v in entry.namespace.items()
        if isinstance(v, Function)
    }
    return tuple(sorted(names))


def _trigger_rule(value: Value) -> str:
    return (
        _RENAMED_RULES.get(value, value) if isinstance(value, str) else "all_success" if value is None else show(value)
    )


def _text(value: Value) -> str | Symbolic | None:
    return (
        value
        if isinstance(value, (str, Symbolic))
        else Symbolic("unknown", str(value))
        if isinstance(value, Text)
        else None
    )


def _owner(value: Value) -> str | None:
    """The owner's name; of one that the environment gives, the name that is taken without it."""
    if isinstance(value, Symbolic):
        value = value.default
    return show(value) if value is not None and is_known(value) else None


def _assets(value: Value) -> list[Value]:
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


# ------------------------------------------------------------------------------------------------------------ schedules


def export_schedule(machine: Machine, freezer: Freezer, dag: DagObject) -> Schedule:
    """The DAG's schedule, from `schedule` (also under its older names)."""
    if "schedule" not in dag.arguments:
        return DEFAULT
    value = dag.arguments["schedule"]
    return describe(machine, freezer, dag, _assumed(machine, value, "the schedule", dag.span))


def _assumed(machine: Machine, value: Any, what: str, span: Span) -> Any:
    """The default that the code itself gives for a value that is not known, with a finding."""
    if not isinstance(value, Symbolic) or not value.has_default:
        return value
    message = f"{what} depends on `{value.name}`, the code's own default was assumed"
    machine.report_at("MIG109", span, message, resolved_by=origins_of(value))
    return value.default


def describe(machine: Machine, freezer: Freezer, dag: DagObject, value: Any) -> Schedule:
    """A schedule value in the model's words."""
    value = enum_value(value) if is_data_enum(value) else value
    if value is None:
        return Schedule("none")
    if isinstance(value, str):
        if value in ("@once", "@continuous"):
            return Schedule(value[1:], value)
        return Schedule("preset" if value.startswith("@") else "cron", value)
    if isinstance(value, dt.timedelta):
        return Schedule("timedelta", value.total_seconds())
    if isinstance(value, relativedelta):
        length = fixed_length(value)
        if length:
            return Schedule("timedelta", length.total_seconds())
        kind = "DeltaTriggerTimetable" if machine.airflow.version == "3" else "DeltaDataIntervalTimetable"
        return Schedule("timetable", kind, f"airflow.timetables.{kind}", {"arg0": str(value), **_months(value)})
    if isinstance(value, AssetValue):
        return Schedule("assets", sorted(uris(value)), assets=value)
    if isinstance(value, (list, tuple, set)):
        assets = tuple(item for item in value if isinstance(item, AssetValue))
        if assets:
            together = AssetValue("all", None, "all", assets)
            return Schedule("assets", sorted(uris(together)), assets=together)
    if isinstance(value, (Opaque, External, Instance, Class)):
        return timetable(freezer, value)
    reason = value.why if isinstance(value, Symbolic) else "it is computed"
    message = f"the schedule of `{dag.dag_id}` is not known: {reason}"
    machine.report_at("MIG301", dag.span, message, resolved_by=origins_of(value))
    return Schedule("unknown", show(value) if not isinstance(value, Symbolic) else value.source)


def fixed_length(value: relativedelta) -> dt.timedelta:
    """The time that is added; zero where it depends on the date to which it is added."""
    if isinstance(value, Duration):
        return value.length
    length = dt.timedelta(value.days, value.seconds, value.microseconds, 0, value.minutes, value.hours)
    return (
        length
        if value == relativedelta(days=length.days, seconds=length.seconds, microseconds=length.microseconds)
        else dt.timedelta(0)
    )


def _months(value: Any) -> dict[str, Value]:
    """The months that are added, as an argument of the model's timetables; none where other units are added as well."""
    whole = value.years * 12 + value.months if isinstance(value, relativedelta) else 0
    return {"months": whole} if whole > 0 and value.normalized() == relativedelta(months=whole) else {}


_ASKED, _ASKED_BY_HAND = "next_dagrun_info", "infer_manual_data_interval"
"""The methods by which Airflow asks a timetable: for the next run, and for the data interval of one that a person starts."""


def timetable(freezer: Freezer, value: Opaque | External | Instance | Class) -> Schedule:
    """A timetable: by its cron expression or interval where it has one, else by its class."""
    value = _as_of_airflow(value)
    if isinstance(value, Instance):
        cls = value.cls
        path = cls.path if cls is not None else ""
        arguments = freezer.mapping(value.attributes)
    elif isinstance(value, Opaque):
        path = value.path
        arguments = freezer.mapping({**{f"arg{i}": item for i, item in enumerate(value.args)}, **value.kwargs})
    else:
        path, arguments = value.path, {}
    name = path.rpartition(".")[2]
    if name in _KINDS:
        return Schedule(_KINDS[name], None, path)
    if isinstance(value, Opaque) and path.startswith("airflow."):
        first = arguments.get("cron", arguments.get("expression", arguments.get("arg0")))
        if name.startswith("Cron") and isinstance(first, str):
            return Schedule("cron", PRESETS.get(first, first), path, arguments)
        delta = arguments.get("delta", arguments.get("arg0"))
        given = value.kwargs.get("delta", value.args[0] if value.args else None)
        delta = fixed_length(given) or delta if isinstance(given, relativedelta) else delta
        if name.startswith("Delta") and isinstance(delta, dt.timedelta):
            return Schedule("timedelta", delta.total_seconds(), path, arguments)
        arguments |= _months(given)
    assets = next((v for v in arguments.values() if isinstance(v, AssetValue)), None)
    listed = arguments.get("assets", arguments.get("datasets"))
    if assets is None and isinstance(listed, (list, tuple)):
        # A list stands for all of them.
        together = tuple(item for item in listed if isinstance(item, AssetValue))
        assets = AssetValue("all", None, "all", together) if together else None
    next_run, by_hand = (_method(freezer, value, asked) for asked in (_ASKED, _ASKED_BY_HAND))
    return Schedule("timetable", name, path, arguments, assets, next_run, by_hand)


_OF_CLOCKS = (
    "CronDataIntervalTimetable",
    "CronTriggerTimetable",
    "DeltaDataIntervalTimetable",
    "DeltaTriggerTimetable",
    "MultipleCronTriggerTimetable",
)
_SAYING_WHEN = frozenset(
    {
        "_align_to_next", "_align_to_prev", "_calc_first_run", "_get_next", "_get_prev", "_round", "_skip_to_latest", "can_be_scheduled",
        "infer_manual_data_interval", "next_dagrun_info", "next_dagrun_info_v2", "next_run_info_from_dag_model", "periodic",
        "run_info_from_dag_run", "_delta", "_expression", "_interval", "_run_immediately", "_timetables", "_timezone",
    }
)  # fmt: skip
"""Members of Airflow's timetables of the clock that say when runs are due, and what for."""


def _as_of_airflow(value: Opaque | External | Instance | Class) -> Opaque | External | Instance | Class:
    """An object of a class that only tells one of Airflow's timetables what it is made with, as an object of that."""
    cls = value.cls if isinstance(value, Instance) else None
    if not isinstance(value, Instance) or cls is None or value.of_library is None:
        return value
    base = next((path for path in cls.external_bases() if path.rpartition(".")[2] in _OF_CLOCKS), "")
    own = {
        name for entry in cls.mro() if isinstance(entry, Class) for name in entry.namespace
    } | value.attributes.keys()
    if not base.startswith("airflow.") or own & _SAYING_WHEN:
        return value
    return Opaque(base, *value.of_library)


def _method(freezer: Freezer, value: Opaque | External | Instance | Class, name: str) -> CallableValue | None:
    """A method of an object of the analyzed code, if its class has it."""
    found = value.cls.find(name) if isinstance(value, Instance) and value.cls is not None else None
    return freezer.callable(BoundMethod(found, value)) if isinstance(found, Function) else None


PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def uris(asset: AssetValue) -> set[str]:
    """URIs (or names) of the assets that an expression is made of."""
    if asset.members:
        return {uri for member in asset.members for uri in uris(member)}
    return {asset.uri or asset.name}


__all__ = ["export_dag", "with_version"]

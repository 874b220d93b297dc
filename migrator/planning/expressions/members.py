"""What the members of Airflow's context (`ds`, `params`, `dag_run.conf`, `var`, `ti`...) are outside Airflow.

Used for templates and for Python code alike. Comes in: a name and the path below it. Goes out: an expression.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CONTEXT_KEYS, OF_FAILURES, ONLY_IN, STARTS, TRIGGERING
from migrator.model.changed import replace
from migrator.model.expressions import Attempt, Construct, CopyNumber, Expr, Format, Helper, LibraryText
from migrator.model.values import Symbolic, Value, is_known
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.declared import DECLARED, declared_assets
from migrator.planning.assets.triggers import triggering_events
from migrator.planning.callables.run_starts import run_start
from migrator.planning.callbacks.ended import SAME, ended_member
from migrator.planning.configuration.params import default_of
from migrator.planning.expressions.values import pick, translate
from migrator.planning.flow.task_states import STATES_OF_TASKS, states_of_tasks
from migrator.planning.naming.identifiers import identifier
from migrator.planning.timing.neighbours import NEIGHBOURS, neighbour
from migrator.planning.timing.timetable import catches_up

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

Path = tuple[str | int, ...]

_PLAIN_DATES = frozenset(
    {
        "ds",
        "ds_nodash",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
        "logical_date",
        "data_interval_start",
        "data_interval_end",
        "run_id",
    }
)
_SAME = {
    "execution_date": ("logical_date", 0),
    "yesterday_ds": ("ds", -1),
    "yesterday_ds_nodash": ("ds_nodash", -1),
    "tomorrow_ds": ("ds", 1),
    "tomorrow_ds_nodash": ("ds_nodash", 1),
}
_NEIGHBOURS = {
    "next_ds": (1, "%Y-%m-%d"),
    "next_ds_nodash": (1, "%Y%m%d"),
    "next_execution_date": (1, None),
    "prev_ds": (-1, "%Y-%m-%d"),
    "prev_ds_nodash": (-1, "%Y%m%d"),
    "prev_execution_date": (-1, None),
}
"""Dates of the run after and of the run before, and how they are printed."""
LAST_SUCCESS = {
    "prev_start_date_success": "start",
    "prev_end_date_success": "end",
    "prev_data_interval_start_success": "interval_start",
    "prev_data_interval_end_success": "interval_end",
    "prev_execution_date_success": "interval_start",
}
"""Moments of the last successful run."""
CONNECTION_FIELDS = frozenset(
    {"conn_id", "conn_type", "extra", "extra_dejson", "host", "login", "password", "port", "schema"}
)
_WRITTEN: dict[tuple[str, str | int], str | int | None] = {
    ("dag", "dagrun_timeout"): None,
    ("dag", "description"): None,
    ("dag", "doc_md"): None,
    ("dag", "max_active_runs"): 16,
    ("dag", "max_active_tasks"): 16,
    ("dag", "owner"): "airflow",
    ("task", "depends_on_past"): False,
    ("task", "do_xcom_push"): True,
    ("task", "doc_md"): None,
    ("task", "email"): None,
    ("task", "email_on_failure"): True,
    ("task", "email_on_retry"): True,
    ("task", "execution_timeout"): None,
    ("task", "max_active_tis_per_dag"): None,
    ("task", "max_active_tis_per_dagrun"): None,
    ("task", "owner"): "airflow",
    ("task", "pool"): "default_pool",
    ("task", "pool_slots"): 1,
    ("task", "priority_weight"): 1,
    ("task", "queue"): "default",
    ("task", "retries"): 0,
    ("task", "run_as_user"): None,
    ("task", "trigger_rule"): "all_success",
    ("task", "wait_for_downstream"): False,
}
"""Attributes of the DAG and of its tasks that are as the DAG file says, with Airflow's defaults."""
_NEVER_NONE = ("pool", "retries")
"""Attributes of a task for which Airflow takes its default, where they are given as None."""
RULE_AS_TEXT = "task.trigger_rule"
"""What is noted of a task that asks for its trigger rule, which Airflow 3 has as a member of an Enum."""
_OF_OBJECT: dict[tuple[str, str | int], str] = {
    ("dag_run", "dag"): "dag",
    ("task", "dag"): "dag",
    ("task_instance", "dag_run"): "dag_run",
    ("task_instance", "task"): "task",
    ("ti", "dag_run"): "dag_run",
    ("ti", "task"): "task",
}
"""Objects of the context that are members of others."""
_OF_PYTHON: dict[str | int, tuple[str, str]] = {
    "datetime": ("dt.datetime", "import datetime as dt"),
    "timedelta": ("dt.timedelta", "import datetime as dt"),
    "random": ("random.random", "import random"),
    **{module: (module, f"import {module}") for module in ("json", "time", "uuid")},
}
"""What `macros` has of Python's own: its code, and the import that this needs."""
IN_WORDS = "datetime_diff_for_humans"
"""The member of `macros` that needs pendulum."""
_OF_CALLS = [("op_args",), ("op_kwargs",), ("python_callable",)]
"""What a task has of the function that it calls."""
_RUNNING = frozenset({("dag_run", ("state",)), ("ti", ("state",)), ("task_instance", ("state",))})
_RETRY_DELAY = dt.timedelta(minutes=5)
"""Airflow's default."""
_RUN_MEMBERS = {
    "run_id": "run_id",
    "logical_date": "logical_date",
    "execution_date": "logical_date",
    "data_interval_start": "data_interval_start",
    "data_interval_end": "data_interval_end",
    "partition_date": "partition_date",
    "run_after": "data_interval_end",
}


def member(name: str, path: Path, context: TaskContext, default: Expr = None, has_default: bool = False) -> Expr:
    """The expression of a member of the context, or the default of one that Airflow has not. Raises Untranslatable where there is none."""
    if lacks(name, context):
        if has_default and not path:
            return default
        context.use_lacking(name)
    if context.ended is not None and (ended := ended_member(name, path, context, member)) is not SAME:
        return ended
    if is_date(name) and not path:
        return dated(name, 0, None, context)
    if (name == "partition_key" and not path) or (name, path) == ("dag_run", ("partition_key",)):
        return context.partition_key()
    if name in LAST_SUCCESS and not path:
        return context.last_success(LAST_SUCCESS[name])
    if name == "task_instance_key_str" and not path:
        return Format((f"{context.dag.dag_id}__{context.task.task_id}__", context.date("ds_nodash")))
    if name == "test_mode" and not path:
        return False
    if name == "try_number" and not path:
        return Attempt()
    if name in DECLARED:
        return declared_assets(name, path, context)
    if name == "task" and path[:1] in [(one,) for one in DECLARED]:
        return declared_assets(str(path[0]), path[1:], context)
    if name == "conn" and len(path) >= 2 and path[1] in CONNECTION_FIELDS:
        return context.connection_field(str(path[0]), path[1:])
    if name == "params":
        return _params(path, context, default, has_default)
    if name == "var" and len(path) >= 2 and path[0] in ("value", "json"):
        return context.variable(str(path[1]), default, has_default, json=path[0] == "json", path=path[2:])
    if (name, path) in _RUNNING and context.ended is None:
        return "running"
    if (name, path) == ("dag_run", ("start_date",)) and context.ended is None:
        return Helper("start_of_run", "run_context", ())
    if len(path) == 1 and (name, path[0]) in STATES_OF_TASKS:
        return states_of_tasks(name, str(path[0]), context)
    if name == "dag_run":
        return _run(path, context, default, has_default)
    if name == "task" and path[:1] == ("params",):
        return _params(path[1:], context, default, has_default)
    if len(path) > 1 and (inner := _OF_OBJECT.get((name, path[0]))) is not None:
        return member(inner, path[1:], context, default, has_default)
    if name in ("ti", "task_instance") and len(path) == 1:
        return _task_instance(str(path[0]), context, name)
    if name == "dag" and path == ("dag_id",):
        return context.dag.dag_id
    if name == "dag" and path == ("tags",):
        # Airflow 3 keeps them as a set.
        return set(context.dag.tags) if context.dag.airflow_version.startswith("3") else list(context.dag.tags)
    if name == "dag" and path[:1] in (("start_date",), ("end_date",)):
        return _bound(path, context)
    if name == "dag" and path == ("timezone",) and context.dag.timezone:
        return Construct("zoneinfo.ZoneInfo", (context.dag.timezone,))
    if name == "dag" and path in (("timezone", "name"), ("timezone", "key")) and context.dag.timezone:
        return context.dag.timezone
    if name == "task" and path == ("dag_id",):
        return context.dag.dag_id
    if name == "task" and path == ("task_id",):
        return context.task.task_id
    if name == "task" and path == ("task_type",) and context.task.decorator is None:
        return context.task.operator
    if name == "task" and path == ("upstream_task_ids",):
        return set(context.task.upstream)
    if name == "task" and path == ("downstream_task_ids",):
        return set(context.facts.graph.downstream(context.task.task_id))
    if name == "dag" and path in (("params",), ("default_args",)):
        # The params of the DAG itself are their defaults, whatever a run is started with.
        params = {param: default_of(value) for param, value in context.dag.params.items()}
        return context.expression(params if path == ("params",) else dict(context.dag.default_args))
    if (name, path) == ("dag", (STARTS,)):
        return run_start(context)
    if name == "dag" and len(path) == 1 and path[0] in NEIGHBOURS:
        function = neighbour(str(path[0]), context.facts.clock)
        if function is not None:
            return function
    if name == "dag" and path in (("task_ids",), ("catchup",)):
        return [task.task_id for task in context.dag.tasks] if path == ("task_ids",) else catches_up(context.dag)
    if (name, path) == ("task", ("retry_delay",)):
        delay = context.task.option("retry_delay", _RETRY_DELAY)
        if isinstance(delay, dt.timedelta):
            return delay
    if name == "task" and path[:1] == ("task_group",) and len(path) == 2:
        return _of_group(str(path[1]), context)
    if name == "task" and path in (("task_type",), ("operator_name",)) and context.task.decorator is None:
        return context.task.operator.rpartition(".")[2]
    if name == "task" and path[:1] in _OF_CALLS:
        return _of_call(path, context, default, has_default)
    if name == "task" and path == ("label",):
        return context.task.task_id.removeprefix(f"{context.task.group_id}.")
    if (name, path) == ("expanded_ti_count", ()) and not context.is_copied:
        return None
    if len(path) == 1 and (name, path[0]) in _WRITTEN:
        return _written(name, str(path[0]), context)
    if name in TRIGGERING and not path:
        return triggering_events(context, name)
    if name == "macros" and len(path) == 1 and (functions := plugin_functions(str(path[0]), context)):
        named = {function: translate(value, context, templated=False) for function, value in functions.items()}
        return Construct("types.SimpleNamespace", kwargs=named)
    if name == "macros" and path in (("ds_add",), ("ds_format",)):
        return Helper(str(path[0]), "macros")
    if name == "macros" and path == (IN_WORDS,):
        return Helper(IN_WORDS, "differences")
    if name == "macros" and len(path) == 1 and path[0] in _OF_PYTHON:
        return LibraryText(*_OF_PYTHON[path[0]])
    if name == "templates_dict":
        return pick(translate(context.task.option("templates_dict"), context, templated=True), path, context)
    raise _no(context, name, path)


def _bound(path: Path, context: TaskContext) -> Expr:
    """The DAG's first or last date, which Airflow has in UTC, or a number of it. Untranslatable where it is only known at run time."""
    moment = context.dag.start_date if path[0] == "start_date" else context.dag.end_date
    if moment is None and len(path) == 1:
        return None
    if not isinstance(moment, dt.datetime):
        raise _no(context, "dag", path)
    zone = zoneinfo.ZoneInfo(context.dag.timezone or "UTC")
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.timezone.utc)
    return getattr(moment, str(path[1])) if len(path) == 2 else moment


def plugin_functions(plugin: str, context: TaskContext) -> Mapping[str, Value]:
    """The functions that a plugin adds to `macros`; none where there is no such plugin."""
    found = context.dag.arguments.get("plugin_macros")
    functions = found.get(plugin) if isinstance(found, Mapping) else None
    return functions if isinstance(functions, Mapping) else {}


def lacks(name: str, context: TaskContext) -> bool:
    """Whether the context has no such member in the DAG's version of Airflow, or in a task that is about to run."""
    if name in OF_FAILURES:
        # Why a run ended is told to callbacks of the DAG alone.
        return context.ended is None or (name == "reason" and context.ended[0] == "task")
    return any(name in names for version, names in ONLY_IN.items() if version != context.dag.airflow_version[:1])


def _written(name: str, attribute: str, context: TaskContext) -> Expr:
    """What the DAG file says of the DAG or the task, or Airflow's default. Untranslatable where that is only known at run time."""
    default = _WRITTEN[name, attribute]
    if attribute == "trigger_rule" and context.dag.airflow_version.startswith("3"):
        context.note(RULE_AS_TEXT)
    if name == "task":
        value = context.task.option(attribute, default)
        value = default if value is None and attribute in _NEVER_NONE else value
    elif attribute == "owner":
        value = ", ".join(context.dag.owners) or default
    else:
        value = context.dag.arguments.get(attribute, default)
    listed = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    if value is None or listed or (is_known(value) and isinstance(value, (str, int, bool, dt.timedelta))):
        return value
    if isinstance(value, Symbolic) and value.kind in ("env", "variable"):
        return context.expression(value)
    raise _no(context, name, (attribute,))


def _of_call(path: Path, context: TaskContext, default: Expr, has_default: bool) -> Expr:
    """What the task's function is called with, or a member of that, and what the function is called."""
    target, [attribute, *rest] = context.task.callable, path
    if target is not None and path == ("python_callable", "__name__") and target.kind == "function":
        return target.name
    value: Value = list(context.task.call_args) if attribute == "op_args" else dict(context.task.call_kwargs)
    known = target is not None and attribute != "python_callable" and "**" not in context.task.call_kwargs
    if attribute == "op_kwargs" and not rest and target is not None:
        # By the time it is asked, Airflow has put there what the function takes of the context.
        kinds = {parameter.name: parameter.kind for parameter in target.parameters}
        known = known and "var_keyword" not in kinds.values() and CONTEXT_KEYS.isdisjoint(kinds)
    if rest and isinstance(value, Mapping) and rest[0] not in value:
        known = known and has_default
        if known:
            return default
    if not known:
        raise _no(context, "task", path)
    return pick(context.template(value), tuple(rest), context)


def _of_group(attribute: str, context: TaskContext) -> Expr:
    """What the DAG file says of the group that the task is in; that of a task in none is the DAG's own, which has no id."""
    group = next((one for one in context.dag.groups if one.group_id == context.task.group_id), None)
    group_id = group.group_id if group is not None else None
    above = f"{group.parent_id}." if group is not None and group.parent_id else ""
    known: dict[str, Expr] = {
        "group_id": group_id,
        "label": group_id.removeprefix(above) if group_id is not None else None,
        "tooltip": group.tooltip if group is not None else "",
    }
    if attribute not in known:
        raise _no(context, "task", ("task_group", attribute))
    return known[attribute]


def is_date(name: str) -> bool:
    """Whether a member of the context belongs to the date family (or is the run's id)."""
    return name in _PLAIN_DATES or name in _SAME or name in _NEIGHBOURS or name == "partition_date"


def dated(field: str, days: int, format: str | None, context: TaskContext) -> Expr:
    """A member of the date family, shifted by days and printed by a strftime pattern. Raises Untranslatable."""
    if field in _PLAIN_DATES:
        return context.date(field, days, format)
    if field in _SAME:
        base, shift = _SAME[field]
        return context.date(base, days + shift, format)
    if field in LAST_SUCCESS and not days and format is None:
        return context.last_success(LAST_SUCCESS[field])
    if field == "partition_date":
        if context.partition_key() is None or context.facts.keys == "texts":
            return None
        if context.facts.keys == "moments":
            raise _no(context, field, ())
        return context.date("logical_date", days, format)
    if field not in _NEIGHBOURS:
        raise _no(context, field, ())
    steps, pattern = _NEIGHBOURS[field]
    if context.dag.schedule.kind == "none":
        # Airflow has the date of the run itself for runs that no schedule starts.
        return context.date("logical_date", days, format or pattern)
    clock = context.facts.clock
    ends = steps > 0 and clock.ticks and not clock.at_trigger_time
    if clock.days and not (ends and clock.timezone != "UTC"):
        return context.date("logical_date", days + steps * clock.days, format or pattern)
    if ends:
        # In a zone a day may have 23 hours.
        return context.date("data_interval_end", days, format or pattern)
    if steps < 0 and len(clock.crons) == 1 and not clock.step and context.ended is None:
        return context.date("previous", days, format or pattern)
    raise _no(context, field, ())


def _params(path: Path, context: TaskContext, default: Expr = None, has_default: bool = False) -> Expr:
    own = context.task.option("params") or {}
    if path and has_default and path[0] not in context.dag.params and path[0] not in own:
        return context.conf(path, default, has_default)
    if path:
        return context.param(str(path[0]), path[1:])
    if not context.dag.params and not own:
        return context.conf(())  # Airflow has all of it there.
    context.note("whole params")
    return {name: context.param(name) for name in dict.fromkeys([*context.dag.params, *own])}


def _run(path: Path, context: TaskContext, default: Expr, has_default: bool) -> Expr:
    if path and path[0] == "conf":
        return context.conf(path[1:], default, has_default)
    if len(path) == 1 and path[0] in _RUN_MEMBERS:
        return dated(_RUN_MEMBERS[str(path[0])], 0, None, context)
    if path == ("dag_id",):
        return context.dag.dag_id
    if path == ("run_type",) and context.ended is None:
        return context.run_type()
    if path == ("external_trigger",) and context.ended is None:
        return replace(context.run_type(), name="external_trigger")
    raise _no(context, "dag_run", path)


def _task_instance(member_name: str, context: TaskContext, name: str) -> Expr:
    if member_name in _RUN_MEMBERS:
        return context.date(_RUN_MEMBERS[member_name])
    if member_name == "task_id":
        return context.task.task_id
    if member_name == "dag_id":
        return context.dag.dag_id
    if member_name == "try_number":
        return Attempt()
    if member_name == "log_url":
        return Helper("run_url", "run_context", ())
    if member_name == "hostname":
        return Construct("socket.gethostname")
    if member_name == "max_tries":
        return member("task", ("retries",), context)
    if member_name == "map_index":
        return context.copy if context.copy is not None else CopyNumber() if context.is_copied else -1
    if member_name in ("operator", "pool", "queue") and context.dag.airflow_version.startswith("2"):
        return member("task", ("task_type" if member_name == "operator" else member_name,), context)
    raise _no(context, name, (member_name,))


def _no(context: TaskContext, name: str, path: Path) -> Untranslatable:
    shown = ".".join([name, *map(str, path)])
    return Untranslatable(
        "MIG205", f"it uses `{shown}` of Airflow's context, which has no translation", context.task.span
    )


def parameter_for(name: str, path: Path) -> str:
    """A parameter name that suits a member: its last part."""
    return identifier(str(path[-1]) if path else name)

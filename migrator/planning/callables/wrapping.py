"""Wraps a task: Airflow's operator runs inside a step of Dagster, where no rule translates it and it needs nothing of the scheduler.

Its arguments are translated as any others are, so that dates, params and results of other tasks come from Dagster. A Python function
that needs no more of Airflow than its library (hooks, connections, the context's plain members) is wrapped by itself: see `wrap_function`.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Iterable, Iterator, Mapping

from migrator.analyzers.callables import (
    CONTEXT_KEYS,
    CallableFacts,
    Closure,
    ContextUse,
    ImportedName,
    given_parameters,
)
from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, RunOperator
from migrator.model.changed import replace
from migrator.model.expressions import Expr
from migrator.model.values import CallableValue, Value
from migrator.operators.common import COMMON_ARGUMENTS, delta
from migrator.operators.rule import Lowering, Untranslatable
from migrator.planning.callables import functions, own_classes
from migrator.planning.callables.made_objects import made_with
from migrator.planning.callables.named_connections import connections_named, connections_of_hooks
from migrator.planning.context import TaskContext
from migrator.planning.expressions.members import is_date, member

_OF_THE_SCHEDULER = frozenset(
    {
        "BaseBranchOperator",
        "BranchMixIn",
        "ExternalTaskMarker",
        "ExternalTaskSensor",
        "LatestOnlyOperator",
        "ShortCircuitOperator",
        "SkipMixin",
        "SubDagOperator",
        "TriggerDagRunOperator",
    }
)
"""Classes whose work is to steer the scheduler: outside of it they would do nothing, or harm."""
_HANDS_ON = frozenset({"escape", "handed", "mapping"})
_WAITING = frozenset({"mode", "deferrable", "start_from_trigger", "end_from_trigger", "trigger_kwargs"})
"""Arguments that say how to wait without holding one of Airflow's worker slots."""
_MODES = ("poke", "reschedule")
"""The modes of a sensor; an operator may mean something else by its `mode`."""
_PATIENCE = ("poke_interval", "timeout", "exponential_backoff", "max_wait")
"""Arguments of any sensor that say how it waits."""
_GIVING_UP = ("soft_fail", "never_fail", "silent_fail")
"""Arguments by which a sensor is skipped, or goes on, where it waited or asked in vain."""
_TEMPLATE_FILES = (".sql", ".hql", ".sh", ".bash", ".json", ".yaml", ".yml", ".jinja", ".jinja2", ".html", ".py")

_GIVEN: dict[str, frozenset[str]] = {
    "dag": frozenset({"dag_id"}),
    "dag_run": frozenset(
        {
            "conf",
            "dag_id",
            "data_interval_end",
            "data_interval_start",
            "execution_date",
            "external_trigger",
            "logical_date",
            "run_after",
            "run_id",
            "run_type",
        }
    ),
    "task": frozenset({"task_id"}),
    "ti": frozenset(
        {
            "dag_id",
            "execution_date",
            "log",
            "logical_date",
            "map_index",
            "max_tries",
            "run_id",
            "task",
            "task_id",
            "try_number",
        }
    ),
}
"""What a wrapped function finds in the objects of its context."""
_PLAIN = frozenset(
    {
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "execution_date",
        "inlets",
        "logical_date",
        "outlets",
        "params",
        "run_id",
        "ts",
        "ts_nodash",
    }
)
"""The other members of its context."""
_NOT_GIVEN = CONTEXT_KEYS - _PLAIN - _GIVEN.keys() - {"task_instance", "conf", "conn", "exception", "reason", "var"}
"""Members that it lacks, but for those whose names are everyday words."""
_MISSING = re.compile(rf"[\"'](?:{'|'.join(sorted(_NOT_GIVEN))})[\"']")
_NEEDS_DATABASE = frozenset(
    {
        "BackfillJob",
        "DagBag",
        "DagModel",
        "DagRun",
        "Pool",
        "Session",
        "TaskInstance",
        "TaskReschedule",
        "XCom",
        "create_session",
        "provide_session",
        "settings",
        "trigger_dag",
    }
)
_DATABASE_MODULES = (
    "airflow.api",
    "airflow.cli",
    "airflow.jobs",
    "airflow.settings",
    "airflow.utils.db",
    "airflow.utils.session",
)
"""What of Airflow works only on its database."""
_RUNNING = re.compile(
    r"\b(?:xcom_pull|xcom_push|get_dagrun|get_previous_\w+|previous_ti\w*|refresh_from_db|get_task_instances?|get_template_context|"
    r"generate_dag_\w+|defer|AirflowSkipException|BaseOperator|TaskDeferred)\b"
)
"""Signs of a running task instance that a function asks for more than is known."""
_ASKS_FOR_MORE = re.compile(
    r"\b(?:xcom_pull|xcom_push|get_dagrun|get_previous_\w+|refresh_from_db|get_task_instances?|get_template_context|AirflowSkipException|"
    r"Variable\.(?:set|delete|update)|render_template\w*|\w+\.execute\(context|self\.(?:dag|get_dag|upstream_\w+|downstream_\w+|params|owner))\b"
)
"""Signs that a class asks for a running Airflow, or changes what only that keeps."""
_CHANGES_VARIABLES = re.compile(r"\bVariable\.(?:set|delete|update|setdefault)\b")
"""Changes of what only Airflow's database keeps."""


def is_wrapped(task: Task, wanted: Iterable[str]) -> bool:
    """Whether a task that no rule translates is to be wrapped: a pattern names its class, or its class with the module. One that is not known cannot be."""
    if not (task.operator.isidentifier() and task.operator_module):
        return False
    names = (task.operator, f"{task.operator_module}.{task.operator}")
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted for name in names)


def wrap(task: Task, context: TaskContext) -> Lowering:
    """The task as a step that runs its operator. Untranslatable where it needs the scheduler, or an argument has no source."""
    names = {task.operator, *(base.rpartition(".")[2] for base in task.bases)}
    if steering := sorted(names & _OF_THE_SCHEDULER):
        raise Untranslatable("MIG208", f"a `{steering[0]}` steers the scheduler of Airflow, and needs it", task.span)
    arguments: dict[str, Expr] = {"task_id": task.task_id, **_arguments(task.arguments, context)}
    # Airflow gives each operator those of the default arguments that its `__init__` takes; so it may do here.
    if inherited := _arguments(
        {name: task.inherited[name] for name in task.inherited if name not in task.arguments}, context
    ):
        arguments["default_args"] = inherited
    if task.bases or task.overrides:
        raise Untranslatable("MIG201", f"`{task.operator}` is a class of the team's own", task.span)
    operator = CallableValue(task.operator, task.operator, task.operator_module, "class")
    body = RunOperator(CallFunction(operator, kwargs=arguments))
    skipping = delta(
        context,
        "where the operator skips itself, what comes after it is skipped",
        "its step fails, and what comes after it does not run",
        "have the work ask for what it would skip on, or leave the task in Airflow",
        minor=True,
    )
    return Lowering("work", body, deltas=(skipping,), reason="Airflow's operator does the work inside of Dagster")


def wrap_class(task: Task, context: TaskContext, obstacle: Untranslatable) -> Lowering:
    """A task of the team's own class as a step that runs its operator unchanged, with Airflow's library at hand.

    `obstacle` is why its class could not become a plain one; it is raised again where the class needs more than the library.
    """
    names = {task.operator, *(base.rpartition(".")[2] for base in task.bases)}
    method = own_classes.work_method(task, alone=True)
    if method is None or task.definition is None or names & _OF_THE_SCHEDULER or task.mapped:
        raise obstacle
    if not {"post_execute", "render_template_fields"}.isdisjoint(
        task.overrides
    ):  # (What runs the operator calls `pre_execute` and `execute`.)
        raise obstacle
    facts = context.facts.analyzer.facts(method, keep=True)
    text = "".join(_texts(facts.closure, context))
    refused = facts.blockers or facts.instance is None or _ASKS_FOR_MORE.search(text)
    if refused or any(use.kind in ("waiting", "xcom_pull", "xcom_push") for use in facts.context_uses):
        raise obstacle
    if any(_keeps_dots(name) for name in _local_imports(facts.closure, context)) or any(
        _needs_database(name.module, name.name or "") for name in _airflow_imports(facts.closure, context)
    ):
        raise obstacle
    if not all(_is_given(use) and use.kind not in _HANDS_ON for use in facts.context_uses):
        raise obstacle
    assert facts.instance is not None
    asked = facts.instance.asked
    if facts.instance.work or facts.instance.forwarded - {"task_id"} or set(asked.values()) - {("task", "task_id")}:
        raise obstacle
    given = made_with(task, facts.instance, context)
    arguments = {"task_id": task.task_id, **{name: value for name, value in given.items() if name not in asked}}
    if "BaseSensorOperator" in names:
        arguments = {**_patience(task, context, obstacle), **arguments}
    _note_settings(facts, context)
    if any(is_date(use.name) for use in facts.context_uses):
        context.date("logical_date")
    if _asks(facts, "dag_run"):
        context.conf(())
    operator = replace(task.definition, args=(), kwargs={})
    body = RunOperator(CallFunction(operator, kwargs=arguments, keeps_airflow=True))
    return Lowering("work", body, reason=f"its operator runs unchanged, with Airflow as a library: {obstacle.reason}")


def _patience(task: Task, context: TaskContext, obstacle: Untranslatable) -> dict[str, Expr]:
    """What says how a sensor waits. The obstacle is raised where it may be skipped: its step would fail."""
    if any(task.option(name) for name in _GIVING_UP):
        raise obstacle
    if any(name in task.inherited for name in _PATIENCE):
        raise obstacle
    given = task.definition.kwargs if task.definition is not None else {}
    return {name: context.expression(given[name]) for name in _PATIENCE if name in given}


def _arguments(given: Mapping[str, Value], context: TaskContext) -> dict[str, Expr]:
    wanted = {
        name: value
        for name, value in given.items()
        if name not in COMMON_ARGUMENTS and not (name in _WAITING and (name != "mode" or value in _MODES))
    }
    return {name: _argument(value, context) for name, value in wanted.items()}


def _argument(value: Value, context: TaskContext) -> Expr:
    if isinstance(value, str) and value.endswith(_TEMPLATE_FILES) and "\n" not in value and "{" not in value:
        try:
            return context.files(value, _TEMPLATE_FILES)[0]
        except Untranslatable:
            return value
    return context.template(value)


def wrap_function(task: Task, context: TaskContext, obstacle: Untranslatable) -> Lowering:
    """The task as a step that calls its Python function unchanged, with Airflow's library at hand but no Airflow that runs.

    `obstacle` is why the function could not be translated; it is raised again where the function needs more than the library.
    """
    target = task.callable
    if (
        target is None
        or target.span is None
        or target.kind != "function"
        or "." in target.qualname.replace(".<locals>.", "")
    ):
        raise obstacle
    if target.is_async or target.is_generator or task.option("templates_dict") is not None:
        raise obstacle
    facts = context.facts.analyzer.facts(target, given_parameters(task), keep=True)
    if facts.blockers or task.task_id in context.facts.pushed or not _is_enough(facts, context):
        raise obstacle
    call = functions.unchanged_call(context, target, facts)
    _note_settings(facts, context)
    params = None
    if _asks(facts, "params") and (context.dag.params or task.option("params")):
        params = member("params", (), context)
    if any(is_date(use.name) or use.kind in _HANDS_ON for use in facts.context_uses) or facts.context_parameters:
        context.date("logical_date")
    if _asks(facts, "dag_run"):
        context.conf(())
    xcoms = _xcoms(facts, context)
    if xcoms is None:
        raise obstacle
    body = RunOperator(call, function=True, task_id=task.task_id, params=params, xcoms=xcoms)
    return Lowering("work", body, reason=f"it runs unchanged, with Airflow as a library: {obstacle.reason}")


def _asks(facts: CallableFacts, name: str) -> bool:
    """Whether a function uses a member of the context, or hands all of it on."""
    return any(use.name == name or (use.kind in _HANDS_ON and use.name == "context") for use in facts.context_uses)


def _is_enough(facts: CallableFacts, context: TaskContext) -> bool:
    """Whether Airflow's library, and what a wrapped function is told of its run, is all that it needs."""
    if any(_keeps_dots(name) for name in _local_imports(facts.closure, context)):
        return False
    of_airflow = list(_airflow_imports(facts.closure, context))
    if any(_needs_database(name.module, name.name or "") or name.name in _OF_THE_SCHEDULER for name in of_airflow):
        return False
    if not all(_is_given(use) for use in facts.context_uses):
        return False
    told = sum(use.kind in ("xcom_pull", "xcom_push") for use in facts.context_uses)
    texts = list(_texts(facts.closure, context))
    if any(_CHANGES_VARIABLES.search(text) for text in texts[:1]):
        return False
    if sum(len(_RUNNING.findall(text)) for text in texts[:1]) > told:
        return False
    if any(use.kind in _HANDS_ON for use in facts.context_uses) or any("get_current_context" in text for text in texts):
        return not any(map(_names_what_is_not_given, texts)) and not any(map(_asks_a_running_airflow, texts[1:]))
    return True


@functools.lru_cache(maxsize=256)
def _names_what_is_not_given(text: str) -> bool:
    return _MISSING.search(text) is not None


@functools.lru_cache(maxsize=256)
def _asks_a_running_airflow(text: str) -> bool:
    return _RUNNING.search(text) is not None


def _is_given(use: ContextUse) -> bool:
    if use.kind == "exception":
        return use.name != "AirflowSkipException"
    if use.kind not in ("key", "escape", "handed", "parameter", "present") or use.name == "context":
        return True
    if use.name not in _GIVEN:
        return use.name in _PLAIN
    return not use.path or str(use.path[0]) in _GIVEN[use.name]


def _airflow_imports(closure: Closure, context: TaskContext) -> Iterator[ImportedName]:
    files = [context.facts.analyzer.imports(file) for file in closure.local_modules]
    for imports in (closure.imports, *files):
        yield from (name for name in imports if name.kind == "airflow" and not name.type_checking)


def _local_imports(closure: Closure, context: TaskContext) -> Iterator[ImportedName]:
    files = [context.facts.analyzer.imports(file) for file in closure.local_modules]
    for imports in (closure.imports, *files):
        yield from (name for name in imports if name.kind == "local")


def _keeps_dots(name: ImportedName) -> bool:
    """Whether code reads what it imports by a dotted name (`import a.b`), so that the module cannot have another place."""
    return name.name is None and name.alias is None and "." in name.module


def _needs_database(module: str, name: str) -> bool:
    return name in _NEEDS_DATABASE or module.startswith(_DATABASE_MODULES) or (module == "airflow" and not name)


def _texts(closure: Closure, context: TaskContext) -> Iterator[str]:
    """The code that is moved: the pieces of the function's own file as one text, then the modules that it imports."""
    sources = context.project.sources
    yield "\n".join(sources[piece.span.file].cut(piece.span) for piece in closure.pieces)
    yield from (sources[file].text for file in closure.local_modules)


def _note_settings(facts: CallableFacts, context: TaskContext) -> None:
    """Lists the environment variables from which Airflow's library takes the Connections and Variables that are named in the code."""
    names = {use.name for use in facts.context_uses if use.kind == "connection" and use.name}
    texts = list(_texts(facts.closure, context))
    names = names.union(connections_of_hooks(texts, {}), *map(connections_named, texts))
    for name in sorted(names):
        context.airflow_setting(f"AIRFLOW_CONN_{name.upper()}", f"Airflow connection {name}, as a URI or JSON")
    variables = {use.name for use in facts.context_uses if use.kind == "variable" and not use.detail.get("env")}
    for name in sorted(variables):
        context.airflow_setting(f"AIRFLOW_VAR_{name.upper()}", f"Airflow Variable {name}")


def _xcoms(facts: CallableFacts, context: TaskContext) -> dict[str, Expr] | None:
    """The results of other tasks that the function pulls; None where it cannot be told which."""
    found: dict[str, Expr] = {}
    for use in facts.context_uses:
        if use.kind != "xcom_pull":
            continue
        task_ids, key = use.detail.get("task_ids"), use.detail.get("key")
        if task_ids is None and len(context.task.upstream) == 1:
            task_ids = context.task.upstream[0]
        names = [task_ids] if isinstance(task_ids, str) else task_ids
        plain = key in (None, "return_value") and not (use.detail.get("other") or use.detail.get("prior"))
        if not plain or not isinstance(names, list) or use.detail.get("dag_id") not in (None, context.dag.dag_id):
            return None
        for name in names:
            if not isinstance(name, str):
                return None
            found[name] = context.take(name)
    return found

"""What all rules share: what becomes of the arguments that every operator has, and small helpers to read a task's arguments."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from migrator.diagnostics import Severity
from migrator.model.airflow import Dag, Task
from migrator.model.bodies import CallFunction, Condition, PollUntil, RenderedCall, SourceEdit
from migrator.model.expressions import Operation, OtherName
from migrator.model.frozen import dataclass
from migrator.model.plan import Delta
from migrator.model.source import SourceFile, Span
from migrator.model.values import Symbolic, Text, Value
from migrator.model.walk import walk
from migrator.operators.names import BASE_SENSOR
from migrator.operators.rule import LoweringContext, Rule, Untranslatable
from migrator.operators.sensor_times import default_times


@dataclass(frozen=True, slots=True)
class CommonArgument:
    """What becomes of an argument that every operator (or sensor) has.

    `fate` is `carried` (planning or the rule reads it), `ignored` (it means nothing in Dagster) or `reported` (it has an
    effect that is lost); `note` says what becomes of it or why; `neutral` are values that ask for nothing.
    """

    fate: str
    note: str
    neutral: tuple[Value, ...] = (None,)


def _carried(note: str) -> CommonArgument:
    return CommonArgument("carried", note)


def _ignored(note: str) -> CommonArgument:
    return CommonArgument("ignored", note)


def _reported(note: str, *neutral: Value) -> CommonArgument:
    return CommonArgument("reported", note, (None, *neutral))


_MAIL = "a row of the report's differences: a run failure sensor can send the mail"
_WITHIN = "a call by the step itself, or a row of the report's differences"
_CALLED = "a sensor on the job's runs, a call by the step itself, or a row of the report's differences"

COMMON_ARGUMENTS: Mapping[str, CommonArgument] = {
    "task_id": _carried("the asset's or op's name, and its `airflow/task_id` metadata"),
    "dag": _carried("the DAG's folder"),
    "task_group": _carried("part of the name"),
    "default_args": _carried("merged into the task's own arguments"),
    "owner": _carried("the asset's owner"),
    "retries": _carried("`RetryPolicy.max_retries`"),
    "retry_delay": _carried("`RetryPolicy.delay`"),
    "retry_exponential_backoff": _carried("`RetryPolicy.backoff`"),
    "execution_timeout": _carried("`time_limit` around the step's work"),
    "pool": _carried("the pool of the same name"),
    "trigger_rule": _carried("the way dependencies are written"),
    "depends_on_past": _carried("a sensor that starts runs in order; where there can be none, MIG306"),
    "wait_for_downstream": _carried("as depends_on_past"),
    "params": _carried("the run's configuration"),
    "inlets": _carried("dependencies"),
    "outlets": _carried("the assets that it makes"),
    "doc": _carried("the description"),
    "doc_md": _carried("the description"),
    "doc_rst": _carried("the description"),
    "doc_json": _carried("the description"),
    "doc_yaml": _carried("the description"),
    "multiple_outputs": _carried("members of the result are picked where they are used"),
    "start_date": _carried("the start of the partitions"),
    "do_xcom_push": _ignored("a value is stored only where another task takes it"),
    "task_display_name": _ignored("Dagster shows names only"),
    "map_index_template": _ignored("mapped steps are named by their keys"),
    "ui_color": _ignored("Dagster colours by kind"),
    "ui_fgcolor": _ignored("Dagster colours by kind"),
    "logger_name": _ignored("logs go through Dagster's own logger"),
    "allow_nested_operators": _ignored("there are no operators any more"),
    "queue": _ignored("an executor's queue is part of the deployment, not of the code"),
    "executor": _ignored("the executor is part of the deployment, not of the code"),
    "run_as_user": _reported("the process runs as the user of the Dagster deployment"),
    "executor_config": _reported("the executor's settings belong to the deployment", {}),
    "resources": _reported("the executor's settings belong to the deployment", {}),
    "email": _carried(_MAIL),
    "email_on_failure": _carried(_MAIL),
    "email_on_retry": _carried(_MAIL),
    "render_template_as_native_obj": _reported("a rendered template is text", False),
    "max_retry_delay": _reported("`RetryPolicy` has no upper bound of the delay"),
    "retry_policy": _carried("rules of the step's function, or a row of the report's differences"),
    "end_date": _reported("the schedule goes on after it"),
    "ignore_first_depends_on_past": _reported("goes with depends_on_past", False, True),
    "wait_for_past_depends_before_skipping": _reported("goes with depends_on_past", False),
    "priority_weight": _reported("steps of a run have no priority by weight", 1),
    "weight_rule": _reported("steps of a run have no priority by weight", "downstream"),
    "pool_slots": _reported("a step takes one slot of a pool", 1),
    "sla": _carried("a freshness policy of the asset, or a row of the report's differences"),
    "on_execute_callback": _carried(_WITHIN),
    "on_failure_callback": _carried(_CALLED),
    "on_success_callback": _carried(_CALLED),
    "on_retry_callback": _carried(_WITHIN),
    "on_skipped_callback": _carried(_WITHIN),
    "run_if": _carried("the task asks first whether it runs"),
    "skip_if": _carried("the task asks first whether it runs"),
    "pre_execute": _carried("the task calls it first"),
    "post_execute": _carried("the task calls it last"),
    "max_active_tis_per_dag": _carried("a pool of its own, where it has no other one"),
    "max_active_tis_per_dagrun": _reported("the executor limits the steps of a run together (`max_concurrent`)"),
}

SENSOR_ARGUMENTS: Mapping[str, CommonArgument] = {
    "poke_interval": _carried("the interval between two looks"),
    "timeout": _carried("how long a run waits"),
    "soft_fail": _carried("what is below is skipped when the time is over"),
    "mode": _ignored("no worker slot is held or freed"),
    "deferrable": _ignored("there is no triggerer"),
    "start_from_trigger": _ignored("there is no triggerer"),
    "end_from_trigger": _ignored("there is no triggerer"),
    "trigger_kwargs": _ignored("there is no triggerer"),
    "exponential_backoff": _reported("the interval between two looks stays the same", False),
    "max_wait": _reported("the interval between two looks stays the same"),
    "silent_fail": _carried("a row of the report's differences, where a step looks"),
    "never_fail": _carried("a row of the report's differences"),
}


CALL_ARGUMENTS = frozenset({"python_callable", "op_args", "op_kwargs", "templates_dict"})
"""Arguments by which operators that call a function say which, and with what."""

CALL_IGNORED: Mapping[str, str] = {
    "provide_context": "the function gets exactly what it uses",
    "show_return_value_in_logs": "values are shown as metadata, not in logs",
}
"""Arguments of all operators that call a function."""


def common_argument(task: Task, name: str) -> CommonArgument | None:
    """What becomes of an argument that every operator, or every sensor if the task is one, has; None if it is no such one."""
    known = COMMON_ARGUMENTS.get(name)
    return known or (SENSOR_ARGUMENTS.get(name) if is_sensor(task) else None)


_SENSORS = ("Sensor", "SensorAsync", "SensorOperator")
"""How the names of sensors' classes end."""


def is_sensor(task: Task) -> bool:
    """Whether the task's class is a sensor, by its name or its bases."""
    return BASE_SENSOR in task.bases or any(name.endswith(_SENSORS) for name in (task.operator, *task.bases))


def unread(task: Task, rule: Rule) -> list[str]:
    """Names of the task's own arguments that have an effect in Airflow and none in what the rule makes of it, sorted."""
    read = {name.partition(".")[0] for name in (*rule.carried, *rule.sql, *rule.command, *rule.connection)}
    return sorted(
        name
        for name, value in task.arguments.items()
        if name not in {*read, *task.taken}
        and name not in rule.ignored
        and not _means_nothing(common_argument(task, name), value)
    )


def unread_defaults(dag: Dag) -> list[str]:
    """Names of `default_args` that every task has and that are lost, to be reported once for the DAG."""
    return sorted(
        name
        for name, value in dag.default_args.items()
        if (known := COMMON_ARGUMENTS.get(name)) is not None and not _means_nothing(known, value)
    )


def _means_nothing(known: CommonArgument | None, value: Value) -> bool:
    if known is None:
        return value is None
    return known.fate != "reported" or any(type(value) is type(n) and value == n for n in known.neutral)


def argument(task: Task, name: str, default: Value = None) -> Value:
    """An argument of the call or through `default_args`; a dotted name (`configuration.query.query`) goes into dicts."""
    head, *rest = name.split(".")
    value = task.option(head, default)
    for key in rest:
        if not isinstance(value, Mapping):
            return default
        value = value.get(key, default)
    return value


def first_argument(task: Task, names: Iterable[str], default: Value = None) -> Value:
    """The first of several arguments that is given (and not None), else `default`."""
    return next((value for name in names if (value := argument(task, name)) is not None), default)


def computed(task: Task, context: LoweringContext) -> CallFunction | RenderedCall:
    """The call of a function whose result is a template (`@task.bash`, `@task.sql`): what it returns is rendered after the call where its text
    has Jinja in it. Raises Untranslatable where it cannot be told what the template asks for."""
    span = task.callable.span if task.callable is not None else None
    source = context.project.sources.get(span.file) if span is not None else None
    call = context.call()
    text = source.cut(span) if span is not None and source is not None else ""
    if not any(sign in text for sign in ("{{", "{%")):
        return call
    pieces = _texts(source.parse(span)) if span is not None and source is not None else None
    if pieces is None:
        raise Untranslatable("MIG205", "its function returns a template that Airflow renders afterwards", span)
    if not any(sign in piece for piece in pieces for sign in ("{{", "{%")):
        return call
    template, pulls = context.asked_by("\n".join(pieces))
    return RenderedCall(_with_names(call, pulls, source, span), template)


_QUOTE = re.compile(r"[\"']")
"""What may stand in a text with a backslash before it."""

_PUT_IN = re.compile(r"%[(srd]|\{")
"""Where a text has something put in."""


def _with_names(
    call: CallFunction, pulls: Mapping[str, str], source: SourceFile | None, span: Span | None
) -> CallFunction:
    """The call of a function in whose texts a name stands in the place of each pull. Raises Untranslatable where the code does not spell one out."""
    edits: list[SourceEdit] = []
    for pull, name in pulls.items():
        places = re.finditer(_QUOTE.sub(r"\\\\?\g<0>", re.escape(pull)), source.text) if source is not None else ()
        found = [place.span() for place in places if span is not None and span.start <= place.start() < span.end]
        if span is None or not found or _PUT_IN.search(pull):
            raise Untranslatable(
                "MIG205", f"its function puts `{pull}` together, which Airflow renders afterwards", span
            )
        own = [edit for edit in call.edits if edit.span.file == span.file]
        edits += [
            SourceEdit(replace(span, start=start, end=end), OtherName(name))
            for start, end in found
            if not any(edit.span.start < end and start < edit.span.end for edit in own)  # what the code itself pulls
        ]
    return replace(call, edits=(*call.edits, *edits))


def _texts(function: ast.stmt | None) -> list[str] | None:
    """The texts that a function's code holds, with a sign that no template has in the place of what f-strings put in."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    found: list[str] = []
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.JoinedStr):
            known = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
            found.append("".join(map(str, known)))
            todo += [part for part in node.values if not isinstance(part, ast.Constant)]
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        todo += ast.iter_child_nodes(node)
    return found


def required(task: Task, name: str) -> Value:
    """An argument that the operator cannot do without. Raises Untranslatable where it is not given or not known."""
    value = argument(task, name)
    if value is None:
        raise Untranslatable("MIG207", f"its argument `{name}` is not known", task.span)
    return value


def known_text(task: Task, name: str, value: Value) -> str:
    """A text that must be known while generating (a DAG's or task's id). Raises Untranslatable."""
    if isinstance(value, str) and "{{" not in value and "{%" not in value:
        return value
    source = value.source if isinstance(value, Symbolic) else str(value)
    span = task.argument_spans.get(name, task.span)
    raise Untranslatable("MIG207", f"its argument `{name}` (`{source}`) is only known at run time", span)


def text(*parts: Value) -> Value:
    """Parts one after the other, of which some may be templates or only known at run time."""
    flat = [piece for part in parts for piece in (part.parts if isinstance(part, Text) else (part,))]
    return "".join(flat) if all(isinstance(piece, str) for piece in flat) else Text(tuple(flat))


def flag(task: Task, name: str, default: bool = False) -> bool:
    """A switch that must be known while generating. Raises Untranslatable."""
    value = argument(task, name)
    if value is None:
        return default
    if isinstance(value, (bool, int)):
        return bool(value)
    span = task.argument_spans.get(name, task.span)
    raise Untranslatable("MIG207", f"whether its argument `{name}` is set is only known at run time", span)


def seconds(task: Task, name: str, default: float) -> float:
    """A duration given as a number of seconds or a timedelta. Raises Untranslatable where it is not known."""
    value = argument(task, name)
    if value is None:
        return default
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    span = task.argument_spans.get(name, task.span)
    raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", span)


def delta(context: LoweringContext, airflow: str, dagster: str, mitigation: str = "", minor: bool = False) -> Delta:
    """A difference in meaning at the task; a warning unless `minor`."""
    severity = Severity.INFO if minor else Severity.WARNING
    return Delta(context.dag.dag_id, context.task.task_id, severity, airflow, dagster, mitigation)


def _reads(condition: Condition) -> bool:
    """Whether it depends on the clock what is asked for."""
    return any(isinstance(part, Operation) and part.reading for part in walk(condition))


def poll(task: Task, condition: Condition) -> PollUntil:
    """What a sensor does, by its own times, or those that its class takes. Raises Untranslatable where they are not known."""
    interval, timeout = default_times(task)
    return PollUntil(
        condition,
        interval=seconds(task, "poke_interval", interval),
        timeout=seconds(task, "timeout", timeout),
        soft_fail=flag(task, "soft_fail"),
        one_object=task.option("mode", "poke") == "poke" and (isinstance(condition, CallFunction) or _reads(condition)),
    )

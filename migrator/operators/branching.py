"""Tasks that decide which others run."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import Choose, ContinueIf, DateTest, FollowIf, RunSql
from migrator.model.expressions import RunDate
from migrator.operators.common import CALL_ARGUMENTS, CALL_IGNORED, argument, delta, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import run_sql

_OPERATORS = "airflow.providers.standard.operators."
_DECORATORS = "airflow.providers.standard.decorators."
_BY_DATE = ("use_task_logical_date", "use_task_execution_date", "use_task_execution_day")
_A_DAY, _SOME_YEARS = dt.date(2024, 1, 1), 1500
"""The days that are looked at for shifts of the clock."""
_WEEKDAYS = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
}


def _branch(task: Task, context: LoweringContext) -> Lowering:
    # Which outputs there are is planning's to say: it knows the names of the tasks below.
    return Lowering("branch", Choose(context.call(), {}))


def _short_circuit(task: Task, context: LoweringContext) -> Lowering:
    # Planning also reads the switch: by default a false condition skips joins, too, whatever their trigger rules.
    flag(task, "ignore_downstream_trigger_rules", default=True)
    return Lowering("gate", ContinueIf(context.call()))


def _latest_only(task: Task, context: LoweringContext) -> Lowering:
    # In Airflow 3 a run that another DAG triggers is none that a person starts.
    return Lowering(
        "gate", ContinueIf(None, latest_only=True, or_triggered=context.dag.airflow_version.startswith("2"))
    )


def _follow(task: Task, test: RunSql | DateTest) -> Lowering:
    """A branch by a test; the tasks to follow are named in the operator's arguments."""
    ways = []
    for name in ("follow_task_ids_if_true", "follow_task_ids_if_false"):
        given = required(task, name)
        ids = [given] if isinstance(given, str) else list(given) if isinstance(given, (list, tuple, set)) else []
        if not ids or not all(isinstance(one, str) for one in ids):
            raise Untranslatable("MIG207", f"its `{name}` is only known at run time", task.argument_spans.get(name))
        ways.append(tuple(sorted(ids) if isinstance(given, set) else ids))
    return Lowering("branch", Choose(FollowIf(test, *ways), {}))


def _branch_sql(task: Task, context: LoweringContext) -> Lowering:
    test = run_sql(task, context, required(task, "sql"), templated=False)
    context.use_methods(test.resource, ["says_yes"])
    return _follow(task, replace(test, says_yes=True))


def _weekday(task: Task, context: LoweringContext) -> Lowering:
    return _follow(task, day_of_week(task, context))


def day_of_week(task: Task, context: LoweringContext) -> DateTest:
    """Whether the run's date, or the present day, is one of the task's days of the week. Raises Untranslatable."""
    given = required(task, "week_day")
    days = list(given) if isinstance(given, (list, tuple, set, frozenset)) else [given]
    found = [_WEEKDAYS.get(day.lower()) if isinstance(day, str) else day for day in days]
    known = [day for day in found if isinstance(day, int)]
    if not days or len(known) != len(days):
        raise Untranslatable("MIG207", "its days of the week are only known at run time", task.span)
    moment = _moment(task, context)
    timezone = "UTC" if moment is not None else context.dag.timezone
    return DateTest(moment, timezone, weekdays=tuple(sorted(known)))


def _between(task: Task, context: LoweringContext) -> Lowering:
    bounds = [argument(task, name) for name in ("target_lower", "target_upper")]
    kinds = {type(bound) for bound in bounds if bound is not None}
    if not kinds or (kinds != {dt.time} and not all(issubclass(kind, dt.datetime) for kind in kinds)):
        raise Untranslatable("MIG207", "its bounds are not two known dates, or two known times of day", task.span)
    test = DateTest(_moment(task, context), context.dag.timezone, lower=bounds[0], upper=bounds[1])
    if kinds != {dt.time}:
        return _follow(task, test)
    zones = [bound.tzinfo for bound in bounds if bound is not None]
    if any(zone != zones[0] for zone in zones):
        raise Untranslatable("MIG201", "its bounds are times of day in two timezones", task.span)
    zone = zones[0] or zoneinfo.ZoneInfo(context.dag.timezone)
    lowering = _follow(task, test)
    if shifted := next((bound for bound in bounds if bound is not None and _is_shifted(bound, zone)), None):
        told = delta(
            context,
            f"where the clock is put forward or back at {shifted:%H:%M}, pendulum says which moment that is",
            "it is the one before the clock is shifted",
            minor=True,
        )
        lowering = replace(lowering, deltas=(*lowering.deltas, told))
    return lowering


def _is_shifted(bound: dt.time, zone: dt.tzinfo) -> bool:
    """Whether there are days on which a time of day is skipped, or comes twice."""
    days = (dt.datetime.combine(_A_DAY + dt.timedelta(days=day), bound, zone) for day in range(_SOME_YEARS))
    return any(moment.utcoffset() != moment.replace(fold=1).utcoffset() for moment in days)


def _moment(task: Task, context: LoweringContext) -> RunDate | None:
    by_date = any(flag(task, name) for name in _BY_DATE)
    return context.date("logical_date") if by_date else None


BRANCH = Rule(
    name="branch",
    operators=(
        _OPERATORS + "python.BranchPythonOperator",
        _DECORATORS + "branch_python._BranchPythonDecoratedOperator",
    ),
    summary="An op with one optional output for each way to go on; what is not chosen is skipped.",
    lower=_branch,
    carried=CALL_ARGUMENTS,
    ignored=CALL_IGNORED,
    examples=(
        Example(
            title="A function chooses one of two tasks",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import BranchPythonOperator


def choose(size):
    return "full" if size > 10 else "incremental"


with DAG("sync", schedule=None, start_date=datetime(2024, 1, 1)):
    branch = BranchPythonOperator(task_id="branch", python_callable=choose, op_args=[12])
    branch >> [BashOperator(task_id=name, bash_command=f"sync --{name}") for name in ("full", "incremental")]
""",
            expected=("is_required=False", 'return "full" if size > 10 else "incremental"'),
            disposition="step",
        ),
    ),
)

SHORT_CIRCUIT = Rule(
    name="short-circuit",
    operators=(
        _OPERATORS + "python.ShortCircuitOperator",
        _DECORATORS + "short_circuit._ShortCircuitDecoratedOperator",
    ),
    summary="An op with an optional output: if the condition is false, what is below is skipped.",
    lower=_short_circuit,
    carried=frozenset({*CALL_ARGUMENTS, "ignore_downstream_trigger_rules"}),
    ignored=CALL_IGNORED,
    examples=(
        Example(
            title="Goes on only if there is something to do",
            dag="""
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def inbox():
    @task.short_circuit
    def anything_new():
        return any(Path("inbox").iterdir())

    @task
    def process():
        for path in Path("inbox").iterdir():
            path.unlink()

    anything_new() >> process()


inbox()
""",
            expected=('any(Path("inbox").iterdir())', "is_required=False"),
            disposition="step",
        ),
    ),
)

LATEST_ONLY = Rule(
    name="latest-only",
    operators=(_OPERATORS + "latest_only.LatestOnlyOperator",),
    summary="What is below runs only for the latest partition, and in every run that a person starts.",
    lower=_latest_only,
    examples=(
        Example(
            title="Only the latest run publishes",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.latest_only import LatestOnlyOperator

with DAG("publish", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=True):
    LatestOnlyOperator(task_id="latest") >> BashOperator(task_id="publish", bash_command="publish {{ ds }}")
""",
            expected=("publish",),
            disposition="step",
        ),
    ),
)

_WAYS = ("follow_task_ids_if_true", "follow_task_ids_if_false")

BRANCH_SQL = Rule(
    name="branch-sql",
    operators=("airflow.providers.common.sql.operators.sql.BranchSQLOperator",),
    summary="An op with one optional output for each way to go on, chosen by the first value of a query.",
    lower=_branch_sql,
    carried=frozenset({"sql", "conn_id", "parameters", *_WAYS}),
    ignored={"database": "the resource's URL names it", "hook_params": "the resource's URL says how to connect"},
    sql=("sql",),
    connection=("conn_id",),
    examples=(
        Example(
            title="A query chooses one of two tasks",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.common.sql.operators.sql import BranchSQLOperator

with DAG("sync", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchSQLOperator(
        task_id="branch",
        conn_id="warehouse",
        sql="SELECT count(*) FROM orders WHERE day = '{{ ds }}'",
        follow_task_ids_if_true="load",
        follow_task_ids_if_false="complain",
    )
    branch >> [BashOperator(task_id=name, bash_command=name) for name in ("load", "complain")]
""",
            expected=("warehouse.says_yes(", '"load"', 'else "complain"'),
            disposition="step",
        ),
    ),
)

BRANCH_WEEKDAY = Rule(
    name="branch-weekday",
    operators=(_OPERATORS + "weekday.BranchDayOfWeekOperator",),
    summary="An op with one optional output for each way to go on, chosen by the day of the week.",
    lower=_weekday,
    carried=frozenset({"week_day", "use_task_logical_date", "use_task_execution_date", *_WAYS}),
    examples=(
        Example(
            title="Weekends are different",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.standard.operators.weekday import BranchDayOfWeekOperator

with DAG("sync", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchDayOfWeekOperator(
        task_id="branch",
        week_day={"Saturday", "Sunday"},
        use_task_logical_date=True,
        follow_task_ids_if_true="rest",
        follow_task_ids_if_false="load",
    )
    branch >> [BashOperator(task_id=name, bash_command=name) for name in ("rest", "load")]
""",
            expected=(".isoweekday() in (6, 7)", 'chosen = "rest" if'),
            disposition="step",
        ),
    ),
)

BRANCH_DATE = Rule(
    name="branch-date",
    operators=(_OPERATORS + "datetime.BranchDateTimeOperator",),
    summary="An op with one optional output for each way to go on, chosen by whether a date lies between two others.",
    lower=_between,
    carried=frozenset({"target_lower", "target_upper", "use_task_logical_date", "use_task_execution_date", *_WAYS}),
    examples=(
        Example(
            title="Before and after a change of systems",
            dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.standard.operators.datetime import BranchDateTimeOperator

with DAG("sync", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchDateTimeOperator(
        task_id="branch",
        target_lower=datetime(2024, 6, 1),
        target_upper=None,
        use_task_logical_date=True,
        follow_task_ids_if_true="new",
        follow_task_ids_if_false="old",
    )
    branch >> [BashOperator(task_id=name, bash_command=name) for name in ("new", "old")]
""",
            expected=("dt.datetime(2024, 6, 1", 'else "old"'),
            disposition="step",
        ),
    ),
)

RULES = (BRANCH, BRANCH_SQL, BRANCH_WEEKDAY, BRANCH_DATE, SHORT_CIRCUIT, LATEST_ONLY)

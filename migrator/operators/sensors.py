"""Waiting for something outside: files, objects, rows, a function's word, the time of day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import FileExists, ObjectExists, RunShell, UseResource
from migrator.model.durations import in_words
from migrator.model.expressions import Expr, Format, InputValue, RunDate
from migrator.model.values import CallableValue, Text, Value, show
from migrator.operators.branching import day_of_week
from migrator.operators.calls import known
from migrator.operators.common import CALL_ARGUMENTS, CALL_IGNORED, argument, delta, flag, poll, required, text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import run_sql
from migrator.operators.storage import split_url

_SENSORS = "airflow.providers.standard.sensors."


def _file(task: Task, context: LoweringContext) -> Lowering:
    path = required(task, "filepath")
    place = context.template(path)
    start = place.parts[0] if isinstance(place, Format) else place
    absolute = all(show(each).startswith(("/", "{")) for each in _of_copies(task, "filepath", path))
    if isinstance(start, RunDate) or not absolute:
        # Airflow looks below the path that the connection tells, unless this one is absolute, as what a setting tells may be.
        place = Format((context.path_of_connection(argument(task, "fs_conn_id", "fs_default")), "/", place))
    return Lowering("sensor", poll(task, FileExists(place, flag(task, "recursive"))))


def _of_copies(task: Task, name: str, value: Value) -> list[Value]:
    """The values that an argument has: each of the list that the task is expanded over, where the list is known, else the one `value`."""
    known, rows = task.expand.get(name), task.expand.get("**")
    if isinstance(rows, (list, tuple)) and all(isinstance(row, Mapping) and name in row for row in rows):
        return [row[name] for row in rows]
    return list(known) if isinstance(known, (list, tuple)) else [value]


def _s3(task: Task, context: LoweringContext) -> Lowering:
    for name in ("check_fn", "use_regex", "metadata_keys"):
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    store = context.resource(argument(task, "aws_conn_id", "aws_default"), "object_store", "s3")
    places = [_place(task, key) for key in _several(required(task, "bucket_key"))]
    if any(bucket != places[0][0] for bucket, _ in places):
        raise Untranslatable("MIG201", "it waits for objects of several buckets", task.span)
    bucket, keys = context.template(places[0][0]), [context.template(key) for _, key in places]
    wildcard = flag(task, "wildcard_match")
    if len(keys) == 1:
        return Lowering("sensor", poll(task, ObjectExists(store, bucket, keys[0], wildcard)))
    method = "all_match" if wildcard else "all_exist"
    context.use_methods(store, (method,))
    given: dict[str, Expr] = {"bucket": bucket, "patterns" if wildcard else "keys": keys}
    return Lowering("sensor", poll(task, UseResource(store, method, given)))


def _several(value: Value) -> list[Value]:
    return list(value) if isinstance(value, (list, tuple)) and value else [value]


def _place(task: Task, key: Value) -> tuple[Value, Value]:
    """The bucket and the key of an object that the task waits for. Raises Untranslatable."""
    bucket = argument(task, "bucket_name")
    return (bucket, key) if bucket is not None else split_url(task, "bucket_key", key)


def _s3_prefix(task: Task, context: LoweringContext) -> Lowering:
    store = context.resource(argument(task, "aws_conn_id", "aws_default"), "object_store", "s3")
    if isinstance(prefix := required(task, "prefix"), (list, tuple)):
        raise Untranslatable("MIG201", "it waits for several prefixes", task.argument_spans.get("prefix"))
    bucket = context.template(required(task, "bucket_name"))
    there = ObjectExists(store, bucket, context.template(text(prefix, "*")), wildcard=True)
    return Lowering("sensor", poll(task, there))


def _gcs(task: Task, context: LoweringContext) -> Lowering:
    prefix = argument(task, "prefix")
    key = required(task, "object") if prefix is None else Text((*_parts(prefix), "*"))
    condition = ObjectExists(
        resource=context.resource(
            argument(task, "google_cloud_conn_id", "google_cloud_default"), "object_store", "gcs"
        ),
        bucket=context.template(required(task, "bucket")),
        key=context.template(key),
        wildcard=prefix is not None or flag(task, "use_glob"),
    )
    return Lowering("sensor", poll(task, condition))


def _parts(value: Value) -> tuple[Value, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def _bash(task: Task, context: LoweringContext) -> Lowering:
    command = context.files(required(task, "bash_command"), (".sh", ".bash"))[0]
    env = context.template(argument(task, "env"))
    if env is not None and not isinstance(env, Mapping):
        raise Untranslatable("MIG207", "its environment is only known at run time", task.argument_spans.get("env"))
    again = known(task, "retry_exit_code")
    if again is not None and (not isinstance(again, int) or flag(task, "soft_fail")):
        raise Untranslatable("MIG201", "an exit code other than its `retry_exit_code` skips it", task.span)
    condition = RunShell(command, env or {}, append_env=env is None, retry_exit_code=again)
    tries = delta(
        context,
        f"an exit code other than {again} fails it without another try",
        "the step is tried again as often as its retry policy says",
        minor=True,
    )
    return Lowering("sensor", poll(task, condition), deltas=(tries,) if again is not None and task.retries else ())


def _python(task: Task, context: LoweringContext) -> Lowering:
    return Lowering("sensor", poll(task, context.call()))


def _sql(task: Task, context: LoweringContext) -> Lowering:
    query = run_sql(task, context, required(task, "sql"), ("conn_id", "clickhouse_conn_id"))
    judges = [(name, value) for name in ("selector", "success") if (value := argument(task, name)) is not None]
    if len(judges) == 2:
        raise Untranslatable("MIG201", "two functions, one after the other, judge its rows", task.span)
    failure = argument(task, "failure")
    if failure is not None:
        judges.append(("failure", failure))
    if len(judges) == 2 and judges[0][0] == "selector":
        raise Untranslatable("MIG201", "two functions, one after the other, judge its rows", task.span)
    for name, judge in judges:
        if not isinstance(judge, CallableValue):
            raise Untranslatable("MIG207", f"its `{name}` is only known at run time", task.argument_spans.get(name))
        call = context.call(judge)
        judged = InputValue("row", () if name == "selector" else (0,))
        call = replace(call, args=(judged,), inline=False)
        query = replace(query, refuses=call) if name == "failure" else replace(query, accepts=call)
    return Lowering("sensor", poll(task, replace(query, fails_on_empty=flag(task, "fail_on_empty"))))


def _day_of_week(task: Task, context: LoweringContext) -> Lowering:
    return Lowering("sensor", poll(task, day_of_week(task, context)))


def _after(task: Task, context: LoweringContext) -> Lowering:
    """A sensor that waits for a moment: the schedule should be later instead."""
    name = "delta" if argument(task, "delta") is not None else "target_time"
    value = required(task, name)
    if isinstance(value, dt.timedelta):
        when = f"{in_words(value)} after the end of its data interval"
    elif isinstance(value, dt.time):
        when = f"{value:%H:%M}"
    elif isinstance(value, (dt.datetime, str, Text)):
        when = f"`{show(value)}`"
    else:
        raise Untranslatable("MIG207", "the moment that it waits for is only known at run time", task.span)
    lost = delta(
        context,
        f"what is below waits until {when}",
        "what is below runs as soon as the job runs",
        "move the schedule in `automation.py` to that time",
    )
    return Lowering("folded", deltas=(lost,), reason="it waits for a moment, which is the schedule's part")


_S3 = Example(
    title="An object of S3",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

with DAG("drops", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = S3KeySensor(task_id="wait", bucket_key="s3://drops/orders/{{ ds }}/*.csv", wildcard_match=True, mode="reschedule")
    wait >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
    expected=('"drops"', "orders/"),
    disposition="sensor",
)
_S3_OBJECTS = Example(
    title="Several objects of S3",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor

with DAG("drops", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = S3KeySensor(task_id="wait", bucket_key=["s3://drops/orders.csv", "s3://drops/{{ ds }}/items.csv"])
    wait >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
    expected=("aws_default.all_exist(", 'bucket="drops"', '"orders.csv"', "/items.csv"),
    disposition="sensor",
)
_FILE = Example(
    title="A file, looked for every minute",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.sensors.filesystem import FileSensor

with DAG("files", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = FileSensor(task_id="wait", filepath="/data/in/{{ ds }}.csv", poke_interval=60, timeout=3600)
    wait >> BashOperator(task_id="load", bash_command="load /data/in/{{ ds }}.csv")
""",
    expected=("/data/in/",),
    disposition="sensor",
)
_FILE_BELOW = Example(
    title="A file below the folder that a connection tells",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.sensors.filesystem import FileSensor

with DAG("files", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = FileSensor(task_id="wait", fs_conn_id="landing", filepath="{{ ds }}/orders_*.csv")
    wait >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
    expected=("get_connection('landing').extra_dejson['path']}/{key}/orders_*.csv",),
    disposition="sensor",
)
_GCS = Example(
    title="Objects of GCS below a prefix",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.google.cloud.sensors.gcs import GCSObjectsWithPrefixExistenceSensor

with DAG("arrivals", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = GCSObjectsWithPrefixExistenceSensor(task_id="wait", bucket="drops", prefix="orders/{{ ds }}/")
    wait >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
    expected=('any_match("drops", f"orders/',),
    disposition="sensor",
)
_BASH = Example(
    title="A command that succeeds once all is ready",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.sensors.bash import BashSensor

with DAG("checks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = BashSensor(task_id="wait", bash_command="test -s /data/in.csv", poke_interval=30)
    wait >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
    expected=("test -s /data/in.csv", "check=False", ".returncode == 0"),
    disposition="sensor",
)
_BASH_OR_NOT = Example(
    title="A command that may tell that it is no use to wait",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.sensors.bash import BashSensor

with DAG("checks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = BashSensor(task_id="wait", bash_command="check /data/in.csv", retry_exit_code=99, poke_interval=30)
    wait >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
    expected=('run_bash("check /data/in.csv", allowed_exit_codes=[99]).exit_code == 0',),
    disposition="step",
)
_WEEKDAY = Example(
    title="A step that waits for Monday",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.sensors.weekday import DayOfWeekSensor

with DAG("weekly", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    load = BashOperator(task_id="load", bash_command="load {{ ds }}")
    monday = DayOfWeekSensor(task_id="monday", week_day="Monday", mode="reschedule")
    load >> monday >> BashOperator(task_id="report", bash_command="report {{ ds }}")
""",
    expected=("dt.datetime.now(dt.timezone.utc).isoweekday() == 1",),
    disposition="step",
)
_FUNCTION = Example(
    title="A function that says whether to go on",
    dag="""
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule="@hourly", start_date=datetime(2024, 1, 1), catchup=False)
def lockfile():
    @task.sensor(poke_interval=30, mode="reschedule")
    def unlocked():
        return not Path("/tmp/lock").exists()

    @task
    def work():
        Path("/tmp/done").touch()

    unlocked() >> work()


lockfile()
""",
    expected=('not Path("/tmp/lock").exists()',),
    disposition="sensor",
)

RULES = (
    Rule(
        name="file-sensor",
        operators=(_SENSORS + "filesystem.FileSensor",),
        summary="A Dagster sensor that starts the job when the file is there; within a DAG, an op that waits for it.",
        lower=_file,
        carried=frozenset({"filepath", "fs_conn_id", "recursive", "poke_interval", "timeout", "soft_fail"}),
        examples=(_FILE, _FILE_BELOW),
    ),
    Rule(
        name="s3-key-sensor",
        operators=("airflow.providers.amazon.aws.sensors.s3.S3KeySensor",),
        summary="A Dagster sensor that starts the job when the object is there; within a DAG, an op that waits for it.",
        lower=_s3,
        carried=frozenset(
            {
                "bucket_key",
                "bucket_name",
                "wildcard_match",
                "aws_conn_id",
                "check_fn",
                "use_regex",
                "metadata_keys",
                "poke_interval",
                "timeout",
                "soft_fail",
            }
        ),
        connection=("aws_conn_id",),
        default_connection="aws_default",
        system="s3",
        examples=(_S3, _S3_OBJECTS),
    ),
    Rule(
        name="s3-prefix-sensor",
        operators=("airflow.providers.amazon.aws.sensors.s3.S3PrefixSensor",),
        summary="A Dagster sensor that starts the job when there are objects below the prefix; within a DAG, an op that waits for them.",
        lower=_s3_prefix,
        carried=frozenset({"bucket_name", "prefix", "aws_conn_id", "poke_interval", "timeout", "soft_fail"}),
        ignored={"delimiter": "it only tells how the store lists", "verify": "the store's client decides"},
        connection=("aws_conn_id",),
        default_connection="aws_default",
        system="s3",
    ),
    Rule(
        name="gcs-object-sensor",
        operators=(
            "airflow.providers.google.cloud.sensors.gcs.GCSObjectExistenceSensor",
            "airflow.providers.google.cloud.sensors.gcs.GCSObjectsWithPrefixExistenceSensor",
        ),
        summary="A Dagster sensor that starts the job when the object is there; within a DAG, an op that waits for it.",
        lower=_gcs,
        carried=frozenset(
            {
                "bucket",
                "object",
                "prefix",
                "use_glob",
                "google_cloud_conn_id",
                "poke_interval",
                "timeout",
                "soft_fail",
            }
        ),
        ignored={"retry": "the resource's client decides"},
        connection=("google_cloud_conn_id",),
        default_connection="google_cloud_default",
        system="gcs",
        examples=(_GCS,),
    ),
    Rule(
        name="bash-sensor",
        operators=(_SENSORS + "bash.BashSensor",),
        summary="A Dagster sensor that starts the job when the command succeeds; within a DAG, or where it may fail, an op that waits for it.",
        lower=_bash,
        carried=frozenset({"bash_command", "env", "retry_exit_code", "poke_interval", "timeout", "soft_fail"}),
        ignored={"output_encoding": "output is not read"},
        command=("bash_command",),
        examples=(_BASH, _BASH_OR_NOT),
    ),
    Rule(
        name="python-sensor",
        operators=(
            _SENSORS + "python.PythonSensor",
            "airflow.providers.standard.decorators.sensor.DecoratedSensorOperator",
        ),
        summary="A Dagster sensor that asks the same function; within a DAG, an op that waits for it.",
        lower=_python,
        carried=frozenset({*CALL_ARGUMENTS, "poke_interval", "timeout", "soft_fail"}),
        ignored=CALL_IGNORED,
        examples=(_FUNCTION,),
    ),
    Rule(
        name="sql-sensor",
        operators=(
            "airflow.providers.common.sql.sensors.sql.SqlSensor",
            "airflow_clickhouse_plugin.sensors.clickhouse_sql_sensor.ClickHouseSqlSensor",
            "airflow_clickhouse_plugin.sensors.clickhouse_dbapi.ClickHouseSqlSensor",
        ),
        summary="A Dagster sensor that starts the job when the query's first value is true; within a DAG, an op that waits for it.",
        lower=_sql,
        carried=frozenset(
            {
                *("sql", "conn_id", "parameters", "success", "failure", "selector", "fail_on_empty"),
                "clickhouse_conn_id",
                *("poke_interval", "timeout", "soft_fail"),
            }
        ),
        sql=("sql",),
        connection=("conn_id", "clickhouse_conn_id"),
    ),
    Rule(
        name="weekday-sensor",
        operators=(_SENSORS + "weekday.DayOfWeekSensor",),
        summary="A Dagster sensor that starts the job on that day of the week; within a DAG, an op that waits for it.",
        lower=_day_of_week,
        carried=frozenset(
            {"week_day", "use_task_logical_date", "use_task_execution_day", "poke_interval", "timeout", "soft_fail"}
        ),
        examples=(_WEEKDAY,),
    ),
    Rule(
        name="time-sensor",
        operators=(
            _SENSORS + "time.TimeSensor",
            _SENSORS + "time.TimeSensorAsync",
            _SENSORS + "time_delta.TimeDeltaSensor",
            _SENSORS + "time_delta.TimeDeltaSensorAsync",
            _SENSORS + "date_time.DateTimeSensor",
            _SENSORS + "date_time.DateTimeSensorAsync",
        ),
        summary="Dissolves, with a difference in the report: the schedule should be moved by what it waits.",
        lower=_after,
        carried=frozenset({"delta", "target_time"}),
        ignored={
            "poke_interval": "nothing is polled",
            "timeout": "nothing is polled",
            "soft_fail": "nothing is polled",
        },
    ),
)

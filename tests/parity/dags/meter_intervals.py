"""Quarter-day meter readings of the grid operator.

Intervals have a fixed length in UTC; the bill is made per local day, which has
23 or 25 hours when the clock changes.
"""

import os
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, DeltaDataIntervalTimetable

TZ = "Europe/Amsterdam"


def read_meters(data_interval_start, data_interval_end, **_):
    hook = SqliteHook(sqlite_conn_id="warehouse")
    rows = []
    hour = data_interval_start
    while hour < data_interval_end:
        local = hour.in_timezone(TZ)
        rows.append((hour.to_datetime_string(), local.isoformat(), local.to_date_string(), 10 + hour.hour))
        hour = hour.add(hours=1)
    hook.insert_rows("readings", rows, target_fields=["utc", "local", "local_day", "kwh"], replace=True)
    return len(rows)


def day_length(data_interval_start, ti, **_):
    day = data_interval_start.in_timezone(TZ).start_of("day")
    hours = (day.add(days=1) - day).total_hours()
    ti.xcom_push(key="local_day", value=day.to_date_string())
    ti.xcom_push(key="hours", value=int(hours))


def interval_file(ds_nodash, ts_nodash, data_interval_start, data_interval_end, ti, **context):
    n = ti.xcom_pull(task_ids="read_meters")
    hours = ti.xcom_pull(task_ids="day_length", key="hours")
    base = Path(os.environ["DATA_DIR"]) / "intervals" / ds_nodash
    base.mkdir(parents=True, exist_ok=True)
    lines = [
        f"interval {data_interval_start.isoformat()} {data_interval_end.isoformat()}",
        f"length {int((data_interval_end - data_interval_start).total_seconds())}",
        f"readings {n} of {hours}",
        f"logical {context['logical_date'].isoformat()} {context['ts']}",
    ]
    (base / f"{ts_nodash}.txt").write_text("\n".join(lines) + "\n")


with DAG(
    dag_id="meter_intervals",
    schedule=DeltaDataIntervalTimetable(timedelta(hours=6)),
    start_date=pendulum.datetime(2024, 3, 30, 18, tz="UTC"),
    end_date=pendulum.datetime(2024, 4, 1, tz="UTC"),
    catchup=True,
    max_active_runs=1,
    default_args={"owner": "grid", "retries": 1, "retry_delay": timedelta(seconds=1), "depends_on_past": True},
    tags=["energy"],
) as dag:
    ddl = SQLExecuteQueryOperator(
        task_id="ddl",
        conn_id="warehouse",
        sql="""CREATE TABLE IF NOT EXISTS readings (utc TEXT PRIMARY KEY, local TEXT, local_day TEXT, kwh INTEGER);
               CREATE TABLE IF NOT EXISTS local_days (local_day TEXT PRIMARY KEY, hours INTEGER, seen INTEGER, kwh INTEGER, state TEXT);""",
        split_statements=True,
    )
    read = PythonOperator(task_id="read_meters", python_callable=read_meters)
    length = PythonOperator(task_id="day_length", python_callable=day_length)
    day_bill = SQLExecuteQueryOperator(
        task_id="day_bill",
        conn_id="warehouse",
        sql="""
        {%- set day = ti.xcom_pull(task_ids='day_length', key='local_day') -%}
        {%- set hours = ti.xcom_pull(task_ids='day_length', key='hours') -%}
        INSERT OR REPLACE INTO local_days
        SELECT local_day, {{ hours }}, count(*), sum(kwh),
               CASE WHEN count(*) = {{ hours }} THEN 'complete' ELSE 'partial at {{ data_interval_end.format("HH:mm") }}' END
        FROM readings WHERE local_day = '{{ day }}' GROUP BY local_day
        """,
    )
    out = PythonOperator(task_id="interval_file", python_callable=interval_file)

    ddl >> [read, length] >> day_bill >> out

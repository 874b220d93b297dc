"""Web tracking events -> sessions -> purchase funnel. Can be backfilled day by day from the first of January."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronDataIntervalTimetable

from fernwood_common import paths
from fernwood_common.assets import WEB_SESSIONS
from fernwood_common.cleaning import funnel, sessionize

local_tz = pendulum.timezone("Europe/Berlin")

default_args = {
    "owner": "web-analytics",
    "depends_on_past": True,
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
}


def read_events(day):
    """Events of one day, as the tracker wrote them."""
    lines = paths.raw_events(day).read_text().splitlines()
    return pd.DataFrame([json.loads(line) for line in lines])


def build_sessions(day):
    """Write the sessions of ``day`` and return how many there were."""
    sessions = sessionize(read_events(day))
    sessions.to_parquet(paths.ensure_parent(paths.staged_sessions(day)), index=False)
    return len(sessions)


def build_funnel(day, out_dir):
    out = Path(out_dir) / f"{day}.csv"
    out.parent.mkdir(parents=True, exist_ok=True)
    funnel(read_events(day)).to_csv(out, index=False)


def compare_with_day_before(ti, day, day_before):
    """Log how traffic changed. The first day of a backfill has nothing to compare with."""
    sessions_today = ti.xcom_pull(task_ids="build_sessions")
    before = paths.staged_sessions(day_before)
    change = None
    if before.exists():
        change = round(sessions_today / len(pd.read_parquet(before)) - 1, 3)
    target = paths.ensure_parent(paths.REPORTS / "traffic" / f"{day}.json")
    target.write_text(json.dumps({"day": day, "sessions": sessions_today, "change": change}))
    print(f"{day}: {sessions_today} sessions, change to {day_before}: {change}")


with DAG(
    dag_id="web_events_daily",
    description="Sessions and funnel from the web tracker",
    # keeps data intervals: the run of the night works on the day before
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone=local_tz),
    start_date=datetime(2026, 1, 1, tzinfo=local_tz),
    end_date=datetime(2026, 12, 31, tzinfo=local_tz),
    catchup=True,
    max_active_runs=1,
    default_args=default_args,
    tags=["web", "backfillable"],
) as dag:
    sessions = PythonOperator(
        task_id="build_sessions",
        python_callable=build_sessions,
        op_kwargs={"day": "{{ data_interval_start | ds }}"},
        outlets=[WEB_SESSIONS],
        execution_timeout=timedelta(minutes=20),
    )

    funnel_report = PythonOperator(
        task_id="build_funnel",
        python_callable=build_funnel,
        op_args=["{{ data_interval_start | ds }}", str(paths.CURATED / "funnel")],
    )

    compare = PythonOperator(
        task_id="compare_with_day_before",
        python_callable=compare_with_day_before,
        op_kwargs={
            "day": "{{ data_interval_start | ds }}",
            "day_before": "{{ macros.ds_add(data_interval_start | ds, -1) }}",
        },
        depends_on_past=False,
    )

    sessions >> [funnel_report, compare]

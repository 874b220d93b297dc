"""DAGs that wait for others, in time zones in which the day of a run is not that of UTC."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, moment=None, ds=None):
    Path(DATA_DIR, f"{ds}_{name}.txt").write_text(f"{name} {moment}")


def dag(dag_id, schedule, zone):
    start = datetime(2024, 1, 1, tzinfo=pendulum.timezone(zone))
    return DAG(dag_id, schedule=schedule, start_date=start, catchup=False)


def noting(name, **more):
    return PythonOperator(task_id=name, python_callable=note, op_args=[name], **more)


def wait(dag_id, **before):
    return ExternalTaskSensor(
        task_id="wait", external_dag_id=dag_id, execution_delta=timedelta(**before), poke_interval=1, timeout=5
    )


# Mornings, which are evenings of the day before in UTC.
with dag("tokyo_load", "0 6 * * *", "Asia/Tokyo"):
    noting("loaded")

with dag("tokyo_report", "30 8 * * *", "Asia/Tokyo"):
    wait("tokyo_load", hours=2, minutes=30) >> noting("reported")

# This one asks for the moment, so that its dates are days in Tokyo; the one for which it waits was on the same day of UTC, and the day before in Tokyo.
with dag("tokyo_close", "0 7 * * *", "Asia/Tokyo"):
    noting("closed", op_kwargs={"moment": "{{ ts }}"})

with dag("tokyo_audit", "0 8 * * *", "Asia/Tokyo"):
    wait("tokyo_close", hours=1) >> noting("audited", op_kwargs={"moment": "{{ ts }}"})

with dag("utc_summary", "30 0 * * *", "UTC"):
    wait("tokyo_close", hours=2, minutes=30) >> noting("summed")

# Evenings, which are mornings of the day after in UTC, waiting for an afternoon.
with dag("new_york_load", "0 15 * * *", "America/New_York"):
    noting("traded")

with dag("new_york_report", "0 21 * * *", "America/New_York"):
    wait("new_york_load", hours=6) >> noting("settled")

"""Airflow 2 calls on_success_callback of a task that skipped itself as well, after on_skipped_callback; not that of a task which others skip."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.sensors.base import BaseSensorOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def write(context, line):
    name = f"{context['dag'].dag_id}_{context['ds']}_{context['ti'].task_id}.txt"
    with Path(DATA_DIR, name).open("a") as file:
        file.write(f"{line}\n")


def done(context):
    write(context, "done")


def skipped(context):
    write(context, "skipped")


def odd_days(ds):
    if int(ds[-1]) % 2 == 0:
        raise AirflowSkipException("on odd days only")
    return ds


class NeverSensor(BaseSensorOperator):
    def poke(self, context):
        return False


told_of_all = {"on_success_callback": done, "on_skipped_callback": skipped}

with DAG("skips_told_in_steps", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as in_steps:
    odd = PythonOperator(task_id="odd", python_callable=odd_days, **told_of_all)
    code = BashOperator(task_id="code", bash_command="test {{ ds[-1:] }} != 6 || exit 99", **told_of_all)
    never = NeverSensor(task_id="never", poke_interval=0.1, timeout=0.3, soft_fail=True, **told_of_all)
    after = BashOperator(task_id="after", bash_command="echo", **told_of_all)
    last = BashOperator(task_id="last", bash_command="echo", trigger_rule="all_done", on_success_callback=done)
    [odd, code, never] >> after >> last

with DAG("skips_told_by_sensors", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as by_sensors:
    odd = PythonOperator(task_id="odd", python_callable=odd_days, on_success_callback=done)
    odd >> BashOperator(task_id="after", bash_command="echo", on_success_callback=done)

"""Airflow 2: what code and templates ask a DAG for of its schedule around a date."""

import os
from datetime import datetime
from pathlib import Path

import pendulum
from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator, ShortCircuitOperator

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"), "neighbours")


def latest_only(**context):
    now = pendulum.now("UTC")
    left = context["dag"].following_schedule(context["execution_date"])
    right = context["dag"].following_schedule(left)
    if left < now <= right:
        raise AirflowSkipException()


def window_of(**context):
    left = context["dag"].following_schedule(context["execution_date"])
    return left, context["dag"].following_schedule(left.add(hours=5))


def tell(**context):
    OUT.mkdir(parents=True, exist_ok=True)
    left, right = window_of(**context)
    before = context["dag"].previous_schedule(context["execution_date"])
    lines = [moment.isoformat() for moment in (before, left, right)]
    (OUT / f"{context['dag'].dag_id}_{context['ds']}.txt").write_text("\n".join(lines))


def goes_on(dag, execution_date):
    return dag.previous_schedule(execution_date) < execution_date < dag.following_schedule(execution_date)


with DAG("schedule_neighbours_of_airflow2", schedule="30 6 * * 1-5", start_date=datetime(2024, 1, 1), catchup=False):
    latest = PythonOperator(task_id="latest_only", python_callable=latest_only)
    told = PythonOperator(task_id="tell", python_callable=tell)
    gate = ShortCircuitOperator(task_id="gate", python_callable=goes_on)
    show = BashOperator(
        task_id="show",
        bash_command="echo {{ dag.following_schedule(execution_date).strftime('%Y-%m-%d') }} > $DATA_DIR/neighbours/show_{{ ds }}"
        " && echo {{ (dag.previous_schedule(execution_date) - macros.timedelta(hours=1)).isoformat() }} >> $DATA_DIR/neighbours/show_{{ ds }}",
    )
    latest >> told >> gate >> show

"""Airflow 2: datasets, prev_data_interval_start_success, decorators, mapped tasks, task groups, branch, latest only."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.datasets import Dataset
from airflow.decorators import task, task_group
from airflow.models.baseoperator import chain
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
table = Dataset("postgres://dwh/public/orders")


def _extract(ti, execution_date, **context):
    since = context["prev_data_interval_start_success"]
    rows = execution_date.day
    Path(DATA_DIR, f"extract_{context['ds']}").write_text(f"{rows} {since.isoformat() if since else 'never'}")
    ti.xcom_push(key="rows", value=rows)


def _decide(ti):
    return "big" if ti.xcom_pull(task_ids="extract", key="rows") > 5 else "small.prepare"


def _touch(name, **kwargs):
    Path(DATA_DIR, f"{name}_{kwargs['ds']}").touch()


with DAG(
    dag_id="etl_of_airflow2",
    schedule_interval="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": "etl", "depends_on_past": False},
) as dag:
    extract = PythonOperator(task_id="extract", python_callable=_extract)
    decide = BranchPythonOperator(task_id="decide", python_callable=_decide)
    big = PythonOperator(task_id="big", python_callable=_touch, op_args=["big"])
    with TaskGroup("small") as small:
        prepare = EmptyOperator(task_id="prepare")
        run = BashOperator(task_id="run", bash_command="touch ${DATA_DIR}/small_{{ ds }}")
        prepare >> run
    join = EmptyOperator(task_id="join", trigger_rule=TriggerRule.ONE_SUCCESS)

    @task(outlets=[table])
    def publish(**context):
        Path(DATA_DIR, f"publish_{context['ds']}").write_text(
            str(context["ti"].xcom_pull(task_ids="extract", key="rows"))
        )

    @task
    def parts(ds=None):
        return [f"{ds}_{n}" for n in range(3)]

    @task_group
    def checks(part):
        @task
        def check(part):
            Path(DATA_DIR, f"check_{part}").touch()
            return part

        check(part)

    chain(extract, decide, [big, small], join, publish(), EmptyOperator(task_id="end"))
    checks.expand(part=parts())

"""Branches in a row: into nested groups, on pulled values, with a short circuit that skips in spite of `all_done`."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.sdk import DAG, Label, TaskGroup, task
from airflow.utils.trigger_rule import TriggerRule

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def touch(name, ds, **kw):
    Path(f"{OUT}/{name}_{ds}").touch()
    return name


def pick(**kwargs):
    day = kwargs["logical_date"].day
    if day % 3 == 0:
        return ["grp.inner.x", "left"]
    if day % 2:
        return "left"
    return "grp"


with DAG("branches_in_rows", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    start = EmptyOperator(task_id="start")
    branch = BranchPythonOperator(task_id="branch", python_callable=pick)
    left = PythonOperator(task_id="left", python_callable=touch, op_args=["left"])
    with TaskGroup("grp") as grp:
        with TaskGroup("inner") as inner:
            x = PythonOperator(task_id="x", python_callable=touch, op_args=["x"])
            y = PythonOperator(task_id="y", python_callable=touch, op_args=["y"])
        z = PythonOperator(task_id="z", python_callable=touch, op_args=["z"], trigger_rule=TriggerRule.NONE_FAILED)
        inner >> z
    join = PythonOperator(
        task_id="join", python_callable=touch, op_kwargs={"name": "join"}, trigger_rule="none_failed_min_one_success"
    )
    start >> branch
    branch >> Label("odd") >> left >> join
    branch >> Label("even") >> grp >> join
    branch >> [x, y]

    @task.branch
    def second(ti=None):
        got = ti.xcom_pull(task_ids=["left", "grp.z"])
        return "both" if len([g for g in got if g]) == 2 else None

    @task
    def both(ds=None):
        touch("both", ds)

    @task.short_circuit
    def only_weekdays(dag_run=None):
        return dag_run.logical_date.weekday() < 5

    @task(trigger_rule="all_done")
    def finally_(ds=None):
        touch("finally", ds)

    join >> second() >> both() >> only_weekdays() >> EmptyOperator(task_id="weekday") >> finally_()

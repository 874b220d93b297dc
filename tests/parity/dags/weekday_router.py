"""Branches: weekday operator, short circuit as decorator with a value, branch that returns a group id, two joins in a row."""

import os
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.weekday import BranchDayOfWeekOperator
from airflow.providers.standard.utils.weekday import WeekDay
from airflow.sdk import DAG, TaskGroup, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

with DAG("weekday_router", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1, tz="UTC"), catchup=False) as dag:

    @task
    def touch(name: str, ds=None):
        (DATA_DIR / f"{name}_{ds}").touch()

    weekend = BranchDayOfWeekOperator(
        task_id="weekend",
        follow_task_ids_if_true="rest",
        follow_task_ids_if_false="work",
        week_day={WeekDay.SATURDAY, WeekDay.SUNDAY},
        use_task_logical_date=True,
    )
    rest = EmptyOperator(task_id="rest")

    @task.short_circuit
    def is_first_half(ds=None):
        return int(ds[-2:]) < 9

    with TaskGroup("work_days") as work_days:
        first = touch.override(task_id="first")("first")
        first >> touch.override(task_id="second")("second")

    @task.branch(task_id="work")
    def work(logical_date=None):
        if logical_date.day == 10:
            return []
        return ["is_first_half", "always"] if logical_date.day < 10 else None

    always = touch.override(task_id="always")("always")
    joined = EmptyOperator(task_id="joined", trigger_rule="none_failed_min_one_success")
    end = touch.override(task_id="end", trigger_rule="all_done")("end")
    worked = work()
    weekend >> [rest, worked]
    worked >> [is_first_half(), always]
    dag.get_task("is_first_half") >> work_days
    [work_days, always, rest] >> joined >> end

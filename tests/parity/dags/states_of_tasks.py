"""Airflow 2: tasks and a callback that ask what became of the other tasks of the run, a last one that fails where they did."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator
from airflow.utils.state import State, TaskInstanceState

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, ds, value):
    Path(DATA_DIR, f"{name}_{ds}.json").write_text(json.dumps(value, sort_keys=True))


def fine():
    return 1


def bad(ds):
    if ds == "2024-01-05":
        raise ValueError("no")


def skip():
    raise AirflowSkipException("nothing")


def copied(n, ds):
    if n == 2 and ds == "2024-01-06":
        raise ValueError(n)
    if n == 3:
        raise AirflowSkipException(n)


def summary(ds, **context):
    states = {}
    for ti in context["dag_run"].get_task_instances():
        if ti.task_id not in (context["ti"].task_id, "report", "final"):
            states[f"{ti.task_id} {ti.map_index}"] = ti.state and str(ti.state)
    note("summary", ds, states)


def report(ds, ti, dag_run):
    failed = sorted(one.task_id for one in dag_run.get_task_instances(state=[State.FAILED, "upstream_failed"]))
    one = ti.get_dagrun().get_task_instance("fine")
    note("report", ds, [failed, one.state == TaskInstanceState.SUCCESS, dag_run.get_task_instance("nope") is None])


def final(**kwargs):
    for ti in kwargs["dag_run"].get_task_instances():
        if ti.current_state() in State.failed_states and ti.task_id != kwargs["task_instance"].task_id:
            raise RuntimeError(f"{ti.task_id} failed")


def told(context):
    run = context["dag_run"]
    note("told", context["ds"], sorted(ti.task_id for ti in run.get_task_instances() if ti.state == "failed"))


with DAG(
    "states_of_tasks", schedule="@daily", start_date=datetime(2024, 1, 1), on_failure_callback=told, catchup=False
):
    start, joined = EmptyOperator(task_id="start"), EmptyOperator(task_id="joined")
    tasks = {
        name: PythonOperator(task_id=name, python_callable=fine)
        for name in ("fine", "below", "after_skip", "left", "right")
    }
    failing = PythonOperator(task_id="bad", python_callable=bad)
    skipping = PythonOperator(task_id="skip", python_callable=skip)
    choose = BranchPythonOperator(task_id="choose", python_callable=lambda: ["left", "idle"])
    asking = [
        PythonOperator(task_id=function.__name__, python_callable=function, trigger_rule="all_done")
        for function in (summary, report, final)
    ]
    copies = PythonOperator.partial(task_id="copied", python_callable=copied).expand(op_args=[[1], [2], [3]])
    none = PythonOperator.partial(task_id="none", python_callable=copied).expand(op_args=[])
    idle, unused, after_idle = (EmptyOperator(task_id=name) for name in ("idle", "unused", "after_idle"))
    start >> [tasks["fine"], failing, skipping, choose, copies, none]
    [tasks["fine"], failing] >> tasks["below"] >> joined
    skipping >> tasks["after_skip"]
    choose >> [tasks["left"], tasks["right"], idle, unused]
    [idle, copies] >> after_idle
    (
        [joined, tasks["after_skip"], tasks["left"], tasks["right"], after_idle, unused, none]
        >> asking[0]
        >> asking[1]
        >> asking[2]
    )

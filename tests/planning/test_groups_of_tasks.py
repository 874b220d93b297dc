"""What functions and templates ask of the task group that their task is in."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup, task_group

def told(task, **_):
    return task.task_group.group_id, task.task_group.label, task.task_group.tooltip

def more(ti):
    return ti.task.task_group.children

@task_group(group_id="inner")
def documented():
    '''Of the inside.'''
    PythonOperator(task_id="inside", python_callable=told)

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="alone", python_callable=told)
    PythonOperator(task_id="more", python_callable=more)
    with TaskGroup("outer", tooltip="all"):
        PythonOperator(task_id="in_group", python_callable=told)
        documented()
        with TaskGroup("flat", prefix_group_id=False):
            BashOperator(task_id="shell", bash_command="echo {{ task.task_group.group_id }} {{ task.task_group.label | title }}")
"""


def test_members_of_groups(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    kept = [(row.task_id, row.reason) for row in analysis.plan.dispositions if row.kind == "airflow"]
    assert kept == [("more", "it uses `task.task_group.children` of Airflow's context, which has no translation")]
    code = "".join(
        text for path, text in render_project(analysis.plan, analysis.project, "data").items() if "/defs/d/" in path
    )
    assert 'told(group_id=None, label=None, tooltip="")' in code
    assert 'told(group_id="outer", label="outer", tooltip="all")' in code
    assert 'told(group_id="outer.inner", label="inner", tooltip="Of the inside.")' in code
    assert 'task={"task_group": {"group_id": "outer.flat", "label": "flat"}}' in code

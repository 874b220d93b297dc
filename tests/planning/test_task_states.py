"""What becomes of code that asks what became of the other tasks of its run."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.utils.state import State

def told(context):
    print([ti.task_id for ti in context["dag_run"].get_task_instances(state=State.FAILED)])

def summary(dag_run):
    for ti in dag_run.get_task_instances():
        print(ti.ASKED)

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1), on_failure_callback=told):
    start = EmptyOperator(task_id="start")
    load = BashOperator(task_id="load", bash_command="echo 1")
    MORE
    start >> load >> PythonOperator(task_id="summary", python_callable=summary, trigger_rule="RULE")AFTER
"""


def planned(
    folder: Path, asked: str = "state", rule: str = "all_done", more: str = "", after: str = ""
) -> tuple[dict[str, str], str]:
    """The dispositions of the tasks, and all that is generated and told about the DAG as one text."""
    text = DAG.replace("ASKED", asked).replace("RULE", rule).replace("MORE", more).replace("AFTER", after)
    (folder / "shop.py").write_text(text)
    analysis = analyze(folder, Config())
    files = render_project(analysis.plan, analysis.project, "acme")
    text = "\n".join(files[path] for path in sorted(files) if "/defs/shop/" in path)
    told = "\n".join(f"{delta.airflow} -> {delta.dagster}" for delta in analysis.plan.deltas)
    return {found.task_id: found.kind for found in analysis.plan.dispositions}, f"{text}\n{told}"


def test_a_task_that_asks_for_states_is_a_step_that_reads_the_log_of_its_run(tmp_path: Path) -> None:
    kinds, text = planned(tmp_path)
    assert kinds == {"start": "folded", "load": "step", "summary": "step"}
    assert text.count("TASKS = {") == 1
    assert '"start": PlannedTask(),' in text
    assert '"load": PlannedTask(["start"], "load"),' in text
    assert '"summary": PlannedTask(["load"], "summary", rule="all_done"),' in text
    assert "functools.partial(task_instances, context, TASKS, 'summary')" in text.replace('"summary")', "'summary')")
    assert "told(get_task_instances=functools.partial(task_instances, context, TASKS, " in text


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ("hostname", ""),
        ("state", "load >> BashOperator(task_id='odd', bash_command='', trigger_rule='none_skipped')"),
        ("state", "load >> ShortCircuitOperator(task_id='b', python_callable=len) >> EmptyOperator(task_id='no_work')"),
    ],
)
def test_states_that_the_log_does_not_tell_keep_the_task_in_airflow(tmp_path: Path, asked: str, more: str) -> None:
    assert planned(tmp_path, asked, "all_success", more)[0]["summary"] == "airflow"


def test_the_log_tells_of_copies_and_of_what_a_branch_chose(tmp_path: Path) -> None:
    more = (
        "load >> BashOperator.partial(task_id='each').expand(bash_command=['a', 'b'])\n"
        "    load >> BranchPythonOperator(task_id='b', python_callable=len) >> EmptyOperator(task_id='no_work')"
    )
    kinds, text = planned(tmp_path, more=more)
    assert kinds["summary"] == "step"
    assert '"each": PlannedTask(["load"], "each", mapped=True),' in text
    assert '"no_work": PlannedTask(["b"], ways={"b": "no_work"}),' in text


def test_tasks_that_come_later_have_not_begun(tmp_path: Path) -> None:
    after = " >> BashOperator(task_id='odd', bash_command='rm x', trigger_rule='none_skipped')"
    assert planned(tmp_path, after=after)[0]["summary"] == "step"


def test_it_is_told_where_some_tasks_are_no_part_of_the_run(tmp_path: Path) -> None:
    kinds, text = planned(tmp_path, "hostname", "all_success")
    assert kinds["summary"] == "airflow"
    assert "code asks what became of all tasks of the run -> of `summary` it is told nothing" in text


STATES = """\
import datetime as dt
from airflow.sdk import DAG, task

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1)):

    @task
    def load():
        return 1

    @task(trigger_rule="all_success")
    def summary(ti=None, dag_run=None, **context):
        return ti.get_task_states(ARGUMENTS)

    load() >> summary()
"""


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ("dag_id=ti.dag_id, run_ids=[dag_run.run_id]", "step"),
        ("dag_id=context['dag'].dag_id, run_ids=[context['run_id']], task_ids=['load']", "step"),
        ("dag_id='other', run_ids=[dag_run.run_id]", "airflow"),
        ("dag_id=ti.dag_id, run_ids=['manual__2026']", "airflow"),
        ("dag_id=ti.dag_id, logical_dates=[dag_run.logical_date]", "airflow"),
        ("dag_id=ti.dag_id, run_ids=[dag_run.run_id], task_group_id='all'", "airflow"),
    ],
)
def test_states_of_tasks_of_the_own_run_in_airflow_3(tmp_path: Path, arguments: str, kind: str) -> None:
    (tmp_path / "shop.py").write_text(STATES.replace("ARGUMENTS", arguments))
    analysis = analyze(tmp_path, Config())
    assert {found.task_id: found.kind for found in analysis.plan.dispositions}["summary"] == kind

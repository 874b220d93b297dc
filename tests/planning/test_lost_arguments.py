"""Arguments for which Dagster has nothing: what they did is a row of the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

HEAD = """\
import datetime as dt
from airflow.exceptions import AirflowException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule, task
from airflow.timetables.events import EventsTimetable

def load(table):
    print(table)

"""
WHEN = 'schedule="@daily", start_date=dt.datetime(2026, 3, 1)'


def told(folder: Path, dag: str) -> list[str]:
    (folder / "d.py").write_text(HEAD + dag)
    project = analyze(folder, Config())
    assert not [one for one in project.diagnostics if one.code == "MIG202"]
    return [row.airflow for row in project.plan.deltas]


RETRIES = """
policy = ExceptionRetryPolicy(rules=[RetryRule({rule})]{more})

def fails(**context):
    {raised}

with DAG("d", {when}):
    PythonOperator(task_id="a", python_callable=fails, retries={retries}, retry_policy=policy{given})
"""


@pytest.mark.parametrize(
    ("rule", "given", "followed"),
    [
        ("ValueError", {}, "Rule(ValueError)"),
        (
            'exception=["builtins.ValueError", "subprocess.SubprocessError"]',
            {},
            'Rule((ValueError, "subprocess.SubprocessError"))',
        ),
        ('"google.auth.exceptions.RefreshError"', {}, 'Rule("google.auth.exceptions.RefreshError")'),
        ("ValueError, RetryAction.FAIL, match_subclasses=False", {}, "Rule(ValueError, again=False, exact=True)"),
        ("ValueError, retry_delay=dt.timedelta(minutes=1)", {}, "Rule(ValueError, delay=60)"),
        ("ValueError", {"more": ", default=RetryAction.FAIL"}, "Rule(ValueError), Rule(Exception, again=False)"),
        ("AirflowException", {}, ""),
        ("BaseException", {}, ""),
        ("RuntimeError", {}, "Rule(RuntimeError)"),
        # That is an error of the other class in the project.
        ("RuntimeError", {"raised": "raise AirflowException"}, ""),
        ('"d.Own"', {}, ""),
        # The limit is no error of the function.
        ("ValueError", {"given": ", execution_timeout=dt.timedelta(minutes=1)"}, "Rule(ValueError)"),
        (
            "ValueError",
            {"given": ", execution_timeout=dt.timedelta(minutes=1)", "more": ", default=RetryAction.FAIL"},
            "",
        ),
        ("ValueError", {"given": ", on_failure_callback=print"}, ""),
        ("ValueError", {"raised": "SqliteHook('a').run('select 1')"}, ""),
    ],
)
def test_a_retry_policy_by_kind(tmp_path: Path, rule: str, given: dict[str, str], followed: str) -> None:
    texts = {"more": "", "raised": "print(1)", "given": "", "retries": "2", **given}
    (tmp_path / "d.py").write_text(HEAD + RETRIES.format(rule=rule, when=WHEN, **texts))
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    told = [row for row in analysis.plan.deltas if row.airflow.startswith("`retry_policy` says")]
    text = "".join(
        str(text) for path, text in render_project(analysis.plan, analysis.project, "p").items() if "/d/" in path
    )
    assert len(told) == (not followed)
    assert (f"retried_by_kind({followed})" in " ".join(text.split())) if followed else "retried" not in text


def test_a_retry_policy_of_a_task_without_retries_says_nothing(tmp_path: Path) -> None:
    texts = {"rule": "AirflowException", "more": "", "raised": "print(1)", "given": "", "retries": "0", "when": WHEN}
    assert told(tmp_path, RETRIES.format(**texts)) == []


def test_a_retry_policy(tmp_path: Path) -> None:
    dag = f"""
policy = ExceptionRetryPolicy(rules=[RetryRule(exception="ValueError")])
with DAG("d", {WHEN}):
    BashOperator(task_id="a", bash_command="a", retries=2, retry_policy=policy)
    BashOperator(task_id="b", bash_command="b", retries=2, retry_policy=None)
"""
    assert told(tmp_path, dag) == ["`retry_policy` says by the kind of the error whether and when `a` is tried again"]


def test_what_sensors_do_about_errors_and_states(tmp_path: Path) -> None:
    dag = f"""
def ready():
    return True

with DAG("up", {WHEN}):
    BashOperator(task_id="make", bash_command="make")
with DAG("d", {WHEN}):
    BashOperator(task_id="first", bash_command="a") >> [
        PythonSensor(task_id="silent", python_callable=ready, silent_fail=True),
        PythonSensor(task_id="never", python_callable=ready, never_fail=True),
        PythonSensor(task_id="plain", python_callable=ready, never_fail=False, silent_fail=False),
        ExternalTaskSensor(task_id="skips", external_dag_id="up", skipped_states=["failed"]),
        ExternalTaskSensor(task_id="soft", external_dag_id="up", failed_states=["failed"], soft_fail=True),
        ExternalTaskSensor(task_id="hard", external_dag_id="up", failed_states=["failed"]),
    ]
"""
    rows = [row for row in told(tmp_path, dag) if row.startswith("`")]
    assert rows == [
        "`never_fail`: an error while looking skips `never` and what comes after it",
        "`silent_fail`: an error while looking counts as not there yet, and `silent` looks again",
        "`skipped_states` skips `skips` as soon as what is waited for is in one of them",
        "`soft_fail` skips `soft` as soon as what is waited for is in one of the `failed_states`",
    ]


def test_a_callback_that_comes_after_what_is_called_first(tmp_path: Path) -> None:
    dag = f"""
def first(context):
    print("first")

with DAG("d", {WHEN}):
    BashOperator(task_id="both", bash_command="a", pre_execute=first, on_execute_callback=first)
    BashOperator(task_id="before", bash_command="a", pre_execute=first)
    BashOperator(task_id="called", bash_command="a", on_execute_callback=first)
"""
    assert told(tmp_path, dag) == [
        "`both` calls `on_execute_callback` after `pre_execute`, `run_if` and `skip_if`, and not if one of these skips or fails it"
    ]


def test_a_class_that_has_its_own_beginning_and_links(tmp_path: Path) -> None:
    dag = f"""
class Begins(BaseOperator):
    operator_extra_links = (Link(),)

    def pre_execute(self, context):
        print("first")

    def execute(self, context):
        print("work")

class Plain(BaseOperator):
    operator_extra_links = ()

    def execute(self, context):
        print("work")

def called(context):
    print("called")

with DAG("d", {WHEN}):
    Begins(task_id="both", on_execute_callback=called)
    Plain(task_id="plain", on_execute_callback=called)
"""
    assert told(tmp_path, "from airflow.models import BaseOperator, BaseOperatorLink as Link\n" + dag) == [
        "`both` calls `on_execute_callback` after `pre_execute`, `run_if` and `skip_if`, and not if one of these skips or fails it",
        "the page of `both` has links of the team's own (`operator_extra_links`), which Airflow keeps as XComs, too",
    ]


def test_what_a_dag_does_after_failures(tmp_path: Path) -> None:
    dag = f"""
with DAG("d", {WHEN}, GIVEN):
    BashOperator(task_id="a", bash_command="a") >> BashOperator(task_id="b", bash_command="b")
"""
    found = told(tmp_path, dag.replace("GIVEN", "max_consecutive_failed_dag_runs=3, fail_fast=True"))
    assert "`max_consecutive_failed_dag_runs`: the DAG is paused after 3 failed runs in a row" in found
    assert "`fail_fast`: when a task fails, those that run are ended, and those that wait are skipped" in found
    found = told(tmp_path, dag.replace("GIVEN", "max_consecutive_failed_dag_runs=0, fail_fast=False"))
    assert not [row for row in found if "fail" in row]


def test_runs_by_hand_between_events(tmp_path: Path) -> None:
    dag = """
with DAG("d", schedule=EventsTimetable([dt.datetime(2026, 3, 5)], restrict_to_events={}), start_date=dt.datetime(2026, 3, 1)):
    BashOperator(task_id="a", bash_command="a {{{{ ds }}}}")
"""
    row = "`restrict_to_events`: the data interval of a run that is started by hand is at the last event before it"
    assert row in told(tmp_path, dag.format("True"))
    assert row not in told(tmp_path, dag.format("False"))


NAMES = """
def rows():
    return [{"table": name, "size": 1} for name in "ab"]

def read():
    import json
    return json.loads("[]")

def free(table, **others):
    print(table, others)

def dated(table, **context):
    print(table, context["ds"])

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 3, 1)):
    known = [{"table": "a", "size": 1}, {"table": "b"}]
    PythonOperator.partial(task_id="listed", python_callable=load).expand(op_kwargs=known)
    PythonOperator.partial(task_id="shown", python_callable=load).expand(
        op_kwargs=PythonOperator(task_id="rows", python_callable=rows).output
    )
    found = PythonOperator(task_id="read", python_callable=read)
    PythonOperator.partial(task_id="unknown", python_callable=load).expand(op_kwargs=found.output)
    PythonOperator.partial(task_id="any", python_callable=free).expand(op_kwargs=found.output)
    PythonOperator.partial(task_id="dated", python_callable=dated).expand(op_kwargs=known)
    PythonOperator(task_id="handed", python_callable=load, op_kwargs=found.output)
"""


def test_op_kwargs_that_the_function_does_not_take_are_left_out_or_told(tmp_path: Path) -> None:
    row = "`unknown`, `dated`, `handed` get `op_kwargs` that may have more names than the function takes, which are left out"
    assert row in told(tmp_path, NAMES)
    _, files = generated(tmp_path, {"d.py": HEAD + NAMES})
    code = "".join(text for path, text in files.items() if path.endswith("/d/ops.py"))
    assert 'enumerate([{"table": "a"}, {"table": "b"}])' in code
    assert 'load(table=listed_inputs["table"])' in code
    assert 'load(table=shown_inputs["table"])' in code
    assert "load(**op_kwargs)" in code and "free(**op_kwargs)" in code

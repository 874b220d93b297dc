"""Callbacks of tasks that skip themselves: a step calls them where it shows that it did, and the report tells where it does not."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.model.plan import CreateAsset, CreateOp, MigrationPlan
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException

def note(context):
    print(context["ti"].task_id, context["ds"], {said})

def work(ds):
    if ds == "2026-03-01":
        raise AirflowSkipException("no")

with DAG("d", schedule="@daily", start_date=datetime(2026, 3, 1), default_args={{"on_skipped_callback": note}}):
    a = PythonOperator(task_id="a", python_callable=work)
    b = BashOperator(task_id="b", bash_command="exit 99", trigger_rule="{rule}")
    c = BashOperator(task_id="c", bash_command="echo", trigger_rule="{last}")
    a >> b >> c
    BashOperator(task_id="x", bash_command="echo") >> b
"""


def planned(folder: Path, rule: str = "all_success", last: str = "all_success", said: str = "1") -> MigrationPlan:
    (folder / "d.py").write_text(DAG.format(rule=rule, last=last, said=said))
    return analyze(folder, Config()).plan


def called(plan: MigrationPlan) -> dict[str, list[str]]:
    nodes = [node for node in plan.dags[0].operations if isinstance(node, CreateAsset | CreateOp)]
    return {node.task_id: [call.on for call in node.calls] for node in nodes if node.task_id}


def told(plan: MigrationPlan) -> list[str]:
    return [row.airflow for row in plan.deltas if "on_skipped_callback" in row.airflow]


def test_steps_that_skip_themselves_call_it(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert called(plan) == {"a": ["skip"], "b": ["skip"], "c": [], "x": []}
    assert told(plan) == []


def test_a_step_that_others_may_skip_does_not(tmp_path: Path) -> None:
    plan = planned(tmp_path, "none_failed", "all_done")
    assert called(plan)["a"] == ["skip"]
    assert called(plan)["b"] == []
    assert told(plan) == ["`on_skipped_callback` calls `note` for `b`"]


def test_a_step_that_always_has_a_result_is_not_watched(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DAG.format(rule="none_failed", last="all_done", said="1"))
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "data")["src/data/defs/d/ops.py"]
    assert code.count("@when_skipped(") == 1
    assert '@when_skipped(call_note, "a")\ndef a(' in code


def test_a_function_that_asks_why_gets_no_error(tmp_path: Path) -> None:
    plan = planned(tmp_path, said='context.get("exception")')
    assert called(plan) == {"a": ["skip"], "b": ["skip"], "c": [], "x": []}
    assert told(plan) == []


@pytest.mark.parametrize("skips", [True, False])
def test_it_is_called_where_there_is_no_result(skips: bool) -> None:
    scope: dict[str, object] = {}
    template = Path(__file__).parents[2] / "migrator/codegen/templates/step_events.py.jinja"
    exec(template.read_text(), scope)
    seen: list[tuple[Exception | None, str]] = []
    when_skipped = scope["when_skipped"]
    assert callable(when_skipped)

    def work() -> object:
        if not skips:
            yield dg.Output(1)

    op = dg.op(name="work", out=dg.Out(is_required=False))(
        when_skipped(lambda context, error, task_id: seen.append((error, task_id)), "group.work")(work)
    )
    job = dg.GraphDefinition("all", node_defs=[op]).to_job()
    assert job.execute_in_process().success
    assert seen == ([(None, "group.work")] if skips else [])


SUCCESSES = """\
from datetime import datetime
from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

def note(context):
    print(context["ti"].task_id, context["{said}"])

def work(ds):
    if ds == "2026-03-01":
        raise AirflowSkipException("no")

with DAG("d", schedule="@daily", start_date=datetime(2026, 3, 1), default_args={{"on_success_callback": note}}):
    a = PythonOperator(task_id="a", python_callable=work)
    b = PythonOperator(task_id="b", python_callable=work, trigger_rule="none_failed")
    a >> b >> BashOperator(task_id="c", bash_command="echo", trigger_rule="all_done")
"""


@pytest.mark.parametrize("version", ["2.11", "3.1"])
def test_in_airflow_2_a_skip_counts_as_a_success_for_callbacks(tmp_path: Path, version: str) -> None:
    (tmp_path / "d.py").write_text(SUCCESSES.format(said="ds"))
    plan = analyze(tmp_path, Config(airflow_version=version)).plan
    nodes = [node for node in plan.dags[0].operations if isinstance(node, CreateAsset | CreateOp)]
    counted = [node.task_id for node in nodes for call in node.calls if call.even_skipped]
    silent = [row.dagster for row in plan.deltas if "`b` after it skipped itself as well" in row.airflow]
    assert (counted, len(silent)) == ((["a"], 1) if version == "2.11" else ([], 0))


def test_the_state_that_is_told_of_a_skip_that_counts_differs(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(SUCCESSES.replace('["{said}"]', '["ti"].state').format())
    plan = analyze(tmp_path, Config(airflow_version="2.11")).plan
    told = [row.dagster for row in plan.deltas if "`a` after it skipped itself as well" in row.airflow]
    assert told == ["it is told the state `success`"]

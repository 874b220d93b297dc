"""What an op waits for: one list where nothing before it can be skipped, an input for each where something can."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen.project import render_project
from migrator.config import Config
from migrator.model.plan import CreateOp
from migrator.pipeline import analyze

HEAD = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

def sh(task_id, **options):
    return BashOperator(task_id=task_id, bash_command=f"echo {task_id}", **options)

def choose():
    return "b"

def go_on():
    return False

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
"""


@pytest.mark.parametrize(
    ("body", "task_id", "waits"),
    [
        ('[sh("a"), sh("b")] >> sh("c") >> sh("last")', "c", [{"a", "b"}]),
        ('a, b, c = sh("a"), sh("b"), sh("c")\n    a >> b >> c\n    a >> c', "c", [{"a", "b"}]),
        (
            'pick = BranchPythonOperator(task_id="pick", python_callable=choose)\n'
            '    a, b, c = sh("a"), sh("b"), sh("c")\n    pick >> [a, b] >> c',
            "c",
            [{"a"}, {"b"}],
        ),
        (
            'gate = ShortCircuitOperator(task_id="gate", python_callable=go_on)\n'
            '    a, b, c, d = sh("a"), sh("b"), sh("c"), sh("d")\n    gate >> a\n    [a, b] >> c >> d',
            "c",
            [{"a"}, {"b"}],
        ),
        (
            'skip = BashOperator(task_id="skip", bash_command="exit 99")\n    [skip, sh("b")] >> sh("c")',
            "c",
            [{"skip"}, {"b"}],
        ),
        (
            'a, b = sh("a"), sh("b")\n    [a, b] >> sh("c")\n    [a, b] >> sh("end", trigger_rule="all_done")',
            "c",
            [{"a"}, {"b"}],
        ),
    ],
)
def test_what_an_op_waits_for(tmp_path: Path, body: str, task_id: str, waits: list[set[str]]) -> None:
    (tmp_path / "d.py").write_text(f"{HEAD}    {body}\n")
    (dag,) = analyze(tmp_path, Config()).plan.dags
    (op,) = (one for one in dag.operations if isinstance(one, CreateOp) and one.name == task_id)
    assert [{node for node, _ in order.after} for order in op.orders] == waits


JOB = """
    a = BashOperator(task_id="a", bash_command="echo a > a")
    b = BashOperator(task_id="b", bash_command="touch b")
    c = BashOperator(task_id="c", bash_command="rm a")
    [a, b] >> c >> BashOperator(task_id="last", bash_command="exit 0")
"""


def test_a_job_reads_as_one_writes_it(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(HEAD + JOB)
    analysis = analyze(tmp_path, Config())
    job = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/automation.py"]
    assert "a = ops.a()\n    b = ops.b()\n    c = ops.c(after=[a, b])\n    ops.last(after=c)\n" in job


GIVING_UP = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.sensors.filesystem import FileSensor

with DAG("d", schedule="@daily"):
    wait = FileSensor(task_id="wait", filepath="/in.csv", timeout=60{soft})
    wait >> EmptyOperator(task_id="start") >> BashOperator(task_id="work", bash_command="work", trigger_rule="{rule}")
"""


@pytest.mark.parametrize(
    ("rule", "soft", "becomes"),
    [
        ("all_success", ", soft_fail=True", "sensor"),
        ("none_failed", "", "sensor"),
        ("none_failed", ", soft_fail=True", "step"),
        ("all_done", "", "step"),
    ],
)
def test_a_wait_that_may_be_given_up_is_a_step_where_the_work_goes_on_without(
    tmp_path: Path, rule: str, soft: str, becomes: str
) -> None:
    (tmp_path / "d.py").write_text(GIVING_UP.format(rule=rule, soft=soft))
    kinds = {one.task_id: one.kind for one in analyze(tmp_path, Config()).plan.dispositions}
    assert kinds == {"wait": becomes, "start": "folded", "work": "step"}


ANOTHER = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor

with DAG("other", schedule="@daily"):
    BashOperator(task_id="make", bash_command="make > /made.txt")

with DAG("d", schedule="@daily"):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="other", timeout=60, soft_fail=True)
    wait >> BashOperator(task_id="work", bash_command="work", trigger_rule="{rule}") >> BashOperator(task_id="last", bash_command="last")
"""


@pytest.mark.parametrize(("rule", "becomes"), [("all_success", "sensor"), ("all_done", "step")])
def test_so_is_one_for_another_dag(tmp_path: Path, rule: str, becomes: str) -> None:
    (tmp_path / "d.py").write_text(ANOTHER.format(rule=rule))
    kinds = {one.task_id: one.kind for one in analyze(tmp_path, Config()).plan.dispositions}
    assert kinds["wait"] == becomes

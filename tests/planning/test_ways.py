"""What branches name that does not come right after them; that the same tasks run is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.bodies import Choose
from migrator.model.plan import CreateAsset, CreateOp
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.sdk import DAG, TaskGroup
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import BranchPythonOperator

WAYS = ["later"]

{function}

def bash(name):
    return BashOperator(task_id=name, bash_command="date")

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)) as dag:
    branch = BranchPythonOperator(task_id="branch", python_callable=pick{given})
    with TaskGroup("group"):
        inner, outer = bash("inner"), bash("outer")
        inner >> outer
    left, right, side = bash("left"), bash("right"), bash("side")
    bash("before") >> branch >> [left, right, outer]
    side >> right
    left >> bash("later")
"""

DECORATED = """\
import datetime as dt
from airflow.sdk import DAG, task
from airflow.providers.standard.operators.bash import BashOperator

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)) as dag:

    @task.branch(task_id="pick")
    def pick(ds=None):
        return "left" if ds > "2026" else "right"

    pick() >> [BashOperator(task_id=name, bash_command="date") for name in ("left", "right")]
"""


@pytest.mark.parametrize(
    ("function", "given", "leads_to"),
    [
        ('def pick(): return "left"', "", {}),
        ('def pick(): return "later"', "", {"later": ()}),
        ("def pick(): return WAYS", "", {"later": ()}),
        ('def pick(): return ["side", "left"]', "", {"side": ("right",)}),
        ('def pick(): return "branch"', "", {"branch": ("group.outer", "left", "right")}),
        ('def pick(): return "group"', "", {"group": ("group.outer",)}),
        ("def pick(way): return way", ', op_args=["side"]', {"side": ("right",)}),
        ('def pick(ti): return ti.xcom_pull(task_ids="before") or "left"', "", {}),
        (
            "def pick(ways): return ways.split()",
            ', op_kwargs={"ways": "side later"}',
            {"later": (), "side": ("right",)},
        ),
    ],
)
def test_a_branch_may_name_what_comes_later(
    tmp_path: Path, function: str, given: str, leads_to: dict[str, tuple[str, ...]]
) -> None:
    (tmp_path / "d.py").write_text(DAG.format(function=function, given=given))
    operations = analyze(tmp_path, Config()).plan.dags[0].operations
    steps = [one for one in operations if isinstance(one, CreateAsset | CreateOp)]
    body = next(step.body for step in steps if step.task_id == "branch")
    assert isinstance(body, Choose) and body.leads_to == leads_to


def test_what_a_decorator_calls_the_task_is_not_named_by_it(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DECORATED)
    steps = [one for one in analyze(tmp_path, Config()).plan.dags[0].operations if isinstance(one, CreateOp)]
    body = next(step.body for step in steps if step.task_id == "pick")
    assert isinstance(body, Choose) and not body.leads_to

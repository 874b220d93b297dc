"""Pulls that say which copies they mean; that they give what they gave is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.decorators import task
from airflow.operators.bash import BashOperator
from airflow.models.dag import DAG

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1)):

    @task
    def numbers(ti=None):
        ti.xcom_push(key="mark", value=1)
        return [n for n in range(int(ti.run_id[-1]))]

    @task
    def double(number):
        return 2 * number

    @task
    def taking(ti=None):
        print(ti.xcom_pull({pull}))

    done = double.expand(number=numbers())
    done >> taking()
    done >> BashOperator(task_id="command", bash_command="echo {{{{ ti.xcom_pull({pull}) }}}}")
"""


def of(tmp_path: Path, pull: str, version: str = "3") -> tuple[dict[str, str], str]:
    (tmp_path / "shop.py").write_text(DAG.format(pull=pull))
    analysis = analyze(tmp_path, Config(airflow_version=version))
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    return {one.task_id: one.kind for one in analysis.plan.dispositions}, code


@pytest.mark.parametrize(
    ("pull", "code", "command"),
    [
        ("task_ids='double', map_indexes=-1", "print(None)", '"echo None"'),
        ("task_ids='double', map_indexes=None", "print(None)", '"echo None"'),
        ("task_ids='double', map_indexes=0", "double=double[0]", "echo {double[0]}"),
        (
            "task_ids='double', map_indexes=2",
            "double[2] if len(double) > 2 else None",
            "double[2] if len(double) > 2 else None",
        ),
        ("task_ids=['numbers', 'double'], map_indexes=-1", "value = [numbers, None]", "[numbers, None]"),
        ("task_ids='numbers', map_indexes=0", "print(None)", '"echo None"'),
        ("task_ids='numbers', map_indexes=None", "print(numbers)", "echo {numbers}"),
    ],
)
def test_the_copies_that_are_meant(tmp_path: Path, pull: str, code: str, command: str) -> None:
    kinds, found = of(tmp_path, pull)
    assert kinds["taking"] == kinds["command"] == "step"
    taking, _, shown = found.partition("def taking(")[2].partition("def command(")
    assert code in taking
    assert command in shown


@pytest.mark.parametrize(
    "pull",
    [
        "task_ids='double', map_indexes=[0, 1], default=5",
        "task_ids='double', map_indexes=1, include_prior_dates=True",
        "task_ids='double', map_indexes=params.n",
    ],
)
def test_what_is_not_followed(tmp_path: Path, pull: str) -> None:
    kinds, _ = of(tmp_path, pull)
    assert (kinds["taking"], kinds["command"]) == ("airflow", "airflow")


def test_airflow_2_takes_none_for_all_copies(tmp_path: Path) -> None:
    _, code = of(tmp_path, "task_ids='double', map_indexes=None", "2")
    assert "print(double)" in code

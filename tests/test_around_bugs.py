"""A bug of this tool that meets one DAG takes no other DAG with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from migrator.cli import app
from migrator.config import Config
from migrator.diagnostics import MigratorError
from migrator.pipeline import analyze
from migrator.pipeline.around_bugs import around_bugs

DAG = """\
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
with DAG("{name}", schedule="@daily"):
    BashOperator(task_id="say", bash_command="echo {{{{ ds }}}}")
"""


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    (tmp_path / "dags").mkdir()
    for name in ("one", "bad", "two"):
        (tmp_path / "dags" / f"{name}.py").write_text(DAG.format(name=name))
    return tmp_path / "dags"


def test_a_dag_on_which_planning_fails_stays_in_airflow(dags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from migrator.planning.deltas import dags as deltas

    def finder(dag: Any) -> list[Any]:
        if dag.dag_id == "bad":
            raise KeyError("gone")
        return []

    monkeypatch.setattr(deltas, "_FINDERS", (finder,))
    found = analyze(dags, Config())
    assert {plan.dag_id: plan.form for plan in found.plan.dags} == {"one": "ops", "bad": "airflow", "two": "ops"}
    told = [finding for finding in found.diagnostics if finding.code == "MIG522"]
    assert [(finding.message, finding.span.file) for finding in told] == [
        ("`say` stays in Airflow: a bug of migrate: KeyError: 'gone'", "bad.py")
    ]


def test_a_dag_of_which_no_code_can_be_written_stays_in_airflow(
    dags: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from migrator.codegen import dags as rendering

    render = rendering.render_ops

    def failing(code: Any) -> None:
        if code.plan.dag_id == "bad" and code.plan.form == "ops":
            raise ValueError("no text")
        render(code)

    monkeypatch.setattr(rendering, "render_ops", failing)
    done = CliRunner().invoke(app, ["generate", str(dags), "-o", str(tmp_path / "shop"), "--no-cache"])
    assert done.exit_code == 0, done.output
    assert "MIG522 Bug of this tool" in done.output
    folder = tmp_path / "shop/src/shop/defs"
    assert (folder / "one/ops.py").exists() and (folder / "two/ops.py").exists()
    assert not (folder / "bad/ops.py").exists()


def test_the_first_error_is_raised_where_no_dag_makes_it_by_itself() -> None:
    def whole(refused: Mapping[str, str]) -> str:
        raise KeyError("all")

    with pytest.raises(KeyError, match="all"):
        around_bugs(["a", "b"], whole, lambda chosen: None)
    with pytest.raises(KeyError, match="all"):
        around_bugs(["a", "b"], whole, whole_of_b)


def test_what_takes_several_dags_to_fail_costs_one_of_them() -> None:
    def whole(refused: Mapping[str, str]) -> Mapping[str, str]:
        if {"b", "d"}.isdisjoint(refused):
            raise KeyError("b reads what d keeps")
        return refused

    assert around_bugs(["a", "b", "c", "d"], whole, lambda chosen: None) == {"b": "KeyError: 'b reads what d keeps'"}


def test_wrong_use_goes_through() -> None:
    def whole(refused: Mapping[str, str]) -> str:
        raise MigratorError("MIG507", "no such DAG")

    with pytest.raises(MigratorError):
        around_bugs(["a"], whole, whole_of_b)


def whole_of_b(chosen: Collection[str]) -> None:
    if "b" in chosen:
        raise ValueError("b")

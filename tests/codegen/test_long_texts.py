"""A long text of one line stands in several lines of code."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen.python.long_texts import in_lines
from migrator.codegen.python.serialize import Environment, serialize
from migrator.model.expressions import Expr, Format, InputValue
from tests.codegen.test_factories import generated


def source(value: Expr) -> str:
    return serialize(value, Environment()).text


WORDS = " ".join(f"word{number}" for number in range(30))
NAMED = Format((f"{WORDS} --day=", InputValue("day"), "/", InputValue("hour"), f".csv  {WORDS} ", InputValue("hour")))


@pytest.mark.parametrize(
    "value", [WORDS, f" {WORDS} ", NAMED, Format((InputValue("day"), f" {WORDS} {{}} it's ", InputValue("hour")))]
)
def test_the_text_is_the_same(value: Expr) -> None:
    names = {"day": "2026-01-01", "hour": 7}
    lines = in_lines(value, source)
    assert eval(lines, dict(names)) == eval(source(value), dict(names))
    assert lines.count("word29") == source(value).count("word29")
    assert lines[0] == "("


def test_what_belongs_together_stays_in_one_line() -> None:
    assert "--day={day}/{hour}.csv" in in_lines(NAMED, source)
    assert in_lines("x" * 200, source) == ""
    assert in_lines(Format((InputValue("day"),)), source) == ""


def test_the_rows_of_a_factory_have_one_form(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n\n"
        f'WORDS = "{WORDS}"\n'
        'with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):\n'
        '    for region in ("eu", "us of america and all around"):\n'
        '        BashOperator(task_id=f"a_{region[:2]}", bash_command=f"echo {WORDS[:70]} {region} {region}")\n'
        '    BashOperator(task_id="b", bash_command=f"echo {WORDS}")\n'
    )
    ops = generated(tmp_path)["src/shop/defs/d/ops.py"]
    assert ops.count("def a") == 1
    assert "    command = (\n" in ops


def test_a_command_that_a_function_returns_stays_in_one_piece(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from datetime import datetime\n"
        "from airflow.sdk import DAG, task\n\n"
        'with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):\n\n'
        "    @task.bash\n"
        "    def close_the_line(number):\n"
        "        print(number)\n"
        "        return f'echo {number} ' '{{ ds }} {{ ts_nodash }} {{ data_interval_start | ts }}'\n\n"
        "    close_the_line(7)\n"
    )
    ops = generated(tmp_path)["src/shop/defs/d/ops.py"]
    assert "render_text(" in ops

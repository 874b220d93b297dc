"""Copies of a mapped task that hand over nothing: what those get that take the values of all copies, or of one by its number."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze
from migrator.planning.xcom.returned_none import may_return_none

DAG = """\
import datetime as dt
from airflow.decorators import dag, task
from airflow.exceptions import AirflowSkipException

@dag(schedule=None, start_date=dt.datetime(2026, 1, 1))
def copies():
    @task
    def sizes(n):
        if n > 1:
            return n

    @task
    def found(n):
        if n == 1:
            raise AirflowSkipException
        return n

    @task
    def total(values):
        return sum(values)

    @task(trigger_rule="all_done")
    def pulled(ti=None):
        some = ti.xcom_pull(task_ids="sizes", map_indexes=[2, 0])
        return list(ti.xcom_pull(task_ids="sizes")), ti.xcom_pull(task_ids="sizes", map_indexes=1), some

    @task(trigger_rule="all_done")
    def picked(ti=None):
        return ti.xcom_pull(task_ids="found", map_indexes=1), list(ti.xcom_pull(task_ids="found"))

    all_sizes = sizes.expand(n=[1, 2, 3])
    total(all_sizes)
    all_sizes >> pulled()
    found.expand(n=[1, 2, 3]) >> picked()

copies()
"""


@pytest.mark.parametrize("version", ["2", "3"])
def test_none_is_in_no_list_of_copies_and_keeps_their_numbers(tmp_path: Path, version: str) -> None:
    (tmp_path / "copies.py").write_text(DAG)
    analysis = analyze(tmp_path, Config(airflow_version=version))
    files = render_project(analysis.plan, analysis.project, "data")
    code = "".join(text for path, text in files.items() if "/defs/copies/" in path)
    present = "[value for value in sizes if value is not None]"
    assert "total(values=[value for value in values if value is not None])" in code
    some = "[sizes[2], sizes[0]]"
    some = some if version == "3" else f"[value for value in {some} if value is not None]"
    assert present in code and "sizes[1]" in code and some in code
    rows = [row for row in analysis.plan.deltas if "by the number of the copy" in row.airflow]
    # A copy of `sizes` may fail, and `pulled` runs all the same.
    assert [row.airflow.partition(" handed over")[0] for row in rows] == [
        "`picked` asks for what a copy of `found`",
        "`pulled` asks for what a copy of `sizes`",
    ]


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("return n", False),
        ("return n or None", True),
        ("if n:\n  return n", True),
        ("if n:\n  return 1\n else:\n  raise ValueError", False),
        ("return ROWS.get(n)", True),
        ("return ROWS.get(n, 0)", False),
        ("return requests.get(n)", False),
        ("try:\n  return load(n)\n except OSError:\n  return", True),
        ("try:\n  return load(n)\n finally:\n  print(n)", False),
        ("with open(n) as file:\n  return file.read()", False),
        ("while True:\n  if n:\n   return n", False),
        ("def inner():\n  return None\n return inner()", False),
        ("match n:\n  case 1:\n   return n", True),
        ("print(n)", True),
        ("yield n", False),
    ],
)
def test_functions_that_show_that_they_may_return_none(body: str, known: bool) -> None:
    assert may_return_none(ast.parse(f"def work(n):\n {body}").body[0]) is known


WRITTEN_OUT = """\
import datetime as dt
from airflow.sdk import dag, task
from airflow.exceptions import AirflowSkipException

@dag(schedule=None, start_date=dt.datetime(2026, 1, 1))
def copies():
    @task
    def found(name):
        open(f"/data/{{name}}", "w").write(name)
        if name == "b":
            {way}
        return name

    @task(trigger_rule="{rule}")
    def total(names):
        return sorted(names)

    total(found.expand(name=["a", "b"]))

copies()
"""


@pytest.mark.parametrize(
    ("way", "rule", "lacks"),
    [
        ("print(1)", "all_success", False),
        ("return None", "all_success", True),
        ("raise AirflowSkipException", "none_failed_min_one_success", True),
        ("raise ValueError", "all_done", True),
    ],
)
def test_what_copies_that_are_written_out_do_not_hand_over_is_in_no_list(
    tmp_path: Path, way: str, rule: str, lacks: bool
) -> None:
    (tmp_path / "copies.py").write_text(WRITTEN_OUT.format(way=way, rule=rule))
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    files = render_project(analysis.plan, analysis.project, "data")
    code = "".join(text for path, text in files.items() if "/defs/copies/" in path)
    assert ("[value for value in [found_a, found_b] if value is not None]" in " ".join(code.split())) == lacks

"""Rows into a table: what goes with them, what else the operator does, and what only Airflow can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.codegen import render_project
from migrator.codegen.resources.resources import class_source
from migrator.config import Config
from migrator.model.bodies import UseResource
from migrator.model.expressions import Format
from migrator.operators.rule import Untranslatable
from migrator.pipeline import analyze
from tests.operators.fake import lower, make_task

OPERATOR = "airflow.providers.common.sql.operators.sql.SQLInsertRowsOperator"
GIVEN = {"conn_id": "shop", "table_name": "prices", "rows": [("tea", 3)]}


def inserted(**arguments: Any) -> UseResource:
    body = lower(make_task(OPERATOR, GIVEN | arguments))[0].body
    assert isinstance(body, UseResource)
    return body


def test_rows_go_into_the_table_and_columns() -> None:
    plain = inserted()
    assert (plain.resource, plain.method, plain.arguments) == (
        "shop",
        "insert",
        {"table": "prices", "rows": [("tea", 3)]},
    )
    columns = inserted(schema="raw", columns=["item", "id", "price"], ignored_columns=["id"])
    assert columns.arguments["table"] == Format(("raw", ".", "prices"))
    assert columns.arguments["columns"] == ["item", "price"]


def test_statements_before_and_after_them() -> None:
    body = inserted(preoperator="clear.sql", postoperator=["a", "b"], insert_args={"replace": True, "commit_every": 10})
    assert body.method == "insert_with"
    assert body.arguments["before"] == [("file", "clear.sql")]
    assert body.arguments["after"] == ["a", "b"]
    assert body.arguments["replace"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        {"rows": [{"item": "tea"}]},
        {"ignored_columns": ["id"]},
        {"rows_processor": "f"},
        {"database": "other"},
        {"insert_args": {"chunks": 1}},
    ],
)
def test_what_only_the_hook_knows_stays(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        inserted(**arguments)


def test_the_method_does_all_in_order() -> None:
    calls: list[Any] = []
    scope: dict[str, Any] = {}
    text = class_source("database", ["insert", "insert_with"])
    method = text[text.index("    def insert_with(") :]
    method = method[: method.index("self.run(*after)") + len("self.run(*after)")]
    exec(f"from collections.abc import Iterable, Sequence\nfrom typing import Any\nclass Shop:\n{method}\n", scope)
    shop = scope["Shop"]()
    shop.run = lambda *statements: calls.append(statements)
    shop.insert = lambda *given: calls.append(given)
    shop.insert_with("prices", [(1,)], before=["a"], after=["b"])
    assert calls == [("a",), ("prices", [(1,)], None), ("b",)]


_PROCESSED = """
from datetime import datetime

from airflow.exceptions import AirflowSkipException
from airflow.providers.common.sql.operators.sql import SQLInsertRowsOperator
from airflow.sdk import DAG, task


def dated(rows, ds, **_):
    return [(ds, *row) for row in rows]


def sometimes(rows, **context):
    if context["ds"] == "2024-01-01":
        raise AirflowSkipException("none")
    return rows


with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):

    @task
    def extract():
        return [("a", 1)]

    given = {"conn_id": "w", "table_name": "t"}
    SQLInsertRowsOperator(task_id="one", rows=[("tea", 3)], rows_processor=dated, **given)
    SQLInsertRowsOperator(task_id="two", rows=extract(), rows_processor=lambda rows, **_: rows[:1], **given)
    SQLInsertRowsOperator(task_id="three", rows=[("tea", 3)], rows_processor=sometimes, **given)
"""


def test_rows_are_what_the_teams_own_function_makes_of_them(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(_PROCESSED)
    result = analyze(tmp_path, Config())
    assets = render_project(result.plan, result.project, "p")["src/p/defs/d/assets.py"]
    assert "def dated(rows, ds):" in assets
    assert 'rows=dated(rows=[("tea", 3)], ds=context.partition_key)' in assets
    assert 'table="t", rows=rows_processor(rows=rows)' in assets
    stays = {found.task_id for found in result.plan.dispositions if found.kind == "airflow"}
    assert stays == {"three"}, "a function that may skip the task is no argument"

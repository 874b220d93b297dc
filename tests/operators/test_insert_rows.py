"""Rows into a table: what goes with them, what else the operator does, and what only Airflow can do."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import UseResource
from migrator.model.expressions import Format
from migrator.operators.rule import Untranslatable
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

"""The classes of hooks that projects have themselves: they do what Airflow's do, and what they lack is known."""

from __future__ import annotations

import ast
import importlib
import json
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from migrator.codegen.helpers import helper_modules
from migrator.operators.hook_classes import HOOK_CLASSES, lacking

OF_DATABASES = """
    bulk_dump bulk_load connection connection_extra connection_extra_lower connector copy_expert dialect dialect_name escape_column_names
    escape_word_format get_autocommit get_aws_iam_token get_azure_iam_token get_conn get_conn_id get_connection get_connections get_cursor
    get_db_log_messages get_df get_df_by_chunks get_first get_iam_token get_pandas_df get_pandas_df_by_chunks get_records get_reserved_words
    get_sqlalchemy_engine get_table_primary_key get_table_schema get_uri insert_rows insert_statement_format inspector last_description log
    placeholder replace_statement_format reserved_words run set_autocommit split_sql_string sqlalchemy_scheme sqlalchemy_url
    strip_sql_string supports_autocommit test_connection upsert_rows
""".split()
"""Members of PostgresHook that code may ask for (Airflow 2.11 and 3.3, common.sql 2.4), those of OpenLineage and of Airflow's user interface aside."""
OF_HTTP = """
    auth_type base_url check_response default_headers default_host get_conn get_connection log method run run_and_check run_with_advanced_retry
    test_connection url_from_endpoint
""".split()


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of a project that uses all of them."""
    names = ", ".join(sorted(HOOK_CLASSES))
    for path, text in helper_modules([f"from shop_hooks.hooks import {names}"], "shop_hooks", "../dags").items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "src" / "shop_hooks" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.setenv("WAREHOUSE_URL", f"sqlite:///{tmp_path}/data/warehouse.db")
    yield importlib.import_module("shop_hooks.hooks")
    for name in [name for name in sys.modules if name.startswith("shop_hooks")]:
        del sys.modules[name]


@pytest.mark.parametrize(("name", "members"), [("PostgresHook", OF_DATABASES), ("HttpHook", OF_HTTP)])
def test_what_airflows_class_has_is_there_or_known_to_be_missing(
    hooks: ModuleType, name: str, members: list[str]
) -> None:
    made = getattr(hooks, name)()
    there = {member for member in members if hasattr(type(made), member) or member in vars(made)}
    assert there | HOOK_CLASSES[name].lacks >= set(members)
    assert not there & HOOK_CLASSES[name].lacks


def test_each_class_is_in_the_module_and_takes_its_arguments(hooks: ModuleType) -> None:
    for name, known in HOOK_CLASSES.items():
        made = getattr(hooks, name)(**{known.connection: "warehouse"}, **dict.fromkeys(known.arguments, ""))
        assert getattr(made, made.conn_name_attr) == "warehouse"
        assert getattr(hooks, name).default_conn_name == known.default_connection


def test_a_database_is_asked_as_airflow_asks_it(hooks: ModuleType) -> None:
    hook = hooks.SqliteHook("warehouse", log_sql=False)
    assert hook.run("CREATE TABLE sales (day TEXT, amount INTEGER)") is None
    hook.insert_rows("sales", [("a", 1), (datetime(2024, 1, 5), 2), (None, 3)], target_fields=["day", "amount"])
    rows = [("a", 1), ("2024-01-05T00:00:00", 2), (None, 3)]
    assert hook.get_records("SELECT * FROM sales ORDER BY amount") == rows
    assert hook.get_first("SELECT amount FROM sales WHERE day = ?", parameters=("a",)) == (1,)
    assert hook.get_first("SELECT amount FROM sales WHERE day = 'b'") is None
    texts = ["SELECT 1", "SELECT 2"]
    assert hook.run(texts, handler=lambda cursor: cursor.fetchone()) == [(1,), (2,)]
    joined = "; ".join(texts)
    assert hook.run(joined, handler=lambda cursor: cursor.fetchone(), split_statements=True) == (2,)
    each = hook.run(joined, handler=lambda cursor: cursor.fetchone(), split_statements=True, return_last=False)
    assert each == [(1,), (2,)]
    assert [column[0] for column in hook.last_description] == ["2"]
    with pytest.raises(ValueError, match="empty"):
        hook.run(" ")
    assert [row["name"] for row in hook.get_table_schema("sales")] == ["day", "amount"]
    assert list(hook.get_pandas_df("SELECT amount FROM sales")["amount"]) == [1, 2, 3]


def test_what_fails_is_not_committed(hooks: ModuleType) -> None:
    hook = hooks.SqliteHook("warehouse")
    hook.run("CREATE TABLE sales (amount INTEGER NOT NULL)")
    with pytest.raises(Exception, match="NOT NULL"):
        hook.run(["INSERT INTO sales VALUES (1)", "INSERT INTO sales VALUES (NULL)"])
    assert hook.get_records("SELECT * FROM sales") == []


def test_rows_take_the_place_of_those_with_the_same_key(hooks: ModuleType) -> None:
    insert = hooks.PostgresHook("warehouse")._insert_statement
    assert insert("t", 2, ["a", "b"], True, replace_index="a") == (
        "INSERT INTO t (a, b) VALUES (%s,%s) ON CONFLICT (a) DO UPDATE SET b = excluded.b"
    )
    assert insert("t", 1, ["a"], True, replace_index=["a"]).endswith("ON CONFLICT (a) DO NOTHING")
    assert hooks.MySqlHook("warehouse")._insert_statement("t", 1, None, True) == "REPLACE INTO t  VALUES (%s)"


def test_another_database_of_the_same_server(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB_URL", "postgresql+psycopg2://me:secret@host:5432/main")
    assert hooks.PostgresHook("shop-db", schema="other").get_uri().endswith("host:5432/other")
    monkeypatch.setenv("SNOW_URL", "snowflake://me:secret@account/db/public?warehouse=small")
    url = hooks.SnowflakeHook("snow", schema="raw", warehouse="large").sqlalchemy_url
    assert (url.database, url.query["warehouse"]) == ("db/raw", "large")


class _Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if "missing" in self.path else 200)
        self.end_headers()
        told = {name: self.headers.get(name) for name in ("Authorization", "X-Team")}
        self.wfile.write(json.dumps({"path": self.path, **told}).encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.mark.parametrize("as_json", [True, False])
def test_a_web_service_is_asked_as_airflow_asks_it(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    fields = {"conn_type": "http", "host": "127.0.0.1", "port": port, "login": "me", "password": "pass"}
    told = json.dumps({**fields, "extra": {"X-Team": "growth", "timeout": 5}})
    monkeypatch.setenv("API_URL", told if as_json else f"http://me:pass@127.0.0.1:{port}/?X-Team=growth")
    try:
        hook = hooks.HttpHook("get", http_conn_id="api")
        answer = hook.run("v1/orders", data={"day": "2024-01-05"}).json()
        assert answer["path"] == "/v1/orders?day=2024-01-05"
        assert answer["X-Team"] == "growth"
        assert answer["Authorization"].startswith("Basic ")
        with pytest.raises(RuntimeError, match="404"):
            hook.run("/missing")
        assert hook.run("/missing", extra_options={"check_response": False}).status_code == 404
    finally:
        server.shutdown()


def test_what_is_lacking_is_seen_in_calls_and_in_methods_of_the_same_name() -> None:
    names = frozenset({"SqliteHook"})
    assert lacking(names, "hook.bulk_load('t', path)") == "bulk_load"
    assert lacking(names, "class A(SqliteHook):\n    def _generate_insert_sql(self): ...") == "_generate_insert_sql"
    assert lacking(names, "hook.run('SELECT 1')") == ""
    assert lacking(frozenset({"PostgresHook"}), "hook.bulk_load('t', path)") == ""


def test_classes_only_come_when_they_are_asked_for() -> None:
    text = helper_modules(["from shop.hooks import SqliteHook"], "shop", "../dags")["src/shop/hooks.py"]
    assert [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)] == [
        "DatabaseHook",
        "SqliteHook",
    ]

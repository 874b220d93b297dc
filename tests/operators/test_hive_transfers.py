"""Tables of Hive that rows and files become, and rows of Hive that become those of MySQL."""

from __future__ import annotations

import csv
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import UseResource
from migrator.model.expressions import ResourceValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service

TRANSFERS = "airflow.providers.apache.hive.transfers."
MYSQL = TRANSFERS + "mysql_to_hive.MySqlToHiveOperator"
MSSQL = TRANSFERS + "mssql_to_hive.MsSqlToHiveOperator"
S3 = TRANSFERS + "s3_to_hive.S3ToHiveOperator"
TO_MYSQL = TRANSFERS + "hive_to_mysql.HiveToMySqlOperator"


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any], list[str]]:
    lowering = lower(make_task(operator, arguments))[0]
    assert isinstance(lowering.body, UseResource)
    return lowering.body.method, dict(lowering.body.arguments), [delta.dagster for delta in lowering.deltas]


def test_arguments_go_to_the_methods() -> None:
    rows = {"sql": "a.sql", "hive_table": "raw.a", "delimiter": "\t"}
    method, given, deltas = asked(MYSQL, **rows, partition={"dt": "x"}, quoting=3, recreate=True)
    assert (method, given["source"], given["query"]) == (
        "load_query",
        ResourceValue("mysql_default"),
        ("file", "a.sql"),
    )
    assert (given["partition"], given["quoting"], given["recreate"], deltas) == ({"dt": "x"}, 3, True, [])
    assert "DOUBLE" in asked(MSSQL, **rows)[2][0] and asked(MSSQL, **rows, create=False)[2] == []
    method, given, _ = asked(S3, s3_key="s3://drops/a.csv", hive_table="a", field_dict={"id": "INT"}, headers=True)
    assert (method, given["bucket"], given["key"], given["header"]) == ("load_object", "drops", "a.csv", True)
    method, given, _ = asked(TO_MYSQL, sql="SELECT 1", mysql_table="t", mysql_postoperator="CALL done()")
    assert (method, given["after"], given["table"]) == ("insert_query", ["CALL done()"], "t")


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (S3, {"s3_key": "s3://drops/*.csv", "wildcard_match": True}),
        (S3, {"s3_key": "s3://drops/a.gz", "headers": True, "input_compressed": True}),
        (TO_MYSQL, {"sql": "SELECT 1", "mysql_table": "t", "hive_conf": {"a": "b"}}),
    ],
)
def test_what_the_methods_do_not_do_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What a stand-in for `beeline` is called with, is to run, and finds in the file that it is to load."""
    found: dict[str, Any] = {"lines": ""}
    for name in ("beeline", "hive"):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*"\nfor file; do :; done\ncat "$file"\n'
            f"""sed -n "s/LOAD DATA LOCAL INPATH '\\([^']*\\)'.*/\\1/p" "$file" | xargs -r cat > {tmp_path}/lines\n"""
            'grep -q broken "$file" && exit 3 || exit 0\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found["lines"] = tmp_path / "lines"
    return found


class _Source:
    """A database whose driver tells the types of columns, as MySQL's and SQL Server's do."""

    def __init__(self, *types: Any) -> None:
        self.types = types

    def connect(self) -> Any:
        types = self.types

        class Cursor(sqlite3.Cursor):
            @property
            def description(self) -> Any:
                return [(column[0], kind) for column, kind in zip(super().description, types, strict=True)]

        class Connection(sqlite3.Connection):
            def cursor(self, *_: Any, **__: Any) -> Any:
                return super().cursor(Cursor)

        return sqlite3.connect(":memory:", factory=Connection)


def test_rows_of_a_query_are_loaded(loaded: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    hive = service("hive_cli", "load_query", url="hive://me:secret@host/ods")
    ran: list[list[str]] = []
    run = type(hive).run
    monkeypatch.setattr(type(hive), "run", lambda self, hql: [ran.append(hql.split(";\n")[:-1]), run(self, hql)])
    query = "SELECT 1 AS id, 'a' AS name, 1.5 AS amount"
    hive.load_query(_Source(3, 253, 246), query, "raw.a", {"dt": "2024-01-05"}, recreate=True, properties={"k": "v"})
    drop, create, load = ran[0]
    assert drop == "DROP TABLE IF EXISTS raw.a"
    assert create == (
        "CREATE TABLE IF NOT EXISTS raw.a (`id` BIGINT, `name` STRING, `amount` DOUBLE) PARTITIONED BY (dt STRING) "
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\x01' STORED AS textfile TBLPROPERTIES('k'='v')"
    )
    assert load.startswith("LOAD DATA LOCAL INPATH '/") and load.endswith(
        "INTO TABLE raw.a PARTITION (dt='2024-01-05')"
    )
    assert loaded["lines"].read_text() == "1\x01a\x011.5\n"
    hive.load_query(_Source(int, str, Decimal), query, "raw.a", delimiter=",", quoting=csv.QUOTE_ALL)
    assert "(`id` INT, `name` STRING, `amount` FLOAT)" in ran[1][0]
    assert loaded["lines"].read_text() == '"1","a","1.5"\n'
    hive.load_query(_Source(3, 253, 246), query, "raw.a", create=False)
    assert len(ran[2]) == 1
    with pytest.raises(RuntimeError, match="beeline -u jdbc:hive2://host:10000/ods -n me -p secret -f"):
        hive.run("broken")


def test_lines_of_an_object_are_loaded(loaded: dict[str, Any]) -> None:
    class Store:
        def download_as(self, bucket: str, key: str, path: str) -> None:
            Path(path).write_text("ID,Name\n1,a\n")

    hive = service("hive_cli", "load_object")
    columns = {"id": "INT", "name": "STRING"}
    hive.load_object(Store(), "drops", "a.csv", "raw.a", columns)
    assert loaded["lines"].read_text() == "ID,Name\n1,a\n"
    hive.load_object(Store(), "drops", "a.csv", "raw.a", columns, header=True, check_header=True)
    assert loaded["lines"].read_text() == "1,a\n"
    with pytest.raises(ValueError, match="the columns of"):
        hive.load_object(Store(), "drops", "a.csv", "raw.a", {"id": "INT"}, header=True, check_header=True)


def test_rows_are_asked_for_before_what_they_replace_is_deleted() -> None:
    calls: list[Any] = []
    scope: dict[str, Any] = {}
    text = class_source("database", ["insert", "insert_query", "insert_after"])
    method = text[text.index("    def insert_query(") :]
    method = method[: method.index("self.run(*after)") + len("self.run(*after)")]
    exec(f"from collections.abc import Sequence\nclass Shop:\n{method}\n", scope)
    shop, source = scope["Shop"](), scope["Shop"]()
    source.run = lambda sql: calls.append(sql) or [(1,)]
    shop.run = lambda *statements: calls.append(statements)
    shop.insert = lambda *given: calls.append(given)
    shop.insert_query(source, "SELECT 1", "t", before=["DELETE"], after=["CALL"])
    assert calls == ["SELECT 1", ("DELETE",), ("t", [(1,)], None), ("CALL",)]

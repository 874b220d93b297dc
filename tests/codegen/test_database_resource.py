"""What the resource of databases does, with SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from migrator.codegen.python.module import Module
from migrator.codegen.resources.resources import render_classes
from migrator.model.plan import CreateResource

METHODS = ("execute", "run_with", "cursor", "connect", "frame", "frames", "frame_options", "insert", "insert_replace")


def names_of(*methods: str) -> dict[str, Any]:
    """The module with the class as it has these methods, executed."""
    module: Module = render_classes([CreateResource("warehouse", "database", "warehouse", "", None, methods)], "shop")
    names: dict[str, Any] = {}
    exec("\n".join([*sorted(module.imports), *module.blocks]), names)
    return names


@pytest.fixture
def database(tmp_path: Path) -> Any:
    made = names_of(*METHODS)["SqlDatabase"](url=f"sqlite:///{tmp_path}/a/shop.db")
    made.run("CREATE TABLE stock (sku TEXT PRIMARY KEY, qty INTEGER, seen TEXT)")
    made.insert("stock", [("a", 1, None), ("b", 2, datetime(2024, 1, 5, tzinfo=UTC))])
    return made


def test_rows_take_the_place_of_those_with_the_same_key(database: Any) -> None:
    database.insert("stock", [("b", 3), ("c", 4)], ["sku", "qty"], replace=True)
    assert database.run("SELECT sku, qty FROM stock ORDER BY 1") == [("a", 1), ("b", 3), ("c", 4)]
    with pytest.raises(Exception, match="UNIQUE"):
        database.insert("stock", [("a", 9)], ["sku", "qty"])


def test_sqlite_takes_dates_as_text(database: Any) -> None:
    assert database.first_row("SELECT seen FROM stock WHERE sku = 'b'") == ("2024-01-05T00:00:00+00:00",)
    assert database.first_row("SELECT seen, qty + 1 FROM stock WHERE sku = 'a'") == (None, 2)


@pytest.mark.parametrize(
    ("key", "columns", "ending"),
    [
        (None, ["sku", "qty"], " ON CONFLICT (sku) DO UPDATE SET qty = excluded.qty"),
        ("qty", ["sku", "qty"], " ON CONFLICT (qty) DO UPDATE SET sku = excluded.sku"),
        (["sku", "qty"], ["sku", "qty"], " ON CONFLICT (sku, qty) DO NOTHING"),
    ],
)
def test_how_other_databases_replace(key: Any, columns: list[str], ending: str) -> None:
    names = names_of("insert", "insert_replace")
    names["inspect"] = lambda connection: SimpleNamespace(
        get_pk_constraint=lambda table, schema: {
            "constrained_columns": ["sku"] if (table, schema) == ("a", "b") else []
        }
    )
    connection = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    assert names["_replacing"](connection, "b.a", columns, key) == ("INSERT", ending)
    with pytest.raises(ValueError, match="only be replaced"):
        names["_replacing"](connection, "b.a", (), key)
    duckdb = SimpleNamespace(dialect=SimpleNamespace(name="duckdb"))
    assert names["_replacing"](duckdb, "a", (), None) == ("INSERT OR REPLACE", "")
    mysql = SimpleNamespace(dialect=SimpleNamespace(name="mysql"))
    assert names["_replacing"](mysql, "a", (), None) == ("REPLACE", "")


def test_what_a_handler_makes_of_the_cursor(database: Any) -> None:
    assert database.run_with("SELECT sum(qty) FROM stock", lambda cursor: cursor.fetchone()[0]) == 3
    assert database.run_with("UPDATE stock SET qty = 0 WHERE sku <> ?", lambda cursor: cursor.rowcount, ("b",)) == 1
    asked = database.run_with(["SELECT 1", "SELECT 2"], lambda cursor: cursor.fetchall())
    assert asked == [[(1,)], [(2,)]]
    assert database.run("SELECT qty FROM stock ORDER BY sku") == [(0,), (2,)]


def test_what_returns_nothing(database: Any) -> None:
    assert database.execute(["DELETE FROM stock WHERE sku = 'a'", "SELECT 1"]) is None
    assert database.cursor().execute("SELECT count(*) FROM stock").fetchone() == (1,)


def test_frames(database: Any) -> None:
    assert database.frame("SELECT * FROM stock", index_col="sku")["qty"].to_dict() == {"a": 1, "b": 2}
    named: Mapping[str, Any] = {"most": 1}
    assert list(database.frame("SELECT sku FROM stock WHERE qty <= :most", named)["sku"]) == ["a"]
    assert list(database.frame("SELECT sku FROM stock WHERE qty > %(least)s", {"least": 1})["sku"]) == ["b"]
    assert list(database.frame("SELECT sku FROM stock WHERE qty > ?", [1])["sku"]) == ["b"]
    chunks = database.frames("SELECT sku FROM stock WHERE qty > ? ORDER BY 1", (0,), chunksize=1)
    assert [list(chunk["sku"]) for chunk in chunks] == [["a"], ["b"]]


def test_a_file_is_copied(tmp_path: Path) -> None:
    """As psycopg2 does it; a stand-in writes or reads the file."""
    names = names_of("connect", "copy_file", "copy_from_file", "copy_to_file")
    asked = []

    class Cursor:
        def copy_expert(self, sql: str, file: Any) -> None:
            asked.append((sql, file.read()))
            if "TO" in sql:
                file.seek(0)
                file.write("b\t2\n")

        def close(self) -> None:
            asked.append(("closed", ""))

    connection = SimpleNamespace(cursor=Cursor, commit=lambda: asked.append(("commit", "")), close=lambda: None)

    class Stubbed(names["SqlDatabase"]):  # type: ignore[misc]
        def connect(self) -> Any:
            return connection

    file = tmp_path / "rows.tsv"
    file.write_text("a\t1\tand more\n")
    Stubbed(url="").copy_from_file("stock", str(file))
    Stubbed(url="").copy_to_file("stock", str(file))
    assert file.read_text() == "b\t2\n"
    assert asked == [
        ("COPY stock FROM STDIN", "a\t1\tand more\n"),
        ("commit", ""),
        ("closed", ""),
        ("COPY stock TO STDOUT", "a\t1\tand more\n"),
        ("commit", ""),
        ("closed", ""),
    ]

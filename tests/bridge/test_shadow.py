"""Shadow runs: what is written goes somewhere else, and is compared with what is real."""

from __future__ import annotations

import datetime as dt
import sqlite3
import textwrap
from pathlib import Path

import duckdb
import pytest

from migrator.bridge.auth import Settings
from migrator.bridge.client import AirflowClient
from migrator.bridge.shadow import Options, shadow_run
from migrator.bridge.shadow.files import compare_file, copy_folder, state_of, written
from migrator.bridge.shadow.sql import NotRedirected, rewrite
from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry, Inventory, TaskEntry
from migrator.state.shadow import ShadowResult, read_results
from tests.bridge.fake_airflow import START, FakeAirflow, serving


@pytest.mark.parametrize(
    ("sql", "expected", "tables"),
    [
        ("SELECT * FROM t", "SELECT * FROM t", []),
        ("INSERT INTO t SELECT * FROM s", "INSERT INTO sh.t SELECT * FROM s", ["t"]),
        ("DELETE FROM a.t WHERE a.t.x = %(d)s", "DELETE FROM sh.t WHERE sh.t.x = %(d)s", ["a.t"]),
        (
            "DELETE FROM t; INSERT INTO t SELECT t.x /* t */ FROM s JOIN t ON 't' = t.x",
            "DELETE FROM sh.t; INSERT INTO sh.t SELECT t.x /* t */ FROM s JOIN sh.t ON 't' = t.x",
            ["t"],
        ),
        ('UPDATE "T" SET a = 1', 'UPDATE sh."T" SET a = 1', ["T"]),
        ("CREATE TABLE IF NOT EXISTS t (x int)", "CREATE TABLE IF NOT EXISTS sh.t (x int)", ["t"]),
        ("CREATE OR REPLACE VIEW v AS SELECT * FROM s", "CREATE OR REPLACE VIEW sh.v AS SELECT * FROM s", ["v"]),
        ("DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS sh.t", ["t"]),
        ("TRUNCATE TABLE t", "TRUNCATE TABLE sh.t", ["t"]),
        (
            "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
            "MERGE INTO sh.t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
            ["t"],
        ),
        (
            "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
            "WITH x AS (DELETE FROM sh.t RETURNING *) SELECT * FROM x",
            ["t"],
        ),
        ("CREATE TEMP TABLE w AS SELECT 1", "CREATE TEMP TABLE w AS SELECT 1", []),
        ("CREATE INDEX i ON t (x)", "SELECT 1", []),
    ],
)
def test_names_are_replaced_and_nothing_else(sql: str, expected: str, tables: list[str]) -> None:
    found = rewrite(sql, "postgres", "sh", ())
    assert (found.sql, [".".join(name) for name in found.written]) == (expected, tables)


def test_what_was_written_before_is_read_from_there() -> None:
    assert rewrite("SELECT * FROM t, s", "postgres", "sh", [("t",)]).sql == "SELECT * FROM sh.t, s"
    assert rewrite("WITH t AS (SELECT 1) SELECT * FROM t", "postgres", "sh", [("t",)]).sql.endswith("FROM t")


@pytest.mark.parametrize(
    "sql",
    [
        "COPY t TO '/srv/x.csv'",
        "CALL publish()",
        "DO $$ BEGIN END $$",
        "SELECT * INTO n FROM t",
        "GRANT ALL ON t TO x",
        "CREATE SCHEMA s",
        "DROP SCHEMA s",
        "INSERT INTO",
        "DELETE FROM a.t; DELETE FROM b.t",
        "CREATE FUNCTION f() RETURNS int AS 'SELECT 1' LANGUAGE sql",
    ],
)
def test_what_cannot_be_redirected_is_refused(sql: str) -> None:
    with pytest.raises(NotRedirected):
        rewrite(sql, "postgres", "sh", ())


@pytest.mark.parametrize(
    ("name", "real", "mine", "different"),
    [
        ("a.csv", "x,y\n1,2\n3,4\n", "x,y\n3,4\n1,2\n", ""),
        ("a.csv", "x\n1\n", "x\n1\n2\n", "1 rows in Airflow, 2 in Dagster"),
        ("a.csv", "x\n1\n", "y\n1\n", "other columns"),
        ("a.csv", "x\n1\n", "x\n2\n", "1 rows, but other values"),
        ("a.json", '{"a": 1, "b": 2}', '{"b": 2,\n"a": 1}', ""),
        ("a.json", '{"a": 1}', '{"a": 2}', "differ"),
        ("a.bin", "ab", "ac", "differ"),
    ],
)
def test_files_are_compared_by_what_they_hold(tmp_path: Path, name: str, real: str, mine: str, different: str) -> None:
    one, two = tmp_path / "1" / name, tmp_path / "2" / name
    for path, text in ((one, real), (two, mine)):
        path.parent.mkdir()
        path.write_text(text)
    found = compare_file(one, two, name).different
    assert different in found
    assert bool(found) == bool(different)


def test_a_folder_is_copied_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a.txt").write_text("a" * 100)
    before = copy_folder(tmp_path / "real", tmp_path / "copy", 1000)
    (tmp_path / "copy/b.txt").write_text("b")
    assert written(before, state_of(tmp_path / "copy")) == ["b.txt"]
    with pytest.raises(MigratorError, match="holds more than"):
        copy_folder(tmp_path / "real", tmp_path / "other", 99)


PROJECT = """
import os
import subprocess
from pathlib import Path

import dagster as dg
import duckdb
from sqlalchemy import create_engine, text

FOLDER = Path(os.environ["SALES_DIR"])
day = {"partitions_def": dg.DailyPartitionsDefinition("2026-01-01"), "retry_policy": dg.RetryPolicy(max_retries=3, delay=900)}


def run(*statements):
    with create_engine(os.environ["SHOP_DB_URL"]).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@dg.asset(**day)
def fill(context):
    key = context.partition_key
    run(f"DELETE FROM daily WHERE day = '{key}'", f"INSERT INTO daily SELECT day, sum(n) FROM orders WHERE day = '{key}' GROUP BY 1")
    (FOLDER / f"{key}.csv").write_text("n\\n" + (FOLDER / "rows.txt").read_text())


@dg.asset(**day)
def append(context):
    run("INSERT INTO daily SELECT day, n FROM orders")


@dg.asset(**day)
def outside(context):
    Path(os.environ["OUTSIDE"]).write_text("x")


@dg.asset(**day)
def program(context):
    subprocess.run(["true"], check=True)


@dg.asset(**day)
def direct(context):
    duckdb.connect(os.environ["DUCK_FILE"]).execute("DELETE FROM daily")


@dg.asset(**day)
def rates(context, prices: dict) -> dict:
    key = context.partition_key
    with create_engine(f"duckdb:///{os.environ['DUCK_FILE']}").begin() as connection:
        connection.execute(text(f"DELETE FROM daily WHERE day = '{key}'"))
        connection.execute(text(f"INSERT INTO daily SELECT day, sum(n) FROM orders WHERE day = '{key}' GROUP BY 1"))
    return {"rates": [price * 2 for price in prices["all"]]}


@dg.asset(**day)
def broken(context):
    raise ValueError("no rates for this day")


defs = dg.Definitions(assets=[fill, append, outside, program, direct, rates, dg.AssetSpec("prices"), broken])
"""
TASKS = ("fill", "append", "outside", "program", "direct", "rates", "prices", "broken", "mail", "gone")


class Shop:
    def __init__(self, root: Path) -> None:
        self.root = root
        package = root / "project/src/shadowed_shop"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "definitions.py").write_text(textwrap.dedent(PROJECT))
        self.migration = package / "migration"
        (root / "data").mkdir()
        (root / "data/rows.txt").write_text("1\n2\n")
        (root / "data/2026-01-02.csv").write_text("n\n1\n2\n")
        self.database = root / "shop.db"
        with sqlite3.connect(self.database) as connection:
            connection.executescript(
                "CREATE TABLE orders (day text, n int); INSERT INTO orders VALUES ('2026-01-02', 1), ('2026-01-02', 2);"
                "CREATE TABLE daily (day text, n int); INSERT INTO daily VALUES ('2026-01-01', 9), ('2026-01-02', 3);"
            )
        self.duck = root / "shop.duckdb"
        with duckdb.connect(str(self.duck)) as other:
            other.execute("CREATE TABLE orders AS SELECT '2026-01-02' AS day, unnest([1, 2]) AS n")
            other.execute("CREATE TABLE daily (day text PRIMARY KEY, n bigint)")
            other.execute("INSERT INTO daily VALUES ('2026-01-01', 9), ('2026-01-02', 3)")
        tasks = tuple(
            TaskEntry(
                task_id=name,
                operator="X",
                disposition="hook" if name == "mail" else "asset",
                node="" if name == "mail" else name,
                assets=((name,),),
                partitioned=True,
            )
            for name in TASKS
        )
        self.entry = DagEntry(dag_id="sales", file="sales.py", form="assets", folder="sales", job="sales", tasks=tasks)
        self.inventory = Inventory(
            package="shadowed_shop",
            airflow_version="3",
            dags=(self.entry,),
            settings=(("SALES_DIR", ""), ("MISSING", "")),
        )
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "SALES_DIR": str(root / "data"),
            "SHOP_DB_URL": f"sqlite:///{self.database}",
            "OUTSIDE": str(root / "outside.txt"),
            "DUCK_FILE": str(self.duck),
        }

    def run(self, task_id: str, airflow: AirflowClient | None = None) -> ShadowResult:
        task = next(task for task in self.entry.tasks if task.task_id == task_id)
        before = self.state
        try:
            return shadow_run(
                self.root / "project",
                self.migration,
                self.inventory,
                self.entry,
                task,
                "2026-01-02",
                Options(),
                airflow,
                self.environment,
            )
        finally:
            assert self.state == before

    @property
    def state(self) -> tuple[object, ...]:
        """All that is real."""
        with sqlite3.connect(self.database) as connection:
            dump = tuple(connection.iterdump())
        files = {path.name: path.read_bytes() for path in (self.root / "data").iterdir()}
        with duckdb.connect(str(self.duck), read_only=True) as other:
            tables = other.execute(
                "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
            ).fetchall()
            rows = other.execute("SELECT * FROM daily ORDER BY ALL").fetchall()
        return dump, files, tables, rows, (self.root / "outside.txt").exists()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def test_a_run_that_makes_the_same(shop: Shop) -> None:
    result = shop.run("fill")
    assert (result.equal, result.rows_airflow, result.rows_dagster) == (True, 4, 4), result.what
    assert "table daily" in result.what
    assert "2026-01-02.csv" in result.what
    assert read_results(shop.migration, "sales")[-1] == result


def test_a_run_that_makes_something_else(shop: Shop) -> None:
    result = shop.run("append")
    assert (result.equal, result.what) == (False, "table daily: 2 rows in Airflow, 4 in Dagster")


@pytest.mark.parametrize(
    ("version", "equal"),
    [pytest.param(2, True, marks=pytest.mark.slow), (3, True), pytest.param(3, False, marks=pytest.mark.slow)],
)
def test_tables_of_duckdb_and_values_of_airflow(shop: Shop, version: int, equal: bool) -> None:
    airflow = FakeAirflow(version, dags={"sales": False})
    airflow.add_run("sales", "run", START, logical_date=dt.datetime(2026, 1, 2, tzinfo=dt.timezone.utc))
    airflow.xcoms = {("run", "prices"): {"all": [1, 2]}, ("run", "rates"): {"rates": [2, 4 if equal else 5]}}
    with serving(airflow):
        result = shop.run("rates", AirflowClient(Settings(airflow.url, username="admin", password="admin")))
    assert result.equal is equal
    assert ("table daily" in result.what, "value of rates" in result.what) == (equal, True), result.what


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "code", "told"),
    [
        ("outside", "MIG650", "outside.txt"),
        ("program", "MIG650", "starts a program"),
        ("direct", "MIG650", "shop.duckdb"),
        ("broken", "MIG651", "no rates for this day"),
        ("mail", "MIG650", "nothing that does the work"),
        ("gone", "MIG650", "no asset `gone`"),
    ],
)
def test_what_is_not_possible_is_not_kept(shop: Shop, task: str, code: str, told: str) -> None:
    kept = read_results(shop.migration, "sales")
    with pytest.raises(MigratorError, match=told) as caught:
        shop.run(task)
    assert caught.value.code == code
    assert read_results(shop.migration, "sales") == kept

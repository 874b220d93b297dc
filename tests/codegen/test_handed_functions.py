"""Functions of the team's own that are handed on: what a task gives them to, and where they stand."""

from __future__ import annotations

import sys

import pytest

from migrator.codegen import render_project
from migrator.codegen.python.library_names import module_of_name
from migrator.config import Config
from migrator.pipeline import analyze

_HEADER = """
import datetime, itertools
from datetime import datetime as moment
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, dag

def use(f, n):
    return f(n)

class Rows:
    def __init__(self, n):
        self.n = n

    def some(self, cursor):
        return cursor.fetchmany(self.n)

    @staticmethod
    def every(cursor):
        return cursor.fetchall()

    def __call__(self, cursor):
        return cursor.fetchone()

with DAG("DAG_ID", schedule=None, start_date=moment(2026, 1, 1)):
"""
_INSIDE = """
    def first(cursor):
        return cursor.fetchone()

    SQLExecuteQueryOperator(task_id="a", conn_id="w", sql="SELECT 1", handler=first)
"""
_REDEFINED = """
    def pick(n):
        return [n]
    PythonOperator(task_id="a", python_callable=use, op_kwargs={"f": pick, "n": 1})
    def pick(n):
        return {n}
    PythonOperator(task_id="b", python_callable=use, op_kwargs={"f": pick, "n": 1})
"""
_NESTED = """
    def build(limit):
        def cut(rows):
            return rows[:limit]
        PythonOperator(task_id="a", python_callable=use, op_kwargs={"f": cut, "n": []})
        PythonOperator(task_id="b", python_callable=use, op_kwargs={"f": lambda rows: rows[limit:], "n": []})
    build(3)
"""
_OF_A_LOOP = """
    def build(part):
        def named(n):
            return (n, part)
        PythonOperator(task_id=f"a_{part}", python_callable=use, op_kwargs={"f": named, "n": 1})
        PythonOperator(task_id=f"b_{part}", python_callable=use, op_kwargs={"f": lambda n: {n: part}, "n": 1})
        PythonOperator(task_id=f"c_{part}", python_callable=lambda n: [n, part], op_args=[1])
    for part in ("x", "y"):
        build(part)
"""
_METHODS = """
    for name, handler in {"some": Rows(2).some, "every": Rows.every, "one": Rows(3)}.items():
        SQLExecuteQueryOperator(task_id=name, conn_id="w", sql="SELECT 1", handler=handler)
"""
_LIBRARY = """
    for name, f in {"a": datetime.datetime.fromisoformat, "b": itertools.chain.from_iterable, "c": str.upper}.items():
        PythonOperator(task_id=name, python_callable=use, op_kwargs={"f": f, "n": "2026-01-01"})
"""


_BODIES = {
    "inside": _INSIDE,
    "redefined": _REDEFINED,
    "nested": _NESTED,
    "rows": _OF_A_LOOP,
    "methods": _METHODS,
    "library": _LIBRARY,
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each DAG's modules."""
    folder = tmp_path_factory.mktemp("dags")
    for name, body in _BODIES.items():
        (folder / f"{name}.py").write_text(_HEADER.replace("DAG_ID", name) + body)
    result = analyze(folder, Config())
    assert {found.kind for found in result.plan.dispositions} == {"step"}, result.diagnostics
    files = {path: text for path, text in render_project(result.plan, result.project, "p").items() if "/defs/" in path}
    for path, text in files.items():
        compile(text, path, "exec")
    return {name: "".join(text for path, text in files.items() if f"/{name}/" in path) for name in _BODIES}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("inside", ["def first(cursor):", "handler=first"]),
        ("redefined", ["    return [n]", "def pick_2(n):\n    return {n}", "use(f=pick,", "use(f=pick_2,"]),
        ("nested", ["limit = 3", "def cut(rows):", "use(f=cut,", "def f(rows):", "use(f=f,"]),
        (
            "rows",
            [
                "def named(n, *, part):",
                "use(f=functools.partial(named, part=part)",
                "def f(n, *, part):",
                "use(f=functools.partial(f, part=part)",
                "def c_x_function(n, *, part):",
                "c_x_function(n=1, part=part)",
            ],
        ),
        ("methods", ["handler=Rows(n=2).some", "handler=Rows.every", "handler=Rows(n=3)"]),
        ("library", ["datetime.fromisoformat", "chain.from_iterable", "str.upper"]),
    ],
)
def test_a_function_that_is_handed_on(modules: dict[str, str], name: str, lines: list[str]) -> None:
    assert [line for line in lines if line not in modules[name]] == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (("datetime.datetime", "now"), ("datetime", "datetime.now")),
        (("os.path", "join"), ("os.path", "join")),
        (("os.environ", "get"), ("os", "environ.get")),
        (("builtins.str", "upper"), ("builtins", "str.upper")),
        (("pandas.DataFrame", "from_dict"), ("pandas", "DataFrame.from_dict")),
        (("google.cloud.storage", "Client"), ("google.cloud.storage", "Client")),
        (("", "print"), ("", "print")),
    ],
)
def test_the_module_of_a_library_name(name: tuple[str, str], wanted: tuple[str, str]) -> None:
    assert module_of_name(*name) == wanted


def test_a_module_that_code_names_is_not_imported() -> None:
    """`this` prints when it is imported, `antigravity` opens a browser."""
    for name in ("this", "antigravity"):
        assert name not in sys.modules
        assert module_of_name(f"{name}.part", "x") == (name, "part.x")
        assert name not in sys.modules

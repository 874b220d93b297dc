"""Modules of the folder without what needs Airflow."""

from __future__ import annotations

import ast

from migrator.analyzers.callables import CallableAnalyzer
from tests.analyzers.callables.describe import FIXTURES, callable_of, project_from, project_of


def analyzer(**files: str) -> CallableAnalyzer:
    return CallableAnalyzer(project_from({f"{name.replace('__', '/')}.py": text for name, text in files.items()}))


def test_a_module_keeps_what_does_not_need_airflow() -> None:
    carried = CallableAnalyzer(project_of(FIXTURES / "folder")).carried("dags/common/hooks.py")
    assert (
        carried.text
        == "# Said by the API's documentation.\nPAGE = 100\n\n\ndef pages(rows):\n    return rows // PAGE\n\n\n"
    )
    assert set(carried.missing) == {"SambaHook", "fetch", "everything"}
    assert carried.imports == ()


def test_a_module_without_airflow_is_carried_byte_for_byte() -> None:
    text = "import os\r\n\r\nX = 1 # x\r\n\r\n  # odd\r\n"
    carried = analyzer(a=text).carried("a.py")
    assert (carried.text, carried.dropped, carried.missing) == (text, (), {})


MIXED = '''"""Doc."""
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import boto3
from airflow.hooks.base import BaseHook

if TYPE_CHECKING:
    from airflow.sdk import Context

try:
    from airflow.sdk import Variable
except ImportError:
    from airflow.models import Variable

CLIENT = boto3.client("s3", BaseHook.get_connection("aws").get_hook())
NAMES = ["a"]
NAMES.append(Variable.get("name"))
SAFE = os.sep


class Mixed:
    def one(self):
        return SAFE

    def two(self):
        return BaseHook


def annotated(context: Context) -> BaseHook:
    return json.dumps(SAFE)


def reads_names():
    return NAMES


def inside():
    from airflow.models import DagBag

    return DagBag


def plain():
    return annotated(None)


for name in NAMES:
    print(name)
'''


def test_airflow_spreads_to_all_that_reads_it() -> None:
    carried = analyzer(a=MIXED).carried("a.py")
    tree = ast.parse(carried.text)
    kept = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert kept == ["annotated", "reads_names", "plain"]
    assert [name.module for name in carried.imports if not name.type_checking] == ["__future__", "json", "os", "typing"]
    assert set(carried.missing) == {"BaseHook", "CLIENT", "Mixed", "Variable", "boto3", "inside"}
    assert carried.missing["Mixed"] == "uses `airflow.hooks.base.BaseHook` of Airflow"
    replaced = [(use.kind, use.name, use.function) for use in carried.uses]
    assert replaced == [
        ("variable", "name", None),
        ("annotation", "Context", "annotated"),
        ("annotation", "BaseHook", "annotated"),
    ]


REPLACED = """
from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.models import Variable as V
LEVEL = V.get("level", "info")
def local():
    from airflow.models import Variable
    return Variable.get("a")
def fails():
    raise AirflowException("x")
def skips():
    raise AirflowSkipException("x")
def unknown(name):
    return V.get(name)
def default(name):
    return V.get("b", default_var=name)
def other():
    V.set("a", 1)
def shadowed(os):
    return V.get("c")
"""


def test_what_has_a_replacement_stays_with_its_uses() -> None:
    left_out = {"AirflowException", "AirflowSkipException", "V"}
    carried = analyzer(a=REPLACED.partition("def shadowed")[0]).carried("a.py")
    assert set(carried.missing) == left_out
    assert [(use.kind, use.name) for use in carried.uses] == [
        ("variable", "level"),
        ("alias", "Variable"),
        ("variable", "a"),
        ("exception", "AirflowException"),
        ("exception", "AirflowSkipException"),
        ("stored", ""),
        ("variable", "b"),
        ("stored", "a"),
    ]


def test_nothing_is_replaced_by_a_name_that_means_something_else() -> None:
    carried = analyzer(a=REPLACED).carried("a.py")
    assert {"LEVEL", "local", "shadowed"} <= set(carried.missing)
    assert [use.kind for use in carried.uses] == ["exception", "exception", "stored", "stored"]


def test_annotations_that_are_evaluated_count() -> None:
    text = "from airflow.models import DAG\ndef f(dag: list[DAG] = [DAG()]): pass\ndef g(dag: 'DAG'): pass\n"
    assert set(analyzer(a=text).carried("a.py").missing) == {"DAG", "f"}
    text = "from airflow.models import DAG\ndef f(dag: DAG): pass\ndef g(dag: 'DAG'): pass\n"
    carried = analyzer(a=text).carried("a.py")
    assert (set(carried.missing), [use.kind for use in carried.uses]) == ({"DAG"}, ["annotation"] * 2)
    assert set(analyzer(a="from __future__ import annotations\n" + text).carried("a.py").missing) == {"DAG"}


def test_airflow_spreads_over_modules_and_circles() -> None:
    files = {
        "a": "import b\nfrom c import *\ndef f(): return b.g()\ndef h(): return b.k()\ndef s(): return starred()\n",
        "b": "from airflow.models import DAG\nimport a\ndef g(): return DAG\ndef k(): return a.h()\ndef m(): return a.f()\n",
        "c": "from b import g as renamed\ndef starred(): return renamed()\ndef other(): return 1\n",
    }
    found = analyzer(**files)
    assert set(found.carried("a.py").missing) == {"f", "s"}
    assert set(found.carried("b.py").missing) == {"DAG", "g", "m"}
    assert set(found.carried("c.py").missing) == {"renamed", "starred"}
    assert set(analyzer(**files).carried("b.py").missing) == {"DAG", "g", "m"}


def test_a_callable_that_needs_what_is_left_out_is_blocked() -> None:
    dag = """
from helpers import *
from helpers import hooked as h, plain
import helpers
import pkg.inner as i
def a(): return plain()
def b(): return h()
def c(): return helpers.hooked()
def d(): return hooked()
def e():
    from helpers import hooked
def g(): return i.x(), helpers.plain()
"""
    found = analyzer(
        dag=dag,
        helpers="from airflow import DAG\nimport numpy\ndef hooked(): return DAG, numpy\ndef plain(): return 1\n",
        pkg__inner="import helpers\ndef x(): return helpers.plain()\n",
    )
    blocked = {name: bool(found.facts(callable_of(found, "dag.py", name)).blockers) for name in "abcdeg"}
    assert blocked == {"a": False, "b": True, "c": True, "d": True, "e": True, "g": False}
    facts = found.facts(callable_of(found, "dag.py", "b"))
    assert facts.blockers[0].reason == "needs `hooked` of `helpers.py`, which uses `airflow.DAG` of Airflow"
    plain = found.facts(callable_of(found, "dag.py", "g"))
    assert plain.closure.local_modules == ("helpers.py", "pkg/inner.py")
    assert plain.closure.third_party == ()


def test_a_module_and_a_function_of_one_name() -> None:
    found = analyzer(
        dag="from clean import clean\nfrom tools import clean as module\ndef f(): return clean()\ndef g(): return module.x\n",
        clean="from airflow import DAG\ndef clean(): return DAG\n",
        tools__clean="x = 1\n",
    )
    assert found.facts(callable_of(found, "dag.py", "f")).blockers
    assert not found.facts(callable_of(found, "dag.py", "g")).blockers


def test_files_that_cannot_be_read() -> None:
    found = analyzer(dag="import broken\ndef f(): return broken.x\n", broken="def (")
    assert found.carried("broken.py").text == "def ("
    assert [b.reason for b in found.facts(callable_of(found, "dag.py", "f")).blockers] == [
        "needs a module that cannot be read: `broken.py`: invalid syntax"
    ]

"""What the top of a file tells libraries comes along with the functions for which that holds."""

from __future__ import annotations

import pytest

from migrator.analyzers.callables import EFFECT, CallableAnalyzer
from tests.analyzers.callables.describe import callable_of, moved, project_from

FILE = """\
import csv, decimal, locale, logging, random, socket, sqlite3, ssl, sys, warnings
import nest_asyncio
import numpy as np
import pandas as pd
import requests
from airflow import DAG
from airflow.models import Variable
from dagfactory import load_yaml_dags
from dotenv import load_dotenv
from psycopg2.extensions import AsIs, register_adapter
from pandas import set_option

WIDTH = 80
log = logging.getLogger(__name__)
def adapt(value): return AsIs(value)

{statement}

def plain(): return 1
def frames(): return pd.DataFrame()
def asks(): return requests.get("https://shop.example")
def reads():
    from csv import reader
    return reader("x")
"""
ALL = ["plain", "frames", "asks", "reads"]
TOLD = {
    "register_adapter(np.ndarray, adapt)": ALL,
    "sqlite3.register_adapter(dict, str)": ALL,
    "nest_asyncio.apply()": ALL,
    "load_dotenv()": ALL,
    "pd.set_option('display.width', WIDTH)": ["frames"],
    "set_option('display.width', WIDTH)": ["frames"],
    "pd.options.display.width = WIDTH": ["frames"],
    "requests.adapters.DEFAULT_RETRIES = 5": ["asks"],
    "csv.field_size_limit(sys.maxsize)": ["reads"],
    "socket.setdefaulttimeout(30)": ALL,
    "locale.setlocale(locale.LC_ALL, 'de_DE')": ALL,
    "ssl._create_default_https_context = ssl._create_unverified_context": ALL,
    "decimal.getcontext().prec = 12": ALL,
    "decimal.getcontext().traps[decimal.Inexact] = True": ALL,
    "sys.setrecursionlimit(5000)": ALL,
    "random.seed(7)": ALL,
    "try:\n    locale.setlocale(locale.LC_ALL, 'de_DE')\nexcept locale.Error:\n    print('as it is')": ALL,
    "try:\n    locale.setlocale(locale.LC_ALL, 'de_DE')\nexcept locale.Error as e:\n    log.warning('none: %s', e)": ALL,
    "if hasattr(ssl, '_old'):\n    ssl._create_default_https_context = ssl._old": ALL,
    "for kind in (dict, list):\n    register_adapter(kind, adapt)": ALL,
}
NOT_TOLD = [
    "warnings.filterwarnings('ignore')",
    "logging.basicConfig(level='INFO')",
    "print('loads')",
    "log.setLevel('INFO')",
    "logging.getLogger('urllib3').setLevel('INFO')",
    "load_yaml_dags(globals_dict=globals())",
    "globals().update({'a': 1})",
    "sys.path.append('/opt')",
    "sys.setdefaultencoding('utf8')",
    "requests.post('https://shop.example')",
    "if sys.argv:\n    random.seed(7)\n    load_yaml_dags(globals_dict=globals())",
    "if __name__ == '__main__':\n    random.seed(7)",
    "def seeds():\n    random.seed(7)",
]


@pytest.mark.parametrize(("statement", "names"), TOLD.items(), ids=TOLD)
def test_it_comes_along_with_what_it_holds_for(statement: str, names: list[str]) -> None:
    analyzer, code = _moved(statement)
    assert [name for name in ALL if statement in code[name]] == names
    for name in names:
        facts = analyzer.facts(callable_of(analyzer, "d.py", name))
        assert not facts.blockers
        assert ("WIDTH = 80" in code[name]) == ("WIDTH" in statement)
        assert ("def adapt" in code[name]) == ("adapt)" in statement)


def test_statements_that_tell_one_library_do_not_ask_for_each_other() -> None:
    told = ("register_adapter(dict, adapt)", "register_adapter(list, adapt)")
    _, code = _moved("\n".join(told))
    assert all(statement in code["plain"] for statement in told)


@pytest.mark.parametrize("statement", NOT_TOLD)
def test_other_statements_stay(statement: str) -> None:
    analyzer, code = _moved(statement)
    assert not [name for name in ALL if statement in code[name]]
    assert not analyzer.environment_changes("d.py")


def test_what_asks_airflow_is_lost_and_keeps_no_function_from_moving() -> None:
    analyzer, code = _moved("csv.field_size_limit(int(Variable.get('limit')))")
    assert "field_size_limit" not in code["reads"]
    assert [lost.kind for lost in analyzer.environment_changes("d.py")] == [EFFECT]
    assert not analyzer.facts(callable_of(analyzer, "d.py", "reads")).blockers


def _moved(statement: str) -> tuple[CallableAnalyzer, dict[str, str]]:
    analyzer = CallableAnalyzer(project_from({"d.py": FILE.replace("{statement}", statement)}))
    source = analyzer.project.sources["d.py"]
    return analyzer, {name: moved(analyzer.facts(callable_of(analyzer, "d.py", name)), source) for name in ALL}

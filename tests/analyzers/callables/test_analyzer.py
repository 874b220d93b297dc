"""What the callable's surroundings change in its facts, and input that cannot be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from migrator.analyzers.callables import (
    CONTEXT_KEYS,
    DICT_KEYS,
    LIVE_KEYS,
    PLAIN_KEYS,
    CallableAnalyzer,
    CallableFacts,
    given_parameters,
)
from migrator.model.airflow import Task
from migrator.model.source import Span
from migrator.model.values import CallableValue, Making, ObjectValue, Parameter, Symbolic, XComValue
from tests.analyzers.callables.describe import FIXTURES, callable_of, moved, project_from, project_of


def facts_of(code: str, name: str = "f", closure: dict[str, Any] | None = None, **files: str) -> CallableFacts:
    sources = {"dag.py": code, **{f"{path.replace('__', '/')}.py": text for path, text in files.items()}}
    analyzer = CallableAnalyzer(project_from(sources))
    return analyzer.facts(callable_of(analyzer, "dag.py", name, closure))


def reasons(facts: CallableFacts) -> list[str]:
    return [blocker.reason for blocker in facts.blockers]


def uses(facts: CallableFacts) -> list[tuple[str, str]]:
    return [(use.kind, use.name) for use in facts.context_uses]


FACTORY = """
def make(region, day, hook):
    prefix = f"data/{region}"

    def export():
        return prefix, region, day, hook

    return export
"""


def test_plain_values_of_an_enclosing_function_are_carried_as_constants() -> None:
    closure = {"prefix": "data/eu", "region": "eu", "day": dt.date(2024, 1, 2), "hook": None}
    facts = facts_of(FACTORY, "make.<locals>.export", closure)
    assert reasons(facts) == []
    assert facts.closure.constants == closure
    assert [piece.names for piece in facts.closure.pieces] == [("export",)]


@pytest.mark.parametrize("value", [ObjectValue("x.Hook"), Symbolic("variable", "v", name="v"), [ObjectValue("x.Hook")]])
def test_objects_of_an_enclosing_function_are_to_be_given_by_the_caller(value: Any) -> None:
    facts = facts_of(FACTORY, "make.<locals>.export", {"prefix": "p", "region": "eu", "day": 1, "hook": value})
    found = [(use.name, use.detail["value"]) for use in facts.context_uses if use.kind == "enclosed"]
    assert (found, reasons(facts)) == ([("hook", value)], [])


@pytest.mark.parametrize(
    ("body", "members"),
    [
        ("print(self.name, [tag for tag in self.tags])", [("name", "x"), ("tags", ["a"])]),
        ("print(self.name); self.log()", []),
        ("print(self.name, self)", []),
        ("self.name = 'y'", []),
        ("self.name, other = self.tags", []),
        ("def inner(self):\n                print(self.missing)\n            return inner, self.name", [("name", "x")]),
    ],
)
def test_attributes_that_are_read_of_an_object_around_a_function(body: str, members: list[Any]) -> None:
    code = f"""
class Builder:
    def build(self):
        def work():
            {body}
        return work
"""
    maker = CallableValue("Builder", "Builder", "dag", "class")
    value = ObjectValue("dag.Builder", (), {"name": "x", "tags": ["a"]}, made=Making(maker))
    facts = facts_of(code, "Builder.build.<locals>.work", {"self": value})
    (use,) = [use for use in facts.context_uses if use.kind == "enclosed"]
    assert [(member.name, member.detail["value"]) for member in use.detail["members"]] == members
    assert all(code[m.span.start : m.span.end] == f"self.{m.name}" for m in use.detail["members"])


CHOICES = {
    "if": """
        from acme.version import AIRFLOW_3
        if AIRFLOW_3:
            from airflow.sdk import get_current_context
        elif AIRFLOW_3 is None:
            from airflow.operators.python import get_current_context
        else:
            from airflow.decorators import get_current_context
""",
    "try": """
        try:
            from airflow.sdk import get_current_context
        except ImportError:
            from airflow.operators.python import get_current_context
""",
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_where_airflow_is_imported_from_is_not_chosen_any_more(choice: str) -> None:
    code = f"def f():\n{choice}        return get_current_context()['ds']\n".replace("\n        ", "\n    ")
    facts = facts_of(code)
    cut = [code[use.span.start : use.span.end].strip() for use in facts.context_uses if use.kind == "alias"]
    assert reasons(facts) == []
    assert [one.split()[0].rstrip(":") for one in cut] == (["from", "if"] if "if AIRFLOW" in choice else ["try"])
    assert [use.name for use in facts.context_uses if use.kind == "key"] == ["ds"]
    assert facts.closure.imports == ()


def test_results_of_tasks_in_an_enclosing_function_forbid_the_move() -> None:
    closure = {"prefix": "p", "region": "eu", "day": 1, "hook": XComValue("first")}
    facts = facts_of(FACTORY, "make.<locals>.export", closure)
    assert reasons(facts) == ["reads `hook` of the function around it, whose value is not known"]


def test_a_variable_read_in_an_enclosing_function_is_a_use_there() -> None:
    code = """
from airflow.decorators import dag, task
from airflow.models import Variable

@dag
def d():
    bucket = Variable.get("bucket")

    @task
    def f():
        return bucket
"""
    facts = facts_of(code, "d.<locals>.f", {"bucket": Symbolic("variable", "v", name="bucket")})
    assert reasons(facts) == []
    assert uses(facts) == [("variable", "bucket")]
    assert not facts.context_uses[0].own


def test_given_parameters_never_take_the_context() -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": "def f(params, ds, ti, **kwargs):\n    return kwargs['ds']\n"}))
    function = callable_of(analyzer, "dag.py", "f")
    facts = analyzer.facts(function, {"params", "ds"})
    assert facts.context_parameters == ("ti", "kwargs")
    assert [use for use in uses(facts) if use[1] == "ds"] == [("argument", "ds")]
    assert analyzer.facts(function).context_parameters == ("params", "ds", "ti", "kwargs")


def test_given_parameters_of_a_task() -> None:
    parameters = tuple(Parameter(name) for name in ("first", "ds", "conf", "mapped", "params", "row"))
    function = CallableValue("f", "f", "dag", parameters=parameters, args=(1,), kwargs={"params": 2})
    task = Task(
        "d",
        "t",
        "PythonOperator",
        "m",
        Span("dag.py", 1),
        callable=function,
        call_args=("x",),
        call_kwargs={"conf": 3},
        expand={"mapped": [1], "**": [{"row": 1}]},
    )
    assert given_parameters(task) == {"first", "ds", "conf", "params", "mapped", "row"}


def test_facts_are_kept() -> None:
    analyzer = CallableAnalyzer(project_of(FIXTURES))
    function = callable_of(analyzer, "classic_kwargs.py", "report")
    assert analyzer.facts(function) is analyzer.facts(function)


def test_helpers_in_the_with_block_of_a_dag_are_pieces_of_their_own() -> None:
    code = """
from airflow import DAG
with DAG("x") as dag:
    LIMIT = 3  # rows
    def helper(): return LIMIT
    def f(): return helper()
"""
    facts = facts_of(code)
    assert [(piece.names, piece.indent) for piece in facts.closure.pieces] == [
        (("LIMIT",), "    "),
        (("helper",), "    "),
        (("f",), "    "),
    ]


def test_a_with_block_of_something_else_comes_whole() -> None:
    code = """
import json
with open("x.json") as file:
    CONFIG = json.load(file)
def f(): return CONFIG
"""
    facts = facts_of(code)
    assert [piece.names for piece in facts.closure.pieces] == [("CONFIG", "file"), ("f",)]


def test_loop_variables_at_module_level_forbid_the_move() -> None:
    code = "for name in ['a', 'b']:\n    def f(): return name\n"
    assert reasons(facts_of(code)) == ["reads `name` of the code around it"]


def test_star_imports_are_followed_to_the_module_that_defines_the_name() -> None:
    code = "from numpy import *\nfrom helpers import *\ndef f(): return clean\ndef g(): return array(1)\n"
    for name, module in (("f", "helpers"), ("g", "numpy")):
        facts = facts_of(code, name, helpers="def clean(x): pass")
        assert reasons(facts) == []
        assert [(found.module, found.name) for found in facts.closure.imports] == [(module, "*")]


def test_type_checking_imports_are_marked_and_not_followed() -> None:
    code = """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from airflow.sdk import Context
    from helpers import Row
def f(rows: list[Row], **context: Context): return rows
"""
    facts = facts_of(code, helpers="from airflow import DAG\nclass Row: pass")
    assert reasons(facts) == []
    found = {name.name: name.type_checking for name in facts.closure.imports}
    assert found == {"annotations": False, "Row": True}
    assert facts.closure.local_modules == ()
    assert "annotation" not in {kind for kind, _ in uses(facts)}  # the parameter goes with its annotation


def test_relative_import_above_the_folder() -> None:
    facts = facts_of("from ..shared import x\ndef f(): return x\n")
    assert reasons(facts) == ["imports `..shared`, which leaves the folder"]


def test_a_name_that_only_python_2_has() -> None:
    assert reasons(facts_of("def f(): return long(1)\n")) == ["reads `long`, which only Python 2 has"]


def test_functions_that_import_airflow_forbid_the_move_of_what_calls_them() -> None:
    facts = facts_of(
        "from a import x\ndef f(): return x()\n",
        a="import b\ndef x(): return b.y()",
        b="def y():\n    from airflow.models import DagBag\n    return DagBag('v')\n",
    )
    assert reasons(facts) == ["needs `x` of `a.py`, which uses `airflow.models.DagBag` of Airflow"]
    assert facts.closure.local_modules == ("a.py",)


def test_modules_that_import_each_other() -> None:
    facts = facts_of("import a\ndef f(): return a.x\n", a="import b\nx = 1\n", b="import a\nimport numpy\n")
    assert facts.closure.local_modules == ("a.py", "b.py")
    assert facts.closure.third_party == ("numpy",)


def test_the_standard_library_is_never_hidden_by_the_folder() -> None:
    facts = facts_of("import logging\ndef f(): return logging\n", logging="x = 1")
    assert [found.kind for found in facts.closure.imports] == ["stdlib"]


def test_comments_stay_with_their_function() -> None:
    code = "#!/usr/bin/env python\nX = 1\n\n# not mine\n\n# mine\ndef f():\n    return X\n    # end\n\n    # really\n# next\ndef g(): pass\n"
    for newline in ("\n", "\r\n"):
        source = code.replace("\n", newline)
        analyzer = CallableAnalyzer(project_from({"dag.py": source}))
        facts = analyzer.facts(callable_of(analyzer, "dag.py", "f"))
        text = moved(facts, analyzer.project.sources["dag.py"])
        assert text == "X = 1\n# mine\ndef f():\n    return X\n    # end\n\n    # really"


def test_decorators_of_airflow_are_dropped_by_whatever_name() -> None:
    code = """
from airflow.decorators import task as t
import airflow.decorators as d
from functools import cache
retrying = t(retries=3)
@t
def a(): return 1
@d.task.branch(
    task_id="x",
)
@cache
def b(): return 1
@retrying
def c(): return 1
"""
    analyzer = CallableAnalyzer(project_from({"dag.py": code}))
    source = analyzer.project.sources["dag.py"]
    texts = [moved(analyzer.facts(callable_of(analyzer, "dag.py", name)), source) for name in "abc"]
    assert texts == ["def a(): return 1", "@cache\ndef b(): return 1", "def c(): return 1"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return", False),
        ("return None", False),
        ("return 0", True),
        ("yield 1", True),
        ("def g(): return 1", False),
        ("x = lambda: 1", False),
        ("if x:\n        return x", True),
        ("class C:\n        def m(self): return 1", False),
        ("x = [(yield)]", True),
    ],
)
def test_returns_value(body: str, expected: bool) -> None:
    assert facts_of(f"def f(x=0):\n    {body}\n").returns_value is expected


def test_a_function_nested_in_a_method_is_not_its_class() -> None:
    code = "class C:\n    def m(self):\n        def f(): return 1\n        return f\n"
    facts = facts_of(code, "C.m.<locals>.f")
    assert [(piece.kind, piece.names) for piece in facts.closure.pieces] == [("function", ("f",))]


def test_two_things_of_one_name() -> None:
    code = """
def helper(): return 0
X = helper()
def make():
    def helper(): return 1
    def f(): return X + helper()
"""
    assert reasons(facts_of(code, "make.<locals>.f")) == ["needs two different things called `helper`"]


def test_functions_of_libraries() -> None:
    analyzer = CallableAnalyzer(project_from({}))
    assert analyzer.facts(CallableValue("get", "get", "requests", "library")).closure.third_party == ("requests",)
    assert analyzer.facts(CallableValue("sleep", "sleep", "time", "library")).closure.third_party == ()
    blocked = analyzer.facts(CallableValue("chain", "chain", "airflow.models.baseoperator", "library"))
    assert reasons(blocked) == ["is `airflow.models.baseoperator.chain` of Airflow"]


@pytest.mark.parametrize(
    "text",
    ["def f(:\n", "def f():\n    return " + "(" * 300 + ")" * 300, "def f():\n    return " + "+".join("1" * 9000), ""],
    ids=["syntax", "brackets", "chain", "empty"],
)
def test_files_that_cannot_be_read_are_blockers(text: str) -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": text}))
    function = CallableValue("f", "f", "dag", span=Span("dag.py", 1, 1, 1, 5, 0, 5))
    assert len(analyzer.facts(function).blockers) == 1
    assert analyzer.imports("dag.py") == ()


def test_missing_file() -> None:
    analyzer = CallableAnalyzer(project_from({}))
    facts = analyzer.facts(CallableValue("f", "f", "gone", span=Span("gone.py", 1)))
    assert reasons(facts) == ["`gone.py` is not in the folder"]


def test_imports_of_a_file_at_any_depth() -> None:
    code = "import os\ndef f():\n    from helpers import x as y\n    return y\n"
    analyzer = CallableAnalyzer(project_from({"dag.py": code, "helpers.py": "x = 1"}))
    found = [(name.module, name.name, name.alias, name.kind, name.inside) for name in analyzer.imports("dag.py")]
    assert found == [("os", None, None, "stdlib", False), ("helpers", "x", "y", "local", True)]


@pytest.mark.parametrize("module", ["helpers", "dags.helpers", "acme.dags.helpers"])
def test_modules_are_found_by_the_names_of_the_folders_around_the_folder(module: str) -> None:
    code = f"from {module} import helper\ndef f():\n    return helper()\n"
    project = project_from({"dag.py": code, "helpers.py": "def helper():\n    return 1\n"}, "/repositories/acme/dags")
    analyzer = CallableAnalyzer(project)
    facts = analyzer.facts(callable_of(analyzer, "dag.py", "f", None))
    assert facts.closure.third_party == ()
    assert [(found.kind, found.file) for found in analyzer.imports("dag.py")] == [("local", "helpers.py")]


def test_the_folder_itself_may_be_the_package() -> None:
    code = "from acme.dags import X\ndef f():\n    return X\n"
    analyzer = CallableAnalyzer(project_from({"dag.py": code, "__init__.py": "X = 1\n"}, "/repositories/acme/dags"))
    assert [(found.kind, found.file) for found in analyzer.imports("dag.py")] == [("local", "__init__.py")]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ('import importlib\nm = importlib.import_module("sibling")\ndef f():\n    return m.x\n',
         "imports `sibling`, which is in the folder, by a call"),
        ('def f():\n    return __import__("sibling").x\n', "imports `sibling`, which is in the folder, by a call"),
        ("def f(name):\n    return __import__(name)\n", "imports a module whose name is only known at run time"),
        ('def f():\n    return __import__("airflow.utils.dates").x\n', "imports `airflow.utils.dates` by a call"),
        ("from caller import g\ndef f():\n    return g()\n",
         "needs `caller.py`, which imports a module whose name is only known at run time"),
        ("import dagster\ndef f():\n    return dagster.x\n",
         "imports `dagster` of the folder, which the project has from a library"),
    ],
)  # fmt: skip
def test_modules_that_cannot_come_along(code: str, reason: str) -> None:
    caller = "from importlib import import_module\ndef g():\n    return import_module(input())\n"
    assert reasons(facts_of(code, sibling="x = 1", dagster="x = 1", caller=caller)) == [reason]


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    {hook}\n    return AcmeHook('x').rows()\n",
        "def f():\n    {hook}\n    for row in AcmeHook('x').rows():\n        yield row\n",
        "class C:\n    def g(self):\n        {hook}\n        return AcmeHook('x')\ndef f():\n    return C().g()\n",
    ],
)
def test_what_a_function_imports_of_airflow_itself_and_nothing_stands_for(code: str) -> None:
    code = code.format(hook="from airflow.providers.acme.hooks.acme import AcmeHook")
    assert reasons(facts_of(code)) == ["uses `airflow.providers.acme.hooks.acme.AcmeHook` of Airflow"]


def test_a_library_that_a_call_imports_by_its_name_is_there_in_the_project_too() -> None:
    code = 'import importlib\ndef f():\n    return __import__("json").dumps(importlib.import_module("numpy").pi)\n'
    assert reasons(facts_of(code)) == []


def test_context_keys_are_sorted_into_kinds() -> None:
    assert {"ds", "ti", "params", "dag_run", "logical_date", "execution_date", "var", "partition_key"} <= CONTEXT_KEYS
    assert CONTEXT_KEYS == PLAIN_KEYS | LIVE_KEYS | DICT_KEYS
    assert not PLAIN_KEYS & LIVE_KEYS


def test_a_thousand_helpers_are_followed_in_time() -> None:
    lines = (
        ["def h0(): return 0"] + [f"def h{n}(): return h{n - 1}()" for n in range(1, 400)] + ["def f(): return h399()"]
    )
    facts = facts_of("\n".join(lines))
    assert len(facts.closure.pieces) == 401
    many = (
        ["def h0(): return 0"] + [f"def h{n}(): return h{n - 1}()" for n in range(1, 700)] + ["def f(): return h699()"]
    )
    assert reasons(facts_of("\n".join(many))) == ["needs too much of its file to be followed"]


def test_methods_of_objects_and_of_classes_below_stay_where_they_are_called() -> None:
    """Their class and name alone would call them on nothing, or on the class above."""
    code = "class Job:\n    @classmethod\n    def run(cls):\n        print(cls.table)\n\n\nclass Sales(Job):\n    table = 'sales'\n"
    analyzer = CallableAnalyzer(project_from({"dag.py": code}))
    run = callable_of(analyzer, "dag.py", "Job.run")
    classes = {
        name: replace(run, receiver=CallableValue(name, name, run.module, "class", run.span))
        for name in ("Job", "Sales")
    }
    assert reasons(analyzer.facts(classes["Job"])) == []
    assert reasons(analyzer.facts(classes["Sales"])) == [
        "`Job.run` is called on `Sales`, a class below the one that defines it"
    ]
    made = replace(run, receiver=ObjectValue("dag.Sales"))
    assert reasons(analyzer.facts(made)) == ["`Job.run` is called on an object of `Sales` that the DAG's file makes"]

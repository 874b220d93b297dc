"""Pure Python programs: what the interpreter makes of them is what Python itself does.

Each file of the fixtures fills a dictionary `checks`. They are this project's own code, so that here, and only here, they are run.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from migrator.analyzers.interpreter import Interpreter
from migrator.analyzers.interpreter.airflow.objects import AirflowState
from migrator.analyzers.interpreter.machine import Machine
from migrator.analyzers.interpreter.modules import Modules
from migrator.analyzers.interpreter.values import Env, LoadedModule
from migrator.analyzers.parsing import parse_module
from migrator.analyzers.source import Folder
from migrator.analyzers.trees import Trees
from migrator.config import Config
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile

FIXTURES = Path(__file__).parents[2] / "fixtures" / "python"


def interpreted(file: str, root: Path = FIXTURES) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The globals that the interpreter leaves behind, and its findings."""
    folder = Folder.open(root)
    source = folder.source(file)
    assert isinstance(source, SourceFile)
    tree = parse_module(source)
    assert not isinstance(tree, Diagnostic)
    modules = Modules(folder, Trees())
    machine = Machine(folder, Config(), modules, AirflowState("3"), "dag.py")
    module = LoadedModule(file.removesuffix(".py"), file, tree, source.text)
    modules.add(module)
    machine.run(tree, Env(module, module.globals))
    return module.globals, machine.diagnostics


def cases() -> list[tuple[str, str, Any]]:
    found = []
    for file in sorted(FIXTURES.glob("*.py")):
        checks = runpy.run_path(str(file), run_name=file.stem)["checks"]
        found.extend((file.name, name, value) for name, value in checks.items())
    return found


_INTERPRETED: dict[str, dict[str, Any]] = {}


@pytest.mark.parametrize(
    ("file", "name", "expected"), cases(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_evaluates_as_python_does(file: str, name: str, expected: Any) -> None:
    if file not in _INTERPRETED:
        _INTERPRETED[file] = interpreted(file)[0]
    found = _INTERPRETED[file]["checks"].get(name, "(missing)")

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("file", sorted(file.name for file in FIXTURES.glob("*.py")))
def test_nothing_is_reported(file: str) -> None:
    assert [(d.code, d.span.line, d.message) for d in interpreted(file)[1]] == []


def test_members_of_airflow_s_enums_have_their_name_and_value(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(
        "from airflow.utils.trigger_rule import TriggerRule\n"
        "rule = TriggerRule.ALL_DONE\n"
        "found = [rule.value, rule.name, f'{rule}', getattr('orders', 'name', None)]\n"
    )
    names, findings = interpreted("rules.py", tmp_path)
    assert names["found"] == ["all_done", "ALL_DONE", "all_done", None]
    assert not findings


def test_members_of_the_sdk_s_own_enums_are_shown_by_their_name(tmp_path: Path) -> None:
    """Those of Airflow 3.3's `airflow.sdk` are generated without the `__str__` of the others."""
    (tmp_path / "rules.py").write_text(
        "from airflow import sdk\n"
        "from airflow.sdk import TriggerRule, WeightRule\n"
        "from airflow.task.trigger_rule import TriggerRule as Other\n"
        "rule = TriggerRule.ALL_DONE\n"
        "found = [f'{rule}', str(rule), '%s' % rule, f'{rule:>21}', f'{sdk.WeightRule.DOWNSTREAM}', str(TriggerRule['ALL_DONE'])]\n"
        "same = [rule + '', '_'.join([rule, WeightRule.UPSTREAM]), {'all_done': 'found'}[rule], str(rule == Other.ALL_DONE)]\n"
        "other = f'{Other.ALL_DONE}'\n"
        "values = [f'on_{rule.value}', f'{rule.name}', f'{Other.ALL_DONE.value}']\n"
        "from airflow.providers.standard.utils.weekday import WeekDay\n"
        "day = f'{WeekDay.SUNDAY.name} {WeekDay.SUNDAY.value}'\n"
    )
    names, findings = interpreted("rules.py", tmp_path)
    shown = "TriggerRule.ALL_DONE"
    assert names["found"] == [shown, shown, shown, f" {shown}", "WeightRule.DOWNSTREAM", shown]
    assert names["same"] == ["all_done", "all_done_upstream", "found", "True"]
    assert names["other"] == "all_done"
    assert names["values"] == ["on_all_done", "ALL_DONE", "all_done"]
    assert names["day"] == "SUNDAY 7"
    assert not findings


def test_what_a_helper_module_leaves_out_is_told_in_the_dag_s_file_too(tmp_path: Path) -> None:
    (tmp_path / "factory.py").write_text(
        "import mystery\n"
        "from airflow.sdk import DAG\n"
        "def build(name):\n"
        "    with DAG(name) as dag:\n"
        "        mystery.add_tasks(dag)\n"
        "    return dag\n"
    )
    (tmp_path / "dag.py").write_text(
        "from factory import build\n\nfor name in ('a', 'b'):\n    globals()[name] = build(name)\n"
    )
    _, findings = interpreted("dag.py", tmp_path)
    assert [(d.code, d.span.file, d.span.line) for d in findings] == [
        ("MIG105", "factory.py", 5),
        ("MIG105", "dag.py", 4),
    ]
    assert findings[1].message == f"{findings[0].message} (factory.py, line 5)"


def test_a_model_is_no_dict_and_its_field_keys_no_method(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "import mystery\n"
        "from pydantic import BaseModel\n"
        "class Table(BaseModel):\n"
        "    name: str\n"
        "    keys: list[str] = []\n"
        "tables = [Table(**one) if isinstance(one, dict) else one for one in ({'name': 'a'}, Table(name='b'))]\n"
        "found = [one.name for one in tables]\n"
        "spread = [Table(**one) if mystery.flag else one for one in tables]\n"
    )
    names, _ = interpreted("models.py", tmp_path)
    assert names["found"] == ["a", "b"]


def test_a_schedule_may_be_a_member_of_an_enum_of_texts(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from enum import Enum\n"
        "from airflow.sdk import DAG\n"
        "class Every(str, Enum):\n"
        "    HOUR = '@hourly'\n"
        "    NIGHT = '0 3 * * *'\n"
        "hourly = DAG('hourly', schedule=Every.HOUR)\n"
        "nightly = DAG('nightly', schedule=Every.NIGHT)\n"
    )
    folder = Folder(tmp_path)
    source = folder.source("dag.py")
    assert isinstance(source, SourceFile)
    found = Interpreter(folder, Config()).file(source)
    schedules = {dag.dag_id: (dag.schedule.kind, dag.schedule.value) for dag in found.dags}
    assert schedules == {"hourly": ("preset", "@hourly"), "nightly": ("cron", "0 3 * * *")}

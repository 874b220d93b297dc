"""The stages in a row, over small folders."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import migrator.analyzers.trees
from migrator.analyzers.interpreter import Interpreter
from migrator.config import Config
from migrator.diagnostics import MigratorError
from migrator.model.source import SourceFile
from migrator.pipeline import Analysis, analyze, with_deep_stack

OLD = """
from airflow import DAG
from airflow.operators.bash_operator import BashOperator
with DAG("old", schedule_interval="@daily", start_date=None):
    BashOperator(task_id="a", bash_command="echo 1")
"""
NEW = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
with DAG("new", schedule="@daily"):
    BashOperator(task_id="a", bash_command="echo 1") >> BashOperator(task_id="b", bash_command="echo 2")
"""
EITHER = """
from airflow import DAG
with DAG("either"):
    pass
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def codes(analysis: Analysis) -> list[tuple[str, str]]:
    return [(finding.code, finding.span.file) for finding in analysis.diagnostics]


def test_from_files_to_a_plan(tmp_path: Path) -> None:
    analysis = analyze(write(tmp_path, a=NEW, util="x = 1"), Config())
    assert [(file.path, file.status) for file in analysis.files] == [("a.py", "analyzed"), ("util.py", "skipped")]
    (dag,) = analysis.project.dags
    assert [(task.task_id, task.upstream) for task in dag.tasks] == [("a", ()), ("b", ("a",))]
    assert [(found.dag_id, found.task_id) for found in analysis.plan.dispositions] == [("new", "a"), ("new", "b")]
    assert analysis.project.root == str(tmp_path)


@pytest.mark.parametrize(
    ("files", "given", "project", "versions", "told"),
    [
        ({"a": NEW, "b": EITHER}, None, "3", {"new": "3", "either": "3"}, False),
        ({"a": OLD, "b": EITHER}, None, "2", {"old": "2", "either": "2"}, False),
        ({"a": EITHER}, None, "3", {"either": "3"}, True),
        ({"a": EITHER}, "2", "2", {"either": "2"}, False),
        ({"a": NEW, "b": OLD, "c": OLD}, None, "2", {"new": "3", "old": "2"}, True),
        ({"a": NEW, "b": OLD}, "2", "2", {"new": "2", "old": "2"}, False),
    ],
)
def test_airflow_version(
    tmp_path: Path, files: dict[str, str], given: str | None, project: str, versions: dict[str, str], told: bool
) -> None:
    analysis = analyze(write(tmp_path, **files), Config.model_validate({"airflow_version": given}))
    assert analysis.project.airflow_version == project
    assert {dag.dag_id: dag.airflow_version for dag in analysis.project.dags} == versions
    assert (("MIG303", ".") in codes(analysis)) is told


def test_the_default_schedule_is_the_versions(tmp_path: Path) -> None:
    write(tmp_path, a=EITHER)
    by_version = {version: analyze(tmp_path, Config(airflow_version=version)).project.dags[0] for version in ("2", "3")}
    assert by_version["2"].schedule.kind == "timedelta"
    assert by_version["3"].schedule.kind == "none"


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, a=NEW, b="from airflow import DAG\nx = (", c="from airflow import DAG\nprint 'x'\n", d=OLD)
    interpret = Interpreter.file

    def fail(self: Interpreter, source: SourceFile) -> object:
        if source.path == "d.py":
            raise KeyError("secret value")
        return interpret(self, source)

    monkeypatch.setattr(Interpreter, "file", fail)
    analysis = analyze(tmp_path, Config())
    assert {file.path: file.status for file in analysis.files} == {
        "a.py": "analyzed", "b.py": "error", "c.py": "error", "d.py": "error",
    }  # fmt: skip
    assert [dag.dag_id for dag in analysis.project.dags] == ["new"]
    found = {finding.span.file: finding for finding in analysis.diagnostics if finding.span.file != "a.py"}
    assert {path: finding.code for path, finding in found.items()} == {
        "b.py": "MIG003",
        "c.py": "MIG004",
        "d.py": "MIG105",
    }
    assert "KeyError" in found["d.py"].message
    assert "secret value" not in found["d.py"].message


def test_modules_from_further_roots_are_among_the_sources(tmp_path: Path) -> None:
    dags, plugins = tmp_path / "dags", tmp_path / "plugins"
    dags.mkdir()
    plugins.mkdir()
    write(plugins, ids="ID = 'from_plugins'")
    write(dags, a="from airflow.sdk import DAG\nfrom ids import ID\nwith DAG(ID):\n    pass\n")
    analysis = analyze(dags, Config(roots=(plugins,)))
    assert [dag.dag_id for dag in analysis.project.dags] == ["from_plugins"]
    assert set(analysis.project.sources) == {"a.py", "plugins/ids.py"}
    assert [file.path for file in analysis.files] == ["a.py"]


def test_one_dag_for_each_id(tmp_path: Path) -> None:
    """As Airflow 3.3 and 2.11 load such a folder."""
    twice = NEW + NEW.replace("echo 1", "echo last")
    analysis = analyze(write(tmp_path, a=twice, b=NEW), Config())
    (dag,) = analysis.project.dags
    assert dag.span.file == "a.py"
    assert dag.tasks[0].arguments["bash_command"] == "echo last"
    assert [found for found in codes(analysis) if found[0] == "MIG106"] == [("MIG106", "a.py"), ("MIG106", "b.py")]


def test_a_dag_that_another_file_imports_is_told_of_there(tmp_path: Path) -> None:
    """Airflow, which loads each file apart, counts it to both: it is kept as its own file makes it."""
    importing = "from airflow.sdk import DAG\nfrom zz import dag as other\nother.get_task('a').retries = 7\n"
    analysis = analyze(write(tmp_path, aa=importing, zz=NEW.replace("):", ") as dag:")), Config())
    (dag,) = analysis.project.dags
    assert (dag.span.file, dag.tasks[0].retries) == ("zz.py", None)
    assert [found for found in codes(analysis) if found[0].startswith("MIG1")] == [("MIG111", "aa.py")]


def test_suppressed_findings_are_gone(tmp_path: Path) -> None:
    text = "from airflow.sdk import DAG\nimport nowhere_to_be_found as n\nwith DAG(n.name()):\n    pass\n"
    write(tmp_path, a=text)
    before = [finding for finding in analyze(tmp_path, Config()).diagnostics if finding.span.line == 3]
    assert before, "an id that is not known is a finding"
    write(tmp_path, a=text.replace("n.name()):", "n.name()):  # migrator: ignore"))
    after = [finding for finding in analyze(tmp_path, Config()).diagnostics if finding.span.line == 3]
    assert after == []


def test_selection(tmp_path: Path) -> None:
    write(tmp_path, a=NEW, b=EITHER)
    analysis = analyze(tmp_path, Config(), select=["new"])
    assert [dag.dag_id for dag in analysis.plan.dags] == ["new"]
    assert len(analysis.project.dags) == 2
    with pytest.raises(MigratorError) as caught:
        analyze(tmp_path, Config(), select=["nope"])
    assert caught.value.code == "MIG507"


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    analyze(write(tmp_path, a=NEW, b=EITHER), Config(), lambda *step: told.append(step))
    assert [step for step in told if step[0] == "evaluating"] == [("evaluating", 0, 2), ("evaluating", 1, 2)]
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["reading", "evaluating", "assets", "planning"]


def test_the_same_folder_gives_the_same_analysis(tmp_path: Path) -> None:
    write(tmp_path, a=NEW, b=OLD, c=EITHER)
    assert analyze(tmp_path, Config()) == analyze(tmp_path, Config())


def test_deep_stack() -> None:
    def depth(number: int) -> int:
        return number and 1 + depth(number - 1)

    limit = sys.getrecursionlimit()
    assert with_deep_stack(lambda: depth(15_000)) == 15_000
    assert sys.getrecursionlimit() == limit
    with pytest.raises(ZeroDivisionError):
        with_deep_stack(lambda: 1 // 0)


def test_work_is_done_without_a_thread_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert with_deep_stack(lambda: 7) == 7


def test_dags_of_a_module_outside_of_the_dag_files_belong_to_the_file_that_imports_them(tmp_path: Path) -> None:
    write(tmp_path, shared=NEW, public='"""A DAG of Airflow\'s."""\nfrom shared import *\n')
    (tmp_path / ".airflowignore").write_text("shared.py\n")

    analysis = analyze(tmp_path, Config())

    assert [(dag.dag_id, dag.span.file) for dag in analysis.project.dags] == [("new", "public.py")]


def test_dags_that_a_helper_makes_belong_to_the_file_that_calls_it(tmp_path: Path) -> None:
    helper = "from airflow.sdk import DAG\ndef make(name):\n    return DAG(name)\n"
    write(tmp_path, helper=helper, team="# a DAG of Airflow's\nfrom helper import make\ndag = make('sales')\n")

    analysis = analyze(tmp_path, Config())

    assert [(dag.dag_id, dag.span.file, dag.span.line) for dag in analysis.project.dags] == [("sales", "team.py", 3)]


NESTED = """
from airflow.sdk import dag, task
@dag
def d():
    table, unread = "t", "u"
    @task
    def load(path):
        path.unread(load=table)
    @task
    def again(count):
        return again(count - 1)
    load("x")
    again(3)
d()
"""


def test_a_function_closes_over_the_names_that_it_reads_alone(tmp_path: Path) -> None:
    project = analyze(write(tmp_path, nested=NESTED), Config()).project
    closures = {task.task_id: task.callable.closure for task in project.tasks() if task.callable is not None}
    assert closures["load"] == {"table": "t"}
    assert list(closures["again"]) == ["again"]


REFUSED = """
from airflow.sdk import dag, task
@dag
def d():
    @task
    def f(**context): print(context)
    f()
d()
"""
CHANGING = """
import os
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
os.environ["STAGE"] = "dev"
with DAG("changing"):
    BashOperator(task_id="t", bash_command="echo $STAGE")
"""


def test_planning_finds_what_files_were_parsed_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that cannot be translated is asked for again, as it stands, and what the file changes of the environment: no file is parsed for
    that again, though only one tree is kept."""
    parsed: list[str] = []
    plain = migrator.analyzers.trees.parse_module

    def parse_module(source: SourceFile) -> Any:
        parsed.append(source.path)
        return plain(source)

    monkeypatch.setattr(migrator.analyzers.trees, "parse_module", parse_module)
    monkeypatch.setattr(migrator.analyzers.trees.Trees.__init__, "__defaults__", (0,))
    plan = analyze(write(tmp_path, changing=CHANGING, plain=NEW, refused=REFUSED), Config()).plan
    assert parsed == ["changing.py", "plain.py", "refused.py"]
    assert [len(dag.environment) for dag in plan.dags if dag.dag_id == "changing"] == [1]

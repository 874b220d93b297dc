"""What a DAG's file does to the environment of its tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import os
from datetime import datetime
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator

{statement}

with DAG("shell", start_date=datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id="run", bash_command="echo $STAGE > /data/stage.txt")
"""


@pytest.mark.parametrize(
    "statement",
    ['os.environ["STAGE"] = "dev"', 'os.environ.setdefault("STAGE", "dev")', 'os.putenv("STAGE", "dev")'],
)
def test_a_statement_that_changes_it_stands_in_the_module_of_the_dag(tmp_path: Path, statement: str) -> None:
    files = _project(tmp_path, statement)[0]
    assert f"\n{statement}\n" in files["src/acme/defs/shell/assets.py"]


@pytest.mark.parametrize("statement", ['print(os.environ["STAGE"])', 'STAGE = os.environ.get("STAGE")', "os.getcwd()"])
def test_a_statement_that_only_reads_it_is_not_kept(tmp_path: Path, statement: str) -> None:
    files = _project(tmp_path, statement)[0]
    assert statement not in files["src/acme/defs/shell/assets.py"]


def test_one_that_asks_airflow_is_a_difference(tmp_path: Path) -> None:
    files, deltas = _project(tmp_path, 'os.environ["STAGE"] = Variable.get("stage")')
    assert "os.environ" not in files["src/acme/defs/shell/assets.py"]
    assert [text for text in deltas if "line 7 of its file changes the environment" in text]


FUNCTIONS = """\
import decimal
from datetime import datetime
from airflow.models import Variable
from airflow.sdk import DAG, task

DIGITS = 7
{statement}

with DAG("first", start_date=datetime(2024, 1, 1), schedule=None):
    @task
    def show(): print(1)
    show()
    @task
    def share(): print(2)
    share()
"""
AGAIN = """
with DAG("second", start_date=datetime(2024, 1, 1), schedule=None):
    @task
    def repeat(): print(3)
    repeat()
"""


def test_what_the_file_tells_a_library_stands_once_in_the_module_of_the_dag(tmp_path: Path) -> None:
    files, deltas = _written(tmp_path, FUNCTIONS.format(statement="decimal.getcontext().prec = DIGITS"))
    code = files["src/acme/defs/first/ops.py"]
    assert code.count("DIGITS = 7\ndecimal.getcontext().prec = DIGITS\n") == 1
    assert not [text for text in deltas if "of its file" in text]


def test_dags_of_one_file_import_the_module_that_tells_it(tmp_path: Path) -> None:
    files, _ = _written(tmp_path, FUNCTIONS.format(statement="decimal.getcontext().prec = DIGITS") + AGAIN)
    assert "decimal.getcontext().prec = DIGITS\n" in files["src/acme/lib/shell.py"]
    for dag in ("first", "second"):
        assert files[f"src/acme/defs/{dag}/ops.py"].count("import acme.lib.shell  # noqa: F401") == 1


def test_one_that_asks_airflow_is_lost_with_a_difference(tmp_path: Path) -> None:
    files, deltas = _written(tmp_path, FUNCTIONS.format(statement='decimal.getcontext().prec = int(Variable.get("n"))'))
    assert "decimal" not in files["src/acme/defs/first/ops.py"]
    assert [text for text in deltas if "line 7 of its file tells a library how to work" in text]


CHANGING = """\
from datetime import datetime
from airflow.sdk import DAG, task
import helpers, model

{statement}

with DAG("{dag_id}", start_date=datetime(2024, 1, 1), schedule=None):
    @task
    def show(): print(model.LIMIT)
    show()
"""
HELPERS = """\
import model

class Count:
    pass

def raise_limit():
    model.LIMIT = 5

def describe(thing):
    thing.text = "known"
    count = Count()
    count.made = 1
"""


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("model.LIMIT = 5", True),
        ("helpers.raise_limit()", True),
        ("helpers.describe(model)", False),  # It changes what it is given.
        ("print(model.LIMIT)", False),
    ],
)
def test_what_the_file_changes_in_other_modules(tmp_path: Path, statement: str, kept: bool) -> None:
    (tmp_path / "model.py").write_text("LIMIT = 1\n")
    (tmp_path / "helpers.py").write_text(HELPERS)
    files, deltas = _written(tmp_path, CHANGING.format(statement=statement, dag_id="first"))
    assert (f"\n{statement}\n" in files["src/acme/defs/first/ops.py"]) == kept
    assert not [text for text in deltas if "of its file" in text]


def test_what_it_changes_for_other_files_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("LIMIT = 1\n")
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "second.py").write_text(CHANGING.format(statement="", dag_id="second"))
    _, deltas = _written(tmp_path, CHANGING.format(statement="model.LIMIT = 5", dag_id="first"))
    assert "line 5 of its file changes what `model.py` has, for the tasks of this file" in deltas


def _project(folder: Path, statement: str) -> tuple[dict[str, str], list[str]]:
    return _written(folder, DAG.replace("{statement}", statement))


def _written(folder: Path, text: str) -> tuple[dict[str, str], list[str]]:
    (folder / "shell.py").write_text(text)
    analysis = analyze(folder, Config())
    files = render_project(analysis.plan, analysis.project, "acme")
    return {path: str(text) for path, text in files.items()}, [delta.airflow for delta in analysis.plan.deltas]

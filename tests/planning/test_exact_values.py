"""Paths, members of Enums and named tuples that the team's own code is given: it asks for more than their text or value."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import os
import re
from collections import namedtuple
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntEnum
from functools import partial
from pathlib import Path
from typing import NamedTuple
from airflow import DAG
from airflow.models.baseoperator import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

HOME = Path(os.environ["DATA_HOME"])

class Mode(Enum):
    FULL = "full"
    DELTA = 2

class Word(str, Enum):
    ONE = "one"

class Level(IntEnum):
    HIGH = 10

class Point(NamedTuple):
    x: int
    mode: Mode = Mode.FULL

@dataclass
class Spec:
    home: Path
    mode: Mode = Mode.FULL

Plain = namedtuple("Plain", "x")

def use(value, files=()):
    print(value)

class Copy(BaseOperator):
    def __init__(self, source, **kwargs):
        super().__init__(**kwargs)
        self.source = source
    def execute(self, context):
        print(self.source.exists())

with DAG("paths", start_date=datetime(2024, 1, 1), schedule="@daily"):
    {task}
"""


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ('Path("/data") / "x.csv"', 'Path("/data/x.csv")'),
        ('HOME / "y.csv"', "Path(f\"{os.environ['DATA_HOME']}/y.csv\")"),
        ("HOME", 'Path(os.environ["DATA_HOME"])'),
        ("HOME.parent", "airflow_tasks = ["),  # not known
        ('HOME.joinpath("a", "b").parent', "Path(f\"{os.environ['DATA_HOME']}/a\")"),
        ('Path(__file__).parent / "z.csv"', 'Path(f"{DAGS_FOLDER}/z.csv")'),
        ('Path("/data/{{ ds }}")', 'Path("/data/{{ ds }}")'),  # Airflow renders text, and no path
        ("Mode.FULL", "Mode.FULL"),
        ("Word.ONE", 'value = "one"'),  # Airflow renders all text, and what it renders is plain
        ("Spec(HOME, Word.ONE)", "mode=Word.ONE"),
        ("[Mode.DELTA, Mode.FULL.value]", '[Mode.DELTA, "full"]'),
        ("Point(3, Mode.DELTA)", "Point(x=3, mode=Mode.DELTA)"),
        ('Spec(HOME / "y", mode=Mode.DELTA)', "Spec(home=Path(f\"{os.environ['DATA_HOME']}/y\"), mode=Mode.DELTA)"),
        ("Plain(1)", 'collections.namedtuple("Plain", ["x"])(1)'),
        ('f"{Level.HIGH:03d}"', 'value = "010"'),
        ('Decimal("2.50")', 'Decimal("2.50")'),
        ('re.compile("a+", re.IGNORECASE)', 're.compile("a+", 2)'),
        ('str(HOME / "y.csv")', "value = f\"{os.environ['DATA_HOME']}/y.csv\""),
        ('os.path.join(HOME, "y.csv")', "value = f\"{os.environ['DATA_HOME']}/y.csv\""),
        ('f"{HOME}/y.csv"', "value = f\"{os.environ['DATA_HOME']}/y.csv\""),
    ],
)
def test_a_function_gets_what_the_task_gives_it(tmp_path: Path, argument: str, expected: str) -> None:
    code = generated(tmp_path, f'PythonOperator(task_id="t", python_callable=use, op_args=[{argument}])')
    assert expected in code


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (
            'PythonOperator(task_id="t", python_callable=use, op_kwargs={"value": [HOME]})',
            '[Path(os.environ["DATA_HOME"])]',
        ),
        ('Copy(task_id="t", source=HOME / "x")', "source=Path(f\"{os.environ['DATA_HOME']}/x\")"),
        ('BashOperator(task_id="t", bash_command=f"ls {Mode.FULL.value}")', '"ls full"'),
        ('BashOperator(task_id="t", bash_command="ls", env={"MODE": Mode.FULL})', '"MODE": "full"'),
        ('BashOperator(task_id="t", bash_command="ls", cwd=HOME / "x")', "cwd=f\"{os.environ['DATA_HOME']}/x\""),
    ],
)
def test_who_gets_a_path_and_who_its_text(tmp_path: Path, task: str, expected: str) -> None:
    assert expected in generated(tmp_path, task)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('python_callable=os.makedirs, op_args=["/x"], op_kwargs={"exist_ok": True}', 'makedirs("/x", exist_ok=True)'),
        ('python_callable=os.replace, op_kwargs={"src": "/in", "dst": "/{{ ds }}"}',
         'replace(src="/in", dst=f"/{context.partition_key}")'),
        ('python_callable=partial(print, "a", end=""), op_args=["b"]', 'print("a", "b", end="")'),
    ],
)  # fmt: skip
def test_a_function_of_a_library_gets_its_keywords(tmp_path: Path, arguments: str, expected: str) -> None:
    assert expected in generated(tmp_path, f'PythonOperator(task_id="t", {arguments})')


def generated(folder: Path, task: str) -> str:
    """The code of the DAG with this task."""
    (folder / "dags").mkdir()
    (folder / "dags" / "paths.py").write_text(DAG.replace("{task}", task))
    found = analyze(folder / "dags", Config())
    files = render_project(found.plan, found.project, "new")
    return "\n".join(text for name, text in files.items() if name.startswith("src/new/defs/paths/"))

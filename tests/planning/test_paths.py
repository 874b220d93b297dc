"""Objects of `pathlib` that the team's own code is given: it calls their methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import os
from datetime import datetime
from pathlib import Path
from airflow import DAG
from airflow.models.baseoperator import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

HOME = Path(os.environ["DATA_HOME"])

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
        ('str(HOME / "y.csv")', "value = f\"{os.environ['DATA_HOME']}/y.csv\""),
        ('os.path.join(HOME, "y.csv")', "value = f\"{os.environ['DATA_HOME']}/y.csv\""),
        ('f"{HOME}/y.csv"', "value = f\"{os.environ['DATA_HOME']}/y.csv\""),
    ],
)
def test_a_function_gets_a_path_as_such(tmp_path: Path, argument: str, expected: str) -> None:
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
        ('BashOperator(task_id="t", bash_command="ls", cwd=HOME / "x")', "cwd=f\"{os.environ['DATA_HOME']}/x\""),
    ],
)
def test_who_gets_a_path_and_who_its_text(tmp_path: Path, task: str, expected: str) -> None:
    assert expected in generated(tmp_path, task)


def generated(folder: Path, task: str) -> str:
    """The code of the DAG with this task."""
    (folder / "dags").mkdir()
    (folder / "dags" / "paths.py").write_text(DAG.replace("{task}", task))
    found = analyze(folder / "dags", Config())
    files = render_project(found.plan, found.project, "new")
    return "\n".join(text for name, text in files.items() if name.startswith("src/new/defs/paths/"))

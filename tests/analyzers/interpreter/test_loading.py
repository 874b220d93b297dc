"""What code does outside of itself while a file is loaded is a finding, in DAG files and in the modules that they import."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
import helper
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
{imports}
{code}
with DAG("d", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="a", python_callable=print)
"""
IMPORTS = "import os, shutil, sqlite3, subprocess, requests\nfrom pathlib import Path"


def _found(folder: Path, code: str, helper: str = "") -> list[tuple[str, str]]:
    (folder / "helper.py").write_text(f"{IMPORTS}\n{helper}\n")
    (folder / "d.py").write_text(DAG.format(imports=IMPORTS, code=code))
    found = analyze(folder, Config(airflow_version="3")).diagnostics
    return [(one.span.file, one.message.partition(" whenever")[0]) for one in found if one.code == "MIG112"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('Path("/data/x").write_text("x")', '`Path("/data/x").write_text` writes a file'),
        ('Path(os.environ["DIR"], "x").mkdir()', '`Path(os.environ["DIR"], "x").mkdir` makes a folder'),
        ('with open("/data/x", "a") as f:\n    f.write("x")', "`open` writes a file"),
        ('os.makedirs("/data", exist_ok=True)', "`os.makedirs` makes a folder"),
        ('shutil.rmtree("/data/old")', "`shutil.rmtree` deletes or moves files"),
        ('VERSION = subprocess.check_output(["git", "describe"])', "`subprocess.check_output` starts a program"),
        ('requests.post("https://example.com/loaded")', "`requests.post` sends a request"),
        ('DB = sqlite3.connect("/data/x.db")', "`sqlite3.connect` opens a connection"),
        ('def work():\n    os.mkdir("/data")\nwork()', "`os.mkdir` makes a folder"),
        ('def work():\n    os.mkdir("/data")', ""),
        ('if __name__ == "__main__":\n    os.mkdir("/data")', ""),
        ('os.environ["MODE"] = "fast"', ""),
        ('TEXT = open("helper.py").read()', ""),
    ],
)
def test_work_while_a_file_is_loaded(tmp_path: Path, code: str, told: str) -> None:
    assert _found(tmp_path, code) == ([("d.py", told)] if told else [])
    assert _found(tmp_path, "", code) == ([("helper.py", told)] if told else [])


def test_a_module_that_no_dag_file_imports_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text('import os\nos.mkdir("/data")\n')
    assert _found(tmp_path, "") == []

"""Helper modules of one name in several folders, each of which a DAG file puts on the path for itself."""

from __future__ import annotations

from pathlib import Path

from tests.planning.test_own_classes import generated

DAG = """\
import os
import sys
import datetime as dt
sys.path.insert(0, os.path.dirname(__file__))
from airflow import DAG
from airflow.operators.python import PythonOperator
import shared
from shared import label

def work(ds):
    return label(ds) + shared.label(ds)

with DAG("{name}", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="work", python_callable=work)
"""
FILES = {
    "team_a/dag_a.py": DAG.format(name="dag_a"),
    "team_a/shared.py": "def label(day):\n    return 'a' + day\n",
    "team_b/dag_b.py": DAG.format(name="dag_b"),
    "team_b/shared/__init__.py": "from shared.texts import label\n\n__all__ = ['label']\n",
    "team_b/shared/texts.py": "from .ends import end\n\n\ndef label(day):\n    from shared.ends import end as other\n\n"
    "    return 'b' + day + end() + other()\n",
    "team_b/shared/ends.py": "def end():\n    return '?'\n",
}


def test_the_second_stands_in_its_folder_and_is_imported_from_there(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, FILES)
    assert {kind for kind, _ in kinds.values()} == {"step"}
    assert files["src/shared.py"] == FILES["team_a/shared.py"]
    assert "from team_b.shared.texts import label" in files["src/team_b/shared/__init__.py"]
    texts = files["src/team_b/shared/texts.py"]
    assert "from .ends import end" in texts
    assert "    from team_b.shared.ends import end as other" in texts
    assert "src/shared/ends.py" not in files
    code = {
        name: next(text for path, text in files.items() if f"/{name}/ops.py" in path) for name in ("dag_a", "dag_b")
    }
    assert "from shared import label" in code["dag_a"]
    assert "from team_b.shared import label" in code["dag_b"]
    assert "from team_b import shared" in code["dag_b"]

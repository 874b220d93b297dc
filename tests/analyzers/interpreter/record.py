"""Writes what a real Airflow loads from the fixtures: `python -m tests.analyzers.interpreter.record AIRFLOW_PYTHON`.

The environment needs Airflow 3.3.2 and dag-factory 1.1.0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures" / "interpreter"
LOADER = Path(__file__).parents[2] / "conformance" / "load_in_airflow.py"


def main(python: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "truth.json"
        subprocess.run([python, str(LOADER), str(FIXTURES), str(out)], check=True)
        truth = json.loads(out.read_text())
    fields = ("task_id", "operator", "mapped", "trigger_rule", "retries", "pool", "group_id", "upstream")
    expected = {
        record["file"]: [
            {"dag_id": dag["dag_id"], "tasks": [{name: task[name] for name in fields} for task in dag["tasks"]]}
            for dag in record["dags"]
        ]
        for record in truth["files"]
        if record["dags"]
    }
    (FIXTURES / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])

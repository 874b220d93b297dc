"""Writes what a real Airflow loads from the folders of `fixtures/production`.

    python -m tests.analyzers.interpreter.production 2|3 AIRFLOW_PYTHON [FOLDER ...]

Each folder stands for one team's DAG folder. The environments need Airflow 2.11.2 or 3.3.2 with the standard provider; for `dbt`
astronomer-cosmos 1.15.1, for `transit` gusty 0.23.1 (with GUSTY_HOME that folder),
for `factory` dag-factory 1.1.0, for `astro` astro-sdk-python 1.7.0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PRODUCTION = Path(__file__).parents[2] / "fixtures" / "production"
LOADER = Path(__file__).parents[2] / "conformance" / "load_in_airflow.py"
FIELDS = ("operator", "mapped", "trigger_rule", "retries", "pool", "group_id", "upstream")


def main(version: str, python: str, *folders: str) -> None:
    for folder in folders or sorted(path.name for path in PRODUCTION.iterdir() if path.is_dir()):
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "truth.json"
            subprocess.run([python, str(LOADER), str(PRODUCTION / folder), str(out)], check=True)
            write(folder, version, out)


def write(folder: str, version: str, truth: Path) -> None:
    """Keeps what is compared of the files that Airflow loaded."""
    found = {
        record["file"]: {
            dag["dag_id"]: {
                "schedule": dag["schedule"],
                "tasks": {task["task_id"]: {name: task[name] for name in FIELDS} for task in dag["tasks"]},
            }
            for dag in record["dags"]
        }
        for record in json.loads(truth.read_text())["files"]
        if record["loaded"]
    }
    path = PRODUCTION / folder / f"expected_{version}.json"
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

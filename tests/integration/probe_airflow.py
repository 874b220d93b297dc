"""Runs inside an Airflow environment: loads its DAG folder, runs some of the DAGs, writes what happened as JSON.

    AIRFLOW_PYTHON probe_airflow.py PLAN.json REPORT.json

PLAN: ``{"pools": [names], "runs": [{"dag_id": ..., "logical_date": ISO 8601}]}``. The runs are made one after the other
in this process with ``dag.test()``, without retries. ``AIRFLOW_HOME``, the DAG folder and the connections come from the
environment. The report is rewritten after every run, so that a crash leaves what was known until then.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import traceback
from datetime import datetime
from pathlib import Path


def load(folder: Path):
    """The DagBag of the folder, in Airflow 3 or 2."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag

        return DagBag(dag_folder=str(folder), include_examples=False)
    return DagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")


def run(dag, logical_date: datetime):
    """One run of a DAG in this process; a failure shall show at once, so nothing is retried."""
    for task in dag.tasks:
        with contextlib.suppress(AttributeError):  # read-only on a mapped task
            task.retries = 0
    try:
        from airflow.sdk import DAG  # noqa: F401
    except ImportError:
        return dag.test(execution_date=logical_date)
    return dag.test(logical_date=logical_date)


def text(state) -> str:
    return str(getattr(state, "value", state))


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    report_file = Path(sys.argv[2])

    from airflow import __version__, settings
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    for pool in plan["pools"]:
        Pool.create_or_update_pool(name=pool, slots=4, description="", include_deferred=False)

    folder = Path(settings.DAGS_FOLDER)
    bag = load(folder)
    report = {
        "airflow": __version__,
        "import_errors": bag.import_errors,
        "dags": {dag_id: Path(dag.fileloc).relative_to(folder).as_posix() for dag_id, dag in bag.dags.items()},
        "runs": [],
    }
    report_file.write_text(json.dumps(report))

    for entry in plan["runs"]:
        started = time.perf_counter()
        outcome = {**entry, "state": None, "tasks": {}, "error": None}
        try:
            result = run(bag.dags[entry["dag_id"]], datetime.fromisoformat(entry["logical_date"]))
            outcome["state"] = text(result.state)
            for ti in result.get_task_instances():
                name = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
                outcome["tasks"][name] = text(ti.state)
        except Exception:
            outcome["error"] = traceback.format_exc()
        outcome["seconds"] = round(time.perf_counter() - started, 2)
        report["runs"].append(outcome)
        report_file.write_text(json.dumps(report))


if __name__ == "__main__":
    main()

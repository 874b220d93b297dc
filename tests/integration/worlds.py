"""Throw-away installations of Airflow, and what they made of the sample DAGs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE_DAGS = REPOSITORY / "sample_dags"
PROBE = Path(__file__).with_name("probe_airflow.py")
TIMEOUT_SECONDS = 600


def find_airflow_python(version: int) -> Path:
    """The Python of the environment that holds an Airflow; a test that needs it fails when it isn't there."""
    variable = f"MIGRATOR_AIRFLOW{version}_PYTHON"
    given = os.environ.get(variable)
    python = Path(given).absolute() if given else REPOSITORY / f".venv-airflow{version}" / "bin" / "python"
    if not python.is_file():
        pytest.fail(
            f"no Airflow {version} environment: {python} does not exist; run `make airflow`, or let {variable} point to"
            f" a Python that has what tests/integration/requirements-airflow{version}.txt names",
            pytrace=False,
        )
    return python


@dataclass(frozen=True)
class AirflowWorld:
    """A throw-away installation: DAG folder, data, warehouse and what Airflow reported about them."""

    root: Path
    report: dict[str, Any] = field(repr=False)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.db"

    def run_of(self, dag_id: str) -> dict[str, Any]:
        """The last run of a DAG."""
        runs = [run for run in self.report["runs"] if run["dag_id"] == dag_id]
        assert runs, f"{dag_id} was not run; see {self.root}/airflow.log"
        return runs[-1]


@contextmanager
def only_one_worker(lock_file: Path) -> Iterator[None]:
    """Serialises the workers of pytest-xdist, which each have their own session fixtures."""
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def airflow_environment(root: Path, dags: Path, python_path: list[Path]) -> dict[str, str]:
    """Environment of an Airflow that knows nothing of this machine's own settings."""
    connections = {
        "WAREHOUSE": {"conn_type": "sqlite", "host": str(root / "warehouse.db")},
        "FS_FERNWOOD": {"conn_type": "fs", "extra": {"path": str(root / "data")}},
    }
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(map(str, python_path)),
        "AIRFLOW_HOME": str(root / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(dags / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "FERNWOOD_DATA": str(root / "data"),
        **{f"AIRFLOW_CONN_{name}": json.dumps(connection) for name, connection in connections.items()},
    }


def probe_airflow(
    python: Path, root: Path, dags: Path, python_path: list[Path], runs: list[tuple[str, str]]
) -> AirflowWorld:
    """Let Airflow load a DAG folder and run some DAGs; once per test session, however many workers there are."""
    report_file = root / "report.json"
    if not report_file.exists():
        plan = {
            "pools": ["warehouse", "training"],
            "runs": [{"dag_id": dag_id, "logical_date": logical_date} for dag_id, logical_date in runs],
        }
        (root / "plan.json").write_text(json.dumps(plan))
        shutil.copytree(SAMPLE_DAGS / "data" / "raw", root / "data" / "raw")
        (root / "home").mkdir()
        with (root / "airflow.log").open("w") as log:
            try:
                done = subprocess.run(
                    [str(python), str(PROBE), str(root / "plan.json"), str(root / "report.part.json")],
                    cwd=root,
                    env=airflow_environment(root, dags, python_path),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=TIMEOUT_SECONDS,
                )
                exit_code: int | str = done.returncode
            except subprocess.TimeoutExpired:
                exit_code = f"none after {TIMEOUT_SECONDS} s"
        part = root / "report.part.json"
        report = json.loads(part.read_text()) if part.exists() else {"dags": {}, "import_errors": {}, "runs": []}
        report_file.write_text(json.dumps({**report, "exit_code": exit_code}))
    report = json.loads(report_file.read_text())
    if not report["dags"]:
        tail = (root / "airflow.log").read_text()[-3000:]
        pytest.fail(f"Airflow did not load the folder (exit code {report['exit_code']}):\n{tail}", pytrace=False)
    return AirflowWorld(root, report)


def shared_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all workers of this test session see."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = base / name
    folder.mkdir(exist_ok=True)
    return folder


def copy_dags(target: Path, *, airflow2: bool) -> Path:
    """The sample DAGs without data; the files for Airflow 2 or all the others."""
    if target.exists():
        return target
    ignored = shutil.ignore_patterns("__pycache__", "data", *([] if airflow2 else ["airflow2"]))
    shutil.copytree(SAMPLE_DAGS / "airflow2" if airflow2 else SAMPLE_DAGS, target, ignore=ignored)
    return target


DAY_BEFORE, DAY = "2026-01-01", "2026-01-02"

# In the order in which the schedules would start them. Logical dates are those of the schedules, in UTC.
AIRFLOW3_RUNS = [
    ("customers_curated", f"{DAY}T04:00:00+00:00"),
    ("product_margins", f"{DAY}T04:00:00+00:00"),
    ("orders_daily", f"{DAY_BEFORE}T04:30:00+00:00"),
    ("orders_daily", f"{DAY}T04:30:00+00:00"),
    # a data-interval timetable: the run of the second works on the first
    ("web_events_daily", "2026-01-02T01:00:00+00:00"),
    ("web_events_daily", "2026-01-03T01:00:00+00:00"),
    ("warehouse_load", f"{DAY}T05:00:00+00:00"),
    ("marts_daily", f"{DAY}T05:30:00+00:00"),
    ("data_quality", f"{DAY}T06:00:00+00:00"),
    ("country_report_de", f"{DAY}T07:00:00+00:00"),
    ("country_report_at", f"{DAY}T07:00:00+00:00"),
    ("feed_google_shopping", f"{DAY}T06:00:00+00:00"),
    # midnight in Berlin is still the day before in UTC
    ("feed_price_comparison", f"{DAY}T23:00:00+00:00"),
    ("supplier_prices", "2026-01-05T02:00:00+00:00"),
    ("stock_replenishment", f"{DAY}T21:00:00+00:00"),
    ("customer_features", f"{DAY}T06:00:00+00:00"),
    ("churn_training", f"{DAY}T06:00:00+00:00"),
    ("churn_scoring", f"{DAY}T06:00:00+00:00"),
    ("inbound_returns", f"{DAY}T17:00:00+00:00"),
    ("warehouse_maintenance", "2026-01-04T01:00:00+00:00"),
    ("orders_daily", "2026-01-05T04:30:00+00:00"),
    ("country_report_nl", "2026-01-05T07:30:00+00:00"),
]

# newsletter_segments has no tasks before its start date, which is always some days ago.
NOW = datetime.now(timezone.utc).isoformat(timespec="seconds")

AIRFLOW2_RUNS = [
    ("loyalty_points", f"{DAY}T04:00:00+00:00"),
    ("newsletter_segments", NOW),
    ("supplier_invoices", f"{DAY}T19:00:00+00:00"),
]

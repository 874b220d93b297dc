"""How alive DAGs are: from a running Airflow, or from a file that somebody exported.

A file is CSV or JSON with a row for each DAG, or for each run: `dag_id`, `is_paused` (or `paused`), and the time of a run (`last_run`,
`start_date`, `execution_date`, `logical_date`...). So are `airflow dags list -o json` and `airflow dags list-runs -o json`, and the rows of

    select d.dag_id, d.is_paused, max(r.start_date) as last_run
    from dag d left join dag_run r on r.dag_id = d.dag_id where d.is_active group by d.dag_id, d.is_paused
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from migrator.diagnostics import MigratorError
from migrator.roadmap.model import Activity

MAX_BYTES = 100_000_000

_TIMES = ("last_run", "start_date", "execution_date", "logical_date", "run_after", "end_date")
_PAUSED = ("is_paused", "paused")


def read_activity(source: str) -> dict[str, Activity]:
    """The activity by DAG id. `source` is the URL of an Airflow, or a file.

    MigratorError MIG014 where Airflow cannot be asked, MIG015 where the file cannot be read or is something else.
    """
    return ask(source) if source.startswith(("http://", "https://")) else read_file(Path(source))


def ask(url: str, environment: Mapping[str, str] = os.environ) -> dict[str, Activity]:
    """What the Airflow at a URL tells: which DAGs it has, which are paused, when each ran last."""
    from migrator.against.rest import Airflow, checked

    airflow = Airflow(checked(url), environment)
    airflow.connect()
    active = {"only_active": True} if airflow.api == "/api/v1" else {"exclude_stale": True}
    found = {}
    for dag in airflow.pages("/dags", "dags", **active):
        dag_id = str(dag["dag_id"])
        path = f"/dags/{urllib.parse.quote(dag_id, safe='')}/dagRuns"
        runs = airflow.get(path, limit=1, order_by="-start_date").get("dag_runs") or []
        found[dag_id] = Activity(bool(dag.get("is_paused")), max(filter(None, map(_run_time, runs)), default=None))
    return found


def read_file(path: Path) -> dict[str, Activity]:
    """What an export tells."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise MigratorError("MIG015", f"`{path}` cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MigratorError("MIG015", f"`{path}` is not text in UTF-8") from None
    if len(data) > MAX_BYTES:
        raise MigratorError("MIG015", f"`{path}` is larger than {MAX_BYTES:,} bytes")
    rows = _json_rows(text, path) if text.lstrip()[:1] in ("[", "{") else list(csv.DictReader(io.StringIO(text)))
    if not rows or not all(isinstance(row, Mapping) and isinstance(row.get("dag_id"), str) for row in rows):
        raise MigratorError("MIG015", f"`{path}` has no rows with a `dag_id`")
    if not any(name in row for row in rows for name in (*_PAUSED, *_TIMES)):
        raise MigratorError("MIG015", f"`{path}` tells neither which DAGs are paused nor when they ran")
    return _joined(rows)


def _json_rows(text: str, path: Path) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise MigratorError("MIG015", f"`{path}` is not valid JSON") from None
    if isinstance(found, dict):
        found = found.get("dags") or found.get("dag_runs")
    return found if isinstance(found, list) else []


def _joined(rows: Iterable[Mapping[str, Any]]) -> dict[str, Activity]:
    """One activity for each DAG; of several rows any that says paused, and the latest run."""
    found: dict[str, Activity] = {}
    for row in rows:
        before = found.get(row["dag_id"], Activity())
        paused = next((row[name] for name in _PAUSED if row.get(name) not in (None, "")), False)
        times = [time for time in (before.last_run, _run_time(row)) if time is not None]
        found[row["dag_id"]] = Activity(before.paused or _true(paused), max(times, default=None))
    return found


def _true(value: object) -> bool:
    return value is True or str(value).strip().lower() in ("true", "t", "1", "yes")


def _run_time(row: Mapping[str, Any]) -> dt.datetime | None:
    for name in _TIMES:
        moment = _moment(row.get(name))
        if moment is not None:
            return moment
    return None


def _moment(value: object) -> dt.datetime | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = dt.datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.timezone.utc)

"""What comparisons of Dagster's output with Airflow's showed: one small JSON file per DAG in `src/<package>/migration/shadow/`.

    {"schema_version": 1, "dag_id": "orders_daily", "results": [{"at": "2026-11-22T08:00:00+00:00", "task_id": "load",
     "partition": "2026-11-21", "equal": true, "what": "3 tables are equal", "rows_airflow": 120, "rows_dagster": 120}]}

The results stand in the order in which they were made; only the last `KEPT` are kept.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from migrator.diagnostics import MigratorError
from migrator.state.stages import SUFFIX

KEPT = 100


class ShadowResult(BaseModel):
    """One comparison. `what` says in a line what was compared and what differs; counts are None where rows cannot be counted."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: dt.datetime
    task_id: str
    partition: str = ""
    equal: bool
    what: str = ""
    rows_airflow: int | None = None
    rows_dagster: int | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_version: Literal[1] = 1
    dag_id: str
    results: tuple[ShadowResult, ...] = ()


def read_results(migration: Path, dag_id: str) -> tuple[ShadowResult, ...]:
    """The results of a DAG, the newest last. MigratorError MIG610 where the file cannot be read or holds something else."""
    path = migration / "shadow" / f"{dag_id}{SUFFIX}"
    try:
        found = _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        why = "it holds something else" if isinstance(error, ValidationError) else type(error).__name__
        raise MigratorError("MIG610", f"`shadow/{dag_id}{SUFFIX}` cannot be read: {why}") from None
    return found.results


def add_result(migration: Path, dag_id: str, result: ShadowResult) -> None:
    """Adds a result. MigratorError MIG610 where the file cannot be read or written; then it is as it was."""
    results = (*read_results(migration, dag_id), result)[-KEPT:]
    folder = migration / "shadow"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_File(dag_id=dag_id, results=results).model_dump_json(indent=2) + "\n")
        Path(name).chmod(0o644)
        Path(name).replace(folder / f"{dag_id}{SUFFIX}")
    except OSError as error:
        raise MigratorError("MIG610", f"`{folder}` cannot be written: {error.strerror}") from None

"""Whether Dagster's output was equal to Airflow's when they were last compared."""

from __future__ import annotations

from pathlib import Path

from migrator.dashboard.verdicts import Level, Verdict
from migrator.diagnostics import MigratorError
from migrator.state.shadow import ShadowResult, read_results


def verdict(migration: Path, dag_id: str) -> Verdict | None:
    """The last result of each task; None where nothing was ever compared."""
    try:
        results = read_results(migration, dag_id)
    except MigratorError as error:
        return Verdict(Level.WARN, error.message)
    last: dict[str, ShadowResult] = {result.task_id: result for result in results}
    if not last:
        return None
    different = [result for result in last.values() if not result.equal]
    if different:
        return Verdict(Level.WRONG, "differs from Airflow: " + "; ".join(_told(result) for result in different))
    newest = max(last.values(), key=lambda result: result.at)
    tasks = "1 task" if len(last) == 1 else f"{len(last)} tasks"
    return Verdict(Level.OK, f"equal to Airflow, {tasks} compared; the last one: {_told(newest)}")


def _told(result: ShadowResult) -> str:
    where = f"`{result.task_id}` {result.partition}".rstrip()
    return f"{where} ({result.at:%Y-%m-%d}): {result.what}" if result.what else f"{where} ({result.at:%Y-%m-%d})"

"""The analysis beside a real Airflow: one that is installed here (`local`), or one that runs (`rest`).

Comes in: what `--against` names, and an analysis. Goes out: a `Comparison`. Nothing of this runs unless the user asks for it: a local
Airflow executes the DAG files, in its own environment and processes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from migrator.against.compare import Comparison, Difference, Refused, compare

__all__ = ["Comparison", "Difference", "Refused", "compare", "compare_with"]


def compare_with(
    target: str,
    folder: Path,
    files: Sequence[str],
    dags: Sequence[Mapping[str, Any]],
    roots: Sequence[Path] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Comparison:
    """Asks the Airflow at `target` (a URL, or the path of a Python) and compares it with `dags`, as the JSON report has them.

    MigratorError MIG014 where there is no such Airflow, or it cannot be asked.
    """
    if target.startswith(("http://", "https://")):
        from migrator.against.rest import ask

        return compare(ask(target, files, progress=progress), dags, target)
    from migrator.against.local import load_with

    truth = load_with(Path(target).absolute(), folder, files, roots, progress=progress)
    return compare(truth, dags, target)

"""The DAGs that a project is made of, where it is not made of all: teams that move one DAG after another add to it with each `--select`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from migrator.diagnostics import MigratorError
from migrator.model.selection import Selection
from migrator.state.inventory import find_migration_folder

SELECTION = ".migrator/selection.json"


def read_selection(project: Path) -> tuple[str, ...] | None:
    """The ids of the DAGs that the project was made of; None where it was made of all, or there is none yet.

    MigratorError (MIG501) where the file does not tell them, as after a merge of two branches that nobody resolved.
    """
    try:
        found = json.loads((project / SELECTION).read_text(encoding="utf-8"))["dags"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(dag_id, str) for dag_id in found):
        raise MigratorError(
            "MIG501",
            f"`{project / SELECTION}` does not tell which DAGs the project is made of",
            "list their ids in it (after a merge, those of both sides), or restore it from version control",
        )
    return tuple(found)


def selection_for(project: Path, select: Iterable[str], everything: bool) -> Selection | None:
    """What to generate into `project` where `select` is asked for; None for all DAGs.

    A project that was made of all DAGs, or is to hold `everything`, stays or becomes so. Raises what `read_selection` does, if that is to be known.
    """
    if everything:
        return None
    asked, kept = tuple(select), read_selection(project)
    if kept is None and (not asked or _is_generated(project)):
        return None
    return Selection(asked, kept or ())


def selection_text(dag_ids: Iterable[str]) -> str:
    """The file that says for the next time which DAGs the project is made of."""
    return json.dumps({"dags": sorted(dag_ids)}, indent=2, ensure_ascii=False) + "\n"


def _is_generated(project: Path) -> bool:
    try:
        find_migration_folder(project)
    except MigratorError:
        return False
    return True

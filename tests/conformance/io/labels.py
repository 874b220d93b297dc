"""Reads the labels: what tasks of public repositories read, write and are (README.md of this folder)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROLES = ("asset", "check", "sensor", "control", "side_effect")
KINDS = ("table", "file", "object", "dataset", "model", "stream", "api", "xcom")
DIFFICULTIES = ("literal", "resolved", "body", "sql", "command", "dbt")
DIRECTIONS = ("outputs", "inputs")


@dataclass(frozen=True)
class Reference:
    """One thing that a task reads or writes. `names` are its right spellings, the first as the report spells it."""

    names: tuple[str, ...]
    kind: str
    difficulty: str
    optional: bool = False


@dataclass(frozen=True)
class Label:
    """One task. `roles` are those that are right, the first the best."""

    repository: str
    commit: str | None
    file: str
    dag: str
    task: str
    roles: tuple[str, ...]
    outputs: tuple[Reference, ...]
    inputs: tuple[Reference, ...]
    unseen: str = ""
    note: str = ""

    def references(self, direction: str) -> tuple[Reference, ...]:
        """The `outputs` or the `inputs`."""
        return self.outputs if direction == "outputs" else self.inputs


def read_labels(folder: Path = HERE / "labels") -> tuple[Label, ...]:
    """All labels, in the order of the files and of their lines. ValueError names the file and line of one that is not as README.md says."""
    labels = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                labels.append(_label(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error
    return tuple(labels)


def read_folders() -> dict[str, tuple[str, ...]]:
    """The folders of DAG files of each repository, each analyzed for itself as one Airflow would load it."""
    folders: Mapping[str, list[str]] = json.loads((HERE / "repositories.json").read_text(encoding="utf-8"))
    return {repository: tuple(found) for repository, found in folders.items()}


_KNOWN = {"repo", "commit", "file", "dag", "task", "role", "role_also", "outputs", "inputs", "unseen", "note"}


def _label(row: Mapping[str, Any]) -> Label:
    _refuse(set(row) - _KNOWN)
    roles = (row["role"], *row.get("role_also", ()))
    _refuse(set(roles) - set(ROLES))
    return Label(
        repository=row["repo"],
        commit=row["commit"],
        file=row["file"],
        dag=row["dag"],
        task=row["task"],
        roles=roles,
        outputs=tuple(_reference(found) for found in row["outputs"]),
        inputs=tuple(_reference(found) for found in row["inputs"]),
        unseen=row.get("unseen", ""),
        note=row.get("note", ""),
    )


def _reference(row: Mapping[str, Any]) -> Reference:
    _refuse(set(row) - {"name", "kind", "difficulty", "optional", "also"})
    _refuse({row["kind"]} - set(KINDS))
    _refuse({row["difficulty"]} - set(DIFFICULTIES))
    return Reference((row["name"], *row.get("also", ())), row["kind"], row["difficulty"], bool(row.get("optional")))


def _refuse(unknown: set[str]) -> None:
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")

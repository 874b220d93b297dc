"""Files of a shadow run: a copy of the folders that it works in, and what it wrote there, compared with the real ones."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrator.diagnostics import MigratorError

_LINES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".sql", ".md", ".log")
State = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class ComparedFile:
    """A file that was written; the counts are None where it has no rows. `different` is empty where it is equal."""

    name: str
    rows_real: int | None
    rows_shadow: int | None
    different: str


def copy_folder(real: Path, shadow: Path, limit: int) -> State:
    """Copies a folder, links to files as files. Goes out what is there, to see later what was written.

    MigratorError MIG650 where it holds more than `limit` bytes.
    """
    total = 0
    for folder, _, names in os.walk(real):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except OSError:
                continue
            if total > limit:
                raise MigratorError(
                    "MIG650",
                    f"`{real}` holds more than {limit // 1_000_000:,} MB, and would be copied",
                    "run it where the folder holds less, or give `--copy-limit`",
                )
    shutil.copytree(real, shadow, ignore_dangling_symlinks=True)
    return state_of(shadow)


def state_of(folder: Path) -> State:
    """Each file below a folder with what tells whether it was written."""
    found: State = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            status = path.stat()
            found[path.relative_to(folder).as_posix()] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def written(before: State, after: State) -> list[str]:
    """The files that are new or were written, in order."""
    return sorted(name for name, status in after.items() if before.get(name) != status)


def compare_file(real: Path, shadow: Path, name: str) -> ComparedFile:
    """One file in both places: by its bytes, and where these differ by what it holds."""
    if not real.is_file():
        return ComparedFile(name, None, None, "only Dagster wrote it")
    first, second = real.read_bytes(), shadow.read_bytes()
    suffix = real.suffix.lower()
    if suffix in _LINES:
        one, two = first.splitlines(), second.splitlines()
        head = int(suffix in (".csv", ".tsv"))
        counts = len(one) - head, len(two) - head
        if first == second:
            return ComparedFile(name, *counts, "")
        if head and one[:1] != two[:1]:
            return ComparedFile(name, *counts, "other columns")
        if len(one) != len(two):
            return ComparedFile(name, *counts, f"{counts[0]} rows in Airflow, {counts[1]} in Dagster")
        return ComparedFile(
            name, *counts, "" if Counter(one) == Counter(two) else f"{counts[0]} rows, but other values"
        )
    if suffix == ".parquet":
        return _compare_parquet(real, shadow, name)
    if first == second:
        return ComparedFile(name, None, None, "")
    if suffix == ".json" and _json(first) == _json(second) != None:  # noqa: E711  (JSON may hold null)
        return ComparedFile(name, None, None, "")
    return ComparedFile(name, None, None, f"{len(first)} bytes in Airflow, {len(second)} in Dagster, that differ")


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _compare_parquet(real: Path, shadow: Path, name: str) -> ComparedFile:
    try:
        import pyarrow.parquet as parquet  # type: ignore[import-untyped]
    except ImportError:
        same = real.read_bytes() == shadow.read_bytes()
        return ComparedFile(name, None, None, "" if same else "other bytes (pyarrow is not installed to read them)")
    one, two = parquet.read_table(real), parquet.read_table(shadow)
    counts = one.num_rows, two.num_rows
    if not one.schema.equals(two.schema):
        return ComparedFile(name, *counts, "other columns")
    if counts[0] != counts[1]:
        return ComparedFile(name, *counts, f"{counts[0]} rows in Airflow, {counts[1]} in Dagster")
    rows = [Counter(map(repr, table.to_pylist())) for table in (one, two)]
    return ComparedFile(name, *counts, "" if rows[0] == rows[1] else f"{counts[0]} rows, but other values")

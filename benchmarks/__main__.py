"""Writes docs/benchmarks.md: `python -m benchmarks [--files N] [--large N] [--airflow PYTHON] [--output FILE]`.

All on one made-up corpus (see `corpus`), each measurement in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import corpus

ROOT = Path(__file__).parent.parent


def measure(kind: str, folder: Path, *more: object) -> dict[str, Any]:
    """What `benchmarks.measure` says."""
    command = [sys.executable, "-m", "benchmarks.measure", kind, str(folder), *map(str, more)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def load_in_airflow(python: str, folder: Path) -> dict[str, Any]:
    """What Airflow's DagBag needs for the folder."""
    script = ROOT / "benchmarks" / "load_in_airflow.py"
    done = subprocess.run([python, str(script), str(folder)], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows(place: Path, files: int, large: int, airflow: str) -> list[tuple[str, str, str, str, str]]:
    """The table: what was measured, processor seconds, seconds, times parsing alone, remarks."""
    folder, cache = place / "dags", place / "cache"
    corpus.write(folder, files)
    parse = measure("parse", folder)

    def row(what: str, found: dict[str, Any], remark: str = "", unit: dict[str, Any] = parse) -> None:
        times = f"{found['cpu'] / unit['cpu']:.2f}"
        table.append((what, f"{found['cpu']:.2f}", f"{found['wall']:.2f}", times, remark))

    table: list[tuple[str, str, str, str, str]] = []
    row("parsing alone with libcst", parse, f"{parse['files']} files, {parse['characters'] / 1e6:.1f} MB")
    one = measure("analyze", folder)
    row("analyze, one core, no cache", one)
    two = measure("analyze", folder, 2)
    remark = (
        f"{one['wall'] / two['wall']:.2f} times as fast as one; {two['cpu']:.2f} processor seconds in the first process"
    )
    table.append(("analyze, two processes, no cache", "", f"{two['wall']:.2f}", "", remark))
    first = measure("analyze", folder, 1, cache)
    row("analyze, first run with a cache", first)
    again = measure("analyze", folder, 1, cache)
    row("analyze, nothing changed", again, f"{again['cpu'] / first['cpu']:.1%} of the first run")
    changed = next(folder.glob("taskflow_*.py"))
    changed.write_text(changed.read_text() + "\nCHANGED = True\n")
    row("analyze, one file changed", measure("analyze", folder, 1, cache))
    if airflow:
        loaded = load_in_airflow(airflow, folder)
        row("DagBag of Airflow", loaded, f"{loaded['dags']} DAGs, {loaded['errors']} import errors")
    if large:
        corpus.write(place / "large", large)
        most = measure("analyze", place / "large", 2)
        per_file = most["cpu"] / most["files"] / (two["cpu"] / two["files"])
        remark = f"{most['cpu']:.2f} processor seconds ({per_file:.2f} times as long for each file) and {most['megabytes']:.0f} MB in the first process"
        table.append((f"analyze, {large:,} files, two processes", "", f"{most['wall']:.2f}", "", remark))
        shutil.rmtree(place / "large")
    table += [*_growing(place)]
    return table


def _growing(place: Path) -> list[tuple[str, str, str, str, str]]:
    """One file, larger and larger."""
    table = []
    for steps in (50, 100, 200):
        folder = place / f"steps_{steps}"
        folder.mkdir()
        (folder / "long.py").write_text(corpus.long_file(1, steps))
        found = measure("analyze", folder)
        size = found["characters"]
        remark = f"{found['cpu'] / size * 1e6:.0f} microseconds for each character"
        table.append(
            (f"analyze, a file of {size / 1000:.0f} kB", f"{found['cpu']:.2f}", f"{found['wall']:.2f}", "", remark)
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=5_000, help="0: not measured")
    parser.add_argument("--airflow", default="", metavar="PYTHON", help="the Python of an Airflow 3 environment")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        table = rows(Path(place), given.files, given.large, given.airflow)
    lines = [
        "# Speed",
        "",
        "Written by `make benchmark`. The corpus is made up by `benchmarks/corpus.py`; each line is a process of its own, in which everything is",
        "imported before the clock starts. What the processes of the pool need is not in the processor time and memory of the first process, which starts",
        "them and joins what they find; and the seconds that pass depend on what else the machine does: compare them on an idle machine only.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f} when it was done.",
        "",
        "| what | processor seconds | seconds | times parsing alone | |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in table),
    ]
    given.output.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

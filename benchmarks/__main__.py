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
from collections.abc import Callable
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


_IDLE = 1.15
"""Seconds for each processor second of one process up to which the machine counts as idle."""

Row = tuple[str, str, str, str, str]


class Table:
    """What was measured, line by line; `unit` is what parsing alone takes."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.unit: dict[str, Any] = {}

    def add(self, what: str, found: dict[str, Any], remark: str = "") -> dict[str, Any]:
        """One measurement as a line."""
        self.unit = self.unit or found
        used = found["cpu"] + found.get("pool_cpu", 0)
        times = f"{used / self.unit['cpu']:.2f}" if found["characters"] == self.unit["characters"] else ""
        self.rows.append((what, f"{used:.2f}", f"{found['wall']:.2f}", times, remark))
        return found


def table(place: Path, files: int, large: int, airflow: str) -> list[Row]:
    """The table: what was measured, processor seconds, seconds, times parsing alone, remarks."""
    found = Table()
    folder, cache = place / "dags", place / "cache"
    corpus.write(folder, files)
    parse = measure("parse", folder)
    found.add("parsing alone with libcst", parse, f"{parse['files']} files, {parse['characters'] / 1e6:.1f} MB")
    one = found.add("analyze, one core, no cache", measure("analyze", folder))
    two = measure("analyze", folder, 2)
    found.add("analyze, two processes, no cache", two, _scaling(one, two))
    written = measure("generate", folder)
    found.add("generate, one core, no cache", written, f"at most {written['megabytes']:.0f} MB")
    first = found.add("analyze, first run with a cache", measure("analyze", folder, 1, cache))
    again = measure("analyze", folder, 1, cache)
    found.add("analyze, nothing changed", again, f"{again['cpu'] / first['cpu']:.1%} of the first run")
    changed = next(folder.glob("taskflow_*.py"))
    changed.write_text(changed.read_text() + "\n")
    found.add("analyze, one file changed", measure("analyze", folder, 1, cache))
    helper = folder / "common" / "helpers.py"
    helper.write_text(helper.read_text() + "\n")
    found.add("analyze, a module changed that nearly all import", measure("analyze", folder, 1, cache))
    if airflow:
        loaded = load_in_airflow(airflow, folder) | {"characters": one["characters"]}
        found.add("DagBag of Airflow", loaded, f"{loaded['dags']} DAGs, {loaded['errors']} import errors")
        _examples(found, next(Path(airflow).absolute().parent.parent.glob(_EXAMPLES)))
    if large:
        corpus.write(place / "large", large)
        most = measure("analyze", place / "large", 2)
        per_file = _used(most) / most["files"] / (_used(two) / two["files"])
        remark = f"{per_file:.2f} times as long for each file; at most {most['megabytes']:.0f} MB in the first process, {most['pool_megabytes']:.0f} MB in each other"
        found.add(f"analyze, {large:,} files, two processes", most, remark)
        written_all = measure("generate", place / "large", 2)
        per_file = _used(written_all) / written_all["files"] / (_used(written) / written["files"])
        remark = f"{per_file:.2f} times as long for each file; at most {written_all['megabytes']:.0f} MB in the first process"
        found.add(f"generate, {large:,} files, two processes", written_all, remark)
        shutil.rmtree(place / "large")
    _extremes(found, place)
    return found.rows


_EXAMPLES = "lib/python*/site-packages/airflow/example_dags"


def _examples(found: Table, folder: Path) -> None:
    """The DAGs that come with Airflow: files that nobody wrote for this measurement."""
    parse, cold = measure("parse", folder), measure("analyze", folder)
    size = f"{parse['files']} files, {parse['characters'] / 1e6:.1f} MB"
    found.add("parsing alone, Airflow's own example DAGs", parse, size)
    found.add("analyze, the same", cold, f"{cold['cpu'] / parse['cpu']:.2f} times parsing them")


def _used(found: dict[str, Any]) -> float:
    used: float = found["cpu"] + found["pool_cpu"]
    return used


def _scaling(one: dict[str, Any], two: dict[str, Any]) -> str:
    """How much faster two processes are: by the clock where nobody else used the machine, else by who used how much of the processor."""
    if one["wall"] <= _IDLE * one["cpu"]:
        return f"{one['wall'] / two['wall']:.2f} times as fast as one"
    alone, together = two["cpu"] - two["shared"], two["shared"] + two["pool_cpu"]
    expected = one["cpu"] / (alone + together / 2)
    return (
        f"the machine was not idle; {alone:.2f} processor seconds that the first process works alone and then half of {together:.2f} in all of "
        f"them would be {expected:.2f} times as fast as one"
    )


def _sqlglot() -> str:
    """The library that most of the time for SQL is spent in: it has a compiled part, which may be installed or not."""
    import sqlglot.parser

    written = "in Python" if str(sqlglot.parser.__file__).endswith(".py") else "compiled (sqlglotc)"
    return f"sqlglot {sqlglot.__version__}, {written}"


def _extremes(found: Table, place: Path) -> None:
    """Large files of several kinds, each in a folder of its own."""

    def one(name: str, text: str, what: str, remark: Callable[[dict[str, Any]], str] = lambda _: "") -> None:
        folder = place / name
        folder.mkdir()
        (folder / "dag.py").write_text(text)
        measured = measure("analyze", folder)
        found.add(f"analyze, {what}", measured, remark(measured))

    def for_each_character(measured: dict[str, Any]) -> str:
        return f"{measured['cpu'] / measured['characters'] * 1e6:.0f} microseconds for each character"

    for steps in (50, 100, 200):
        text = corpus.long_file(1, steps)
        one(f"steps_{steps}", text, f"a file of {len(text) / 1000:.0f} kB", for_each_character)
    for number in (1_000, 2_000):
        each = f"a DAG of {number:,} tasks"
        one(
            f"tasks_{number}",
            corpus.many_tasks(number),
            each,
            lambda m, n=number: f"{m['cpu'] / n * 1e3:.1f} ms a task",
        )  # type: ignore[misc]
    one("chain_400", corpus.long_chain(400), "`t0 >> t1 >> ...` of 400 tasks")
    one("chain_8000", corpus.long_chain(8_000), "the same of 8,000 tasks", lambda _: "refused as too deep: MIG006")
    one(
        "list",
        corpus.deep_list(100_000),
        "a list in a list, 100,000 levels deep",
        lambda _: "refused by Python's parser",
    )
    for megabytes in (1, 10):
        corpus.write_sql(place / f"sql_{megabytes}", megabytes)
        sql = measure("analyze", place / f"sql_{megabytes}")
        found.add(f"analyze, {megabytes} MB of SQL", sql, f"{sql['cpu'] / megabytes:.2f} processor seconds a MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=5_000, help="0: not measured")
    parser.add_argument("--airflow", default="", metavar="PYTHON", help="the Python of an Airflow 3 environment")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        rows = table(Path(place), given.files, given.large, given.airflow)
    lines = [
        "# Speed",
        "",
        "Written by `make benchmark`. The corpus is made up by `benchmarks/corpus.py`; each line is a process of its own, in which everything is",
        "imported before the clock starts. Processor seconds are those of all processes together. The seconds that pass depend on what else the machine",
        "does: compare them on an idle machine only.",
        "",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {_sqlglot()},"
        f" load {os.getloadavg()[0]:.1f} when it was done.",
        "",
        "| what | processor seconds | seconds | times parsing alone | |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    given.output.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

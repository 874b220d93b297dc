"""The cases: which DAG file is run for which dates, and which differences are expected because they were declared beforehand."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

HERE = Path(__file__).parent
DAGS = HERE / "dags"
RECORDED = HERE / "recorded"


@dataclass(frozen=True)
class Difference:
    """A difference that is expected: `seen` is a part of what the comparison says, `declared` of what was told beforehand."""

    seen: str
    declared: str


@dataclass(frozen=True)
class Case:
    """One DAG file. `airflow` is the version that it runs in; `runs` are the runs of its DAGs in order."""

    name: str
    about: str
    airflow: int
    runs: tuple[dict[str, Any], ...]
    differences: tuple[Difference, ...] = ()

    @property
    def file(self) -> Path:
        """The DAG file; a case may have a folder of its own with what the file needs beside it."""
        folder = DAGS / self.name
        return (folder if folder.is_dir() else DAGS) / f"{self.name}.py"

    def copy_to(self, dags: Path) -> None:
        """Makes `dags` a DAG folder that holds the case alone."""
        if self.file.parent == DAGS:
            dags.mkdir(parents=True)
            shutil.copy(self.file, dags)
        else:
            shutil.copytree(self.file.parent, dags, ignore=shutil.ignore_patterns("__pycache__"))

    @property
    def recorded(self) -> Path:
        return RECORDED / f"{self.name}.json"


def load_cases(names: Iterable[str] = ()) -> list[Case]:
    """The cases of these names; all of them if none is given."""
    tables = tomli.loads((HERE / "cases.toml").read_text(encoding="utf-8"))
    wanted = set(names)
    unknown = wanted - tables.keys()
    if unknown:
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))}")
    return [_case(name, table) for name, table in tables.items() if not wanted or name in wanted]


def _case(name: str, table: dict[str, Any]) -> Case:
    runs = [run if isinstance(run, dict) else {"logical_date": _in_utc(run)} for run in table["runs"]]
    return Case(
        name,
        table["about"],
        table.get("airflow", 3),
        tuple({"dag_id": name, **run, **_date(run)} for run in runs),
        tuple(Difference(**row) for row in table.get("differences", ())),
    )


def _date(run: dict[str, Any]) -> dict[str, Any]:
    return {"logical_date": _in_utc(run["logical_date"])} if run.get("logical_date") else {}


def _in_utc(date: str) -> str:
    text = date if "T" in date else f"{date}T00:00:00"
    return text if "+" in text else f"{text}+00:00"

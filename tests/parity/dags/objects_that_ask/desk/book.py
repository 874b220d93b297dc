from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

from airflow.sdk import get_current_context

from .journal import Journal


class Book:
    """A folder for each day; whose page is written is taken from the running task."""

    def __init__(self, name: str):
        self.name = name
        self.journal = Journal(f"journal_{name}")

    @property
    def folder(self) -> Path:
        context = get_current_context()
        return Path(os.environ["DATA_DIR"]) / self.name / context["ds_nodash"]

    @staticmethod
    def title() -> str:
        return f"day {get_current_context()['ds']}"

    def open(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.journal(f"opened {self.folder.name}")

    @contextmanager
    def page(self, kind: str = "txt"):
        ti = get_current_context()["ti"]
        suffix = f"-{ti.map_index}" if ti.map_index >= 0 else ""
        with open(self.folder / f"{ti.task_id}{suffix}.{kind}", "w") as file:
            file.write(f"{self.title()}\n")
            yield file

    @contextmanager
    def lent(self):
        self.journal("lent")
        yield self
        self.journal("back")

    def noted(self, text: str) -> Book:
        self.journal(text)
        return self

    @classmethod
    def named(cls, name: str) -> Book:
        return cls(name)

    def count(self, key: str) -> int:
        found = [path.name for path in self.folder.iterdir()]
        get_current_context()["ti"].xcom_push(key=key, value=sorted(found))
        return len(found)

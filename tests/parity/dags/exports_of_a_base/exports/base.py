"""What all exports do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, BaseSensorOperator


class ExportOperator(BaseOperator):
    """Writes the rows of a day to a file."""

    template_fields = ("path",)
    ui_color = "#c7e9c0"

    def __init__(self, path: str, header: str = "", separator: str = ";", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.header = header
        self.separator = separator

    @abstractmethod
    def rows(self, context: Any) -> Iterable[tuple[Any, ...]]:
        """The rows of the day."""

    def execute(self, context: Any) -> int:
        rows = [self.separator.join(map(str, row)) for row in self.rows(context)]
        self.write([self.header, *rows] if self.header else rows)
        context["ti"].xcom_push(key="first", value=rows[0])
        self.log.info("%d rows of %s", len(rows), context["ds"])
        return len(rows)

    def write(self, lines: list[str]) -> None:
        path = Path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


class FileSensor(BaseSensorOperator):
    """Waits for a file that is as it should be."""

    template_fields = ("path",)

    def __init__(self, path: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path

    def poke(self, context: Any) -> bool:
        path = Path(self.path)
        return path.exists() and self.is_done(path.read_text(), context["ds"])

    def is_done(self, text: str, day: str) -> bool:
        return bool(text)

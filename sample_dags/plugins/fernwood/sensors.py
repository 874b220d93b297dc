"""Sensors for files that partners upload slowly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import BaseSensorOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class FileSettledSensor(BaseSensorOperator):
    """Waits until a file exists and was not written to for some seconds.

    :param file_path: the file (templated).
    :param quiet_seconds: how long the file must have been left alone.
    """

    template_fields: Sequence[str] = ("file_path",)

    def __init__(self, *, file_path: str, quiet_seconds: float = 30, **kwargs) -> None:
        super().__init__(**kwargs)
        self.file_path = file_path
        self.quiet_seconds = quiet_seconds

    def poke(self, context: Context) -> bool:
        path = Path(self.file_path)
        if not path.is_file():
            self.log.info("%s is not there yet", path)
            return False
        return time.time() - path.stat().st_mtime >= self.quiet_seconds

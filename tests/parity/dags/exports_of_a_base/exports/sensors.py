"""Sensors of the files of exports."""

from exports.base import FileSensor


class RowsThere(FileSensor):
    """Waits until each row is of the day."""

    def is_done(self, text: str, day: str) -> bool:
        return all(line.startswith(("day", day)) for line in text.splitlines())

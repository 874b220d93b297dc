"""Lines about the task that runs."""

import os

from airflow.sdk import get_current_context


class Journal:
    """Writes one file for each task and day."""

    def __init__(self, name):
        self.path = os.path.join(os.environ["DATA_DIR"], name)

    def __call__(self, text, *more):
        ctx = get_current_context()
        ti = ctx["ti"]
        where = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
        line = self.line(f"{ctx['ds']} {where}: {' '.join([text, *more])}")
        with open(f"{self.path}.{where}", "a") as file:
            file.write(line + "\n")
        return line

    def line(self, text):
        return text


class LoudJournal(Journal):
    def line(self, text):
        return f"{text} ({self.day:>2})"

    @property
    def day(self):
        """The day of the month."""
        return get_current_context()["logical_date"].day


def stamped(text, day=None):
    """A text behind the day that it is about."""
    if day is None:
        day = get_current_context()["ds"]
    return f"{day} {text}"

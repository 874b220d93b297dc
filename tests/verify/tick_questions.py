"""Schedules that Airflow's timetables were asked about, and what they said.

python -m tests.verify.tick_questions   # asks Airflow 2.11 and 3 again, and keeps their answers
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from migrator.verify import ticks
from migrator.verify.ticks.clock import Question, Tick
from tests.integration.worlds import find_airflow_python

ANSWERS = Path(__file__).with_name("ticks_of_airflow.json")
SPRING = ("2025-03-29T00:00:00+00:00", "2025-04-01T00:00:00+00:00")
AUTUMN = ("2025-10-25T00:00:00+00:00", "2025-10-28T00:00:00+00:00")
MARCH = ("2025-03-01T10:20:00+00:00", "2025-03-14T00:00:00+00:00")
CRONS = (
    ("15 6 * * 1-5", "UTC", MARCH),
    ("0 12 13 * 5", "UTC", MARCH),
    ("0 0 1 * *", "Europe/Berlin", ("2025-03-01T10:20:00+00:00", "2025-06-14T00:00:00+00:00")),
    ("30 2 * * *", "Europe/Berlin", SPRING),
    ("0 * * * *", "Europe/Berlin", SPRING),
    ("*/30 1-4 * * *", "Europe/Berlin", SPRING),
    ("30 2 * * *", "Europe/Berlin", AUTUMN),
    ("0 * * * *", "Europe/Berlin", AUTUMN),
    ("30 2 * * *", "America/New_York", ("2025-03-07T00:00:00+00:00", "2025-03-11T00:00:00+00:00")),
    ("15 2 * * *", "Australia/Lord_Howe", ("2025-04-04T00:00:00+00:00", "2025-04-08T00:00:00+00:00")),
)


def questions(version: int) -> Iterator[Question]:
    """What an Airflow of that version is asked."""
    count = 0
    for at_trigger_time in (True, False):
        for catchup in (True, False):
            for cron, zone, (begin, end) in CRONS:
                start = "2025-02-28T00:00:00+00:00" if begin == MARCH[0] else begin
                count += 1
                yield Question(str(count), (cron,), 0, zone, at_trigger_time, catchup, start, "", begin, end)
            for seconds in (6 * 3600, 24 * 3600, 5 * 3600):
                count += 1
                start = "2025-02-28T03:00:00+00:00"
                yield Question(str(count), (), seconds, "UTC", at_trigger_time, catchup, start, "", *MARCH)
            count += 1
            last = "2025-03-08T06:00:00+00:00"
            start = "2025-02-28T12:00:00+00:00"
            yield Question(str(count), ("0 6 * * *",), 0, "UTC", at_trigger_time, catchup, start, last, *MARCH)
        count += 1
        window = ("2025-03-01T00:00:00+00:00", "2025-12-31T00:00:00+00:00")
        yield Question(
            str(count), (), 0, "UTC", at_trigger_time, True, "2024-11-05T07:30:00+00:00", "", *window, months=3
        )
    for catchup in (True, False) if version > 2 else ():  # Airflow 2.11 has no timetable of several expressions
        count += 1
        crons = ("30 9 * * *", "0 16 * * 1-5")
        start = "2025-03-01T00:00:00+00:00"
        yield Question(str(count), crons, 0, "America/New_York", True, catchup, start, "", *MARCH)
    for catchup in (True, False):
        count += 1
        dates = tuple(f"2025-{day}T08:30:00+00:00" for day in ("02-27", "03-01", "03-03", "03-09", "03-13", "03-20"))
        start, last = "2025-02-28T00:00:00+00:00", "2025-03-12T00:00:00+00:00"
        yield Question(str(count), (), 0, "UTC", True, catchup, start, last, *MARCH, dates=dates)
    for zone, lag, months in (("Europe/Berlin", 2 * 24 * 3600, 0), ("Europe/Berlin", 0, 1), ("UTC", 0, 3)):
        count += 1
        window = ("2025-03-01T00:00:00+00:00", "2025-12-31T00:00:00+00:00")
        start = "2025-02-01T00:00:00+00:00"
        yield Question(str(count), ("0 0 1 * *",), 0, zone, True, True, start, "", *window, lag=lag, lag_months=months)


def ask(version: int) -> dict[str, list[list[str]]]:
    """What an Airflow answers, by the number of the question."""
    with tempfile.TemporaryDirectory() as scratch:
        asked, answered = Path(scratch, "asked.json"), Path(scratch, "answered.json")
        asked.write_text(json.dumps([dataclasses.asdict(question) for question in questions(version)]))
        script = Path(ticks.__file__).with_name("airflow_side.py")
        environment = {"HOME": scratch, "AIRFLOW_HOME": scratch, "PATH": "/usr/bin:/bin"}
        command = [str(find_airflow_python(version)), str(script), str(asked), str(answered)]
        subprocess.run(command, check=True, env=environment, capture_output=True, timeout=300)
        found: dict[str, list[list[str]]] = json.loads(answered.read_text())
        return found


def recorded(version: int) -> dict[str, list[Tick]]:
    answers = json.loads(ANSWERS.read_text())[str(version)]
    return {name: [Tick(*row) for row in rows] for name, rows in answers.items()}


if __name__ == "__main__":
    ANSWERS.write_text(json.dumps({version: ask(version) for version in (2, 3)}, indent=0) + "\n")

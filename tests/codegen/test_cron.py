from __future__ import annotations

import datetime as dt

import pytest
from croniter import croniter

from migrator.codegen.cron import Cron, parse


def cron(text: str) -> Cron:
    found = parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "cadence"),
    [
        ("0 * * * *", "hourly"),
        ("30 5 * * *", "daily"),
        ("0 0 * * SUN", "weekly"),
        ("0 0 * * 7", "weekly"),
        ("0 6 1 * *", "monthly"),
        ("0 6 31 * *", "other"),
        ("0 6 1 */3 *", "other"),
        ("0 6 */2 * *", "other"),
        ("0 6 1 * 1", "other"),
        ("15 6 * * 1-5", "other"),
        ("*/10 * * * *", "other"),
        ("0 6,18 * * *", "other"),
    ],
)
def test_cadence(text: str, cadence: str) -> None:
    assert cron(text).cadence == cadence


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "* * * * * *", "60 * * * *", "0 0 L * *", "0 0 * * 5#2", "x 0 * * *", "0/0 * * * *", "5-1 * * * *"],
)
def test_what_is_not_understood(text: str) -> None:
    assert parse(text) is None


def test_due_times_are_those_of_croniter() -> None:
    for text in (
        "*/7 3-5 * * *",
        "0 0 29 2 *",
        "15 6 * * 1-5",
        "0 12 1,15 * 5",
        "5/20 1 * jan-mar sun",
        "30 23 28 * *",
    ):
        start = dt.datetime(2026, 1, 31, 23, 59)
        wanted = croniter(text, start)
        moment = start
        for _ in range(12):
            found = cron(text).after(moment)
            assert found == wanted.get_next(dt.datetime), text
            moment = found


def test_a_due_time_counts_itself() -> None:
    due = dt.datetime(2026, 1, 5, 6)
    assert cron("0 6 * * 1").at_or_after(due) == due
    assert cron("0 6 * * 1").after(due) == due + dt.timedelta(days=7)
    assert cron("0 0 30 2 *").at_or_after(due) is None

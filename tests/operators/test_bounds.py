"""Branches by times of day: what is told of them, and which stay."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task

OPERATOR = "airflow.providers.standard.operators.datetime.BranchDateTimeOperator"
VIENNA, TOKYO = ZoneInfo("Europe/Vienna"), ZoneInfo("Asia/Tokyo")
WAYS = {"follow_task_ids_if_true": "in", "follow_task_ids_if_false": "out"}


@pytest.mark.parametrize(
    "bound, told",
    [
        (dt.time(2, 30, tzinfo=VIENNA), "where the clock is put forward or back at 02:30"),
        (dt.time(12, 30, tzinfo=VIENNA), ""),
        (dt.time(2, 30, tzinfo=TOKYO), ""),
        (dt.time(2, 30), ""),
    ],
)
def test_a_bound_may_be_when_the_clock_is_shifted(bound: dt.time, told: str) -> None:
    lowering, _ = lower(make_task(OPERATOR, {"target_lower": bound, "target_upper": None, **WAYS}))
    assert " ".join(delta.airflow for delta in lowering.deltas).startswith(told)
    assert bool(lowering.deltas) == bool(told)


def test_bounds_in_two_timezones_stay() -> None:
    bounds = {"target_lower": dt.time(8, tzinfo=VIENNA), "target_upper": dt.time(8, tzinfo=TOKYO)}
    with pytest.raises(Untranslatable, match="times of day in two timezones"):
        lower(make_task(OPERATOR, {**bounds, **WAYS}))

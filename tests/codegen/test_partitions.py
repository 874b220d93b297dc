"""The partition key is what Airflow's `ds` was: Airflow's rules, written down here once more, against Dagster itself."""

from __future__ import annotations

import datetime as dt
import itertools
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from migrator.codegen.cron import parse
from migrator.codegen.partitions import PartitionsCode, render_partitions
from migrator.codegen.python.dates import DateSource
from migrator.model.expressions import RunDate
from migrator.model.plan import Partitions

DS = RunDate("ds")
TS = RunDate("ts")
UTC = dt.timezone.utc
CRONS = ["0 0 * * *", "30 5 * * *", "30 0 * * *", "0 23 * * *", "15 8 * * 1-5", "0 6 * * 1", "0 9 1 * *", "0 0 * * 0"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]


def definition(code: PartitionsCode) -> Any:
    return eval(code.definition.text, {"dg": dg, "dt": dt})


def ticks(cron: str, zone: str, start: dt.datetime, count: int) -> list[dt.datetime]:
    """When Airflow's scheduler would act: wall clock times of the zone."""
    found, moment, parsed = [], start, parse(cron)
    assert parsed is not None
    while len(found) < count:
        due = parsed.after(moment)
        assert due is not None
        moment = due
        found.append(due.replace(tzinfo=ZoneInfo(zone)))
    return found


def scheduled_key(code: PartitionsCode, partitions: Any, tick: dt.datetime) -> str:
    """The partition that the generated schedule asks for at a tick."""
    arguments = code.schedule_arguments([code.source.cron], code.source.timezone)
    if arguments is None:
        return str(partitions.get_partition_keys(tick)[-1])
    cron = partitions.get_cron_schedule(**arguments)
    assert parse(cron) is not None
    assert parse(cron).at_or_after(tick.replace(tzinfo=None)) == tick.replace(tzinfo=None)  # type: ignore[union-attr]
    assert partitions.timezone == code.source.timezone
    with dg.partition_loading_context(effective_dt=tick):
        return str(partitions.get_last_partition_key())


def printed(code: PartitionsCode, partitions: Any, key: str, date: RunDate) -> str:
    """What generated code makes of a date in the run of a partition."""
    context = SimpleNamespace(partition_key=key, partition_time_window=partitions.time_window_for_partition_key(key))
    return str(eval(code.dates().render(date).text, {"context": context, "dt": dt}))


@pytest.mark.parametrize("date", [DS, TS], ids=["ds", "ts"])
@pytest.mark.parametrize("in_utc", [False, True], ids=["own zone", "utc"])
@pytest.mark.parametrize("end_offset", [0, 1], ids=["interval", "trigger"])
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", CRONS)
def test_each_run_has_airflows_date(cron: str, zone: str, end_offset: int, in_utc: bool, date: RunDate) -> None:
    """`ts` in the code makes the windows start when Airflow's did; `ds` alone lets them be days."""
    code = render_partitions(Partitions(cron, "2026-03-01", zone, end_offset=end_offset), [date], in_utc=in_utc)
    partitions = definition(code)
    due = ticks(cron, zone, dt.datetime(2026, 3, 10), 25)
    for before, tick in itertools.pairwise(due):
        logical = (tick if end_offset else before).astimezone(UTC)
        key = scheduled_key(code, partitions, tick)
        if code.key_is_date:
            assert key == f"{logical:%Y-%m-%d}"
        assert printed(code, partitions, key, DS) == f"{logical:%Y-%m-%d}"
        assert printed(code, partitions, key, RunDate("ds", days=1)) == f"{logical + dt.timedelta(days=1):%Y-%m-%d}"
        if date == TS:
            assert printed(code, partitions, key, TS) == logical.isoformat()


@pytest.mark.parametrize("cron", CRONS)
@pytest.mark.parametrize("zone", ZONES)
def test_the_key_is_the_date_unless_dates_jump_within_the_period(cron: str, zone: str) -> None:
    code = render_partitions(Partitions(cron, "2026-03-01", zone), [DS])
    whole_days = cron.endswith("* * *")
    crosses = zone != "UTC" and (cron, zone) not in {
        (text, name)
        for text, names in {
            "30 5 * * *": ZONES,
            "15 8 * * 1-5": ZONES,
            "0 6 * * 1": ZONES,
            "0 9 1 * *": ZONES,
            "0 23 * * *": ZONES[1:2],
            "0 0 * * *": ZONES[2:3],
            "30 0 * * *": ZONES[2:3],
            "0 0 * * 0": ZONES[2:3],
        }.items()
        for name in names
    }
    assert code.key_is_date is (whole_days or not crosses)


@pytest.mark.parametrize("cron", ["0 * * * *", "30 * * * *", "*/15 * * * *", "0 6,18 * * *"])
@pytest.mark.parametrize("end_offset", [0, 1])
def test_several_runs_a_day_have_windows_of_their_own(cron: str, end_offset: int) -> None:
    code = render_partitions(Partitions(cron, "2026-03-01", "Europe/Berlin", end_offset=end_offset), [DS])
    partitions = definition(code)
    due = ticks(cron, "Europe/Berlin", dt.datetime(2026, 3, 10), 10)
    for before, tick in itertools.pairwise(due):
        logical = tick if end_offset else before
        key = scheduled_key(code, partitions, tick)
        assert key == f"{logical:%Y-%m-%d-%H:%M}"
        assert printed(code, partitions, key, TS) == logical.astimezone(UTC).isoformat()
        assert printed(code, partitions, key, DS) == f"{logical.astimezone(UTC):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("start", "cron", "first"),
    [
        ("2026-01-01", "0 5 * * *", "2026-01-01"),
        ("2026-01-01T05:00:00", "0 5 * * *", "2026-01-01"),
        ("2026-01-01T05:00:01", "0 5 * * *", "2026-01-02"),
        ("2026-01-01", "0 5 * * 1", "2026-01-05"),
        ("2026-01-05T06:00:00", "0 5 * * 1", "2026-01-12"),
        ("2026-01-02", "0 5 1 * *", "2026-02-01"),
        ("2026-01-01T00:10:00", "15 * * * *", "2026-01-01-00:15"),
        ("2026-01-03", "0 5 * * 1-5", "2026-01-05"),
    ],
)
@pytest.mark.parametrize("date", [DS, TS])
def test_the_first_run_is_the_first_that_is_due(start: str, cron: str, first: str, date: RunDate) -> None:
    partitions = definition(render_partitions(Partitions(cron, start), [date]))
    assert partitions.get_partition_keys()[0] == first


@pytest.mark.parametrize("date", [DS, TS])
@pytest.mark.parametrize(
    ("cron", "last"), [("0 5 * * *", "2026-01-31"), ("0 5 * * 1", "2026-01-26"), ("0 5 * * 1-5", "2026-01-30")]
)
@pytest.mark.parametrize("end_offset", [0, 1])
def test_the_end_is_the_first_run_that_is_not_due_any_more(
    cron: str, last: str, date: RunDate, end_offset: int
) -> None:
    end = parse(cron).after(dt.datetime.fromisoformat(f"{last}T05:00:00"))  # type: ignore[union-attr]
    assert end is not None
    code = render_partitions(Partitions(cron, "2026-01-01", end=end.isoformat(), end_offset=end_offset), [date])
    with dg.partition_loading_context(effective_dt=dt.datetime(2026, 6, 1, tzinfo=UTC)):
        assert definition(code).get_partition_keys()[-1] == last


def test_the_end_of_hours_is_at_midnight() -> None:
    code = render_partitions(Partitions("0 * * * *", "2026-01-01", end="2026-01-02"), [TS])
    with dg.partition_loading_context(effective_dt=dt.datetime(2026, 6, 1, tzinfo=UTC)):
        assert definition(code).get_partition_keys()[-1] == "2026-01-01-23:00"


def test_days_line_up_unless_the_time_matters() -> None:
    partitions = Partitions("30 5 * * *", "2026-01-01", "Europe/Berlin", end_offset=1)
    plain = render_partitions(partitions, [DS, RunDate("logical_date", format="%Y/%m")])
    assert plain.definition.text == (
        'dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone="Europe/Berlin", end_offset=1)'
    )
    assert plain.schedule_arguments(["30 5 * * *"], "Europe/Berlin") == {"hour_of_day": 5, "minute_of_hour": 30}
    assert plain.schedule_arguments(["30 5 * * *", "0 7 * * *"], "Europe/Berlin") is None
    assert plain.schedule_arguments(["30 5 * * *"], "UTC") is None
    exact = render_partitions(partitions, [RunDate("data_interval_start", format="%H:%M")])
    assert "hour_offset=5, minute_offset=30" in exact.definition.text
    assert exact.schedule_arguments(["30 5 * * *"], "Europe/Berlin") == {}


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        (RunDate("ds"), "key"),
        (RunDate("logical_date", format="%Y-%m-%d"), "key"),
        (RunDate("ds_nodash"), 'key.replace("-", "")'),
        (RunDate("ds", days=-1), '(start - dt.timedelta(days=1)).strftime("%Y-%m-%d")'),
        (RunDate("data_interval_end", format="%Y-%m-%d"), 'end.strftime("%Y-%m-%d")'),
        (RunDate("logical_date", format='%Y "x"'), "start.strftime('%Y \"x\"')"),
        (RunDate("ts"), "start.isoformat()"),
        (RunDate("ts_nodash"), 'start.strftime("%Y%m%dT%H%M%S")'),
        (RunDate("logical_date"), "start"),
        (RunDate("logical_date", days=2), "start + dt.timedelta(days=2)"),
    ],
)
def test_the_date_family(date: RunDate, wanted: str) -> None:
    from migrator.codegen.python.code import Code

    assert DateSource(Code("start"), Code("end"), Code("key")).render(date).text == wanted


def test_the_next_day_of_daily_partitions_is_the_end_of_the_window() -> None:
    tomorrow = RunDate("ds", days=1)
    found = {
        cron: render_partitions(Partitions(cron, "2026-03-01"), [DS]).dates() for cron in ("0 0 * * *", "0 6 * * 1")
    }
    assert found["0 0 * * *"].render(tomorrow).text == 'context.partition_time_window.end.strftime("%Y-%m-%d")'
    assert "dt.timedelta(days=1)" in found["0 6 * * 1"].render(tomorrow).text


def test_other_zones_are_brought_to_utc() -> None:
    from migrator.codegen.python.code import Code

    source = DateSource(Code("start"), Code("end"), None, as_is=False)
    assert source.render(RunDate("ds")).text == 'start.astimezone(dt.timezone.utc).strftime("%Y-%m-%d")'

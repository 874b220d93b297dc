"""What a DAG's schedule means by the clock: cron expressions, and whether a run carries the date of its start or of its interval."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import zoneinfo

from migrator.model.airflow import Dag, Schedule
from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.durations import Length, Months, in_words, pendulum_length
from migrator.model.frozen import dataclass
from migrator.model.values import ObjectValue, Value
from migrator.planning.timing.events import NAME as EVENTS
from migrator.planning.timing.events import event_dates, event_zone

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_WITHOUT_SUMMER_TIME = {
    "+03:30": "Asia/Tehran",
    "+04:30": "Asia/Kabul",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon",
    "+08:45": "Australia/Eucla",
    "+09:30": "Australia/Darwin",
    "+13:00": "Pacific/Tongatapu",
    "+14:00": "Pacific/Kiritimati",
    "-09:30": "Pacific/Marquesas",
}
"""Zones that stand for offsets of which none is named after."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_FIELD = re.compile(r"[0-9a-zA-Z*/,#?L-]+")
_WEEKLY = re.compile(r"\d+ \d+ \* \* ([0-7]|sun|mon|tue|wed|thu|fri|sat)", re.IGNORECASE)
_MINUTES = re.compile(r"\*(?:/(\d{1,2}))? \* \* \* \*")
_DAILY = re.compile(r"\d+ \d+ \* \* \*")

_ON_A_DAY = re.compile(r"\d+ \d+ (\d+) (\*(?:/\d+)?|\d+) \*")
_REGULAR = re.compile(r"(\d+|\*|\*/\d+) (\d+|\*|\*/\d+) \* \* (\d|\*|[A-Za-z]{3})")


@dataclass(frozen=True, slots=True)
class Grid:
    """The ticks of an interval that cron cannot say: those of `cron`, which hits them all, that are whole intervals from `since` on, in UTC."""

    cron: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A DAG's clock.

    `crons` is empty where no clock starts the DAG, or where it cannot be said by cron: then there is a `grid`, or `code` and `problem` say why.
    `at_trigger_time`: the logical date of a run is when it starts (Airflow 3's default), not when its data interval began.
    """

    crons: tuple[str, ...] = ()
    timezone: str = "UTC"
    at_trigger_time: bool = False
    code: str = ""
    problem: str = ""
    timezone_known: bool = True
    seconds: float = 0.0
    """The interval, where the DAG is started by one: `crons` then say the same, if they can."""
    grid: Grid | None = None
    months: int = 0
    """The interval, where it is one of months; `crons` say the same."""
    lag: Length = dt.timedelta(0)
    """How long before a run starts its data interval begins, where that is not when another one starts."""
    events: tuple[dt.datetime, ...] = ()
    """The moments, in UTC, at which runs start, where they are listed one by one."""
    own: CallFunction | None = None
    """The method of an object of the team's own that says when runs are due, where it can move."""
    by_hand: CallFunction | None = None
    """The method of that object that says what a run is for that a person starts, where it can move."""

    @property
    def ticks(self) -> bool:
        """Whether a schedule can start the DAG."""
        return bool(self.crons) or self.grid is not None or bool(self.events)

    @property
    def daily(self) -> bool:
        """Once a day, at one time."""
        return len(self.crons) == 1 and _DAILY.fullmatch(self.crons[0]) is not None

    @property
    def step(self) -> dt.timedelta:
        """The time between two runs, where that is always the same number of minutes within the hour; else zero."""
        found = _MINUTES.fullmatch(self.crons[0]) if len(self.crons) == 1 else None
        minutes = int(found[1] or 1) if found is not None else 0
        return dt.timedelta(minutes=minutes if minutes and 60 % minutes == 0 else 0)

    @property
    def days(self) -> int:
        """The days between two runs, where that is always the same number of them: 1 or 7; else 0."""
        if self.daily:
            return 1
        return 7 if len(self.crons) == 1 and _WEEKLY.fullmatch(self.crons[0]) is not None else 0


def read_clock(dag: Dag) -> Clock:
    """The clock of a DAG."""
    inner = _inner(dag) or dag
    if _class_name(inner) == EVENTS:
        return _event_clock(inner)
    timezone = zone_name(_zone_of_timetable(dag) or dag.timezone)
    at_trigger_time, crons, code, problem = _crons(dag)
    kind, value = dag.schedule.kind, dag.schedule.value
    if kind == "timedelta" and isinstance(value, (int, float)):
        # An interval is as long on the day on which clocks are changed: it is counted in UTC.
        grid = None if crons or code else _grid(dag, float(value), at_trigger_time)
        return Clock(crons, "UTC", at_trigger_time, code, problem, timezone is not None, float(value), grid)
    months = _months(dag)
    return Clock(
        crons,
        "UTC" if months else timezone or "UTC",
        at_trigger_time,
        code,
        problem,
        timezone is not None,
        months=months,
        lag=_lag(inner) if crons and not code else dt.timedelta(0),
    )


def _event_clock(dag: Dag) -> Clock:
    events = event_dates(dag, zone_name(dag.timezone) or "UTC")
    problem = (
        "" if events else f"the dates of its `{EVENTS}` are not known, not at full minutes, or before the start date"
    )
    timezone = zone_name(event_zone(dag)) or "UTC"
    return Clock((), timezone, True, "MIG302" if problem else "", problem, events=events)


def catches_up(dag: Dag) -> bool:
    """Whether Airflow makes up for missed runs: as the DAG says, else by the version's default."""
    return dag.catchup if isinstance(dag.catchup, bool) else dag.catchup is None and dag.airflow_version.startswith("2")


def _crons(dag: Dag) -> tuple[bool, tuple[str, ...], str, str]:
    schedule = dag.schedule
    new = dag.airflow_version.startswith("3")
    kind, value = schedule.kind, schedule.value
    if schedule.timetable:
        return _timetable(dag)
    if kind == "preset" and isinstance(value, str) and value in PRESETS:
        return new, (PRESETS[value],), "", ""
    if kind in ("cron", "preset") and isinstance(value, str):
        cron = standard_cron(value)
        if cron:
            return new, (cron,), "", ""
        return new, (), "MIG302", f"`{value}` is not a cron expression of five fields"
    if kind == "timedelta" and isinstance(value, (int, float)):
        cron = _interval_cron(dag, float(value), new)
        if cron:
            return new, (cron,), "", ""
        if _grid(dag, float(value), new) is not None:
            return new, (), "", ""
        return new, (), "MIG302", _uncountable(f"an interval of {in_words(float(value))}", float(value))
    if kind == "unknown":
        return new, (), "MIG301", f"the schedule `{value}` is only known at run time"
    if kind in ("none", "once", "assets", "continuous"):
        return new, (), "", ""
    return new, (), "MIG302", f"the schedule `{value}` is not understood"


def _timetable(dag: Dag) -> tuple[bool, tuple[str, ...], str, str]:
    schedule = dag.schedule
    name = (schedule.timetable or "").rpartition(".")[2]
    arguments = schedule.arguments
    if name == "AssetOrTimeSchedule":
        inner = _inner(dag)
        return (
            _crons(inner) if inner is not None else (True, (), "MIG302", f"the timetable of its `{name}` is not known")
        )
    if name in ("PartitionedAssetTimetable", "PartitionedAtRuntime"):
        return True, (), "", ""
    if name in (
        "CronTriggerTimetable",
        "CronDataIntervalTimetable",
        "MultipleCronTriggerTimetable",
        "CronPartitionTimetable",
    ):
        given = _given_crons(dag)
        crons = tuple(PRESETS.get(text) or standard_cron(text) for text in given if isinstance(text, str))
        if not crons or len(crons) != len(given) or not all(crons):
            return True, (), "MIG301", f"the cron expression of its `{name}` is only known at run time"
        interval = arguments.get("interval")
        if not interval or interval == dt.timedelta(0):
            return name != "CronDataIntervalTimetable", crons, "", ""
        if len(crons) == 1 and _is_period(_interval(dag), crons[0], _zone_of_timetable(dag)):
            # Each run is then for what passed since the one before, and has the date at which that began.
            return False, crons, "", ""
        if _lag(dag):
            return False, crons, "", ""
        return True, crons, "MIG302", f"the interval of its `{name}` is not one of whole minutes or months"
    if name in ("DeltaTriggerTimetable", "DeltaDataIntervalTimetable"):
        seconds, interval = schedule.value, arguments.get("interval") or dt.timedelta(0)
        at = name == "DeltaTriggerTimetable"
        cron = _interval_cron(dag, float(seconds), at) if isinstance(seconds, (int, float)) else ""
        if interval != dt.timedelta(0) and interval != cron_period(cron):
            return True, (), "MIG302", f"its `{name}` has an interval that is not the time between two runs"
        if cron:
            return at and interval == dt.timedelta(0), (cron,), "", ""
        if _months(dag) and interval == dt.timedelta(0):
            cron = _months_cron(dag, _months(dag))
            why = f"the months of its `{name}` are counted from a start date that is not known, or that not all months have"
            return at, (cron,) if cron else (), "" if cron else "MIG302", "" if cron else why
        if isinstance(seconds, (int, float)) and _grid(dag, float(seconds), at) is not None:
            return at, (), "", ""
        if not isinstance(seconds, (int, float)):
            return True, (), "MIG302", f"the interval of its `{name}` is not of a fixed length"
        return True, (), "MIG302", _uncountable(f"the interval of its `{name}`", float(seconds))
    if schedule.kind in ("none", "once", "assets", "continuous"):
        return True, (), "", ""
    return True, (), "MIG302", f"the timetable `{name}` has no cron equivalent"


def _inner(dag: Dag) -> Dag | None:
    """The DAG as it would be with the timetable alone that stands in its `AssetOrTimeSchedule`."""
    given = dag.schedule.arguments.get("timetable")
    if not isinstance(given, ObjectValue):
        return None
    arguments = {**{f"arg{place}": value for place, value in enumerate(given.args)}, **given.kwargs}
    first = given.args[0] if given.args else given.kwargs.get("cron", given.kwargs.get("delta"))
    value = first.total_seconds() if isinstance(first, dt.timedelta) else first if isinstance(first, str) else None
    kind = "cron" if isinstance(value, str) and len(given.args) < 2 else "timetable"
    return replace(dag, schedule=Schedule(kind, value, given.type, arguments))


def next_tick(cron: str, moment: dt.datetime) -> dt.datetime | None:
    """The first time of a schedule after a moment, both by the wall clock; None where the expression is due at no time.

    >>> next_tick("*/20 8-18 * * 1-5", dt.datetime(2024, 3, 15, 18, 40))
    datetime.datetime(2024, 3, 18, 8, 0)
    """
    from croniter import croniter  # type: ignore[import-untyped]

    try:
        found: dt.datetime = croniter(cron, start_time=moment).get_next(dt.datetime)
    except ValueError:
        return None
    return found


def last_start(dag: Dag, clock: Clock) -> dt.datetime | None:
    """The last moment, in UTC, at which the DAG's end date lets a run start; None where it has none, or that cannot be said.

    The end date bounds logical dates: a run for a data interval starts when that has ended. Of a trigger timetable it bounds when runs start.
    """
    end = dag.end_date
    if not isinstance(end, dt.datetime):
        return None
    zone = zoneinfo.ZoneInfo(clock.timezone)
    end = end.replace(tzinfo=zoneinfo.ZoneInfo(zone_name(dag.timezone) or "UTC")) if end.tzinfo is None else end
    if clock.grid is not None and not clock.at_trigger_time:
        every = dt.timedelta(seconds=clock.seconds)
        end += every - (end - clock.grid.since) % every
        return end.astimezone(dt.timezone.utc)
    if not clock.at_trigger_time and not has_own_interval(dag):
        local = end.astimezone(zone).replace(tzinfo=None)
        following = next_tick(clock.crons[0], local) if len(clock.crons) == 1 else None
        if following is None:
            return None
        end = following.replace(tzinfo=zone)
    return end.astimezone(dt.timezone.utc)


def has_own_interval(dag: Dag) -> bool:
    """Whether a timetable that starts runs at moments gives them a data interval of a fixed length."""
    schedule = (_inner(dag) or dag).schedule
    return bool(schedule.timetable) and bool(schedule.arguments.get("interval"))


def counts_months_as_days(dag: Dag) -> bool:
    """Whether a timetable has an interval of months that the scheduler only knows as a number of seconds."""
    given = (_inner(dag) or dag).schedule.arguments.get("interval")
    of_pendulum = isinstance(given, ObjectValue) and given.type == "pendulum.duration"
    return bool(dag.schedule.timetable) and of_pendulum


def own_period(dag: Dag, clock: Clock) -> Length | None:
    """The length of the data intervals that such a timetable gives its runs, where it is the time between two of them; None where it is not."""
    if not has_own_interval(dag) or clock.at_trigger_time or clock.lag or clock.code or len(clock.crons) != 1:
        return None
    months = months_between(clock.crons[0])
    return Months(months) if months else cron_period(clock.crons[0])


def cron_period(cron: str) -> dt.timedelta | None:
    """The time between two runs, where it is always the same (but for the days on which clocks are changed).

    >>> cron_period("30 3 * * *"), cron_period("*/15 * * * *"), cron_period("0 6 * * 1-5")
    (datetime.timedelta(days=1), datetime.timedelta(seconds=900), None)
    """
    match = _REGULAR.fullmatch(cron)
    if match is None:
        return None
    minutes, hours, weekday = match.groups()
    if weekday != "*":
        return dt.timedelta(weeks=1) if minutes.isdigit() and hours.isdigit() else None
    if minutes.isdigit():
        every = 24 if hours.isdigit() else 1 if hours == "*" else int(hours[2:])
        return dt.timedelta(hours=every) if every and 24 % every == 0 else None
    every = 1 if minutes == "*" else int(minutes[2:])
    return dt.timedelta(minutes=every) if hours == "*" and every and 60 % every == 0 else None


def _is_period(interval: Length, cron: str, timezone: str) -> bool:
    """Whether an interval is the time between two runs (but for the days on which clocks are changed).

    Airflow counts months in UTC: there the days of both runs have to be the same as well.
    """
    if not isinstance(interval, Months):
        return interval == cron_period(cron)
    zone, (minute, hour, day, *_) = zoneinfo.ZoneInfo(zone_name(timezone) or "UTC"), cron.split()
    if months_between(cron) != interval.number:
        return False
    runs = [dt.datetime(2024, month, int(day), int(hour), int(minute), tzinfo=zone) for month in range(1, 13)]
    return all(run.astimezone(dt.timezone.utc).day == run.day for run in runs)


def months_between(cron: str) -> int:
    """The months between two runs, where it is always the same number of them, and each has that day; else 0.

    >>> months_between("0 6 1 * *"), months_between("0 6 1 */3 *"), months_between("0 6 1 1 *"), months_between("0 6 31 * *")
    (1, 3, 12, 0)
    """
    match = _ON_A_DAY.fullmatch(cron)
    if match is None or int(match[1]) > 28:
        return 0
    if match[2].isdigit():
        return 12
    every = int(match[2][2:] or 1)
    return every if every and 12 % every == 0 else 0


def _interval(dag: Dag) -> Length:
    """The length of the data intervals that a timetable is given; zero where it is given none, or one of other units."""
    given = dag.schedule.arguments.get("interval")
    if not isinstance(given, ObjectValue):
        return given if isinstance(given, dt.timedelta) else dt.timedelta(0)
    amounts = {name: amount for name, amount in given.kwargs.items() if isinstance(amount, int)}
    if given.args or len(amounts) < len(given.kwargs):
        return dt.timedelta(0)
    if given.type == "pendulum.duration" or not amounts.keys() & {"months", "years"}:
        return pendulum_length(amounts)
    months = amounts.pop("months", 0) + 12 * amounts.pop("years", 0)
    return Months(months) if months > 0 and not amounts else dt.timedelta(0)


def _zone_of_timetable(dag: Dag) -> str:
    """The timezone that a timetable was given; empty if none."""
    inner = _inner(dag)
    if inner is not None:
        return _zone_of_timetable(inner)
    of_airflow = (dag.schedule.timetable or "").startswith("airflow.")
    zone = dag.schedule.arguments.get("timezone") if of_airflow else None
    if isinstance(zone, dt.tzinfo):
        return str(getattr(zone, "key", None) or zone)
    return zone if isinstance(zone, str) else ""


def _given_crons(dag: Dag) -> list[Value]:
    """What a cron timetable was given as its expressions."""
    arguments = dag.schedule.arguments
    if dag.schedule.kind == "cron":
        return [dag.schedule.value]
    crons = arguments.get("crons")
    if crons is not None:
        return list(crons) if isinstance(crons, (list, tuple)) else [crons]
    positional = [value for name, value in arguments.items() if name.startswith("arg")]
    return positional or [value for name, value in arguments.items() if name == "cron"]


def standard_cron(text: str) -> str:
    """The expression with single spaces if it has the five fields that Dagster knows, or a sixth one for the full minute, and is ever due; else empty.

    >>> standard_cron("0  6 * * MON-FRI"), standard_cron("0 6 * * * 0")
    ('0 6 * * MON-FRI', '0 6 * * *')
    >>> standard_cron("0 0 6 * * *"), standard_cron("0 25 * * *"), standard_cron("0 0 30 2 *")
    ('', '', '')
    """
    fields = text.split()
    if len(fields) == 6 and fields[5] == "0":
        del fields[5]
    if len(fields) != 5 or not all(_FIELD.fullmatch(field) for field in fields):
        return ""
    cron = " ".join(fields)
    return cron if _is_ever_due(cron) else ""


@functools.lru_cache(maxsize=1024)
def _is_ever_due(cron: str) -> bool:
    return next_tick(cron, dt.datetime(2024, 1, 1)) is not None


def _interval_cron(dag: Dag, seconds: float, at_trigger_time: bool) -> str:
    """The cron expression, in UTC, of a fixed interval; empty if there is none."""
    start, every = _counted_from(dag, at_trigger_time), _whole_minutes(seconds)
    if start is None or not every:
        return ""
    if every <= 60 and 60 % every == 0:
        return f"{_steps(start.minute, every, 60)} * * * *"
    if every % 60 == 0 and every <= 24 * 60 and 24 * 60 % every == 0:
        return f"{start.minute} {_steps(start.hour, every // 60, 24)} * * *"
    if every == 7 * 24 * 60:
        return f"{start.minute} {start.hour} * * {start.isoweekday() % 7}"
    return ""


def _lag(dag: Dag) -> Length:
    """The length of the data intervals of a cron timetable, where it is not the time between two runs; zero where it is, or is not known."""
    interval = _interval(dag)
    if not isinstance(interval, Months) and not _whole_minutes(interval.total_seconds()):
        return dt.timedelta(0)
    given = _given_crons(dag) if _class_name(dag) in ("CronTriggerTimetable", "MultipleCronTriggerTimetable") else []
    crons = [PRESETS.get(text) or standard_cron(text) for text in given if isinstance(text, str)]
    alone = len(crons) == 1 and _is_period(interval, crons[0], _zone_of_timetable(dag))
    return interval if given and not alone else dt.timedelta(0)


def _class_name(dag: Dag) -> str:
    return (dag.schedule.timetable or "").rpartition(".")[2]


def _months(dag: Dag) -> int:
    """The months of an interval of whole ones; else 0."""
    months = dag.schedule.arguments.get("months") if dag.schedule.timetable else None
    return months if isinstance(months, int) else 0


def _months_cron(dag: Dag, months: int) -> str:
    """The cron expression, in UTC, of an interval of months, counted from the start date; empty if there is none."""
    start = _start_in_utc(dag)
    if start is None or start.second or start.microsecond or start.day > 28 or 12 % months:
        return ""
    first = (start.month - 1) % months + 1
    listed = ",".join(str(month) for month in range(first, 13, months))
    shown = "*" if months == 1 else f"*/{months}" if first == 1 and months < 12 else listed
    return f"{start.minute} {start.hour} {start.day} {shown} *"


def _grid(dag: Dag, seconds: float, at_trigger_time: bool) -> Grid | None:
    """The grid of a fixed interval of whole minutes; None where it is not known from when on it is counted."""
    start, every = _counted_from(dag, at_trigger_time), _whole_minutes(seconds)
    if start is None or not every:
        return None
    day = 24 * 60
    if every % (7 * day) == 0:
        return Grid(f"{start.minute} {start.hour} * * {start.isoweekday() % 7}", start)
    if every % 60 == 0:
        hours = math.gcd(every // 60, 24)
        return Grid(f"{start.minute} {_steps(start.hour, hours, 24)} * * *", start)
    return Grid(f"{_steps(start.minute, math.gcd(every, 60), 60)} * * * *", start)


def _counted_from(dag: Dag, at_trigger_time: bool) -> dt.datetime | None:
    """From when on, in UTC, intervals are counted; None where that is not known, or is within a minute.

    It is the start date; without catchup, where runs are for data intervals, the epoch (`DeltaDataIntervalTimetable._skip_to_latest`).
    """
    start = _EPOCH if not at_trigger_time and not catches_up(dag) else _start_in_utc(dag)
    return start if start is not None and not start.second and not start.microsecond else None


def _whole_minutes(seconds: float) -> int:
    """The minutes of an interval; 0 where it has parts of one."""
    return int(seconds // 60) if seconds > 0 and seconds % 60 == 0 else 0


def _uncountable(interval: str, seconds: float) -> str:
    """Why no schedule can be written for an interval."""
    if not _whole_minutes(seconds):
        return f"{interval} is not one of whole minutes, which is what Dagster's schedules count"
    return f"{interval} is counted from a start date that is not known, or not at a full minute"


def _start_in_utc(dag: Dag) -> dt.datetime | None:
    start = dag.start_date
    if not isinstance(start, dt.datetime):
        return None
    if start.tzinfo is None:
        start = start.replace(tzinfo=zoneinfo.ZoneInfo(zone_name(dag.timezone) or "UTC"))
    return start.astimezone(dt.timezone.utc)


def _steps(start: int, every: int, size: int) -> str:
    first = start % every
    if every == 1:
        return "*"
    if every == size:
        return str(first)
    if first == 0:
        return f"*/{every}"
    return ",".join(str(value) for value in range(first, size, every))


def zone_name(name: str) -> str | None:
    """The IANA name, that of the same fixed offset, or None."""
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?", name)
    if offset:
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if minutes or hours > 12:
            return _WITHOUT_SUMMER_TIME.get(f"{offset[1]}{hours:02}:{minutes:02}")
        return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if hours else "UTC"
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return name

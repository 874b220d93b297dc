"""Partitions of a DAG: their definition, how code in a run reads them, and the schedule that fits them.

The partition key is what `ds` was. Where the code of a DAG asks for no time of day, windows are calendar days (weeks, months), so that
assets of DAGs that run at different hours line up; else they start when Airflow's did.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping

from migrator.codegen.cron import Cron, parse
from migrator.codegen.python.code import Code, joined
from migrator.codegen.python.dates import DateSource, needs_time
from migrator.codegen.python.serialize import DT, literal, text_literal
from migrator.model.changed import replace
from migrator.model.expressions import RunDate
from migrator.model.frozen import dataclass
from migrator.model.plan import QUARTER, KeyPartitions, Partitions

_CLASSES = {
    "hourly": "HourlyPartitionsDefinition",
    "daily": "DailyPartitionsDefinition",
    "weekly": "WeeklyPartitionsDefinition",
    "monthly": "MonthlyPartitionsDefinition",
}
_DATE, _MINUTE = "%Y-%m-%d", "%Y-%m-%d-%H:%M"
BY_DATE = "date"
"""What the dimension of dates is called, where there is another."""


@dataclass(frozen=True, slots=True)
class PartitionsCode:
    """`name` is the constant in the DAG's module and `definition` its value.

    `timezone` is that of the windows, `cron` the expression by which they start. `key_is_date`: the key equals `ds`. `calendar`: windows
    start at midnight whatever the schedule's hour.
    """

    name: str
    definition: Code
    timezone: str
    cron: Cron | None
    calendar: bool
    key_is_date: bool
    end_offset: int
    source: Partitions
    general: bool = False
    """Dates are read in the way that holds for windows of any kind."""

    def dates(self, context: str = "context") -> DateSource:
        """How a function of a run reads its date."""
        names = frozenset({context})
        key = f"{context}.partition_key"
        if self.source.dimension:
            key = f'{key}.keys_by_dimension["{BY_DATE}"]'
        return self._dates_of(f"{context}.partition_time_window", key, names)

    def dates_of_key(self, key: str, name: str) -> DateSource:
        """How a function reads the date of the partition whose key is `key`, where the partitions are called `name`."""
        names = frozenset({key.partition(".")[0], name})
        return self._dates_of(f"{name}.time_window_for_partition_key({key})", key, names)

    def _dates_of(self, window: str, key: str, names: frozenset[str]) -> DateSource:
        start, end = Code(f"{window}.start", names=names), Code(f"{window}.end", names=names)
        daily = self.cron is not None and self.cron.cadence == "daily" and not self.general
        return DateSource(
            start,
            start if self.end_offset else end,
            self._key(Code(key, names=names)),
            self._as_is,
            end if daily else None,
            self._airflow_key(Code(key, names=names), start),
        )

    def parts_of(self, date: str) -> list[dict[str, str]]:
        """The keys by dimension of the partitions of a date; none where dates are all that there are."""
        return [{BY_DATE: date, self.source.dimension: key} for key in self.source.keys]

    def schedule_arguments(self, crons: Iterable[str], timezone: str) -> dict[str, int] | None:
        """Arguments of `build_schedule_from_partitioned_job` for a schedule by these expressions; None if it cannot say it."""
        crons = tuple(crons)
        if len(crons) != 1 or self.cron is None or timezone != self.timezone:
            return None
        if not self.calendar:
            return {} if parse(crons[0]) == parse(self.cron.text) else None
        wanted = parse(crons[0])
        if wanted is None or wanted.cadence != self.cron.cadence or wanted.cadence == "other":
            return {} if wanted is not None and wanted.text == self.cron.text else None
        if wanted.weekdays != self.cron.weekdays or wanted.days != self.cron.days:
            return None
        arguments = {"hour_of_day": min(wanted.hours), "minute_of_hour": min(wanted.minutes)}
        return {name: value for name, value in arguments.items() if value}

    @property
    def _as_is(self) -> bool:
        return not self.general and (self.calendar or self.timezone == "UTC")

    @property
    def days_ahead(self) -> int:
        """By how many days the keys are ahead of `ds`, where they are days of another timezone than UTC."""
        return 0 if self.key_is_date else -(_date_shift(self.cron, self.timezone) or 0)

    @property
    def days_moved(self) -> int:
        """How many days the keys are off the days of the schedule's timezone, where they are days of UTC in its place."""
        return (
            (_date_shift(parse(self.source.cron), self.source.timezone) or 0)
            if self.calendar and self.timezone == "UTC"
            else 0
        )

    @property
    def pattern(self) -> str:
        """How Dagster prints the keys."""
        if self.source.fmt:
            return self.source.fmt if _reads_back(self.source.fmt) else _DATE
        return _DATE if self.cron is not None and self.cron.once_a_day else _MINUTE

    def _airflow_key(self, key: Code, start: Code) -> Code | None:
        """The text of the partition key that Airflow has: Dagster's own, unless that could not be read as a date again."""
        pattern = self.source.fmt
        if not pattern or _reads_back(pattern):
            return key if pattern else None
        printed = f'{start.operand}.strftime("{pattern}")'
        if QUARTER in pattern:
            return Code(f"{printed}.format(quarter=({start.operand}.month + 2) // 3)", names=start.names)
        return Code(printed, names=start.names, spec=(start.text, pattern))

    def _key(self, key: Code) -> Code | None:
        return key if self.key_is_date and not self.general else None


def render_partitions(
    partitions: Partitions, dates: Iterable[RunDate], taken: Iterable[str] = (), in_utc: bool = False
) -> PartitionsCode:
    """The code of a DAG's partitions; `dates` are all dates that its code reads, `taken` names that its module uses already.

    `in_utc`: days are days in UTC, because not all DAGs of the project have one timezone, and Dagster maps
    partitions onto each other only within one.
    """
    names = frozenset(taken)
    code = _of_dates(partitions, dates, names, in_utc)
    return _divided(code, names) if partitions.dimension else code


def key_partitions(partitions: KeyPartitions) -> str:
    """The definition of partitions by keys that are no dates."""
    if partitions.dimensions:
        names = {name: KeyPartitions(f"{partitions.name}_{name}") for name in partitions.dimensions}
        rows = ", ".join(f"{text_literal(name)}: {key_partitions(one)}" for name, one in names.items())
        return f"dg.MultiPartitionsDefinition({{{rows}}})"
    if partitions.keys:
        return f"dg.StaticPartitionsDefinition({literal(list(partitions.keys))})"
    return f"dg.DynamicPartitionsDefinition(name={text_literal(partitions.name)})"


def key_of_run(partitions: KeyPartitions) -> Code:
    """What code in a run reads as the key of its partition; Dagster puts one of several dimensions together by the order of their names."""
    names = frozenset({"context"})
    if not partitions.dimensions or (
        partitions.delimiter == "|" and partitions.dimensions == tuple(sorted(partitions.dimensions))
    ):
        return Code("context.partition_key", names=names)
    keys = "context.partition_key.keys_by_dimension"
    shown = partitions.delimiter.join(f"{{{keys}['{name}']}}" for name in partitions.dimensions)
    return Code(f'f"{shown}"', names=names)


def _divided(code: PartitionsCode, taken: frozenset[str]) -> PartitionsCode:
    """The same, with a partition for each date and each key of the other dimension."""
    by = code.source.dimension
    name = f"{by}_partitions"
    while name in taken:
        name = f"{name}_def"
    keys = f"dg.StaticPartitionsDefinition({literal(list(code.source.keys))})"
    both = f'{{"{BY_DATE}": {code.definition.text}, {text_literal(by)}: {keys}}}'
    return replace(code, name=name, definition=joined(f"dg.MultiPartitionsDefinition({both})", [code.definition]))


def _of_dates(partitions: Partitions, dates: Iterable[RunDate], names: frozenset[str], in_utc: bool) -> PartitionsCode:
    cron = parse(partitions.cron)
    if partitions.fmt:
        return _by_keys(partitions, cron, names)
    exact = any(needs_time(date) for date in dates)
    shift = _date_shift(cron, partitions.timezone)
    # Where the UTC date is another one than the local date, only whole days can be counted in UTC instead.
    if cron is not None and cron.once_a_day and not exact and (shift == 0 or cron.cadence == "daily"):
        return _calendar(partitions, cron, "UTC" if in_utc or shift != 0 else partitions.timezone, names)
    if cron is None or cron.cadence in ("other", "hourly"):
        return _by_cron(partitions, cron, shift, names)
    return _with_offsets(partitions, cron, shift == 0, names)


def _calendar(partitions: Partitions, cron: Cron, timezone: str, taken: frozenset[str]) -> PartitionsCode:
    start, end = _bounds(partitions, cron)
    if timezone != partitions.timezone:
        start = _in_utc(start, partitions.timezone)
        end = _in_utc(end, partitions.timezone) if end is not None else None
    midnight_text = " ".join(["0", "0", *cron.text.split()[2:]])
    if cron.cadence == "other":
        arguments = {"cron_schedule": Code(text_literal(midnight_text)), "start": _text(start, _DATE)}
        if end is not None:
            arguments["end"] = _text(end, _DATE)
        arguments["fmt"] = Code(text_literal(_DATE))
    else:
        arguments = {"start_date": _text(start, _DATE)}
        if end is not None:
            arguments["end_date"] = _text(end, _DATE)
        arguments |= _day_offset(cron)
    definition = _definition(cron.cadence, arguments, timezone, partitions.end_offset)
    return _code(partitions, definition, timezone, parse(midnight_text), True, True, taken)


def _with_offsets(partitions: Partitions, cron: Cron, key_is_date: bool, taken: frozenset[str]) -> PartitionsCode:
    start, end = _bounds(partitions, cron)
    arguments: dict[str, Code] = {"start_date": _text(start, _DATE)}
    if end is not None:
        arguments["end_date"] = _moment(end)
    arguments |= _day_offset(cron)
    offsets = {"hour_offset": min(cron.hours), "minute_offset": min(cron.minutes)}
    arguments |= {name: Code(str(value)) for name, value in offsets.items() if value}
    definition = _definition(cron.cadence, arguments, partitions.timezone, partitions.end_offset)
    return _code(partitions, definition, partitions.timezone, cron, False, key_is_date, taken)


def _by_cron(partitions: Partitions, cron: Cron | None, shift: int | None, taken: frozenset[str]) -> PartitionsCode:
    cadence = cron.cadence if cron is not None else "other"
    start, end = _bounds(partitions, cron)
    once_a_day = cron is not None and cron.once_a_day
    pattern = _DATE if once_a_day else _MINUTE
    if cadence == "hourly" and cron is not None:
        arguments: dict[str, Code] = {"start_date": _text(start.replace(minute=0), _MINUTE)}
        if end is not None:
            arguments["end_date"] = _text(end, _MINUTE)
        if min(cron.minutes):
            arguments["minute_offset"] = Code(str(min(cron.minutes)))
        definition = _definition(cadence, arguments, partitions.timezone, partitions.end_offset)
        return _code(partitions, definition, partitions.timezone, cron, False, False, taken)
    arguments = {"cron_schedule": Code(text_literal(partitions.cron)), "start": _text(start, pattern)}
    if once_a_day and end is not None:
        arguments["end"] = _moment(end)
    elif end is not None:
        arguments["end"] = _text(end, pattern)
    arguments["fmt"] = Code(text_literal(pattern))
    definition = _definition(cadence, arguments, partitions.timezone, partitions.end_offset)
    return _code(partitions, definition, partitions.timezone, cron, False, once_a_day and shift == 0, taken)


def _by_keys(partitions: Partitions, cron: Cron | None, taken: frozenset[str]) -> PartitionsCode:
    """Partitions with the keys that Airflow makes runs for."""
    cadence = cron.cadence if cron is not None and cron.text != "0 0 1 1 *" else "other"
    pattern = partitions.fmt if _reads_back(partitions.fmt) else _DATE
    start, _ = _bounds(partitions, cron)
    if cadence == "other" or cron is None:
        arguments = {"cron_schedule": Code(text_literal(partitions.cron)), "start": _text(start, pattern)}
    else:
        first = start.replace(minute=0) if cadence == "hourly" else start
        arguments = {"start_date": _text(first, pattern), **_day_offset(cron)}
        hour = {} if cadence == "hourly" else {"hour_offset": min(cron.hours)}
        offsets = {**hour, "minute_offset": min(cron.minutes)}
        arguments |= {name: Code(str(value)) for name, value in offsets.items() if value}
    if cadence == "other" or pattern != (_MINUTE if cadence == "hourly" else _DATE):
        arguments["fmt"] = Code(text_literal(pattern))
    definition = _definition(cadence, arguments, partitions.timezone, partitions.end_offset)
    is_date = pattern == _DATE and _date_shift(cron, partitions.timezone) == 0
    return _code(partitions, definition, partitions.timezone, cron, False, is_date, taken)


def _reads_back(pattern: str) -> bool:
    """Whether keys of a pattern can be read as dates again, as Dagster does.

    >>> _reads_back("%Y-%m"), _reads_back("%Y-%m-%d (W%V)")
    (True, False)
    """
    first = dt.datetime(2024, 1, 1)
    try:
        return QUARTER not in pattern and dt.datetime.strptime(first.strftime(pattern), pattern) == first
    except ValueError:
        return False


def _code(
    partitions: Partitions,
    definition: Code,
    timezone: str,
    cron: Cron | None,
    calendar: bool,
    key_is_date: bool,
    taken: frozenset[str],
) -> PartitionsCode:
    cadence = cron.cadence if cron is not None else "other"
    name = f"{cadence}_partitions" if cadence != "other" else "partitions"
    while name in taken:
        name = f"{name}_def"
    return PartitionsCode(name, definition, timezone, cron, calendar, key_is_date, partitions.end_offset, partitions)


def _definition(cadence: str, arguments: Mapping[str, Code], timezone: str, end_offset: int) -> Code:
    shown = [f"{name}={code.text}" for name, code in arguments.items()]
    if timezone != "UTC":
        shown.append(f"timezone={text_literal(timezone)}")
    if end_offset:
        shown.append(f"end_offset={end_offset}")
    kind = _CLASSES.get(cadence, "TimeWindowPartitionsDefinition")
    return joined(f"dg.{kind}({', '.join(shown)})", arguments.values()).with_imports("import dagster as dg")


def _day_offset(cron: Cron) -> dict[str, Code]:
    if cron.cadence == "weekly":
        return {"day_offset": Code(literal(min(cron.weekdays)))} if min(cron.weekdays) else {}
    if cron.cadence == "monthly":
        return {"day_offset": Code(literal(min(cron.days)))} if min(cron.days) != 1 else {}
    return {}


def _bounds(partitions: Partitions, cron: Cron | None) -> tuple[dt.datetime, dt.datetime | None]:
    """The start of the first window, and the end of the last one."""
    start = _parse(partitions.start)
    first = cron.at_or_after(start) if cron is not None else None
    return first or start, _parse(partitions.end) if partitions.end else None


def _parse(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def _in_utc(moment: dt.datetime, timezone: str) -> dt.datetime:
    return moment.replace(tzinfo=zoneinfo.ZoneInfo(timezone)).astimezone(dt.timezone.utc).replace(tzinfo=None)


def _text(moment: dt.datetime, pattern: str) -> Code:
    """A bound as text where the pattern of the keys can say it exactly enough, i.e. down to the day or minute."""
    return Code(text_literal(moment.strftime(pattern)))


def _moment(moment: dt.datetime) -> Code:
    if moment.time() == dt.time():
        return Code(text_literal(moment.strftime(_DATE)))
    return Code(f"dt.datetime({', '.join(str(part) for part in moment.timetuple()[:5])})", DT)


def _date_shift(cron: Cron | None, timezone: str) -> int | None:
    """How many days the UTC date of a due time is off its local date; None if that changes during the year or the day."""
    if timezone == "UTC":
        return 0
    if cron is None:
        return None
    zone = zoneinfo.ZoneInfo(timezone)
    shifts = set()
    for hour in cron.hours:
        for minute in cron.minutes:
            moment = dt.datetime(2020, 1, 1, hour, minute)
            while moment.year < 2030:
                utc = moment.replace(tzinfo=zone).astimezone(dt.timezone.utc)
                shifts.add((utc.date() - moment.date()).days)
                moment += dt.timedelta(days=7)
    return shifts.pop() if len(shifts) == 1 else None

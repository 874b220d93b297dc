"""Airflow's date family in generated code.

Airflow's `ds` is the UTC date of the logical date, `ts` its ISO text. In a partitioned run the logical date is the start of the
partition's window, elsewhere the moment that the run tag `airflow/logical_date` tells, or when the run was created.
"""

from __future__ import annotations

import datetime as dt

from migrator.codegen.python.code import Code
from migrator.model.durations import Length, Months
from migrator.model.expressions import RunDate
from migrator.model.frozen import dataclass

_PATTERNS = {
    "ds": "%Y-%m-%d",
    "ds_nodash": "%Y%m%d",
    "ts_nodash": "%Y%m%dT%H%M%S",
    "ts_nodash_with_tz": "%Y%m%dT%H%M%S%z",
}
_DATE_DIRECTIVES = frozenset("YymdbBaAjuVGUW%-")
"""Directives of strftime that do not look at the time of day."""
_NO_SPEC = frozenset("\"'{}\\")


def needs_time(date: RunDate) -> bool:
    """Whether the time of day matters to it, so that the windows of the partitions must start when Airflow's did."""
    if date.field in ("ds", "ds_nodash", "run_id", "partition_key"):
        return False
    if date.format is None:
        return True
    directives = {date.format[place + 1 : place + 2] for place, sign in enumerate(date.format) if sign == "%"}
    return not directives <= _DATE_DIRECTIVES


@dataclass(frozen=True, slots=True)
class DateSource:
    """How a function reads the date of its run.

    `start` and `end` are the datetimes of the window, `begin` that of its start where it is not the run's date; `as_is`: they may be printed as they are, because they are in UTC, or because only their
    date counts; else they are brought to UTC first. `key` is text that equals `ds`, if there is such, `next_day` the datetime a day
    after `start`, `partition` what Airflow calls the key of the run's partition, and `previous` the start of the window before, in UTC.
    """

    start: Code
    end: Code
    key: Code | None = None
    as_is: bool = True
    next_day: Code | None = None
    partition: Code | None = None
    previous: Code | None = None
    begin: Code | None = None

    def render(self, date: RunDate) -> Code:
        """The expression of a member of the date family (not of `run_id`)."""
        if date.field == "partition_key":
            assert self.partition is not None, "only DAGs whose runs are for partition keys are asked for them"
            return self.partition
        if self.key is not None and not date.days and self._prints_ds(date):
            return self.key
        if date.field == "ds_nodash" and self.key is not None and not date.days and date.format is None:
            return Code(f'{self.key.operand}.replace("-", "")', self.key.imports, self.key.names)
        moment = self._moment(date)
        pattern = date.format or _PATTERNS.get(date.field)
        if pattern is not None:
            spec = None if _NO_SPEC & set(pattern) else (moment.text, pattern)
            quoted = repr(pattern) if '"' in pattern else f'"{pattern}"'
            return Code(f"{moment.operand}.strftime({quoted})", moment.imports, moment.names, spec=spec)
        if date.field == "ts":
            return Code(f"{moment.operand}.isoformat()", moment.imports, moment.names)
        return moment

    def _prints_ds(self, date: RunDate) -> bool:
        if date.field == "previous" or (date.field == "data_interval_end" and self.end != self.start):
            return False
        if date.field == "data_interval_start" and self.begin is not None:
            return False
        return (date.format or _PATTERNS.get(date.field)) == "%Y-%m-%d"

    def _moment(self, date: RunDate) -> Code:
        if (
            date.days == 1
            and date.field not in ("data_interval_end", "previous")
            and self.next_day is not None
            and self.as_is
        ):
            return self.next_day
        base = self.end if date.field == "data_interval_end" else self.start
        if date.field == "data_interval_start" and self.begin is not None:
            base = self.begin
        if date.field == "previous":
            assert self.previous is not None, "only DAGs whose runs are for partitions are asked for it"
            base = self.previous
        elif not self.as_is:
            base = Code(
                f"{base.operand}.astimezone(dt.timezone.utc)", base.imports | {"import datetime as dt"}, base.names
            )
        if not date.days:
            return base
        sign = "+" if date.days > 0 else "-"
        text = f"{base.operand} {sign} dt.timedelta(days={abs(date.days)})"
        return Code(text, base.imports | {"import datetime as dt"}, base.names, simple=False)


def unpartitioned(package: str, interval: Length = dt.timedelta(0), told: bool = False) -> DateSource:
    """The date of a run that has no partition, and its data interval, which is `interval` long; `told`: the run has a tag for its end."""
    moment = _helper(package, "run_context", "date_of_run", "")
    end = _helper(package, "run_context", "end_of_interval", "")
    if isinstance(interval, Months):
        return DateSource(moment, end, begin=_helper(package, "run_context", "start_of_months", f", {interval.number}"))
    if told:
        length = f", dt.timedelta(minutes={interval // dt.timedelta(minutes=1)})"
        begin = _helper(package, "run_context", "start_of_interval", length, "import datetime as dt")
        return DateSource(moment, end, begin=begin if interval else None)
    if not interval:
        return DateSource(moment, moment)
    minutes = interval // dt.timedelta(minutes=1)
    imports = moment.imports | {"import datetime as dt"}
    end = Code(f"{moment.text} + dt.timedelta(minutes={minutes})", imports, moment.names, simple=False)
    return DateSource(moment, end)


def of_timetable(package: str, timetable: Code) -> DateSource:
    """The date of a run that has no partition, and its data interval, of which a timetable of the team's own is asked if the run is not told it."""
    found = _helper(package, "timetables", "interval_of", f", {timetable.text}", *timetable.imports)
    begin, end = (Code(f"{found.text}.{name}", found.imports, found.names) for name in ("start", "end"))
    return DateSource(_helper(package, "run_context", "date_of_run", ""), end, begin=begin)


def _helper(package: str, module: str, name: str, more: str, *imports: str) -> Code:
    """The call of a function of the project's helpers, for the run at hand."""
    needed = frozenset({f"from {package}.{module} import {name}", *imports})
    return Code(f"{name}(context{more})", needed, frozenset({"context"}))


def current_time() -> DateSource:
    """The date of a run that a sensor is about to ask for."""
    now = Code("dt.datetime.now(dt.timezone.utc)", frozenset({"import datetime as dt"}))
    return DateSource(now, now)

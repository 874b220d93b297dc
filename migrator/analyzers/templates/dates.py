"""Airflow's family of dates in templates: names, the text each is, and how methods and filters shape them.

Comes in: names, methods and arguments as they stand in a template. Goes out: a field of the plan's `RunDate` and a strftime pattern.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

DS = "%Y-%m-%d"
_DS_NODASH = "%Y%m%d"
_TS = "%Y-%m-%dT%H:%M:%S+00:00"
_TS_NODASH = "%Y%m%dT%H%M%S"
_TS_NODASH_TZ = "%Y%m%dT%H%M%S+0000"
"""Airflow's dates are in UTC, so the offset is a constant (and strftime has no `+00:00`)."""

FIELDS: Mapping[str, tuple[str, int]] = {
    "ds": ("ds", 0),
    "ds_nodash": ("ds_nodash", 0),
    "ts": ("ts", 0),
    "ts_nodash": ("ts_nodash", 0),
    "ts_nodash_with_tz": ("ts_nodash_with_tz", 0),
    "logical_date": ("logical_date", 0),
    "data_interval_start": ("data_interval_start", 0),
    "data_interval_end": ("data_interval_end", 0),
    "partition_date": ("partition_date", 0),
    "next_ds": ("next_ds", 0),
    "next_ds_nodash": ("next_ds_nodash", 0),
    "next_execution_date": ("next_execution_date", 0),
    "prev_ds": ("prev_ds", 0),
    "prev_ds_nodash": ("prev_ds_nodash", 0),
    "prev_execution_date": ("prev_execution_date", 0),
    "prev_execution_date_success": ("prev_execution_date_success", 0),
    "prev_data_interval_start_success": ("prev_data_interval_start_success", 0),
    "prev_data_interval_end_success": ("prev_data_interval_end_success", 0),
    "prev_start_date_success": ("prev_start_date_success", 0),
    "prev_end_date_success": ("prev_end_date_success", 0),
    "execution_date": ("logical_date", 0),
    "yesterday_ds": ("ds", -1),
    "yesterday_ds_nodash": ("ds_nodash", -1),
    "tomorrow_ds": ("ds", 1),
    "tomorrow_ds_nodash": ("ds_nodash", 1),
}
"""Name in a template: the field that it is, and by how many days it is shifted."""

_TEXTS = {
    "ds": ("logical_date", DS),
    "ds_nodash": ("logical_date", _DS_NODASH),
    "ts": ("logical_date", _TS),
    "ts_nodash": ("logical_date", _TS_NODASH),
    "ts_nodash_with_tz": ("logical_date", _TS_NODASH_TZ),
    "next_ds": ("next_execution_date", DS),
    "next_ds_nodash": ("next_execution_date", _DS_NODASH),
    "prev_ds": ("prev_execution_date", DS),
    "prev_ds_nodash": ("prev_execution_date", _DS_NODASH),
}
_SPELLED = {value: name for name, value in _TEXTS.items()}

FILTERS: Mapping[str, str] = {
    "ds": DS,
    "ds_nodash": _DS_NODASH,
    "ts": _TS,
    "ts_nodash": _TS_NODASH,
    "ts_nodash_with_tz": _TS_NODASH_TZ,
}
"""Airflow's own Jinja filters on a datetime."""

MEMBERS: Mapping[str, str] = {"year": "%Y", "month": "%-m", "day": "%-d", "hour": "%-H", "minute": "%-M"}
_METHODS = {
    "isoformat": _TS,
    "to_iso8601_string": "%Y-%m-%dT%H:%M:%SZ",
    "to_date_string": DS,
    "date": DS,
    "to_datetime_string": "%Y-%m-%d %H:%M:%S",
    "to_time_string": "%H:%M:%S",
}
_PENDULUM = {
    "YYYY": "%Y",
    "YY": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "DDDD": "%j",
    "DD": "%d",
    "dddd": "%A",
    "ddd": "%a",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "A": "%p",
}
_PENDULUM_TOKEN = re.compile(r"\[[^\]]*\]|([A-Za-z])\1*|[^A-Za-z\[]+")


_WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%y": 2, "%j": 3}
"""How many characters a directive always gives."""


def is_text(field: str) -> bool:
    """Whether a field is a text, not a datetime."""
    return field in _TEXTS


def text_pattern(field: str) -> str | None:
    """The strftime pattern of a field that is a text."""
    return _TEXTS[field][1] if field in _TEXTS else None


def base_of(field: str, pattern: str | None) -> tuple[str, str | None]:
    """The datetime that a field is, or is made of, and the pattern by which it becomes text."""
    return _TEXTS[field] if field in _TEXTS and pattern is None else (field, pattern)


def spelled(field: str, pattern: str) -> tuple[str, str | None]:
    """A field formatted by a pattern: the name that Airflow has for this text, or the datetime and the pattern."""
    base = _TEXTS[field][0] if field in _TEXTS else field
    name = _SPELLED.get((base, pattern))
    return (name, None) if name is not None else (base, pattern)


def method_pattern(name: str, args: tuple[Any, ...]) -> str | None:
    """The pattern of the text that a datetime's method gives; None where it is not known."""
    if name == "strftime" and len(args) == 1 and isinstance(args[0], str):
        return args[0]
    if name == "format" and len(args) == 1 and isinstance(args[0], str):
        return _from_pendulum(args[0])
    return _METHODS.get(name) if not args else None


def replaced(pattern: str, *args: Any) -> str | None:
    """The pattern of a text after `.replace(old, new)`; None where the pattern does not tell it."""
    if len(args) != 2 or not all(isinstance(arg, str) for arg in args):
        return None
    old, new = args
    # A letter or digit may come out of a directive at run time; a separator only stands in the pattern itself.
    if not re.fullmatch(r"[-/:. _]+", old) or "%z" in pattern or "+00" in pattern:
        return None
    return pattern.replace(old, new.replace("%", "%%"))


def sliced(pattern: str, part: slice) -> str | None:
    """The pattern of a piece of a text (`ds[:4]`); None where the pattern does not tell it.

    >>> sliced("%Y-%m-%d", slice(None, 7)), sliced("%Y%m%d", slice(-2, None)), sliced("%Y-%m-%d", slice(3))
    ('%Y-%m', '%d', None)
    """
    pieces = re.findall(r"%.|.", pattern)
    if any(piece[0] == "%" and piece not in _WIDTHS for piece in pieces):
        return None
    widths = [_WIDTHS.get(piece, 1) for piece in pieces]
    ends = [0, *itertools.accumulate(widths)]
    start, stop, _ = part.indices(ends[-1])
    if start not in ends or stop not in ends or start >= stop:
        return None
    return "".join(pieces[ends.index(start) : ends.index(stop)])


def whole_days(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int | None:
    """Days of a `timedelta(...)` or pendulum `add(...)` with literal arguments, if whole; None otherwise."""
    values = [*args, *kwargs.values()]
    if len(args) > 1 or not values or not all(type(value) in (int, float) for value in values):
        return None
    if not kwargs.keys() <= {"days", "weeks", "hours", "minutes", "seconds"} or (args and "days" in kwargs):
        return None
    try:
        days = timedelta(*args, **kwargs) / timedelta(days=1)
    except OverflowError:
        return None
    return int(days) if math.isfinite(days) and days == int(days) else None


def _from_pendulum(text: str) -> str | None:
    """A strftime pattern for pendulum's tokens (`YYYY-MM-DD`); None for tokens that strftime does not have."""
    pattern = []
    for match in _PENDULUM_TOKEN.finditer(text):
        piece = match.group()
        if piece.startswith("["):
            pattern.append(piece[1:-1].replace("%", "%%"))
        elif piece[0].isalpha():
            if piece not in _PENDULUM:
                return None
            pattern.append(_PENDULUM[piece])
        else:
            pattern.append(piece.replace("%", "%%"))
    return "".join(pattern)

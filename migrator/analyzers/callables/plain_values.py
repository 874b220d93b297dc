"""Whether a value can be written down as it is."""

from __future__ import annotations

from migrator.model.values import Value, is_known, walk


def is_plain(value: Value) -> bool:
    """Whether a value can be written down as it is."""
    plain = (str, bytes, bool, int, float, complex, list, tuple, dict, set, frozenset, type(None))
    dates = ("date", "datetime", "time", "timedelta", "timezone")
    return is_known(value) and all(isinstance(v, plain) or type(v).__name__ in dates for v in walk(value))

"""Values that Python computes of Variables, environment variables and the clock when the code runs: `int(os.environ["N"])`, `f"{date.today():%Y}"`.

Comes in: a value that is not known, and what it is made of. Goes out: the same value, with how it is computed where all that it is made of can be told then.
Only what leaves its operands as they are is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst
from dateutil.relativedelta import relativedelta

from migrator.analyzers.interpreter.language.open_dicts import OpenDict
from migrator.model.changed import replace
from migrator.model.values import Computed, Symbolic, Text

FUNCTIONS = frozenset(
    {
        *(f"builtins.{name}" for name in ("abs", "bool", "dict", "float", "int", "len", "list", "max", "min", "round")),
        *(f"builtins.{name}" for name in ("set", "sorted", "str", "sum", "tuple")),
        "ast.literal_eval",
        *(f"datetime.date.{name}" for name in ("fromisoformat", "isoformat", "strftime")),
        *(f"datetime.datetime.{name}" for name in ("combine", "fromisoformat", "fromtimestamp", "isoformat")),
        *(f"datetime.datetime.{name}" for name in ("strftime", "strptime")),
        "datetime.timedelta",
        "json.dumps",
        "json.loads",
        "os.path.basename",
        "os.path.dirname",
        "time.mktime",
        "time.strftime",
    }
)
"""Functions whose call can be told, by canonical path."""
_METHODS = frozenset(
    "capitalize copy count endswith get index items join keys lower lstrip partition removeprefix removesuffix replace rpartition rsplit rstrip"
    " split splitlines startswith strip title upper values zfill".split()
)
_METHODS_OF_DATES = frozenset(
    "add astimezone combine ctime date end_of format in_timezone in_tz isocalendar isoformat isoweekday naive start_of strftime subtract time"
    " timestamp timetuple to_date_string to_datetime_string to_iso8601_string toordinal total_seconds weekday".split()
)
_MEMBERS = frozenset(
    "day day_of_week day_of_year days hex hour int int_timestamp microsecond minute month second seconds week_of_year year".split()
)
"""What dates, their differences and random ids have."""
_SETTINGS = dict.fromkeys(("boto3.Session", "boto3.session.Session"), ("profile_name", "region_name"))
"""Attributes that say what the environment and the configuration of the machine tell a library, by its class."""
OPERATORS: Mapping[Any, str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Or: "or",
    cst.And: "and",
    cst.Not: "not",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
}
_PLAIN = (str, bytes, int, float, type(None), dt.timedelta, dt.date, dt.time, dt.tzinfo, relativedelta)
_DEPTH = 6


def has_method(value: Any, name: str) -> bool:
    """Whether a method of a value that is not known can be told."""
    of_dates = isinstance(value, Symbolic) and value.kind == "date" and name in _METHODS_OF_DATES
    return (of_dates or name in _METHODS) and isinstance(value, Symbolic) and is_told(value)


def member(found: Any, value: Symbolic, name: str) -> Any:
    """As `told`, of a member of a date or of a random id."""
    return told(found, "attribute", name, [value]) if value.made is not None and name in _MEMBERS else found


def of_object(found: Any, path: str, args: Sequence[Any], options: Mapping[str, Any], name: str) -> Any:
    """As `told`, of an attribute of an object of a library's that only says how things are set up where the code runs."""
    if name not in _SETTINGS.get(path, ()):
        return found
    made = told(
        Symbolic("unknown", path.rpartition(".")[2], "it is made when the code runs"), "call", path, args, options
    )
    return told(found, "attribute", name, [made])


def is_told(value: Any, depth: int = _DEPTH) -> bool:
    """Whether a value can be told when the code runs: plain data, a Variable, an environment variable, the clock, and what is made of these."""
    if isinstance(value, Symbolic):
        if value.kind in ("env", "variable"):
            return bool(value.name)
        return value.kind == "environment" or value.choice is not None or value.made is not None or bool(value.parts)
    if isinstance(value, _PLAIN):
        return True
    if depth == 0 or isinstance(value, OpenDict):
        return False
    if isinstance(value, Text):
        return all(is_told(part, depth - 1) for part in value.parts)
    if type(value) in (list, tuple, set):
        return all(is_told(item, depth - 1) for item in value)
    return type(value) is dict and all(is_told(item, depth - 1) for pair in value.items() for item in pair)


def told(
    found: Any,
    kind: str,
    name: str,
    operands: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    reading: int = 0,
) -> Any:
    """What was found, where that is a value that is not known with how it is computed of the operands; `reading` is as of `Computed`."""
    if not isinstance(found, Symbolic) or found.kind not in ("date", "unknown"):
        return found
    if found.choice is not None or found.made is not None:
        return found
    given = {} if options is None else dict(options)
    if not all(map(is_told, (*operands, *given.values()))):
        return found
    found = replace(found, made=Computed(kind, name, tuple(operands), given, reading))
    moment = next((value for value in operands if isinstance(value, Symbolic) and value.kind == "date"), None)
    return found if moment is None else replace(found, kind="date", why=moment.why)


def of_call(found: Any, path: str, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """As `told`, of what a library function makes of its arguments; a Variable that is read as JSON is one that the code deserializes."""
    if path not in FUNCTIONS:
        return found
    (first, *others) = args or (None,)
    if path == "json.loads" and isinstance(first, Symbolic) and first.kind == "variable" and not (others or options):
        return found if first.is_json or first.path or first.has_default else replace(first, is_json=True)
    return told(found, "call", path, args, options)


def of_operator(found: Any, kind: type[cst.CSTNode], *operands: Any) -> Any:
    """As `told`, of what an operator makes of its operands."""
    return told(found, "operator", OPERATORS[kind], operands) if kind in OPERATORS else found

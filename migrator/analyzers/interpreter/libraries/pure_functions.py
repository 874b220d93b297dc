"""Real functions of the standard library (and of pendulum, pytz, dateutil) that are called with known arguments.

Each is pure and bounded: no file, no clock, no process, no result of unlimited size.
"""

from __future__ import annotations

import ast
import base64
import bisect
import calendar
import datetime as dt
import decimal
import difflib
import fnmatch
import fractions
import hashlib
import heapq
import html
import itertools
import json
import logging
import math
import operator
import posixpath
import pprint
import re
import shlex
import statistics
import string
import textwrap
import unicodedata
import urllib.parse
import uuid
import zlib
import zoneinfo
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from dateutil.relativedelta import relativedelta

from migrator.analyzers.interpreter.libraries.durations import Duration


def _path(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `os.path` that takes paths as text or path objects and gives text."""
    return lambda *args: function(*(str(a) if isinstance(a, PurePath) else a for a in args))


def _aware(*args: Any, tz: Any = dt.timezone.utc, tzinfo: Any = None, **kwargs: Any) -> dt.datetime:
    """`pendulum.datetime` and `airflow.utils.timezone.datetime`: UTC unless told."""
    zone = tzinfo or tz
    return dt.datetime(*args, **kwargs).replace(tzinfo=_zone(zone) if isinstance(zone, str) else zone)


def _zone(name: str) -> dt.tzinfo:
    return dt.timezone.utc if name in ("UTC", "utc", "Etc/UTC") else zoneinfo.ZoneInfo(name)


def _duration(*args: Any, **kwargs: Any) -> dt.timedelta | relativedelta:
    """Months and years have no fixed length."""
    if kwargs.get("months") or kwargs.get("years"):
        return Duration(**dict(zip(("days", "seconds", "microseconds"), args, strict=False)), **kwargs)
    return dt.timedelta(*args, **{name: value for name, value in kwargs.items() if name not in ("months", "years")})


def _parse_date(text: str, *args: Any, **kwargs: Any) -> dt.datetime:
    value = dt.datetime.fromisoformat(text.replace("Z", "+00:00") if text.endswith("Z") else text)
    zone = kwargs.get("tz", "UTC")
    return value if value.tzinfo else value.replace(tzinfo=_zone(zone) if isinstance(zone, str) else zone)


def _naive_parse(text: str, *args: Any, **kwargs: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _parse_loosely(text: str, *args: Any, **kwargs: Any) -> Any:
    from dateutil import parser

    return parser.parse(text[:200], *args, **kwargs)


class TooCostly(Exception):
    """A call that would take too much time or memory: its result is unknown."""


def _short(text: str) -> str:
    """A name or pattern that matching may be tried on: more wildcards cost exponentially."""
    if len(text) > 1_000 or text.count("*") > 8:
        raise TooCostly("the pattern may take too long")
    return text


def _decimal(*args: Any, **kwargs: Any) -> decimal.Decimal:
    value = decimal.Decimal(*args, **kwargs)
    if value.is_finite() and abs(value.adjusted()) > 1_000:
        raise TooCostly("the number is too large")
    return value


def _fraction(*args: Any, **kwargs: Any) -> fractions.Fraction:
    if any(isinstance(value, str) and re.search(r"[eE]\s*[+-]?\d{4,}", value) for value in args):
        raise TooCostly("the number is too large")
    return fractions.Fraction(*args, **kwargs)


def _product(values: Any, start: Any = 1) -> Any:
    for value in values:
        start = start * value
        if isinstance(start, int) and start.bit_length() > 10_000:
            raise TooCostly("the number is too large")
    return start


def _indent(text: str, prefix: str, *args: Any) -> str:
    if (text.count("\n") + 1) * len(prefix) > 1_000_000:
        raise TooCostly("the result would be too large")
    return textwrap.indent(text, prefix, *args)


def _json_text(value: Any, **kwargs: Any) -> str:
    indent = kwargs.get("indent")
    if (isinstance(indent, int) and indent > 100) or (isinstance(indent, str) and len(indent) > 100):
        raise TooCostly("the result would be too large")
    encoder = kwargs.pop("cls", None)
    kwargs.setdefault("default", encoder if callable(encoder) else str)
    return json.dumps(value, **kwargs)


class Digest:
    """A hash of `hashlib`: of known bytes only."""

    def __init__(self, made: Any) -> None:
        self.made = made


_ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")


def _digest(name: str) -> Callable[..., Any]:
    def make(data: bytes = b"", **kwargs: Any) -> Any:
        kwargs.pop("usedforsecurity", None)
        return Digest(hashlib.new(name, data, usedforsecurity=False, **kwargs))

    return make


def _new_digest(name: str, data: bytes = b"", **kwargs: Any) -> Any:
    if name.lower() not in _ALGORITHMS:
        raise ValueError(f"unsupported hash type {name}")
    return _digest(name.lower())(data)


def _occurrences(*args: Any, **kwargs: Any) -> list[Any]:
    from dateutil import rrule

    if not isinstance(kwargs.get("dtstart"), dt.date) or not {"count", "until"} & kwargs.keys():
        raise TooCostly("the rule has no end, or starts now")
    found = list(itertools.islice(rrule.rrule(*args, **kwargs), 5_001))
    if len(found) > 5_000:
        raise TooCostly("the rule has too many dates")
    return found


def _slugify(
    text: str,
    *,
    separator: str = "-",
    lowercase: bool = True,
    max_length: int = 0,
    replacements: Any = (),
    **other: Any,
) -> str:
    """python-slugify's `slugify`, for text whose letters are ASCII but for accents."""
    if other or len(text) > 10_000:
        raise TooCostly("an option of `slugify` is not evaluated")
    for old, new in replacements:
        text = text.replace(old, new)
    plain = unicodedata.normalize("NFKD", text.replace("'", "-"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    if not plain.isascii():
        raise TooCostly("the text has letters that are not ASCII")
    plain = html.unescape(plain.lower() if lowercase else plain)
    plain = re.sub(r"(?<=\d),(?=\d)", "", plain)
    plain = re.sub(r"-{2,}", "-", re.sub(r"[^-a-zA-Z0-9]+", "-", plain)).strip("-")
    return (plain[:max_length].strip("-") if max_length else plain).replace("-", separator)


_TRUE, _FALSE = ("y", "yes", "t", "true", "on", "1"), ("n", "no", "f", "false", "off", "0")


def _strtobool(text: str) -> int:
    """`distutils.util.strtobool`."""
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError(f"invalid truth value {text!r}")
    return int(text.lower() in _TRUE)


def _literal(text: str) -> Any:
    if len(text) > 20_000 or text.count("(") + text.count("[") + text.count("{") > 2_000:
        raise TooCostly("the text is too long")
    return ast.literal_eval(text)


PURE: dict[str, Callable[..., Any]] = {
    **{
        f"os.path.{n}": _path(getattr(posixpath, n))
        for n in ("basename", "dirname", "split", "splitext", "normpath", "isabs", "commonprefix", "relpath")
    },
    **{f"os.path.{n}": _path(lambda p: posixpath.normpath(p)) for n in ("abspath", "realpath", "expanduser")},
    **{f"ntpath.{n}": _path(getattr(posixpath, n)) for n in ("basename", "dirname", "split", "splitext")},
    "os.fspath": str,
    "datetime.datetime": dt.datetime,
    "datetime.date": dt.date,
    "datetime.time": dt.time,
    "datetime.timedelta": dt.timedelta,
    "datetime.timezone": dt.timezone,
    "datetime.datetime.strptime": lambda text, form: dt.datetime.strptime(text[:1_000], form[:1_000]),
    "datetime.datetime.fromisoformat": dt.datetime.fromisoformat,
    "datetime.datetime.combine": dt.datetime.combine,
    "datetime.datetime.fromtimestamp": lambda s, tz=None: dt.datetime.fromtimestamp(s, tz or dt.timezone.utc).replace(
        tzinfo=tz
    ),
    "datetime.date.fromisoformat": dt.date.fromisoformat,
    "pendulum.datetime": _aware,
    "pendulum.DateTime": lambda *args, **kwargs: dt.datetime(*args, **kwargs),
    "pendulum.date": dt.date,
    "pendulum.time": dt.time,
    "pendulum.duration": _duration,
    "pendulum.Duration": _duration,
    "pendulum.timezone": _zone,
    "pendulum.tz.timezone": _zone,
    "pendulum.Timezone": _zone,
    "pendulum.parse": _parse_date,
    "pendulum.parser.parse": _parse_date,
    "pendulum.instance": lambda value, *args, **kwargs: (
        value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
    ),
    "pendulum.naive": dt.datetime,
    "airflow.sdk.timezone.datetime": _aware,
    "airflow.utils.timezone.datetime": _aware,
    "airflow.sdk.timezone.parse": _parse_date,
    "airflow.utils.timezone.parse": _parse_date,
    "airflow.utils.timezone.make_aware": lambda value, tz=dt.timezone.utc: value.replace(tzinfo=tz),
    "dateutil.relativedelta.relativedelta": relativedelta,
    "dateutil.rrule.rrule": _occurrences,
    "dateutil.parser.parse": _parse_loosely,
    "dateutil.parser.isoparse": _naive_parse,
    "dateutil.tz.gettz": _zone,
    "dateutil.tz.tzutc": lambda: dt.timezone.utc,
    "pytz.timezone": _zone,
    "zoneinfo.ZoneInfo": _zone,
    "json.loads": json.loads,
    "json.dumps": _json_text,
    "ujson.dumps": _json_text,
    "simplejson.dumps": _json_text,
    **{
        f"math.{n}": getattr(math, n)
        for n in (
            *("ceil", "floor", "sqrt", "log", "log2", "log10", "gcd", "isclose", "trunc", "fabs", "copysign"),
            *("isnan", "isinf", "isfinite", "fmod", "hypot", "exp", "fsum", "sin", "cos", "tan", "radians", "degrees"),
        )
    },
    "math.prod": _product,
    "math.pow": lambda x, y: math.pow(x, y),
    **{f"hashlib.{n}": _digest(n) for n in _ALGORITHMS},
    "hashlib.new": _new_digest,
    "zlib.crc32": zlib.crc32,
    "zlib.adler32": zlib.adler32,
    "decimal.Decimal": _decimal,
    "fractions.Fraction": _fraction,
    **{f"statistics.{n}": getattr(statistics, n) for n in ("mean", "median", "mode", "fmean", "pstdev", "stdev")},
    **{f"calendar.{n}": getattr(calendar, n) for n in ("monthrange", "isleap", "weekday", "leapdays", "timegm")},
    "types.MappingProxyType": dict,
    "builtins.str.maketrans": str.maketrans,
    "builtins.bytes.fromhex": bytes.fromhex,
    "builtins.ascii": ascii,
    "builtins.int.from_bytes": int.from_bytes,
    **{f"heapq.{n}": getattr(heapq, n) for n in ("heapify", "heappush", "heappop", "heappushpop", "heapreplace")},
    **{f"heapq.{n}": getattr(heapq, n) for n in ("nlargest", "nsmallest")},
    **{f"bisect.{n}": getattr(bisect, n) for n in ("bisect", "bisect_left", "bisect_right", "insort", "insort_left")},
    "shlex.quote": shlex.quote,
    "shlex.split": lambda text, *args: shlex.split(text, *args) if isinstance(text, str) else [],
    "shlex.join": shlex.join,
    "difflib.get_close_matches": lambda word, options, *args, **kwargs: difflib.get_close_matches(
        _short(word), [_short(option) for option in options[:1_000]], *args, **kwargs
    ),
    "pprint.pformat": pprint.pformat,
    "logging.getLevelName": logging.getLevelName,
    "os.path.commonpath": posixpath.commonpath,
    "os.path.normcase": posixpath.normcase,
    **{f"heapq.{n}": lambda *rows, **kwargs: list(heapq.merge(*rows, **kwargs)) for n in ("merge",)},
    "os.path.splitdrive": posixpath.splitdrive,
    "fnmatch.fnmatch": lambda name, pattern: fnmatch.fnmatchcase(_short(name), _short(pattern)),
    "fnmatch.filter": lambda names, pattern: [n for n in names if fnmatch.fnmatchcase(_short(n), _short(pattern))],
    "html.escape": html.escape,
    "html.unescape": html.unescape,
    "datetime.date.fromisocalendar": dt.date.fromisocalendar,
    "datetime.date.fromtimestamp": lambda stamp: dt.datetime.fromtimestamp(stamp, dt.timezone.utc).date(),
    "datetime.datetime.utcfromtimestamp": lambda s: dt.datetime.fromtimestamp(s, dt.timezone.utc).replace(tzinfo=None),
    **{f"operator.{n}": getattr(operator, n) for n in ("eq", "ne", "lt", "gt", "le", "ge", "contains", "neg", "truth")},
    "textwrap.dedent": textwrap.dedent,
    "textwrap.indent": _indent,
    "inspect.cleandoc": lambda text: textwrap.dedent(text).strip(),
    "urllib.parse.quote": urllib.parse.quote,
    "urllib.parse.quote_plus": urllib.parse.quote_plus,
    "urllib.parse.urljoin": urllib.parse.urljoin,
    **{
        f"urllib.parse.{n}": getattr(urllib.parse, n)
        for n in (
            *("urlencode", "unquote", "unquote_plus", "urlparse", "urlsplit", "urlunparse", "urlunsplit"),
            *("parse_qs", "parse_qsl", "urldefrag"),
        )
    },
    "uuid.uuid5": uuid.uuid5,
    "uuid.uuid3": uuid.uuid3,
    "uuid.UUID": uuid.UUID,
    **{
        f"base64.{n}": getattr(base64, n)
        for n in ("b64encode", "b64decode", "urlsafe_b64encode", "urlsafe_b64decode", "b32encode", "b16encode")
    },
    "textwrap.wrap": textwrap.wrap,
    "textwrap.fill": textwrap.fill,
    "textwrap.shorten": textwrap.shorten,
    "string.capwords": string.capwords,
    "_string.formatter_parser": lambda text: list(string.Formatter().parse(text)),
    "unicodedata.normalize": lambda form, text: unicodedata.normalize(form, text[:100_000]),
    "unicodedata.category": unicodedata.category,
    "slugify.slugify": _slugify,
    "distutils.util.strtobool": _strtobool,
    "airflow.utils.strings.to_boolean": lambda text: (
        text is not None and text.lower() in ("on", "t", "true", "y", "yes", "1")
    ),
    "airflow.utils.helpers.convert_camel_to_snake": lambda text: re.sub(
        "([a-z0-9])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", text)
    ).lower(),
    "ast.literal_eval": _literal,
}
JSON_WRITERS = frozenset({"json.dumps", "ujson.dumps", "simplejson.dumps"})
SIZES = frozenset({textwrap.wrap, textwrap.fill, textwrap.shorten})
"""Functions whose numbers say how long the result is."""

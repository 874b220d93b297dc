"""Real functions of the standard library (and of pendulum, pytz, dateutil) that are called with known arguments.

Each is pure and bounded: no file, no clock, no process, no result of unlimited size.
"""

from __future__ import annotations

import base64
import collections
import copy
import datetime as dt
import hashlib
import itertools
import json
import math
import operator
import posixpath
import re
import string
import textwrap
import types
import urllib.parse
import uuid
import zoneinfo
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from migrator.analyzers.interpreter.operations import MAX_ITEMS, LazyItems


def _path(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `os.path` that takes paths as text or path objects and gives text."""
    return lambda *args: function(*(str(a) if isinstance(a, PurePath) else a for a in args))


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Itertools results as a list, cut where there would be too many."""
    return lambda *args, **kwargs: LazyItems(list(itertools.islice(function(*args, **kwargs), MAX_ITEMS)))


def _aware(*args: Any, tz: Any = dt.timezone.utc, tzinfo: Any = None, **kwargs: Any) -> dt.datetime:
    """`pendulum.datetime` and `airflow.utils.timezone.datetime`: UTC unless told."""
    zone = tzinfo or tz
    return dt.datetime(*args, **kwargs).replace(tzinfo=_zone(zone) if isinstance(zone, str) else zone)


def _zone(name: str) -> dt.tzinfo:
    return dt.timezone.utc if name in ("UTC", "utc", "Etc/UTC") else zoneinfo.ZoneInfo(name)


def _parse_date(text: str, *args: Any, **kwargs: Any) -> dt.datetime:
    value = dt.datetime.fromisoformat(text.replace("Z", "+00:00") if text.endswith("Z") else text)
    zone = kwargs.get("tz", "UTC")
    return value if value.tzinfo else value.replace(tzinfo=_zone(zone) if isinstance(zone, str) else zone)


def _naive_parse(text: str, *args: Any, **kwargs: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _regex(name: str) -> Callable[..., Any]:
    def run(pattern: Any, *args: Any, **kwargs: Any) -> Any:
        text = pattern if isinstance(pattern, str) else getattr(pattern, "pattern", "")
        if len(text) > 300 or re.search(r"[+*}]\)?[+*{]|\([^)]*[+*][^)]*\)[+*{]", text):
            raise ValueError("the pattern may take too long")
        return getattr(re, name)(pattern, *(a[:20_000] if isinstance(a, str) else a for a in args), **kwargs)

    return run


def _json_text(value: Any, **kwargs: Any) -> str:
    kwargs.pop("default", None)
    kwargs.pop("cls", None)
    return json.dumps(value, default=str, **kwargs)


def _digest(name: str) -> Callable[..., Any]:
    def make(data: bytes = b"", **kwargs: Any) -> Any:
        return types.SimpleNamespace(digest=hashlib.new(name, data, usedforsecurity=False).hexdigest())

    return make


PURE: dict[str, Callable[..., Any]] = {
    **{
        f"os.path.{n}": _path(getattr(posixpath, n))
        for n in ("basename", "dirname", "split", "splitext", "normpath", "isabs", "commonprefix", "relpath")
    },
    **{f"os.path.{n}": _path(lambda p: posixpath.normpath(p)) for n in ("abspath", "realpath", "expanduser")},
    "os.fspath": str,
    "datetime.datetime": dt.datetime,
    "datetime.date": dt.date,
    "datetime.time": dt.time,
    "datetime.timedelta": dt.timedelta,
    "datetime.timezone": dt.timezone,
    "datetime.datetime.strptime": dt.datetime.strptime,
    "datetime.datetime.fromisoformat": dt.datetime.fromisoformat,
    "datetime.datetime.combine": dt.datetime.combine,
    "datetime.datetime.fromtimestamp": dt.datetime.fromtimestamp,
    "datetime.date.fromisoformat": dt.date.fromisoformat,
    "pendulum.datetime": _aware,
    "pendulum.DateTime": lambda *args, **kwargs: dt.datetime(*args, **kwargs),
    "pendulum.date": dt.date,
    "pendulum.duration": dt.timedelta,
    "pendulum.Duration": dt.timedelta,
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
    "dateutil.parser.parse": _naive_parse,
    "dateutil.tz.gettz": _zone,
    "dateutil.tz.tzutc": lambda: dt.timezone.utc,
    "pytz.timezone": _zone,
    "zoneinfo.ZoneInfo": _zone,
    "json.loads": json.loads,
    "json.dumps": _json_text,
    "copy.copy": copy.copy,
    "math.ceil": math.ceil,
    "math.floor": math.floor,
    "math.sqrt": math.sqrt,
    "math.log": math.log,
    "math.prod": math.prod,
    **{
        f"operator.{n}": getattr(operator, n)
        for n in ("add", "sub", "mul", "eq", "ne", "lt", "gt", "and_", "or_", "contains")
    },
    **{f"re.{n}": _regex(n) for n in ("match", "search", "fullmatch", "sub", "split", "findall", "compile", "escape")},
    "textwrap.dedent": textwrap.dedent,
    "textwrap.indent": textwrap.indent,
    "inspect.cleandoc": lambda text: textwrap.dedent(text).strip(),
    "urllib.parse.quote": urllib.parse.quote,
    "urllib.parse.quote_plus": urllib.parse.quote_plus,
    "urllib.parse.urljoin": urllib.parse.urljoin,
    "urllib.parse.urlencode": urllib.parse.urlencode,
    "uuid.uuid5": lambda space, name: str(uuid.uuid5(space, name)),
    "base64.b64encode": base64.b64encode,
    "base64.b64decode": base64.b64decode,
    "string.capwords": string.capwords,
    "collections.OrderedDict": lambda *args, **kwargs: dict(*args, **kwargs),
    "collections.Counter": lambda *args, **kwargs: dict(collections.Counter(*args, **kwargs)),
    "collections.deque": lambda items=(), maxlen=None: list(items),
    "itertools.chain.from_iterable": lambda rows: LazyItems([item for row in rows for item in row]),
    **{
        f"itertools.{n}": _bounded(getattr(itertools, n))
        for n in (
            "product",
            "permutations",
            "combinations",
            "repeat",
            "islice",
            "zip_longest",
            "accumulate",
            "count",
            "cycle",
            "pairwise",
        )
        if hasattr(itertools, n)
    },
}

"""Values of the analyzed code as JSON: known ones as they are, others as text with their unknown parts visible; secrets masked."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from migrator.model.values import AssetValue, ObjectValue, Value, show
from migrator.secrets.masking import cover_found, is_secret

MASK = "***"

_SECRET_IN_URL = re.compile(r"(?<=://)([^\s/@:]*):[^\s/@]+@")
_MAX_DEPTH = 20


def plain(value: Value, name: str = "", depth: int = 0) -> Any:
    """A value that `json` can write. `name` is the argument or key it stands under: a secret's value is not shown."""
    if name and value is not None and not isinstance(value, bool) and is_secret(name) and _is_literal(value):
        return MASK
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if depth >= _MAX_DEPTH:
        return "{?}"
    if isinstance(value, Mapping):
        return {text(key): plain(item, text(key), depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, name, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, name, depth + 1) for item in value), key=str)
    if isinstance(value, bytes):
        return f"{{{len(value)} bytes}}"
    if isinstance(value, AssetValue) and value.members:
        return [plain(member, name, depth + 1) for member in value.members]
    if isinstance(value, ObjectValue) and value.type.rpartition(".")[2] == "Param":
        return plain(value.kwargs.get("default", value.args[0] if value.args else None), name, depth + 1)
    return text(value)


def text(value: Value) -> str:
    """A value as one text; secrets that show themselves are masked."""
    return cover_found(_SECRET_IN_URL.sub(rf"\1:{MASK}@", show(value)))


def _is_literal(value: Value) -> bool:
    return isinstance(value, (str, bytes, int, float, list, tuple, dict))

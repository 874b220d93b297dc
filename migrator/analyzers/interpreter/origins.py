"""Which Variables and environment variables an unknown value comes from, and what to type so that it is known.

Comes in: symbolic values, or code with the scope it stands in. Goes out: origins (`variable:NAME`, `env:NAME`), sorted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from migrator.model.values import Symbolic, Text
from migrator.secrets.masking import is_secret

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.values import Env

_NAME = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?!\s*=[^=]|\w|['\"])")
_MAX_SOURCE = 500
_MAX_ITEMS = 50
_MAX_ORIGINS = 8
_KINDS = frozenset({"variable", "env"})


def origins_of(value: Any, depth: int = 3) -> tuple[str, ...]:
    """The origins of a value and of what it holds, a few levels deep."""
    if isinstance(value, Symbolic):
        if value.kind in _KINDS and value.name:
            return (f"{value.kind}:{value.name}",)
        return value.origins
    if depth == 0:
        return ()
    if isinstance(value, Text):
        return merged(origins_of(part, depth - 1) for part in value.parts)
    if isinstance(value, (list, tuple)):
        return merged(origins_of(item, depth - 1) for item in value[:_MAX_ITEMS])
    if isinstance(value, Mapping):
        return merged(origins_of(item, depth - 1) for item in list(value.values())[:_MAX_ITEMS])
    return ()


def origins_in(source: str, env: Env) -> tuple[str, ...]:
    """The origins of the names that a piece of code uses; long code is not searched."""
    if len(source) > _MAX_SOURCE:
        return ()
    return merged(origins_of(env.lookup(name)) for name in dict.fromkeys(_NAME.findall(source)))


def merged(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All of them once, sorted; no more than a few."""
    return tuple(sorted({origin for origins in found for origin in origins})[:_MAX_ORIGINS])


def help_for(origins: Iterable[str]) -> str:
    """What to type so that the values are known; empty where there are none."""
    kinds: dict[str, list[str]] = {}
    for origin in origins:
        kind, _, name = origin.partition(":")
        kinds.setdefault("secret" if is_secret(name) else kind, []).append(name)
    parts = []
    if "variable" in kinds:
        names = ", ".join(f"`{name} = ...`" for name in kinds["variable"])
        parts.append(f"give {names} under `[variables]` in `migrator.toml`, or `--variables FILE`")
    if "env" in kinds:
        parts.append(f"give {' '.join(f'`--env {name}=...`' for name in kinds['env'])}")
    if "secret" in kinds:
        names = ", ".join(f"`{name}`" for name in kinds["secret"])
        parts.append(f"the value of {names} is never read, because its name is that of a secret")
    return "; ".join(parts)

"""What things are called: readable asset keys, and never one for two things.

Comes in: the things of a project. Goes out: a key for each. A key is as short as it can be; where two things would share one, both say
more about themselves (ending, scheme, that they are made anew for each date), and a number tells apart what still looks the same.
"""

from __future__ import annotations

import functools
import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from migrator.analyzers.lineage.identity import ORDER, Identity
from migrator.model.assets import AssetKey, AssetRef

UNNAMED_STORE = "warehouse"
"""What tables are said to live in where neither connection nor system is known."""
_DATED = "by_date"
_RESERVED = frozenset(
    "arg_dict bool conf config context dict float input input_arg_dict int meta output output_arg_dict str type".split()
)


_OTHER = re.compile(r"[^0-9A-Za-z_]")
_CONSTANT = re.compile(r"\{const:[^{}]*?([^{}.]+)\}")
_NAMED = re.compile(r"\{(?:var|env|conn|param):([^{}]*)\}")


@functools.lru_cache(maxsize=20_000)
def key_part(text: str) -> str:
    """A part of an asset key: letters, digits and `_`."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _OTHER.sub("_", plain) or "_"


def base_key(thing: Identity, refs: Sequence[AssetRef]) -> AssetKey:
    """The key that a thing has if no other thing would have it."""
    return _candidates(thing, refs)[0]


def assign_keys(things: Mapping[Identity, Sequence[AssetRef]]) -> dict[Identity, AssetKey]:
    """A key for each thing. Two things never share one."""
    ordered = sorted(things, key=ORDER)
    candidates = [_candidates(thing, things[thing]) for thing in ordered]
    level = [0] * len(ordered)
    keys = [found[0] for found in candidates]
    while True:
        taken = Counter(keys)
        clashing = [at for at, key in enumerate(keys) if taken[key] > 1 and level[at] < len(candidates[at]) - 1]
        if not clashing:
            break
        for at in clashing:
            level[at] += 1
            keys[at] = candidates[at][level[at]]
    return dict(zip(ordered, _numbered(keys), strict=True))


def _numbered(keys: Sequence[AssetKey]) -> list[AssetKey]:
    """What still looks the same gets numbers, in its order."""
    reserved = set(keys)
    used: set[AssetKey] = set()
    found = []
    for key in keys:
        unique, number = key, 1
        while unique in used or (number > 1 and unique in reserved):
            number += 1
            unique = (*key[:-1], f"{key[-1]}_{number}")
        used.add(unique)
        found.append(unique)
    return found


def _candidates(thing: Identity, refs: Sequence[AssetRef]) -> list[AssetKey]:
    """Keys from the shortest to the one that says most."""
    if thing.family == "xcom":
        parts = tuple(map(key_part, thing.parts[0].split(".")))
        return [parts, (*parts, "value")]
    if thing.family == "dataset":
        scheme, separator, rest = thing.parts[0].partition("://")
        steps = _parts(rest.split("/") if separator else thing.parts[0].split("/"))
        return _distinct([steps, (key_part(scheme) if separator else "dataset", *steps)])
    if thing.family == "table":
        keys = [(_store(thing, refs), *_parts(thing.parts))]
    elif thing.family == "path":
        root, suffix = thing.scope[0], thing.suffix.lstrip(".")
        steps = _parts(thing.parts) or _parts([root, suffix])
        longer = (*steps, *_parts([suffix]))
        inside = _parts([root.removesuffix("://")]) if root not in ("", "/") else ("local",)
        keys = [steps, longer, (*inside, *longer)]
    else:
        keys = [_parts(thing.parts), (key_part(thing.family), *_parts(thing.parts))]
    if thing.dated:
        keys.append((*keys[-1], _DATED))
    if thing.owner:
        # A part of its name is not known, so it is told apart by the task that names it, which no other DAG changes.
        keys.append((*keys[0], *_parts(thing.owner.split("."))))
    return _distinct(keys)


def _distinct(keys: Iterable[AssetKey]) -> list[AssetKey]:
    given = [key or ("_",) for key in keys]
    allowed = [key for key in given if len(key) > 1 or not _is_reserved(key[0])]
    return list(dict.fromkeys(allowed or [(*given[-1], "data")]))


def _is_reserved(name: str) -> bool:
    """Whether Dagster takes no input or output of that name: a key of one part becomes one (dagster 1.13, `DISALLOWED_NAMES`)."""
    return keyword.iskeyword(name) or name in _RESERVED


def _parts(names: Iterable[str]) -> AssetKey:
    """Parts of a key; of `{env:DATA}` the name counts, of `{const:settings.BUCKET}` its end."""
    return tuple(part for part in map(_part, names) if part)


def _part(name: str) -> str:
    """A part of a key; empty if nothing of the name is known."""
    shown = name
    if "{" in name:
        kept = _CONSTANT.sub(r"\1", name)
        shown = _NAMED.sub(r"\1", kept).replace("{?}", "")
    part = key_part(shown) if shown else ""
    return part if shown.startswith("_") else part.strip("_") or part[:1]


def _store(thing: Identity, refs: Sequence[AssetRef]) -> str:
    """What a table lives in, in one word: its connection, unless that is only a default's name, or its system."""
    what, name = thing.scope
    if what == "connection" and not name.endswith("_default"):
        return (_parts([name]) or (UNNAMED_STORE,))[0]
    system = min((ref.system for ref in refs if ref.system), default=None)
    return key_part(system or name.removesuffix("_default") or UNNAMED_STORE)

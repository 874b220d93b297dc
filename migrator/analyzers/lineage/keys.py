"""What things are called: readable asset keys, and never one for two things.

Comes in: the things of a project. Goes out: a key for each. A key is as short as it can be; where two things would share one, they say
more about themselves (ending, that they are made anew for each date, scheme), no more than it takes, and a number tells apart what still looks the same.
"""

from __future__ import annotations

import functools
import keyword
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import combinations
from types import MappingProxyType

from migrator.analyzers.lineage.identity import ORDER, Identity
from migrator.model.assets import AssetKey, AssetRef

UNNAMED_STORE = "warehouse"
"""What tables are said to live in where neither connection nor system is known."""
_DATED = "by_date"
_RESERVED = frozenset(
    "arg_dict bool conf config context dict float input input_arg_dict int meta output output_arg_dict str type".split()
)


_OTHER = re.compile(r"[^0-9A-Za-z_]")
_WORD = re.compile(r"[0-9A-Za-z]")
_CONSTANT = re.compile(r"\{const:[^{}]*?([^{}.]+)\}")
_NAMED = re.compile(r"\{(?:var|env|conn|param):([^{}]*)\}")
_HANDED = re.compile(r"\{xcom:([^{}]*)\}")


@functools.lru_cache(maxsize=20_000)
def key_part(text: str) -> str:
    """A part of an asset key: letters, digits and `_`."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _OTHER.sub("_", plain) or "_"


def base_key(thing: Identity, refs: Sequence[AssetRef]) -> AssetKey:
    """The key that a thing has if no other thing would have it."""
    return _allowed(thing, _plain(thing, refs))


def assign_keys(
    things: Mapping[Identity, Sequence[AssetRef]], known: Mapping[str, AssetKey] = MappingProxyType({})
) -> dict[Identity, AssetKey]:
    """A key for each thing. Two things never share one. Those that are `known` by their names (`name_of`) keep the key that they had, whoever
    wants it besides."""
    groups: dict[AssetKey, list[Identity]] = defaultdict(list)
    ordered = sorted(things, key=ORDER)
    kept = {key: thing for thing in reversed(ordered) if (key := known.get(name_of(thing)))}
    found = {thing: key for key, thing in kept.items()}
    for thing in ordered:
        if thing not in found:
            groups[base_key(thing, things[thing])].append(thing)
    found |= {alike[0]: key for key, alike in groups.items() if len(alike) == 1 and key not in kept}
    used = set(found.values())
    for key, alike in sorted(groups.items()):
        if len(alike) > 1 or key in kept:
            keys = _apart(alike, {thing: _plain(thing, things[thing], whole=True) for thing in alike}, used)
            used |= set(keys.values())
            found |= keys
    return {thing: found[thing] for thing in ordered}


def name_of(thing: Identity) -> str:
    """A text that says which thing it is: the same whatever else there is."""
    parts = (
        thing.family,
        *thing.scope,
        "/".join(thing.parts) + thing.suffix,
        _DATED if thing.dated else "",
        thing.owner,
    )
    return " ".join(filter(None, parts))


def _apart(
    alike: Sequence[Identity], plain: Mapping[Identity, AssetKey], used: Set[AssetKey]
) -> dict[Identity, AssetKey]:
    """Keys of things that would share one: with as little said as tells all of them apart. What has nothing of that kind to say keeps the plain key."""
    ways = [names for length in range(1, len(_MORE) + 1) for names in combinations(_MORE, length)]
    for names in ways:
        keys = {thing: _allowed(thing, _saying(thing, plain[thing], names)) for thing in alike}
        if len(set(keys.values())) == len(keys) and used.isdisjoint(keys.values()):
            return keys
    return _numbered({thing: _allowed(thing, _saying(thing, plain[thing], ways[-1])) for thing in alike}, used)


def _numbered(keys: Mapping[Identity, AssetKey], used: Set[AssetKey]) -> dict[Identity, AssetKey]:
    """What still looks the same gets numbers, in the order of the identities."""
    taken, reserved = set(used), set(keys.values())
    found: dict[Identity, AssetKey] = {}
    for thing, key in keys.items():
        unique, number = key, 1
        while unique in taken or (number > 1 and unique in reserved):
            number += 1
            unique = (*key[:-1], f"{key[-1]}_{number}")
        taken.add(unique)
        found[thing] = unique
    return found


def _plain(thing: Identity, refs: Sequence[AssetRef], whole: bool = False) -> AssetKey:
    """The shortest key of a thing: a table's without schemas that only code says and nobody knows, unless it is to be `whole`."""
    if thing.family == "xcom":
        return tuple(map(key_part, thing.parts[0].split(".")))
    if thing.family == "dataset":
        _, separator, rest = thing.parts[0].partition("://")
        return _parts((rest if separator else thing.parts[0]).split("/"))
    if thing.family == "table":
        *schemas, table = thing.parts
        known = [part for part in schemas if whole or not _CONSTANT.fullmatch(part)]
        return (_store(thing, refs), *_parts([*known, table]))
    if thing.family == "path":
        return _parts(thing.parts) or _parts([thing.scope[0], thing.suffix.lstrip(".")])
    return _parts(thing.parts)


_MORE = ("ending", "date", "place", "owner")
"""What a key can say beside the thing's name, in the order in which it is tried."""


def _saying(thing: Identity, plain: AssetKey, names: Sequence[str]) -> AssetKey:
    """The key with what it says more."""
    behind = tuple(part for name in names if name != "place" for part in _more(thing, name))
    before = _more(thing, "place") if "place" in names else ()
    return (*before, *plain, *behind)


def _more(thing: Identity, name: str) -> AssetKey:
    """What a thing says more of itself; nothing where it has nothing of that kind."""
    if name == "ending":
        return ("value",) if thing.family == "xcom" else _parts([thing.suffix.lstrip(".")])
    if name == "date":
        return (_DATED,) if thing.dated else ()
    if name == "owner":
        # A part of its name is not known, so it is told apart by the task that names it, which no other DAG changes.
        return _parts(thing.owner.split("."))
    if thing.family == "path":
        root = thing.scope[0]
        return _parts([root.removesuffix("://")]) if root not in ("", "/") else ("local",)
    if thing.family == "dataset":
        scheme, separator, _ = thing.parts[0].partition("://")
        return (key_part(scheme) if separator else "dataset",)
    return () if thing.family in ("table", "xcom") else (key_part(thing.family),)


def _allowed(thing: Identity, key: AssetKey) -> AssetKey:
    """The key as Dagster takes it."""
    key = key or ("_",)
    if len(key) > 1 or not _is_reserved(key[0]):
        return key
    longer = (_saying(thing, key, [name]) for name in _MORE)
    return next((one for one in longer if len(one) > 1), (*key, "data"))


def _is_reserved(name: str) -> bool:
    """Whether Dagster takes no input or output of that name: a key of one part becomes one (dagster 1.13, `DISALLOWED_NAMES`)."""
    return keyword.iskeyword(name) or name in _RESERVED


def _parts(names: Iterable[str]) -> AssetKey:
    """Parts of a key; of `{env:DATA}` the name counts, of `{const:settings.BUCKET}` its end, and what a task hands over where nothing else is known."""
    return tuple(part for part in map(_part, names) if part)


def _part(name: str) -> str:
    """A part of a key; empty if nothing of the name is known."""
    shown = name
    if "{" in name:
        kept = _CONSTANT.sub(r"\1", _without_handed(name))
        shown = _NAMED.sub(r"\1", kept).replace("{?}", "")
    part = key_part(shown) if shown else ""
    return part if shown.startswith("_") else part.strip("_") or part[:1]


def _without_handed(name: str) -> str:
    """A name without what a task hands over, where more of it is known."""
    if "{xcom:" not in name:
        return name
    rest = _HANDED.sub("", name).strip("-_.")
    return rest if _WORD.search(rest.replace("{?}", "")) else _HANDED.sub(r"\1", name)


def _store(thing: Identity, refs: Sequence[AssetRef]) -> str:
    """What a table lives in, in one word: its connection, unless that is only a default's name, or its system."""
    what, name = thing.scope
    if what == "connection" and not name.endswith("_default"):
        return (_parts([name]) or (UNNAMED_STORE,))[0]
    system = min((ref.system for ref in refs if ref.system), default=None)
    return key_part(system or name.removesuffix("_default") or UNNAMED_STORE)

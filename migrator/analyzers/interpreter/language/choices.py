"""Values of which it is only known at run time which one is meant, where the code has all of them.

Comes in: a Variable or environment variable that picks one of known values, by a key (`BUCKETS[os.environ["ENV"]]`) or by a condition
(`"a" if os.environ["ENV"] == "prod" else "b"`). Goes out: a value that is not known, with the choice that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import MISSING, Env, RaiseSignal, is_symbolic
from migrator.model.changed import replace
from migrator.model.values import Choice, Symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_MAX = 20
"""A dictionary of more members is data, and no setting of a few deployments."""
_PLAIN = (str, bytes, int, float, bool, type(None))
_PICKED = (*_PLAIN, list, tuple, dict)


def of_key(value: Mapping[Any, Any], key: Symbolic, default: Any = MISSING) -> Choice | None:
    """What `value[key]`, or with a default `value.get(key, default)`, may be; None where that is not among a few plain values."""
    if key.choice is not None:
        given = {name: value.get(item, default) for name, item in key.choice.values.items() if _is_key(item)}
        if len(given) < len(key.choice.values):
            return None
        rest = value.get(key.choice.default, default) if _is_key(key.choice.default) else MISSING
        return _choice(key.choice.key, given, rest if key.choice.has_default else MISSING)
    return _choice(key, value, default) if key.kind in ("env", "variable") and key.name else None


def each(value: Symbolic, function: Callable[[Any], Any]) -> Choice | None:
    """The choice of what the function makes of each value; one that lacks what it looks for is no longer among them. None where there is no choice."""
    if value.choice is None:
        return None
    made: dict[Any, Any] = {}
    for name, item in value.choice.values.items():
        try:
            made[name] = function(item)
        except RaiseSignal as signal:
            if signal.name not in ("KeyError", "IndexError"):
                return None
    try:
        rest = function(value.choice.default) if value.choice.has_default else MISSING
    except RaiseSignal:
        return None
    return _choice(value.choice.key, made, rest)


def of_comparison(kind: type[cst.CSTNode], left: Any, right: Any) -> Choice | None:
    """What a comparison of a Variable or environment variable with text says: True or False by what that is."""
    if isinstance(right, Symbolic) and kind in (cst.Equal, cst.NotEqual):
        left, right = right, left
    if not isinstance(left, Symbolic) or left.kind not in ("env", "variable") or not left.name or left.is_json:
        return None
    if kind in (cst.Equal, cst.NotEqual):
        among: Collection[Any] = (right,)
    elif kind in (cst.In, cst.NotIn) and isinstance(right, (list, tuple, set, frozenset)):
        among = sorted(right, key=repr)
    else:
        return None
    if not all(isinstance(item, str) for item in among):
        return None
    says = kind in (cst.Equal, cst.In)
    return _choice(left, dict.fromkeys(among, says), not says)


def by_condition(condition: Any, first: Any, second: Any) -> Choice | None:
    """What has the value `first` where the condition holds, else `second`; None where the condition is no choice, or they are none of plain values."""
    decides = condition.choice if isinstance(condition, Symbolic) else None
    if decides is None:
        return None
    names = dict.fromkeys(decides.values)
    for value in (first, second):
        if isinstance(value, Symbolic) and value.choice is not None and _same(value.choice.key, decides.key):
            names |= dict.fromkeys(value.choice.values)
    made: dict[Any, Any] = {}
    for name in names:
        said = decides.values.get(name, decides.default if decides.has_default else MISSING)
        if said is MISSING or is_symbolic(said):
            return None
        made[name] = _where(first if said else second, decides.key, name)
    rest = MISSING
    if decides.has_default:
        rest = _where(first if decides.default else second, decides.key, MISSING)
        if rest is MISSING:
            return None
    return _choice(decides.key, made, rest)


def _where(value: Any, key: Symbolic, name: Any) -> Any:
    """The value where the key is `name`, or (MISSING) nothing that the choice names."""
    if not isinstance(value, Symbolic) or value.choice is None or not _same(value.choice.key, key):
        return value
    return value.choice.values.get(name, value.choice.default if value.choice.has_default else MISSING)


def _same(first: Symbolic, second: Symbolic) -> bool:
    return (first.kind, first.name, first.path) == (second.kind, second.name, second.path)


def _choice(key: Symbolic, values: Mapping[Any, Any], default: Any) -> Choice | None:
    kept = {name: item for name, item in values.items() if item is not MISSING}
    everything = [*kept.values(), *([] if default is MISSING else [default])]
    if not kept or len(kept) > _MAX or not all(isinstance(name, (str, int)) for name in kept):
        return None
    if not all(isinstance(item, _PICKED) or is_symbolic(item) for item in everything):
        return None
    return Choice(key, kept, None if default is MISSING else default, default is not MISSING)


def _is_key(value: Any) -> bool:
    return isinstance(value, (str, int, bool, type(None)))


def unknown(machine: Machine, node: cst.CSTNode, env: Env, why: str, choice: Choice | None) -> Any:
    """A value that is not known, with the choice that it may be; where that has one value only, this."""
    if choice is None:
        return machine.unknown(node, env, why)
    everything: list[Any] = [*choice.values.values(), *([choice.default] if choice.has_default else [])]
    first, others = everything[0], everything[1:]
    if others and type(first) in _PLAIN and all(type(item) is type(first) and item == first for item in others):
        return first
    return replace(machine.unknown(node, env, why), choice=choice)

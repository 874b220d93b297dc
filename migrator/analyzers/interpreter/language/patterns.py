"""The patterns of `match` statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Class,
    Env,
    External,
    NamedTupleValue,
    RaiseSignal,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_SELF_MATCHING = frozenset({"str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set", "frozenset"})


def matches(machine: Machine, pattern: Any, subject: Any, env: Env) -> bool | None:
    """Whether a case's pattern fits; None where that is not known. Binds the names it captures."""
    if type(pattern) is cst.MatchAs:
        result = True if pattern.pattern is None else matches(machine, pattern.pattern, subject, env)
        if result is not False and pattern.name is not None:
            env.assign(pattern.name.value, subject)
        return result
    if type(pattern) is cst.MatchOr:
        unknown = False
        for element in pattern.patterns:
            result = matches(machine, element.pattern, subject, env)
            if result:
                return True
            unknown = unknown or result is None
        return None if unknown else False
    if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
        return _equal(machine, machine.eval(pattern.value, env), subject, pattern, env)
    if is_symbolic(subject):
        return None
    if isinstance(pattern, (cst.MatchList, cst.MatchTuple)):
        return _sequence(machine, pattern, subject, env)
    if type(pattern) is cst.MatchMapping:
        return _mapping(machine, pattern, subject, env)
    if type(pattern) is cst.MatchClass:
        return _class(machine, pattern, subject, env)
    return None


def _equal(machine: Machine, value: Any, subject: Any, pattern: Any, env: Env) -> bool | None:
    from migrator.analyzers.interpreter.language.comparisons import compare

    kind = cst.Is if type(pattern) is cst.MatchSingleton else cst.Equal
    result = compare(machine, kind, subject, value, pattern.value, env)
    return result if isinstance(result, bool) else None


def _all(results: list[bool | None]) -> bool | None:
    return False if False in results else None if None in results else True


def _sequence(machine: Machine, pattern: cst.MatchList | cst.MatchTuple, subject: Any, env: Env) -> bool | None:
    if not isinstance(subject, (list, tuple)):
        return False
    parts = list(pattern.patterns)
    star = next((index for index, part in enumerate(parts) if isinstance(part, cst.MatchStar)), None)
    items: list[Any] = list(subject)
    if star is None:
        if len(items) != len(parts):
            return False
    else:
        after = len(parts) - star - 1
        if len(items) < len(parts) - 1:
            return False
        items = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
    results: list[bool | None] = []
    for part, item in zip(parts, items, strict=True):
        if isinstance(part, cst.MatchStar):
            if part.name is not None:
                env.assign(part.name.value, item)
            continue
        results.append(matches(machine, part.value, item, env))
        if results[-1] is False:
            return False
    return _all(results)


def _mapping(machine: Machine, pattern: cst.MatchMapping, subject: Any, env: Env) -> bool | None:
    if not isinstance(subject, dict):
        return False
    results: list[bool | None] = []
    used = []
    for element in pattern.elements:
        key = machine.eval(element.key, env) if not isinstance(element.key, cst.MatchValue) else None
        if key not in subject:
            return False
        used.append(key)
        results.append(matches(machine, element.pattern, subject[key], env))
        if results[-1] is False:
            return False
    if pattern.rest is not None:
        env.assign(pattern.rest.value, {key: value for key, value in subject.items() if key not in used})
    return _all(results)


def _class(machine: Machine, pattern: cst.MatchClass, subject: Any, env: Env) -> bool | None:
    from migrator.analyzers.interpreter.language.attributes import get_attribute
    from migrator.analyzers.interpreter.libraries.builtin_functions import FUNCTIONS

    cls = machine.eval(pattern.cls, env)
    fits = FUNCTIONS["isinstance"](machine, Call([subject, cls], {}, pattern, env))
    if not isinstance(fits, bool):
        return None
    if not fits:
        return False
    if isinstance(cls, External) and cls.name in _SELF_MATCHING and pattern.patterns:
        return matches(machine, pattern.patterns[0].value, subject, env)
    names: Any = ()
    if isinstance(cls, Class):
        from migrator.analyzers.interpreter.classes.records import fields_of

        found = cls.find("__match_args__")
        names = fields_of(cls) if found is MISSING else found
    if isinstance(subject, NamedTupleValue):
        names = subject.fields
    results: list[bool | None] = []
    keyed = [(element.key.value, element.pattern) for element in pattern.kwds]
    positional = [(name, element.value) for name, element in zip(names, pattern.patterns, strict=False)]
    if len(positional) < len(pattern.patterns):
        return None
    for name, inner in [*positional, *keyed]:
        try:
            value = get_attribute(machine, subject, name, pattern, env)
        except RaiseSignal:
            return False
        results.append(matches(machine, inner, value, env))
        if results[-1] is False:
            return False
    return _all(results)

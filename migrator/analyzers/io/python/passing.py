"""Functions that are passed on while a callable's body is read: to pools of threads, to `map`, to `operator`'s makers of functions.

In: a call of a library that is given functions. Out: what these return, where the call gives it. The library calls them with arguments that
are known for some of its functions, and mostly not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.io.python.attributes import attribute, item
from migrator.analyzers.io.python.values import (
    UNKNOWN,
    Library,
    Made,
    Method,
    OwnClass,
    OwnFunction,
    Partial,
    Scope,
    Step,
)
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_FUTURE = "concurrent.futures.Future"
_FOR_EACH = frozenset({"map", "starmap", "imap", "imap_unordered", "map_async", "starmap_async"})
"""Functions and methods that give what their first argument returns for each element of the others."""
_STARTS = frozenset({"submit", "apply_async", "apply"})
"""Methods that call their first argument with the others, and give an object that has the result."""
_CALLING = frozenset({"filter", "iter", "map", "max", "min", "sorted"})
"""Python's own functions that call others; the rest (`callable`, `print`, `isinstance`) only look at them."""
_AT_ONCE = frozenset({"asyncio.to_thread", "anyio.to_thread.run_sync"})
_MAX_ELEMENTS = 64


def passed_on(
    evaluator: Evaluator, path: str, step: Step, args: Sequence[Value], node: cst.Call, scope: Scope
) -> Value:
    """Reads the functions that a library is given; what the call gives, where that is what they return, else None."""
    if step.name == "partial" or (path.startswith("builtins.") and step.name not in _CALLING):
        return None
    first, rest = args[0] if args else None, list(args[1:])
    if rest and step.name in _FOR_EACH and _is_function(first):
        found = _for_each(evaluator, first, rest, step.name.startswith("starmap"), node, scope)
        if found is not None:
            return _future(found) if step.name.endswith("_async") else found
    if evaluator.quiet:
        return None
    if step.name == "filter" and len(rest) == 1 and isinstance(first, (OwnFunction, Partial)):
        for one in rest[0][:_MAX_ELEMENTS] if isinstance(rest[0], (list, tuple)) else (UNKNOWN,):
            _call(evaluator, first, [one], {}, node, scope)
        return None
    if step.name in _STARTS and _is_function(first):
        return _started(evaluator, first, rest, step, node, scope)
    if path in _AT_ONCE and _is_function(first):
        return _call(evaluator, first, rest, step.kwargs, node, scope)
    if step.name == "run_in_executor" and len(args) > 1 and _is_function(args[1]):
        return _call(evaluator, args[1], args[2:], {}, node, scope)
    target = step.kwargs.get("target")
    if _is_function(target):
        given = step.kwargs.get("args")
        named = step.kwargs.get("kwargs")
        _call(
            evaluator,
            target,
            given if isinstance(given, (list, tuple)) else (),
            named if isinstance(named, dict) else {},
            node,
            scope,
        )
        return None
    for function in (*args, *step.kwargs.values()):
        enter_unknown(evaluator, function)
    return None


def _is_function(value: Value) -> bool:
    """Whether a value is a function or a bound method, of the folder or of a library."""
    if isinstance(value, Made):
        return bool(value.steps) and not value.steps[-1].called
    return isinstance(value, (OwnFunction, Partial, Library, Method, OwnClass))


def _for_each(
    evaluator: Evaluator, function: Value, given: list[Value], spread: bool, node: cst.Call, scope: Scope
) -> list[Value] | None:
    """What the function returns for each row of known elements; None where they are not known."""
    if not all(isinstance(one, (list, tuple)) or _repeated(one) is not None for one in given):
        return None
    known = [one for one in given if isinstance(one, (list, tuple))]
    count = min((len(one) for one in known), default=0)
    columns = [one if isinstance(one, (list, tuple)) else [_repeated(one)] * count for one in given]
    rows = list(zip(*(column[: min(count, _MAX_ELEMENTS)] for column in columns), strict=True))
    if spread and len(given) == 1:
        rows = [tuple(row[0]) if isinstance(row[0], (list, tuple)) else row for row in rows]
    return [_call(evaluator, function, row, {}, node, scope) for row in rows]


def _repeated(value: Value) -> Value:
    """What `itertools.repeat(value)` gives again and again; None for all else."""
    repeats = isinstance(value, Made) and value.root == "itertools.repeat" and len(value.steps) == 1
    return value.steps[0].argument(0, "object") if repeats else None


def _started(
    evaluator: Evaluator, function: Value, rest: list[Value], step: Step, node: cst.Call, scope: Scope
) -> Value:
    args, kwargs = rest, step.kwargs
    if step.name != "submit":  # `pool.apply_async(function, args, kwargs)`
        given, named = step.argument(1, "args"), step.argument(2, "kwds")
        args = list(given) if isinstance(given, (list, tuple)) else []
        kwargs = named if isinstance(named, dict) else {}
    result = _call(evaluator, function, args, kwargs, node, scope)
    return result if step.name == "apply" else _future(result)


def _future(result: Value) -> Made:
    return Made(_FUTURE, (Step("Future", (result,)),))


def result_of(owner: Value, step: Step) -> Value:
    """`future.result()`; None for all else."""
    is_future = isinstance(owner, Made) and owner.root == _FUTURE and len(owner.steps) == 1
    return owner.steps[0].args[0] if is_future and step.name in ("result", "get") else None


def made_function(evaluator: Evaluator, function: Made, args: Sequence[Value], node: cst.Call, scope: Scope) -> Value:
    """A call of what `operator.methodcaller`, `attrgetter` or `itemgetter` made; None for all else."""
    made = function.steps[0] if len(function.steps) == 1 and args else None
    if made is None or not function.root.startswith("operator.") or not made.called or not made.args:
        return None
    if made.name == "methodcaller" and isinstance(made.args[0], str):
        method = attribute(evaluator, args[0], made.args[0], scope)
        return _call(evaluator, method, made.args[1:], made.kwargs, node, scope)
    if made.name == "itemgetter":
        found = [item(evaluator, args[0], key) for key in made.args]
    elif made.name == "attrgetter" and all(isinstance(name, str) for name in made.args):
        found = []
        for path in made.args:
            value = args[0]
            for name in path.split("."):
                value = attribute(evaluator, value, name, scope)
            found.append(value)
    else:
        return None
    return found[0] if len(found) == 1 else tuple(found)


def _call(
    evaluator: Evaluator,
    function: Value,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    node: cst.Call,
    scope: Scope,
) -> Value:
    from migrator.analyzers.io.python.calls import called, combined

    if isinstance(function, (OwnFunction, Partial)):
        return combined(evaluator, function, args, kwargs, None, node, scope)
    return called(evaluator, function, args, kwargs, None, node, scope)


def enter_unknown(evaluator: Evaluator, function: Value) -> None:
    """Reads a function of the folder that is called with nobody knows what."""
    if isinstance(function, Partial) and isinstance(function.function, OwnFunction):
        evaluator.enter(function.function, function.args, function.kwargs, UNKNOWN)
    elif isinstance(function, OwnFunction):
        evaluator.enter(function, [], {}, UNKNOWN)

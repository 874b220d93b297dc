"""The `re` module on known patterns and texts, as far as the work it may cost has a bound.

Python's matcher backtracks: a short pattern may take longer than anyone waits. An upper bound of its steps is computed from the parsed
pattern and the text's longest runs of what it repeats; where that is too high, the result is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.operations import MAX_TEXT
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import Call, Native, RaiseSignal, contains_symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_parser: Any = re._parser if hasattr(re, "_parser") else __import__("sre_parse")
MAX_STEPS = 20_000_000.0
_MAX_PATTERN = 2_000
_MAX_SUBJECT = 50_000
_INFINITE = float("inf")


class Subject:
    """The text that is searched: how long its runs of certain characters are."""

    def __init__(self, text: str, flags: int) -> None:
        self.text, self.flags = text, flags
        self.length = len(text)
        self._runs: dict[frozenset[str], int] = {}

    def longest_run(self, items: Any) -> int:
        """How often in a row a pattern of one character can match at most."""
        members = frozenset(letter for letter in _ASCII if _takes(items, letter, self.flags))
        if members not in self._runs:
            longest = run = 0
            for letter in self.text:
                run = run + 1 if letter in members or letter > "\x7f" else 0
                longest = max(longest, run)
            self._runs[members] = longest
        return self._runs[members]


_ASCII = [chr(code) for code in range(128)]
_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda letter: letter.isalnum() or letter == "_",
}


def _takes(items: Any, letter: str, flags: int) -> bool:
    """Whether a pattern of one character may match the (ASCII) letter; in doubt it may."""
    kind, value = items[0]
    name = str(kind)
    if name == "SUBPATTERN":
        return _takes(value[-1], letter, flags)
    letters = {letter, letter.swapcase()} if flags & re.IGNORECASE else {letter}
    if name == "LITERAL":
        return chr(value) in letters
    if name == "NOT_LITERAL":
        return bool(flags & re.IGNORECASE) or chr(value) != letter
    if name == "ANY":
        return letter != "\n" or bool(flags & re.DOTALL)
    if name != "IN":
        return True
    negated = str(value[0][0]) == "NEGATE"
    found = any(_in_class(str(part), given, letters) for part, given in value)
    return True if negated and flags & re.IGNORECASE else found is not negated


def _in_class(name: str, given: Any, letters: set[str]) -> bool:
    if name == "LITERAL":
        return chr(given) in letters
    if name == "RANGE":
        return any(given[0] <= ord(letter) <= given[1] for letter in letters)
    if name == "CATEGORY":
        category = str(given)
        positive = category.replace("_NOT_", "_")
        return any(_CATEGORIES[positive](letter) is (category == positive) for letter in letters)
    return False


def steps(pattern: str, flags: int, text: str) -> float:
    """An upper bound of the steps that a search in the text takes. Raises re.error for a bad pattern."""
    parsed = _parser.parse(pattern, flags)
    flags = parsed.state.flags
    starts = len(text) + 1
    if len(parsed) and str(parsed[0][0]) == "AT" and str(parsed[0][1]) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        # Anywhere else the anchor fails in one step.
        anchored = text.count("\n") + 1 if flags & re.MULTILINE else 1
        return starts + anchored * _cost(parsed, Subject(text, flags))
    return starts * _cost(parsed, Subject(text, flags))


def _cost(items: Any, subject: Subject) -> float:
    total = 1.0
    for kind, value in items:
        name = str(kind)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            total *= _repeat_cost(value, subject)
        elif name == "SUBPATTERN":
            total *= _cost(value[-1], subject)
        elif name == "ATOMIC_GROUP":
            total *= _cost(value, subject)
        elif name in ("ASSERT", "ASSERT_NOT"):
            total *= _cost(value[1], subject)
        elif name == "BRANCH":
            costs = [_cost(branch, subject) for branch in value[1]]
            total *= max(costs) if _distinct(value[1]) else sum(costs)
        elif name == "GROUPREF_EXISTS":
            total *= sum(_cost(branch, subject) for branch in value[1:] if branch is not None)
        if total > MAX_STEPS:
            return _INFINITE
    return total


_ONE_CHARACTER = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN"})


def _repeat_cost(value: Any, subject: Subject) -> float:
    low, high, body = value
    shortest, longest = body.getwidth()
    rounds = min(int(high), subject.length // max(1, int(shortest)) + 1)
    inner = _cost(body, subject)
    if inner == 1.0 and shortest == longest:
        if len(body) == 1 and str(body[0][0]) in _ONE_CHARACTER:
            rounds = min(rounds, subject.longest_run(body))
        return float(max(1, rounds - int(low) + 1)) if high != low else 1.0
    if inner < 2.0:  # the body has one way to match, but lengths differ
        inner = 2.0
    if rounds > 64:
        return _INFINITE
    return float(inner**rounds)


def _distinct(branches: Any) -> bool:
    """Whether the first character decides between the branches."""
    firsts = [branch[0] for branch in branches if len(branch)]
    if len(firsts) < len(branches) or any(str(first[0]) != "LITERAL" for first in firsts):
        return False
    return len({first[1] for first in firsts}) == len(firsts)


def is_bounded(machine: Machine, pattern: Any, flags: Any, subject: Any) -> bool:
    """Whether a search may be run; its cost counts as steps of the analysis."""
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if isinstance(text, bytes) or not isinstance(text, str) or not isinstance(subject, str):
        return False
    if len(text) > _MAX_PATTERN or len(subject) > _MAX_SUBJECT:
        return False
    given = pattern.flags if isinstance(pattern, re.Pattern) else flags
    try:
        cost = steps(text, int(given) if isinstance(given, int) else 0, subject)
    except (re.error, OverflowError, RecursionError) as error:
        raise RaiseSignal("error", str(error)[:200]) from None
    if cost > MAX_STEPS:
        return False
    machine.steps += min(int(cost) // 1_000, 20_000)
    return True


def _run(machine: Machine, name: str, pattern: Any, call: Call, bound: bool) -> Any:
    """A function of `re` (or a pattern's method): `call` has the arguments after the pattern."""
    args = [machine.settle(argument, call.node, call.env) for argument in call.args]
    kwargs = dict(call.kwargs)
    position = 1 if name in ("sub", "subn") else 0
    subject = args[position] if len(args) > position else kwargs.get("string")
    names = {"match": (), "search": (), "fullmatch": (), "findall": (), "finditer": (), "split": ("maxsplit",)}
    flags_at = position + 1 + len(names.get(name, ("count",)))
    flags = kwargs.get("flags", args[flags_at] if len(args) > flags_at and not bound else 0)
    if call.star or contains_symbolic(pattern) or contains_symbolic([*args[1 - position :], *kwargs.values()]):
        return no(machine, call)
    if not isinstance(subject, str) or not is_bounded(machine, pattern, flags, subject):
        return no(machine, call, "the search may take too long")
    if name in ("sub", "subn"):
        replacement = args[0] if args else kwargs.get("repl")
        if isinstance(replacement, str):
            if len(replacement) * (len(subject) + 1) > MAX_TEXT:
                return no(machine, call, "the result would be too large")
        else:
            return _substitute(machine, name, pattern, replacement, args, kwargs, call)
    try:
        found = getattr(pattern, name)(*args, **kwargs) if bound else getattr(re, name)(pattern, *args, **kwargs)
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)[:200]) from None
    return LazyItems(list(found)) if name == "finditer" else found


def _substitute(
    machine: Machine, name: str, pattern: Any, function: Any, args: list[Any], kwargs: dict[str, Any], call: Call
) -> Any:
    """`re.sub` with a function of the analyzed code."""
    unknown: list[Any] = []

    def replace(match: re.Match[str]) -> str:
        text = machine.settle(machine.call(function, [match], {}, call.node, call.env), call.node, call.env)
        if not isinstance(text, str):
            unknown.append(text)
            return ""
        return text

    compiled = pattern if isinstance(pattern, re.Pattern) else re.compile(pattern, kwargs.pop("flags", 0))
    kwargs.pop("repl", None)
    result = getattr(compiled, name)(replace, *args[1:3], **kwargs)
    return no(machine, call) if unknown else result


def _function(name: str) -> Callable[[Machine, Call], Any]:
    def run(machine: Machine, call: Call) -> Any:
        pattern = machine.settle(call.argument(0, "pattern"), call.node, call.env)
        kwargs = {key: value for key, value in call.kwargs.items() if key != "pattern"}
        return _run(machine, name, pattern, Call(call.args[1:], kwargs, call.node, call.env, call.star), False)

    return run


def _compile(machine: Machine, call: Call) -> Any:
    pattern, flags = machine.settle(call.argument(0, "pattern"), call.node, call.env), call.argument(1, "flags", 0)
    if isinstance(pattern, re.Pattern):
        return pattern
    if not isinstance(pattern, str) or not isinstance(flags, int) or len(pattern) > _MAX_PATTERN:
        return no(machine, call)
    try:
        return re.compile(pattern, flags)
    except Exception as error:
        raise RaiseSignal("error", str(error)[:200]) from None


def _escape(machine: Machine, call: Call) -> Any:
    text = machine.settle(call.argument(0, "pattern"), call.node, call.env)
    return re.escape(text) if isinstance(text, str) else no(machine, call)


_NAMES = ("match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    **{f"re.{name}": _function(name) for name in _NAMES},
    "re.compile": _compile,
    "re.escape": _escape,
}
"""By canonical path."""


def pattern_method(pattern: re.Pattern[str], name: str) -> Native | None:
    """A compiled pattern's method of that name."""
    if name not in _NAMES:
        return None
    return Native(name, lambda machine, call: _run(machine, name, pattern, call, True))

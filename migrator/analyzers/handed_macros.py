"""Functions of the team's own that templates hand an object of Airflow's context: `{{ lines(ti) }}`, `{{ dag_run | country }}`.

In: a template, and the DAG whose macros and filters it may call. Out: these calls, and the text with others in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from jinja2 import Environment, TemplateError

from migrator.analyzers.callables import CallableAnalyzer, ContextUse, with_handed
from migrator.analyzers.templates.objects import OBJECTS, Token, Tokens, before, object_at
from migrator.model.airflow import Dag, Task
from migrator.model.frozen import dataclass
from migrator.model.values import CallableValue, Value, walk

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class HandingCall:
    """A call that hands `parts` of the context on, by the parameters of the function. `name` is what the template calls it."""

    name: str
    function: CallableValue
    parts: tuple[tuple[str, str], ...]
    is_filter: bool


Replacement = tuple[str, Mapping[str, str]]
"""The name of a function, and the names that it is given by its parameters in the place of the context."""


def own_macros(dag: Dag) -> dict[str, Value]:
    """The DAG's own macros, and the functions of plugins by the name of the plugin."""
    given = [dag.arguments.get(name) for name in ("plugin_macros", "user_defined_macros")]
    return {str(name): value for one in given if isinstance(one, Mapping) for name, value in one.items()}


def handing_calls(text: str, dag: Dag) -> list[HandingCall]:
    """The calls of a template that hand on an object of the context."""
    found: list[HandingCall] = []

    def note(call: HandingCall) -> Replacement:
        found.append(call)
        return call.name, {}

    with_calls_replaced(text, dag, note)
    return found


def with_calls_replaced(text: str, dag: Dag, replacement: Callable[[HandingCall], Replacement]) -> str:
    """The template with a call that takes something else in the place of each that hands on an object of the context."""
    if "{" not in text or not any(name in text for name in OBJECTS):
        return text
    filters = dag.arguments.get("user_defined_filters")
    functions = _functions(own_macros(dag)), _functions(filters if isinstance(filters, Mapping) else {})
    if not any(functions):
        return text
    try:
        tokens = [(kind, value) for _, kind, value in Environment().lex(text)]
    except TemplateError:
        return text
    try:
        return _Rewriter(*functions, replacement).text(tokens)
    except RecursionError:
        return text


def uses_of_macros(task: Task, dag: Dag, analyzer: CallableAnalyzer) -> Iterator[ContextUse]:
    """What the functions ask of Airflow's context that the templates in a task's arguments hand it on to."""
    for value in (task.arguments, task.inherited, task.expand, task.call_args, task.call_kwargs):
        for part in walk(value):
            for call in handing_calls(part, dag) if isinstance(part, str) else ():
                form = analyzer.handed_form(call.function, call.parts)
                if form is not None:
                    yield from (use for use in form.parameters.values() if use.kind != "xcom_push")
                elif call.function.kind == "lambda":
                    given = {parameter.name for parameter in call.function.parameters} - dict(call.parts).keys()
                    yield from with_handed(analyzer.facts(call.function, given).context_uses)


def _functions(macros: Mapping[str, Value]) -> dict[str, CallableValue]:
    """The team's own functions among macros, those of plugins as `plugin.function`."""
    found = dict(macros)
    for name, value in macros.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": function for inner, function in value.items()}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, CallableValue) and value.span is not None and value.kind in ("function", "lambda")
    }


class _Rewriter:
    """Goes through the tokens of one template."""

    def __init__(
        self,
        functions: Mapping[str, CallableValue],
        filters: Mapping[str, CallableValue],
        replacement: Callable[[HandingCall], Replacement],
    ) -> None:
        self.functions, self.filters, self.replacement = functions, filters, replacement

    def text(self, tokens: Tokens) -> str:
        pieces: list[str] = []
        place = 0
        while place < len(tokens):
            found = None
            if tokens[place][0] == "name" and before(tokens, place) not in (".", "|"):
                found = self._call(tokens, place) or self._filter(tokens, place)
            end, piece = found or (place + 1, tokens[place][1])
            pieces.append(piece)
            place = end
        return "".join(pieces)

    def _call(self, tokens: Tokens, place: int) -> tuple[int, str] | None:
        """The call that starts at a token: where it ends, and what stands in its place."""
        end = _end_of_name(tokens, place)
        name = "".join(value for _, value in tokens[place:end])
        close = _closing(tokens, end) if name in self.functions else None
        if close is None:
            return None
        written = self._written(name, self.functions[name], _arguments(tokens[end + 1 : close]), False)
        return None if written is None else (close + 1, written)

    def _filter(self, tokens: Tokens, place: int) -> tuple[int, str] | None:
        """The object at a token with a filter behind it, which becomes a call."""
        end = _end_of_name(tokens, place)
        bar = _skipped(tokens, end)
        if _object(tokens[place:end]) is None or tokens[bar : bar + 1] != [("operator", "|")]:
            return None
        start = _skipped(tokens, bar + 1)
        after = _end_of_name(tokens, start)
        name = "".join(value for _, value in tokens[start:after])
        if name not in self.filters:
            return None
        close = _closing(tokens, after)
        arguments = _arguments(tokens[after + 1 : close]) if close is not None else []
        written = self._written(name, self.filters[name], [tokens[place:end], *arguments], True)
        return None if written is None else (after if close is None else close + 1, written)

    def _written(self, name: str, function: CallableValue, arguments: Sequence[Tokens], is_filter: bool) -> str | None:
        """A call with what the function takes in the place of the context; None where no argument hands that on, or it is not known by which parameter."""
        slots = [p.name for p in function.parameters if p.kind in ("positional_only", "positional_or_keyword")]
        slots = [slot for slot in slots[len(function.args) :] if slot not in function.kwargs]
        named = {p.name for p in function.parameters if p.kind in ("positional_or_keyword", "keyword_only")}
        parts: dict[str, str] = {}
        rest: list[str] = []
        for number, argument in enumerate(arguments):
            keyword, value = _keyword(argument)
            part = _object(value)
            if part is None:
                rest.append(self.text(argument))
                continue
            parameter = keyword or (slots[number] if number < len(slots) else "")
            if parameter not in named:
                return None
            parts[parameter] = part
        if not parts:
            return None
        called, given = self.replacement(HandingCall(name, function, tuple(sorted(parts.items())), is_filter))
        return f"{called}({', '.join([*rest, *(f'{parameter}={known}' for parameter, known in given.items())])})"


def _skipped(tokens: Tokens, place: int) -> int:
    """The place of the next token that is no blank."""
    return next((n for n in range(place, len(tokens)) if tokens[n][0] != "whitespace"), len(tokens))


def _end_of_name(tokens: Tokens, place: int) -> int:
    """Where the dotted name ends that starts at a token; the place itself where none does."""
    if place >= len(tokens) or tokens[place][0] != "name":
        return place
    place += 1
    while (
        tokens[place : place + 1] == [("operator", ".")] and place + 1 < len(tokens) and tokens[place + 1][0] == "name"
    ):
        place += 2
    return place


def _closing(tokens: Tokens, place: int) -> int | None:
    """The bracket that closes the one at a token; None where that is none."""
    if tokens[place : place + 1] != [("operator", "(")]:
        return None
    depth = 0
    for number in range(place, len(tokens)):
        kind, value = tokens[number]
        depth += (kind == "operator") * ((value in _OPEN) - (value in _CLOSE))
        if depth == 0:
            return number
    return None


def _arguments(tokens: Tokens) -> list[Tokens]:
    """The arguments between the brackets of a call, without the blanks around each."""
    found: list[list[Token]] = [[]]
    depth = 0
    for kind, value in tokens:
        if kind == "operator":
            depth += (value in _OPEN) - (value in _CLOSE)
        if depth == 0 and (kind, value) == ("operator", ","):
            found.append([])
        else:
            found[-1].append((kind, value))
    return [stripped for argument in found if (stripped := _stripped(argument))]


def _stripped(tokens: Tokens) -> Tokens:
    solid = [number for number, (kind, _) in enumerate(tokens) if kind != "whitespace"]
    return tokens[solid[0] : solid[-1] + 1] if solid else []


def _keyword(argument: Tokens) -> tuple[str, Tokens]:
    """The name by which an argument is given, empty for one by position; and its value."""
    behind = _skipped(argument, 1)
    if argument[0][0] == "name" and argument[behind : behind + 1] == [("operator", "=")]:
        return argument[0][1], _stripped(argument[behind + 1 :])
    return "", argument


def _object(tokens: Tokens) -> str | None:
    """The object of the context that tokens name; None for anything else."""
    found = object_at(tokens, 0)
    return found[0] if found is not None and found[1] == len(tokens) else None

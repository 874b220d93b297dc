"""Facts of the team's own functions that calls of them are made from: names for what is pulled, how arguments are given, whose text it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from migrator.analyzers.callables import ContextUse
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import OtherName, Signature
from migrator.model.source import Span
from migrator.model.values import CallableValue, NamedTuple, ObjectValue, Parameter, Symbolic, Value
from migrator.planning.naming.identifiers import identifier


def text_of(span: Span) -> tuple[str, ...]:
    """The text of a function or class, in which all tasks that need it must agree."""
    return "text", span.file, str(span.start)


def by_whom(span: Span) -> tuple[str, ...]:
    """By whom a function is called that takes Airflow's context: by Airflow, or by another function."""
    return "called by", span.file, str(span.start)


def takes_context(target: CallableValue) -> str:
    """The parameter to which Airflow hands the context of a callback: the first that is free, whatever its name."""
    slots = [p.name for p in target.parameters if p.kind in ("positional_only", "positional_or_keyword")]
    return next((name for name in slots[len(target.args) :] if name not in target.kwargs), "")


def must_stay_positional(parameters: tuple[Parameter, ...], count: int) -> bool:
    """Positional arguments cannot be given by name: `*args` takes some, or a parameter is positional only."""
    slots = [p for p in parameters if p.kind in ("positional_only", "positional_or_keyword")]
    return count > len(slots) or any(p.kind == "positional_only" for p in slots[:count])


def pulled_name(use: ContextUse) -> str:
    """A parameter name that suits what is pulled: the XCom's key, or the task that it comes from."""
    key, task_id = use.detail.get("key"), use.detail.get("task_ids")
    name = key if isinstance(key, str) and key != "return_value" else task_id
    return identifier(name.rpartition(".")[2]) if isinstance(name, str) else ""


def in_order(edits: Iterable[SourceEdit]) -> tuple[SourceEdit, ...]:
    """Edits of one text, to be compared with those that another call of it needs."""
    return tuple(sorted(edits, key=lambda edit: (edit.span.file, edit.span.start, edit.span.end)))


def is_inside(span: Span, other: Span) -> bool:
    """Whether a place lies within another one, and is not that place itself."""
    return span != other and span.file == other.file and other.start <= span.start and span.end <= other.end


def forms_of(
    methods: Iterable[Span], edits: Sequence[SourceEdit], formed: Sequence[SourceEdit]
) -> dict[tuple[str, ...], object]:
    """What all tasks must agree on of the text of methods: what these take of the context, by which other code calls them or does not, and apart from
    that what else of Airflow is replaced in them."""
    forms: dict[tuple[str, ...], object] = {}
    for method in methods:
        text = text_of(method)
        rest_of_text = "rest", *text
        forms[text] = in_order(edit for edit in formed if is_inside(edit.span, method))
        forms[rest_of_text] = tuple(edit for edit in edits if is_inside(edit.span, method) and edit not in formed)
    return forms


def resigned(signature: Span, parameters: tuple[str, ...]) -> list[SourceEdit]:
    """The edits that put parameters in the place of those behind the first one of a method."""
    line, column, start = signature.line, signature.column, signature.start
    place = Span(signature.file, line, column, line, column, start, start)
    cut = [SourceEdit(signature, OtherName(""))] if signature.end > signature.start else []
    return [*cut, *([SourceEdit(place, Signature(parameters))] if parameters else [])]


def member_of(value: Value, path: tuple[str | int, ...], unknown: Value) -> Value:
    """A member of an object that is known, `unknown` where there is none."""
    for step in path:
        if isinstance(value, NamedTuple):
            value = dict(zip(value.fields, value, strict=False))
        members: Value = value.kwargs if isinstance(value, ObjectValue) else value
        if isinstance(members, list | tuple) and isinstance(step, int) and -len(members) <= step < len(members):
            value = members[step]
            continue
        if not isinstance(members, Mapping) or step not in members:
            return unknown
        value = members[step]
    return value


def obstacle(use: ContextUse) -> str:
    """Why a use of Airflow's context has no replacement."""
    return {
        "escape": f"it hands Airflow's context on to `{use.detail.get('to') or 'other code'}`",
        "mapping": "it uses Airflow's context as a whole",
        "handed": f"it hands Airflow's context on to `{getattr(use.detail.get('form'), 'name', '')}`",
        "base": f"it uses `{use.name}` of Airflow's operator",
        "message": f"it uses a `{use.name}` whose connection is only known at run time",
        "hook": f"it uses a `{use.name}` whose connection is only known at run time",
        "xcom_pull": "it pulls an XCom that cannot be told from the code",
        "xcom_push": f"it pushes the XCom `{_shown(use.detail.get('key'))}` in a way that cannot be followed",
        "ways": "it skips tasks in another method than the one that does its work",
        "exception": f"it uses Airflow's `{use.name}`",
    }.get(use.kind, f"it uses `{'.'.join([use.name, *map(str, use.path)])}` of Airflow's context")


def _shown(value: object) -> str:
    return value.source if isinstance(value, Symbolic) else str(value)

"""Operators of Google Cloud that send one request to one of its clients: how a row tells them.

A row (`Ask`) names the operator, the client's method and what each field of the request is. What the answer becomes, and that an operation which
the method starts is waited for, is in the resource's `_ask` (`codegen/templates/google_cloud/asking.py.jinja`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, Format, Merged
from migrator.model.frozen import dataclass
from migrator.model.values import CallableValue, ObjectValue, Value, walk
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import argument, flag
from migrator.operators.google import GOOGLE, label_of_airflow
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

_IGNORED = {
    "request_id": "Dagster's run tells the requests apart",
    "timeout": "the client's own limit counts",
    "pooling_period_seconds": "the client looks in intervals of its own",
}
_MESSAGES = ("google.cloud.", "google.genai.types.", "google.protobuf.")
_SIMPLE = frozenset({"bool_value", "number_value", "string_value"})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Ask:
    """One operator (its class without `Operator`) and the method of a client that does the same.

    `request` tells each field of the request: by the operator's argument that it is, by a text with arguments in braces, or by a constant (a text
    has `=` before it then). A field `cluster.name` is the member `name` of the field `cluster`. One whose argument is not given is left out, a text
    with arguments only where it has `?` before it.
    """

    operator: str
    method: str
    request: Mapping[str, Expr]
    instead: Mapping[str, str] = field(default_factory=dict)
    """The methods that are meant where these arguments are set."""
    gives: str = "dict"
    """What the operator's own value is: the answer as a `dict` or a `list` of them, the id of what was made (`str`), or nothing."""
    key: str = ""
    """The name under which the operator hands over the id of what was made, as a value of its own."""
    or_get: str = ""
    """The name of what is taken as it is where it is there already."""
    exists_ok: bool = False
    """Whether it is fine that it is there already."""
    missing_ok: bool = False
    """Whether to delete what is not there is fine."""
    as_json: bool = False
    """Whether the operator's value is the answer as JSON has it (`documentSentiment`), without what is not set."""
    refused: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Arguments that the operator takes without an effect."""
    labels: str = ""
    """The labels, as an argument that may hold them (`instance.labels`), to which the operator adds one with the version of Airflow."""
    examples: tuple[Example, ...] = ()


def ask_rules(service: str, module: str, asks: str, rows: Iterable[Ask], kind: str = "gcp") -> tuple[Rule, ...]:
    """The rules of the operators of a module of the provider's; `asks` is the resource's method that sends the requests."""
    return tuple(call_rule(GOOGLE, _call(service, module, asks, row, kind)) for row in rows)


def _call(service: str, module: str, asks: str, row: Ask, kind: str) -> Call:
    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        found = _request(row, task, context)
        if row.or_get and _all_given(_chosen(row.or_get, task), task):
            found["or_get"] = _filled(row.or_get, task, context)
        flags = {"exists_ok": row.exists_ok, "missing_ok": row.missing_ok, "as_json": row.as_json}
        flags |= {"id_only": row.gives == "str" or bool(row.key)}
        method = next((other for name, other in row.instead.items() if flag(task, name)), row.method)
        return {"method": method, **found, **{name: True for name, wanted in flags.items() if wanted}}

    return Call(
        f"{service}-{re.sub(r'(?<=[a-z])(?=[A-Z])', '-', row.operator).lower()}",
        (f"airflow.providers.google.cloud.operators.{module}.{row.operator}Operator",),
        asks,
        summary=f"Sends the same request, `{row.method}`, and waits for its end.",
        built=built,
        reads=tuple(sorted(_arguments(row))),
        gives="" if row.key else row.gives,
        keys={row.key: "str"} if row.key else {},
        refused=row.refused,
        ignored=_IGNORED | dict.fromkeys(row.ignored, "it has no effect on what the service does"),
        made_up=label_of_airflow(row.labels) if row.labels else {},
        kind=kind,
        examples=row.examples,
    )


def _arguments(row: Ask) -> set[str]:
    """The operator's arguments that a row reads."""
    found = {*_PLACEHOLDER.findall(row.or_get), *row.instead}
    for told in row.request.values():
        if isinstance(told, str):
            found |= {*_PLACEHOLDER.findall(told)} if _is_text(told) else {told}
    return found


def _is_text(told: str) -> bool:
    return "{" in told or told.startswith("=")


def _request(row: Ask, task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Expr] = {}
    for place, told in row.request.items():
        name, _, member = place.partition(".")
        if member and isinstance(told, str) and _is_text(told) and not _all_given(told, task):
            continue
        value = _field(told, task, context)
        if value is not None:
            found[name] = _with(found.get(name, {}), {member: value}) if member else value
    return found


def _field(told: Expr, task: Task, context: LoweringContext) -> Expr:
    """What a field of the request is; None where its argument is not given. Raises Untranslatable."""
    if not isinstance(told, str):
        return told
    if told.startswith("="):
        return told[1:]
    if "{" in told:
        text = told.removeprefix("?")
        return _filled(text, task, context) if text == told or _all_given(text, task) else None
    value = argument(task, told)
    return None if value is None or value == "" else context.template(plain(value, task))


def _with(value: Expr, members: Mapping[str, Expr]) -> Expr:
    return {**value, **members} if isinstance(value, Mapping) else Merged((value, members))


def _filled(text: str, task: Task, context: LoweringContext) -> Expr:
    """A text with arguments in their places; without an argument for the project, the resource puts its own there. Raises Untranslatable."""
    parts: list[Expr] = []
    for number, part in enumerate(_PLACEHOLDER.split(_chosen(text, task))):
        if number % 2 == 0:
            parts.append(part)
        elif task.option(part):
            parts.append(context.template(task.option(part)))
        elif part == "project_id":
            parts.append("$project")
        else:
            raise Untranslatable("MIG207", f"its argument `{part}` is not known", task.span)
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return Format(tuple(part for part in parts if part != ""))


def _chosen(text: str, task: Task) -> str:
    """Of texts with ` or ` between them the first all of whose arguments are given, else the last."""
    texts = text.split(" or ")
    return next((one for one in texts if all(task.option(name) for name in _PLACEHOLDER.findall(one))), texts[-1])


def _all_given(text: str, task: Task) -> bool:
    return all(task.option(name) or name == "project_id" for name in _PLACEHOLDER.findall(text))


def plain(value: Value, task: Task) -> Value:
    """A value with messages of Google's libraries in it (`Queue(name="q")`) as the dicts that they stand for, and constants as their names. Raises
    Untranslatable for other objects."""
    if isinstance(value, ObjectValue):
        return _message(value, task)
    if isinstance(value, CallableValue) and value.kind == "library" and value.module.startswith(_MESSAGES):
        return value.name
    if isinstance(value, Mapping):
        return {key: plain(item, task) for key, item in value.items()}
    return [plain(item, task) for item in value] if isinstance(value, (list, tuple)) else value


def _message(value: ObjectValue, task: Task) -> Value:
    given = [*value.args, *value.kwargs.values()]
    if any(isinstance(part, str) and "{{" in part for item in given for part in walk(item)):
        raise Untranslatable("MIG205", "Airflow renders no template in a message of Google's libraries", task.span)
    if value.type == "google.protobuf.json_format.ParseDict" and len(given) == 2 and _is_any(given[1]):
        return plain(given[0], task)
    if _is_any(value) and len(given) == 1 and {*value.kwargs} <= _SIMPLE:
        return plain(given[0], task)
    if value.type.startswith(_MESSAGES) and not _is_any(value) and not value.args:
        return {name: plain(item, task) for name, item in value.kwargs.items()}
    if value.type.startswith("google.cloud.") and len(given) == 1 and value.args:
        return plain(given[0], task)
    raise Untranslatable("MIG207", f"`{value.source or value.type}` is only made at run time", task.span)


def _is_any(value: Value) -> bool:
    """Whether it is a message for any value that JSON has, as which the libraries take that value itself."""
    return isinstance(value, ObjectValue) and value.type == "google.protobuf.struct_pb2.Value"

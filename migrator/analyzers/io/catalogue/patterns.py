"""The small language in which the catalogue says which data an operator's arguments name.

Comes in: one line such as `object gs://{bucket}/{source_objects} via gcp_conn_id if move_object`. Goes out: a `Reference`. The form:

    KIND[/SYSTEM] NAME [each PATH] [via ARGUMENT] [if CONDITION | unless CONDITION]... [likely | possible]

A name is text with `{argument}` in it: a dotted path goes into dicts and through lists (`config.steps.uri`), a path that starts with a
dot is meant inside each member of the list `each` names, `{a|b}` takes the first that is given, `{a!colon}` writes
BigQuery's old `project:dataset.table` with dots, `{a!base}` is the last step of a path, `{a!partition}` leaves the partition off `schema.table/day=1`, `{@}` stands for the connection. What stands in `[...]` is left out where an argument in
it is missing. A condition is `argument` (given and not false), or `argument=word`.
"""

from __future__ import annotations

import re

from migrator.model.assets import Confidence
from migrator.model.frozen import dataclass

CONNECTION = "@"
"""The placeholder that stands for the connection."""

_LINE = re.compile(r"^(?P<kind>[a-z]+)(?:/(?P<system>\w+))? (?P<name>\S+)(?P<rest>(?: \S+)*)$")
_TOKEN = re.compile(r"\{(?P<paths>[^{}!]+)(?:!(?P<filter>\w+))?\}|(?P<open>\[)|(?P<close>\])|(?P<text>[^\[\]{}]+)")
KINDS = frozenset({"table", "file", "object", "model", "stream", "api"})
FILTERS = frozenset({"base", "colon", "partition"})
_CONFIDENCES = {"likely": Confidence.LIKELY, "possible": Confidence.POSSIBLE}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The first of several arguments (dotted paths) that is given; `filter` is empty or one of `FILTERS`."""

    paths: tuple[str, ...]
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Optional:
    """A part of a name that is left out where an argument in it is missing."""

    parts: tuple[str | Placeholder, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether an argument is given and not false, or (with a `word`) has that value; `negated` for `unless`."""

    path: str
    word: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """Data that arguments name. `via` is the argument that names the connection; `each` the list whose members the dotted paths mean."""

    kind: str
    system: str | None
    parts: tuple[str | Placeholder | Optional, ...]
    each: tuple[str, ...] = ()
    via: str | None = None
    conditions: tuple[Condition, ...] = ()
    confidence: Confidence = Confidence.CERTAIN

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the operator's arguments that the name is made of, in order."""
        paths = [path for part in _flat(self.parts) if isinstance(part, Placeholder) for path in part.paths]
        heads = [path.partition(".")[0] for path in (*self.each, *paths)]
        return tuple(dict.fromkeys(head for head in heads if head and head != CONNECTION))


def parse(line: str) -> Reference:
    """The reference that a line of the catalogue means. ValueError if it is not in the form."""
    match = _LINE.match(line)
    if match is None or match["kind"] not in KINDS:
        raise ValueError(f"not a reference: {line}")
    words = match["rest"].split()
    each: tuple[str, ...] = ()
    via, conditions, confidence = None, [], Confidence.CERTAIN
    while words:
        word = words.pop(0)
        if word in _CONFIDENCES:
            confidence = _CONFIDENCES[word]
        elif not words:
            raise ValueError(f"nothing follows `{word}`: {line}")
        elif word == "each":
            each = tuple(words.pop(0).split("|"))
        elif word == "via":
            via = words.pop(0)
        elif word in ("if", "unless"):
            path, _, value = words.pop(0).partition("=")
            conditions.append(Condition(path, value, word == "unless"))
        else:
            raise ValueError(f"`{word}` is no word of the form: {line}")
    return Reference(
        match["kind"], match["system"], _parts(match["name"], line), each, via, tuple(conditions), confidence
    )


def _parts(name: str, line: str) -> tuple[str | Placeholder | Optional, ...]:
    found: list[str | Placeholder | Optional] = []
    inside: list[str | Placeholder] | None = None
    position = 0
    for match in _TOKEN.finditer(name):
        if match.start() != position:
            break
        position = match.end()
        if match["open"]:
            if inside is not None:
                raise ValueError(f"brackets in brackets: {line}")
            inside = []
        elif match["close"]:
            if inside is None:
                raise ValueError(f"a bracket too many: {line}")
            found.append(Optional(tuple(inside)))
            inside = None
        else:
            part = match["text"] or Placeholder(tuple(match["paths"].split("|")), match["filter"] or "")
            if isinstance(part, Placeholder) and part.filter and part.filter not in FILTERS:
                raise ValueError(f"no filter `{part.filter}`: {line}")
            (found if inside is None else inside).append(part)
    if position != len(name) or inside is not None:
        raise ValueError(f"not a name: {line}")
    return tuple(found)


def _flat(parts: tuple[str | Placeholder | Optional, ...]) -> list[str | Placeholder]:
    return [inner for part in parts for inner in (part.parts if isinstance(part, Optional) else (part,))]

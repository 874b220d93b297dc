"""Templates that give objects of Airflow's context other names: `{% set run = dag_run %}{{ run.conf.day }}`, `{{ ti.task.dag.dag_id }}`.

In: a template. Out: the same by the names that Airflow gives these objects: `{{ dag_run.conf.day }}`, `{{ dag.dag_id }}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import Environment, TemplateError

OBJECTS = {"dag": "dag", "dag_run": "dag_run", "task": "task", "task_instance": "ti", "ti": "ti"}
"""Objects of the context, and the name that each goes by."""
_MEMBERS = {("ti", "dag_run"): "dag_run", ("ti", "task"): "task", ("task", "dag"): "dag"}
_NAMES = "|".join(OBJECTS)
_RENAMING = re.compile(rf"\bset\s+\w+\s*=\s*(?:{_NAMES})\b|\b(?:{_NAMES})\.(?:dag_run|task|dag)\b")
_MOST_NAMES = 20
"""Other names for objects that are followed in one template."""
_BINDING = frozenset({"for", "macro", "set", "with"})

Token = tuple[str, str]
Tokens = Sequence[Token]


def with_plain_objects(text: str) -> str:
    """The template with the objects of Airflow's context by the names that Airflow gives them; as it is where its own names are not that simple."""
    if _RENAMING.search(text) is None:
        return text
    try:
        tokens = [(kind, value) for _, kind, value in Environment().lex(text)]
    except TemplateError:
        return text
    if any(token[1] in OBJECTS and _is_bound(tokens, place) for place, token in enumerate(tokens)):
        return text
    for _ in range(_MOST_NAMES):
        if (found := _alias(tokens)) is None:
            break
        start, end, name, meant = found
        tokens = [
            ("name", meant) if token == ("name", name) and before(tokens, place) != "." else token
            for place, token in enumerate(tokens)
            if not start <= place < end
        ]
    return "".join(value for _, value in _folded(tokens))


def object_at(tokens: Tokens, place: int) -> tuple[str, int] | None:
    """The object of the context that is named at a token, by itself or as a member of another one, and where its name ends."""
    if place >= len(tokens) or tokens[place][0] != "name" or tokens[place][1] not in OBJECTS:
        return None
    found, place = OBJECTS[tokens[place][1]], place + 1
    while tokens[place : place + 1] == [("operator", ".")] and place + 1 < len(tokens):
        member = _MEMBERS.get((found, tokens[place + 1][1]))
        if member is None:
            break
        found, place = member, place + 2
    return found, place


def _folded(tokens: Tokens) -> list[Token]:
    """The tokens with `dag` for `task.dag`."""
    folded: list[Token] = []
    place = 0
    while place < len(tokens):
        found = object_at(tokens, place) if before(tokens, place) != "." else None
        if found is not None and found[1] > place + 1:
            folded.append(("name", found[0]))
            place = found[1]
        else:
            folded.append(tokens[place])
            place += 1
    return folded


def _alias(tokens: Tokens) -> tuple[int, int, str, str] | None:
    """A statement that gives an object a name which means nothing else in the template: where it starts and ends, the name, and the object."""
    for start, (kind, _) in enumerate(tokens):
        if kind != "block_begin":
            continue
        end = next((place for place in range(start, len(tokens)) if tokens[place][0] == "block_end"), len(tokens))
        inside = [token for token in tokens[start + 1 : end] if token[0] != "whitespace"]
        found = object_at(inside, 3) if [value for _, value in inside[:1]] == ["set"] else None
        if found is None or found[1] != len(inside) or inside[2:3] != [("operator", "=")]:
            continue
        name = inside[1][1]
        places = [place for place, token in enumerate(tokens) if token == ("name", name)]
        if sum(_is_bound(tokens, place) for place in places) == 1 and all(place > start for place in places):
            return start, end + 1, name, found[0]
    return None


def _is_bound(tokens: Tokens, place: int) -> bool:
    """Whether a name is given a meaning there, or is what an argument is given by."""
    after = next((tokens[n][1] for n in range(place + 1, len(tokens)) if tokens[n][0] != "whitespace"), "")
    member = before(tokens, place) == "."
    return not member and (after == "=" or (before(tokens, place) in _BINDING and tokens[place][0] == "name"))


def before(tokens: Tokens, place: int) -> str:
    """What stands in front of a token, apart from blanks."""
    return next((tokens[n][1] for n in range(place - 1, -1, -1) if tokens[n][0] != "whitespace"), "")

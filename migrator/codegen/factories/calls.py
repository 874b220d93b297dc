"""Many calls of one function that differ in one text: they are said by a list of these texts.

Comes in: the calls, as source. Goes out: the source of a list with the values of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.codegen.factories.columns import Columns
from migrator.codegen.factories.nodes import Table, hole_values, row_text
from migrator.codegen.factories.unify import Different, Hole, filled, unify
from migrator.codegen.python.serialize import literal

_MANY = 4
"""So many calls that differ in one text are said by it."""
_NAME = "name"


def short_calls(calls: Sequence[str]) -> str:
    """The source of a list of calls, those of many that differ in one text by these texts."""
    groups: list[list[str]] = []
    for call in calls:
        for group in groups:
            if _by_name([*dict.fromkeys((group[0], group[-1])), call]):
                group.append(call)
                break
        else:
            groups.append([call])
    shown: list[str] = []
    for group in groups:
        short = _by_name(group) if len(group) >= _MANY else ""
        alone = short and len(groups) == 1
        shown += [short if alone else f"*({short})"] if short else group
    return f"[{', '.join(shown)}]"


def _by_name(calls: Sequence[str]) -> str:
    """The generator expression of calls that differ in one text; empty where they differ in more."""
    try:
        holes = unify(calls, "eval")
    except (Different, SyntaxError, ValueError):
        return ""
    names = next(map(_differing, _texts(holes)), ())
    if len(set(names)) != len(calls):
        return ""
    columns = Columns([{_NAME: name} for name in names])
    values = hole_values(holes, columns)
    if list(columns.chosen) != [_NAME]:
        return ""
    table = Table(_NAME, "str", "", "")
    text = filled(calls[0], [(hole, row_text(value, table, columns)) for hole, value in values])
    return f"{text} for {_NAME} in {literal(list(names))}"


def _texts(holes: Sequence[Hole]) -> Iterator[tuple[str, ...]]:
    """The texts of the innermost holes that have one in each call."""
    for hole in holes:
        if hole.inside:
            yield from _texts(hole.inside)
        elif hole.values and all(isinstance(value, str) for value in hole.values):
            yield hole.values


def _differing(texts: Sequence[str]) -> tuple[str, ...]:
    """The words in which texts differ."""
    start = _alike(texts)
    backwards = [text[start:][::-1] for text in texts]
    end = _alike(backwards)
    return tuple(text[end:][::-1] for text in backwards)


def _alike(texts: Sequence[str]) -> int:
    """How many characters stand at the beginning of all texts, up to the end of a word."""
    same = 0
    for characters in zip(*texts, strict=False):
        if len(set(characters)) > 1:
            break
        same += 1
    while same and texts[0][same - 1].isalnum():
        same -= 1
    return same

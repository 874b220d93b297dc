"""JSON of data that holds what tasks hand over: as the template that says so is text, it becomes a part of the JSON's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from migrator.analyzers.interpreter.airflow.objects import XCom
from migrator.model.values import Text

_HANDED_OVER = "handed-over-%d-here"


def mark_handed(value: Any) -> tuple[Any, list[XCom]]:
    """Data in which text stands for what tasks hand over, and that in order."""
    found: list[XCom] = []

    def mark(part: Any) -> str:
        if isinstance(part, str):
            return part
        found.append(part)
        return _HANDED_OVER % (len(found) - 1)

    def marked(item: Any, depth: int) -> Any:
        item = Text((item,)) if isinstance(item, XCom) else item
        if isinstance(item, Text) and all(isinstance(part, str | XCom) for part in item.parts):
            return "".join(map(mark, item.parts))
        if depth and type(item) in (list, tuple):
            return [marked(one, depth - 1) for one in item]
        if depth and type(item) is dict:
            return {key: marked(one, depth - 1) for key, one in item.items()}
        return item

    return marked(value, 20), found


def with_handed(text: str, found: Sequence[XCom]) -> Text | None:
    """JSON of marked data with what tasks hand over in it: as the template that says so is text, it is part of the JSON. None where the data itself
    holds such marks."""
    pieces = re.split(_HANDED_OVER.replace("%d", r"(\d{1,7})"), text)
    numbers = list(map(int, pieces[1::2]))
    if sorted(numbers) != list(range(len(found))):
        return None
    return Text(tuple(found[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)))

"""Long texts of one line, written over several lines of code.

Comes in: a text, or text with expressions in it. Goes out: the source of the same text as literals in a row, in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from migrator.model.expressions import Expr, Format

LONG = 100
"""So many characters of source are too many for one line."""
_WIDTH = 80
"""So many characters of source a line may have."""


def in_lines(value: Expr, source: Callable[[Expr], str]) -> str:
    """The source of the text, broken at its spaces; empty where it cannot be broken. `source` gives that of a piece."""
    pieces = value.parts if isinstance(value, Format) else (value,)
    words: list[Expr] = []
    for piece in pieces:
        words += re.findall(r"[^ ]* +|[^ ]+", piece) if isinstance(piece, str) else [piece]
    lines: list[str] = []
    line: list[Expr] = []
    unit: list[Expr] = []
    for number, word in enumerate(words):
        unit.append(word)
        is_end = number == len(words) - 1
        if not is_end and not (isinstance(word, str) and word.endswith(" ")):
            continue  # what follows belongs to the same word of the text
        if line and len(source(_text([*line, *unit]))) > _WIDTH:
            lines.append(source(_text(line)))
            line = []
        line += unit
        unit = []
    lines.append(source(_text(line)))
    return (
        f"({' '.join(lines)})"
        if len(lines) > 1 and all(text[:2] in ('f"', "f'") or text[0] in "\"'" for text in lines)
        else ""
    )


def _text(parts: list[Expr]) -> Expr:
    """The text that the parts are together: a format, so that a value alone becomes a text, too."""
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return Format(tuple(parts))

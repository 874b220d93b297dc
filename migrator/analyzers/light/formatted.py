"""The parts of an f-string: text, and the code between braces.

Before Python 3.12, Python's parser keeps neither the text of an f-string nor the places of what is in it; libcst's takes longer for one than for
the rest of its line. In: the literal as it stands in the file. Out: its `Part`s; None where something stands in it that is not read here (braces in
a format, quotes in quotes, `{name=}`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_HEAD = re.compile(r"""[fFrR]{1,2}(\"{3}|'{3}|"|')""")
_PART = re.compile(
    r"""(?P<text> (?: [^{}] | \{\{ | \}\} )+ )
    | \{ (?P<code> (?: [^{}"'!:=\\\r\n#] | '[^'{}\\\r\n]*' | "[^"{}\\\r\n]*" )+ )
      (?: ! (?P<conversion> [rsa]) )? (?: : (?P<format> [^{}\r\n]+ ) )? \}""",
    re.VERBOSE,
)


class Part(NamedTuple):
    """Text, or code with its conversion and format; with the places in the literal of all of it, and of the code or the text alone."""

    text: str
    is_code: bool
    conversion: str | None
    format: str | None
    whole: tuple[int, int]
    place: tuple[int, int]


def parts_of(literal: str) -> tuple[str, list[Part], str] | None:
    """Prefix with the quotes, parts, and quotes at the end of an f-string."""
    head = _HEAD.match(literal)
    if head is None or "\\N{" in literal or "\\{" in literal:
        return None
    found = list(_parts(literal, head.end(), len(literal) - len(head[1])))
    if (found[-1].whole[1] if found else head.end()) != len(literal) - len(head[1]):
        return None
    return head[0], found, head[1]


def _parts(literal: str, start: int, end: int) -> Iterator[Part]:
    while start < end:
        match = _PART.match(literal, start, end)
        if match is None:
            return
        start = match.end()
        group = match.lastgroup if match["code"] is None else "code"
        yield Part(
            match[group or "text"],
            group == "code",
            match["conversion"],
            match["format"],
            match.span(),
            match.span(group or "text"),
        )

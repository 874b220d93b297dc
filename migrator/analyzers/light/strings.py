"""Where the literals are that make one text, as in `"a" f"b"`."""

from __future__ import annotations

import re

_LITERAL = re.compile(
    r"""[a-zA-Z]{0,2}
    (?: \"{3} [^"\\]* (?: (?:\\.|"(?!"")) [^"\\]* )* \"{3}
      | '{3} [^'\\]* (?: (?:\\.|'(?!'')) [^'\\]* )* '{3}
      | " [^"\\]* (?: \\. [^"\\]* )* "
      | ' [^'\\]* (?: \\. [^'\\]* )* ' )""",
    re.DOTALL | re.VERBOSE,
)
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\r\n]*)*")


def literals(text: str, start: int, end: int) -> list[tuple[int, int]] | None:
    """Character offsets of the literals between two offsets; None if something else stands there."""
    found = []
    while start < end:
        match = _LITERAL.match(text, start, end)
        if match is None:
            return None
        found.append(match.span())
        between = _BETWEEN.match(text, match.end(), end)
        start = between.end() if between is not None else match.end()
    return found or None

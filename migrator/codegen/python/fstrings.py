"""Text and expressions inside of f-strings and triple quotes."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.codegen.python.code import Code
from migrator.model.changed import replace
from migrator.model.expressions import EnvValue, Expr, Format


def inside_f_string(code: Code) -> str | None:
    """The text between braces of a double-quoted f-string, for every Python since 3.10; None if it cannot stand there."""
    text, spec = code.spec or (code.text, "")
    if '"' in text:
        if "'" in text:
            return None
        text = text.replace('"', "'")
    if "\\" in text or "\n" in text or text.startswith("{") or any(sign in spec for sign in "\"'{}\\"):
        return None
    if not spec and ("!" in text or ":" in text) and not _balanced(text):
        text = f"({text})"
    return f"{text}:{spec}" if spec else text


def _balanced(text: str) -> bool:
    """Whether every `:` and `!` of the text stands inside brackets or quotes."""
    depth, quote = 0, ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign in ":!" and depth == 0 and text[place : place + 2] != "!=":
            return False
    return True


def double_braces(text: str) -> str:
    """Text as it stands in an f-string."""
    return text.replace("{", "{{").replace("}", "}}")


def json_escape(text: str) -> str:
    """The inside of a double-quoted literal."""
    return repr('"' + text)[2:-1].replace("\\'", "'").replace('"', '\\"') if text else ""


def fits_triple_quotes(text: str) -> bool:
    """Whether text can stand between triple quotes as it is."""
    return all(sign.isprintable() or sign in "\n\t" for sign in text)


def escape_triple(text: str) -> str:
    """The inside of a literal in triple double quotes."""
    last = len(text) - len(text.rstrip('"'))
    text = text.replace("\\", "\\\\").replace('"""', '""\\"')
    return f'{text[:-1]}\\"' if last % 3 else text


def as_text(part: Expr) -> Expr:
    """A number that stands in for a missing environment variable may be text at once, where all becomes text."""
    if isinstance(part, EnvValue) and not part.json and isinstance(part.default, (int, float)):
        return replace(part, default=str(part.default))
    return part


def flat_parts(parts: Iterable[Expr]) -> list[Expr]:
    """Nested formats opened, literals as the text that they print, neighbouring texts joined."""
    found: list[Expr] = []
    for part in parts:
        if part is None or isinstance(part, (bool, int, float)):
            part = str(part)
        for piece in flat_parts(part.parts) if isinstance(part, Format) else [part]:
            if isinstance(piece, str) and found and isinstance(found[-1], str):
                found[-1] += piece
            else:
                found.append(piece)
    return found

"""The one line in a DAG file that lets Dagster do the work of its proxied tasks, for teams that cannot install a cluster policy.

Bytes in, bytes out: everything but the added line stays as it is, whatever its encoding and newlines, and taking the line out again gives
the same bytes. Nothing is executed.
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize

from migrator.diagnostics import MigratorError
from migrator.model.source import lines_of

LINE = "import dagster_proxy; dagster_proxy.proxy_dags(globals())  # noqa: E402,E702  (`migrate patch --revert` removes it)"
_LINE = LINE.encode("ascii")


def patched(data: bytes) -> bytes:
    """The file with the line at its end; as it is where it calls `proxy_dags` already.

    MigratorError MIG640 where the file is not valid Python, or would not be with the line.
    """
    tree = _parsed(data)
    if _calls(tree):
        return data
    newline = _newline(data)
    # A file that does not end with a newline does not get one: so the line can be told from the author's own when it is taken out.
    added = _LINE + newline if data.endswith((b"\n", b"\r")) else newline + _LINE
    result = data + added
    after = _parsed(result)
    same = [ast.dump(node) for node in after.body[:-2]] == [ast.dump(node) for node in tree.body]
    if not same or not _calls(after) or _text(result) != _text(data) + added.decode("ascii"):
        raise MigratorError("MIG640", "the line cannot be added: what it means would depend on what stands before it")
    return result


def reverted(data: bytes) -> bytes:
    """The file without the line that `patched` added; as it is where it has none.

    MigratorError MIG640 where it calls `proxy_dags` in another way.
    """
    result = _without(data)
    if result == data and _calls(_parsed(data)):
        raise MigratorError(
            "MIG640", "it calls `proxy_dags` in a way that `migrate patch` does not write", "take it out by hand"
        )
    if result != data:
        _parsed(result)
    return result


def difference(before: bytes, after: bytes, name: str) -> list[str]:
    """A unified diff for a person; bytes that are no text appear escaped."""
    return [
        line.rstrip("\r\n")
        for line in difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}", n=2)
    ]


def _without(data: bytes) -> bytes:
    if data.endswith(_LINE):
        kept = data[: -len(_LINE)]
        for newline in (b"\r\n", b"\n", b"\r"):
            if kept.endswith(newline):
                return kept[: -len(newline)]
    lines = data.splitlines(keepends=True)
    return b"".join(line for line in lines if line.rstrip(b"\r\n") != _LINE)


def _newline(data: bytes) -> bytes:
    """How its last line that has one ends."""
    for line in reversed(data.splitlines(keepends=True)):
        ending = line[len(line.rstrip(b"\r\n")) :]
        if ending:
            return ending
    return b"\n"


def _parsed(data: bytes) -> ast.Module:
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        told = error.msg if isinstance(error, SyntaxError) else type(error).__name__
        raise MigratorError("MIG640", f"it is not valid Python: {line}{told}", "correct it first") from None


def _calls(tree: ast.Module) -> bool:
    """Whether `proxy_dags` is called at the top level of the module."""
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name == "proxy_dags":
                return True
    return False


def _text(data: bytes) -> str:
    """As Python reads it, with its newlines as they are."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, LookupError, UnicodeError):
        raise MigratorError("MIG640", "its encoding is not known", "save it as UTF-8") from None


def _lines(data: bytes) -> list[str]:
    lines = lines_of(_text(data))
    return [line if line.endswith(("\n", "\r")) else f"{line}\n" for line in lines]

"""Operations of the standard library on values of which parts are unknown: text, paths, formatting.

A path is its text here: `Path("a")` and `"a"` are one value. Nothing is read from the machine.
"""

from __future__ import annotations

import posixpath
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from migrator.model.values import Symbolic, Text, Value, is_known

MISSING: Final = object()
"""Says that an operation does not apply; None is a value."""
MAX_TEXT = 40_000
"""Characters and parts of a folded text; what grows beyond is unknown."""

PATH_TYPES = frozenset(
    [
        "airflow.io.path.ObjectStoragePath",
        "airflow.sdk.ObjectStoragePath",
        "airflow.sdk.io.path.ObjectStoragePath",
        "cloudpathlib.AnyPath",
        "cloudpathlib.AzureBlobPath",
        "cloudpathlib.CloudPath",
        "cloudpathlib.GSPath",
        "cloudpathlib.S3Path",
        "pathlib.Path",
        "pathlib.PosixPath",
        "pathlib.PurePath",
        "pathlib.PurePosixPath",
        "upath.UPath",
    ]
)
SAME_TEXT = frozenset(
    [
        "os.fspath",
        "os.path.abspath",
        "os.path.expanduser",
        "os.path.expandvars",
        "os.path.normpath",
        "os.path.realpath",
    ]
)
"""Functions whose result names the same file as their argument."""
SAME_TEXT_METHODS = frozenset(["absolute", "as_posix", "expanduser", "resolve", "__str__", "__fspath__"])


def text(parts: Sequence[Value]) -> Value:
    """The parts put together: a str where all are known, else a Text; too long is unknown."""
    merged: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Text) else (part,):
            known = piece if isinstance(piece, Symbolic) else str(piece)
            if isinstance(known, str) and merged and isinstance(merged[-1], str):
                merged[-1] += known
            elif known != "":
                merged.append(known)
    if len(merged) > MAX_TEXT or sum(len(piece) for piece in merged if isinstance(piece, str)) > MAX_TEXT:
        return Symbolic("unknown", "", "the text is too long to follow")
    if not merged:
        return ""
    return merged[0] if len(merged) == 1 and isinstance(merged[0], str) else Text(tuple(merged))


def truth(value: Value) -> bool | None:
    """Whether a condition holds that is this value; None where that is not known."""
    return bool(value) if isinstance(value, list | tuple | dict) or is_known(value) else None


def collected(kind: str, items: Sequence[Value]) -> Value:
    """`list(items)`, `sorted(items)` or `tuple(items)`; MISSING where their order is not known."""
    if kind != "sorted":
        return tuple(items) if kind == "tuple" else list(items)
    alike = all(isinstance(item, str) for item in items) or all(type(item) is int for item in items)
    return sorted(items) if alike else MISSING


def is_text(value: Value) -> bool:
    """Whether the value can stand in a path: text, a number, or something unknown."""
    return isinstance(value, (str, int, float, Text, Symbolic)) and not isinstance(value, bool)


def join_text(between: str, parts: Sequence[Value]) -> Value:
    """`between.join(parts)`; MISSING where one of them is no text."""
    if not all(is_text(part) and not isinstance(part, (int, float)) for part in parts):
        return MISSING
    return text([piece for part in parts for piece in (between, part)][1:])


def join_path(parts: Sequence[Value]) -> Value:
    """`os.path.join`: an absolute part starts anew."""
    joined: list[Value] = []
    for part in parts:
        if part == "":
            continue
        first = part.parts[0] if isinstance(part, Text) and part.parts else part
        if isinstance(first, str) and first.startswith("/"):
            joined = []
        last = joined[-1] if joined else "/"  # nothing to put in between
        last = last.parts[-1] if isinstance(last, Text) and last.parts else last
        if not (isinstance(last, str) and last.endswith("/")):
            joined.append("/")
        joined.append(part)
    return text(joined)


def parent(value: Value, name: str) -> Value:
    """`.parent`, `.name`, `.stem`, `.suffix` of a path; MISSING where its end is not known."""
    parts = value.parts if isinstance(value, Text) else (value,)
    at = max((index for index, part in enumerate(parts) if isinstance(part, str) and "/" in part), default=None)
    if at is None:
        if len(parts) != 1 or not isinstance(parts[0], str):
            return MISSING
        above, last = "", list(parts)
    else:
        above, _, begin = str(parts[at]).rpartition("/")
        last = [part for part in (begin, *parts[at + 1 :]) if part != ""]
        if not last:  # a slash at the end
            return parent(text([*parts[:at], above]), name) if above else MISSING
    if name == "parent":
        return text([*parts[: at or 0], above or ("/" if at == 0 else "")])
    if name == "name":
        return text(last)
    if not isinstance(last[-1], str):
        return MISSING
    stem, suffix = posixpath.splitext(last[-1]) if len(last) == 1 else _end_of(last[-1])
    return suffix if name == "suffix" else text([part for part in (*last[:-1], stem) if part != ""])


def _end_of(tail: str) -> tuple[str, str]:
    """As `splitext` of a name that begins before the text."""
    stem, dot, suffix = tail.rpartition(".")
    return (stem, dot + suffix) if dot else (tail, "")


def change_end(value: Value, method: str, argument: str) -> Value:
    """`.with_suffix` and `.with_name` of a path whose end is known; else MISSING."""
    above, base = parent(value, "parent"), parent(value, "name")
    if above is MISSING or not isinstance(base, str):
        return MISSING
    renamed = argument if method == "with_name" else posixpath.splitext(base)[0] + argument
    return renamed if above == "" else join_path([above, renamed])


def format_text(template: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    """`template.format(...)`; MISSING where it uses more than plain fields."""
    parts: list[Value] = []
    index = 0
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return MISSING
    for literal, field, spec, conversion in fields:
        parts.append(literal)
        if field is None:
            continue
        if spec or conversion:
            return MISSING
        if field == "":
            field, index = str(index), index + 1
        if field.isdigit() and int(field) < len(args):
            parts.append(args[int(field)])
        elif field in kwargs:
            parts.append(kwargs[field])
        else:
            return MISSING
    return text(parts) if all(map(is_text, parts)) else MISSING


def percent(template: str, value: Value) -> Value:
    """`template % value` with `%s` and `%d` only; MISSING for anything else."""
    pieces = re.split(r"%([sd])", template)
    values: Sequence[Value] = value if isinstance(value, tuple) else (value,)
    if len(values) != len(pieces) // 2 or any("%" in piece for piece in pieces[::2]):
        return MISSING
    parts: list[Value] = [pieces[0]]
    for argument, literal in zip(values, pieces[2::2], strict=True):
        parts.extend((argument, literal))
    return text(parts) if all(map(is_text, parts)) else MISSING


_TEXT_METHODS: Mapping[str, Callable[..., Value]] = {
    name: getattr(str, name)
    for name in (
        "capitalize",
        "casefold",
        "endswith",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "replace",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
        "upper",
    )
}


def text_method(value: str, method: str, args: Sequence[Value]) -> Value:
    """The result of a method of str on known arguments; MISSING if it is not one of those that are followed."""
    function = _TEXT_METHODS.get(method)
    if function is None or not all(isinstance(arg, (str, int)) for arg in args) or len(value) > MAX_TEXT:
        return MISSING
    try:
        return function(value, *args)
    except (TypeError, ValueError):
        return MISSING

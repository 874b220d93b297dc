"""Texts of which parts may not be known: their methods, `template % values`, addresses and `re.sub`.

In: the text and what is done to it. Out: what that gives, unknown parts in their places; None where the method is not followed.
"""

from __future__ import annotations

import re
import string
import urllib.parse
from collections.abc import Mapping, Sequence

from migrator.analyzers.callables.folding.library import MISSING, format_text, text, text_method
from migrator.analyzers.io.python.values import UNKNOWN, Namespace, Step, as_text, lifted
from migrator.model.values import Symbolic, Text, Value

MAX_PATTERN = 200
MAX_SUBJECT = 2_000
"""Characters of a regular expression and of a text that it is applied to."""


def string_method(owner: str, step: Step) -> Value:
    """What a method of a known text gives."""
    if step.name == "format":
        args = [as_text(arg) for arg in step.args]
        kwargs = {key: as_text(value) for key, value in step.kwargs.items()}
        found = format_text(owner, args, kwargs)
        return _open_format(owner, args, kwargs) if found is MISSING else found
    if step.name == "join" and step.args:
        items = step.args[0]
        if not isinstance(items, (list, tuple)):
            return UNKNOWN
        pieces: list[Value] = []
        for item in items:
            pieces.extend((owner, as_text(item)) if pieces else (as_text(item),))
        return text(pieces)
    if step.name in ("encode", "decode", "expandtabs"):
        return owner
    if step.name in ("startswith", "endswith") and len(step.args) == 1 and _is_ending(step.args[0]):
        return bool(getattr(owner, step.name)(step.args[0]))
    if step.name == "replace" and len(step.args) == 2 and isinstance(step.args[1], (Text, Symbolic)):
        return _replaced((owner,), *step.args)
    found = text_method(owner, step.name, step.args)
    return None if found is MISSING else found


_PERCENT = re.compile(r"%(?:\((\w+)\))?[#0\- +]*\d{0,2}(?:\.\d{1,2})?([%sdirfgxX])")
"""A conversion of `template % values`."""


def percented(template: str, values: Value) -> Value:
    """`template % values`, with what is not known in its place."""
    left = list(values) if isinstance(values, tuple) else [values]
    parts: list[Value] = []
    position = 0
    for match in _PERCENT.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        if match[2] == "%":
            parts.append("%")
            continue
        named = match[1] is not None
        if named and not isinstance(values, dict):
            return UNKNOWN
        given = as_text(values.get(match[1], UNKNOWN) if named else left.pop(0) if left else UNKNOWN)
        if isinstance(given, (int, float)):
            try:
                given = f"%{match[0].rpartition(')')[2].removeprefix('%')}" % given
            except (TypeError, ValueError):
                given = UNKNOWN
        parts.append(given)
    parts.append(template[position:])
    return text([part for part in parts if part != ""])


def _is_ending(value: Value) -> bool:
    return isinstance(value, str) or (isinstance(value, tuple) and all(isinstance(one, str) for one in value))


def _open_format(template: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    """`template.format(...)` with fields that are not known, or that have a format of their own."""
    pieces: list[Value] = []
    number = 0
    try:
        for literal, name, _, _ in string.Formatter().parse(template):
            pieces.append(literal)
            if name is None:
                continue
            if not name:
                name, number = str(number), number + 1
            known = name.isdigit() and int(name) < len(args)
            pieces.append(args[int(name)] if known else kwargs.get(name, UNKNOWN))
    except ValueError:
        return UNKNOWN
    return text([piece for piece in pieces if piece != ""])


def _replaced(parts: Sequence[Value], old: Value, new: Value) -> Value:
    """A text with another one in place of what it has at some places."""
    if not isinstance(old, str) or not old or not isinstance(new, (str, Text, Symbolic)):
        return UNKNOWN
    found: list[Value] = []
    for part in parts:
        pieces = part.split(old)[:200] if isinstance(part, str) else [part]
        for index, piece in enumerate(pieces):
            found += [new, piece] if index else [piece]
    return text([piece for piece in found if piece != ""])


def _divided(owner: Text, separator: str) -> list[Value]:
    """`split` of a text of which a part is not known."""
    found: list[list[Value]] = [[]]
    for part in owner.parts:
        first, *others = part.split(separator)[:100] if isinstance(part, str) else [part]
        found[-1].append(first)
        found += [[one] for one in others]
    return [text([one for one in pieces if one != ""]) for pieces in found]


def _parted(owner: Text, separator: str, *, last: bool) -> tuple[Value, ...]:
    """`partition` of a text of which a part is not known."""
    pieces = _divided(owner, separator)
    if len(pieces) < 2:
        return ("", "", owner) if last else (owner, "", "")
    at = len(pieces) - 1 if last else 1
    sides = [[part for one in side for part in (separator, one)][1:] for side in (pieces[:at], pieces[at:])]
    return text(sides[0]), separator, text(sides[1])


def _stripped(owner: Text, step: Step) -> Value:
    """A text without characters at its ends, as far as those are known."""
    given = step.args[0] if step.args else None
    if step.name in ("encode", "decode") or not isinstance(given, str):
        return owner
    parts = list(owner.parts)
    if step.name != "rstrip" and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip(given)
    if step.name != "lstrip" and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(given)
    return text([part for part in parts if part != ""])


def partial_text(owner: Text, step: Step) -> Value:
    """What a method of a text gives of which a part is not known."""
    if step.name in ("strip", "lstrip", "rstrip", "encode", "decode"):
        return _stripped(owner, step)
    if step.name == "replace" and len(step.args) == 2:
        return _replaced(owner.parts, *step.args)
    if step.name == "split" and len(step.args) == 1 and isinstance(step.args[0], str) and step.args[0]:
        return _divided(owner, step.args[0])
    if step.name in ("partition", "rpartition") and len(step.args) == 1 and isinstance(step.args[0], str):
        return _parted(owner, step.args[0], last=step.name == "rpartition") if step.args[0] else UNKNOWN
    if step.name == "format":
        whole = "".join(part if isinstance(part, str) else f"\0{index}\0" for index, part in enumerate(owner.parts))
        made = string_method(whole, step)
        pieces = made.parts if isinstance(made, Text) else (made,)
        found: list[Value] = []
        for piece in pieces:
            split = re.split(r"\0(\d+)\0", piece) if isinstance(piece, str) else [piece]
            found += [owner.parts[int(one)] if index % 2 else one for index, one in enumerate(split)]
        return text([piece for piece in found if piece != ""])
    return None


# -- addresses and patterns


def url_joined(base: Value, url: Value) -> Value:
    """An address below another one; a base without a slash at its end loses its last part."""
    first = url.parts[0] if isinstance(url, Text) else url
    if isinstance(base, str) and isinstance(url, str):
        try:
            return urllib.parse.urljoin(base, url)
        except ValueError:
            return UNKNOWN
    if isinstance(first, str) and "://" in first:
        return url
    last = base.parts[-1] if isinstance(base, Text) else base
    if isinstance(last, str) and last.endswith("/") and not (isinstance(first, str) and first.startswith("/")):
        return text([base, as_text(url)])
    if isinstance(base, (Text, Symbolic)) and isinstance(first, str):
        return text([base, "" if first.startswith("/") else "/", as_text(url)])
    return UNKNOWN


def url_parts(step: Step) -> Value:
    """The parts of an address, of which some may not be known."""
    return lifted(_parts_of_url, step.argument(0, "url", "urlstring"))


def _parts_of_url(url: Value) -> Value:
    pieces = list(url.parts) if isinstance(url, Text) else [url]
    first = pieces[0] if pieces else None
    if not isinstance(first, str) or "://" not in first:
        return UNKNOWN
    scheme, _, rest = first.partition("://")
    behind: list[Value] = [rest, *pieces[1:]]
    host: list[Value] = []
    while behind and not (isinstance(behind[0], str) and "/" in behind[0]):
        host.append(behind.pop(0))
    if behind and isinstance(behind[0], str):
        name, slash, path = behind[0].partition("/")
        host.append(name)
        behind[0] = slash + path
    whole, path = text([one for one in host if one != ""]), text([one for one in behind if one != ""])
    if isinstance(path, str):
        path = path.partition("?")[0]
    return Namespace(
        {"scheme": scheme, "netloc": whole, "hostname": whole, "path": path, "query": UNKNOWN, "fragment": UNKNOWN}
    )


def substituted(step: Step) -> Value:
    """`re.sub` on a text of which parts may not be known: each known part for itself, an end of the text only at an end."""
    pattern, replacement = step.argument(0, "pattern"), step.argument(1, "repl")
    if not isinstance(pattern, str) or not isinstance(replacement, str) or len(step.args) > 3:
        return UNKNOWN
    return lifted(lambda one: _with_substitutes(pattern, replacement, one), step.argument(2, "string"))


def _with_substitutes(pattern: str, replacement: str, subject: Value) -> Value:
    from migrator.analyzers.interpreter.libraries.regular_expressions import MAX_STEPS, steps

    parts = subject.parts if isinstance(subject, Text) else (subject,)
    if len(pattern) > MAX_PATTERN or not all(isinstance(part, (str, Symbolic)) for part in parts):
        return UNKNOWN
    found: list[Value] = []
    for index, part in enumerate(parts):
        inside = (pattern.startswith("^") and index > 0) or (pattern.endswith("$") and index < len(parts) - 1)
        if isinstance(part, Symbolic) or inside:
            found.append(part)
            continue
        try:
            if len(part) > MAX_SUBJECT or steps(pattern, 0, part) > MAX_STEPS:
                return UNKNOWN
            found.append(re.sub(pattern, replacement, part))
        except (re.error, OverflowError, RecursionError):
            return UNKNOWN
    return text([part for part in found if part != ""])

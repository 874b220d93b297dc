"""Functions and methods whose results are known without running anything: text, paths, containers, lookups.

A path is its text. None where a call is none of these; a call that is one of these, but on what is not known, is unknown.
"""

from __future__ import annotations

import re
import string
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.analyzers.callables.fold_library import (
    MISSING,
    PATH_TYPES,
    SAME_TEXT,
    SAME_TEXT_METHODS,
    change_end,
    format_text,
    join_path,
    parent,
    text,
    text_method,
)
from migrator.analyzers.io.python.attributes import date_method
from migrator.analyzers.io.python.settings import PARSERS, parser_made
from migrator.analyzers.io.python.values import (
    UNKNOWN,
    ArgumentParser,
    Context,
    Either,
    Instance,
    Library,
    Made,
    Namespace,
    OwnClass,
    OwnFunction,
    Partial,
    Step,
    as_text,
    either,
    is_temporary,
    lifted,
    same,
)
from migrator.model.values import Symbolic, Text, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_FIRST_ARGUMENT = frozenset(
    [
        "builtins.iter",
        "builtins.list",
        "builtins.reversed",
        "builtins.sorted",
        "builtins.tuple",
        "copy.copy",
        "copy.deepcopy",
        "inspect.cleandoc",
        "addict.Dict",
        "box.Box",
        "joblib.delayed",
        "munch.munchify",
        "omegaconf.OmegaConf.create",
        "omegaconf.OmegaConf.to_container",
        "psycopg.sql.SQL",
        "psycopg2.sql.SQL",
        "sqlalchemy.sql.expression.text",
        "sqlalchemy.sql.text",
        "sqlalchemy.text",
        "textwrap.dedent",
        "tqdm.auto.tqdm",
        "tqdm.tqdm",
        "tqdm.tqdm_notebook",
        *SAME_TEXT,
    ]
)
"""Functions whose result says the same as their first argument, as far as names go."""
MAX_PATTERN = 200
MAX_SUBJECT = 2_000
"""Characters of a regular expression and of a text that it is applied to."""
_TEMPORARY = Symbolic("temporary", "", "is a file that only this code knows")
_PATHS = (str, Text, Symbolic)


def known_function(evaluator: Evaluator, path: str, step: Step) -> Value:
    """The result of a library's function; None where it is not followed."""
    args = step.args
    if path in PATH_TYPES or path == "os.path.join":
        return lifted(lambda *parts: join_path([as_text(part) for part in parts]), *args) if args else UNKNOWN
    if path in _FIRST_ARGUMENT and args:
        return args[0]
    if path.startswith("tempfile."):
        return _TEMPORARY
    if path == "builtins.str" and args and isinstance(args[0], Instance):
        from migrator.analyzers.io.python.expressions import shown_instance

        return as_text(shown_instance(evaluator, args[0]))
    if path == "builtins.type" and len(args) == 1:
        return args[0].cls if isinstance(args[0], Instance) and args[0].exact else None
    if path == "urllib.request.urlretrieve" and (target := step.argument(1, "filename")) is not None:
        return (target, UNKNOWN)
    function = _FUNCTIONS.get(path)
    if function is not None:
        return function(step)
    if path in PARSERS:
        return parser_made(path, step)
    if path.startswith("airflow."):
        if path.endswith(".Variable.get"):
            return _lookup("variable", step)
        if path.endswith((".get_connection", "Connection.get")) and isinstance(step.argument(0, "conn_id"), str):
            return Symbolic("connection", "", name=step.argument(0, "conn_id"))
        if path.endswith("get_current_context"):
            return Context()
    return None


def _lookup(kind: str, step: Step) -> Value:
    name = step.argument(0, "key")
    if not isinstance(name, str):
        return UNKNOWN
    has_default = len(step.args) > 1 or "default_var" in step.kwargs or "default" in step.kwargs
    default = step.argument(1, "default_var", "default")
    return Symbolic(kind, "", name=name, default=default if has_default else None, has_default=has_default)


def _string(step: Step) -> Value:
    if step.args and isinstance(step.args[0], Made):
        return Made("builtins.str", (step,))
    return as_text(step.args[0]) if step.args and not isinstance(step.args[0], Either) else UNKNOWN


def _dict(step: Step) -> Value:
    if not step.args:
        return dict(step.kwargs)
    first = step.args[0]
    if isinstance(first, (list, tuple)) and all(isinstance(one, (list, tuple)) and len(one) == 2 for one in first):
        known = all(isinstance(key, (str, int)) for key, _ in first)
        return {**dict(first), **step.kwargs} if known else UNKNOWN
    return {**first, **step.kwargs} if isinstance(first, dict) else UNKNOWN


def _replaced_fields(step: Step) -> Value:
    """`dataclasses.replace`: a copy with other members."""
    given = step.args[0] if step.args else None
    return (
        Instance(given.cls, {**given.attributes, **step.kwargs}, given.made) if isinstance(given, Instance) else UNKNOWN
    )


def _filtered(step: Step) -> Value:
    """`filter(None, items)` without what is known to be empty."""
    if len(step.args) == 2 and step.args[0] is None and isinstance(step.args[1], (list, tuple)):
        return [one for one in step.args[1] if one not in ("", None, 0, False)]
    return None


def _all_args(step: Step) -> Value:
    return list(step.args)


def _first_arg(step: Step) -> Value:
    return step.args[0] if step.args else UNKNOWN


def _zip(step: Step) -> Value:
    """Pairs of elements; those of an object of a library by their number, where another one tells how many there are."""
    return lifted(_zipped, *step.args) if step.args else []


def _zipped(*args: Value) -> Value:
    known = [len(arg) for arg in args if isinstance(arg, (list, tuple))]
    if not known or not all(isinstance(arg, (list, tuple, Made)) or arg is UNKNOWN for arg in args):
        return UNKNOWN
    columns = [
        arg if isinstance(arg, (list, tuple)) else [_element(arg, index) for index in range(min(known))] for arg in args
    ]
    return list(zip(*columns, strict=False))


def _element(value: Value, index: int) -> Value:
    return Made(value.root, (*value.steps, Step("[]", (index,)))) if isinstance(value, Made) else UNKNOWN


def _range(step: Step) -> Value:
    if not all(type(arg) is int for arg in step.args) or not 1 <= len(step.args) <= 3 or step.args[-1:] == (0,):
        return UNKNOWN
    return list(range(*step.args)[:100])


def _enumerate(step: Step) -> Value:
    start = step.argument(1, "start")
    items = step.args[0] if step.args else None
    return list(enumerate(items, start if type(start) is int else 0)) if isinstance(items, (list, tuple)) else UNKNOWN


def _end(which: str) -> Callable[[Step], Value]:
    def function(step: Step) -> Value:
        def one(value: Value) -> Value:
            found = parent(as_text(value), which)
            return (value if is_temporary(value) else UNKNOWN) if found is MISSING else found

        return lifted(one, step.args[0]) if step.args else UNKNOWN

    return function


def _partial(step: Step) -> Value:
    return Partial(step.args[0], step.args[1:], step.kwargs) if step.args else UNKNOWN


def _chained(step: Step) -> Value:
    """One mapping of several, the first of which wins."""
    if not all(isinstance(one, dict) for one in step.args):
        return UNKNOWN
    return {key: value for one in reversed(step.args) for key, value in one.items()}


def _identifier(step: Step) -> Value:
    """`sql.Identifier("schema", "table")`."""
    return text([piece for one in step.args for piece in (".", as_text(one))][1:]) if step.args else UNKNOWN


def _next(step: Step) -> Value:
    """The first of known elements; None for all else."""
    found = step.args[0] if step.args else None
    if isinstance(found, (list, tuple)):
        return found[0] if found else step.argument(1, "default")
    return None


def _set(step: Step) -> Value:
    """A set is a list of what is in it."""
    return step.args[0] if step.args else []


def _one_of(step: Step) -> Value:
    """One element of known paths; None for all else."""
    found = step.args[0] if step.args else None
    if not isinstance(found, list) or not found or not all(isinstance(one, (str, Text)) for one in found):
        return None
    return either(found)


def _last(step: Step) -> Value:
    return step.args[-1] if step.args else UNKNOWN


def _glob(step: Step) -> Value:
    """One element for all files of the pattern."""
    return [step.args[0]] if step.args and isinstance(step.args[0], _PATHS) else UNKNOWN


def _listed(step: Step) -> Value:
    return UNKNOWN


def _walked(step: Step) -> Value:
    """One folder of those below, with one folder and one file in it."""
    top = step.argument(0, "top")
    return [(top, [UNKNOWN], [UNKNOWN])] if isinstance(top, _PATHS) else UNKNOWN


def _text_of(step: Step) -> Value:
    if step.args and isinstance(step.args[0], Made):
        return None
    return step.args[0] if step.args and isinstance(step.args[0], (int, float, str)) else UNKNOWN


def _url_joined(base: Value, url: Value) -> Value:
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


def _url_parts(step: Step) -> Value:
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


def _substituted(step: Step) -> Value:
    """`re.sub` on a text of which parts may not be known: each known part for itself, an end of the text only at an end."""
    pattern, replacement = step.argument(0, "pattern"), step.argument(1, "repl")
    if not isinstance(pattern, str) or not isinstance(replacement, str) or len(step.args) > 3:
        return UNKNOWN
    return lifted(lambda one: _with_substitutes(pattern, replacement, one), step.argument(2, "string"))


def _with_substitutes(pattern: str, replacement: str, subject: Value) -> Value:
    from migrator.analyzers.interpreter.regular_expressions import MAX_STEPS, steps

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


_FUNCTIONS: Mapping[str, Callable[[Step], Value]] = {
    **dict.fromkeys(
        ("asyncio.run", "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "asyncio.shield"),
        _first_arg,
    ),
    "asyncio.gather": _all_args,
    "builtins.filter": _filtered,
    "dataclasses.replace": _replaced_fields,
    "argparse.ArgumentParser": lambda step: ArgumentParser(),
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.int": _text_of,
    "builtins.range": _range,
    "builtins.str": _string,
    "builtins.zip": _zip,
    "functools.partial": _partial,
    "functools.partialmethod": lambda step: Partial(step.args[0], step.args[1:], step.kwargs, of_method=True),
    "collections.ChainMap": _chained,
    "builtins.max": _one_of,
    "builtins.min": _one_of,
    "builtins.next": _next,
    "builtins.frozenset": _set,
    "builtins.set": _set,
    "psycopg.sql.Identifier": _identifier,
    "psycopg2.sql.Identifier": _identifier,
    "random.choice": _one_of,
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "os.environ.get": lambda step: _lookup("env", step),
    "os.getcwd": _listed,
    "os.getenv": lambda step: _lookup("env", step),
    "os.listdir": _listed,
    "os.walk": _walked,
    "os.path.basename": _end("name"),
    "os.path.dirname": _end("parent"),
    "pathlib.Path.cwd": _listed,
    "pathlib.Path.home": _listed,
    "types.SimpleNamespace": lambda step: Namespace(dict(step.kwargs)),
    "re.sub": _substituted,
    "typing.cast": _last,
    "urllib.parse.urlparse": _url_parts,
    "urllib.parse.urlsplit": _url_parts,
    "urllib.parse.urljoin": lambda step: lifted(_url_joined, step.argument(0, "base"), step.argument(1, "url")),
}


# -- methods


def known_method(owner: Value, step: Step) -> Value:
    """The result of a method of a plain value; None where it is not followed."""
    return lifted(lambda one, *args: _method(one, Step(step.name, args, step.kwargs)), owner, *step.args)


def _method(owner: Value, step: Step) -> Value:
    name, args = step.name, step.args
    if isinstance(owner, dict):
        return _dict_method(owner, name, args, step.kwargs)
    if isinstance(owner, list):
        return _list_method(owner, name, args)
    if isinstance(owner, Symbolic) and owner.kind == "context":
        found = date_method(owner, name, list(args))
        if found is not MISSING:
            return found
    if isinstance(owner, _PATHS):
        found = _path_method(owner, name, args)
        if found is not None:
            return found
    if isinstance(owner, str):
        return _string_method(owner, step)
    if isinstance(owner, Text):
        return _partial_text(owner, step)
    return None


def _dict_method(owner: dict[Value, Value], name: str, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
    if name == "get" and args and isinstance(args[0], (str, int)):
        return owner.get(args[0], args[1] if len(args) > 1 else UNKNOWN)
    if name == "pop" and args and isinstance(args[0], (str, int)) and args[0] in owner:
        return owner.pop(args[0])
    if name == "setdefault" and args and isinstance(args[0], (str, int)):
        return owner.setdefault(args[0], args[1] if len(args) > 1 else None)
    if name in ("get", "pop", "setdefault"):
        others = [*owner.values(), *args[1:2]]
        return either(others) if others and all(map(_is_called, others)) else UNKNOWN
    if name == "update" and all(isinstance(one, dict) for one in args):
        owner.update({key: value for one in (*args, kwargs) for key, value in one.items()})
        return UNKNOWN
    views: Mapping[str, Callable[[], Value]] = {
        "copy": lambda: dict(owner),
        "items": lambda: list(owner.items()),
        "keys": lambda: list(owner),
        "values": lambda: list(owner.values()),
    }
    view = views.get(name)
    return view() if view is not None else None


def _is_called(value: Value) -> bool:
    """Whether a value is there to be called: a table of functions gives one of them."""
    return isinstance(value, (Library, OwnFunction, OwnClass, Partial))


def _list_method(owner: list[Value], name: str, args: tuple[Value, ...]) -> Value:
    if name == "append" and args and len(owner) < 200:
        owner.append(args[0])
        return UNKNOWN
    if name in ("extend", "update") and args and len(owner) < 200:
        owner.extend(args[0] if isinstance(args[0], (list, tuple)) else [UNKNOWN])
        return UNKNOWN
    if name == "add" and args and len(owner) < 200:
        owner.extend(args[:1] if not any(same(args[0], one) for one in owner) else ())
        return UNKNOWN
    if name == "union" and all(isinstance(one, (list, tuple)) for one in args):
        return joined([owner, *args])
    return list(owner) if name == "copy" else None


def joined(sets: Sequence[Sequence[Value]]) -> list[Value]:
    """What is in one of the sets."""
    found: list[Value] = []
    for one in [one for row in sets for one in row][:1000]:
        if not any(same(one, other) for other in found):
            found.append(one)
    return found


def _path_method(owner: Value, name: str, args: tuple[Value, ...]) -> Value:
    """Methods of a path, which may be partly known."""
    if name in SAME_TEXT_METHODS:
        return owner
    if name == "joinpath" or (name in ("glob", "rglob") and len(args) == 1):
        if all(isinstance(arg, _PATHS) for arg in args):
            joined = join_path([owner, *args])
            return joined if name == "joinpath" else [joined]
        return UNKNOWN
    if name == "iterdir" and not args:
        return [join_path([owner, "*"])]
    if name in ("with_suffix", "with_name") and len(args) == 1 and isinstance(args[0], str):
        found = change_end(owner, name, args[0])
        return UNKNOWN if found is MISSING else found
    return None


def _string_method(owner: str, step: Step) -> Value:
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


def _partial_text(owner: Text, step: Step) -> Value:
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
        made = _string_method(whole, step)
        pieces = made.parts if isinstance(made, Text) else (made,)
        found: list[Value] = []
        for piece in pieces:
            split = re.split(r"\0(\d+)\0", piece) if isinstance(piece, str) else [piece]
            found += [owner.parts[int(one)] if index % 2 else one for index, one in enumerate(split)]
        return text([piece for piece in found if piece != ""])
    return None

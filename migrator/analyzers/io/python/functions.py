"""Functions and methods whose results are known without running anything: text, paths, containers, lookups.

A path is its text. None where a call is none of these; a call that is one of these, but on what is not known, is unknown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.analyzers.callables.folding.library import (
    MISSING,
    PATH_TYPES,
    SAME_TEXT,
    SAME_TEXT_METHODS,
    change_end,
    join_path,
    parent,
    text,
)
from migrator.analyzers.io.python.attributes import date_method
from migrator.analyzers.io.python.settings import PARSERS, parser_made
from migrator.analyzers.io.python.texts import partial_text, string_method, substituted, url_joined, url_parts
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
    Some,
    Step,
    as_text,
    either,
    is_temporary,
    key_in,
    lifted,
    plain_member,
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
        "sqlparse.format",
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
MAX_ROWS = 200
"""Elements of what is made of several lists."""
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
    given = [list(one) if isinstance(one, dict) else one for one in step.args]
    return lifted(_zipped, *given) if given else []


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
    if isinstance(items, Some):
        return Some((UNKNOWN, item) for item in items)
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
    given = step.args[0] if step.args else None
    of_date = isinstance(given, Symbolic) and given.kind == "context"
    return given if of_date or isinstance(given, (int, float, str)) else UNKNOWN


def _product(step: Step) -> Value:
    """`itertools.product` of known elements."""
    if not all(isinstance(one, (list, tuple)) for one in step.args) or step.kwargs:
        return None
    return list(itertools.islice(itertools.product(*step.args), MAX_ROWS))


def _chain(step: Step) -> Value:
    """`itertools.chain` of known elements."""
    if not all(isinstance(one, (list, tuple, dict)) for one in step.args):
        return None
    return [item for one in step.args for item in one][:MAX_ROWS]


def _chain_all(step: Step) -> Value:
    """`itertools.chain.from_iterable`."""
    given = step.args[0] if step.args else None
    return _chain(Step("chain", tuple(given))) if isinstance(given, (list, tuple)) else None


def _islice(step: Step) -> Value:
    """`itertools.islice` of known elements."""
    bounds = step.args[1:]
    known = bool(bounds) and isinstance(step.args[0], (list, tuple))
    if not known or not all(one is None or type(one) is int for one in bounds):
        return None
    try:
        return list(itertools.islice(step.args[0], *bounds))
    except (TypeError, ValueError):
        return UNKNOWN


def _in_batches(step: Step) -> Value:
    """`itertools.batched` of known elements."""
    items, size = step.argument(0, "iterable"), step.argument(1, "n")
    if not isinstance(items, (list, tuple)) or type(size) is not int or size < 1:
        return None
    return [tuple(items[at : at + size]) for at in range(0, len(items), size)]


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
    "itertools.batched": _in_batches,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_all,
    "itertools.islice": _islice,
    "itertools.product": _product,
    "more_itertools.chunked": _in_batches,
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
    "sqlparse.split": _all_args,
    "types.SimpleNamespace": lambda step: Namespace(dict(step.kwargs)),
    "re.sub": substituted,
    "typing.cast": _last,
    "urllib.parse.urlparse": url_parts,
    "urllib.parse.urlsplit": url_parts,
    "urllib.parse.urljoin": lambda step: lifted(url_joined, step.argument(0, "base"), step.argument(1, "url")),
}


# -- methods

_WITH_METHODS = (str, Text, Symbolic, dict, list, Either)
"""Values of whose methods something is known, or that may be such."""


def known_method(owner: Value, step: Step) -> Value:
    """The result of a method of a plain value; None where it is not followed."""
    if not isinstance(owner, _WITH_METHODS):
        return None
    return lifted(lambda one, *args: _method(one, Step(step.name, args, step.kwargs)), owner, *step.args)


def _method(owner: Value, step: Step) -> Value:
    name, args = step.name, step.args
    if isinstance(owner, dict):
        return _dict_method(owner, name, args, step.kwargs)
    if isinstance(owner, list):
        return _list_method(owner, name, args)
    if isinstance(owner, Symbolic) and owner.kind == "context":
        found = date_method(owner, step)
        if found is not MISSING:
            return found
    if isinstance(owner, _PATHS):
        found = _path_method(owner, name, args)
        if found is not None:
            return found
    if isinstance(owner, str):
        return string_method(owner, step)
    if isinstance(owner, Text):
        return partial_text(owner, step)
    return None


def _dict_method(owner: dict[Value, Value], name: str, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
    key = key_in(owner, plain_member(args[0])) if args else UNKNOWN
    if name == "get" and key is not UNKNOWN:
        return owner.get(key, args[1] if len(args) > 1 else UNKNOWN)
    if name == "pop" and key is not UNKNOWN and key in owner:
        return owner.pop(key)
    if name == "setdefault" and key is not UNKNOWN:
        return owner.setdefault(key, args[1] if len(args) > 1 else None)
    if name in ("get", "pop", "setdefault"):
        others = [*owner.values(), *args[1:2]]
        return either(others) if others and all(map(_is_called, others)) else UNKNOWN
    if name == "update" and all(isinstance(one, dict) for one in args):
        owner.update({key: value for one in (*args, kwargs) for key, value in one.items()})
        return UNKNOWN
    view = _VIEWS.get(name)
    return view(owner) if view is not None else None


_VIEWS: Mapping[str, Callable[[dict[Value, Value]], Value]] = {
    "copy": dict,
    "items": lambda owner: list(owner.items()),
    "keys": list,
    "values": lambda owner: list(owner.values()),
}


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

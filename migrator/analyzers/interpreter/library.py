"""Names of libraries: constants, calls that are evaluated for real from an explicit allow-list, all else symbolic.

Nothing here reaches the network, starts a process, writes a file, or imports analyzed code.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import posixpath
import re
import string
from collections.abc import Callable
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter import airflow_library, builtin_functions, data_files, files
from migrator.analyzers.interpreter import airflow_objects as af
from migrator.analyzers.interpreter.builtin_functions import FUNCTIONS, items_of, no
from migrator.analyzers.interpreter.methods import join_path
from migrator.analyzers.interpreter.operations import LazyItems, enum_value, is_data_enum, join_text, truth
from migrator.analyzers.interpreter.pure_functions import PURE
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Env,
    External,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    contains_symbolic,
)
from migrator.model.values import Symbolic
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Handler = Callable[["Machine", Call], Any]

# ----------------------------------------------------------------------------------------------------------- constants

_CONSTANTS: dict[str, Any] = {
    "typing.TYPE_CHECKING": False,
    "os.sep": "/",
    "os.linesep": "\n",
    "os.path.sep": "/",
    "os.name": "posix",
    "math.pi": math.pi,
    "math.inf": math.inf,
    "math.e": math.e,
    "sys.version_info": (3, 12, 0, "final", 0),
    "sys.platform": "linux",
    "datetime.timezone.utc": dt.timezone.utc,
    "datetime.UTC": dt.timezone.utc,
    "pendulum.UTC": dt.timezone.utc,
    "pytz.utc": dt.timezone.utc,
    "pytz.UTC": dt.timezone.utc,
    "airflow.sdk.timezone.utc": dt.timezone.utc,
    "airflow.utils.timezone.utc": dt.timezone.utc,
    "datetime.datetime.min": dt.datetime.min,
    "datetime.datetime.max": dt.datetime.max,
    "re.IGNORECASE": re.IGNORECASE,
    "re.I": re.IGNORECASE,
    "re.MULTILINE": re.MULTILINE,
    "re.DOTALL": re.DOTALL,
    **{
        f"string.{name}": getattr(string, name)
        for name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")
    },
}


def constant(machine: Machine, path: str) -> Any:
    """The value of a library constant, else MISSING."""
    found = _CONSTANTS.get(path, MISSING)
    return airflow_library.constant(machine, path) if found is MISSING else found


def external_attribute(machine: Machine, value: External, name: str, node: cst.CSTNode, env: Env) -> Any:
    """An attribute of a library name: a constant, or a longer library name."""
    imported = f"{value.imported or value.path}.{name}"
    path = names.canonical(f"{value.path}.{name}")
    found = constant(machine, path)
    if found is MISSING and names.canonical(imported) != path:
        path = names.canonical(imported)
        found = constant(machine, path)
    return External(path, imported) if found is MISSING else found


def external_item(machine: Machine, value: External, key: Any, node: cst.CSTNode, env: Env) -> Any:
    """`os.environ["X"]`, `List[str]`, and items of other library names."""
    if value.path == "os.environ":
        return environment(machine, key, MISSING, node, env)
    if value.path == "sys.modules":
        return airflow_library.current_module(machine, env)
    return (
        value
        if value.name[:1].isupper() or value.path.startswith("builtins.")
        else machine.unknown(node, env, "an item of a library value")
    )


def environment(machine: Machine, key: Any, default: Any, node: cst.CSTNode, env: Env) -> Any:
    """An environment variable: what the user gave, else symbolic with the code's own default."""
    key = machine.settle(key, node, env)
    if not isinstance(key, str):
        return machine.unknown(node, env, "the variable's name is not known")
    if key in machine.config.env:
        return machine.config.env[key]
    machine.ask("env", key, machine.span(node, env))
    has_default = default is not MISSING
    return Symbolic(
        "env",
        machine.source(node, env)[:200],
        f"environment variable `{key}` is not known",
        key,
        default if has_default else None,
        has_default,
        machine.span(node, env),
    )


def opaque_attribute(machine: Machine, value: Opaque, name: str, node: cst.CSTNode, env: Env) -> Any:
    """An attribute of an instance of a library class."""
    found = airflow_library.opaque_attribute(machine, value, name, node, env)
    if found is not MISSING:
        return found
    if name in value.kwargs:
        return value.kwargs[name]
    return machine.unknown(node, env, f"`{name}` of a library object is not known")


# --------------------------------------------------------------------------------------------------------------- calls


def call_external(machine: Machine, function: External, call: Call) -> Any:
    """Calls a library function or class."""
    path = function.path
    handler = CALLS.get(path)
    if handler is not None:
        return handler(machine, call)
    if path.startswith("builtins."):
        builtin = FUNCTIONS.get(function.name)
        if builtin is not None:
            try:
                return builtin(machine, call)
            except IndexError:
                raise RaiseSignal("TypeError", f"{function.name}() missing an argument") from None
    pure = PURE.get(path)
    if pure is not None:
        return call_pure(machine, pure, call)
    head, _, last = path.rpartition(".")
    if last == "partial" and names.is_operator(head):
        return af.OperatorPartial(
            External(head, function.imported.rpartition(".")[0]), dict(call.kwargs), call.node, call.env
        )
    if names.is_operator(path) or (
        "task_id" in call.kwargs and last[:1].isupper() and names.is_operator(path) is not False
    ):
        from migrator.analyzers.interpreter.airflow_tasks import make_task

        return make_task(machine, function, call)
    if last[:1].isupper() or path.startswith("builtins.") or last in ("field", "dataclass"):
        return Opaque(
            path, call.args, call.kwargs, machine.span(call.node, call.env), machine.source(call.node, call.env)[:400]
        )
    return machine.unknown(call.node, call.env, f"`{path}` is not evaluated")


def call_pure(machine: Machine, function: Callable[..., Any], call: Call) -> Any:
    """Calls a real function of the allow-list, when all arguments are known."""
    args = [prepare(machine, a, call) for a in call.args]
    kwargs = {name: prepare(machine, a, call) for name, a in call.kwargs.items()}
    if call.star or any(contains_symbolic(a) or isinstance(a, af.AirflowObject) for a in (*args, *kwargs.values())):
        return no(machine, call)
    try:
        return function(*args, **kwargs)
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)[:200]) from None


def prepare(machine: Machine, value: Any, call: Call) -> Any:
    value = machine.settle(enum_value(value) if is_data_enum(value) else value, call.node, call.env)
    return value.take() if isinstance(value, LazyItems) else value


# ----------------------------------------------------------------------------------------- calls that need the machine


def _environ_get(machine: Machine, call: Call) -> Any:
    return environment(machine, call.argument(0, "key"), call.argument(1, "default"), call.node, call.env)


def _os_path_join(machine: Machine, call: Call) -> Any:
    parts = call.args
    if all(isinstance(part, (str, PurePath)) for part in parts):
        return posixpath.join(*(str(part) for part in parts)) if parts else ""
    pieces: list[Any] = []
    for index, part in enumerate(parts):
        if index and not (isinstance(pieces[-1], str) and pieces[-1].endswith("/")):
            pieces.append("/")
        pieces.append(str(part) if isinstance(part, PurePath) else part)
    return join_text(pieces)


def _make_path(machine: Machine, call: Call) -> Any:
    return join_path(machine, call.args, call) if call.args else PurePosixPath(".")


def _partial(machine: Machine, call: Call) -> Any:
    return PartialCall(call.args[0], call.args[1:], call.kwargs) if call.args else no(machine, call)


def _reduce(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[1], call)
    if values is None:
        return no(machine, call)
    if len(call.args) > 2:
        values = [call.args[2], *values]
    if not values:
        raise RaiseSignal("TypeError", "reduce() of empty iterable")
    return functools.reduce(lambda a, b: machine.call(call.args[0], [a, b], {}, call.node, call.env), values)


def _chain_items(machine: Machine, call: Call) -> Any:
    columns = [items_of(machine, value, call) for value in call.args]
    if any(column is None for column in columns):
        return no(machine, call)
    return LazyItems([item for column in columns if column is not None for item in column])


def _groupby(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    if values is None:
        return no(machine, call)
    function = call.argument(1, "key")
    groups: list[tuple[Any, list[Any]]] = []
    for value in values:
        key = machine.call(function, [value], {}, call.node, call.env) if function is not None else value
        if contains_symbolic(key):
            return no(machine, call)
        if groups and groups[-1][0] == key:
            groups[-1][1].append(value)
        else:
            groups.append((key, [value]))
    return LazyItems(list(groups))


def _starmap(machine: Machine, call: Call) -> Any:
    rows = items_of(machine, call.args[1], call)
    if rows is None:
        return no(machine, call)
    return LazyItems(
        [machine.call(call.args[0], items_of(machine, row, call) or [], {}, call.node, call.env) for row in rows]
    )


def _getter(kind: str) -> Handler:
    def make(machine: Machine, call: Call) -> Any:
        from migrator.analyzers.interpreter.attributes import get_attribute, get_item

        keys = list(call.args)

        def apply(m: Machine, inner: Call) -> Any:
            read = get_item if kind == "item" else get_attribute
            found = [read(m, inner.args[0], key, inner.node, inner.env) for key in keys]
            return found[0] if len(found) == 1 else tuple(found)

        return Native(f"{kind}getter", apply)

    return make


def _defaultdict(machine: Machine, call: Call) -> Any:
    value = DefaultDict(call.args[0] if call.args else None)
    if len(call.args) > 1 and isinstance(call.args[1], dict):
        value.update(call.args[1])
    return value


class DefaultDict(dict[Any, Any]):
    """`collections.defaultdict` of the standard containers."""

    def __init__(self, factory: Any) -> None:
        super().__init__()
        self.factory = factory

    def __missing__(self, key: Any) -> Any:
        made = {
            "builtins.list": list,
            "builtins.dict": dict,
            "builtins.set": set,
            "builtins.int": int,
            "builtins.str": str,
        }
        make = made.get(self.factory.path) if isinstance(self.factory, External) else None
        if make is None:
            raise KeyError(key)
        self[key] = make()
        return self[key]


def _deepcopy(machine: Machine, call: Call) -> Any:
    return _copy_plain(call.args[0])


def _copy_plain(value: Any, depth: int = 30) -> Any:
    """Containers copied, everything in them that is not a container shared."""
    if depth == 0:
        return value
    if isinstance(value, dict):
        return {key: _copy_plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy_plain(item, depth - 1) for item in value]
    if isinstance(value, tuple):
        return tuple(_copy_plain(item, depth - 1) for item in value)
    return set(value) if isinstance(value, set) else value


def _clock(machine: Machine, call: Call) -> Any:
    return Symbolic(
        "date",
        machine.source(call.node, call.env)[:200],
        "it depends on the clock",
        span=machine.span(call.node, call.env),
    )


def _file_check(kind: str) -> Handler:
    return lambda machine, call: files.exists(machine, call.args[0], kind, call)


def _glob(machine: Machine, call: Call) -> Any:
    pattern = machine.settle(call.argument(0, "pathname"), call.node, call.env)
    if not isinstance(pattern, (str, PurePath)):
        return no(machine, call)
    fixed: list[str] = []
    rest: list[str] = []
    for part in str(pattern).split("/"):
        (rest if rest or any(c in part for c in "*?[") else fixed).append(part)
    return files.glob(machine, "/".join(fixed) or ".", "/".join(rest), call) if rest else [str(pattern)]


def _walk(machine: Machine, call: Call) -> Any:
    top = files.path_text(machine, call.args[0], call)
    if top is None or machine.folder.relative(top) is None:
        return no(machine, call)
    rows: list[Any] = []
    pending = [top]
    while pending and len(rows) < 5_000:
        current = pending.pop(0)
        listed = sorted(machine.folder.listdir(current))
        folders = [name for name in listed if machine.folder.is_dir(f"{current}/{name}")]
        rows.append((current, folders, [name for name in listed if name not in folders]))
        pending.extend(f"{current}/{name}" for name in folders)
    return LazyItems(rows)


def _listdir(machine: Machine, call: Call) -> Any:
    return files.listing(machine, call.argument(0, "path", "."), call)


def _import_module(machine: Machine, call: Call) -> Any:
    name = machine.settle(call.argument(0, "name"), call.node, call.env)
    if not isinstance(name, str) or name.startswith("."):
        return no(machine, call)
    return machine.modules.load(machine, name, call.node, call.env)


def _first(machine: Machine, call: Call) -> Any:
    return call.args[-1] if call.args else None


def _decorator(machine: Machine, call: Call) -> Any:
    """A decorator (factory) that leaves the function as it is."""
    if len(call.args) == 1 and not call.kwargs and not isinstance(call.args[0], (int, str)):
        return call.args[0]
    return Native("decorator", lambda m, inner: inner.args[0])


def _namedtuple(machine: Machine, call: Call) -> Any:
    name, fields = call.args[0], call.argument(1, "field_names", [])
    fields = fields.replace(",", " ").split() if isinstance(fields, str) else items_of(machine, fields, call)
    if not fields or not all(isinstance(field, str) for field in fields):
        return no(machine, call)
    defaults = items_of(machine, call.kwargs.get("defaults") or [], call) or []

    def make(m: Machine, inner: Call) -> Any:
        from migrator.analyzers.interpreter.values import Instance

        given = dict(zip(fields, inner.args, strict=False)) | inner.kwargs
        tail = dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=True))
        if any(field not in given and field not in tail for field in fields):
            raise RaiseSignal("TypeError", f"{name}() missing an argument")
        return Instance(None, {**{f: given.get(f, tail.get(f)) for f in fields}, "__fields__": list(fields)})

    return Native(str(name), make)


def _sys_exit(machine: Machine, call: Call) -> Any:
    raise RaiseSignal("SystemExit")


def _asdict(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    attributes = getattr(value, "attributes", None)
    return (
        {k: v for k, v in attributes.items() if k != "__fields__"}
        if isinstance(attributes, dict)
        else no(machine, call)
    )


def _replace(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.values import Instance

    value = call.args[0]
    return (
        Instance(value.cls, {**value.attributes, **call.kwargs}) if isinstance(value, Instance) else no(machine, call)
    )


def _not(machine: Machine, call: Call) -> Any:
    known = truth(machine, call.args[0])
    return no(machine, call) if known is None else not known


CALLS: dict[str, Handler] = {
    "os.environ.get": _environ_get,
    "os.getenv": _environ_get,
    "os.path.join": _os_path_join,
    "os.path.exists": _file_check("exists"),
    "os.path.isfile": _file_check("file"),
    "os.path.isdir": _file_check("dir"),
    "os.listdir": _listdir,
    "os.walk": _walk,
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "pathlib.Path": _make_path,
    "pathlib.PurePath": _make_path,
    "pathlib.PosixPath": _make_path,
    "pathlib.PurePosixPath": _make_path,
    "io.open": builtin_functions.FUNCTIONS["open"],
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "functools.wraps": _decorator,
    "functools.lru_cache": _decorator,
    "functools.cache": _decorator,
    "itertools.chain": _chain_items,
    "itertools.groupby": _groupby,
    "itertools.starmap": _starmap,
    "operator.itemgetter": _getter("item"),
    "operator.attrgetter": _getter("attribute"),
    "operator.not_": _not,
    "collections.defaultdict": _defaultdict,
    "collections.namedtuple": _namedtuple,
    "copy.deepcopy": _deepcopy,
    "dataclasses.asdict": _asdict,
    "dataclasses.replace": _replace,
    "datetime.datetime.now": _clock,
    "datetime.datetime.utcnow": _clock,
    "datetime.datetime.today": _clock,
    "datetime.date.today": _clock,
    "pendulum.now": _clock,
    "pendulum.today": _clock,
    "pendulum.yesterday": _clock,
    "pendulum.tomorrow": _clock,
    "time.time": _clock,
    "airflow.utils.dates.days_ago": _clock,
    "airflow.sdk.timezone.utcnow": _clock,
    "airflow.utils.timezone.utcnow": _clock,
    "importlib.import_module": _import_module,
    "builtins.__import__": _import_module,
    "typing.cast": _first,
    "sys.exit": _sys_exit,
    **data_files.CALLS,
    **airflow_library.CALLS,
}
"""Library functions and classes whose calls are evaluated here, by canonical path."""

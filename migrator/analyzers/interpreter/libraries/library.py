"""Names of libraries: constants, calls that are evaluated for real from an explicit allow-list, all else symbolic.

Nothing here reaches the network, starts a process, writes a file, or imports analyzed code.
"""

from __future__ import annotations

import calendar
import collections
import datetime as dt
import math
import posixpath
import re
import string
import uuid
from collections.abc import Callable
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst
from dateutil import relativedelta as relative
from dateutil import rrule as rules

from migrator.analyzers.interpreter import environment
from migrator.analyzers.interpreter.airflow import cosmos as airflow_cosmos
from migrator.analyzers.interpreter.airflow import dagfactory as airflow_dagfactory
from migrator.analyzers.interpreter.airflow import databricks as airflow_databricks
from migrator.analyzers.interpreter.airflow import gusty as airflow_gusty
from migrator.analyzers.interpreter.airflow import library as airflow_library
from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes import enums, records, type_hints, validators
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.language import computed, managers
from migrator.analyzers.interpreter.language.formatting import template_attribute
from migrator.analyzers.interpreter.language.items import ITEM_METHODS
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.methods import join_path, method_of
from migrator.analyzers.interpreter.language.operations import MAX_TEXT, is_exception, join_text, weigh
from migrator.analyzers.interpreter.libraries import (
    builtin_functions,
    clock,
    config_files,
    containers,
    copies,
    data_files,
    dynamic_code,
    files,
    inspection,
    introspection,
    jinja_templates,
    library_classes,
    randomness,
    regular_expressions,
    tables,
    yaml_files,
)
from migrator.analyzers.interpreter.libraries import cron as cron_library
from migrator.analyzers.interpreter.libraries import graph as graph_library
from migrator.analyzers.interpreter.libraries import iteration as iteration_library
from migrator.analyzers.interpreter.libraries import six as six_library
from migrator.analyzers.interpreter.libraries.builtin_functions import FUNCTIONS, items_of, no
from migrator.analyzers.interpreter.libraries.handed_texts import mark_handed, with_handed
from migrator.analyzers.interpreter.libraries.loading import EFFECTS, note
from migrator.analyzers.interpreter.libraries.pure_functions import JSON_WRITERS, PURE, SIZES, TooCostly
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Env,
    External,
    Function,
    Instance,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    contains_symbolic,
    raised,
)
from migrator.analyzers.templates.fields import fields_of_operator
from migrator.operators import names

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Handler = Callable[["Machine", Call], Any]

# ----------------------------------------------------------------------------------------------------------- constants

_VersionInfo = collections.namedtuple("_VersionInfo", "major minor micro releaselevel serial")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CONSTANTS: dict[str, Any] = {
    "typing.TYPE_CHECKING": False,
    "os.sep": "/",
    "os.linesep": "\n",
    "os.path.sep": "/",
    "os.name": "posix",
    "math.pi": math.pi,
    "math.inf": math.inf,
    "math.e": math.e,
    "sys.version_info": _VersionInfo(3, 12, 0, "final", 0),
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
        for name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "punctuation")
    },
    "string.octdigits": string.octdigits,
    "string.whitespace": string.whitespace,
    "string.printable": string.printable,
    "re.VERBOSE": re.VERBOSE,
    "re.X": re.VERBOSE,
    "re.M": re.MULTILINE,
    "re.S": re.DOTALL,
    "re.ASCII": re.ASCII,
    "datetime.date.min": dt.date.min,
    "datetime.date.max": dt.date.max,
    "datetime.time.min": dt.time.min,
    "datetime.time.max": dt.time.max,
    "math.nan": math.nan,
    "math.tau": math.tau,
    "os.curdir": ".",
    "os.pardir": "..",
    **{f"dateutil.relativedelta.{day}": getattr(relative, day) for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")},
    **{f"dateutil.rrule.{day}": getattr(rules, day) for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")},
    **{f"dateutil.rrule.{kind}": getattr(rules, kind) for kind in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")},
    "os.extsep": ".",
    "os.pathsep": ":",
    **{f"uuid.NAMESPACE_{name}": getattr(uuid, f"NAMESPACE_{name}") for name in ("DNS", "URL", "OID", "X500")},
    **{
        f"calendar.{name}": list(getattr(calendar, name))
        for name in ("day_name", "day_abbr", "month_name", "month_abbr")
    },
    **{f"calendar.{name.upper()}": index for index, name in enumerate(_DAYS)},
}


def constant(machine: Machine, path: str) -> Any:
    """The value of a library constant, else MISSING."""
    found = _CONSTANTS.get(path, MISSING)
    if found is MISSING and path.startswith("cosmos.") and (member := airflow_cosmos.constant(path)) is not None:
        return member
    if found is MISSING and path.startswith(("six.", "past.")) and (value := six_library.constant(path)) is not None:
        return value
    return airflow_library.constant(machine, path) if found is MISSING else found


_WITH_TUPLES = tuple(
    f"airflow.providers.{name}."
    for name in ("common.sql.operators", "docker.operators", "http.operators", "standard.operators", "standard.sensors")
)
"""Where `template_fields` is a tuple; other providers have lists, too, and texts cannot be added to one as to the other."""


def external_attribute(machine: Machine, value: External, name: str, node: cst.CSTNode, env: Env) -> Any:
    """An attribute of a library name: a constant, or a longer library name."""
    if name in ("__name__", "__qualname__") and value.path != "builtins":
        # `XCom` is what Airflow calls the class of its XCom backend.
        return "BaseXCom" if value.path.startswith("airflow.") and value.name == "XCom" else value.name
    if name == "template_fields" and value.path.startswith(_WITH_TUPLES):
        return fields_of_operator(value.path) or External(f"{value.path}.{name}")
    imported = f"{value.imported or value.path}.{name}"
    path = names.canonical(f"{value.path}.{name}")
    found = constant(machine, path)
    if found is MISSING and names.canonical(imported) != path:
        path = names.canonical(imported)
        found = constant(machine, path)
    if found is MISSING:
        return External(path, imported)
    return airflow_library.shown_by_name(found, imported)


def external_item(machine: Machine, value: External, key: Any, node: cst.CSTNode, env: Env) -> Any:
    """`os.environ["X"]`, `List[str]`, and items of other library names."""
    if value.path == "os.environ":
        return environment.variable(machine, key, MISSING, node, env)
    if value.path.endswith(".Literal"):
        return type_hints.alias(value, list(key) if isinstance(key, tuple) else [key])
    if value.path == "sys.modules":
        return airflow_library.loaded_module(machine, key, node, env)
    member = constant(machine, f"{value.path}.{key}") if isinstance(key, str) else MISSING
    if member is not MISSING:
        return airflow_library.shown_by_name(member, f"{value.imported or value.path}.{key}")
    return (
        value
        if value.name[:1].isupper() or value.path.startswith("builtins.")
        else machine.unknown(node, env, "an item of a library value")
    )


def opaque_attribute(machine: Machine, value: Opaque, name: str, node: cst.CSTNode, env: Env) -> Any:
    """An attribute of an instance of a library class."""
    found = airflow_library.opaque_attribute(machine, value, name, node, env)
    if found is not MISSING:
        return found
    if value.path == "string.Template":
        found = template_attribute(machine, value, name, node, env)
        if found is not MISSING:
            return found
    if is_exception(value):
        if name == "args":
            return tuple(value.args)
        if name == "value" and value.path == "builtins.StopIteration":
            return value.args[0] if value.args else None
        if name == "__class__":
            return External(value.path)
        if name in ("__cause__", "__context__"):
            return value.kwargs.get("__cause__")
        if name == "with_traceback":
            return Native(name, lambda m, call: value)
    if value.path == "types.SimpleNamespace":
        if name == "__dict__":
            return value.kwargs
        if name not in value.kwargs:
            raise RaiseSignal("AttributeError", f"'types.SimpleNamespace' object has no attribute '{name}'")
    if name in value.kwargs:
        return value.kwargs[name]
    found = machine.unknown(node, env, f"`{name}` of a library object is not known")
    return computed.of_object(found, value.path, value.args, value.kwargs, name)


# --------------------------------------------------------------------------------------------------------------- calls


def call_external(machine: Machine, function: External, call: Call) -> Any:
    """Calls a library function or class; of a pure one, what it makes of values that are only known when the code runs is told."""
    found = _call_external(machine, function, call)
    return found if call.star else computed.of_call(found, function.path, call.args, call.kwargs)


def _call_external(machine: Machine, function: External, call: Call) -> Any:
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
        method = unbound_method(path)
        if method is not None and call.args:
            if method in ITEM_METHODS:
                rest = Call(call.args[1:], call.kwargs, call.node, call.env, call.star)
                return ITEM_METHODS[method](machine, call.args[0], rest)
            bound = method_of(enum_value(call.args[0]), method)
            if bound is not None:
                return bound.call(machine, Call(call.args[1:], call.kwargs, call.node, call.env, call.star))
    if path in JSON_WRITERS and len(call.args) == 1 and not call.kwargs.keys() & {"cls", "default"}:
        return _json_text(machine, PURE[path], call)
    if path in EFFECTS:
        note(machine, EFFECTS[path], call)
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
        from migrator.analyzers.interpreter.airflow.tasks import make_task

        return make_task(machine, function, call)
    if not path.startswith(_HARMLESS):
        from migrator.analyzers.interpreter.language.calls import announce_unfollowed

        announce_unfollowed(machine, function, call)
    if last[:1].isupper() or path.startswith(("builtins.", "attr.", "attrs.")) or last in ("field", "dataclass"):
        return Opaque(
            path, call.args, call.kwargs, machine.span(call.node, call.env), machine.source(call.node, call.env)[:400]
        )
    return machine.unknown(call.node, call.env, f"`{path}` is not evaluated")


_HARMLESS = ("builtins.", "logging.", "warnings.", "pprint.", "airflow.", "typing.", "cosmos.", "sys.", "os.", "json.")
"""Libraries whose functions neither make DAGs nor change the ones that they are given, where they are not evaluated."""


def unbound_method(path: str) -> str | None:
    """The method that `str.strip` and the like name: `builtins.TYPE.METHOD`."""
    parts = path.split(".")
    return parts[2] if len(parts) == 3 and parts[1] in ("str", "list", "dict", "set", "bytes", "tuple", "int") else None


def call_pure(machine: Machine, function: Callable[..., Any], call: Call) -> Any:
    """Calls a real function of the allow-list, when all arguments are known."""
    args = [prepare(machine, a, call) for a in call.args]
    kwargs = {
        name: _as_function(machine, a, call) if name in _HOOKS else prepare(machine, a, call)
        for name, a in call.kwargs.items()
    }
    if call.star or any(contains_symbolic(a) or isinstance(a, af.AirflowObject) for a in (*args, *kwargs.values())):
        return no(machine, call)
    for argument in (*args, *kwargs.values()):
        weigh(machine, argument)
        if isinstance(argument, (str, bytes)) and len(argument) > 1_000:
            machine.charge(len(argument) // 50)
        if isinstance(argument, int) and abs(argument) > 10**6 and function in SIZES:
            return no(machine, call, "the result would be too large")
    try:
        result = function(*args, **kwargs)
        if isinstance(result, (str, bytes)) and len(result) > MAX_TEXT:
            raise RaiseSignal("MemoryError", "the text is too long")
        return result
    except RaiseSignal:
        raise
    except TooCostly as error:
        return no(machine, call, str(error))
    except Exception as error:
        raise raised(error) from None


def _json_text(machine: Machine, function: Callable[..., Any], call: Call) -> Any:
    """The JSON of data, which may hold what tasks hand over."""
    weigh(machine, call.args[0])
    plain, handed = mark_handed(call.args[0])
    if not handed:
        return call_pure(machine, function, call)
    text = call_pure(machine, function, Call([plain], call.kwargs, call.node, call.env, call.star))
    found = with_handed(text, handed) if isinstance(text, str) else text
    return no(machine, call) if found is None else found


_HOOKS = frozenset({"key", "default", "cls", "object_hook", "object_pairs_hook", "parse_float", "parse_int"})
"""Arguments of library functions that are called by them."""


def _as_function(machine: Machine, value: Any, call: Call) -> Any:
    """A function of the analyzed code as one that Python's own may call; of an encoder's class its `default`."""
    if isinstance(value, Class):
        found = value.find("default")
        value = BoundMethod(found, Instance(value)) if isinstance(found, Function) else value
    if isinstance(value, (Function, BoundMethod, Native, PartialCall, Class, External)):
        return lambda *args, **kwargs: machine.call(value, list(args), kwargs, call.node, call.env)
    return prepare(machine, value, call)


def prepare(machine: Machine, value: Any, call: Call) -> Any:
    value = machine.settle(enum_value(value) if is_data_enum(value) else value, call.node, call.env)
    return value.take() if isinstance(value, LazyItems) else value


# ----------------------------------------------------------------------------------------- calls that need the machine


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
    top = files.locate(machine, call.args[0], call)
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
    defaults = items_of(machine, call.kwargs.get("defaults") or [], call)
    if fields is None or defaults is None or not all(isinstance(field, str) for field in (name, *fields)):
        return no(machine, call)
    if len(defaults) > len(fields):
        raise RaiseSignal("TypeError", "Got more default values than field names")
    return records.named_tuple_class(machine, name, fields, defaults, call)


def _typing_named_tuple(machine: Machine, call: Call) -> Any:
    pairs = items_of(machine, call.argument(1, "fields", []), call)
    if pairs is None or not all(isinstance(pair, tuple) and isinstance(pair[0], str) for pair in pairs):
        return no(machine, call)
    return records.named_tuple_class(machine, call.args[0], [pair[0] for pair in pairs], [], call)


def _object_setattr(machine: Machine, call: Call) -> Any:
    """`object.__setattr__(instance, name, value)`: past what the class does about it."""
    target, name, value = call.args[:3]
    if hasattr(target, "attributes") and isinstance(name, str):
        target.attributes[name] = value


def _object_new(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.attributes import new_object

    return new_object(machine, call)


def _from_keys(machine: Machine, call: Call) -> Any:
    keys = items_of(machine, call.args[0], call)
    return no(machine, call) if keys is None else dict.fromkeys(keys, call.argument(1, "value"))


def _opaque(path: str) -> Handler:
    """A library object that other code here knows what to do with."""
    return lambda machine, call: Opaque(path, call.args, call.kwargs, machine.span(call.node, call.env))


def _enum_auto(machine: Machine, call: Call) -> Any:
    return Opaque("enum.auto", [], {}, machine.span(call.node, call.env), "auto()")


def _enum_class(path: str) -> Handler:
    return lambda machine, call: enums.functional(machine, path, call)


def _scandir(machine: Machine, call: Call) -> Any:
    """`os.scandir(path)`: its entries."""
    path = call.argument(0, "path", ".")
    names = files.list_folder(machine, path, call)
    base = files.locate(machine, path, call)
    return (
        no(machine, call) if names is None or base is None else LazyItems([files.Entry(f"{base}/{n}") for n in names])
    )


def _string_io(machine: Machine, call: Call) -> Any:
    text = call.argument(0, "initial_value", "")
    return files.TextFile(text) if isinstance(text, str) else no(machine, call)


def _sys_exit(machine: Machine, call: Call) -> Any:
    raise RaiseSignal("SystemExit")


CALLS: dict[str, Handler] = {
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
    "posixpath.join": _os_path_join,
    "os.scandir": _scandir,
    "io.StringIO": _string_io,
    "collections.namedtuple": _namedtuple,
    "typing.NamedTuple": _typing_named_tuple,
    "builtins.object.__setattr__": _object_setattr,
    "builtins.object.__new__": _object_new,
    "builtins.str.__new__": _object_new,
    "builtins.dict.fromkeys": _from_keys,
    "collections.OrderedDict.fromkeys": _from_keys,
    "contextlib.nullcontext": _opaque("contextlib.nullcontext"),
    "contextlib.suppress": _opaque("contextlib.suppress"),
    "contextlib.closing": _opaque("contextlib.closing"),
    **managers.CALLS,
    **six_library.CALLS,
    **library_classes.CALLS,
    **copies.CALLS,
    **cron_library.CALLS,
    **dynamic_code.CALLS,
    **environment.CALLS,
    "enum.auto": _enum_auto,
    **{f"enum.{kind}": _enum_class(f"enum.{kind}") for kind in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")},
    "enum.unique": _decorator,
    "abc.abstractmethod": _decorator,
    "typing.final": _decorator,
    "typing.overload": _decorator,
    "typing.no_type_check": _decorator,
    "typing.runtime_checkable": _decorator,
    "atexit.register": _decorator,
    **iteration_library.CALLS,
    **regular_expressions.CALLS,
    **randomness.CALLS,
    **clock.CALLS,
    **containers.CALLS,
    **config_files.CALLS,
    **records.CALLS,
    **validators.CALLS,
    "typing.cast": _first,
    "sys.exit": _sys_exit,
    **data_files.CALLS,
    **yaml_files.CALLS,
    **tables.CALLS,
    **graph_library.CALLS,
    **jinja_templates.CALLS,
    **introspection.CALLS,
    **inspection.CALLS,
    **type_hints.CALLS,
    "builtins.dir": introspection.dir_of,
    **airflow_library.CALLS,
    **airflow_dagfactory.CALLS,
    **airflow_cosmos.CALLS,
    **airflow_databricks.CALLS,
    **airflow_gusty.CALLS,
}
"""Library functions and classes whose calls are evaluated here, by canonical path."""

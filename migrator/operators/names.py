"""Names of Airflow things: today's for any that some version of Airflow used, and what Airflow calls a task's class.

Reads `renames.toml` once, when the first name is asked for. All functions take dotted paths as imports write them and answer
by dictionary look-ups alone; a path that nobody knows (own code, other libraries) comes back unchanged.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from migrator.model.frozen import dataclass

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BASE_SENSOR = "airflow.sdk.BaseSensorOperator"

_OPERATOR_ENDINGS = ("Operator", "OperatorAsync", "Sensor", "SensorAsync", "Transfer")
_KNOWN_OPERATORS = frozenset(
    {
        "airflow.providers.standard.sensors.external_task.ExternalTaskMarker",
        "airflow.providers.common.sql.operators.generic_transfer.GenericTransfer",
    }
)
_NOT_OPERATORS = frozenset(
    {
        "airflow.sdk.types.Operator",
        "airflow.sdk.bases.decorator.DecoratedMappedOperator",
        "airflow.sdk.definitions.mappedoperator.MappedOperator",
        "airflow.sdk.definitions._internal.abstractoperator.AbstractOperator",
    }
)
_OTHER_ENDINGS = ("Hook", "Link", "Trigger", "Timetable", "Exception", "Error", "Mixin", "MixIn", "Notifier", "Backend")


@dataclass(frozen=True, slots=True)
class _Tables:
    modules: Mapping[str, str]
    names: Mapping[str, str]
    own_names: Mapping[str, str]
    arguments: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, tuple[str, ...]]
    decorators: Mapping[str, str]


@cache
def _tables() -> _Tables:
    raw = tomllib.loads(Path(__file__).with_name("renames.toml").read_text(encoding="utf-8"))
    pairs = {key: dict(line.split() for line in raw[key].splitlines()) for key in ("modules", "names", "own_names")}
    parameters = {path: tuple(names) for path, names in raw["parameters"].items()}
    return _Tables(**pairs, arguments=raw["arguments"], parameters=parameters, decorators=raw["decorators"])


def canonical_module(path: str) -> str:
    """Today's name of a module; unchanged where its names went to several places or it has not moved."""
    return _tables().modules.get(path, path)


@lru_cache(maxsize=8192)
def canonical(path: str) -> str:
    """Today's qualified name of a class, function, decorator, or of an attribute of one (`airflow.decorators.task.branch`)."""
    shown = _moved(path)
    return _tables().own_names.get(shown, shown)


@lru_cache(maxsize=8192)
def display_name(path: str) -> str:
    """The class's name as Airflow shows it for a task: `DummyOperator` is only an alias (`EmptyOperator`), `SimpleHttpOperator` was a class."""
    return _moved(path).rpartition(".")[2]


def _moved(path: str) -> str:
    """Where the longest known beginning of the path went, with the rest behind it."""
    if not path.startswith("airflow."):
        return path
    tables = _tables()
    head, tail = path, ""
    while "." in head:
        if (new := tables.names.get(head)) is not None:
            return new + tail
        parent, _, last = head.rpartition(".")
        if (new := tables.modules.get(parent)) is not None:
            return f"{new}.{last}{tail}"
        head, tail = parent, f".{last}{tail}"
    return path


def is_operator(path: str) -> bool | None:
    """Whether a library class makes tasks; None where its name does not tell. `path` as imported or canonical."""
    name = canonical(path)
    if name in _KNOWN_OPERATORS:
        return True
    if name in _NOT_OPERATORS:
        return False
    last = name.rpartition(".")[2]
    if last.endswith(_OPERATOR_ENDINGS) and last[:1] in "_ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        return True
    if last.endswith(_OTHER_ENDINGS) or name.startswith("airflow.sdk."):
        return False
    return None


def argument_name(operator_path: str, name: str) -> str:
    """Today's name of an argument of an operator, of `airflow.sdk.DAG`, or of a function such as `airflow.sdk.Variable.get`."""
    arguments = _tables().arguments
    # The old class's own table first: one that was renamed may have taken other names than today's.
    for key in (operator_path, canonical(operator_path)):
        if (new := arguments.get(key, {}).get(name)) is not None:
            return new
    return arguments["*"].get(name, name) if is_operator(operator_path) else name


def parameters(path: str) -> tuple[str, ...]:
    """Names of the parameters that people give by position, in order; empty where only keywords are used."""
    known = _tables().parameters
    return known.get(path) or known.get(canonical(path), ())


def decorator_of(path: str) -> str | None:
    """The decorator whose tasks have this class, the short one (`task`) before `task.python`; None if it is no such class."""
    return next((decorator for decorator, cls in _tables().decorators.items() if cls == path), None)


def decorated_class(decorator: str) -> str | None:
    """The class of the tasks that a decorator (`task`, `task.branch`) makes, canonical; None for decorators nobody knows."""
    return _tables().decorators.get(decorator)

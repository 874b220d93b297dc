"""What a trial is given, and what comes of it: plain data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the function. `kind` is `context`, `config`, `resource` or `value`.

    `fields` are a config's values; `returns` says for each method of a resource how its result is annotated; `values` are those to try,
    in order, and `annotation` is what the code says of it.
    """

    kind: str
    annotation: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    returns: Mapping[str, str] = field(default_factory=dict)
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One function to try: `module` is its file, below the folder of the sources, `reference` the expression that gives it there.

    `date` is the moment that the run is for, `end` the end of its partition's window, `key` that partition's key (empty: there are none).
    `keys` are those of its dimensions, where there are several. `has_key` and `has_window`: the context tells the key and the window when the function is called directly.
    """

    module: str
    reference: str
    parameters: Mapping[str, Parameter]
    date: dt.datetime
    end: dt.datetime
    key: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    has_key: bool = False
    has_window: bool = False


class TheContext:
    """Stands for the context of the call, where it is handed on."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a stand-in: `target` is the resource's parameter, `subprocess` or `shell`. `used`: the code reads what it returned."""

    target: str
    method: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    returned: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something of Dagster's that the function yields, returns or logs: `type` is the class, `arguments` what it was made with."""

    type: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial; `reason` says why it cannot be told, and then all else is empty.

    `arguments` are the values that were given, `result` what was returned (a list of `Event`s where `yields`), `env` the environment
    variables that it read, `asked` what helpers said that ask for the run, by their names (`logical_date`, `run_conf`...).
    """

    reason: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Any = None
    yields: bool = False
    printed: str = ""
    calls: tuple[Called, ...] = ()
    logged: tuple[Event, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)

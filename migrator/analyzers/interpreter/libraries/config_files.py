"""`configparser` for the files of the folder."""

from __future__ import annotations

import configparser
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.language.operations import iterate
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.values import MISSING, Call, Env, Native, RaiseSignal, is_symbolic

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine

_READERS = frozenset({"get", "getint", "getfloat", "getboolean", "items", "options", "sections"})
_READERS |= {"has_section", "has_option", "defaults"}
_SECTION_READERS = frozenset({"get", "getint", "getfloat", "getboolean", "items", "keys", "values"})


class ConfigFile(AirflowObject):
    """A `ConfigParser`. `complete` is false once it was asked to read what is not known."""

    __slots__ = ("complete", "parser")

    def __init__(self, parser: configparser.RawConfigParser) -> None:
        self.parser, self.complete = parser, True

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name in ("read", "read_file", "read_string", "read_dict"):
            return Native(name, lambda m, call: self.read(m, name, call))
        if name in ("set", "add_section"):
            return Native(name, lambda m, call: _guarded(self, name, m, call))
        if name in _READERS and self.complete:
            return Native(name, lambda m, call: _guarded(self, name, m, call))
        return MISSING

    def read(self, machine: Machine, name: str, call: Call) -> Any:
        source = machine.settle(call.args[0], call.node, call.env) if call.args else None
        if name == "read":
            paths = iterate(machine, source, call.node, call.env) if isinstance(source, (list, tuple)) else [source]
            texts = []
            for path in paths or []:
                try:
                    texts.append(files.read(machine, path, call))
                except RaiseSignal:
                    continue  # `read` passes over files that are not there
        else:
            texts = ["".join(source.lines.take()) if isinstance(source, files.TextFile) else source]
        for text in texts:
            if name == "read_dict" and isinstance(text, dict):
                self.parser.read_dict(text)
            elif isinstance(text, str):
                _protected(lambda content=text: self.parser.read_string(content))  # type: ignore[misc]
            else:
                self.complete = False
        return list(call.args[:1])

    def item(self, key: Any) -> Any:
        """`parser["section"]`."""
        if not isinstance(key, str) or (key not in self.parser and not self.complete):
            return MISSING
        if key not in self.parser:
            raise RaiseSignal("KeyError", repr(key))
        return ConfigSection(self, key)

    def set_item(self, key: Any, value: Any) -> None:
        if isinstance(key, str) and isinstance(value, dict):
            self.parser.read_dict({key: value})
        else:
            self.complete = False

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any] | None:
        return list(self.parser) if self.complete else None

    def holds(self, item: Any) -> bool | None:
        return item in self.parser if self.complete and isinstance(item, str) else None


class ConfigSection(AirflowObject):
    """A section of a `ConfigParser`."""

    __slots__ = ("file", "name")

    def __init__(self, file: ConfigFile, name: str) -> None:
        self.file, self.name = file, name

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "name":
            return self.name
        if name in _SECTION_READERS:
            section = self.file.parser[self.name]

            def method(m: Machine, call: Call) -> Any:
                result = _protected(lambda: getattr(section, name)(*call.args, **call.kwargs))
                return list(result) if name in ("items", "keys", "values") else result

            return Native(name, method)
        return MISSING

    def item(self, key: Any) -> Any:
        if not isinstance(key, str):
            return MISSING
        return _protected(lambda: self.file.parser[self.name][key])

    def set_item(self, key: Any, value: Any) -> None:
        if isinstance(key, str) and isinstance(value, str):
            self.file.parser[self.name][key] = value

    def mapping(self) -> dict[Any, Any] | None:
        return dict(_protected(lambda: list(self.file.parser[self.name].items())))

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any] | None:
        return list(self.file.parser[self.name])

    def holds(self, item: Any) -> bool | None:
        return item in self.file.parser[self.name] if isinstance(item, str) else None


def _guarded(file: ConfigFile, name: str, machine: Machine, call: Call) -> Any:
    if any(is_symbolic(value) for value in (*call.args, *call.kwargs.values())):
        return machine.unknown(call.node, call.env, "an argument is not known")
    result = _protected(lambda: getattr(file.parser, name)(*call.args, **call.kwargs))
    return dict(result) if name == "defaults" else result


def _protected(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except Exception as error:
        raise RaiseSignal(type(error).__name__, str(error)[:200]) from None


def _make(kind: type[configparser.RawConfigParser]) -> Callable[[Machine, Call], Any]:
    def make(machine: Machine, call: Call) -> Any:
        allowed = {"allow_no_value", "delimiters", "comment_prefixes", "inline_comment_prefixes", "strict"}
        options = {k: v for k, v in call.kwargs.items() if k in allowed and not is_symbolic(v)}
        interpolation = call.kwargs.get("interpolation", MISSING)
        if interpolation is None:
            options["interpolation"] = None
        elif getattr(interpolation, "path", "") == "configparser.ExtendedInterpolation":
            options["interpolation"] = configparser.ExtendedInterpolation()
        return ConfigFile(_protected(lambda: kind(**options)))

    return make


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "configparser.ConfigParser": _make(configparser.ConfigParser),
    "configparser.SafeConfigParser": _make(configparser.ConfigParser),
    "configparser.RawConfigParser": _make(configparser.RawConfigParser),
}
"""Calls of the parser classes, by canonical path."""

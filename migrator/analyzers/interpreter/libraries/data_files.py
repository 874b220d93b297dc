"""Reading JSON, TOML and CSV of the folder's own files, bounded in size."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.operations import MAX_ITEMS
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import Call, RaiseSignal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def loader(parse: Callable[[str], Any]) -> Callable[[Machine, Call], Any]:
    """`json.load`, `toml.load`: parses the text of an open file, or a text."""

    def load(machine: Machine, call: Call) -> Any:
        source = machine.settle(call.args[0], call.node, call.env) if call.args else call.kwargs.get("stream")
        if isinstance(source, files.TextFile):
            source = "".join(source.lines.take())
        if isinstance(source, PurePath):
            source = files.read(machine, source, call)
        if not isinstance(source, (str, bytes)):
            return no(machine, call, "the file's content is not known")
        try:
            return parse(source if isinstance(source, str) else source.decode())
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)[:200]) from None

    return load


def _csv(kind: str) -> Callable[[Machine, Call], Any]:
    def read(machine: Machine, call: Call) -> Any:
        source = call.args[0]
        lines = None
        if isinstance(source, files.TextFile):
            lines = source.lines.take()
        elif isinstance(source, list) and all(isinstance(line, str) for line in source):
            lines = source
        if lines is not None:
            separator = call.kwargs.get("delimiter", ",")
            separator = separator if isinstance(separator, str) else ","
            fields = call.argument(1, "fieldnames") if kind == "dict" else None
            if isinstance(fields, (list, tuple)):
                return LazyItems(list(csv.DictReader(lines, fields, delimiter=separator))[:MAX_ITEMS])
            if kind == "reader":
                return LazyItems(list(csv.reader(lines, delimiter=separator))[:MAX_ITEMS])
            return LazyItems(list(csv.DictReader(lines, delimiter=separator))[:MAX_ITEMS])
        return no(machine, call)

    return read


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "json.load": loader(json.loads),
    "tomllib.load": loader(tomllib.loads),
    "tomllib.loads": loader(tomllib.loads),
    "toml.load": loader(tomllib.loads),
    "toml.loads": loader(tomllib.loads),
    "tomli.load": loader(tomllib.loads),
    "tomli.loads": loader(tomllib.loads),
    **{
        f"{package}.{name}": loader(json.loads)
        for package in ("ujson", "simplejson", "orjson")
        for name in ("load", "loads")
    },
    "csv.reader": _csv("reader"),
    "csv.DictReader": _csv("dict"),
}
"""Parsers of data files, by canonical path."""

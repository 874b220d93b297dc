"""Reading YAML, JSON, TOML and CSV of the folder's own files, bounded in size."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter import files
from migrator.analyzers.interpreter.builtin_functions import no
from migrator.analyzers.interpreter.iterators import LazyItems
from migrator.analyzers.interpreter.operations import MAX_ITEMS
from migrator.analyzers.interpreter.values import Call, RaiseSignal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def _loader(parse: Callable[[str], Any]) -> Callable[[Machine, Call], Any]:
    """`yaml.safe_load`, `json.load`: parses the text of an open file, or a text."""

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


def parse_yaml(text: str) -> Any:
    """YAML without tags that make objects, of bounded size. ValueError if it is a bomb of aliases, or not one document."""
    documents = parse_documents(text)
    if len(documents) > 1:
        raise ValueError("expected a single document in the stream")
    return documents[0] if documents else None


def parse_documents(text: str) -> list[Any]:
    """All documents of a YAML stream. ValueError where they are too large, shared parts counted each time."""
    import yaml

    if len(text) > 2_000_000:
        raise ValueError("the YAML is too large")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    documents = []
    try:
        while loader.check_node():
            node = loader.get_node()
            if merged_size(node, {}, 0) > MAX_ITEMS:
                raise ValueError("the YAML is too large")
            documents.append(loader.construct_document(node))
    finally:
        loader.dispose()
    if sum(map(expanded_size, documents)) > MAX_ITEMS:
        raise ValueError("the YAML is too large")
    return documents


def merged_size(node: Any, seen: dict[int, int], depth: int) -> int:
    """An upper bound of the pairs that building a document copies for its merge keys (`<<`)."""
    if id(node) in seen or not isinstance(node.value, list):
        return seen.get(id(node), 1)
    if depth > 200:
        return MAX_ITEMS + 1
    seen[id(node)] = 1
    total = 1
    for part in node.value:
        for child in part if isinstance(part, tuple) else (part,):
            total += merged_size(child, seen, depth + 1)
            if total > MAX_ITEMS:
                break
    seen[id(node)] = total
    return total


def expanded_size(value: Any, seen: dict[int, int] | None = None, open_: set[int] | None = None) -> int:
    """How many values there are when shared ones are counted each time; beyond any limit for a cycle."""
    seen, open_ = {} if seen is None else seen, set() if open_ is None else open_
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) in open_ or len(open_) > 200:
        return MAX_ITEMS + 1
    if id(value) not in seen:
        open_.add(id(value))
        items = list(value.values()) if isinstance(value, dict) else value
        seen[id(value)] = 1 + sum(expanded_size(item, seen, open_) for item in items)
        open_.discard(id(value))
    return seen[id(value)]


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
    "yaml.safe_load": _loader(parse_yaml),
    "yaml.load": _loader(parse_yaml),
    "yaml.full_load": _loader(parse_yaml),
    "yaml.safe_load_all": _loader(parse_documents),
    "yaml.load_all": _loader(parse_documents),
    "json.load": _loader(json.loads),
    "tomllib.load": _loader(tomllib.loads),
    "tomllib.loads": _loader(tomllib.loads),
    "toml.load": _loader(tomllib.loads),
    "toml.loads": _loader(tomllib.loads),
    "csv.reader": _csv("reader"),
    "csv.DictReader": _csv("dict"),
}
"""Parsers of data files, by canonical path."""

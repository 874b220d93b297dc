"""Files of the folder that a task's code reads itself: SQL and settings that lie beside it, as values.

In: a call that reads (`open(p).read()`, `Path(p).read_text()`, `json.load(f)`, `jinja2.Template(text).render(...)`). Out: the text, or what is
parsed of it; None where the call is none of these or the file is not in the folder.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.callables.fold_library import text
from migrator.analyzers.io.own_files import own_file
from migrator.analyzers.io.python.names import rendered
from migrator.analyzers.io.python.values import Made, Scope, Step, as_text
from migrator.model.values import Symbolic, Text, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

MAX_TEXT = 200_000
"""Characters of a file that is taken as a value."""
_OPEN = frozenset({"builtins.open", "io.open", "codecs.open"})
_READS = frozenset({"read", "read_text"})
_FIELD = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)\s*-?\}\}")


def read_value(evaluator: Evaluator, owner: Value, step: Step, scope: Scope) -> Value:
    """What a method that reads a file, or renders a template, gives."""
    if step.name in _READS and not step.args:
        path = opened_path(owner) if step.name == "read" else owner
        return file_text(evaluator, path, scope)
    if step.name == "render" and isinstance(owner, Made) and owner.root == "jinja2.Template" and len(owner.steps) == 1:
        source = owner.steps[0].argument(0, "source")
        return _filled(source, step.kwargs) if isinstance(source, str) else None
    return None


def parsed_value(evaluator: Evaluator, path: str, step: Step, scope: Scope) -> Value:
    """What `json.load` and the like give."""
    parser = _parsers().get(path)
    if parser is None or not step.args:
        return None
    given = step.args[0]
    source = given if isinstance(given, str) else file_text(evaluator, opened_path(given), scope)
    if not isinstance(source, str) or len(source) > MAX_TEXT:
        return None
    try:
        found = parser(source)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list, str)) else None


def opened_path(value: Value) -> Value:
    """The path that an open file was opened with for reading; None for all else."""
    if not isinstance(value, Made) or value.root not in _OPEN or len(value.steps) != 1:
        return None
    mode = value.steps[0].argument(1, "mode")
    return None if isinstance(mode, str) and set("wax") & set(mode) else value.steps[0].argument(0, "file", "filename")


def file_text(evaluator: Evaluator, path: Value, scope: Scope) -> str | None:
    """The text of a file of the folder."""
    name = rendered(path) if isinstance(path, (str, Text, Symbolic)) else None
    if name is None or evaluator.folder is None:
        return None
    found = own_file(evaluator.folder, name, posixpath.dirname(scope.module.file))
    return None if found is None or len(found[1]) > MAX_TEXT else found[1]


def _filled(source: str, given: Mapping[str, Value]) -> Value:
    """A template with the values that it is given; what it is not given stays."""
    parts: list[Value] = []
    position = 0
    for match in _FIELD.finditer(source):
        parts += [source[position : match.start()], as_text(given[match[1]]) if match[1] in given else match[0]]
        position = match.end()
    return text([*parts, source[position:]])


@functools.cache
def _parsers() -> Mapping[str, Callable[[str], object]]:
    import json

    from migrator.analyzers.interpreter.yaml_files import parse_yaml

    yaml = dict.fromkeys(("yaml.safe_load", "yaml.load", "yaml.full_load"), parse_yaml)
    return {"json.load": json.loads, "json.loads": json.loads, **yaml}

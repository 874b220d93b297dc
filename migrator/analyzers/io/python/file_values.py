"""Files of the folder that a task's code reads itself: SQL and settings that lie beside it, as values.

In: a call that reads (`open(p).read()`, `Path(p).read_text()`, `json.load(f)`, `jinja2.Template(text).render(...)`). Out: the text, or what is
parsed of it; None where the call is none of these or the file is not in the folder.
"""

from __future__ import annotations

import functools
import json
import posixpath
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.callables.folding.library import join_path, text
from migrator.analyzers.io.names import assumed, defaults_of
from migrator.analyzers.io.own_files import own_file
from migrator.analyzers.io.python.names import rendered
from migrator.analyzers.io.python.values import Made, OwnModule, OwnPackage, Scope, Step, as_text, either
from migrator.model.values import Symbolic, Text, Value, is_known

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

MAX_TEXT = 200_000
"""Characters of a file that is taken as a value."""
_FILESYSTEMS = ("s3fs.", "gcsfs.", "adlfs.", "fsspec.")
_OPEN = frozenset({"builtins.open", "io.open", "codecs.open"})
_OF_PATHS = frozenset({"omegaconf.OmegaConf.load", "toml.load"})
"""Parsers that are given a path."""
_READS = frozenset({"read", "read_text"})
_RESOURCES = frozenset(
    [
        *(f"importlib.resources.{name}" for name in ("files", "open_text", "read_text")),
        *(f"importlib_resources.{name}" for name in ("files", "open_text", "read_text")),
        "pkgutil.get_data",
    ]
)
"""Functions that find files of a package."""
_SETTINGS = frozenset({"context", "env", "variable", "connection", "param"})
"""What stands for a value that a run has."""
_PART = re.compile("\ue000(\\d+)\ue001")
_FIELD = re.compile(r"\{\{-?\s*([A-Za-z_][\w.]*)\s*-?\}\}")
_DOLLAR = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


def read_value(evaluator: Evaluator, owner: Value, step: Step, scope: Scope) -> Value:
    """What a method that reads a file, or renders a template, gives."""
    if step.name in _READS and not step.args:
        path = opened_path(owner) if step.name == "read" else owner
        return file_text(evaluator, path, scope)
    if step.name == "render" and isinstance(owner, Made) and owner.root.startswith("jinja2."):
        source = _template_source(evaluator, owner, scope)
        given = step.args[0] if step.args and isinstance(step.args[0], dict) else {}
        return _rendered(source, {**given, **step.kwargs}) if isinstance(source, str) else None
    if step.name in ("substitute", "safe_substitute") and isinstance(owner, Made) and owner.root == "string.Template":
        source = owner.steps[0].argument(0, "template")
        given = step.args[0] if step.args and isinstance(step.args[0], dict) else {}
        return _filled(source, {**given, **step.kwargs}, _DOLLAR) if isinstance(source, str) else None
    if (
        step.name in ("glob", "ls", "find")
        and isinstance(owner, Made)
        and owner.root.startswith(_FILESYSTEMS)
        and step.args
    ):
        listed = step.args[0]
        if step.name != "glob":
            listed = join_path([listed, Symbolic("unknown", "")]) if isinstance(listed, (str, Text)) else None
        return [listed] if isinstance(listed, (str, Text)) else None
    if step.name == "load" and isinstance(owner, Made) and owner.root == "ruamel.yaml.YAML" and step.args:
        return parsed_value(evaluator, "yaml.safe_load", step, scope)
    if step.name == "render_template" and step.args:
        return step.args[0]
    return None


def _template_source(evaluator: Evaluator, owner: Made, scope: Scope) -> Value:
    """The text of a template of jinja2: given to `Template` or `from_string`, or a file below the folders of an environment's loader."""
    given = owner.step("Template", "from_string")
    if given is not None:
        return given.argument(0, "source")
    got, environment = owner.step("get_template"), owner.step("Environment", "SandboxedEnvironment")
    loader = environment.argument(None, "loader") if environment is not None else None
    if got is None or not isinstance(loader, Made) or not loader.steps:
        return None
    name, made = got.argument(0, "name"), loader.steps[0]
    folders = made.argument(0, "searchpath")
    if made.name == "PackageLoader":
        package = made.argument(0, "package_name")
        path = made.argument(1, "package_path")
        folders = f"{package.replace('.', '/')}/{path or 'templates'}" if isinstance(package, str) else None
    for folder in folders if isinstance(folders, (list, tuple)) else [folders]:
        found = file_text(evaluator, join_path([folder, name]), scope) if folder is not None else None
        if found is not None:
            return found
    return None


def _rendered(source: str, given: Mapping[str, Value]) -> Value:
    """What a template gives: one of its texts where conditions that are not known decide."""
    from migrator.analyzers.io.sql_jinja import PARTLY_KNOWN, expanded

    names = list(given)
    shown = {
        name: value if is_known(value) else PARTLY_KNOWN.format(names.index(name))
        for name, value in given.items()
        if is_known(value) or isinstance(value, Text) or (isinstance(value, Symbolic) and value.kind in _SETTINGS)
    }
    return either([_with_parts(one, given, names) for one in expanded(source, shown)])


def _with_parts(source: str, given: Mapping[str, Value], names: list[str]) -> Value:
    """As `_filled`, with the values that are known in part where the expanded template stands for them."""
    pieces = _PART.split(source)
    return text(
        [as_text(given[names[int(one)]]) if index % 2 else _filled(one, given) for index, one in enumerate(pieces)]
    )


def parsed_value(evaluator: Evaluator, path: str, step: Step, scope: Scope) -> Value:
    """What `json.load` and the like give."""
    if path in _RESOURCES:
        return _resource(evaluator, path, step, scope)
    parser = _parsers().get(path)
    if parser is None or not step.args:
        return None
    given = evaluator.settled(step.args[0])
    if path in _OF_PATHS and isinstance(given, (str, Text)):
        return _parsed(file_text(evaluator, given, scope), parser)
    source = given if isinstance(given, str) else file_text(evaluator, opened_path(given), scope)
    return _parsed(source, parser)


def _resource(evaluator: Evaluator, path: str, step: Step, scope: Scope) -> Value:
    """Files of a package: its folder (`files(package)`), the text of one, or one that is opened."""
    folder = _package_folder(evaluator, step.argument(0, "package", "anchor"), scope)
    if folder is None or path.endswith(".files"):
        return folder
    name = step.argument(1, "resource")
    file = join_path([folder, name]) if isinstance(name, (str, Text)) else None
    if path.endswith(".open_text"):
        return Made("builtins.open", (Step("open", (file,)),))
    return file_text(evaluator, file, scope)


def _package_folder(evaluator: Evaluator, package: Value, scope: Scope) -> str | None:
    if package is None:
        return posixpath.dirname(scope.module.file)
    found = evaluator.module_member(package, scope.module) if isinstance(package, str) else package
    if isinstance(found, OwnModule):
        return posixpath.dirname(found.module.file)
    if isinstance(package, OwnPackage):
        package = package.path
    return package.replace(".", "/") if isinstance(package, str) else None


def _parsed(source: Value, parser: Callable[[str], object]) -> Value:
    if not isinstance(source, str) or len(source) > MAX_TEXT:
        return None
    try:
        found = parser(source)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list, str)) else None


def parsed_text(evaluator: Evaluator, given: Value, scope: Scope, *, is_path: bool) -> Value:
    """What JSON says, as a text or in a file; None where it is not known."""
    return _parsed(file_text(evaluator, given, scope) if is_path else given, json.loads)


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
    place = posixpath.dirname(scope.module.file)
    found = own_file(evaluator.folder, name, place)
    default = assumed(name, defaults_of(path))
    if found is None and default != name:
        found = own_file(evaluator.folder, default, place)
    return None if found is None or len(found[1]) > MAX_TEXT else found[1]


def _filled(source: str, given: Mapping[str, Value], field: re.Pattern[str] = _FIELD) -> Value:
    """A template with the values that it is given; what it is not given stays."""
    parts: list[Value] = []
    position = 0
    for match in field.finditer(source):
        head, *path = next(group for group in match.groups() if group is not None).split(".")
        value = given.get(head, match[0])
        for key in path:
            value = value.get(key, match[0]) if isinstance(value, dict) else match[0]
        parts += [source[position : match.start()], as_text(value)]
        position = match.end()
    return text([*parts, source[position:]])


@functools.cache
def _parsers() -> Mapping[str, Callable[[str], object]]:
    from migrator.analyzers.interpreter.libraries.yaml_files import parse_yaml

    yaml = dict.fromkeys(("yaml.safe_load", "yaml.load", "yaml.full_load"), parse_yaml)
    toml = dict.fromkeys(
        ("tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads", "toml.load", "toml.loads"), tomllib.loads
    )
    return {"json.load": json.loads, "json.loads": json.loads, "omegaconf.OmegaConf.load": parse_yaml, **toml, **yaml}

"""A dbt project as its files show it: models, seeds, snapshots, sources, tests, and where dbt puts them.

Comes in: a folder with a `dbt_project.yml` inside the roots, with or without a `target/manifest.json`. Goes out: a `DbtProject`. Nothing is
compiled: of SQL only `ref`, `source` and `config` calls are read. Where a schema is only known to the profile of the deployment, a relation goes
by its name alone.
"""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any
from weakref import WeakKeyDictionary

from migrator.analyzers.source import Folder, Read
from migrator.model.frozen import dataclass

MAX_NODES = 5_000
MAX_MANIFEST_NODES = 20_000

_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", re.DOTALL)
_REF = re.compile(r"""\bref\(\s*['"]([\w.-]+)['"]\s*(?:,\s*['"]([\w.-]+)['"])?""")
_SOURCE = re.compile(r"""\bsource\(\s*['"]([\w.-]+)['"]\s*,\s*['"]([\w.-]+)['"]""")
_CONFIG = re.compile(r"""\bconfig\s*\(((?:[^()'"]|'[^']*'|"[^"]*"|\([^()]*\))*)\)""", re.DOTALL)
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)\s*-?%\}")
_SCHEMA_MACRO = re.compile(r"\bmacro\s+(?:\w+__)?generate_schema_name\b")
_LITERAL = re.compile(r"^[\w$-]+$")
_WORDS = re.compile(r"\b(?:true|false|none)\b")
"""Jinja's spelling of Python's constants."""
_SYSTEMS = {"sqlserver": "mssql", "athena": "athena"}


@dataclass(frozen=True, slots=True)
class DbtNode:
    """One thing of a project. `kind` is `model`, `seed`, `snapshot`, `source` or `test`; `parents` are ids of what it reads."""

    id: str
    kind: str
    name: str
    relation: str = ""
    path: str = ""
    """Its file, relative to the analyzed folder."""
    fqn: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict, hash=False)
    parents: tuple[str, ...] = ()
    package: str = ""

    @property
    def stored(self) -> bool:
        """Whether there is a table or view of it."""
        return self.kind in ("model", "seed", "snapshot", "source") and self.config.get("materialized") != "ephemeral"


@dataclass(frozen=True, eq=False)
class DbtProject:
    """A project, which is equal to itself alone."""

    name: str
    folder: str
    nodes: Mapping[str, DbtNode]
    system: str | None = None


_Kept = tuple[DbtProject | None, set[Read]]
_projects: WeakKeyDictionary[Folder, dict[str, _Kept]] = WeakKeyDictionary()


def load_project(folder: Folder, directory: str, compiled: bool = True) -> DbtProject | None:
    """The project in a directory; None if there is none inside the roots, or its `dbt_project.yml` cannot be read.

    Where it was compiled, its manifest is read; with `compiled=False` its own files are all the same."""
    kept = _projects.setdefault(folder, {})
    key = directory if compiled else f"{directory}\0files"
    if key not in kept:
        with folder.watch() as reads:
            project = _load(folder, directory, compiled)
        kept[key] = (project, set(reads))
    project, seen = kept[key]
    folder.note(seen)
    return project


def of_manifest(folder: Folder, path: str, directory: str) -> DbtProject | None:
    """The project that a manifest describes; `directory` is the project's own. None where the file is no manifest inside the roots."""
    nodes = _of_manifest(folder, path, directory)
    return None if nodes is None else DbtProject(posixpath.basename(directory), directory, nodes)


def only_project(folder: Folder) -> str | None:
    """The directory of the only dbt project of the folder; None if there is none or several."""
    found = [
        posixpath.dirname(path)
        for path in folder.glob("", "**/dbt_project.yml")
        if "dbt_packages" not in path.split("/")
    ]
    return found[0] or "." if len(found) == 1 else None


def profile_of(folder: Folder, directory: str, profiles: str, name: str = "") -> tuple[str, str] | None:
    """The adapter (`duckdb`, `snowflake`) and the text of `profiles.yml` in the directory `profiles`, for the profile `name` or that of the project in `directory`.

    None where there is no such profile inside the roots, or its targets are not all of one adapter."""
    settings = _yaml(folder, posixpath.join(directory, "dbt_project.yml"))
    path = posixpath.join(profiles, "profiles.yml")
    outputs = _outputs(_yaml(folder, path), name or (settings.get("profile") if isinstance(settings, dict) else None))
    adapters = {str(output.get("type")) for output in outputs.values() if isinstance(output, dict)}
    adapter = adapters.pop() if len(adapters) == 1 else ""
    text = folder.read_text(path)
    return (adapter, text) if text is not None and _LITERAL.match(adapter) else None


def _load(folder: Folder, directory: str, compiled: bool) -> DbtProject | None:
    settings = _yaml(folder, posixpath.join(directory, "dbt_project.yml"))
    if not isinstance(settings, dict) or not isinstance(settings.get("name"), str):
        return None
    name = settings["name"]
    target = _target(folder, directory, settings)
    kind = str(target.get("type") or "")
    system = _SYSTEMS.get(kind, kind) if _LITERAL.match(kind) else None
    path = posixpath.join(directory, str(settings.get("target-path") or "target"), "manifest.json")
    nodes = _of_manifest(folder, path, directory) if compiled else None
    if nodes is None:
        nodes = _Files(folder, directory, name, settings, target).nodes()
    return DbtProject(name, directory, nodes, system)


def _yaml(folder: Folder, path: str) -> Any:
    import yaml

    text = folder.read_text(path)
    if text is None or text.count("&") > 1000:
        return None
    try:
        # Dates and numbers are not needed: BaseLoader keeps all scalars as text and makes no objects.
        return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _target(folder: Folder, directory: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The default target of the project's profile, where its `profiles.yml` is in the project."""
    profiles = _yaml(folder, posixpath.join(directory, "profiles.yml"))
    outputs = _outputs(profiles, settings.get("profile"))
    default = profiles[settings.get("profile")].get("target") if outputs else None
    chosen = outputs.get(str(default)) or (next(iter(outputs.values())) if len(outputs) == 1 else None)
    return chosen if isinstance(chosen, dict) else {}


def _outputs(profiles: Any, name: Any) -> Mapping[str, Any]:
    """The targets of a profile, by name."""
    profile = profiles.get(name) if isinstance(profiles, dict) and isinstance(name, str) else None
    outputs = profile.get("outputs") if isinstance(profile, dict) else None
    return outputs if isinstance(outputs, dict) else {}


# --------------------------------------------------------------------------------------------------------------- manifest


def _of_manifest(folder: Folder, path: str, directory: str) -> dict[str, DbtNode] | None:
    text = folder.read_text(path)
    if text is None:
        return None
    try:
        manifest = json.loads(text)
        entries = {**manifest["nodes"], **manifest.get("sources", {})}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(entries, dict) or len(entries) > MAX_MANIFEST_NODES:
        return None
    return {
        node.id: node
        for id, entry in sorted(entries.items())
        if isinstance(entry, dict) and (node := _entry(id, entry, directory))
    }


def _entry(id: str, entry: Mapping[str, Any], directory: str) -> DbtNode | None:
    kind = entry.get("resource_type")
    if kind not in ("model", "seed", "snapshot", "source", "test"):
        return None
    alias = entry.get("identifier") if kind == "source" else entry.get("alias")
    parts = [entry.get("database"), entry.get("schema"), alias or entry.get("name")]
    depends = entry.get("depends_on")
    parents = depends.get("nodes", ()) if isinstance(depends, dict) else ()
    config = entry.get("config")
    return DbtNode(
        id,
        kind,
        str(entry.get("name")),
        ".".join(str(part) for part in parts if part),
        posixpath.join(directory, str(entry.get("original_file_path") or "")),
        tuple(map(str, entry.get("fqn") or ())),
        frozenset(map(str, entry.get("tags") or ())),
        config if isinstance(config, dict) else {},
        tuple(sorted(map(str, parents))),
        str(entry.get("package_name") or ""),
    )


# ------------------------------------------------------------------------------------------------------------------ files


class _Files:
    """Reads a project that was not compiled."""

    def __init__(
        self, folder: Folder, directory: str, name: str, settings: Mapping[str, Any], target: Mapping[str, Any]
    ) -> None:
        self.folder, self.directory, self.name, self.settings, self.target = folder, directory, name, settings, target
        self.found: dict[str, DbtNode] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.own_schemas = False

    def nodes(self) -> dict[str, DbtNode]:
        for path in self.files("macro-paths", "macros", "*.sql"):
            self.own_schemas = self.own_schemas or bool(_SCHEMA_MACRO.search(self.folder.read_text(path) or ""))
        described = [
            (path, text)
            for kind, default in (("model-paths", "models"), ("seed-paths", "seeds"), ("snapshot-paths", "snapshots"))
            for ending in ("*.yml", "*.yaml")
            for path in self.files(kind, default, ending)
            if isinstance(text := _yaml(self.folder, path), dict)
        ]
        for _, text in described:
            for section in ("models", "seeds", "snapshots"):
                for entry in _entries(text, section):
                    config = entry.get("config")
                    own = dict(config) if isinstance(config, dict) else {}
                    self.configs[entry["name"]] = {**own, **({"tags": entry["tags"]} if "tags" in entry else {})}
        for path, text in described:
            self.sources(path, text)
        for path in [*self.files("model-paths", "models", "*.sql"), *self.files("model-paths", "models", "*.py")]:
            self.model(path)
        for path in self.files("seed-paths", "seeds", "*.csv"):
            self.add("seed", posixpath.basename(path)[:-4], path, "", "seed-paths")
        for path in self.files("snapshot-paths", "snapshots", "*.sql"):
            text = _COMMENT.sub(" ", self.folder.read_text(path) or "")
            for snapshot in _SNAPSHOT.findall(text):
                self.add("snapshot", snapshot, path, text, "snapshot-paths")
        for path in self.files("test-paths", "tests", "*.sql"):
            text = _COMMENT.sub(" ", self.folder.read_text(path) or "")
            self.add("test", posixpath.basename(path)[:-4], path, text, "test-paths")
        for path, text in described:
            self.tests(path, text)
        known = {(node.kind, node.name): id for id, node in self.found.items() if node.kind not in ("test", "source")}
        named = {name: id for (_, name), id in sorted(known.items(), reverse=True)}
        return {
            id: DbtNode(
                node.id,
                node.kind,
                node.name,
                node.relation,
                node.path,
                node.fqn,
                node.tags,
                node.config,
                tuple(sorted({named.get(parent, parent) for parent in node.parents})),
                node.package,
            )
            for id, node in sorted(self.found.items())
        }

    def files(self, setting: str, default: str, pattern: str) -> Iterator[str]:
        given = self.settings.get(setting, self.settings.get({"model-paths": "source-paths"}.get(setting, "")))
        for directory in given if isinstance(given, list) else [default]:
            for number, path in enumerate(
                self.folder.glob(posixpath.join(self.directory, str(directory)), f"**/{pattern}")
            ):
                if number >= MAX_NODES:
                    return
                yield path

    def model(self, path: str) -> None:
        text = self.folder.read_text(path)
        if text is not None:
            ending = 3 if path.endswith(".py") else 4
            self.add("model", posixpath.basename(path)[:-ending], path, _COMMENT.sub(" ", text), "model-paths")

    def add(self, kind: str, name: str, path: str, text: str, setting: str) -> None:
        config = {**self.folder_config(kind, path), **self.configs.get(name, {}), **_config_call(text)}
        if str(config.get("enabled")).lower() == "false":
            return
        parents = [second or first for first, second in _REF.findall(text)]
        parents += [f"source.{first}.{second}" for first, second in _SOURCE.findall(text)]
        inside = self.inside(path)
        fqn = (self.name, *inside.split("/")[:-1], name)
        relation = "" if kind == "test" else self.relation(config, name, kind)
        node = DbtNode(
            f"{kind}.{self.name}.{name}",
            kind,
            name,
            relation,
            path,
            fqn,
            frozenset(_texts(config.get("tags"))),
            config,
            tuple(dict.fromkeys(parents)),
            self.name,
        )
        self.found.setdefault(node.id, node)

    def inside(self, path: str) -> str:
        """A file's path without the project's folder and the folder of its kind."""
        below = posixpath.relpath(path, self.directory) if self.directory not in ("", ".") else path
        return below.partition("/")[2]

    def folder_config(self, kind: str, path: str) -> dict[str, Any]:
        """What `dbt_project.yml` says about the folders that a file is in, the nearest last."""
        level: Any = self.settings.get(f"{kind}s")
        config: dict[str, Any] = {}
        for step in ("", self.name, *self.inside(path).split("/")[:-1]):
            level = level.get(step) if step and isinstance(level, dict) else level
            if not isinstance(level, dict):
                break
            config |= {
                key.lstrip("+"): value
                for key, value in level.items()
                if key.startswith("+") or key in ("materialized", "schema", "database", "alias", "tags", "enabled")
            }
            if step == "" and self.name not in level:
                break
        return config

    def relation(self, config: Mapping[str, Any], name: str, kind: str) -> str:
        """`database.schema.name`, as far as it is known where the project is deployed."""
        alias = str(config.get("alias") or name)
        default = self.target.get("schema") or self.target.get("dataset")
        default = str(default) if _plain(default) else ""
        custom = config.get("target_schema") if kind == "snapshot" else None
        custom = custom or config.get("schema")
        database = config.get("database") or config.get("target_database")
        if custom and _plain(custom):
            schema = (
                str(custom) if self.own_schemas or kind == "snapshot" else (f"{default}_{custom}" if default else "")
            )
        else:
            schema = default if not custom else ""
        parts = [str(database) if _plain(database) and schema else "", schema, alias]
        return ".".join(part for part in parts if part)

    def sources(self, path: str, text: Mapping[str, Any]) -> None:
        for source in _entries(text, "sources"):
            schema, database = source.get("schema", source["name"]), source.get("database")
            for table in _entries(source, "tables"):
                identifier = table.get("identifier", table["name"])
                parts = [part for part in (database, schema) if _plain(part)] if _plain(schema) else []
                id = f"source.{source['name']}.{table['name']}"
                tags = frozenset((*_texts(source.get("tags")), *_texts(table.get("tags"))))
                name = f"{source['name']}.{table['name']}"
                relation = ".".join(map(str, (*parts, identifier)))
                self.found.setdefault(id, DbtNode(id, "source", name, relation, path, (), tags, {}, (), self.name))

    def tests(self, path: str, text: Mapping[str, Any]) -> None:
        """Generic tests of models and sources: one node for each thing that has some."""
        for section in ("models", "seeds", "snapshots"):
            for entry in _entries(text, section):
                if _has_tests(entry):
                    self.test(entry["name"], entry["name"], path)
        for source in _entries(text, "sources"):
            for table in _entries(source, "tables"):
                if _has_tests(table):
                    self.test(
                        f"source_{source['name']}_{table['name']}", f"source.{source['name']}.{table['name']}", path
                    )

    def test(self, name: str, parent: str, path: str) -> None:
        id = f"test.{self.name}.{name}"
        self.found.setdefault(id, DbtNode(id, "test", name, "", path, (), frozenset(), {}, (parent,), self.name))


def _entries(text: Mapping[str, Any], section: str) -> Iterator[dict[str, Any]]:
    given = text.get(section)
    for entry in given if isinstance(given, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            yield entry


def _has_tests(entry: Mapping[str, Any]) -> bool:
    columns = entry.get("columns")
    places = [entry, *(column for column in (columns if isinstance(columns, list) else ()) if isinstance(column, dict))]
    return any(place.get("tests") or place.get("data_tests") for place in places)


def _config_call(text: str) -> dict[str, Any]:
    """The literal arguments of `config(...)`."""
    config: dict[str, Any] = {}
    for call in _CONFIG.findall(text):
        try:
            tree = ast.parse(f"f({_WORDS.sub(lambda word: word[0].capitalize(), call)})", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for keyword in tree.keywords if isinstance(tree, ast.Call) else ():
            try:
                config[str(keyword.arg)] = ast.literal_eval(keyword.value)
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                config[str(keyword.arg)] = "{?}"
    return config


def _texts(value: object) -> Iterable[str]:
    return [str(item) for item in value] if isinstance(value, list) else ([str(value)] if value else [])


def _plain(value: object) -> bool:
    return isinstance(value, str) and bool(_LITERAL.match(value))

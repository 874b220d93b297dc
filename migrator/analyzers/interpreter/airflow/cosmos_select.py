"""Which nodes of a manifest astronomer-cosmos selects, by rules of its own that differ from dbt's.

Facts are cosmos 1.15.1's `dbt/selector.py`, read in the package: names are compared whole, `path:` is a part of the file's path where parents or
children are asked for, `fqn:` knows no `*`, and what is excluded is looked for among what was selected. Comes in: the nodes of a project and
the texts of `select` and `exclude`, or a YAML selector of the manifest. Goes out: ids; ValueError for what cosmos refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from migrator.analyzers.io.dbt_project import DbtNode

Nodes = Mapping[str, DbtNode]

_GRAPH = re.compile(r"^(@|[0-9]*\+)?([^+]+)(\+[0-9]*)?$")
_METHODS = (
    "path:",
    "tag:",
    "config.",
    "source:",
    "exposure:",
    "package:",
    "resource_type:",
    "exclude_resource_type:",
    "fqn:",
)
_CONFIG = ("materialized", "schema", "tags", "meta")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the project is: its folder, and the absolute path of a file of the analyzed folder."""

    folder: PurePosixPath
    path_of: Callable[[str], str]

    def file(self, node: DbtNode) -> PurePosixPath:
        return PurePosixPath(self.path_of(node.path))


def resource_name(node: DbtNode) -> str:
    """What follows type and package in a node's id; the id of a source that was read from a file has no package."""
    parts = node.id.split(".", 2)
    return node.name if node.kind == "source" and node.id.count(".") == 2 else parts[-1]


def select_nodes(nodes: Nodes, place: Place, select: Sequence[str], exclude: Sequence[str]) -> set[str]:
    """The ids of the nodes that are selected and not excluded."""
    for text in (*select, *exclude):
        if ":" in text and "+" not in text and not text.startswith(_prefixes()):
            raise ValueError(f"`{text}` is no selection that cosmos knows")
    if select:
        chosen = {id for text in select for id in _Statement(nodes, place, text).ids()}
        nodes = {id: node for id, node in nodes.items() if id in chosen}
    return set(nodes).difference(*(_Statement(nodes, place, text).ids() for text in exclude))


def _prefixes() -> tuple[str, ...]:
    return (*(method for method in _METHODS if method != "config."), *(f"config.{key}" for key in _CONFIG))


@dataclass(slots=True)
class _Statement:
    """One text of a selection: what stands between commas holds together."""

    nodes: Nodes
    place: Place
    text: str
    given: dict[str, list[str]] = field(default_factory=dict)
    walks: list[tuple[str, str, str]] = field(default_factory=list)
    """Parents, name and children of what is walked from."""

    def ids(self) -> set[str]:
        for item in self.text.split(","):
            self._read(item)
        ids = set(self.nodes)
        for walk in self.walks:
            ids &= self._walked(*walk)
        return {id for id in ids if id in self.nodes and self._fits(self.nodes[id])}

    def _read(self, item: str) -> None:
        found = _GRAPH.match(item)
        if found is None:
            return
        up, name, down = found[1] or "", found[2], found[3] or ""
        method = next((method for method in _METHODS if name.startswith(method)), None)
        if up or down:
            self.walks.append((up, name if "/" not in name or name.startswith("path:") else f"path:{name}", down))
        elif method is not None:
            self.given.setdefault(method, []).append(name[len(method) :].strip())
        elif "/" in name:
            self.given.setdefault("path:", []).append(name)
        elif any(sign in name for sign in ":+@."):
            self.walks.append(("", name, ""))
        else:
            self.given.setdefault("bare", []).append(name.strip())

    # ------------------------------------------------------------------------------------------------- without a walk

    def _fits(self, node: DbtNode) -> bool:
        for method, texts in self.given.items():
            every = all if method in ("tag:", "config.", "exclude_resource_type:") else any
            if not every(self._matches(node, method, text) for text in texts):
                return False
        return True

    def _matches(self, node: DbtNode, method: str, text: str) -> bool:
        if method == "path:":
            file, wanted = self.place.file(node), self.place.folder / text.rstrip("*")
            return wanted == file or wanted in file.parents
        if method == "tag:":
            return text in node.tags
        if method == "config.":
            key, _, value = text.partition(":")
            return _has_config(node, key, value)
        if method in ("source:", "exposure:"):
            return node.kind == method[:-1] and resource_name(node) == text
        if method == "package:":
            return node.package == text
        if method in ("resource_type:", "exclude_resource_type:"):
            return (node.kind == text) is (method == "resource_type:")
        if method == "fqn:":
            return ".".join(node.fqn) == text
        return text in (node.package, _name(node)) or text in self.place.file(node).parts

    # ----------------------------------------------------------------------------------------------------- with a walk

    def _walked(self, up: str, name: str, down: str) -> set[str]:
        roots = self._roots(name)
        if up == "@":
            below = self._generations(roots, self._children(), "+")
            return roots | below | self._generations(roots | below, self._parents(), "+")
        found = set(roots)
        if up:
            found |= self._generations(roots, self._parents(), up)
        if down:
            found |= self._generations(roots, self._children(), down)
        return found

    def _roots(self, name: str) -> set[str]:
        for method in ("path:", "tag:", "fqn:", "source:", "exposure:", "package:", "config."):
            if name.startswith(method):
                text = name[len(method) :]
                if method == "path:":
                    part = text.rstrip("*")
                    return {id for id, node in self.nodes.items() if part in str(self.place.file(node))}
                return {id for id, node in self.nodes.items() if self._matches(node, method, text.strip())}
        wanted = name.replace(".", "_")
        named = [id for id, node in self.nodes.items() if _name(node) == wanted]
        return set(named[-1:])

    def _parents(self) -> dict[str, set[str]]:
        return {id: set(node.parents) for id, node in self.nodes.items()}

    def _children(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for id, node in self.nodes.items():
            for parent in node.parents:
                found.setdefault(parent, set()).add(id)
        return found

    @staticmethod
    def _generations(start: Iterable[str], edges: Mapping[str, set[str]], reach: str) -> set[str]:
        left = int(reach.strip("+") or -1)
        found: set[str] = set()
        front = set(start)
        while front and left:
            front = {other for one in front for other in edges.get(one, ())} - found
            found |= front
            left -= 1
        return found


def _name(node: DbtNode) -> str:
    return resource_name(node).replace(".", "_")


def _has_config(node: DbtNode, key: str, value: str) -> bool:
    if key == "tags":
        return value in (node.config.get("tags") or [])
    if not key.startswith("meta"):
        return key not in _CONFIG or node.config.get(key) == value
    found: Any = node.config
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return value in map(str, found) if isinstance(found, list) else found is not None and str(found) == value


# -------------------------------------------------------------------------------------------------------- YAML selectors


def yaml_selection(selectors: Mapping[str, Any], name: str) -> tuple[list[str], list[str]]:
    """`select` and `exclude` of a selector of the manifest, which may stand on those before it."""
    known: dict[str, tuple[list[str], list[str]]] = {}
    for row in selectors.values():
        if not isinstance(row, dict) or "name" not in row or not isinstance(row.get("definition"), dict):
            raise ValueError("a selector without a definition")
        try:
            known[row["name"]] = _selection(row["definition"], known)
        except ValueError:
            if row["name"] == name:
                raise
    if name not in known:
        raise ValueError(f"the manifest has no selector `{name}`")
    return known[name]


def _selection(
    given: Mapping[str, Any], known: Mapping[str, tuple[list[str], list[str]]]
) -> tuple[list[str], list[str]]:
    for kind in ("union", "intersection"):
        if isinstance(given.get(kind), list):
            select: list[str] = []
            exclude: list[str] = []
            for part in given[kind]:
                if "exclude" in part:
                    exclude += _excluded(part, known)
                else:
                    select += _selection(part, known)[0]
            return (select if kind == "union" else [",".join(select)] if select else []), exclude
    if given.get("method") == "selector":
        if given.get("value") not in known:
            raise ValueError(f"no selector `{given.get('value')}` before it")
        return known[given["value"]]
    if "method" not in given or "value" not in given:
        raise ValueError("a definition without method and value")
    text = _text(given)
    return ([text] if text else []), _excluded(given, known) if "exclude" in given else []


def _excluded(given: Mapping[str, Any], known: Mapping[str, tuple[list[str], list[str]]]) -> list[str]:
    return [text for part in given["exclude"] for text in _selection(part, known)[0]]


def _text(given: Mapping[str, Any]) -> str:
    """A method and its value in the spelling of `select`, with `+` and `@`."""
    method, value = str(given["method"]), str(given["value"])
    if (
        f"{method}:" not in _METHODS and not method.startswith(tuple(f"config.{key}" for key in _CONFIG))
    ) or method == "package":
        raise ValueError(f"cosmos does not know the method `{method}`")
    if method == "fqn" and value == "*":
        return ""
    text = f"{method}:{value}"
    if given.get("childrens_parents"):
        return f"@{text}"
    if given.get("parents"):
        text = f"{given.get('parents_depth') or ''}+{text}"
    return f"{text}+{given.get('children_depth') or ''}" if given.get("children") else text

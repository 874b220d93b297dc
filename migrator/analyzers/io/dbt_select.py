"""Which nodes of a dbt project a selection means (`--select "tag:daily,staging+"`).

Comes in: a project and the words of `--select` and `--exclude`. Goes out: ids of nodes; None where a method or value is not known, so that nothing
is made up.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary

from migrator.analyzers.io.dbt_project import DbtNode, DbtProject

_TERM = re.compile(
    r"^(?P<at>@)?(?P<up>\d*\+)?(?:(?P<method>[a-z_]+(?:\.[\w.+-]+)?):)?(?P<value>[^+@]+?)(?P<down>\+\d*)?$"
)
_ALL = 1_000


def select(project: DbtProject, chosen: Sequence[str], excluded: Sequence[str] = ()) -> set[str] | None:
    """Ids of the nodes meant; all without a selection."""
    found = set(project.nodes) if not chosen else _union(project, chosen)
    without = _union(project, excluded)
    return None if found is None or without is None else found - without


def _union(project: DbtProject, words: Iterable[str]) -> set[str] | None:
    found: set[str] = set()
    for word in " ".join(words).split():
        parts = [_term(project, term) for term in word.split(",")]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts) or not known:
            return None
        found |= frozenset.intersection(*known)
    return found


def _term(project: DbtProject, text: str) -> frozenset[str] | None:
    """The nodes that one term means; found once for each project, as many tasks run the same selection."""
    kept = _terms.setdefault(project, {})
    if text not in kept:
        found = _found(project, text)
        kept[text] = None if found is None else frozenset(found)
    return kept[text]


_terms: WeakKeyDictionary[DbtProject, dict[str, frozenset[str] | None]] = WeakKeyDictionary()


def _found(project: DbtProject, text: str) -> set[str] | None:
    term = _TERM.match(text)
    if term is None or "{" in text:
        return None
    matched = [id for id, node in project.nodes.items() if _fits(project, node, term["method"] or "", term["value"])]
    if (term["method"] or "fqn").partition(".")[0] not in _METHODS:
        return None
    found = set(matched)
    children = _children(project) if term["down"] is not None or term["at"] is not None else {}
    if term["up"] is not None:
        found |= _walk(matched, _parents(project), term["up"])
    if term["down"] is not None:
        found |= _walk(matched, children, term["down"])
    if term["at"] is not None:
        below = _walk(matched, children, "+")
        found |= below | _walk([*matched, *below], _parents(project), "+")
    return found


_METHODS = frozenset({"fqn", "name", "model", "path", "file", "tag", "config", "source", "resource_type", "package"})


def _fits(project: DbtProject, node: DbtNode, method: str, value: str) -> bool:
    name, _, key = method.partition(".")
    if not method:
        return _by_name(node, value) or ("/" in value and _by_path(project, node, value))
    if name == "fqn":
        return _by_name(node, value)
    if name in ("name", "model"):
        return node.name == value
    if name == "path":
        return _by_path(project, node, value)
    if name == "file":
        return posixpath.basename(node.path) in (value, f"{value}.sql")
    if name == "tag":
        return any(fnmatch.fnmatchcase(tag, value) for tag in node.tags)
    if name == "config":
        return str(node.config.get(key, "view" if key == "materialized" and node.kind == "model" else None)) == value
    if name == "source":
        return node.kind == "source" and (node.name == value or node.name.partition(".")[0] == value or value == "*")
    if name == "resource_type":
        return node.kind == value
    return name == "package" and node.package == value


def _by_name(node: DbtNode, value: str) -> bool:
    """A name, or the folders (with or without the project's name) that it is in."""
    if node.kind in ("source", "test") and not node.fqn:
        return False
    if fnmatch.fnmatchcase(node.name, value):
        return True
    wanted = value.split(".")
    for steps in (node.fqn, node.fqn[1:]):
        if len(steps) >= len(wanted) and all(map(fnmatch.fnmatchcase, steps, wanted)):
            return True
    return False


def _by_path(project: DbtProject, node: DbtNode, value: str) -> bool:
    below = posixpath.relpath(node.path, project.folder) if project.folder not in ("", ".") else node.path
    wanted = value.rstrip("/")
    return below == wanted or below.startswith(f"{wanted}/") or fnmatch.fnmatchcase(below, wanted)


def _parents(project: DbtProject) -> dict[str, tuple[str, ...]]:
    return {id: node.parents for id, node in project.nodes.items()}


def _children(project: DbtProject) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for id, node in project.nodes.items():
        for parent in node.parents:
            found.setdefault(parent, []).append(id)
    return {id: tuple(children) for id, children in found.items()}


def _walk(start: Iterable[str], edges: dict[str, tuple[str, ...]], reach: str) -> set[str]:
    """Nodes within so many steps; `+` alone: all."""
    digits = reach.strip("+")
    left = min(int(digits), _ALL) if digits else _ALL
    found: set[str] = set()
    front = list(start)
    while front and left:
        front = [other for one in front for other in edges.get(one, ()) if other not in found]
        found |= set(front)
        left -= 1
    return found

"""Names that the project has already: of two that want the same one, the one that had it keeps it.

Without, a new DAG would take a name from another one whenever it comes before it, and an environment variable would hold another secret than it did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from migrator.model.assets import AssetKey
from migrator.model.frozen import dataclass

NAMES = ".migrator/names.json"


@dataclass(frozen=True, slots=True)
class KnownNames:
    """`nodes` gives the id of the DAG that has an op, or a function of several assets, of that name; `secrets` the environment variable that
    holds what stands in a place of the code (`migrator.secrets.code` says what a place is); `assets` the keys of data (`AirflowProject.names`)."""

    nodes: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, AssetKey] = field(default_factory=dict)


def read_names(out: Path) -> KnownNames:
    """The names in a project that was generated before; none where there is none, or its file cannot be read."""
    try:
        found = json.loads((out / NAMES).read_text(encoding="utf-8"))
        assets = {name: tuple(key.split("/")) for name, key in _texts(found.get("assets", {}))}
        return KnownNames(dict(_texts(found["nodes"])), dict(_texts(found["secrets"])), assets)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return KnownNames()


def names_text(nodes: Iterable[tuple[str, str]], secrets: Mapping[str, str], assets: Mapping[str, AssetKey]) -> str:
    """The file for the next time; empty where there is nothing to keep."""
    keys = {name: "/".join(key) for name, key in sorted(assets.items())}
    found = {"nodes": dict(sorted(nodes)), "secrets": dict(sorted(secrets.items())), "assets": keys}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n" if any(found.values()) else ""


def _texts(found: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in found.items() if isinstance(value, str))

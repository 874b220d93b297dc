"""What a node's code tells of assets, as source: metadata, and the partitions that it makes.

Comes in: the function that takes it, and how the node has it. Goes out: its code.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.codegen.python.code import Code
from migrator.model.expressions import MetadataOf, PartitionsOf

Ways = Mapping[tuple[str, ...], str]


def teller(value: MetadataOf | PartitionsOf, metadata: Ways, partitions: Ways, package: str) -> Code:
    """The function by which code tells something of an asset; one that the node does not make is reported at once."""
    if isinstance(value, PartitionsOf):
        return Code(f"{partitions[value.key]}.add")
    found = metadata.get(value.key)
    if found is None:
        helper = f"from {package}.asset_events import report_asset"
        alias = f", alias={_list(value.alias)}" if value.alias else ""
        text = f"functools.partial(report_asset, context, {_list(value.key)}{alias})"
        return Code(text, frozenset({helper, "import functools"}), frozenset({"context"}))
    imports = frozenset({"import functools", "import dagster as dg"}) if found.startswith("functools") else frozenset()
    return Code(found, imports, frozenset({"context"}) if "context" in found else frozenset())


def _list(key: tuple[str, ...]) -> str:
    """An asset key, in whose parts nothing needs an escape."""
    parts = (f'"{part}"' for part in key)
    return f"[{', '.join(parts)}]"

"""The keys of assets, by what Airflow calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.model.airflow import AirflowProject
from migrator.model.assets import AssetKey
from migrator.model.values import AssetValue
from migrator.planning.naming.identifiers import key_part


def keys_by_name(project: AirflowProject) -> dict[str, AssetKey]:
    """The keys of the project's assets by their names and URIs; of several with one name that of the first."""
    found: dict[str, AssetKey] = {}
    for asset in reversed(project.assets):
        found[asset.name] = asset.key
        if asset.uri:
            found[asset.uri] = asset.key
    return found


def key_of(asset: AssetValue, keys: Mapping[str, AssetKey]) -> AssetKey | None:
    """The key of an Asset or Dataset; None for one that the project does not have."""
    uri = asset.uri or ""
    return keys.get(uri) or keys.get(uri.rstrip("/")) or keys.get(asset.name)


def key_in_schedule(asset: AssetValue, keys: Mapping[str, AssetKey]) -> AssetKey:
    """The key of an asset that starts a DAG: for one that the project does not have, what its URI or name says."""
    text = (asset.uri or asset.name).partition("://")[2] or asset.name
    return key_of(asset, keys) or tuple(key_part(part) for part in text.split("/") if part)


def leaves(expression: AssetValue) -> Iterator[AssetValue]:
    """The assets and aliases that an expression combines, in order."""
    if not expression.members:
        yield expression
    for member in expression.members:
        yield from leaves(member)

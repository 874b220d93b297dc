"""The keys of assets, by what Airflow calls them."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import AirflowProject
from migrator.model.assets import AssetKey
from migrator.model.values import AssetValue


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
    return keys.get(asset.uri or "") or keys.get(asset.name)

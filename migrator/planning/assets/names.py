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


def alias_key(name: str) -> AssetKey:
    """The key of what stands for an alias of assets: it is updated whenever an asset is that was added to the alias."""
    return ("asset_alias", key_part(name))


def key_asked(asset: AssetValue, project: AirflowProject) -> AssetKey | None:
    """The key of an asset, or alias, whose updates are asked for; None for one that the project does not have."""
    if asset.kind == "alias":
        return alias_key(asset.name) if is_alias_filled(asset.name, project) else None
    return key_of(asset, keys_by_name(project))


def is_alias_read(name: str, project: AirflowProject) -> bool:
    """Whether a DAG starts, or a task asks, for updates of assets by this alias."""
    started = (one for dag in project.dags if dag.schedule.assets is not None for one in leaves(dag.schedule.assets))
    asked = (one for task in project.tasks() for one in task.inlets if isinstance(one, AssetValue))
    return any(one.kind == "alias" and one.name == name for one in (*started, *asked))


def is_alias_filled(name: str, project: AirflowProject) -> bool:
    """Whether a task may add assets to this alias."""
    return name in _filled_aliases(project)


def any_alias(project: AirflowProject) -> bool:
    """Whether a task may add assets to some alias."""
    return any(True for _ in _filled_aliases(project))


def _filled_aliases(project: AirflowProject) -> Iterator[str]:
    outlets = (one for task in project.tasks() for one in task.outlets if isinstance(one, AssetValue))
    return (one.name for one in outlets if one.kind == "alias")


def leaves(expression: AssetValue) -> Iterator[AssetValue]:
    """The assets and aliases that an expression combines, in order."""
    if not expression.members:
        yield expression
    for member in expression.members:
        yield from leaves(member)

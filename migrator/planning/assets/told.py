"""By what a task's function tells something of an asset that it updates.

Comes in: a use of the kind `metadata`. Goes out: what the function is to call, and how that may be called. Where the text of the call goes is told by
the use itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from migrator.analyzers.callables import ContextUse
from migrator.model.airflow import AirflowProject
from migrator.model.assets import AssetKey
from migrator.model.expressions import Expr, Helper, MetadataOf, PartitionsOf
from migrator.model.values import AssetValue, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.makers import sources_of
from migrator.planning.assets.names import alias_key, is_alias_read, key_in_schedule, key_of, keys_by_name, leaves
from migrator.planning.naming.identifiers import identifier
from migrator.planning.timing.key_partitions import name_of, outlets_of

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


def told_by(use: ContextUse, uses: Iterable[ContextUse], context: TaskContext) -> tuple[Expr, str]:
    """What takes the metadata, and a name for it. Raises Untranslatable where it cannot be told which asset it is of."""
    asset, by = use.detail["asset"], use.detail.get("alias")
    alias = alias_key(by.name) if isinstance(by, AssetValue) and is_alias_read(by.name, context.project) else ()
    if use.detail.get("computed"):
        known = _known(str(use.detail["prefix"]), context.project)
        more = (known, list(alias)) if alias else (known,) if known else ()
        return Helper("asset_reporter", "asset_events", more), "report"
    if use.detail.get("added") and isinstance(asset, AssetValue):
        # Nothing else in the project need name an asset that code adds to an alias.
        key = key_in_schedule(asset, keys_by_name(context.project))
    else:
        key = context.asset_key(asset, context.task.outlets)
    if use.detail.get("partitions"):
        made = next(one for one in outlets_of(context.task) if key_of(one, keys_by_name(context.project)) == key)
        told = {other.detail["asset"] for other in uses if other.detail.get("partitions")}
        return PartitionsOf(key, name_of(made)), f"add_{identifier(key[-1])}_partitions" if len(
            told
        ) > 1 else "add_partitions"
    if alias and any(key_of(one, keys_by_name(context.project)) == key for one in outlets_of(context.task)):
        reason = "it adds to an alias of assets one that is among its outlets, too"
        raise Untranslatable("MIG203", reason, context.task.span)
    told = {other.detail["asset"] for other in uses if other.kind == "metadata" and not other.detail.get("computed")}
    return MetadataOf(key, alias), f"add_{identifier(key[-1])}_metadata" if len(told) > 1 else "add_metadata"


def asked_of(use: ContextUse, asset: Value, context: TaskContext) -> tuple[Expr, str]:
    """What stands for the events of an asset, or for its state, and a name for it. Raises Untranslatable where what is asked of them cannot be told."""
    key = context.asset_key(asset, context.task.inlets)
    if use.name == "asset_state_store":
        return Helper("AssetState", "asset_state", (list(key),)), f"{identifier(key[-1])}_state"
    return events_of(asset, key, use.detail["asked"], context), f"{identifier(key[-1])}_events"


def events_of(asset: Value, key: AssetKey, asked: Collection[str], context: TaskContext) -> Helper:
    """The call that gives the events of an asset, of which the names among `asked` are asked. Raises Untranslatable where one cannot be told."""
    return Helper("asset_events", "asset_events", (list(key),), sources_of(asset, key, asked, context))


def _known(prefix: str, project: AirflowProject) -> dict[str, Expr]:
    """The keys of assets that code may mean whose URI begins so, as far as that does not say the key itself."""
    tasks = [task for dag in project.dags for task in dag.tasks]
    named = [asset for task in tasks for asset in (*task.inlets, *task.outlets) if isinstance(asset, AssetValue)]
    named += [asset for dag in project.dags if dag.schedule.assets is not None for asset in leaves(dag.schedule.assets)]
    keys = keys_by_name(project)
    found: dict[str, Expr] = {}
    for asset in named:
        uri, key = asset.uri or asset.name, key_of(asset, keys)
        if asset.kind == "asset" and key is not None and uri.startswith(prefix) and key != key_in_schedule(asset, {}):
            found[uri] = list(key)
    return found

"""By what a task's function tells something of an asset that it updates.

Comes in: a use of the kind `metadata`. Goes out: what the function is to call, and how that may be called. Where the text of the call goes is told by
the use itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from migrator.analyzers.callables import ContextUse
from migrator.model.expressions import Expr, Helper, MetadataOf
from migrator.model.values import AssetValue
from migrator.planning.assets.names import key_in_schedule, keys_by_name
from migrator.planning.naming.identifiers import identifier

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


def told_by(use: ContextUse, uses: Iterable[ContextUse], context: TaskContext) -> tuple[Expr, str]:
    """What takes the metadata, and a name for it. Raises Untranslatable where it cannot be told which asset it is of."""
    asset = use.detail["asset"]
    if use.detail.get("computed"):
        return Helper("asset_reporter", "asset_events", ()), "report"
    if use.detail.get("added") and isinstance(asset, AssetValue):
        # Nothing else in the project need name an asset that code adds to an alias.
        key = key_in_schedule(asset, keys_by_name(context.project))
    else:
        key = context.asset_key(asset, context.task.outlets)
    told = {other.detail["asset"] for other in uses if other.kind == "metadata" and not other.detail.get("computed")}
    return MetadataOf(key), f"add_{identifier(key[-1])}_metadata" if len(told) > 1 else "add_metadata"

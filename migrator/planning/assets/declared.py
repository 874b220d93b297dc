"""The assets that a task says to read or update, as its code asks for them: `context["task"].inlets`, `outlets[0].uri`.

Comes in: which of the two, and what is asked of them. Goes out: objects that have the names and URIs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.analyzers.callables.airflow_use.written_assets import SANITIZED
from migrator.model.expressions import Construct, Expr
from migrator.model.values import AssetValue
from migrator.operators.rule import Untranslatable
from migrator.planning.expressions.values import pick

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

DECLARED = ("inlets", "outlets")
"""Members of the context, and attributes of the task, that are lists of assets."""


def declared_assets(which: str, path: tuple[str | int, ...], context: TaskContext) -> Expr:
    """The assets, or a member of one. Raises Untranslatable where one of them is not known, or Airflow may write its URI otherwise."""
    given = context.task.option(which) or []
    assets = list(given) if isinstance(given, list | tuple) else [given]
    found: list[dict[str, Expr]] = []
    for asset in assets:
        known = isinstance(asset, AssetValue) and asset.kind == "asset"
        if not known or asset.uri is None or SANITIZED.search(asset.uri):
            raise Untranslatable(
                "MIG205", f"it asks for its {which}, of which not all are known assets", context.task.span
            )
        # Airflow 2 knows its datasets by their URIs alone.
        named = {"name": asset.name} if context.dag.airflow_version.startswith("3") else {}
        extra = {"extra": context.expression(dict(asset.extra))} if _asks_for_extra(context) else {}
        found.append({**named, "uri": asset.uri, **extra})
    if len(path) > 1:
        return pick(found, path, context)
    objects = [Construct("types.SimpleNamespace", kwargs=fields) for fields in found]
    return pick(objects, path, context)


def _asks_for_extra(context: TaskContext) -> bool:
    """Whether the task's function names what assets hold besides; that of an operator may."""
    target = context.task.callable
    source = context.project.sources.get(target.span.file) if target is not None and target.span is not None else None
    return source is None or target is None or target.span is None or "extra" in source.cut(target.span)

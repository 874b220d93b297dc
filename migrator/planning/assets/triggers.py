"""`triggering_asset_events`: the events of assets that a run was started by.

Comes in: a task of a DAG that starts with its assets. Goes out: the call of a helper that reads them from the run's tags, which the DAG's sensor writes
then. A run that something else starts has no such events, as in Airflow.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from migrator.analyzers.callables import OF_EVENTS, OF_OTHERS
from migrator.model.expressions import Helper
from migrator.model.values import AssetValue
from migrator.model.walk import walk
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.makers import sources_by_label
from migrator.planning.assets.names import key_in_schedule, keys_by_name, leaves
from migrator.planning.timing.asset_partitions import asset_partitions

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_BY_NAME = re.compile(r"""\.for_asset\(\s*(?P<by>name|uri)\s*=\s*(?P<sign>['"])(?P<text>[^'"]+)(?P=sign)\s*\)""")
_WHOLE_ASSET = re.compile(r"""(?:\.|\[['"])(asset|dataset)\b(?!['"]?\]?(?:\.|\[['"])(?:name|uri)\b)""")
_BY_NUMBER = re.compile(r"\[-?\d+\]")
_BY_ASSET, _BY_URI = "events_by_asset", "events_by_uri"


def triggering_events(context: TaskContext, name: str, asked: Collection[str] = ()) -> Helper:
    """The call that gives the events by asset, or by URI for Airflow 2; `asked` is what of `OF_EVENTS` is asked of them. Raises Untranslatable where the run
    cannot know them."""
    dag = context.dag
    if asset_partitions(dag, context.project) is not None:
        raise _no(context, f"it asks for `{name}`, and the DAG runs for the partitions of assets")
    found = list(leaves(dag.schedule.assets)) if dag.schedule.assets is not None else []
    if any(asset.kind != "asset" for asset in found):
        raise _no(context, f"it asks for `{name}`, and an alias of assets starts the DAG")
    keys = keys_by_name(context.project)
    named = {(asset.name, asset.uri or asset.name): key_in_schedule(asset, keys) for asset in found}
    if name == "triggering_dataset_events":
        by_uri = {uri: key for (_, uri), key in named.items()}
        sources = sources_by_label(by_uri, asked, context)
        return Helper(_BY_URI, "asset_events", ({uri: list(key) for uri, key in by_uri.items()},), sources)
    sources = sources_by_label({label: key for (label, _), key in named.items()}, asked, context)
    return Helper(_BY_ASSET, "asset_events", ([(*asset, list(key)) for asset, key in named.items()],), sources)


def in_template(context: TaskContext, name: str, text: str) -> Helper:
    """The same for a template. Raises Untranslatable where that asks for what only Airflow's events have."""
    return triggering_events(context, name, _asked(context, text))


def inlets_in_template(context: TaskContext, text: str) -> Helper:
    """What stands for `inlet_events` in a template. Raises Untranslatable where that asks for events of other assets than the task's inlets, by their numbers
    or by name or URI, or for what only Airflow's events have."""
    asked = _asked(context, text)
    found = [one for one in context.task.inlets if isinstance(one, AssetValue)]
    keys = keys_by_name(context.project)
    known = {(one.name, one.uri or one.name): key_in_schedule(one, keys) for one in found if one.kind == "asset"}
    for place in re.finditer(r"\binlet_events\b", text):
        by_name = _BY_NAME.match(text, place.end())
        is_known = by_name and any(by_name["text"] == row[by_name["by"] == "uri"] for row in known)
        if len(known) < len(context.task.inlets) or not (is_known or _BY_NUMBER.match(text, place.end())):
            raise _no(context, "its template asks for the events of assets in a way that cannot be followed")
    sources = sources_by_label({name: key for (name, _), key in known.items()}, asked, context)
    return Helper("InletEvents", "asset_events", ([(*asset, list(key)) for asset, key in known.items()],), sources)


def _asked(context: TaskContext, text: str) -> list[str]:
    """What of `OF_EVENTS` a template asks for. Raises Untranslatable where it asks for more."""
    asked = set(re.findall(r"[.'\"](\w+)\b", text))
    others = (asked & OF_OTHERS) | set(_WHOLE_ASSET.findall(text))
    if others:
        raise _no(context, f"its template asks an event of an asset for its `{min(others)}`")
    return sorted(asked & OF_EVENTS)


def asks_for_triggers(value: Any) -> bool:
    """Whether something in a part of a plan asks for these events."""
    return any(isinstance(part, Helper) and part.name in (_BY_ASSET, _BY_URI) for part in walk(value))


def _no(context: TaskContext, reason: str) -> Untranslatable:
    return Untranslatable("MIG205", reason, context.task.span)

"""`triggering_asset_events`: the events of assets that a run was started by.

Comes in: a task of a DAG that starts with its assets. Goes out: the call of a helper that reads them from the run's tags, which the DAG's sensor writes
then. A run that something else starts has no such events, as in Airflow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from migrator.analyzers.callables import OF_OTHERS
from migrator.model.expressions import Helper
from migrator.model.values import AssetValue
from migrator.model.walk import walk
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.names import key_in_schedule, keys_by_name, leaves
from migrator.planning.timing.asset_partitions import asset_partitions

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_BY_NAME = re.compile(r"""\.for_asset\(\s*(?P<by>name|uri)\s*=\s*(?P<sign>['"])(?P<text>[^'"]+)(?P=sign)\s*\)""")
_BY_NUMBER = re.compile(r"\[-?\d+\]")
_BY_ASSET, _BY_URI = "events_by_asset", "events_by_uri"


def triggering_events(context: TaskContext, name: str) -> Helper:
    """The call that gives the events by asset, or by URI for Airflow 2. Raises Untranslatable where the run cannot know them."""
    dag = context.dag
    if asset_partitions(dag, context.project) is not None:
        raise _no(context, f"it asks for `{name}`, and the DAG runs for the partitions of assets")
    found = list(leaves(dag.schedule.assets)) if dag.schedule.assets is not None else []
    if any(asset.kind != "asset" for asset in found):
        raise _no(context, f"it asks for `{name}`, and an alias of assets starts the DAG")
    keys = keys_by_name(context.project)
    named = {(asset.name, asset.uri or asset.name): list(key_in_schedule(asset, keys)) for asset in found}
    if name == "triggering_dataset_events":
        return Helper(_BY_URI, "asset_events", ({uri: key for (_, uri), key in named.items()},))
    return Helper(_BY_ASSET, "asset_events", ([(*asset, key) for asset, key in named.items()],))


def in_template(context: TaskContext, name: str, text: str) -> Helper:
    """The same for a template. Raises Untranslatable where that asks for more than the events' extras and times."""
    asked = set(re.findall(r"[.'\"](\w+)\b", text)) & {
        *OF_OTHERS,
        *(["uri"] if name == "triggering_dataset_events" else []),
    }
    if asked:
        raise _no(context, f"its template asks an event of an asset for its `{min(asked)}`")
    return triggering_events(context, name)


def inlets_in_template(context: TaskContext, text: str) -> Helper:
    """What stands for `inlet_events` in a template. Raises Untranslatable where that asks for events of other assets than the task's inlets, by their numbers
    or by name or URI, or for more than extras and times."""
    asked = set(re.findall(r"[.'\"](\w+)\b", text)) & set(OF_OTHERS)
    if asked:
        raise _no(context, f"its template asks an event of an asset for its `{min(asked)}`")
    found = [one for one in context.task.inlets if isinstance(one, AssetValue)]
    keys = keys_by_name(context.project)
    rows = [(one.name, one.uri or one.name, list(key_in_schedule(one, keys))) for one in found if one.kind == "asset"]
    for place in re.finditer(r"\binlet_events\b", text):
        by_name = _BY_NAME.match(text, place.end())
        known = by_name and any(by_name["text"] == row[by_name["by"] == "uri"] for row in rows)
        if len(rows) < len(context.task.inlets) or not (known or _BY_NUMBER.match(text, place.end())):
            raise _no(context, "its template asks for the events of assets in a way that cannot be followed")
    return Helper("InletEvents", "asset_events", (rows,))


def asks_for_triggers(value: Any) -> bool:
    """Whether something in a part of a plan asks for these events."""
    return any(isinstance(part, Helper) and part.name in (_BY_ASSET, _BY_URI) for part in walk(value))


def _no(context: TaskContext, reason: str) -> Untranslatable:
    return Untranslatable("MIG205", reason, context.task.span)

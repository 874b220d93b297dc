"""What functions tell of the assets that they update, and ask of the events of others.

In: `outlet_events[orders].extra = {...}`, `outlet_events[orders].extra["rows"] = 2`, `outlet_events[orders].add_partitions("eu")`,
`yield Metadata(orders, {...})` and `inlet_events[orders]`. Out: uses of the kinds `metadata` and `asset_events`. `triggering_asset_events` becomes a `key`, `orders.uri` and `triggering_asset_events[orders]` what the asset
is called; `outlet_events[alias].add(orders, extra={...})` is told of the asset itself, or of its URI where that is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import libcst as cst

from migrator.analyzers.callables.airflow_use.asset_loops import looped_assets, name_assets
from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.context import Part
from migrator.analyzers.callables.airflow_use.names import OF_EVENTS, OF_OTHERS
from migrator.analyzers.callables.airflow_use.written_assets import (
    SANITIZED,
    alias_of,
    asset_of,
    by_key,
    index_of,
    is_for_asset,
    known_start,
    name_of,
    uri_of,
)
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.signatures import expression_place
from migrator.analyzers.callables.source.tree import descend, keywords, literal_key, positional
from migrator.model.values import AssetValue, Symbolic, Value

_METADATA = "Metadata"
STATE = "asset_state_store"
"""What the state of assets is called in the context."""
_OF_ASSETS = frozenset({"asset", "dataset"})
_AT_ONCE = frozenset({"aget", "aset", "adelete", "aclear"})
"""The ways to it that do not wait."""


def adds_metadata(scanner: ClassScanner, small: cst.CSTNode) -> bool:
    """Notes a statement that tells something of an asset which the task updates, or adds to an alias of assets; whether it is one."""
    key: cst.BaseExpression | None = None
    value: cst.BaseExpression | None = None
    told: cst.CSTNode | None = None
    to: cst.BaseExpression | None = None
    added = partitions = False
    if type(small) is cst.Assign and len(small.targets) == 1:
        target: cst.BaseExpression = small.targets[0].target
        value = small.value
        if type(target) is cst.Subscript and _told_of(scanner, target) is None:
            key, target = index_of(target), target.value
        told = _of_extra(scanner, target)
    elif type(small) is cst.Expr and type(small.value) is cst.Call:
        call = small.value
        if type(call.func) is cst.Attribute and call.func.attr.value == "update" and len(call.args) == 1:
            told, value = _of_extra(scanner, call.func.value), next(iter(positional(call)), None)
        elif type(call.func) is cst.Attribute and call.func.attr.value == "add_partitions" and len(call.args) == 1:
            given = dict(zip(("keys",), positional(call), strict=False)) | keywords(call)
            told, value, partitions = _told_of(scanner, call.func.value), given.get("keys"), True
        elif (
            type(call.func) is cst.Attribute
            and call.func.attr.value == "add"
            and _told_of(scanner, call.func.value) is not None
        ):
            # An asset that only the code knows, added to an alias of assets.
            given = dict(zip(("asset", "extra"), positional(call), strict=False)) | keywords(call)
            told, value = given.get("asset"), given.get("extra")
            to = _told_of(scanner, call.func.value)
            added = told is not None and len(given) == len(call.args)
    elif is_metadata(scanner.module, small):
        assert type(small) is cst.Expr and type(small.value) is cst.Yield and type(small.value.value) is cst.Call
        given = dict(zip(("asset", "extra"), positional(small.value.value), strict=False)) | keywords(small.value.value)
        told, value = given.get("asset", given.get("target")), given.get("extra")
        added = "alias" in given
        to = given.get("alias")
    uri = _of_variable(scanner, told) if added and told is not None else None
    asset = asset_of(scanner.frame, told) if told is not None and uri is None else None
    if told is None or (value is None and not added and not is_metadata(scanner.module, small)):
        return False
    computed = asset is None and added
    alias = alias_of(scanner.frame, to) if to is not None else None
    detail: dict[str, Any] = {"added": added, "computed": computed, "alias": alias} if added else {}
    detail |= {"partitions": True} if partitions else {}
    if computed:
        # An asset that is only known at run time is told of by its URI.
        key = told if uri is not None and type(told) is cst.Name else uri_of(scanner.module, told)
        if key is None:
            return False
        detail["prefix"] = known_start(uri or key)
    module = scanner.module
    start, end = module.places.offsets(small)
    places = [expression_place(module, node) for node in (key, value) if node is not None]
    if places != sorted(places):
        return False
    signs = ["({", ": ", "})"] if key is not None else ["(", ")"]
    if computed:
        signs = ["(", ", ", ")"] if value is not None else ["(", ", {})"]
    bounds = [start, *(place for pair in places for place in pair), end]
    gaps = [module.between(*bounds[number : number + 2]) for number in range(0, len(bounds), 2)]
    if not places:
        gaps, signs = [module.between(start, end)], ["({})"]
    rest = tuple(zip(gaps[1:], signs[1:], strict=True))
    scanner.use("metadata", "outlet_events", gaps[0], asset=asset, opening=signs[0], rest=rest, **detail)
    kept = [node for node in (key, value) if node is not None]
    inside = {id(item) for node in kept for item in descend(node)}
    scanner.consume(*(item for item in descend(small) if id(item) not in inside and type(item) is cst.Name))
    for node in kept:
        scanner.visit(node)
    return True


def _of_variable(scanner: ClassScanner, node: cst.CSTNode) -> cst.BaseExpression | None:
    """The URI of the asset that a variable of the function is, which is to be that URI: nothing else reads the variable but for the asset's name."""
    function = scanner.own_node
    found = named(scanner.frame.workspace, scanner.module, node) if type(node) is cst.Name else None
    binding = found[1] if found is not None else None
    if type(node) is not cst.Name or function is None or binding is None or type(binding.node) is not cst.Assign:
        return None
    inside = list(descend(function))
    call, places = binding.node.value, [one for one in inside if type(one) is cst.Name and one.value == node.value]
    uri = uri_of(scanner.module, call)
    if uri is None or type(call) is not cst.Call or not any(one is call for one in inside):
        return None
    asked = [one for one in inside if type(one) is cst.Attribute and one.attr.value == "name" and one.value in places]
    name = name_of(scanner.module, function, call, node.value) if asked else ""
    if name is None or len(places) != len(binding.node.targets) + 1 + len(asked):
        return None
    for one in asked:
        scanner.use("rewrite", node.value, scanner.module.span(one), text=name)
    (start, end), (first, last) = scanner.module.places.offsets(call), expression_place(scanner.module, uri)
    for span in (scanner.module.between(start, first), scanner.module.between(last, end)):
        scanner.use("unread", node.value, span)
    kept = {id(item) for item in descend(uri)}
    scanner.consume(*(item for item in descend(call) if id(item) not in kept and type(item) is cst.Name))
    return uri


def asks_for_events(scanner: ClassScanner, node: cst.BaseExpression, function: cst.CSTNode | None) -> bool:
    """Notes `inlet_events[orders]`, or `asset_state_store[orders]`; whether it is that."""
    kept = _events_of(scanner, node, STATE)
    owner = asset_of(scanner.frame, kept) if kept is not None else None
    if owner is not None:
        asked = {item.attr.value for item in descend(function) if type(item) is cst.Attribute} if function else set()
        if asked & _AT_ONCE:
            scanner.block(f"asks for the state of an asset by `{min(asked & _AT_ONCE)}`", node)
        scanner.use("asset_events", STATE, scanner.module.span(node), node, asset=owner)
        scanner.consume(node)
        return True
    key = _events_of(scanner, node, "inlet_events")
    if key is None:
        return False
    number = literal_key(key)
    asset = number if isinstance(number, int) else asset_of(scanner.frame, key) or alias_of(scanner.frame, key)
    of_events = _asked_of_events(scanner, node, function)
    index = index_of(key) if asset is None and type(key) is cst.Subscript else None
    chosen: Mapping[Any, AssetValue] = {}
    if index is not None and type(key) is cst.Subscript:
        chosen = by_key(scanner.frame, key)
    elif asset is None and (chosen := looped_assets(scanner, key)):
        index = key
        name_assets(scanner, key)
    if index is not None and chosen:
        place = scanner.module.span(index)
        scanner.use(
            "asset_events", "inlet_events", scanner.module.span(node), assets=chosen, index=place, asked=of_events
        )
        scanner.consume(*(item for item in descend(node) if item not in set(descend(index))))
        return True
    given: dict[str, str] = {}
    if asset is None and type(key) is cst.Name:
        value = scanner.frame.value(key)
        given = {"parameter": key.value} if isinstance(value, Symbolic) and value.kind == "argument" else {}
    scanner.use("asset_events", "inlet_events", scanner.module.span(node), node, asset=asset, asked=of_events, **given)
    scanner.consume(node)
    return True


def asks_for_triggers(
    scanner: ClassScanner, node: cst.BaseExpression, part: Part, function: cst.CSTNode | None
) -> bool:
    """Notes the mapping of the events that started the run; whether the node is that, and not what is asked of it."""
    if part.path:
        return False
    scanner.use("key", part.name, scanner.module.span(node), node, asked=_asked_of_events(scanner, node, function))
    scanner.consume(node)
    return True


def _asked_of_events(scanner: ClassScanner, node: cst.CSTNode, function: cst.CSTNode | None) -> list[Value]:
    """Those of `OF_EVENTS` for which the function asks something; notes what else it asks that only Airflow knows. Of the event's asset it is the name
    and URI that are known."""
    attributes = [item for item in descend(function) if type(item) is cst.Attribute] if function else []
    named = {id(item.value) for item in attributes if item.attr.value in ("name", "uri")}
    asked = {item.attr.value for item in attributes}
    others = asked & OF_OTHERS
    others |= {item.attr.value for item in attributes if item.attr.value in _OF_ASSETS and id(item) not in named}
    if others:
        scanner.block(f"asks an event of an asset for its `{min(others)}`", node)
    return sorted(asked & OF_EVENTS)


def names_asset(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Notes what stands for the name or URI of an asset, or for the asset where the events that started the run are asked by it; whether it does."""
    if type(node) is cst.Attribute and node.attr.value in ("name", "uri"):
        asset = asset_of(scanner.frame, node.value) if isinstance(node.value, cst.Name | cst.Subscript) else None
        value = None if asset is None else asset.name if node.attr.value == "name" else asset.uri
        if value is None or SANITIZED.search(value):
            return False
        scanner.use("rewrite", "uri", scanner.module.span(node), text=repr(value))
        scanner.consume(node)
        return True
    key: cst.BaseExpression | None = None
    if type(node) is cst.Subscript:
        key, events = index_of(node), node.value
    elif (
        type(node) is cst.Call
        and type(node.func) is cst.Attribute
        and node.func.attr.value == "get"
        and len(node.args) == 2
    ):
        key, events = next(iter(positional(node)), None), node.func.value
    if key is None or isinstance(key, cst.SimpleString | cst.ConcatenatedString):
        return False
    part = scanner.reader.part(events)
    if part is None or part.path or part.argument or part.name != "triggering_asset_events":
        return False
    asset = asset_of(scanner.frame, key)
    if asset is None or SANITIZED.search(asset.uri or ""):
        return False
    scanner.use("rewrite", "asset", scanner.module.span(key), text=repr((asset.name, asset.uri)))
    scanner.consume(key)
    others = node.args[1:] if type(node) is cst.Call else ()
    for child in (events, *(arg.value for arg in others)):
        scanner.visit(child)
    return True


def is_metadata(module: ModuleInfo, small: cst.CSTNode) -> bool:
    """Whether a statement is `yield Metadata(asset, extra)`."""
    if type(small) is not cst.Expr or type(small.value) is not cst.Yield or type(small.value.value) is not cst.Call:
        return False
    call = small.value.value
    qualified = module.qualified(call.func)
    plain = len(positional(call)) + len(keywords(call)) == len(call.args)
    return (
        qualified.startswith("airflow.") and qualified.endswith(f".{_METADATA}") and plain and len(positional(call)) < 3
    )


def yields_metadata_only(module: ModuleInfo, function: cst.CSTNode) -> bool:
    """Whether a function yields, and nothing but metadata of assets: then it is a plain one without these."""
    if _METADATA not in module.source.text:
        return False
    yields = (
        [item for item in descend(function) if type(item) is cst.Yield] if type(function) is cst.FunctionDef else []
    )
    told = [item for item in _small_statements(function) if is_metadata(module, item)] if yields else []
    return bool(yields) and len(told) == len(yields)


def _small_statements(function: cst.CSTNode) -> Iterator[cst.CSTNode]:
    return (item for item in descend(function) if type(item) is cst.Expr)


def _told_of(scanner: ClassScanner, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What stands for the asset in `outlet_events[asset]`, or says which one it is, as in `outlet_events.for_asset(name=...)`."""
    return _events_of(scanner, node, "outlet_events")


def _events_of(scanner: ClassScanner, node: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """The same for the events of the name."""
    asset: cst.BaseExpression | None = None
    if type(node) is cst.Subscript:
        events, asset = node.value, index_of(node)
    elif (
        type(node) is cst.Call
        and type(node.func) is cst.Attribute
        and (is_for_asset(node) or node.func.attr.value == "for_asset_alias")
    ):
        events, asset = node.func.value, node
    else:
        return None
    part = scanner.reader.part(events)
    return asset if part is not None and (part.name, part.path) == (name, ()) else None


def _of_extra(scanner: ClassScanner, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What stands for the asset in `outlet_events[asset].extra`."""
    is_extra = type(node) is cst.Attribute and node.attr.value == "extra"
    return _told_of(scanner, node.value) if type(node) is cst.Attribute and is_extra else None

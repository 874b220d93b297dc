"""What functions tell of the assets that they update, and ask of the events of others.

In: `outlet_events[orders].extra = {...}`, `outlet_events[orders].extra["rows"] = 2`, `yield Metadata(orders, {...})` and `inlet_events[orders]`. Out:
uses of the kinds `metadata` and `asset_events`. Aliases of assets are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.class_scan import ClassScanner
from migrator.analyzers.callables.fold import Frame
from migrator.analyzers.callables.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.resolve import named
from migrator.analyzers.callables.signatures import expression_place
from migrator.analyzers.callables.tree import descend, keywords, literal_key, positional
from migrator.model.values import AssetValue

_OF_OTHERS = frozenset(
    {
        "asset",
        "created_dagruns",
        "dataset",
        "source_aliases",
        "source_dag_id",
        "source_dag_run",
        "source_map_index",
        "source_task_id",
        "source_task_instance",
    }
)
"""Members of an event that say what Airflow's task was."""


def adds_metadata(scanner: ClassScanner, small: cst.CSTNode) -> bool:
    """Notes a statement that tells something of an asset which the task updates; whether it is one."""
    key: cst.BaseExpression | None = None
    value: cst.BaseExpression | None = None
    told: cst.CSTNode | None = None
    if type(small) is cst.Assign and len(small.targets) == 1:
        target: cst.BaseExpression = small.targets[0].target
        value = small.value
        if type(target) is cst.Subscript and not _is_events(scanner, target):
            key, target = _index(target), target.value
        told = _of_extra(scanner, target)
    elif type(small) is cst.Expr and type(small.value) is cst.Call:
        call = small.value
        if type(call.func) is cst.Attribute and call.func.attr.value == "update" and len(call.args) == 1:
            told, value = _of_extra(scanner, call.func.value), next(iter(positional(call)), None)
    elif is_metadata(scanner.module, small):
        assert type(small) is cst.Expr and type(small.value) is cst.Yield and type(small.value.value) is cst.Call
        given = dict(zip(("asset", "extra"), positional(small.value.value), strict=False)) | keywords(small.value.value)
        told, value = given.get("asset", given.get("target")), given.get("extra")
    asset = asset_of(scanner.frame.workspace, scanner.module, told) if told is not None else None
    if asset is None or (value is None and not is_metadata(scanner.module, small)):
        return False
    module = scanner.module
    start, end = module.places.offsets(small)
    places = [expression_place(module, node) for node in (key, value) if node is not None]
    signs = ["({", ": ", "})"] if key is not None else ["(", ")"]
    bounds = [start, *(place for pair in places for place in pair), end]
    gaps = [module.between(*bounds[number : number + 2]) for number in range(0, len(bounds), 2)]
    if not places:
        gaps, signs = [module.between(start, end)], ["({})"]
    rest = tuple(zip(gaps[1:], signs[1:], strict=True))
    scanner.use("metadata", "outlet_events", gaps[0], asset=asset, opening=signs[0], rest=rest)
    kept = [node for node in (key, value) if node is not None]
    inside = {id(item) for node in kept for item in descend(node)}
    scanner.consume(*(item for item in descend(small) if id(item) not in inside and type(item) is cst.Name))
    for node in kept:
        scanner.visit(node)
    return True


def asks_for_events(scanner: ClassScanner, node: cst.Subscript, function: cst.CSTNode | None) -> bool:
    """Notes `inlet_events[orders]`; whether it is that."""
    part = scanner.reader.part(node.value)
    key = _index(node)
    if part is None or (part.name, part.path) != ("inlet_events", ()) or key is None:
        return False
    number = literal_key(key)
    asset = number if isinstance(number, int) else asset_of(scanner.frame.workspace, scanner.module, key)
    asked = {item.attr.value for item in descend(function) if type(item) is cst.Attribute} if function else set()
    if asset is None:
        return False
    if asked & _OF_OTHERS:
        scanner.block(f"asks an event of an asset for its `{min(asked & _OF_OTHERS)}`", node)
    scanner.use("asset_events", "inlet_events", scanner.module.span(node), node, asset=asset)
    scanner.consume(node)
    return True


def is_metadata(module: ModuleInfo, small: cst.CSTNode) -> bool:
    """Whether a statement is `yield Metadata(asset, extra)`, without an alias."""
    if type(small) is not cst.Expr or type(small.value) is not cst.Yield or type(small.value.value) is not cst.Call:
        return False
    call = small.value.value
    qualified = module.qualified(call.func)
    plain = len(positional(call)) + len(keywords(call)) == len(call.args) and "alias" not in keywords(call)
    return qualified.startswith("airflow.") and qualified.endswith(".Metadata") and plain and len(positional(call)) < 3


def yields_metadata_only(module: ModuleInfo, function: cst.CSTNode) -> bool:
    """Whether a function yields, and nothing but metadata of assets: then it is a plain one without these."""
    yields = (
        [item for item in descend(function) if type(item) is cst.Yield] if type(function) is cst.FunctionDef else []
    )
    told = [item for item in _small_statements(function) if is_metadata(module, item)] if yields else []
    return bool(yields) and len(told) == len(yields)


def asset_of(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode) -> AssetValue | None:
    """The asset that an expression is: a name for `Asset(...)`, that call itself, or its URI."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        uri = literal_key(node)
        return AssetValue(uri, uri) if isinstance(uri, str) else None
    if type(node) is cst.Name:
        found = named(workspace, module, node)
        binding = found[1] if found is not None else None
        if found is None or binding is None or not isinstance(binding.node, cst.Assign | cst.AnnAssign):
            return None
        module, value = found[0], binding.node.value
        return asset_of(workspace, module, value) if type(value) is cst.Call else None
    if type(node) is not cst.Call:
        return None
    qualified = module.qualified(node.func)
    kind = qualified.rpartition(".")[2]
    if not qualified.startswith("airflow.") or kind not in ("Asset", "Dataset"):
        return None
    order = ("name", "uri") if kind == "Asset" else ("uri",)
    frame = Frame(workspace, module)
    given = {
        name: frame.value(value)
        for name, value in (dict(zip(order, positional(node), strict=False)) | keywords(node)).items()
        if name in ("name", "uri")
    }
    known = [value for value in given.values() if isinstance(value, str)]
    if not known or len(known) < len(given):
        return None
    return AssetValue(str(given.get("name", known[0])), str(given.get("uri", known[0])))


def _small_statements(function: cst.CSTNode) -> Iterator[cst.CSTNode]:
    return (item for item in descend(function) if type(item) is cst.Expr)


def _index(node: cst.Subscript) -> cst.BaseExpression | None:
    if len(node.slice) != 1 or type(node.slice[0].slice) is not cst.Index:
        return None
    return node.slice[0].slice.value


def _is_events(scanner: ClassScanner, node: cst.CSTNode) -> bool:
    """Whether something is `outlet_events[...]`."""
    part = scanner.reader.part(node.value) if type(node) is cst.Subscript else None
    return part is not None and (part.name, part.path) == ("outlet_events", ())


def _of_extra(scanner: ClassScanner, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What stands for the asset in `outlet_events[asset].extra`."""
    if type(node) is not cst.Attribute or node.attr.value != "extra" or not _is_events(scanner, node.value):
        return None
    assert type(node.value) is cst.Subscript
    return _index(node.value)

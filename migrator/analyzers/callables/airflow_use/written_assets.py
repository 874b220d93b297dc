"""The assets that expressions of a function are, as the code writes them down.

In: an expression, and where it stands. Out: the asset, with its name and URI; None where they are not known.
"""

from __future__ import annotations

import re

import libcst as cst

from migrator.analyzers.asset_uris import plain_uri
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.tree import descend, keywords, literal_key, positional
from migrator.model.values import AssetValue, Value

SANITIZED = re.compile(r"[?#@]")
"""What Airflow may write otherwise in a URI."""


def asset_of(frame: Frame, node: cst.CSTNode) -> AssetValue | None:
    """The asset that an expression is: a name for `Asset(...)`, that call itself, its URI, or a member of a dictionary of assets."""
    workspace, module = frame.workspace, frame.module
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        uri = literal_key(node)
        return AssetValue(uri, plain_uri(uri)) if isinstance(uri, str) else None
    if type(node) is cst.Name:
        found = named(workspace, module, node)
        binding = found[1] if found is not None else None
        if found is None or binding is None or not isinstance(binding.node, cst.Assign | cst.AnnAssign):
            return None
        value = _assigned(binding.node, binding.name)
        return asset_of(Frame(workspace, found[0]), value) if type(value) is cst.Call else None
    if type(node) is cst.Subscript:
        index = index_of(node)
        return _member(frame, node, frame.value(index)) if index is not None else None
    if type(node) is not cst.Call:
        return None
    kind = _makes_asset(module, node)
    if not kind:
        return None
    order = ("name", "uri") if kind == "Asset" else ("uri",)
    given = {
        name: frame.value(value)
        for name, value in (dict(zip(order, positional(node), strict=False)) | keywords(node)).items()
        if name in ("name", "uri")
    }
    known = [value for value in given.values() if isinstance(value, str)]
    if not known or len(known) < len(given):
        return None
    return AssetValue(str(given.get("name", known[0])), plain_uri(str(given.get("uri", known[0]))))


def alias_of(frame: Frame, node: cst.CSTNode) -> AssetValue | None:
    """The alias of assets that an expression is: a name for `AssetAlias(...)`, or that call itself."""
    workspace, module = frame.workspace, frame.module
    if type(node) is cst.Name:
        found = named(workspace, module, node)
        binding = found[1] if found is not None else None
        if found is None or binding is None or not isinstance(binding.node, cst.Assign | cst.AnnAssign):
            return None
        value = _assigned(binding.node, binding.name)
        return alias_of(Frame(workspace, found[0]), value) if type(value) is cst.Call else None
    if type(node) is not cst.Call:
        return None
    by_name = type(node.func) is cst.Attribute and node.func.attr.value == "for_asset_alias"
    kind = module.qualified(node.func)
    if not by_name and not (kind.startswith("airflow.") and kind.rpartition(".")[2] in ("AssetAlias", "DatasetAlias")):
        return None
    given = dict(zip(("name",), positional(node), strict=False)) | keywords(node)
    name = frame.value(given["name"]) if "name" in given else None
    return AssetValue(name, None, "alias") if isinstance(name, str) else None


def _assigned(node: cst.Assign | cst.AnnAssign, name: str) -> cst.BaseExpression | None:
    """What an assignment gives a name, also where it gives several names as many values."""
    target = node.targets[0].target if type(node) is cst.Assign else None
    if type(target) is not cst.Tuple or type(node.value) is not cst.Tuple:
        return node.value
    pairs = zip(target.elements, node.value.elements, strict=False)
    plain = all(type(element) is cst.Element for element in (*target.elements, *node.value.elements))
    names = {to.value.value: value.value for to, value in pairs if type(to.value) is cst.Name} if plain else {}
    return names.get(name)


def uri_of(module: ModuleInfo, node: cst.CSTNode) -> cst.BaseExpression | None:
    """What gives the URI of an asset that code makes while it runs, or its name where it has no other."""
    if type(node) is not cst.Call or not _makes_asset(module, node):
        return None
    order = ("name", "uri") if _makes_asset(module, node) == "Asset" else ("uri",)
    given = dict(zip(order, positional(node), strict=False)) | keywords(node)
    # What an asset holds besides is nothing of its event.
    known = len(given) == len(node.args) and given.keys() <= {"name", "uri", "group"}
    return given.get("uri", given.get("name")) if known else None


def name_of(module: ModuleInfo, function: cst.CSTNode, call: cst.Call, variable: str) -> str | None:
    """The code that gives the name of such an asset in the function, where a variable has what gives its URI; None where that may be something else."""
    given = dict(zip(("name", "uri"), positional(call), strict=False)) | keywords(call)
    name = given.get("name") if _makes_asset(module, call) == "Asset" else None
    if name is None or "uri" not in given:
        return variable if name is not None else None
    plain = (cst.Name, cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
    parts = list(descend(name))
    names = [part.value for part in parts if type(part) is cst.Name]
    bindings = module.table.scopes[function].bindings
    once = all(len(bindings.get(one, ())) == 1 for one in names)
    simple = all(isinstance(part, plain) for part in parts if isinstance(part, cst.BaseExpression))
    return module.text(name) if once and simple else None


def known_start(node: cst.BaseExpression) -> str:
    """What a computed text begins with, as far as it is written down."""
    while type(node) is cst.BinaryOperation and type(node.operator) is cst.Add:
        node = node.left
    if type(node) is cst.FormattedString:
        first = next(iter(node.parts), None)
        plain = type(first) is cst.FormattedStringText and "r" not in node.prefix.lower() and "\\" not in first.value
        return first.value if plain and type(first) is cst.FormattedStringText else ""
    text = literal_key(node)
    return text if isinstance(text, str) else ""


def _makes_asset(module: ModuleInfo, call: cst.Call) -> str:
    """Which class of Airflow's for assets a call makes an object of, or refers to one of; empty for any other call."""
    if is_for_asset(call):
        return "Asset"
    qualified = module.qualified(call.func)
    kind = qualified.removesuffix(".ref").rpartition(".")[2]
    return kind if qualified.startswith("airflow.") and kind in ("Asset", "Dataset") else ""


def is_for_asset(call: cst.Call) -> bool:
    """Whether it is `events.for_asset(name=..., uri=...)`, for events by asset."""
    given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    named_only = len(given) == len(call.args) and bool(given) and given <= {"name", "uri"}
    return type(call.func) is cst.Attribute and call.func.attr.value == "for_asset" and named_only


def by_key(frame: Frame, node: cst.Subscript) -> dict[str, Value]:
    """The assets that a loop over known keys takes out of such a dictionary, by key; none where one of them is not known."""
    index = index_of(node)
    keys = frame.values(index) if index is not None else []
    found: dict[str, Value] = {}
    for key in keys:
        asset = _member(frame, node, key)
        if asset is None:
            return {}
        found[str(key)] = asset
    return found


def _member(frame: Frame, node: cst.Subscript, key: Value) -> AssetValue | None:
    """The asset by this key in a dictionary that a module writes down, or makes of names that it writes down."""
    found = named(frame.workspace, frame.module, node.value) if type(node.value) is cst.Name else None
    binding = found[1] if found is not None else None
    if not isinstance(key, str) or found is None or binding is None:
        return None
    if not isinstance(binding.node, cst.Assign | cst.AnnAssign):
        return None
    module, assets = found[0], binding.node.value
    if type(assets) is cst.Dict:
        own = Frame(frame.workspace, module)
        pairs = (pair for pair in assets.elements if isinstance(pair, cst.DictElement) and own.value(pair.key) == key)
        last = next(reversed(list(pairs)), None)
        return asset_of(own, last.value) if last is not None else None
    if type(assets) is not cst.DictComp or not isinstance(assets.for_in.target, cst.Name):
        return None
    name, scope = assets.for_in.target.value, module.table.scopes.get(assets)
    if scope is None or not isinstance(assets.key, cst.Name) or assets.key.value != name:
        return None
    return asset_of(Frame(frame.workspace, module, arguments={(scope, name): key}), assets.value)


def index_of(node: cst.Subscript) -> cst.BaseExpression | None:
    """What stands in the brackets of `x[...]`; None for a slice."""
    if len(node.slice) != 1 or type(node.slice[0].slice) is not cst.Index:
        return None
    return node.slice[0].slice.value

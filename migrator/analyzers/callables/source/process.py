"""Statements at the top of a module that change what others find: what a name holds, the options of a library, the environment of the process.

Airflow runs the module before each of its tasks, which find the environment changed whether or not their own code names it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Binding, Scope
from migrator.analyzers.callables.source.tree import descend

_ENVIRONMENT = re.compile(r"os\.(?:environ\b|putenv$|unsetenv$)")
_NAMES = re.compile(r"environ|putenv|unsetenv")
"""One of these stands in every module that changes the environment."""
_SETS = re.compile(
    r"(?!logging\.|sys\.)\w.*\.(?:set|use|seed|register|disable|enable|configure|filterwarnings$|simplefilter$)[^.]*$"
)
"""Calls by which a library is told how to work (`pandas.set_option`, `locale.setlocale`, `random.seed`, `matplotlib.use`). Logging is Dagster's."""

_METHODS = r"\.(?:add|append|appendleft|clear|discard|extend|insert|pop|popitem|remove|setdefault|update)\("
_CHANGED = rf"(?:\[[^\]\n]{{0,200}}\]){{0,3}}\s{{0,9}}(?:{_METHODS}|[-+|&^]?=(?!=))"
"""What stands behind a container that is changed."""
_CHANGED_INSIDE = rf"(?!\s{{0,9}}=){_CHANGED}"
"""The same of one that is not another one from then on."""

_LOOPS = (cst.For, cst.While, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def changes(module: ModuleInfo, scope: Scope, name: str, bindings: Sequence[Binding]) -> list[Binding]:
    """Statements that change what a name holds (`CONFIG["x"] = 1`, `pd.options.x = 1`, `NAMES.append(1)`)."""
    touches = scope.touches.get(name, [])
    if any(binding.kind in ("function", "class") for binding in bindings):
        return []
    if any(binding.kind == "import" for binding in bindings):
        return [t for t in touches if name != "sys" and (type(t.node) is not cst.Call or _sets_library(module, t.node))]
    return touches


def changed_in(module: ModuleInfo, pieces: Iterable[cst.CSTNode], names: Collection[str]) -> set[str]:
    """Those of the names whose values functions in the pieces change."""
    scopes = [module.table.scopes.get(node) for piece in pieces if names for node in descend(piece)]
    return {name for scope in scopes if scope is not None for name in scope.touches if name in names}


def changes_member(module: ModuleInfo, name: str, once: bool = False) -> bool:
    """Whether code of a module changes what a class or object holds under a name (`Table.ALL.append(self)`, `cls.BY_NAME[name] = cls`); of what is set
    `once`, whether it changes what is in that."""
    changed = _CHANGED_INSIDE if once else _CHANGED
    return re.search(rf"\.{re.escape(name)}\b{changed}", module.source.text) is not None


def may_change(
    module: ModuleInfo,
    function: cst.CSTNode,
    name: str,
    place: cst.CSTNode,
    aside: Collection[cst.CSTNode] = (),
    attribute: str = "",
) -> bool:
    """Whether a function may have changed what is in its parameter, or in an `attribute` of it, by the time that it comes to a place: it does so
    anywhere, or has handed it on, but for what stands `aside`."""
    text, shown = module.text(function), re.escape(f"{name}.{attribute}" if attribute else name)
    if re.search(rf"\b{shown}\b{_CHANGED}|\bdel\s+\(?{shown}\b", text):
        return True
    nodes = [*descend(function)]
    loops = [node for node in nodes if isinstance(node, _LOOPS) and any(one is place for one in descend(node))]
    end = max(module.places.offsets(node)[1] for node in (place, *loops))
    asked: set[cst.CSTNode] = {node.value for node in nodes if isinstance(node, cst.Attribute | cst.Subscript)}
    asked |= {node.comparator for node in nodes if isinstance(node, cst.ComparisonTarget)}
    asked |= {node.name for node in nodes if isinstance(node, cst.Param)}
    asked.update(aside)
    whole = (node for node in nodes if node not in asked and _is_named(node, name, attribute))
    return any(module.places.offsets(node)[0] < end for node in whole)


def _is_named(node: cst.CSTNode, name: str, attribute: str) -> bool:
    if attribute:
        own = isinstance(node, cst.Attribute) and node.attr.value == attribute
        return own and isinstance(node, cst.Attribute) and _is_named(node.value, name, "")
    return isinstance(node, cst.Name) and node.value == name


def _sets_library(module: ModuleInfo, node: cst.CSTNode) -> bool:
    """Whether a call sets something for the process (`os.environ.setdefault(...)`, `pandas.set_option(...)`)."""
    name = module.qualified(node.func) if type(node) is cst.Call else ""
    return bool(_SETS.match(name) or _ENVIRONMENT.match(name))


def may_change_environment(text: str) -> bool:
    """Whether a module of that text can change the environment at all: most need not be parsed for that."""
    return _NAMES.search(text) is not None


def environment_changes(module: ModuleInfo) -> list[cst.CSTNode]:
    """The statements at the top of a module that change the environment, in order."""
    scope = module.table.module
    found = [
        touch for touches in scope.touches.values() for touch in touches if _changes_environment(module, touch.node)
    ]
    units = dict.fromkeys(touch.unit for touch in found if touch.unit is not None)
    return sorted(units, key=module.places.offsets)


def _changes_environment(module: ModuleInfo, node: cst.CSTNode) -> bool:
    base = node.func if type(node) is cst.Call else node.value if type(node) is cst.Subscript else None
    return bool(base is not None and _ENVIRONMENT.match(module.qualified(base)))

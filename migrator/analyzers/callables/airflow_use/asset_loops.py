"""Loops over assets that a function writes down: `for asset in (orders, returns): ... inlet_events[asset] ... asset.uri`.

In: the loop's variable. Out: uses that put names of assets in the place of Airflow's objects, and the assets that the loop's variable stands for. Other
loops are left to what reads the names in them.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.written_assets import SANITIZED, asset_of, index_of
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.tree import descend
from migrator.model.expressions import Helper
from migrator.model.values import AssetValue

ASSET_NAME = Helper("AssetName", "asset_events")


def looped_assets(scanner: ClassScanner, node: cst.BaseExpression) -> dict[tuple[str, str | None], AssetValue]:
    """The assets that a loop's variable stands for, by name and URI; none where it is no such variable, or more is asked of it."""
    clause = _clause(scanner, node)
    if clause is None or not _asks_for_names(scanner, clause):
        return {}
    return {(asset.name, asset.uri): asset for _, asset in _members(scanner.frame, clause)}


def name_assets(scanner: ClassScanner, node: cst.BaseExpression) -> None:
    """Notes that names stand for the assets which the loop of this variable is over."""
    clause = _clause(scanner, node)
    for member, asset in _members(scanner.frame, clause) if clause is not None else ():
        if member in scanner.found.consumed:
            continue
        end = scanner.module.places.offsets(member)[1]
        scanner.use("library", ASSET_NAME.name, scanner.module.span(member), text=ASSET_NAME)
        scanner.use("rewrite", "asset", scanner.module.between(end, end), text=repr((asset.name, asset.uri)))
        scanner.consume(member)


def _clause(scanner: ClassScanner, node: cst.BaseExpression) -> cst.For | cst.CompFor | None:
    """The clause of the loop that gives a variable its values."""
    found = named(scanner.frame.workspace, scanner.module, node) if type(node) is cst.Name else None
    binding = found[1] if found is not None else None
    if type(node) is not cst.Name or binding is None or binding.kind != "loop":
        return None
    clause = binding.node if type(binding.node) is cst.For else getattr(binding.node, "for_in", None)
    if not isinstance(clause, cst.For | cst.CompFor) or not _is_named(clause.target, node.value):
        return None
    return clause


def _members(frame: Frame, clause: cst.For | cst.CompFor) -> Iterator[tuple[cst.BaseExpression, AssetValue]]:
    """The elements of the list that a loop is over, and the assets that they are; none where one of them is none, or Airflow may write its URI otherwise."""
    if type(clause.target) is not cst.Name or not isinstance(clause.iter, cst.Tuple | cst.List):
        return
    nodes = [element.value for element in clause.iter.elements if type(element) is cst.Element]
    assets = [asset_of(frame, node) if type(node) is cst.Name else None for node in nodes]
    known = [one for one in assets if one is not None and not SANITIZED.search(one.uri or "")]
    if len(known) == len(clause.iter.elements):
        yield from zip(nodes, known, strict=True)


def _asks_for_names(scanner: ClassScanner, clause: cst.For | cst.CompFor) -> bool:
    """Whether all that the function does with the variable is to ask for `name` and `uri`, or to take it for a key."""
    around = scanner.own_node
    if around is None or type(clause.target) is not cst.Name:
        return False
    name, nodes = clause.target.value, list(descend(around))
    fine = {id(node.value) for node in nodes if type(node) is cst.Attribute and node.attr.value in ("name", "uri")}
    fine |= {id(index_of(node)) for node in nodes if type(node) is cst.Subscript}
    fine |= {id(node.attr) for node in nodes if type(node) is cst.Attribute}
    fine |= {id(node.target) for node in nodes if isinstance(node, cst.For | cst.CompFor)}
    return all(id(node) in fine for node in nodes if _is_named(node, name))


def _is_named(node: cst.CSTNode, name: str) -> bool:
    return type(node) is cst.Name and node.value == name

"""Statements that only choose from where Airflow is imported: `if AIRFLOW_3: from airflow.sdk import x` with another import in its `else`, or a `try`
with one after `except ImportError`; and blocks that are only there for tools that check types: `if TYPE_CHECKING:`, which is false whenever code runs (those at the top of a module give annotations their names).

In: such a statement of a function. Out: whether it is one; then it is cut out, with the imports of what only its condition asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.tree import descend, statements

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.variable_scan import VariableScanner

_IMPORTS = (cst.Import, cst.ImportFrom)


def cuts_switch(scanner: VariableScanner, cut: Callable[[cst.CSTNode], bool], node: cst.If | cst.Try) -> bool:
    """Has a statement cut out that only chooses from where Airflow is imported, or is only for types; whether it is one. `cut` counts a line as gone."""
    module = scanner.module
    inside = any(type(around) is cst.FunctionDef for around in module.enclosing(node))
    for_types = (
        isinstance(node, cst.If) and node.orelse is None and module.qualified(node.test) == "typing.TYPE_CHECKING"
    )
    if inside and for_types:
        if not cut(node):
            return False
        scanner.use("alias", "TYPE_CHECKING", module.whole_lines(node))
        scanner.consume(node)
        return True
    names = [name for block in _blocks(node) for name in _imported(module, block)] if inside else []
    if not names or None in names or any(type(part) is cst.Call for part in _conditions(node)):
        return False
    lines = [node, *_only_for(module, node)]
    if not all(cut(line) for line in lines):
        return False
    for line in lines:
        scanner.use("alias", ", ".join(sorted({str(name) for name in names})), module.whole_lines(line))
        scanner.consume(*(part for part in descend(line) if type(part) is cst.Name))
    return True


def _blocks(node: cst.If | cst.Try) -> Iterator[cst.BaseSuite]:
    """The blocks of a statement, those of further `elif` among them."""
    yield node.body
    if isinstance(node, cst.Try):
        yield from (handler.body for handler in node.handlers)
        yield from (part.body for part in (node.orelse, node.finalbody) if part is not None)
    elif isinstance(node.orelse, cst.If):
        yield from _blocks(node.orelse)
    elif node.orelse is not None:
        yield node.orelse.body


def _conditions(node: cst.If | cst.Try) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.If):
        yield from descend(node.test)
        yield from _conditions(node.orelse) if isinstance(node.orelse, cst.If) else ()


def _imported(module: ModuleInfo, block: cst.BaseSuite) -> Iterator[str | None]:
    """What a block imports from Airflow; None where it does anything else."""
    for line in block.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else (line,):
            bindings = module.table.imports.get(small, []) if isinstance(small, _IMPORTS) else []
            if not bindings:
                yield None
            for binding in bindings:
                yield binding.name if binding.target is not None and binding.target.is_airflow else None


def _only_for(module: ModuleInfo, node: cst.If | cst.Try) -> Iterator[cst.CSTNode]:
    """The lines of the function that import what nothing but the statement asks for."""
    block = module.table.blocks[node]
    reads = {read.node for read in module.table.reads_in(node)}
    for line in statements(block) if isinstance(block, cst.Module | cst.BaseSuite) else ():
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            continue
        bindings = module.table.imports.get(line.body[0], []) if isinstance(line.body[0], _IMPORTS) else []
        taken = [
            [read for read in module.table.reads if binding in module.table.bindings_of(read)] for binding in bindings
        ]
        if taken and all(found and reads.issuperset(read.node for read in found) for found in taken):
            yield line

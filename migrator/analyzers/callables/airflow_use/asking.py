"""Parameters for Airflow's context that a function of the team's own fills itself where its caller gives nothing.

In: a function such as `def span(context=None): context = context or get_current_context()`. Out: the statement that fills the parameter, which is the
context then however the function is called, and which is cut out with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.signatures import parameters_of
from migrator.analyzers.callables.source.tree import statements


def filled_parameters(module: ModuleInfo, function: cst.FunctionDef) -> dict[str, cst.CSTNode]:
    """The parameters that a function itself fills with Airflow's context, with the statements that do so."""
    if "get_current_context" not in module.text(function):
        return {}
    found: dict[str, cst.CSTNode] = {}
    for param in parameters_of(function.params):
        if isinstance(param, cst.Param) and param.default is not None and _is_none(param.default):
            statement = _filling(module, function, param.name.value)
            if statement is not None:
                found[param.name.value] = statement
    return found


def fills_otherwise(
    module: ModuleInfo, function: cst.FunctionDef, call: cst.Call, given: Sequence[cst.Arg], bound: bool
) -> bool:
    """Whether a call may give something else to a parameter that the function would fill with the context."""
    filled = filled_parameters(module, function)
    slots = [param.name.value for param in function.params.params][1 if bound else 0 :]
    for place, arg in enumerate(call.args if filled else ()):
        name = arg.keyword.value if arg.keyword is not None else slots[place] if place < len(slots) else ""
        if arg not in given and (arg.star or name in filled):
            return True
    return False


def _filling(module: ModuleInfo, function: cst.FunctionDef, name: str) -> cst.CSTNode | None:
    """The first statement that reads a parameter, where it fills that and nothing else sets it."""
    if not isinstance(function.body, cst.IndentedBlock):
        return None
    kinds = [binding.kind for binding in module.table.scopes[function].bindings.get(name, ())]
    reading = (line for line in statements(function.body) if _reads(module, line, name))
    first = next(reading, None)
    if kinds != ["parameter", "assign"] or first is None:
        return None
    return first if any(_is_context(module, value) for value in _fillings(first, name)) else None


def _reads(module: ModuleInfo, line: cst.CSTNode, name: str) -> bool:
    return any(read.name == name for read in module.table.reads_in(line))


def _fillings(line: cst.CSTNode, name: str) -> Iterator[cst.BaseExpression]:
    """What a statement sets a name to where it holds nothing yet, if it does nothing else."""
    if isinstance(line, cst.If):
        block = statements(line.body) if isinstance(line.body, cst.IndentedBlock) else ()
        if line.orelse is None and _lacks(line.test, name) and len(block) == 1:
            yield from _assigned(block[0], name)
        return
    for value in _assigned(line, name):
        if isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or) and _is(value.left, name):
            yield value.right
        elif isinstance(value, cst.IfExp) and _lacks(value.test, name) and _is(value.orelse, name):
            yield value.body
        elif isinstance(value, cst.IfExp) and _has(value.test, name) and _is(value.body, name):
            yield value.orelse


def _assigned(line: cst.CSTNode, name: str) -> Iterator[cst.BaseExpression]:
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and _is(small.targets[0].target, name):
        yield small.value


def _lacks(test: cst.BaseExpression, name: str) -> bool:
    """`not name`, `name is None`"""
    if isinstance(test, cst.UnaryOperation):
        return isinstance(test.operator, cst.Not) and _is(test.expression, name)
    return _compares(test, name, cst.Is)


def _has(test: cst.BaseExpression, name: str) -> bool:
    """`name`, `name is not None`"""
    return _is(test, name) or _compares(test, name, cst.IsNot)


def _compares(test: cst.BaseExpression, name: str, operator: type[cst.BaseCompOp]) -> bool:
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1 or not _is(test.left, name):
        return False
    other = test.comparisons[0]
    return isinstance(other.operator, operator) and _is_none(other.comparator)


def _is(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _is_none(node: cst.CSTNode) -> bool:
    return _is(node, "None")


def _is_context(module: ModuleInfo, node: cst.BaseExpression) -> bool:
    """`get_current_context()`"""
    qualified = module.qualified(node.func) if isinstance(node, cst.Call) and not node.args else ""
    return qualified.startswith("airflow.") and qualified.endswith(".get_current_context")

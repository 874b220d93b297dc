"""Airflow's context as a whole, where code uses it like any other dictionary: goes through it, copies it, prints it.

In: an expression that denotes the context. Out: whether it stands in such a place; the use is noted then, with the members that the code names in
quotes. What else there is in Airflow's context is not asked for by name.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import class_named
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS, DICT_KEYS, LIVE_KEYS, OF_FAILURES, PLAIN_KEYS
from migrator.analyzers.callables.source.modules import ModuleUnreadable
from migrator.analyzers.callables.source.tree import (
    children,
    descend,
    dotted,
    keywords,
    literal_index,
    root_name,
)
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner

_SHOWING = frozenset(
    {"pformat", "pp", "pprint", "pprint.pformat", "pprint.pp", "pprint.pprint", "print", "repr", "str"}
)
_LOGGING = frozenset({"critical", "debug", "error", "exception", "info", "log", "warning"})
_READING = frozenset("copy.copy dict enumerate frozenset iter len list set sorted tuple".split())
_METHODS = frozenset({"copy", "get", "items", "keys", "pop", "setdefault", "update", "values"})
_NAMED = (PLAIN_KEYS | DICT_KEYS) - OF_FAILURES
_QUOTED = re.compile(rf"[\"']({'|'.join(sorted(_NAMED))})[\"']")

_ASKS_PARAMETERS = re.compile(r"\bsignature\(|\bgetfullargspec\(|\b__code__\b")
"""What tells at run time which parameters a function has."""
_QUOTED_OBJECT = re.compile(rf"[\"'](?:{'|'.join(sorted(LIVE_KEYS))})[\"']|get_current_context")
"""Members that are objects of a running Airflow."""


def uses_as_mapping(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Whether the callable uses the context like a dictionary there."""
    function = scanner.own_node if scanner.own else _around(scanner, node)
    if not isinstance(function, cst.FunctionDef):
        return False
    parents = {child: parent for parent in descend(function) for child in children(parent)}
    how = _how(scanner, node, parents)
    if not how:
        return False
    names = {*_QUOTED.findall(scanner.module.text(function))}
    above = parents[node]
    if (kept := _keeping_class(scanner, above, parents)) is not None:
        names |= {*_QUOTED.findall(kept)}
    if _ASKS_PARAMETERS.search(scanner.module.text(function)) and not _is_of_decorator(scanner, function):
        taken = _parameter_names(scanner)
        if taken & LIVE_KEYS:
            return False
        names |= taken & _NAMED
    if isinstance(above, cst.Subscript):
        asked = scanner.frame.values(_index(above))
        if LIVE_KEYS.intersection(name for name in asked if isinstance(name, str)):
            return False
        names |= _NAMED.intersection(name for name in asked if isinstance(name, str))
    star = function.params.star_kwarg
    detail: dict[str, Value] = {"names": tuple(sorted(names - scanner.reader.given)), "shown": how == "shown"}
    if star is not None and isinstance(node, cst.Name) and node.value == star.name.value:
        detail["star"] = star.name.value
        if star.annotation is not None:
            name, annotation = (
                scanner.module.places.offsets(node)[1] for node in (star.name, star.annotation.annotation)
            )
            detail["annotation"] = scanner.module.between(name, annotation)
    scanner.use("mapping", "context", scanner.module.span(node), **detail)
    return True


def _is_of_decorator(scanner: ClassScanner, function: cst.FunctionDef) -> bool:
    """Whether a decorator puts a function around those of tasks, which are given by name what they take."""
    place = scanner.module.file, scanner.module.places.offsets(function)[0]
    return place in scanner.frame.workspace.wrappers


def _parameter_names(scanner: ClassScanner) -> set[str]:
    """The parameters of all functions in the module and those that it imports: of one of them the code asks at run time what it takes."""
    modules = [scanner.module]
    for file in scanner.frame.workspace.local_imports(scanner.module):
        with contextlib.suppress(ModuleUnreadable):
            modules.append(scanner.frame.workspace.module(file))
    params = (node for module in modules for node in descend(module.tree) if isinstance(node, cst.Param))
    return {param.name.value for param in params}


def adds_to_mapping(scanner: ClassScanner, target: cst.CSTNode) -> bool:
    """Whether a target is `context["key"]` with a key that is none of Airflow's; the use is noted then."""
    key = literal_index(target) if isinstance(target, cst.Subscript) else None
    return isinstance(target, cst.Subscript) and key not in CONTEXT_KEYS and uses_as_mapping(scanner, target.value)


def _around(scanner: ClassScanner, node: cst.BaseExpression) -> cst.CSTNode | None:
    """The function that an expression stands in."""
    root = root_name(node)
    read = scanner.module.table.by_node.get(root) if root is not None else None
    scope = read.scope if read is not None else None
    while scope is not None and scope.kind != "function":
        scope = scope.parent
    return scope.node if scope is not None else None


def _how(scanner: ClassScanner, node: cst.CSTNode, parents: dict[cst.CSTNode, cst.CSTNode]) -> str:
    """`shown` where the context is only printed, `read` where it is gone through; empty for all else."""
    above = parents[node]
    around = parents.get(above)
    if isinstance(above, cst.Arg) and isinstance(around, cst.Call):
        return _as_argument(scanner, above, around)
    if isinstance(above, cst.FormattedStringExpression) or _is_formatted(above, node, parents):
        return "shown"
    if isinstance(above, cst.Attribute):
        called = isinstance(around, cst.Call) and around.func is above
        return "read" if called and above.attr.value in _METHODS else ""
    if isinstance(above, (cst.CompFor, cst.For)):
        return "read" if above.iter is node else ""
    if isinstance(above, cst.Subscript):
        return "read" if literal_index(above) not in CONTEXT_KEYS else ""
    return "read" if isinstance(above, (cst.StarredDictElement, cst.ComparisonTarget)) else ""


def _as_argument(scanner: ClassScanner, given: cst.Arg, call: cst.Call) -> str:
    name = scanner.module.qualified(call.func) or dotted(call.func)
    kept = _text_of_class(scanner, call)
    if kept:
        return "" if given.star or _QUOTED_OBJECT.search(kept) else "read"
    if given.star:
        return "read" if given.star == "**" and name == "dict" else ""
    if name in _SHOWING or (isinstance(call.func, cst.Attribute) and call.func.attr.value in _LOGGING):
        return "shown"
    return "read" if name in _READING or (name == "json.dumps" and "default" in keywords(call)) else ""


def _keeping_class(scanner: ClassScanner, above: cst.CSTNode, parents: dict[cst.CSTNode, cst.CSTNode]) -> str | None:
    around = parents.get(above)
    return _text_of_class(scanner, around) if isinstance(above, cst.Arg) and isinstance(around, cst.Call) else None


def _text_of_class(scanner: ClassScanner, call: cst.Call) -> str:
    """The text of the class in the folder that a call makes an object of; empty for any other call."""
    found = class_named(scanner.frame.workspace, scanner.module, call.func)
    return found[0].text(found[1]) if found is not None else ""


def _is_formatted(above: cst.CSTNode, node: cst.CSTNode, parents: dict[cst.CSTNode, cst.CSTNode]) -> bool:
    """Whether an expression, or the tuple that it stands in, is what `"..." % ...` prints."""
    if isinstance(above, cst.Element) and isinstance(parents[above], cst.Tuple):
        above, node = parents[parents[above]], parents[above]
    return isinstance(above, cst.BinaryOperation) and isinstance(above.operator, cst.Modulo) and above.right is node


def _index(node: cst.Subscript) -> cst.BaseExpression:
    element = node.slice[0].slice
    return element.value if isinstance(element, cst.Index) else node

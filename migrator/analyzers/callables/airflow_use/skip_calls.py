"""Operators of the team's own that say themselves which of the tasks right after them are skipped (Airflow's `SkipMixin`).

In: expressions in a class of an operator. Out: uses of kind `ways`, for the object that knows these tasks and what becomes of them: `skip`,
`skip_all_except`, and the tasks themselves (`context["task"].get_direct_relatives(upstream=False)`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from migrator.analyzers.callables.source.tree import children, descend, keywords, positional

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner

SKIP, SKIP_OTHERS, TASKS = "skip", "skip_all_except", "tasks"
_TAKES = {SKIP: ("dag_run", "execution_date", "tasks", "map_index"), SKIP_OTHERS: ("ti", "branch_task_ids")}
_TAKES_IN_3 = {SKIP: ("ti", "tasks"), SKIP_OTHERS: ("ti", "branch_task_ids")}
_SAID = {SKIP: "tasks", SKIP_OTHERS: "branch_task_ids"}
_DATES = ("logical_date", "execution_date")
_OF_RUN: Mapping[str, set[tuple[str | int, ...]]] = {
    "dag_run": {("dag_run",)},
    "execution_date": {*((name,) for name in _DATES), *(("dag_run", name) for name in _DATES)},
    "map_index": {("ti", "map_index")},
    "ti": {("ti",)},
}
"""What of the context such a call is given that says nothing but which run and copy it is about."""
_GIVING = frozenset({"downstream_list", "get_direct_relatives"})
_DEFAULTS = {"execution_date": "None", "map_index": "-1"}
_LISTING = frozenset({"bool", "len", "list", "set", "sorted", "tuple"})
"""Functions that ask a task of a list for nothing."""
_ADDING = frozenset({"append", "extend"})


def skips_others(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Whether an expression is a call by which an operator skips others, or the tasks right after it; adds the use of it."""
    is_tasks, func = _is_tasks(scanner, node), _skipping(scanner, node)
    if not is_tasks and func is None:
        return False
    method = _method(scanner, node)
    calls = _calls(scanner, method) if method is not None else ()
    if is_tasks and calls:
        scanner.use("ways", TASKS, scanner.module.span(node), member=f".{TASKS}", calls=calls)
        scanner.consume(node)
        return True
    if func is None or not isinstance(node, cst.Call):
        return False
    name = func.attr.value
    said = _said(scanner, node, name)
    if said is None or method is None or not _asks_ids_alone(scanner, method):
        scanner.block(
            f"skips tasks by `{scanner.module.text(func)}` in a way that cannot be followed", node, library=True
        )
        return True
    begin = scanner.module.source.text.index("(", scanner.module.places.offsets(func)[1]) + 1
    end = scanner.module.source.text.rindex(")", 0, scanner.module.places.offsets(node)[1])
    first, last = scanner.module.places.offsets(said)
    scanner.use("ways", name, scanner.module.span(func.value), member="", calls=calls)
    for cut in ((begin, first), (last, end)):
        if cut[0] < cut[1]:
            scanner.use("unread", name, scanner.module.between(*cut))
    scanner.consume(*(arg.value for arg in node.args if arg.value is not said))
    scanner.visit(said)
    return True


def _skipping(scanner: ClassScanner, node: cst.CSTNode) -> cst.Attribute | None:
    """`self.skip` or `self.skip_all_except` of such a call; None for all else."""
    func = node.func if isinstance(node, cst.Call) else None
    if not isinstance(func, cst.Attribute) or func.attr.value not in _TAKES:
        return None
    return func if scanner.is_of_airflow(func) else None


def _method(scanner: ClassScanner, node: cst.CSTNode) -> cst.FunctionDef | None:
    """The method around an expression, if Airflow calls it or code that hands it the context."""
    name = next(item for item in descend(node) if isinstance(item, cst.Name))
    method = scanner.method_around(name)
    return method if method is scanner.own_node or method in scanner.frame.formed else None


def _calls(scanner: ClassScanner, method: cst.FunctionDef) -> tuple[str, ...]:
    """The names by which a method skips others."""
    found = (_skipping(scanner, node) for node in descend(method))
    return tuple(sorted({func.attr.value for func in found if func is not None}))


def _is_tasks(scanner: ClassScanner, node: cst.CSTNode) -> bool:
    """Whether an expression is the list of the tasks right after the operator's."""
    attribute = node.func if isinstance(node, cst.Call) else node
    if not isinstance(attribute, cst.Attribute) or attribute.attr.value not in _GIVING:
        return False
    part = scanner.reader.part(attribute.value)
    of_task = part is not None and (part.name, part.path, part.argument) == ("task", (), False)
    of_task = of_task or (part is not None and (part.name, part.path, part.argument) == ("ti", ("task",), False))
    name = attribute.attr.value
    if not (of_task or scanner.is_of_airflow(attribute)):
        return False
    if not isinstance(node, cst.Call):
        return name == "downstream_list"
    given = [*positional(node), *keywords(node).values()]
    upstream = keywords(node).get("upstream", next(iter(positional(node)), None))
    plain = len(given) == len(node.args) <= 1 and len(given) == (upstream is not None)
    return name == "get_direct_relatives" and plain and (upstream is None or scanner.frame.value(upstream) is False)


def _said(scanner: ClassScanner, node: cst.Call, name: str) -> cst.BaseExpression | None:
    """What a call says which tasks are skipped, or are not; None where it says more than that and which run it is about."""
    args, named = positional(node), keywords(node)
    if len(args) + len(named) != len(node.args):
        return None
    for takes in (_TAKES[name], _TAKES_IN_3[name]):
        given = {**dict(zip(takes, args, strict=False)), **named}
        said = given.pop(_SAID[name], None)
        if (
            said is not None
            and len(given) + 1 == len(node.args)
            and all(_is_of_run(scanner, *one) for one in given.items())
        ):
            return said
    return None


def _is_of_run(scanner: ClassScanner, name: str, value: cst.BaseExpression) -> bool:
    part = scanner.reader.part(value)
    if part is None or part.argument:
        return scanner.module.text(value) == _DEFAULTS.get(name)
    return (part.name, *part.path) in _OF_RUN.get(name, set())


# ------------------------------------------------------------------------------------------- what is asked of tasks


def _asks_ids_alone(scanner: ClassScanner, method: cst.FunctionDef) -> bool:
    """Whether the method asks the tasks after its own for nothing but their ids."""
    nodes = list(descend(method))
    held: set[str] = set()
    while True:
        found = held | {name for node in nodes for name in _holding(scanner, node, held)}
        if found == held:
            break
        held = found
    return not any(_asks_more(scanner, node, held) for node in nodes)


def _holding(scanner: ClassScanner, node: cst.CSTNode, held: set[str]) -> Iterator[str]:
    """The names to which a statement or loop gives tasks."""
    if isinstance(node, cst.Assign) and _gives(scanner, node.value, held):
        for target in node.targets:
            yield from _names(target.target)
    elif isinstance(node, (cst.AnnAssign, cst.AugAssign, cst.NamedExpr)):
        if node.value is not None and _gives(scanner, node.value, held):
            yield from _names(node.target)
    elif isinstance(node, (cst.For, cst.CompFor)) and _gives(scanner, node.iter, held):
        yield from _names(node.target)
    elif _adds(node) and any(_gives(scanner, arg.value, held) for arg in node.args):
        yield from _names(node.func)


def _adds(node: cst.CSTNode) -> TypeGuard[cst.Call]:
    """Whether a call adds something to a list."""
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _ADDING


def _names(target: cst.CSTNode) -> Iterator[str]:
    yield from (one.value for one in descend(target) if isinstance(one, cst.Name))


def _gives(scanner: ClassScanner, node: cst.BaseExpression, held: set[str]) -> bool:
    """Whether an expression may be a task, or hold some."""
    if isinstance(node, cst.Name):
        return node.value in held
    if _is_tasks(scanner, node):
        return True
    if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp)):
        return _gives(scanner, node.elt, held)
    if isinstance(node, (cst.Attribute, cst.Comparison, cst.DictComp, cst.Lambda)):
        return isinstance(node, cst.DictComp) and (_gives(scanner, node.key, held) or _gives(scanner, node.value, held))
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in ("bool", "len"):
        return False
    return any(_gives(scanner, one, held) for one in _parts(node))


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The expressions that one is made of."""
    for child in children(node):
        if isinstance(child, cst.BaseExpression):
            yield child
        elif isinstance(child, (cst.Arg, cst.Element, cst.StarredElement, cst.DictElement)):
            yield child.value


def _asks_more(scanner: ClassScanner, node: cst.CSTNode, held: set[str]) -> bool:
    """Whether an expression asks a task for more than its id, or hands some on."""
    if isinstance(node, cst.Attribute):
        return (
            node.attr.value not in {"task_id", *_ADDING}
            and _gives(scanner, node.value, held)
            and not _is_tasks(scanner, node)
        )
    if not isinstance(node, cst.Call) or not any(_gives(scanner, arg.value, held) for arg in node.args):
        return False
    func = node.func
    if isinstance(func, cst.Attribute):
        return _skipping(scanner, node) is None and not (_adds(node) and isinstance(func.value, cst.Name))
    plain = isinstance(func, cst.Name) and func.value in _LISTING
    return not plain or any(arg.keyword is not None for arg in node.args)

"""Dictionaries that tasks hand to each other with keys that are no text: Airflow keeps XComs as JSON, where all keys are text.

Comes in: the function of a task. Goes out: whether what it returns or pushes evidently has such keys. Where that cannot be told of the code, it is not said.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from migrator.diagnostics import Severity
from migrator.model.airflow import AirflowProject, Task
from migrator.model.plan import Delta
from migrator.planning.draft import DagDraft
from migrator.planning.xcom.handover import taken

_NUMBERS = frozenset({"day", "hour", "microsecond", "minute", "month", "quarter", "second", "week", "weekday", "year"})
"""Attributes and methods of dates that are numbers."""
_CALLS = frozenset(
    {"abs", "bool", "float", "hash", "id", "int", "isoweekday", "len", "ord", "round", "toordinal", *_NUMBERS}
)
_MAKES_DICT = re.compile(r"\{|\bdict\b|\bdefaultdict\b|\bOrderedDict\b|\bCounter\b")
"""What stands in all code that makes a dictionary itself; other code need not be parsed."""
_ARITHMETIC = (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)


def has_other_keys(task: Task, project: AirflowProject) -> bool:
    """Whether the function of a task returns or pushes a dictionary of which keys are evidently numbers, True, False, None or tuples."""
    span = task.callable.span if task.callable is not None else None
    source = project.sources.get(span.file) if span is not None else None
    if source is None or span is None or not _MAKES_DICT.search(source.cut(span)):
        return False
    found = source.parse(span)
    return isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)) and _hands_them_over(found)


def note_keys(dag: DagDraft, project: AirflowProject) -> Iterator[Delta]:
    """A difference for each task that hands such a dictionary to others; the functions of the other tasks are not looked at."""
    for giver, takers in taken(dag).items():
        if not has_other_keys(dag.tasks[giver].task, project):
            continue
        shown = ", ".join(f"`{taker}`" for taker in takers)
        yield Delta(
            dag.dag_id,
            giver,
            Severity.WARNING,
            f"the dictionary that it hands over has keys that are no text, and {shown} {'get' if len(takers) > 1 else 'gets'} them as text, as an XCom keeps them",
            "the keys stay what they are",
            "where the code that takes it counts on text, make the keys text where the dictionary is made: `{str(key): ...}`",
        )


def _hands_them_over(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    own = list(_own_nodes(function))
    numbers = {name for node in own for name in _numbered(node)}
    made: dict[str, list[ast.expr]] = {}
    filled: set[str] = set()
    for node in own:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    made.setdefault(target.id, []).append(node.value)
        for target in _targets(node):
            if (
                isinstance(target, ast.Subscript)
                and isinstance(target.value, ast.Name)
                and _is_other(target.slice, numbers)
            ):
                filled.add(target.value.id)
    dictionaries = {name for name, values in made.items() if any(map(_makes_dict, values))}
    for given in (value for node in own for value in _handed_over(node)):
        for value in (given, *made.get(given.id if isinstance(given, ast.Name) else "", ())):
            if _has_them(value, numbers):
                return True
        if _names(given) & filled & dictionaries:
            return True
    return False


def _handed_over(node: ast.AST) -> Iterator[ast.expr]:
    """What a statement returns, or a call pushes."""
    if isinstance(node, ast.Return) and node.value is not None:
        yield node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "xcom_push":
        yield from node.args[1:2]
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "value")


def _names(value: ast.expr) -> set[str]:
    """The names that an expression hands on as they are, or a `dict` of them."""
    if isinstance(value, ast.Name):
        return {value.id}
    if isinstance(value, ast.Dict):
        return set[str]().union(*map(_names, value.values))
    if isinstance(value, (ast.List, ast.Tuple)):
        return set[str]().union(*map(_names, value.elts))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
        return {part.id for given in value.args for part in ast.walk(given) if isinstance(part, ast.Name)}
    return set()


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What is inside the function, but for other functions in there."""
    front: list[ast.AST] = list(function.body)
    while front:
        node = front.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        yield node
        front += ast.iter_child_nodes(node)


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else []


def _numbered(node: ast.AST) -> Iterator[str]:
    """Names that go through numbers: `for i in range(3)`, `for i, row in enumerate(rows)`."""
    if not isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)) or not isinstance(node.iter, ast.Call):
        return
    called = node.iter.func.id if isinstance(node.iter.func, ast.Name) else ""
    target = node.target
    if called == "enumerate" and isinstance(target, ast.Tuple) and target.elts:
        target = target.elts[0]
    if called in ("enumerate", "range") and isinstance(target, ast.Name):
        yield target.id


def _makes_dict(value: ast.expr) -> bool:
    called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
    return isinstance(value, (ast.Dict, ast.DictComp)) or called in ("Counter", "OrderedDict", "defaultdict", "dict")


def _has_them(value: ast.expr, numbers: set[str]) -> bool:
    """Whether an expression is such a dictionary, or has one as a member."""
    if isinstance(value, ast.Dict):
        return any(key is not None and _is_other(key, numbers) for key in value.keys) or any(
            _has_them(item, numbers) for item in value.values
        )
    if isinstance(value, ast.DictComp):
        return _is_other(value.key, numbers) or _has_them(value.value, numbers)
    if isinstance(value, (ast.List, ast.Tuple)):
        return any(_has_them(item, numbers) for item in value.elts)
    if isinstance(value, ast.ListComp):
        return _has_them(value.elt, numbers)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
        inner = value.args[0] if value.args else None
        return isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "enumerate"
    return False


def _is_other(key: ast.expr, numbers: set[str]) -> bool:
    """Whether a key is evidently no text."""
    if isinstance(key, ast.Constant):
        return not isinstance(key.value, str)
    if isinstance(key, ast.Name):
        return key.id in numbers
    if isinstance(key, ast.Call):
        name = (
            key.func.id
            if isinstance(key.func, ast.Name)
            else key.func.attr
            if isinstance(key.func, ast.Attribute)
            else ""
        )
        return name in _CALLS
    if isinstance(key, ast.BinOp) and not any(map(_is_text, (key.left, key.right))):
        return isinstance(key.op, _ARITHMETIC) or _is_other(key.left, numbers) or _is_other(key.right, numbers)
    if isinstance(key, ast.UnaryOp):
        return isinstance(key.op, ast.Not) or _is_other(key.operand, numbers)
    if isinstance(key, ast.Attribute):
        return key.attr in _NUMBERS
    return isinstance(key, (ast.Compare, ast.Tuple))


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))

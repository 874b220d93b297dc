"""Whether a task hands over nothing, or its function shows that it may return None: Airflow keeps no such value, so that it is in no list of what several
handed over."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrator.model.airflow import Task

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef)
_CLIENTS = frozenset({"client", "httpx", "requests", "session"})
"""What a `get` asks for something that is there."""
_WITHOUT_VALUE = frozenset(
    {
        "empty.EmptyOperator",
        "external_task.ExternalTaskSensor",
        "filesystem.FileSensor",
        *(
            f"{module}.{name}{kind}"
            for module, name in (("date_time", "DateTimeSensor"), ("time_delta", "TimeDeltaSensor"))
            for kind in ("", "Async")
        ),
    }
)
"""Operators of Airflow's own whose `execute` returns nothing, by the ends of their modules."""
_WITHOUT_KEYS = _WITHOUT_VALUE | {"bash.BashOperator"}
"""Those that push nothing besides what they return."""


def hands_over_nothing(task: Task, by: Task | None = None) -> bool:
    """Whether Airflow keeps no result of a task, whatever happens in its run; or none where it runs that takes it, as it does only if that was skipped."""
    if task.option("do_xcom_push", True) is False:
        return True
    if by is not None and by.trigger_rule == "all_skipped" and task.task_id in by.upstream:
        return True
    return _is_among(task, _WITHOUT_VALUE)


def pushes_by_no_key(task: Task) -> bool:
    """Whether a task is of an operator of Airflow's own that leaves at most its result."""
    return _is_among(task, _WITHOUT_KEYS)


def _is_among(task: Task, operators: frozenset[str]) -> bool:
    name = f"{task.operator_module.rpartition('.')[2]}.{task.operator}"
    own = task.mapped or task.overrides or not task.operator_module.startswith("airflow.")
    return name in operators and not own


def may_return_none(function: ast.stmt | None) -> bool:
    """Whether one of its ways through a function ends with None, or without a value.

    >>> may_return_none(ast.parse("def size(row): return len(row) if row else None").body[0])
    True
    >>> may_return_none(ast.parse("def size(row): return len(row)").body[0])
    False
    """
    if not isinstance(function, _FUNCTIONS):
        return False
    inside = [node for statement in function.body for node in _own(statement)]
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inside):
        return False
    returned = (node.value for node in inside if isinstance(node, ast.Return))
    return any(map(_may_be_none, returned)) or not _ends(function.body)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a function's own body: nothing of what it defines."""
    if isinstance(node, _SCOPES):
        return
    yield node
    for inner in ast.iter_child_nodes(node):
        yield from _own(inner)


def _may_be_none(value: ast.expr | None) -> bool:
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return True
    if isinstance(value, ast.IfExp):
        return _may_be_none(value.body) or _may_be_none(value.orelse)
    if isinstance(value, ast.BoolOp):
        return _may_be_none(value.values[-1])
    called = value.func if isinstance(value, ast.Call) and len(value.args) == 1 else None
    # `.get("key")` of a mapping, without a default
    if not isinstance(called, ast.Attribute) or called.attr != "get":
        return False
    return not (isinstance(called.value, ast.Name) and called.value.id in _CLIENTS)


def _ends(body: list[ast.stmt]) -> bool:
    """Whether no way leads past the last of some statements: each returns or raises."""
    last = body[-1] if body else None
    if isinstance(last, ast.Return | ast.Raise):
        return True
    if isinstance(last, ast.If):
        return _ends(last.body) and _ends(last.orelse)
    if isinstance(last, ast.With | ast.AsyncWith):
        return _ends(last.body)
    if isinstance(last, ast.Try):
        tried = _ends(last.orelse or last.body) and all(_ends(handler.body) for handler in last.handlers)
        return tried or _ends(last.finalbody)
    if isinstance(last, ast.While):
        forever = isinstance(last.test, ast.Constant) and bool(last.test.value)
        return forever and not any(isinstance(node, ast.Break) for one in last.body for node in _own(one))
    if isinstance(last, ast.Match):
        wild = any(isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None for case in last.cases)
        return wild and all(_ends(case.body) for case in last.cases)
    return False

"""Runs of dlt's pipelines: the tables that they fill are called as the resources that they are given, in the pipeline's dataset.

In: the object that `run` is called on, and the call. Out: the destination and the names of the tables, as far as the code tells them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.source.tree import children
from migrator.analyzers.io.python.names import rendered
from migrator.analyzers.io.python.stores import quietly
from migrator.analyzers.io.python.values import Instance, Library, Made, OwnFunction, Scope, Step
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator


def loaded_tables(
    owner: Value, step: Step, node: cst.Call, evaluator: Evaluator, scope: Scope
) -> tuple[str | None, list[str]]:
    """The destination and the tables that a run of a pipeline of dlt fills, which are called as the resources that it is given."""
    made = owner.made if isinstance(owner, Instance) else owner
    pipeline = made.step("pipeline") if isinstance(made, Made) and made.root.startswith("dlt.") else None
    if pipeline is None or step.name != "run" or "table_name" in step.kwargs or not node.args:
        return None, []
    dataset = rendered(pipeline.argument(None, "dataset_name"))
    destination = rendered(pipeline.argument(None, "destination"))
    given = node.args[0].value
    names = [name for one in _several(given) for name in _resources(one, evaluator, scope)]
    return destination, [f"{dataset}.{name}" if dataset else name for name in names]


def _several(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The expressions of a list or tuple, or the only one."""
    return [one.value for one in node.elements] if isinstance(node, (cst.List, cst.Tuple)) else [node]


def _resource_names(value: Value) -> list[str]:
    """The names of dlt's resources that a value is; empty for all else."""
    if not isinstance(value, Made) or not value.root.startswith("dlt."):
        return []
    chosen, made = value.step("with_resources"), value.step("resource", "sql_table")
    several = list(chosen.args) if chosen is not None else []
    database = value.step("sql_database")
    if database is not None and chosen is None:
        tables = database.argument(None, "table_names")
        several += tables if isinstance(tables, (list, tuple)) else []
    single = made.argument(None, "name", "table") if made is not None else None
    return [name for one in (*several, *_rest_resources(value), single) if (name := rendered(one)) is not None]


def _rest_resources(value: Made) -> list[Value]:
    """The names of the resources of dlt's `rest_api_source({"client": ..., "resources": [...]})`."""
    made = value.step("rest_api_source", "rest_api_resources")
    config = made.argument(0, "config") if made is not None else None
    given = config.get("resources") if isinstance(config, dict) else None
    return (
        [one.get("name") if isinstance(one, dict) else one for one in given] if isinstance(given, (list, tuple)) else []
    )


def _of_source(function: OwnFunction, evaluator: Evaluator) -> list[str]:
    """The names of the resources that a function under `@dlt.source` gives."""
    from migrator.analyzers.io.python.calls import bind
    from migrator.analyzers.io.python.statements import block

    node = function.node
    assert isinstance(node, cst.FunctionDef)
    evaluator.quiet += 1
    try:
        scope = bind(evaluator, function, [], {}, None)
        block(evaluator, node.body.body, scope)
    finally:
        evaluator.quiet -= 1
    found = [name for value in (*scope.yields, *scope.returns) for name in _resource_names(value)]
    for given in _given(node):
        found += [name for each in _several(given) for name in _resources(each, evaluator, scope)]
    return list(dict.fromkeys(found))


def _given(node: cst.FunctionDef) -> Iterator[cst.BaseExpression]:
    """What a function's own code returns and yields."""
    stack: list[cst.CSTNode] = [node.body]
    while stack:
        current = stack.pop()
        if isinstance(current, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            continue
        if isinstance(current, (cst.Return, cst.Yield)) and isinstance(current.value, cst.BaseExpression):
            yield current.value
        stack += reversed(children(current))


def _resources(node: cst.BaseExpression, evaluator: Evaluator, scope: Scope) -> list[str]:
    """The names of dlt's resources that an expression gives, as far as they are told."""
    value = quietly(evaluator, node, scope)
    if isinstance(value, Made) and value.root.startswith("dlt."):
        return _resource_names(value)
    function = quietly(evaluator, node.func, scope) if type(node) is cst.Call else value
    if not isinstance(function, OwnFunction) or not isinstance(function.node, cst.FunctionDef):
        return []
    around = Scope(function.module, {}) if function.outer is None else function.outer
    for decorator in function.node.decorators:
        made_by = quietly(evaluator, decorator.decorator, around)
        if isinstance(made_by, Library) and made_by.path == "dlt.resource":
            return [function.node.name.value]
        if (isinstance(made_by, Library) and made_by.path == "dlt.source") or (
            isinstance(made_by, Made) and made_by.root == "dlt.source"
        ):
            return _of_source(function, evaluator)
        if isinstance(made_by, Made) and made_by.root == "dlt.resource":
            table = made_by.steps[0].argument(None, "table_name")
            name = rendered(made_by.steps[0].argument(1, "name") if table is None else table)
            return [name or function.node.name.value]
    return []

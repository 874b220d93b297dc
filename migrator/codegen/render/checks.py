"""`CreateCheck`: `@dg.asset_check`."""

from __future__ import annotations

from migrator.codegen.python.code import Code
from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.assets import node_function
from migrator.codegen.render.bodies import check_condition, condition_expression, render_body
from migrator.codegen.render.calls import call_expression
from migrator.codegen.render.dag import DagCode, key_expression
from migrator.codegen.render.function import Function
from migrator.codegen.render.inputs import input_arguments, merely_before
from migrator.codegen.render.node import Node
from migrator.codegen.render.nodes import render_nodes
from migrator.model.bodies import CallFunction, PollUntil, SqlCheck
from migrator.model.plan import CreateCheck


def render_checks(dag: DagCode) -> None:
    """Fills the DAG's module `checks`."""
    operations = [operation for operation in dag.plan.operations if isinstance(operation, CreateCheck)]
    if not operations:
        return
    module = dag.module("checks")
    module.need(["import dagster as dg"])
    dag.references |= render_nodes(
        [_check(dag, operation, module) for operation in operations], module, of_dags=bool(dag.factory)
    )


def _check(dag: DagCode, operation: CreateCheck, module: Module) -> Node:
    # Dagster wants the partitions of a check to be those of its asset.
    partitioned = operation.partitioned and operation.asset in dag.partitioned_keys()
    function = node_function(dag, module, operation, "dg.AssetCheckExecutionContext", operation.partitioned)
    function.returns = "dg.AssetCheckResult"
    _render_result(function, operation)
    function.name = dag.function_name(operation, module, "_check")
    dag.functions[operation.name] = function
    arguments = [("asset", _checked(dag, operation, module))]
    if function.name != operation.name or dag.factory:
        arguments.append(("name", text_literal(operation.name)))
    # The value of the asset under check comes by itself.
    others = [given for given in operation.inputs if given.asset != operation.asset]
    arguments += input_arguments(others, function, partitioned, "additional_ins")
    deps = merely_before(operation)
    if deps:
        arguments.append(("additional_deps", dag.upstream(deps, partitioned)))
    if partitioned and dag.partitions is not None:
        arguments.append(("partitions_def", dag.use_partitions(module)))
    if operation.blocking:
        arguments.append(("blocking", "True"))
    metadata = {"airflow/dag_id": operation.dag_id, "airflow/task_id": operation.task_id}
    arguments.append(("metadata", literal(metadata)))
    description = operation.description
    if description and not dag.rows_agree(operation, "description"):
        arguments.append(("description", text_literal(description)))
        description = ""
    text = function.render("", description)
    return Node("dg.asset_check", tuple(arguments), text, "", operation.name, function.name, operation.row)


def _checked(dag: DagCode, operation: CreateCheck, module: Module) -> str:
    """The asset under check: the function where it stands in the same DAG, else its key."""
    name = dag.assets.get(operation.asset)
    statement = f"from {dag.module('assets').name} import {name}"
    if name is None or (name in module.taken and statement not in module.imports):
        return key_expression(operation.asset)
    module.need([statement])
    return name


def _render_result(function: Function, operation: CreateCheck) -> None:
    body = operation.body
    if isinstance(body, SqlCheck):
        passed = check_condition(function, body)
        function.line(f'return dg.AssetCheckResult(passed={passed.text}, metadata={{"row": str(row)}})')
    elif isinstance(body, PollUntil):
        _passes_if(function, condition_expression(function, body.condition))
    elif isinstance(body, CallFunction) and not body.raises:
        _passes_if(function, call_expression(function, body))
    else:
        _passes_unless_raised(function, operation)


def _passes_if(function: Function, condition: Code) -> None:
    function.line(f"return dg.AssetCheckResult(passed=bool({condition.text}))")


def _passes_unless_raised(function: Function, operation: CreateCheck) -> None:
    inner = Function(
        function.dag,
        function.module,
        function.name,
        function.context,
        function.dates,
        function.inputs,
        renamed=function.renamed,
        in_row=function.in_row,
    )
    value = render_body(inner, operation.body)
    lines = [*inner.lines, *([value.text] if value is not None else [])] or ["pass"]
    function.used |= inner.used
    function.resources |= inner.resources
    attempt = "\n".join("    " + row if row else "" for line in lines for row in line.split("\n"))
    function.line(
        f"try:\n{attempt}\nexcept Exception as error:  # noqa: BLE001 - whatever it raises, the check has failed\n"
        "    return dg.AssetCheckResult(passed=False, description=str(error))"
    )
    function.line("return dg.AssetCheckResult(passed=True)")

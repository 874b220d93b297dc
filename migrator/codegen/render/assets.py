"""`CreateAsset` and the external assets: `@dg.asset`, `@dg.multi_asset`, `dg.AssetSpec`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from migrator.codegen.factories.calls import short_calls
from migrator.codegen.python.annotations import is_safe, returns_nothing
from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import identifier, unique
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.bodies import ask_conditions, render_body
from migrator.codegen.render.branches import choose, continue_condition, result_of_choice, result_of_gate
from migrator.codegen.render.calls import inline_call, result_annotation
from migrator.codegen.render.columns import LINEAGE, column_entries, column_lineage
from migrator.codegen.render.dag import DagCode, key_expression, key_literal
from migrator.codegen.render.dbt import dbt_node
from migrator.codegen.render.function import Function, deciding, limit
from migrator.codegen.render.inputs import names_before, upstream_arguments
from migrator.codegen.render.many import MANY_SPECS, Spec, keys_as_source, short_specs, spec_table
from migrator.codegen.render.node import Node
from migrator.codegen.render.nodes import (
    freshness_argument,
    key_argument,
    render_nodes,
    spec_arguments,
    whereabouts,
)
from migrator.codegen.render.step_calls import define_step_calls, step_decorators
from migrator.model.assets import AssetKey
from migrator.model.bodies import (
    CallFunction,
    Choose,
    ContinueIf,
    FollowedBy,
    HttpRequest,
    KeepValue,
    RunDbt,
    RunOperator,
    RunShell,
    RunSql,
    UseResource,
)
from migrator.model.expressions import InputValue, MetadataOf
from migrator.model.plan import (
    OUTCOME,
    AssetOut,
    CreateAsset,
    CreateCheck,
    CreateOp,
    DeclareExternalAsset,
    KeepInAirflow,
)
from migrator.model.walk import walk

_LONG = 60
"""Characters of a list of dependencies that is not repeated."""
_WORTH_A_NAME = 3
MANY_RESULTS = 4
"""So many assets that one node makes are not named one by one in its function."""


def render_assets(dag: DagCode) -> None:
    """Fills the DAG's module `assets`."""
    operations = [operation for operation in dag.plan.operations if isinstance(operation, CreateAsset)]
    if not operations:
        return
    module = dag.module("assets")
    module.need(["import dagster as dg"])
    dag.define_retries(operations)
    _define_shared(dag, operations)
    # First all bodies, then the names: a function that is carried along keeps its name, and a node must not take it.
    bodies = [_function(dag, operation, module) for operation in operations]
    define_step_calls(dag, operations, module)
    nodes = [_asset(dag, operation, *body) for operation, body in zip(operations, bodies, strict=True)]
    keys = {
        operation.name: next(iter(keys_as_source([operation.outputs[0].key])))
        for operation in operations
        if len(operation.outputs) == 1
        and not dag.spelled
        and not dag.partition_mapping(operation.outputs[0].key, operation.partitioned)
    }
    dag.references |= render_nodes(nodes, module, of_dags=bool(dag.factory), keys=keys)


def _define_shared(dag: DagCode, operations: Iterable[CreateAsset]) -> None:
    """Names owners and tags that nodes with several assets would have to repeat for each of them."""
    counts: Counter[tuple[str, str]] = Counter()
    repeated: set[tuple[str, str]] = set()
    for operation in operations:
        for name, value in (("owners", list(operation.owners)), ("tags", dict(operation.tags))):
            if value:
                counts[name, literal(value)] += len(operation.outputs)
                if len(operation.outputs) > 1:
                    repeated.add((name, literal(value)))
    for name, text in sorted(repeated) if not dag.factory else ():
        if counts[name, text] >= _WORTH_A_NAME:
            dag.define_shared(name, text)


def _function(dag: DagCode, operation: CreateAsset, module: Module) -> tuple[Function, str]:
    """The node's function, and the annotation of its value where it has one."""
    function = node_function(dag, module, operation, "dg.AssetExecutionContext", operation.partitioned)
    if isinstance(operation.body, RunDbt):
        return function, ""
    single = len(operation.outputs) == 1 and not operation.outputs[0].optional
    plain = not any(output.stores_value or output.optional for output in operation.outputs)
    results = [] if single else _results(operation)
    if not (single or plain) or operation.conditions or not isinstance(operation.body, CallFunction):
        return function, _finish(function, operation)
    if not inline_call(function, operation.body, results, generator=not single):
        return function, _finish(function, operation)
    if single:
        return function, "" if returns_nothing(function.returns) else function.returns
    if _has_many(operation):
        function.needs_context()
    module.need(["from collections.abc import Iterator"])
    function.returns = "Iterator[dg.MaterializeResult]"
    return function, ""


def _asset(dag: DagCode, operation: CreateAsset, function: Function, returned: str) -> Node:
    module = function.module
    function.name = dag.function_name(operation, module, "_asset")
    dag.functions[operation.name] = function
    if isinstance(operation.body, RunDbt):
        return dbt_node(dag, operation, operation.body, function)
    if len(operation.outputs) > 1:
        arguments = _multi_arguments(dag, operation, function)
        return _node("dg.multi_asset", dag, operation, function, arguments, operation.description)
    output = operation.outputs[0]
    arguments = key_argument(output.key, "" if dag.factory else function.name)
    arguments += upstream_arguments(dag, operation, function)
    arguments += common_arguments(dag, operation, module)
    arguments += freshness_argument(output, module)
    if returned and not is_safe(returned):
        arguments.append(("dagster_type", "dg.Any"))
    more = column_entries(dag, output, module, at_run=_reports_columns(operation)) if operation.row is None else {}
    arguments += spec_arguments(output, {"airflow/task_id": _origin(operation)}, more)
    if output.optional:
        arguments.append(("output_required", "False"))
    if operation.row is None:
        dag.assets[output.key] = function.name
    return _node("dg.asset", dag, operation, function, arguments, operation.description or output.description)


def _node(
    decorator: str,
    dag: DagCode,
    operation: CreateAsset,
    function: Function,
    arguments: list[tuple[str, str]],
    description: str,
) -> Node:
    """The node; a description that is another in each row is an argument, as no docstring can hold it."""
    if description and not dag.rows_agree(operation, "description"):
        arguments.append(("description", text_literal(description)))
        description = ""
    text = function.render(
        step_decorators(function, operation) + limit(function, operation) + deciding(function, operation), description
    )
    return Node(decorator, tuple(arguments), text, function.before, operation.name, function.name, operation.row)


def node_function(
    dag: DagCode, module: Module, operation: CreateAsset | CreateCheck | CreateOp, context: str, partitioned: bool
) -> Function:
    """A function with the parameters that take the values of upstream nodes.

    A parameter of which the body only takes members is called after the node that it comes from; in a factory, where that is another one in each
    row, they have the names that the rows have in common.
    """
    function = Function(dag, module, operation.name, context, dag.run_dates(partitioned, module))
    inputs, row = operation.inputs, operation.row
    function.in_row = row is not None or bool(dag.factory)
    if isinstance(operation, CreateCheck):
        function.not_inputs |= names_before(dag, operation)
    conditions = () if isinstance(operation, CreateCheck) else operation.conditions
    uses = [part for part in walk([operation.body, conditions]) if isinstance(part, InputValue)]
    for given in inputs:
        wish = row.parameters.get(given.parameter, given.parameter) if row is not None else given.parameter
        if row is None and uses and given.output != OUTCOME and all(use.path for use in uses if use.parameter == wish):
            wish = identifier(given.asset[-1] if given.asset else given.node or wish)
        if wish in function.not_inputs or wish in {other.parameter for other in inputs if other is not given}:
            wish = f"{given.parameter}_value"
        if wish != given.parameter:
            function.renamed[given.parameter] = wish
        function.inputs[wish] = "list" if given.collected else ""
        if given.output == OUTCOME or given.node in dag.values_or_none:
            function.nullable.add(wish)
    told = dict.fromkeys(part.key for part in walk(operation.body) if isinstance(part, MetadataOf))
    for key in told:
        _tell(function, operation, key)
    return function


def _tell(function: Function, operation: CreateAsset | CreateCheck | CreateOp, key: AssetKey) -> None:
    """Notes how the node's code adds metadata to an asset that it makes."""
    if isinstance(operation, CreateAsset) and any(output.key == key for output in operation.outputs):
        asset = f", asset_key={key_literal(key)}"
        several = len(operation.outputs) > 1
        add = "context.add_asset_metadata"
        function.metadata[key] = f"functools.partial({add}{asset})" if several else add
    elif isinstance(operation, CreateOp) and any(output.key == key for output in operation.materializes):
        name = f"{identifier(key[-1])}_metadata"
        function.module.need(["from typing import Any"])
        function.line(f"{name}: dict[str, Any] = {{}}")
        function.metadata[key] = f"{name}.update"


def _finish(function: Function, operation: CreateAsset) -> str:
    """Statements of the body, and at the end what the node yields or returns; the annotation of the value."""
    ask_conditions(function, operation)
    if isinstance(operation.body, (Choose, ContinueIf)):
        _steer(function, operation, operation.body)
        return ""
    stored = next((output for output in operation.outputs if output.stores_value), None)
    body = operation.body
    if stored is None and isinstance(body, (FollowedBy, HttpRequest, RunOperator, RunShell, RunSql, UseResource)):
        body = replace(body, returns=False)
    value = render_body(function, body)
    single = operation.outputs[0] if len(operation.outputs) == 1 else None
    if value is not None and stored is None:
        function.line(value.text)
        value = None
    if single is not None and not single.optional:
        if value is None:
            _report_columns(function, operation, single)
            function.returns = "None"
            return ""
        function.line(f"return {value.text}")
        function.returns = value_annotation(function, operation.body)
        return function.returns
    function.module.need(["from collections.abc import Iterator"])
    if single is not None:
        function.returns = "Iterator[dg.MaterializeResult]"
        function.line(f"yield dg.MaterializeResult({f'value={value.text}' if value is not None else ''})")
        return ""
    function.returns = "Iterator[dg.MaterializeResult]"
    given = value.text if value is not None else ""
    if given and not given.isidentifier():
        # None of its assets is there before the work is done.
        name = unique("result", {*function.inputs, *function.resources})
        function.line(f"{name} = {given}")
        given = name
    function.lines += _results(operation, given)
    if _has_many(operation):
        function.needs_context()
    return ""


def _reports_columns(operation: CreateAsset) -> bool:
    """Whether the node's own code tells with each run what the columns of its table are computed from."""
    single = len(operation.outputs) == 1 and not operation.outputs[0].optional and not operation.outputs[0].stores_value
    return single and operation.row is None and isinstance(operation.body, RunSql)


def _report_columns(function: Function, operation: CreateAsset, output: AssetOut) -> None:
    lineage = column_lineage(function.dag, output, function.module) if _reports_columns(operation) else ""
    if lineage:
        function.line(f"{function.needs_context()}.add_output_metadata({{{text_literal(LINEAGE)}: {lineage}}})")


def _steer(function: Function, operation: CreateAsset, body: Choose | ContinueIf) -> None:
    """A node whose outputs stand for the ways to go on: what it does not yield is skipped with all that depends on it."""
    function.module.need(["from collections.abc import Iterator"])
    function.returns = "Iterator[dg.MaterializeResult]"
    if isinstance(body, ContinueIf):
        _, condition = result_of_gate(function, body, continue_condition(function, body))
        arguments = f"asset_key={key_literal(operation.outputs[0].key)}" if len(operation.outputs) > 1 else ""
        result = f"yield dg.MaterializeResult({arguments})"
        function.line(f"if {condition}:\n    {result}" if condition else result)
        return
    chosen = {task_id: output.key for task_id, output in zip(body.choices, operation.outputs, strict=True)}
    names = choose(function, body)
    result_of_choice(function, body, names)
    rows = ", ".join(f"{text_literal(task_id)}: {key_literal(key)}" for task_id, key in chosen.items())
    function.line(f"keys = {{{rows}}}")
    if names:
        function.line(f"for name in {names}:\n    yield dg.MaterializeResult(asset_key=keys[name])")
    else:
        function.line("yield dg.MaterializeResult(asset_key=keys[chosen])")


def _has_many(operation: CreateAsset) -> bool:
    """Whether the node makes so many assets that they are not named one by one in its function."""
    plain = not any(output.stores_value or output.optional for output in operation.outputs)
    return len(operation.outputs) >= MANY_RESULTS and plain


def _results(operation: CreateAsset, value: str = "") -> list[str]:
    """The lines that yield the assets of a node that makes several; one of them may carry the node's value."""
    if _has_many(operation):
        return ["for key in context.selected_asset_keys:\n    yield dg.MaterializeResult(asset_key=key)"]
    lines = []
    for output in operation.outputs:
        given = f", value={value}" if value and output.stores_value else ""
        lines.append(f"yield dg.MaterializeResult(asset_key={key_literal(output.key)}{given})")
    return lines


def value_annotation(function: Function, body: object) -> str:
    """The annotation of a value that a generated function returns."""
    if isinstance(body, FollowedBy | KeepValue):
        return value_annotation(function, body.body)
    if isinstance(body, CallFunction):
        found = result_annotation(body, function)
        if found and not returns_nothing(found):
            return found
    if (isinstance(body, RunShell) and body.processor is None) or (
        isinstance(body, HttpRequest) and body.filter is None
    ):
        return "str"
    if isinstance(body, RunSql) and body.handler is None:
        return "tuple | None" if body.first else "list[list[tuple] | None]" if body.each else "list[tuple]"
    if isinstance(body, UseResource) and body.annotation not in ("", "Any"):
        return body.annotation
    function.module.need(["from typing import Any"])
    return "Any"


def common_arguments(dag: DagCode, operation: CreateAsset, module: Module) -> list[tuple[str, str]]:
    arguments: list[tuple[str, str]] = []
    if operation.group:
        arguments.append(("group_name", text_literal(operation.group)))
    if operation.owners:
        arguments.append(("owners", dag.shared(literal(list(operation.owners)))))
    if operation.tags:
        arguments.append(("tags", dag.shared(literal(dict(operation.tags)))))
    if dag.keys_name or (operation.partitioned and dag.partitions is not None):
        arguments.append(("partitions_def", dag.use_partitions(module)))
    if operation.retry is not None:
        alone = not dag.rows_agree(operation, "retry")
        arguments.append(("retry_policy", dag.retry(operation.retry, module, alone)))
    if operation.pool:
        arguments.append(("pool", text_literal(operation.pool)))
    if operation.op_tags:
        arguments.append(("op_tags", literal(dict(operation.op_tags))))
    return arguments


def _multi_arguments(dag: DagCode, operation: CreateAsset, function: Function) -> list[tuple[str, str]]:
    """Arguments of `@dg.multi_asset`: specs, or outs where it takes or gives a value."""
    node = common_arguments(dag, operation, function.module)
    for_specs = [(name, value) for name, value in node if name in ("owners", "tags")]
    name = dag.node_name(operation.name)
    arguments: list[tuple[str, str]] = (
        [] if name == function.name and not dag.factory else [("name", text_literal(name))]
    )
    names = _output_names(operation.outputs)
    upstream = upstream_arguments(dag, operation, function)
    named = bool(operation.inputs) or "ins" in dict(upstream)
    with_values = named or any(output.stores_value for output in operation.outputs)
    if not with_values and sum(output.deps is None for output in operation.outputs) > 1:
        upstream = _said_once(dag, operation, function, upstream)
    rows = []
    for output in operation.outputs:
        parts = [*for_specs, *_spec_details(dag, output, operation)]
        if with_values:
            parts += [] if output.stores_value else [("dagster_type", "dg.Nothing")]
            parts += [("is_required", "False")] if output.optional else []
            shown = "".join(f", {name}={value}" for name, value in parts)
            rows.append(f"{text_literal(names[output.key])}: dg.AssetOut(key={key_literal(output.key)}{shown})")
        else:
            above = upstream if output.deps is None else _own_upstream(dag, operation, output.deps)
            parts += [*above, *([("skippable", "True")] if output.optional else [])]
            shown = "".join(f", {name}={value}" for name, value in parts)
            rows.append(f"dg.AssetSpec({key_literal(output.key)}{shown})")
    listed = ", ".join(rows)
    specs = f"[{listed}]"
    if len(operation.outputs) >= MANY_SPECS and not (with_values or operation.row or dag.factory):
        specs = _specs_of_table(dag, operation, function, for_specs) or specs
    arguments.append(("outs", f"{{{listed}}}") if with_values else ("specs", specs))
    if with_values:
        arguments += upstream
    return [*arguments, *((name, value) for name, value in node if name not in ("owners", "tags"))]


def _specs_of_table(
    dag: DagCode, operation: CreateAsset, function: Function, for_specs: Sequence[tuple[str, str]]
) -> str:
    """The source of the specs of many assets that are alike, by a table of them which stands above the function; empty where they are not."""
    specs = []
    own = {output.key for output in operation.outputs}
    above = tuple(key for key in operation.deps if key not in own)
    for output in operation.outputs:
        arguments = (*for_specs, *_spec_details(dag, output, operation))
        deps = above if output.deps is None else output.deps
        specs.append(Spec(output.key, deps, arguments, str(whereabouts(output).get("dagster/table_name", ""))))
    mapped = any(dag.partition_mapping(key, operation.partitioned) for spec in specs for key in spec.deps)
    found = spec_table(specs, function.name) if not mapped else None
    if found is None:
        return ""
    function.before = "\n\n\n".join([*found[0], ""])
    return found[1]


def _own_upstream(dag: DagCode, operation: CreateAsset, deps: tuple[AssetKey, ...]) -> list[tuple[str, str]]:
    """The dependencies of one of several outputs."""
    return [("deps", dag.upstream(list(deps), operation.partitioned))] if deps else []


def _said_once(
    dag: DagCode, operation: CreateAsset, function: Function, upstream: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """A long list of dependencies gets a name above the function, where several specs have it."""
    deps = dict(upstream).get("deps", "")
    if len(deps) <= _LONG or operation.row is not None or dag.factory:
        return upstream
    name = function.module.claim(f"{function.name}_deps")
    function.before = f"{name} = {deps}\n\n\n{function.before}"
    return [("deps", name) if argument == "deps" else (argument, value) for argument, value in upstream]


def _origin(operation: CreateAsset) -> str | dict[str, str]:
    """The task that it was made from, or by the key of the partition each of several."""
    return dict(operation.of_keys) or operation.task_id


def _spec_details(dag: DagCode, output: AssetOut, operation: CreateAsset) -> list[tuple[str, str]]:
    more = column_entries(dag, output, dag.module("assets")) if operation.row is None else {}
    details = spec_arguments(output, {"airflow/task_id": _origin(operation)}, more)
    details += freshness_argument(output, dag.module("assets"))
    if output.description:
        details.insert(0, ("description", text_literal(output.description)))
    return details


def _output_names(outputs: Iterable[AssetOut]) -> dict[AssetKey, str]:
    """A name for each output: the last part of its key, or all of it where that is not enough."""
    outputs = list(outputs)
    short = {output.key: identifier(output.key[-1]) for output in outputs}
    if len(set(short.values())) == len(outputs):
        return short
    return {output.key: identifier("__".join(output.key)) for output in outputs}


# ------------------------------------------------------------------------------------------------------- external assets


def render_airflow_tasks(dag: DagCode) -> None:
    """Fills the DAG's module `airflow_tasks`: what its tasks that stay in Airflow make."""
    kept = [
        operation for operation in dag.plan.operations if isinstance(operation, KeepInAirflow) and operation.outputs
    ]
    if not kept:
        return
    module = dag.module("airflow_tasks")
    module.docstring = f"Data that tasks of the Airflow DAG `{dag.plan.dag_id}` make."
    module.need(["import dagster as dg", f"from {dag.package}.airflow_tasks import airflow_task"])
    rows = [
        _airflow_task(operation, output, column_entries(dag, output, module))
        for operation in kept
        for output in operation.outputs
    ]
    function, of_dag = "airflow_task", [("", text_literal(dag.plan.dag_id))]
    if len(rows) > 1 and not dag.factory:
        of_dag += [one for one in rows[0] if one[0] in ("group_name", "tags") and all(one in row for row in rows)]
        module.need(["import functools"])
        module.blocks.append(f"task = functools.partial(airflow_task, {_shown(of_dag)})")
        function, rows, of_dag = "task", [[one for one in row if not one[0] or one not in of_dag] for row in rows], []
    calls = [f"{function}({_shown([*of_dag, *row])})" for row in rows]
    module.blocks.append(f"airflow_tasks = {short_calls(calls)}")


def _shown(arguments: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" if name else value for name, value in arguments)


def _airflow_task(operation: KeepInAirflow, output: AssetOut, more: Mapping[str, str]) -> list[tuple[str, str]]:
    """The arguments of `airflow_task` for an asset, the DAG aside; what the helper says by itself is left out."""
    deps = [key for key in (operation.deps if output.deps is None else output.deps) if key != output.key]
    arguments = [("", text_literal(operation.task_id))]
    if list(output.key) != [operation.dag_id, *operation.task_id.split(".")]:
        arguments.append(("", literal(list(output.key))))
    if deps:
        arguments.append(("deps", f"[{', '.join(map(key_literal, deps))}]"))
    group = operation.group if operation.group != operation.dag_id else ""
    tags = operation.tags if operation.tags != {"airflow/dag_id": operation.dag_id} else {}
    shown = replace(output, kinds=tuple(kind for kind in output.kinds if kind != "airflow"))
    return arguments + _spec_arguments(shown, (), group, tags, more)


def external_spec(
    output: AssetOut, deps: Iterable[AssetKey] = (), group: str = "", others: Iterable[tuple[str, str]] = ()
) -> str:
    """`dg.AssetSpec(...)` of an asset that something else makes; `others` are further arguments."""
    arguments = [*_spec_arguments(output, deps, group), *others]
    shown = "".join(f", {name}={value}" for name, value in arguments)
    return f"dg.AssetSpec({key_literal(output.key)}{shown})"


def _spec_arguments(
    output: AssetOut,
    deps: Iterable[AssetKey] = (),
    group: str = "",
    tags: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """What follows the key; `more` are entries of the metadata whose values are expressions."""
    arguments: list[tuple[str, str]] = []
    deps = [key for key in deps if key != output.key]
    if output.description:
        arguments.append(("description", text_literal(output.description)))
    if deps:
        arguments.append(("deps", f"[{', '.join(key_expression(key) for key in deps)}]"))
    if group:
        arguments.append(("group_name", text_literal(group)))
    if tags:
        arguments.append(("tags", literal(dict(tags))))
    return arguments + spec_arguments(output, {}, more)


_SOURCES = "sources"
"""The group of what nobody here makes."""
_FEW_SPECS = 100
"""Up to so many, the specs stand as they are. Dagster 1.13 makes one definition of all specs of a project
(`_canonicalize_specs_to_assets_defs`), and a job that reads any of them holds them all: 1,000 DAGs with 2,800 of them took 2 GB to load,
and 0.3 GB with a definition for each."""


def render_external_assets(assets: Iterable[DeclareExternalAsset], module: Module) -> None:
    """Fills the module of data that this project only reads."""
    module.docstring = "Data that this project reads and others write."
    module.need(["import dagster as dg"])
    rows = [(asset.output.key, external_spec(asset.output, group=_SOURCES)) for asset in assets]
    specs = short_specs(rows)
    if len(rows) > _FEW_SPECS:
        module.blocks.append(
            "# Dagster makes one definition of all specs, which every job that reads one of them then holds whole; so each has its own.\n"
            f"external_assets = [dg.AssetsDefinition(specs=[spec]) for spec in {specs}]"
        )
    else:
        module.blocks.append(f"external_assets = {specs}")

"""`CreateOp`: `@dg.op`, and the job function that wires them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.codegen.partitions import key_partitions
from migrator.codegen.python.annotations import is_safe, returns_nothing
from migrator.codegen.python.code import Code
from migrator.codegen.python.lists import elements_with_work
from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import identifier, unique
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.assets import external_spec, node_function, value_annotation
from migrator.codegen.render.bodies import (
    ORDER,
    ask_conditions,
    render_body,
    request_metadata,
)
from migrator.codegen.render.branches import choose, continue_condition, result_of_choice, result_of_gate
from migrator.codegen.render.calls import call_expression, inline_call
from migrator.codegen.render.dag import DagCode, key_literal
from migrator.codegen.render.function import Function, deciding, limit
from migrator.codegen.render.node import Node
from migrator.codegen.render.nodes import freshness_argument, render_nodes
from migrator.codegen.render.skips import may_skip
from migrator.codegen.render.step_calls import define_step_calls, step_decorators
from migrator.codegen.walk import partitions_told
from migrator.model.assets import AssetKey
from migrator.model.bodies import (
    AllValues,
    AnyCopy,
    CallFunction,
    Choose,
    ContinueIf,
    FailRun,
    FanOut,
    InVain,
    NoValue,
    RequestRun,
    ValueOrNone,
    ValuesThere,
    WaitForRun,
)
from migrator.model.expressions import Expr
from migrator.model.plan import NOT_EMPTY, OUTCOME, AssetOut, CreateOp, KeyPartitions, Order
from migrator.model.walk import walk

_OF_COPIES = "assets_of_copies"
"""The variable that holds what each copy of a mapped op makes."""
SHARED_OPS = {
    AllValues: ("elements", "all_values"),
    NoValue: ("skipped", "no_value"),
    ValueOrNone: ("skipped", "value_or_none"),
    ValuesThere: ("copies", "values_there"),
}
"""Ops that all jobs share, by what they do: the project's module in which they stand, and their names."""


def render_ops(dag: DagCode) -> None:
    """Fills the DAG's module `ops`, and `assets` with what its ops make."""
    operations = operations_of(dag)
    if not operations:
        return
    module = dag.module("ops")
    module.need(["import dagster as dg"])
    dag.define_retries(operations)
    own = [operation for operation in operations if type(operation.body) not in SHARED_OPS]
    bodies = [_function(dag, operation, module) for operation in own]
    define_step_calls(dag, own, module)
    nodes = [_op(dag, operation, *body) for operation, body in zip(own, bodies, strict=True)]
    dag.op_functions = render_nodes(nodes, module, of_dags=bool(dag.factory))
    dag.references |= dag.op_functions
    _made_assets(dag, operations)


def operations_of(dag: DagCode) -> list[CreateOp]:
    """The ops of a DAG's job."""
    return [operation for operation in dag.plan.operations if isinstance(operation, CreateOp)]


def _made_assets(dag: DagCode, operations: Iterable[CreateOp]) -> None:
    """Declares the assets that ops report, for the lineage."""
    rows = []
    for operation in operations:
        for output in operation.materializes:
            deps = operation.deps if output.deps is None else output.deps
            others = freshness_argument(output, dag.module("assets")) if output.freshness is not None else []
            told = partitions_told(operation.body)
            if output.key in told:
                others = [("partitions_def", key_partitions(KeyPartitions(told[output.key]))), *others]
            elif dag.keys_name or (dag.plan.partitions is not None and dag.plan.partitions.fmt):
                # Jobs of other DAGs follow its partitions.
                others = [("partitions_def", dag.use_partitions(dag.module("assets"))), *others]
            rows.append(external_spec(output, deps, dag.plan.folder, others))
    if rows:
        module = dag.module("assets")
        module.docstring = "Data that the job's ops make."
        module.need(["import dagster as dg"])
        module.blocks.append(f"made_by_ops = [{', '.join(rows)}]")


# ------------------------------------------------------------------------------------------------------------- one op


def _function(dag: DagCode, operation: CreateOp, module: Module) -> tuple[Function, str]:
    """The op's function, and its `out` argument."""
    function = node_function(dag, module, operation, "dg.OpExecutionContext", dag.partitions is not None)
    told = partitions_told(operation.body)
    for key, name in told.items():
        _new_partitions(function, key, name, len(told) == 1)
    out = _out(operation)
    events = _events(function, operation)
    body = operation.body
    if (
        not isinstance(body, CallFunction)
        or not _may_inline(operation, body, out)
        or not inline_call(function, body, events)
    ):
        _steps(function, operation)
        return function, out
    if events:
        function.needs_context()
    unsafe = function.returns and not returns_nothing(function.returns) and not is_safe(function.returns)
    return function, out or ("dg.Out(dg.Any)" if unsafe else "")


def _new_partitions(function: Function, key: AssetKey, name: str, alone: bool) -> None:
    """Has the op collect the partitions that its code makes of an asset."""
    function.module.need([f"from {function.dag.package}.new_partitions import NewPartitions"])
    variable = "new_partitions" if alone else f"new_{identifier(key[-1])}_partitions"
    function.line(f"{variable} = NewPartitions({key_literal(key)}, {text_literal(name)})")
    function.new_partitions[key] = variable


def _may_inline(operation: CreateOp, call: CallFunction, out: str) -> bool:
    """Whether the function's own `return` can end the op."""
    if operation.conditions:
        return False
    if not out:
        return True
    lost = call.callable.returns_value and not call.returns
    return operation.goes_on and not operation.dynamic and not operation.asks and not lost and not may_skip(call)


def _op(dag: DagCode, operation: CreateOp, function: Function, out: str) -> Node:
    module = function.module
    function.name = dag.function_name(operation, module, "_op")
    dag.functions[operation.name] = function
    dag.op_parameters[operation.name] = dict(function.renamed)
    arguments: list[tuple[str, str]] = []
    if function.name != dag.node_name(operation.name) or dag.factory:
        arguments.append(("name", text_literal(dag.node_name(operation.name))))
    ins = _ins(operation, function)
    if ins:
        arguments.append(("ins", ins))
    if out:
        if out in _OUTCOMES and not dag.factory:
            function.module.need([f"from {dag.package}.failures import {_OUTCOMES[out]}"])
            out = _OUTCOMES[out]
        arguments.append(("out", out))
    tags: dict[str, Any] = {
        name: value for name, value in operation.tags.items() if dag.job_tags.get(name) != value
    } | dict(operation.op_tags)
    if operation.task_id:
        tags["airflow/task_id"] = operation.task_id
    if tags:
        arguments.append(("tags", literal(tags)))
    if operation.retry is not None:
        alone = not dag.rows_agree(operation, "retry")
        arguments.append(("retry_policy", dag.retry(operation.retry, module, alone)))
    if operation.pool:
        arguments.append(("pool", text_literal(operation.pool)))
    description = operation.description
    if description and not dag.rows_agree(operation, "description"):
        arguments.append(("description", text_literal(description)))
        description = ""
    decorators = _within(function, operation) + _failure(function, operation) + step_decorators(function, operation)
    decorators += limit(function, operation) + deciding(function, operation)
    text = function.render(decorators, description)
    ins_alone = _ins(operation, function, alone=True) if operation.row is not None else None
    return Node(
        "dg.op", tuple(arguments), text, function.before, operation.name, function.name, operation.row, ins_alone
    )


_OUTCOMES = {
    '{"result": dg.Out(dg.Nothing, is_required=False), "failed": dg.Out(dg.Nothing, is_required=False)}': "DONE_OR_FAILED",
    '{"result": dg.Out(is_required=False), "failed": dg.Out(dg.Nothing, is_required=False)}': "VALUE_OR_FAILED",
}
"""The outputs of most steps after whose failure a run goes on, as the project's module `failures` calls them."""


def _out(operation: CreateOp) -> str:
    """The `out` argument, where the one plain output does not do."""
    decides = isinstance(operation.body, Choose | ContinueIf)
    no_value = decides or _has_no_value(operation)
    nothing = "dg.Nothing, " if no_value else ""
    if operation.dynamic and not operation.outputs:
        return "dg.DynamicOut()"
    if not operation.outputs:
        return ""
    if [name for name, _ in operation.outputs] == ["result"]:
        return f"dg.Out({nothing}is_required=False)" if operation.outputs[0][1] else ""
    rows = []
    for name, optional in operation.outputs:
        if operation.dynamic and name == "result":
            rows.append(f"{text_literal(name)}: dg.DynamicOut()")
            continue
        has_value = name == OUTCOME or (name == "result" and not no_value) or (name == "value" and decides)
        arguments = [] if has_value else ["dg.Nothing"]
        arguments += ["is_required=False"] if optional else []
        rows.append(f"{text_literal(name)}: dg.Out({', '.join(arguments)})")
    return f"{{{', '.join(rows)}}}"


def _within(function: Function, operation: CreateOp) -> str:
    """The decorator of an op that decides by itself whether it runs; empty for others."""
    within = operation.within
    if within is None:
        return ""
    function.module.need([f"from {function.dag.package}.copies import one_of_a_copy"])
    new = function.renamed
    before = {new.get(name, name): None if ways is None else list(ways) for name, ways in within.before}
    given = [literal(within.rule), literal(before)]
    if within.values:
        given.append(f"values={literal([new.get(name, name) for name in within.values])}")
    if within.others and within.before:
        given.append("others=True")
    if within.decides:
        given.append("decides=True")
    if within.copies:
        function.module.need([f"from {function.dag.package}.run_context import states_of_copies"])
        steps = ", ".join(text_literal(function.dag.node_name(name)) for name in within.copies)
        given.append(f"copies=states_of_copies({steps})")
    return f"@one_of_a_copy({', '.join(given)})\n"


def _failure(function: Function, operation: CreateOp) -> str:
    """The decorator of an op after whose failure others run; empty where there are none."""
    if not operation.goes_on:
        return ""
    function.module.need([f"from {function.dag.package}.failures import failure_as_output"])
    return "@failure_as_output\n"


def _has_no_value(operation: CreateOp) -> bool:
    return not getattr(operation.body, "returns", False)


def _ins(operation: CreateOp, function: Function, alone: bool = False) -> str:
    """The `ins` argument; with `alone`, where the op is no row of a factory."""
    rows = []
    # What the function is annotated with is a value; its op gets what became of the step that makes it.
    outcomes = {name for name, _ in operation.within.before} if operation.within is not None else set()
    for given in operation.inputs:
        parameter = function.renamed.get(given.parameter, given.parameter)
        annotation = function.inputs.get(parameter, "")
        if annotation not in ("", "Any") and (given.parameter in outcomes or not is_safe(annotation)):
            rows.append(f"{text_literal(parameter)}: dg.In(dg.Any)")
    waits = [name for name, _ in order_inputs(operation, function.renamed.values())]
    # In a factory all ops have the same inputs; one that waits for nothing leaves them unconnected.
    for number in range(len(waits), operation.row.orders if operation.row is not None and not alone else 0):
        waits.append("after" if number == 0 else f"after_{number + 1}")
    rows += [f"{text_literal(name)}: dg.In(dg.Nothing)" for name in waits]
    return f"{{{', '.join(rows)}}}" if rows else ""


def order_inputs(operation: CreateOp, parameters: Iterable[str] = ()) -> list[tuple[str, Order]]:
    """The inputs without a value, by which an op waits for others; `parameters` are names that its function has already."""
    names: list[tuple[str, Order]] = []
    taken = {*parameters, *(given.parameter for given in operation.inputs)}
    for order in operation.orders:
        one_of_several = len(order.after) == 1 and len(operation.orders) > 1 and operation.row is None
        wish = f"after_{order.after[0][0]}" if one_of_several else "after"
        name = unique(wish, taken)
        taken.add(name)
        names.append((name, order))
    return names


def _steps(function: Function, operation: CreateOp) -> None:
    """The statements of an op, its results and the assets it reports included."""
    body = operation.body
    _asks(function, operation)
    if isinstance(body, Choose):
        _choose(function, body)
    elif isinstance(body, ContinueIf):
        _continue_if(function, body)
    elif isinstance(body, FailRun):
        function.returns = "None"
        if body.copies_of:
            function.module.need([f"from {function.dag.package}.run_context import any_yielded"])
            step = text_literal(function.dag.node_name(body.copies_of))
            function.line(f'if not any_yielded({function.needs_context()}, {step}, "failed"):\n    return')
        if body.in_vain is not None:
            function.module.need([f"from {function.dag.package}.run_context import in_vain"])
            function.line(
                f"if not in_vain({function.needs_context()}, {_in_vain(function, body.in_vain)}):\n    return"
            )
        function.line('raise dg.Failure("A step of this run failed: its error is in the log.", allow_retries=False)')
    elif isinstance(body, AnyCopy):
        function.module.need(["from collections.abc import Iterator"])
        function.module.need([f"from {function.dag.package}.run_context import any_yielded"])
        function.returns = "Iterator[dg.Output]"
        step, output = text_literal(function.dag.node_name(body.copies_of)), text_literal(body.output)
        function.line(f"if any_yielded({function.needs_context()}, {step}, {output}):\n    yield dg.Output(None)")
    elif isinstance(body, FanOut):
        _fan_out(function, body, tells=bool(operation.outputs))
    else:
        _work(function, operation)


def _events(function: Function, operation: CreateOp) -> list[str]:
    """The lines that report the assets which an op makes."""
    has_partition = function.dag.partitions is not None or function.dag.keys_name
    partition = ", partition=context.partition_key" if has_partition else ""
    body = operation.body
    if isinstance(body, RequestRun) and (metadata := request_metadata(function, body)):
        partition += f", metadata={metadata}"
    told = {key: f", metadata={add.removesuffix('.update')}" for key, add in function.metadata.items()}
    made = list(operation.materializes)
    by_copy = {str(output.copies[0]): output.key for output in made if len(output.copies) == 1}
    events = []
    if len(by_copy) > 1 and len(by_copy) == sum(bool(output.copies) for output in made) and not told:
        made = [output for output in made if not output.copies]
        keys = ", ".join(f"{text_literal(copy)}: {key_literal(key)}" for copy, key in sorted(by_copy.items()))
        events = [
            f"{_OF_COPIES} = {{{keys}}}",
            f"if context.get_mapping_key() in {_OF_COPIES}:\n"
            f"    context.log_event(dg.AssetMaterialization({_OF_COPIES}[context.get_mapping_key()]{partition}))",
        ]
    for key, variable in function.new_partitions.items():
        own = told.pop(key, "")
        otherwise = ", otherwise=context.partition_key" if function.dag.keys_name else ""
        events.append(f"{variable}.report(context{otherwise}{own})")
    made = [output for output in made if output.key not in function.new_partitions]
    return [*events, *(_event(output, f"{partition}{told.get(output.key, '')}") for output in made)]


def _event(output: AssetOut, arguments: str) -> str:
    """The line that reports one asset; of a mapped op under the condition that the step is one of the copies which make it."""
    line = f"context.log_event(dg.AssetMaterialization({key_literal(output.key)}{arguments}))"
    copies = tuple(str(copy) for copy in output.copies)
    if not copies:
        return line
    test = f"== {text_literal(copies[0])}" if len(copies) == 1 else f"in {literal(copies)}"
    return f"if context.get_mapping_key() {test}:\n    {line}"


def _asks(function: Function, operation: CreateOp) -> None:
    """The lines by which an op ends without an output, for what other ops did in the run."""
    name_of = function.dag.node_name
    asked = [
        ("any_ran", [name_of(name) for name in operation.unless]),
        ("any_failed", [name_of(name) for name in operation.unless_failed]),
        *(("in_vain", waiting) for waiting in operation.unless_in_vain),
        ("any_cut", [(name_of(name), output) for name, output in operation.cut_by]),
        ("any_lacks", [name_of(name) for name in operation.wants_all_of]),
        *(("any_unfailed", [name_of(name) for name in copy]) for copy in operation.wants_failed),
    ]
    questions: list[str] = []
    for helper, given in asked:
        if given:
            function.module.need([f"from {function.dag.package}.run_context import {helper}"])
            told = _in_vain(function, given) if isinstance(given, InVain) else literal(given)
            questions.append(f"{helper}({function.needs_context()}, {told})")
    if operation.after_failure:
        questions = [f"not ({' or '.join(questions)})" if len(questions) > 1 else f"not {questions[0]}"]
    for question in questions:
        function.end_early_if(question)
    ask_conditions(function, operation)


def _in_vain(function: Function, waiting: InVain) -> str:
    name_of = function.dag.node_name
    wanted = [[(name_of(name), output) for name, output in group] for group in waiting.wanted]
    cut_by = [(name_of(name), output) for name, output in waiting.cut_by]
    cut = f", cut_by={literal(cut_by)}" if cut_by else ""
    return f"{literal(wanted)}, failed={literal([name_of(name) for name in waiting.failed])}{cut}"


def _work(function: Function, operation: CreateOp) -> None:
    # A request for a run says all in the event.
    value = None if isinstance(operation.body, RequestRun) else render_body(function, operation.body)
    optional = any(name == "result" and may_lack for name, may_lack in operation.outputs)
    if value is not None and operation.materializes and not value.text.isidentifier():
        function.line(f"result = {value.text}")
        value = Code("result")
    order = operation.body.order if isinstance(operation.body, RequestRun) else None
    if order is not None:
        function.line(f"{ORDER} = {call_expression(function, order).text}")
    for event in _events(function, operation):
        function.needs_context()
        function.line(event if order is None else f"if {ORDER}:\n    {event}")
    if isinstance(operation.body, RequestRun) and operation.body.waits is not None:
        _wait_for_run(function, operation.body.waits, f"dg.AssetKey({key_literal(operation.materializes[0].key)})")
    # The decorator of an op that goes on after a failure makes its output of what it returns.
    if optional and (function.may_end_early or not operation.goes_on):
        function.module.need(["from collections.abc import Iterator"])
        function.returns = "Iterator[dg.Output]"
        function.line(f"yield dg.Output({value.text if value is not None else 'None'})")
    elif value is not None:
        function.returns = value_annotation(function, operation.body)
        function.line(f"return {value.text}")
    else:
        function.returns = "None"


def _wait_for_run(function: Function, waits: WaitForRun, asked: str) -> None:
    function.module.need([f"from {function.dag.package}.run_requests import wait_for_run"])
    given = [f"every={waits.interval:g}"] if waits.interval != 60 else []
    given += [] if waits.fails else ["fails=False"]
    function.line(f"wait_for_run({', '.join([function.needs_context(), asked, *given])})")


def _choose(function: Function, body: Choose) -> None:
    function.module.need(["from collections.abc import Iterator"])
    function.returns = "Iterator[dg.Output]"
    pushes = _collects(function, body)
    names = choose(function, body)
    result = result_of_choice(function, body, names)
    if body.returns:
        value = f'{{**{pushes}, "return_value": {result}}}' if pushes else result
        function.line(f'yield dg.Output({value}, "value")')
    same = all(task_id == output for task_id, output in body.choices.items())
    ways = "output_names" if pushes == "outputs" else "outputs"
    if not same:
        function.line(f"{ways} = {literal(dict(body.choices))}")
    name = "name" if names else "chosen"
    result = f"yield dg.Output(None, {name if same else f'{ways}[{name}]'})"
    function.line(f"for name in {names}:\n    {result}" if names else result)


def _continue_if(function: Function, body: ContinueIf) -> None:
    function.module.need(["from collections.abc import Iterator"])
    function.returns = "Iterator[dg.Output]"
    pushes = _collects(function, body)
    result, condition = result_of_gate(function, body, continue_condition(function, body))
    if body.returns:
        value = f'{{**{pushes}, "return_value": {result}}}' if pushes else result
        function.line(f'yield dg.Output({value}, "value")')
    function.line(f"if {condition}:\n    yield dg.Output(None)" if condition else "yield dg.Output(None)")


def _collects(function: Function, body: Choose | ContinueIf) -> str:
    """Adds the dict into which the function of a branch or gate puts values by name; returns the dict's name, empty where there are none."""
    pushes = body.condition.pushes if isinstance(body.condition, CallFunction) else ""
    if pushes:
        function.module.need(["from typing import Any"])
        function.line(f"{pushes}: dict[str, Any] = {{}}")
    return pushes


def _fan_out(function: Function, body: FanOut, tells: bool) -> None:
    """The lines that yield an element for each copy; with `tells`, another output says that there is one."""
    function.module.need(["from collections.abc import Iterator"])
    function.returns = f"Iterator[{'dg.Output | ' if tells else ''}dg.DynamicOutput]"
    for name in sorted(function.nullable):
        function.end_early_if(f"{name} is None")
    if body.rows is not None:
        _one_list(function, "row", body.rows, "rows", tells)
    elif len(body.over) == 1:
        (name, values), *_ = body.over.items()
        _one_list(function, name, values, "values", tells)
    else:
        _product(function, body.over, tells)


def _one_list(function: Function, name: str, values: Expr, wish: str, tells: bool) -> None:
    """The lines for the elements of a list, which are called `name`, and the list `wish`, where nothing else is."""
    taken = {"number", *function.inputs, *function.used, *_functions(values)}
    variable = name if name.isidentifier() and name not in taken else unique("value", taken)
    working = elements_with_work(values, function.text, variable)
    if working is not None:
        _with_work(function, variable, *working, tells)
        return
    elements = _told(function, function.text(values), wish) if tells else function.text(values)
    function.line(f"for number, {variable} in enumerate({elements}):\n    {_dynamic(variable)}")


def _product(function: Function, over: Mapping[str, Expr], tells: bool) -> None:
    """The lines for each combination of the elements of several lists."""
    function.module.need(["import itertools"])
    variable = unique("values", {"number", *function.inputs, *_functions(over)})
    working = [
        elements_with_work(values, function.text, f"{variable}[{at}]") for at, values in enumerate(over.values())
    ]
    lists = [found[0] if found else function.text(values) for found, values in zip(working, over.values(), strict=True)]
    product = f"itertools.product({', '.join(lists)})"
    if any(working):
        made = [found[1] if found else f"{variable}[{at}]" for at, found in enumerate(working)]
        element = ", ".join(f"{literal(name)}: {value}" for name, value in zip(over, made, strict=True))
        _with_work(function, variable, product, f"{{{element}}}", tells)
        return
    rows = _told(function, f"list({product})", "rows") if tells else product
    element = f"dict(zip({literal(list(over))}, {variable}, strict=True))"
    function.line(f"for number, {variable} in enumerate({rows}):\n    {_dynamic(element)}")


def _functions(values: object) -> set[str]:
    """The names of the functions that make elements of a list, which no variable may hide."""
    return {part.callable.name for part in walk(values) if isinstance(part, CallFunction)}


def _told(function: Function, values: str, wish: str) -> str:
    """The list, as the op's lines name it after those that tell that it is not empty."""
    name = values
    if not values.isidentifier():
        name = unique(wish, {"number", "row", "value", *function.inputs, *function.used})
        function.line(f"{name} = {values}")
    function.line(f"if {name}:\n    {_NOT_EMPTY}")
    return name


def _with_work(function: Function, variable: str, elements: str, element: str, tells: bool) -> None:
    """The lines for elements of some of which a function says that there is nothing to do."""
    skipped = f"from {function.dag.package}.exceptions import Skipped"
    function.module.need(["from contextlib import suppress", skipped])
    if tells:
        function.line("is_empty = True")
    after = "\n        is_empty = False" if tells else ""
    function.line(
        f"for number, {variable} in enumerate({elements}):\n    with suppress(Skipped):\n        {_dynamic(element)}{after}"
    )
    if tells:
        function.line(f"if not is_empty:\n    {_NOT_EMPTY}")


_NOT_EMPTY = f'yield dg.Output(None, "{NOT_EMPTY}")'


def _dynamic(value: str) -> str:
    return f"yield dg.DynamicOutput({value}, mapping_key=str(number))"

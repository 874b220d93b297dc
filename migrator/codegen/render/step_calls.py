"""`StepCall`: what a step calls itself, before a try, when it is to be tried again, has failed or succeeded, or when it skips itself.

Comes in: the nodes of a module. Goes out: a function for each call, in the module, and the decorators of the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.bodies import render_body
from migrator.codegen.render.calls import call_expression
from migrator.codegen.render.dag import DagCode, StepFunction
from migrator.codegen.render.function import Function
from migrator.model.bodies import Choose, ContinueIf, Notify
from migrator.model.plan import CreateAsset, CreateOp

_DECORATORS = {
    "execute": "before_try",
    "failure": "when_failed",
    "retry": "before_retry",
    "skip": "when_skipped",
    "success": "when_succeeded",
}


def define_step_calls(dag: DagCode, operations: Iterable[CreateAsset | CreateOp], module: Module) -> None:
    """Adds the functions that steps call."""
    for operation in operations:
        for called in operation.calls:
            if called.name in dag.step_calls:
                continue
            partitioned = operation.partitioned if isinstance(operation, CreateAsset) else dag.partitions is not None
            dates = dag.run_dates(partitioned, module)
            function = Function(dag, module, called.name, "dg.OpExecutionContext", dates)
            function.is_called = True
            function.needs_context()
            function.inputs = {"error": "Exception | None", "task_id": "str"}
            function.inputs |= dict.fromkeys([*called.values, *filter(None, [called.result_as])], "")
            function.returns = "None"
            if isinstance(called.call, Notify):
                render_body(function, called.call)
            else:
                function.line(call_expression(function, called.call).text)
            function.name = module.claim(called.name, "_step")
            module.blocks.append(function.render(""))
            dag.step_calls[called.name] = StepFunction(function.name, tuple(function.resources))


def step_decorators(function: Function, operation: CreateAsset | CreateOp) -> str:
    """The decorators of a node whose step calls functions; it takes the resources that these need."""
    lines = []
    before = [called for called in operation.calls if called.on == "execute"]
    after = sorted((called for called in operation.calls if called not in before), key=lambda one: one.on != "skip")
    # An error goes from the inside out, so that the first one is the innermost.
    for called in (*before, *reversed(after)):
        if called.on == "skip" and not function.returns.startswith("Iterator["):
            continue  # It always has its result, or fails.
        name = _DECORATORS[called.on]
        function.module.need([f"from {function.dag.package}.step_events import {name}"])
        call = function.dag.step_calls[called.name]
        taken = [function.resource(name) for name in call.resources]
        values = {name: function.renamed.get(own, own) for name, own in called.values.items()}
        same = [name for name, own in values.items() if name == own]
        given = [call.name, text_literal(operation.task_id), *map(text_literal, (*taken, *same))]
        if len(same) < len(values):
            given.append(f"values={literal({name: own for name, own in values.items() if name != own})}")
        if called.result_as:
            given.append(f"result_as={text_literal(called.result_as)}")
        if called.on == "success" and (called.even_skipped or isinstance(operation.body, Choose | ContinueIf)):
            given.append("without_result=True")
        lines.append(f"@{name}({', '.join(given)})\n")
    return "".join(lines)

"""The body of a job of ops: which op is called with what of which others.

Comes in: the operations of a DAG. Goes out: the statements of its job function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import identifier, unique
from migrator.codegen.python.serialize import text_literal
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.ops import SHARED_OPS, operations_of, order_inputs
from migrator.model.plan import CreateOp, Input, Order


@dataclass
class _Wiring:
    """The body of a job function. `results` names the variable that holds what an op returns."""

    dag: DagCode
    module: Module
    operations: list[CreateOp]
    prefix: str
    lines: list[str] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    mapped: set[str] = field(default_factory=set)
    dynamic: set[str] = field(default_factory=set)
    """The ops that make a list."""
    read: set[str] = field(default_factory=set)
    outputs: dict[str, tuple[tuple[str, bool], ...]] = field(default_factory=dict)
    element: str = ""
    """The parameter of the function that is called for each element, while its lines are written."""
    exposed: dict[tuple[str, str], str] = field(default_factory=dict)
    """Variables that hold what a function for each element gives back, by op and output."""

    def render(self) -> list[str]:
        self.read = {
            *(given.node for operation in self.operations for given in operation.inputs if given.node),
            *(given.behind for operation in self.operations for given in operation.inputs if given.behind),
            *(name for operation in self.operations for order in operation.orders for name, _ in order.after),
        }
        self.outputs = {operation.name: operation.outputs for operation in self.operations}
        self.dynamic = {operation.name for operation in self.operations if operation.dynamic}
        for block in _blocks(self.operations):
            if block[0].stream:
                self._for_each(block)
            else:
                self._invoke(block[0])
        return self.lines

    def _for_each(self, members: list[CreateOp]) -> None:
        """The ops of an expanded group, called in a function that is mapped over the list."""
        stream, names = members[0].stream, {member.name for member in members}
        outer = self.lines
        taken = {self.prefix, *self.results.values(), *self.exposed.values(), *self.dag.main.taken}
        function = unique(identifier(stream.removesuffix("_inputs")), taken)
        given = [one.parameter for member in members for one in member.inputs if one.mapped]
        element = unique(given[0] if given else "element", {*taken, function, *names})
        self.lines, self.element = [], element
        before, elements = dict(self.results), self._elements(stream)
        self.results[stream] = element
        for member in members:
            self._invoke(member)
        wanted = {
            *((one.node or "", one.output) for one in self._inputs_outside(names)),
            *(
                source
                for operation in self.operations
                if operation.name not in names
                for order in operation.orders
                for source in order.after
            ),
        }
        found = [(name, output) for name, output in sorted(wanted) if name in names]
        values = [self._output(name, output, False) for name, output in found]
        variables: list[str] = []
        for name, output in found:
            wish = self.results[name] if output == "result" else f"{self.results[name]}_{output}"
            variables.append(
                unique(wish, {*before.values(), *self.exposed.values(), *variables, function, self.prefix})
            )
        if values:
            self.lines.append(f"return {', '.join(values)}")
        outer += ["", f"def {function}({element}):", *(f"    {line}" for line in self.lines), ""]
        self.lines, self.element = outer, ""
        mapped = f"{elements}.map({function})"
        self.lines.append(f"{', '.join(variables)} = {mapped}" if variables else mapped)
        self.results = before | dict.fromkeys(names, "")
        self.exposed |= dict(zip(found, variables, strict=True))
        self.mapped |= names

    def _inputs_outside(self, names: set[str]) -> Iterator[Input]:
        for operation in self.operations:
            if operation.name not in names:
                yield from operation.inputs

    def _invoke(self, operation: CreateOp) -> None:
        stream = []
        if not operation.stream:
            stream = [given for given in operation.inputs if given.node and (given.mapped or self._in_stream(given))]
        plain = [given for given in operation.inputs if given.node and given not in stream]
        arguments = [(self._parameter(operation, given), self._value(given)) for given in plain]
        arguments += [
            (name, self._order(order)) for name, order in order_inputs(operation, self._parameters(operation).values())
        ]
        call = self._function(operation)
        if stream:
            source = self._elements(stream[0].node or "")
            element = unique(stream[0].parameter, {name for name, _ in arguments})
            if not arguments and len(stream) == 1:
                call = f"{source}.map({call})"
            else:
                shown = ", ".join(
                    [f"{self._parameter(operation, given)}={element}" for given in stream]
                    + [f"{n}={v}" for n, v in arguments]
                )
                call = f"{source}.map(lambda {element}: {call}({shown}))"
            self.mapped.add(operation.name)
        else:
            call = f"{call}({', '.join(f'{name}={value}' for name, value in arguments)})"
        if operation.name in self.read:
            taken = {
                *self.results.values(),
                *([self.prefix, "elements", "skipped"] if self.prefix else self.dag.main.taken),
            }
            variable = unique(identifier(self.dag.common_name(operation.name)), taken, "_result")
            self.results[operation.name] = variable
            self.lines.append(f"{variable} = {call}")
        else:
            self.lines.append(call)
        if operation.dynamic:
            self.mapped.add(operation.name)

    def _elements(self, node: str) -> str:
        """What is called for each element, of an op that makes a list or is itself called for each of one."""
        return f"{self.results[node]}.result" if node in self.dynamic and self.outputs[node] else self.results[node]

    def _in_stream(self, given: Input) -> bool:
        return given.node in self.mapped and not given.collected

    def _parameter(self, operation: CreateOp, given: Input) -> str:
        return self._parameters(operation).get(given.parameter, given.parameter)

    def _parameters(self, operation: CreateOp) -> Mapping[str, str]:
        """Parameters of the op's function that are not called as planned."""
        return self.dag.op_parameters.get(operation.name, {})

    def _function(self, operation: CreateOp) -> str:
        """The op, as the job's function names it."""
        shared = SHARED_OPS.get(type(operation.body))
        if shared is None:
            function = self.dag.op_functions[operation.name]
            return f"{self.prefix}.{function}" if self.prefix else function
        module, name = shared
        self.module.need([f"from {self.dag.package} import {module}"])
        alias = f".alias({text_literal(operation.name)})" if operation.name != name else ""
        return f"{module}.{name}{alias}"

    def _value(self, given: Input) -> str:
        value = self._output(given.node or "", given.output, given.collected)
        return f"[{self.results[given.behind]}, {value}]" if given.behind else value

    def _output(self, node: str, output: str, collected: bool) -> str:
        value = self.exposed.get((node, output), "")
        if value:
            return f"{value}.collect()"
        value = self.results[node]
        if self.element and not collected and value == self.element:
            return value
        outputs = [name for name, _ in self.outputs.get(node, ())]
        if node in self.dynamic and outputs:
            return f"{value}.{output}"
        if len(outputs) > 1:
            value = f"{value}[{outputs.index(output)}]" if node in self.mapped else f"{value}.{output}"
        return f"{value}.collect()" if collected or node in self.mapped else value

    def _order(self, order: Order) -> str:
        values = [self._output(node, output, order.collected) for node, output in order.after]
        return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def wiring(dag: DagCode, module: Module, prefix: str) -> list[str]:
    """The statements of the job function, which stands in `module`; ops are members of the module `prefix`."""
    return _Wiring(dag, module, operations_of(dag), prefix).render()


def _blocks(operations: list[CreateOp]) -> list[list[CreateOp]]:
    """The operations in an order in which each comes after what it takes; those of an expanded group are one block."""
    if not any(operation.stream for operation in operations):
        return [[operation] for operation in operations]
    blocks: dict[str, list[CreateOp]] = {}
    for operation in operations:
        blocks.setdefault(f"* {operation.stream}" if operation.stream else operation.name, []).append(operation)
    of = {operation.name: name for name, block in blocks.items() for operation in block}
    done: set[str] = set()
    ordered = []
    while blocks:
        name = next(
            (name for name, block in blocks.items() if all(of[other] in {*done, name} for other in _before(block))),
            next(iter(blocks)),
        )
        done.add(name)
        ordered.append(blocks.pop(name))
    return ordered


def _before(block: list[CreateOp]) -> Iterator[str]:
    for operation in block:
        for given in operation.inputs:
            yield from filter(None, (given.node, given.behind))
        for order in operation.orders:
            yield from (name for name, _ in order.after)

"""One generated function: its parameters come from what its lines use."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace

from migrator.codegen.python.code import Code
from migrator.codegen.python.dates import DateSource
from migrator.codegen.python.module import Module, docstring
from migrator.codegen.python.naming import NOT_INPUTS
from migrator.codegen.python.serialize import Environment
from migrator.codegen.render.dag import DagCode
from migrator.codegen.walk import own_defaults, resource_names
from migrator.model.assets import AssetKey
from migrator.model.bodies import RetryRule
from migrator.model.expressions import Expr, Operation
from migrator.model.plan import CreateAsset, CreateOp

_HOISTED = (
    ("context.partition_time_window.start.astimezone(dt.timezone.utc)", "logical_date"),
    ("context.partition_time_window.start", "window_start"),
    ("context.partition_time_window.end", "window_end"),
    ("date_of_run(context)", "run_date"),
    ("context.partition_key.keys_by_dimension", "keys"),
)
"""Longer ways to a date or key, and the variable that holds it where a function needs it more than once."""


@dataclass
class Function:
    """A function under construction.

    `context` is the class of its first parameter, if it turns out to need one. `inputs` are the parameters that take values, with their annotation. `lines` are
    statements without indentation (a text may hold several lines, whose own indentation is kept).
    """

    dag: DagCode
    module: Module
    name: str
    context: str
    dates: DateSource | None
    inputs: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    resources: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    returns: str = ""
    renamed: dict[str, str] = field(default_factory=dict)
    """New names of inputs whose planned name another parameter needs."""
    not_inputs: frozenset[str] = NOT_INPUTS
    """What none of them may be called."""
    nullable: set[str] = field(default_factory=set)
    """Inputs that are None where a step before this one did not do its work."""
    metadata: dict[AssetKey, str] = field(default_factory=dict)
    """What adds metadata to an asset that the node makes, where its code does."""
    new_partitions: dict[AssetKey, str] = field(default_factory=dict)
    """The variable that collects the partitions which the node makes of an asset, where its code tells them."""
    run_context: str = "context"
    """The run that it is about; of a sensor it is not its own one, whose configuration it is given."""
    is_called: bool = False
    """A step calls it, and not Dagster, so that it is not given its configuration."""
    verbatim: str = ""
    """A carried body, with its own indentation; it stands below `lines`."""
    docstring_text: str = ""
    """A carried docstring, with its own indentation."""
    defaults: dict[str, Expr] = field(default_factory=dict)
    """Fields of its configuration that have another default than those of the DAG's."""
    config_class: str = ""
    """The class of its configuration, once it is rendered."""
    in_row: bool = False
    """A factory makes it, or may: its statements must not hang on how long a text of this row is."""
    held: list[tuple[Operation, str]] = field(default_factory=list)
    """Readings of the clock, and random values, that are in a variable."""
    margin: str = "    "
    before: str = ""
    """Comments that stand above a carried function."""

    def environment(self) -> Environment:
        base = self.dag.environment(self.module, self.dates, self.run_context)
        return replace(
            base,
            parameters=dict(self.renamed),
            nullable=frozenset(self.nullable),
            metadata=dict(self.metadata),
            new_partitions=dict(self.new_partitions),
            held=tuple(self.held),
        )

    def code(self, value: Expr) -> Code:
        """An expression in this function; what it needs is noted."""
        for name in resource_names(value):
            self.resource(name)
        self.defaults |= own_defaults(value)
        code = self.dag.expression(value, self.module, self.environment())
        self.used |= code.names
        return code

    def text(self, value: Expr) -> str:
        return self.code(value).text

    def resource(self, name: str) -> str:
        """A resource as a parameter."""
        self.resources[name] = self.dag.resource_class(name, self.module)
        return name

    def line(self, text: str) -> None:
        self.lines.append(text)

    def end_early_if(self, condition: str) -> None:
        """Has it end without a result where the condition holds."""
        self.line(f"if {condition}:\n    return")

    @property
    def may_end_early(self) -> bool:
        """Whether one of its lines ends it without a result."""
        nodes = (node for line in self.lines for node in ast.walk(ast.parse(line)))
        return any(isinstance(node, ast.Return) and node.value is None for node in nodes)

    def needs_context(self) -> str:
        self.used.add("context")
        return "context"

    def render(self, decorators: str, description: str = "") -> str:
        """The function's source, below its decorators."""
        lines = self._hoisted()
        parameters = []
        if "context" in self.used:
            parameters.append(f"context: {self.context}" if self.context else "context")
        if "config" in self.used and self.dag.config_class:
            self.config_class = self.config_class or self.dag.use_config(self.module, self.name, self.defaults)
            if self.run_context == "context" and not self.is_called:
                parameters.append(f"config: {self.config_class}")
            else:
                self.module.need([f"from {self.dag.package}.run_context import config_of_run"])
                lines = [f"config = config_of_run(context, {self.config_class})", *lines]
        if "" in self.inputs.values() and not self.verbatim:
            self.module.need(["from typing import Any"])
            self.inputs = {name: kind or "Any" for name, kind in self.inputs.items()}
        parameters += [f"{name}: {kind}" if kind else name for name, kind in self.inputs.items()]
        parameters += [f"{name}: {kind}" for name, kind in self.resources.items()]
        returns = f" -> {self.returns}" if self.returns else ""
        head = f"{decorators}def {self.name}({', '.join(parameters)}){returns}:\n"
        documentation = self.docstring_text or (f"{docstring(description, self.margin)}\n" if description else "")
        body = "".join(f"{indented(line, self.margin)}\n" for line in lines) + self.verbatim
        if not body.strip() and not documentation:
            body = f"{self.margin}pass\n"
        return head + documentation + body

    def _hoisted(self) -> list[str]:
        """The lines, with a date that is read twice held in a variable."""
        lines = self.lines
        bound = {*self.inputs, *self.resources, *self.module.taken}
        for expression, name in _HOISTED:
            count = sum(line.count(expression) for line in lines)
            if (
                count > 1
                and name not in bound
                and not any(re.search(rf"\b{name}\b", text) for text in (self.verbatim, *lines))
            ):
                lines = [f"{name} = {expression}", *(line.replace(expression, name) for line in lines)]
        return lines


def limit(function: Function, operation: CreateAsset | CreateOp) -> str:
    """The decorator that ends the function's work after a time; empty where there is none."""
    if operation.timeout is None:
        return ""
    function.module.need([f"from {function.dag.package}.time_limits import time_limit"])
    whole = operation.timeout == int(operation.timeout)
    return f"@time_limit({int(operation.timeout) if whole else operation.timeout})\n"


def deciding(function: Function, operation: CreateAsset | CreateOp) -> str:
    """The decorator that says which errors of the function are tried again; empty where that is the same for all."""
    if not operation.retry_rules:
        return ""
    function.module.need([f"from {function.dag.package}.retries import Rule, retried_by_kind"])
    text = f"retried_by_kind({', '.join(_rule(function, rule) for rule in operation.retry_rules)})"
    dag = function.dag
    if text not in dag.shared_literals and function.module is dag.main and not dag.factory:
        dag.define_shared("retried", text)
    return f"@{dag.shared(text)}\n"


def _rule(function: Function, rule: RetryRule) -> str:
    errors = [function.text(error) for error in rule.errors] or ["Exception"]
    given = [errors[0] if len(errors) == 1 else f"({', '.join(errors)})"]
    given += [] if rule.again else [f"again={rule.again}"]
    given += [] if rule.delay is None else [f"delay={rule.delay:g}"]
    given += ["exact=True"] if rule.exact else []
    return f"Rule({', '.join(given)})"


def indented(text: str, margin: str) -> str:
    """Statements moved right by `margin`; what stands inside of triple quotes stays where it is."""
    from migrator.codegen.carried.source_text import lines_inside_strings

    inside = lines_inside_strings(text) if "\n" in text else set()
    rows = text.split("\n")
    return "\n".join(row if number in inside or not row else margin + row for number, row in enumerate(rows, 1))

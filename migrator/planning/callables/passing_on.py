"""Operators of the team's own that set arguments of Airflow's operator just before its work, and leave the work to that.

In: a task of a class whose `execute` is `self.labels = {**(self.labels or {}), "team": "data"}` and `return super().execute(context)`. Out: the task as
it would be had its call said so: the rule of Airflow's operator translates it, and the class itself is needed no more.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.templates import is_template
from migrator.model.airflow import Task
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.values import Symbolic, Value
from migrator.operators.common import delta
from migrator.operators.registry import builtin_registry
from migrator.operators.rule import Lowering, LoweringContext, Rule
from migrator.planning.callables.made_objects import rendered_by_base


class _Unknown(Exception):
    """An expression that cannot be told."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """`rule` is that of Airflow's operator, `task` has the arguments that its class sets first; `logs`: that also tells the log something."""

    rule: Rule
    task: Task
    logs: bool


def passing_on(task: Task, analyzer: CallableAnalyzer) -> PassedOn | None:
    """What a task is that its class leaves to Airflow's operator; None for others."""
    if not {"execute"} <= {*task.overrides} <= {"__init__", "execute"} or task.definition is None:
        return None
    rule = next((found for base in task.bases if (found := builtin_registry().rule_of_class(base))), None)
    text = analyzer.text_of_method(task.definition, "execute") if rule is not None else ""
    if rule is None or not text:
        return None
    try:
        method = ast.parse(text).body[0]
        return _read(task, rule, method) if isinstance(method, ast.FunctionDef) else None
    except (IndexError, SyntaxError, TypeError, ValueError, _Unknown):
        return None


def lower_passed_on(passed: PassedOn, context: LoweringContext) -> Lowering:
    """What Airflow's rule makes of such a task. Raises Untranslatable."""
    lowering = passed.rule.lower(passed.task, context)
    if not passed.logs:
        return lowering
    told = delta(context, "its class writes to the log before the work", "the step does not", minor=True)
    return replace(lowering, deltas=(*lowering.deltas, told))


def _read(task: Task, rule: Rule, method: ast.FunctionDef) -> PassedOn:
    """Reads the method. Raises _Unknown where it does anything else."""
    names = [one.arg for one in method.args.args]
    lines = method.body[ast.get_docstring(method) is not None :]
    if len(names) != len(("self", "context")) or method.decorator_list or not lines or not _works(lines[-1], names[1]):
        raise _Unknown
    fields, logs = task.attributes.get("template_fields"), False
    known = isinstance(fields, list | tuple) and all(isinstance(name, str) for name in fields)
    given = [name for name in rendered_by_base(task).fields if task.option(name) is not None]
    if known and isinstance(fields, list | tuple) and not {*fields}.issuperset(given):
        raise _Unknown  # Airflow's operator would render what its class leaves as it is.
    for line in lines[:-1]:
        if _logs(line, names[0]):
            logs = True
            continue
        target = line.targets[0] if isinstance(line, ast.Assign) and len(line.targets) == 1 else None
        if not isinstance(line, ast.Assign) or not isinstance(target, ast.Attribute) or not _is(target.value, names[0]):
            raise _Unknown
        if target.attr not in rule.carried and target.attr not in rule.ignored:
            raise _Unknown  # What no rule reads would be lost.
        value = _value(line.value, names[0], task, rule)
        task = replace(task, arguments={**task.arguments, target.attr: value})
    return PassedOn(rule, task, logs)


def _logs(line: ast.stmt, instance: str) -> bool:
    """`self.log.info(...)`"""
    call = line.value if isinstance(line, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    log = method.value if isinstance(method, ast.Attribute) else None
    return isinstance(log, ast.Attribute) and log.attr == "log" and _is(log.value, instance)


def _works(line: ast.stmt, context: str) -> bool:
    """`return super().execute(context)`"""
    call = line.value if isinstance(line, ast.Return) else None
    owner = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not isinstance(owner, ast.Call):
        return False
    given = len(call.args) == 1 and _is(call.args[0], context) and not call.keywords
    return call.func.attr == "execute" and _is(owner.func, "super") and given


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _value(node: ast.expr, instance: str, task: Task, rule: Rule) -> Value:
    """What an expression is, by what the object was made with. Raises _Unknown."""

    def inner(one: ast.expr) -> Value:
        return _value(one, instance, task, rule)

    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and is_template(node.value):
            raise _Unknown  # It is set when the templates are rendered already.
        return node.value
    if isinstance(node, ast.Attribute) and _is(node.value, instance):
        if (known := task.option(node.attr, task.attributes.get(node.attr))) is None and node.attr not in rule.carried:
            raise _Unknown
        return known
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == len(("it", "or")):
        first = inner(node.values[0])
        if isinstance(first, Symbolic):
            raise _Unknown
        return first or inner(node.values[1])
    if isinstance(node, ast.Dict):
        found: dict[Any, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            made = inner(item)
            if key is not None:
                found[inner(key)] = made
            elif isinstance(made, Mapping):
                found.update(made)
            else:
                raise _Unknown
        return found
    if isinstance(node, ast.List):
        return [
            part
            for one in node.elts
            for part in (_spread(inner(one.value)) if isinstance(one, ast.Starred) else [inner(one)])
        ]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = inner(node.left), inner(node.right)
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        return [*_spread(left), *_spread(right)]
    raise _Unknown


def _spread(value: Value) -> list[Value]:
    if not isinstance(value, list | tuple):
        raise _Unknown
    return list(value)

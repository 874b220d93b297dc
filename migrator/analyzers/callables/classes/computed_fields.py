"""Operators whose function computes an argument of the operator of Airflow's that they derive from, as those under `@task.bash` and `@task.sql` do.

In: the text of such a class's `execute`. Out: which attribute the function's result becomes before `super().execute(context)` does the work; nothing
where the method does anything else.
"""

from __future__ import annotations

import ast

from migrator.model.frozen import dataclass

_RENDERING = frozenset({"render_template_fields", "render_templates"})
_CHECKING = frozenset({"isinstance", "len", "strip"})
"""What a check of a function's result may call."""


@dataclass(frozen=True, slots=True)
class ComputedField:
    """`name` is the attribute; `rendered`: as a template, afterwards; `with_context`: the function gets what it takes of Airflow's context; `logs`: the
    method also tells the log something."""

    name: str
    rendered: bool
    with_context: bool
    logs: bool = False


def computed_field(text: str) -> ComputedField | None:
    """What an `execute` of that text computes by its function before it hands over to the operator's own; None where it does anything else."""
    try:
        method = ast.parse(text).body[0]
    except (IndexError, SyntaxError, ValueError):
        return None
    plain = isinstance(method, ast.FunctionDef) and not method.decorator_list and len(method.args.args) == 2
    if not plain or not isinstance(method, ast.FunctionDef):
        return None
    reader = _Reader(*(parameter.arg for parameter in method.args.args))
    lines = method.body[ast.get_docstring(method) is not None :]
    if not lines or not reader.does_work(lines[-1]) or not all(reader.prepares(line) for line in lines[:-1]):
        return None
    if not reader.field:
        return None
    return ComputedField(reader.field, reader.rendered, reader.with_context, reader.logs)


class _Reader:
    """Reads the statements of one method in their order."""

    def __init__(self, instance: str, context: str) -> None:
        self.instance, self.context = instance, context
        self.arguments: dict[str, bool] = {}
        """Names for the function's arguments; whether those of the context are among them."""
        self.result = ""
        """A name for the function's result."""
        self.field = ""
        self.merged = self.rendered = self.with_context = self.logs = False

    def prepares(self, line: ast.stmt) -> bool:
        """Whether a statement is one of those that may stand before the work."""
        if isinstance(line, ast.Import | ast.ImportFrom):
            return True
        if isinstance(line, ast.If):
            # A check of the result: what does not pass it cannot be run, either.
            return bool(self.result or self.field) and _is_check(line)
        if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            return len(targets) == 1 and self._assigns(targets[0], line.value)
        if not isinstance(line, ast.Expr) or not isinstance(line.value, ast.Call):
            return False
        if _name(line.value.func) in _RENDERING and self._own(line.value.func):
            self.rendered = bool(self.field)
            return self.rendered
        if isinstance(line.value.func, ast.Attribute) and self._is_attribute(line.value.func.value, "log"):
            self.logs = True
            return True
        self.merged = self._merges(line.value)
        return self.merged

    def does_work(self, line: ast.stmt) -> bool:
        """`return super().execute(context)`"""
        call = line.value if isinstance(line, ast.Return) else None
        return (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "execute"
            and isinstance(call.func.value, ast.Call)
            and _name(call.func.value.func) == "super"
            and [_name(arg) for arg in call.args] == [self.context]
            and not call.keywords
        )

    def _assigns(self, target: ast.expr, value: ast.expr) -> bool:
        if isinstance(target, ast.Name):
            if self._calls_function(value):
                self.result = target.id
                return True
            with_context = self._gives_context(value)
            self.arguments[target.id] = with_context
            return with_context or self._is_attribute(_or_nothing(value), "op_kwargs")
        if not isinstance(target, ast.Attribute) or _name(target.value) != self.instance or self.field:
            return False
        if self._calls_function(value) or (self.result and _name(value) == self.result):
            self.field = target.attr
        return bool(self.field)

    def _calls_function(self, value: ast.expr) -> bool:
        """`self.python_callable(*self.op_args, **kwargs)`"""
        if not isinstance(value, ast.Call) or not self._is_attribute(value.func, "python_callable"):
            return False
        args = value.args[0] if len(value.args) == 1 else None
        named = value.keywords[0].value if len(value.keywords) == 1 and value.keywords[0].arg is None else None
        if not isinstance(args, ast.Starred) or not self._is_attribute(_or_nothing(args.value), "op_args"):
            return False
        if named is None or not (_name(named) in self.arguments or self._is_attribute(_or_nothing(named), "op_kwargs")):
            return False
        self.with_context = self.arguments.get(_name(named), False) if isinstance(named, ast.Name) else False
        return True

    def _merges(self, call: ast.Call) -> bool:
        """`context_merge(context, self.op_kwargs)`"""
        both = len(call.args) == len(("context", "op_kwargs")) and _name(call.args[0]) == self.context
        return _name(call.func) == "context_merge" and both and self._is_attribute(call.args[1], "op_kwargs")

    def _gives_context(self, value: ast.expr) -> bool:
        """`determine_kwargs(self.python_callable, self.op_args, context)`, with the function's own arguments among the context."""
        if not self.merged:
            return False
        args = value.args if isinstance(value, ast.Call) and _name(value.func) == "determine_kwargs" else []
        asked = [self._is_attribute(one, name) for one, name in zip(args, ("python_callable", "op_args"), strict=False)]
        return len(args) == len(("function", "args", "context")) and all(asked) and _name(args[2]) == self.context

    def _is_attribute(self, node: ast.expr, name: str) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == name and _name(node.value) == self.instance

    def _own(self, node: ast.expr) -> bool:
        """Whether a method is the operator's own, or one of its task instance (`context["ti"]`)."""
        owner = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(owner, ast.Subscript):
            owner = owner.value if isinstance(owner.slice, ast.Constant) and owner.slice.value == "ti" else None
            return _name(owner) == self.context
        return _name(owner) == self.instance


def _or_nothing(node: ast.expr) -> ast.expr:
    """What is meant where something empty stands in the place of None: `self.op_kwargs or {}`."""
    if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.Or) or len(node.values) != len(("it", "or")):
        return node
    return node.values[0] if _is_empty(node.values[1]) else node


def _is_empty(node: ast.expr) -> bool:
    return (isinstance(node, ast.Dict) and not node.keys) or (isinstance(node, ast.List | ast.Tuple) and not node.elts)


def _is_check(line: ast.If) -> bool:
    """Whether a statement does nothing but to raise an error."""
    called = {_name(node.func) for node in ast.walk(line.test) if isinstance(node, ast.Call)}
    return not line.orelse and called <= _CHECKING and all(isinstance(one, ast.Raise) for one in line.body)


def _name(node: ast.expr | None) -> str:
    """The name that an expression is, or the last one of a dotted name; empty for any other expression."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""

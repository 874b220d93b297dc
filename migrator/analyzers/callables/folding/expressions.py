"""Folding of literals, operators and displays: the part of the folder that knows no names.

In: an expression. Out: a `Value`, of what `fold` (see `migrator.analyzers.callables.folding.fold`) makes of the expressions in it.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import libcst as cst

from migrator.analyzers.callables.folding.library import MISSING, is_text, join_path, percent, text, truth
from migrator.analyzers.nodes import number_value, string_value, text_value
from migrator.model.changed import replace
from migrator.model.values import Symbolic, Value, is_known

_COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    cst.Equal: operator.eq,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
    cst.In: lambda left, right: left in right,
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.NotEqual: operator.ne,
    cst.NotIn: lambda left, right: left not in right,
}
DATE_FORMATS = {"%Y-%m-%d": "ds", "%Y%m%d": "ds_nodash"}


def context_value(name: str) -> Symbolic:
    """A member of Airflow's context, by its Jinja name."""
    return Symbolic("context", f"{{{{ {name} }}}}", "is given by the run", name=name)


class Expressions(ABC):
    """Folds by the expression's class; what has no method here or in the subclass is unknown."""

    @abstractmethod
    def fold(self, node: cst.CSTNode | None) -> Value:
        """What the expression is."""

    @abstractmethod
    def unknown(self, node: cst.CSTNode | None) -> Symbolic:
        """The expression as a value that is not known."""

    def fold_SimpleString(self, node: cst.SimpleString) -> Value:
        return string_value(node)

    def fold_ConcatenatedString(self, node: cst.ConcatenatedString) -> Value:
        known = text_value(node)
        return known if known is not None else self.added(self.fold(node.left), self.fold(node.right), node)

    def fold_FormattedString(self, node: cst.FormattedString) -> Value:
        parts: list[Value] = []
        for part in node.parts:
            if type(part) is cst.FormattedStringExpression:
                value = self.formatted(part)
                parts.append(value if is_text(value) else self.unknown(part.expression))
            elif type(part) is cst.FormattedStringText:
                literal = part.value.replace("{{", "{").replace("}}", "}")
                parts.append(self.unknown(node) if "\\" in literal and "r" not in node.start.lower() else literal)
        return text(parts)

    def formatted(self, part: cst.FormattedStringExpression) -> Value:
        value = self.fold(part.expression)
        if part.format_spec is None:
            return value if part.conversion is None else self.unknown(part.expression)
        spec = part.format_spec[0] if len(part.format_spec) == 1 else None
        pattern = spec.value if type(spec) is cst.FormattedStringText else ""
        if isinstance(value, Symbolic) and value.kind == "context" and pattern in DATE_FORMATS:
            return context_value(DATE_FORMATS[pattern])
        return self.unknown(part.expression)

    def fold_Integer(self, node: cst.Integer) -> Value:
        return number_value(node)

    def fold_Float(self, node: cst.Float) -> Value:
        return number_value(node)

    def fold_UnaryOperation(self, node: cst.UnaryOperation) -> Value:
        value = self.fold(node.expression)
        if type(node.operator) is cst.Minus and isinstance(value, (int, float)):
            return -value
        if type(node.operator) is cst.Not and (known := truth(value)) is not None:
            return not known
        return self.unknown(node)

    def fold_Comparison(self, node: cst.Comparison) -> Value:
        left, target = self.fold(node.left), node.comparisons[0]
        compare, right = _COMPARED.get(type(target.operator)), self.fold(target.comparator)
        if isinstance(target.operator, cst.In | cst.NotIn) and isinstance(right, dict):
            right = list(right)
        if len(node.comparisons) > 1 or not (is_known(left) and is_known(right)):
            return self.unknown(node)
        if isinstance(target.operator, cst.Is | cst.IsNot) and any(
            one is None or isinstance(one, bool) for one in (left, right)
        ):
            return (left is right) is isinstance(target.operator, cst.Is)
        if compare is None:
            return self.unknown(node)
        try:
            return compare(left, right)
        except TypeError:
            return self.unknown(node)

    def fold_IfExp(self, node: cst.IfExp) -> Value:
        test = truth(self.fold(node.test))
        return self.unknown(node) if test is None else self.fold(node.body if test else node.orelse)

    def fold_List(self, node: cst.List) -> Value:
        found = self.sequence(node)
        return self.unknown(node) if found is None else found

    def fold_Tuple(self, node: cst.Tuple) -> Value:
        found = self.sequence(node)
        return self.unknown(node) if found is None else tuple(found)

    def sequence(self, node: cst.List | cst.Tuple) -> list[Value] | None:
        found: list[Value] = []
        for element in node.elements:
            value = self.fold(element.value)
            if type(element) is cst.StarredElement and not isinstance(value, list | tuple):
                return None
            found += value if type(element) is cst.StarredElement else [value]
        return found

    def fold_Dict(self, node: cst.Dict) -> Value:
        found: dict[Value, Value] = {}
        for element in node.elements:
            key = self.fold(element.key) if type(element) is cst.DictElement else None
            if not isinstance(key, (str, int)):
                return self.unknown(node)
            found[key] = self.fold(element.value)
        return found

    def fold_NamedExpr(self, node: cst.NamedExpr) -> Value:
        return self.fold(node.value)

    def fold_Await(self, node: cst.Await) -> Value:
        return self.fold(node.expression)

    def fold_BooleanOperation(self, node: cst.BooleanOperation) -> Value:
        left = self.fold(node.left)
        is_setting = isinstance(left, Symbolic) and left.kind in ("env", "variable") and not left.has_default
        if type(node.operator) is cst.Or and isinstance(left, Symbolic) and is_setting:
            return replace(left, default=self.fold(node.right), has_default=True)
        if (known := truth(left)) is not None:
            return self.fold(node.right) if known is (type(node.operator) is cst.And) else left
        return self.unknown(node)

    def fold_BinaryOperation(self, node: cst.BinaryOperation) -> Value:
        if type(node.operator) is cst.Add:
            return self.sum(node)
        left, right = self.fold(node.left), self.fold(node.right)
        found: Value = MISSING
        if type(node.operator) is cst.Divide and is_text(left) and is_text(right):
            found = join_path([left, right]) if not isinstance(left, (int, float)) else MISSING
        elif type(node.operator) is cst.Modulo and isinstance(left, str):
            found = percent(left, right)
        return self.unknown(node) if found is MISSING else found

    def sum(self, node: cst.BinaryOperation) -> Value:
        """`a + b + c`, term by term: SQL is often put together of many lines."""
        terms: list[tuple[cst.BaseExpression, cst.BaseExpression]] = []
        first: cst.BaseExpression = node
        while type(first) is cst.BinaryOperation and type(first.operator) is cst.Add:
            terms.append((first.right, first))
            first = first.left
        total = self.fold(first)
        for term, whole in reversed(terms):
            total = self.added(total, self.fold(term), whole)
        return total

    def added(self, left: Value, right: Value, node: cst.CSTNode) -> Value:
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        lists = isinstance(left, list) and isinstance(right, list)
        if numbers or lists or (isinstance(left, tuple) and isinstance(right, tuple)):
            return left + right
        if is_text(left) and is_text(right) and any(not isinstance(v, (int, float, Symbolic)) for v in (left, right)):
            return text([left, right])
        return self.unknown(node)

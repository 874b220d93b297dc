"""What expressions are while a callable's body is read, one function for each kind of syntax tree node.

Every part of an expression is read, also where its own value is not known: the calls in it count.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.callables.folding.expressions import context_value
from migrator.analyzers.callables.folding.library import MISSING, join_path, text
from migrator.analyzers.callables.source.tree import children
from migrator.analyzers.io.python.attributes import attribute, date_method, enum_method, item, special_method
from migrator.analyzers.io.python.calls import call
from migrator.analyzers.io.python.functions import joined
from migrator.analyzers.io.python.texts import percented
from migrator.analyzers.io.python.values import (
    UNKNOWN,
    Instance,
    Library,
    Made,
    OwnClass,
    OwnFunction,
    Scope,
    Some,
    Step,
    as_text,
    either,
    key_in,
    lifted,
    plain_member,
)
from migrator.analyzers.nodes import number_value, string_value
from migrator.model.changed import replace
from migrator.model.values import Symbolic, Text, Value, is_known

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_CONSTANTS = {"True": True, "False": False, "None": None}
_TWO_DIGITS = {"month": "%m", "day": "%d", "hour": "%H", "minute": "%M"}
_ALWAYS_GIVEN = frozenset(
    {
        "ds",
        "ds_nodash",
        "ts",
        "ts_nodash",
        "run_id",
        "logical_date",
        "execution_date",
        "data_interval_start",
        "data_interval_end",
    }
)
"""What each run's context has a value for."""
_DATE_TEXTS = frozenset({"ds", "ds_nodash", "ts", "ts_nodash"})
_PART_OF_DATE = re.compile(r"\{\{ (?:ds|ts)(?:_nodash)?\[[\d:]+\] \}\}$")
_PLAIN = (str, int, float, bool, type(None), list, tuple, dict, set)


def parts(evaluator: Evaluator, node: cst.CSTNode, scope: Scope) -> Value:
    """Reads what stands in an expression that is not followed itself."""
    for child in children(node):
        if isinstance(child, cst.BaseExpression):
            evaluator.eval(child, scope)
        else:
            parts(evaluator, child, scope)
    return UNKNOWN


def name(evaluator: Evaluator, node: cst.Name, scope: Scope) -> Value:
    if node.value in _CONSTANTS:
        return _CONSTANTS[node.value]
    if node.value == "__file__":
        return scope.module.file
    if node.value == "__name__":
        return "__main__" if evaluator.script is not None else UNKNOWN
    if node.value == "__package__":
        return posixpath.dirname(scope.module.file).replace("/", ".")
    return evaluator.lookup(node.value, scope)


def attribute_of(evaluator: Evaluator, node: cst.Attribute, scope: Scope) -> Value:
    if isinstance(node.value, cst.Attribute) and isinstance(node.value.value, cst.Name):
        method = enum_method(evaluator, evaluator.eval(node.value.value, scope), node.value.attr.value, node.attr.value)
        if method is not None:
            return method
    return attribute(evaluator, evaluator.eval(node.value, scope), node.attr.value, scope)


def subscript(evaluator: Evaluator, node: cst.Subscript, scope: Scope) -> Value:
    owner = evaluator.eval(node.value, scope)
    if len(node.slice) != 1 or type(node.slice[0].slice) is not cst.Index:
        return _sliced(evaluator, owner, node, scope)
    key = evaluator.eval(node.slice[0].slice.value, scope)
    return lifted(lambda o, k: item(evaluator, o, plain_member(k)), owner, key)


def _sliced(evaluator: Evaluator, owner: Value, node: cst.Subscript, scope: Scope) -> Value:
    bounds: list[Value] = []
    only = node.slice[0].slice if len(node.slice) == 1 else None
    if type(only) is cst.Slice:
        for bound in (only.lower, only.upper, only.step):
            bounds.append(None if bound is None else evaluator.eval(bound, scope))
        if (
            isinstance(owner, (str, list, tuple))
            and all(b is None or type(b) is int for b in bounds)
            and bounds[2] != 0
        ):
            return owner[slice(*bounds)]
        if isinstance(owner, Symbolic) and owner.kind == "context" and owner.source.strip("{} ") in _DATE_TEXTS:
            given = ["" if b is None else str(b) if type(b) is int else "?" for b in bounds[:2]]
            if "?" not in given and bounds[2] is None:
                return context_value(f"{owner.source.strip('{} ')}[{':'.join(given)}]")  # a year, a month
    return UNKNOWN


def formatted_string(evaluator: Evaluator, node: cst.FormattedString, scope: Scope) -> Value:
    found: list[Value] = []
    for part in node.parts:
        if type(part) is cst.FormattedStringText:
            literal = part.value.replace("{{", "{").replace("}}", "}")
            if "\\" in literal and "r" not in node.start.lower():
                literal = _unescaped(literal)
            found.append(literal)
        elif type(part) is cst.FormattedStringExpression:
            found.append(_formatted(evaluator, part, scope))
    return lifted(lambda *values: text([as_text(value) for value in values]), *found)


def _unescaped(literal: str) -> str:
    try:
        return str(cst.SimpleString('"""' + literal.replace('"', '\\"') + '"""').evaluated_value)
    except (SyntaxError, ValueError, cst.CSTValidationError):
        return literal


def shown_instance(evaluator: Evaluator, value: Instance) -> Value:
    """What `str` makes of an object of the folder's class that says so itself."""
    found = special_method(evaluator, value, "__str__", [])
    return value if found is MISSING else found


def _formatted(evaluator: Evaluator, part: cst.FormattedStringExpression, scope: Scope) -> Value:
    value = evaluator.eval(part.expression, scope)
    if isinstance(value, Instance):
        value = shown_instance(evaluator, value)
    if part.format_spec is None:
        return value if part.conversion is None else UNKNOWN
    spec = part.format_spec[0] if len(part.format_spec) == 1 else None
    pattern = spec.value if type(spec) is cst.FormattedStringText else ""
    if isinstance(value, Symbolic) and value.kind == "context" and "%" in pattern:
        found = date_method(value, Step("strftime", (pattern,)))  # of `ds`, which is a text, there is none
        return UNKNOWN if found is MISSING else found
    if isinstance(value, Symbolic) and value.kind == "context" and pattern in ("02", "02d", "0>2", ">02"):
        date, _, unit = value.source.strip("{} ").rpartition(".")
        return context_value(f"{date}.strftime({_TWO_DIGITS[unit]!r})") if unit in _TWO_DIGITS else UNKNOWN
    if isinstance(value, (int, float, str, dt.date)) and len(pattern) < 8:
        try:
            return format(value, pattern)
        except (TypeError, ValueError):
            return UNKNOWN
    return UNKNOWN


def concatenated(evaluator: Evaluator, node: cst.ConcatenatedString, scope: Scope) -> Value:
    left, right = evaluator.eval(node.left, scope), evaluator.eval(node.right, scope)
    return lifted(lambda a, b: text([as_text(a), as_text(b)]), left, right)


def sequence(evaluator: Evaluator, node: cst.List | cst.Tuple | cst.Set, scope: Scope) -> Value:
    found: list[Value] = []
    for element in node.elements:
        value = evaluator.eval(element.value, scope)
        if type(element) is not cst.StarredElement:
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found.extend(value)
        else:
            found.append(UNKNOWN)
    return tuple(found) if type(node) is cst.Tuple else found


def dictionary(evaluator: Evaluator, node: cst.Dict, scope: Scope) -> Value:
    found: dict[Value, Value] = {}
    complete = True
    for element in node.elements:
        value = evaluator.eval(element.value, scope)
        if type(element) is cst.DictElement:
            key = evaluator.eval(element.key, scope)
            key = key_in(found, plain_member(key))
            if key is not UNKNOWN:
                found[key] = value
            else:
                complete = False
        elif isinstance(value, dict):
            found.update(value)
        else:
            complete = False
    return found if complete else UNKNOWN


def unary(evaluator: Evaluator, node: cst.UnaryOperation, scope: Scope) -> Value:
    value = evaluator.eval(node.expression, scope)
    if type(node.operator) is cst.Not:
        known = truth(value)
        return UNKNOWN if known is None else not known
    return -value if type(node.operator) is cst.Minus and type(value) in (int, float) else UNKNOWN


def boolean(evaluator: Evaluator, node: cst.BooleanOperation, scope: Scope) -> Value:
    left = evaluator.eval(node.left, scope)
    known = truth(left)
    is_or = type(node.operator) is cst.Or
    if known is not None and known == is_or:
        return left
    right = evaluator.eval(node.right, scope)
    if known is not None:
        return right
    if is_or and isinstance(left, Symbolic) and left.kind in ("env", "variable", "connection") and not left.has_default:
        if isinstance(right, Symbolic) and right.has_default:
            return right  # named as in the DAG files
        return replace(left, default=right, has_default=True)
    return either([left, right]) if is_or else UNKNOWN


def comparison(evaluator: Evaluator, node: cst.Comparison, scope: Scope) -> Value:
    left = evaluator.eval(node.left, scope)
    rights = [evaluator.eval(part.comparator, scope) for part in node.comparisons]
    if len(rights) != 1:
        return UNKNOWN
    if isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)) and isinstance(rights[0], Instance):
        found = special_method(evaluator, rights[0], "__contains__", [left])
        if found is not MISSING:
            return found
    return _compared(evaluator, node.comparisons[0].operator, left, rights[0])


def _compared(evaluator: Evaluator, operator: cst.BaseCompOp, left: Value, right: Value) -> Value:
    if isinstance(operator, (cst.Is, cst.IsNot)) and (left is None or right is None):
        other = right if left is None else left
        if isinstance(other, Symbolic) and truth(other):
            return isinstance(operator, cst.IsNot)
        if not isinstance(other, (*_PLAIN, Text, Made, Instance, OwnFunction, OwnClass)) or _is_open(other):
            return UNKNOWN
        return (other is None) == isinstance(operator, cst.Is)
    left, right = plain_member(left), plain_member(right)
    if isinstance(left, (OwnClass, OwnFunction)) and isinstance(right, dict):
        inside = any(one is key_in(right, left) for one in right)
        return {cst.In: inside, cst.NotIn: not inside}.get(type(operator), UNKNOWN)
    left, right = _decided(evaluator, left), _decided(evaluator, right)
    if isinstance(left, Symbolic) and (deployed := _where_it_runs(operator, left, right)) is not None:
        return deployed
    if not all(isinstance(value, _PLAIN) and is_known(value) for value in (left, right)):
        return UNKNOWN
    compare: dict[type, Callable[[Any, Any], bool]] = {
        cst.Equal: lambda a, b: bool(a == b),
        cst.Is: lambda a, b: bool(a == b),  # of members of an Enum, which stand for their values
        cst.IsNot: lambda a, b: bool(a != b),
        cst.NotEqual: lambda a, b: bool(a != b),
        cst.In: lambda a, b: a in b,
        cst.NotIn: lambda a, b: a not in b,
        cst.LessThan: lambda a, b: bool(a < b),
        cst.GreaterThan: lambda a, b: bool(a > b),
        cst.LessThanEqual: lambda a, b: bool(a <= b),
        cst.GreaterThanEqual: lambda a, b: bool(a >= b),
    }
    function = compare.get(type(operator))
    try:
        return UNKNOWN if function is None else function(left, right)
    except TypeError:
        return UNKNOWN


_NOT_DEPLOYED = frozenset(
    {"ci", "debug", "dev", "develop", "development", "local", "localhost", "test", "testing", "unittest"}
)
"""Names of environments that are no production."""


def _where_it_runs(operator: cst.BaseCompOp, setting: Symbolic, other: Value) -> bool | None:
    """Whether a setting has a value that only people's own machines and tests give it (`os.environ["STAGE"] == "local"`): what is asked for is what
    runs in production. None where the comparison is of something else, or where that value is what the code takes without the setting."""
    words = other if isinstance(other, (list, tuple)) else [other]
    if setting.kind not in ("env", "variable") or not words or not all(isinstance(one, str) for one in words):
        return None
    if any(one.lower() not in _NOT_DEPLOYED for one in words) or (setting.has_default and setting.default in words):
        return None
    return {cst.Equal: False, cst.In: False, cst.NotEqual: True, cst.NotIn: True}.get(type(operator))


def _decided(evaluator: Evaluator, value: Value) -> Value:
    """As `settled`; a default for people's own machines says nothing of what production has."""
    found = evaluator.settled(value)
    if isinstance(value, Symbolic) and isinstance(found, str) and found.lower() in _NOT_DEPLOYED:
        return found if evaluator.told(value) is not None else value
    return found


def _is_open(value: Value) -> bool:
    """Whether the object may as well be None: the result of a method that is not known."""
    return isinstance(value, Made) and not (value.root and len(value.steps) == 1)


def binary(evaluator: Evaluator, node: cst.BinaryOperation, scope: Scope) -> Value:
    """`a + b + c` term by term: SQL is often put together of many lines."""
    terms: list[tuple[cst.BaseBinaryOp, cst.BaseExpression]] = []
    first: cst.BaseExpression = node
    while type(first) is cst.BinaryOperation:
        terms.append((first.operator, first.right))
        first = first.left
    total = evaluator.eval(first, scope)
    for operator, term in reversed(terms):
        total = lifted(
            lambda a, b: own_operator(evaluator, operator, a, b),  # noqa: B023
            total,
            evaluator.eval(term, scope),
        )
    return total


_OPERATORS: dict[type, tuple[str, ...]] = {
    cst.Add: ("__add__",),
    cst.AddAssign: ("__iadd__", "__add__"),
    cst.BitOr: ("__or__",),
    cst.BitOrAssign: ("__ior__", "__or__"),
    cst.Divide: ("__truediv__",),
    cst.FloorDivide: ("__floordiv__",),
    cst.LeftShift: ("__lshift__",),
    cst.LeftShiftAssign: ("__ilshift__", "__lshift__"),
    cst.MatrixMultiply: ("__matmul__",),
    cst.Modulo: ("__mod__",),
    cst.RightShift: ("__rshift__",),
}


def own_operator(evaluator: Evaluator, operator: cst.CSTNode, left: Value, right: Value) -> Value:
    """As `operated`, for objects of the folder's classes by their own methods."""
    for name in _OPERATORS.get(type(operator), ()) if isinstance(left, Instance) else ():
        found = special_method(evaluator, left, name, [right])
        if found is not MISSING:
            return found
    return operated(operator, plain_member(left), right)


def _computed(left: Value, right: Value) -> Value:
    """What is computed of an object of a library: its value is not known, where it comes from is."""
    if isinstance(left, Made) or isinstance(right, Made):
        return Made("builtins.operator", (Step("operator", (left, right)),))
    return UNKNOWN


def operated(operator: cst.CSTNode, left: Value, right: Value) -> Value:
    """The result of `+`, `/`, `%` and plain arithmetic."""
    sign = "+" if isinstance(operator, cst.Add) else "-" if isinstance(operator, cst.Subtract) else ""
    if sign and type(right) is int and isinstance(left, Symbolic) and _PART_OF_DATE.match(left.source):
        return context_value(f"{left.source.strip('{} ')} | int {sign} {right}")  # the next year
    if isinstance(operator, (cst.Add, cst.AddAssign)):
        return added(left, right)
    if type(operator) is cst.Divide:
        if isinstance(left, Library) and isinstance(right, (str, Text)):
            left = as_text(left)
        if isinstance(left, (str, Text)) or (isinstance(left, Symbolic) and isinstance(right, (str, Text))):
            return join_path([left, as_text(right)])
        return UNKNOWN
    if type(operator) is cst.Modulo and isinstance(left, str):
        return percented(left, right)
    numbers = type(left) in (int, float) and type(right) in (int, float)
    if numbers and type(operator) is cst.Subtract:
        return left - right
    if numbers and type(operator) is cst.Multiply:
        return left * right if abs(left) < 1e12 and abs(right) < 1e12 else UNKNOWN
    if isinstance(operator, (cst.BitOr, cst.BitOrAssign)) and isinstance(left, dict) and isinstance(right, dict):
        return left | right
    if isinstance(operator, (cst.BitOr, cst.BitOrAssign)) and isinstance(left, list) and isinstance(right, list):
        return joined([left, right])
    return _computed(left, right)


def added(left: Value, right: Value) -> Value:
    """`left + right`."""
    if type(left) in (int, float) and type(right) in (int, float):
        return left + right
    if type(left) is type(right) and isinstance(left, (list, tuple)):
        return left + right if len(left) + len(right) <= 1000 else UNKNOWN
    texts = [isinstance(value, (str, Text)) for value in (left, right)]
    return text([as_text(left), as_text(right)]) if any(texts) else _computed(left, right)


def truth(value: Value) -> bool | None:
    """Whether a value is true; None if that is not known."""
    if isinstance(value, (Library, OwnFunction, OwnClass)):
        return True
    if isinstance(value, Symbolic) and value.kind == "context":
        return True if value.source.strip("{} ") in _ALWAYS_GIVEN else None
    if isinstance(value, Text):
        return True if any(isinstance(part, str) and part for part in value.parts) else None
    return bool(value) if isinstance(value, _PLAIN) else None


def conditional(evaluator: Evaluator, node: cst.IfExp, scope: Scope) -> Value:
    known = truth(evaluator.eval(node.test, scope))
    if known is not None:
        return evaluator.eval(node.body if known else node.orelse, scope)
    return either([evaluator.eval(node.body, scope), evaluator.eval(node.orelse, scope)])


def comprehension(evaluator: Evaluator, node: cst.ListComp | cst.GeneratorExp | cst.SetComp, scope: Scope) -> Value:
    found: list[Value] = []
    complete = _rounds(
        evaluator, node.for_in, _inner(scope), lambda inner: found.append(evaluator.eval(node.elt, inner))
    )
    if complete or (len(found) == 1 and _tells(found[0])):
        return found if complete else Some(found)
    return _elements_of(evaluator, node, scope)


def _tells(value: Value) -> bool:
    """Whether an element of a list of unknown length is known in part: it stands for all."""
    if isinstance(value, (tuple, dict)):
        return any(map(_tells, value.values() if isinstance(value, dict) else value))
    return isinstance(value, (str, Text, Instance))


def _elements_of(evaluator: Evaluator, node: cst.ListComp | cst.GeneratorExp | cst.SetComp, scope: Scope) -> Value:
    """Some elements of an object of a library that a comprehension goes over."""
    evaluator.quiet += 1
    source = evaluator.eval(node.for_in.iter, scope)
    evaluator.quiet -= 1
    return Made(source.root, (*source.steps, Step("for", called=False))) if isinstance(source, Made) else UNKNOWN


def dict_comprehension(evaluator: Evaluator, node: cst.DictComp, scope: Scope) -> Value:
    found: dict[Value, Value] = {}
    keys: list[Value] = []

    def add(inner: Scope) -> None:
        key, value = evaluator.eval(node.key, inner), evaluator.eval(node.value, inner)
        key = key_in(found, plain_member(key))
        keys.append(key)
        if key is not UNKNOWN:
            found[key] = value

    complete = _rounds(evaluator, node.for_in, _inner(scope), add)
    return found if complete and UNKNOWN not in keys else UNKNOWN


def _inner(scope: Scope) -> Scope:
    return Scope(scope.module, {}, scope, owner=scope.owner)


def _rounds(evaluator: Evaluator, clause: cst.CompFor, scope: Scope, body: Callable[[Scope], None]) -> bool:
    """Reads the body for each round of the loops; whether all rounds are known."""
    from migrator.analyzers.io.python.statements import assign, elements

    items = elements(evaluator, evaluator.eval(clause.iter, scope))
    complete = items is not None
    for one in items if items is not None else [UNKNOWN]:
        evaluator.tick()
        assign(evaluator, clause.target, one, scope)
        known = [truth(evaluator.eval(condition.test, scope)) for condition in clause.ifs]
        if False in known:
            continue
        complete = complete and None not in known
        if clause.inner_for_in is not None:
            complete = _rounds(evaluator, clause.inner_for_in, scope, body) and complete
        else:
            body(scope)
    return complete


def lambda_(evaluator: Evaluator, node: cst.Lambda, scope: Scope) -> Value:
    return OwnFunction(scope.module, node, scope, owner=scope.owner)


def named(evaluator: Evaluator, node: cst.NamedExpr, scope: Scope) -> Value:
    from migrator.analyzers.io.python.statements import assign

    value = evaluator.eval(node.value, scope)
    assign(evaluator, node.target, value, scope)
    return value


def awaited(evaluator: Evaluator, node: cst.Await, scope: Scope) -> Value:
    return evaluator.eval(node.expression, scope)


def yielded(evaluator: Evaluator, node: cst.Yield, scope: Scope) -> Value:
    from migrator.analyzers.io.python.statements import MAX_ELEMENTS, elements

    inner = node.value.item if type(node.value) is cst.From else node.value
    if inner is not None:
        value = evaluator.eval(inner, scope)
        found = elements(evaluator, value) if type(node.value) is cst.From else [value]
        scope.yields_more |= found is None or isinstance(value, Some)
        scope.yields += ([value] if found is None else found)[: MAX_ELEMENTS - len(scope.yields)]
    return UNKNOWN


def literal(evaluator: Evaluator, node: cst.SimpleString | cst.Integer | cst.Float, scope: Scope) -> Value:
    value: Value = string_value(node) if type(node) is cst.SimpleString else number_value(node)  # type: ignore[arg-type]
    return value if not isinstance(value, bytes) else UNKNOWN


EXPRESSIONS: dict[type, Callable[[Any, Any, Scope], Value]] = {
    cst.Attribute: attribute_of,
    cst.Await: awaited,
    cst.BinaryOperation: binary,
    cst.BooleanOperation: boolean,
    cst.Call: call,
    cst.Comparison: comparison,
    cst.ConcatenatedString: concatenated,
    cst.Dict: dictionary,
    cst.DictComp: dict_comprehension,
    cst.Float: literal,
    cst.FormattedString: formatted_string,
    cst.GeneratorExp: comprehension,
    cst.IfExp: conditional,
    cst.Integer: literal,
    cst.Lambda: lambda_,
    cst.List: sequence,
    cst.ListComp: comprehension,
    cst.Name: name,
    cst.NamedExpr: named,
    cst.Set: sequence,
    cst.SetComp: comprehension,
    cst.SimpleString: literal,
    cst.Subscript: subscript,
    cst.Tuple: sequence,
    cst.UnaryOperation: unary,
    cst.Yield: yielded,
}

"""Functions that make nodes of libcst's classes without the checks of their constructors, which take longer than the parse."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

import libcst as cst

N = TypeVar("N", bound=cst.CSTNode)

_new: Callable[[type[N]], N] = object.__new__


def _maker(kind: type[N], *names: str) -> Callable[..., N]:
    """A function that makes nodes of a class from these fields, without the checks of a constructor: Python's parser made them. It is written
    out, as `dataclasses` writes out its methods."""
    lines = [
        f"def make({', '.join(names)}):",
        "    node = new(kind)",
        *(f"    set_{name}(node, {name})" for name in names),
        "    return node",
    ]
    scope: dict[str, Any] = {"new": _new, "kind": kind}
    scope |= {f"set_{name}": kind.__dict__[name].__set__ for name in names}
    exec("\n".join(lines), scope)
    make: Callable[..., N] = scope["make"]
    return make


name = _maker(cst.Name, "value")
attribute = _maker(cst.Attribute, "value", "attr")
call = _maker(cst.Call, "func", "args")
arg = _maker(cst.Arg, "value", "keyword", "star")
subscript = _maker(cst.Subscript, "value", "slice")
subscript_element = _maker(cst.SubscriptElement, "slice")
index = _maker(cst.Index, "value", "star")
slice_ = _maker(cst.Slice, "lower", "upper", "step")
element = _maker(cst.Element, "value")
starred = _maker(cst.StarredElement, "value")
tuple_display = _maker(cst.Tuple, "elements")
list_display = _maker(cst.List, "elements")
set_display = _maker(cst.Set, "elements")
dict_display = _maker(cst.Dict, "elements")
pair = _maker(cst.DictElement, "key", "value")
starred_pair = _maker(cst.StarredDictElement, "value")
simple_string = _maker(cst.SimpleString, "value")
formatted_string = _maker(cst.FormattedString, "start", "parts", "end")
formatted_text = _maker(cst.FormattedStringText, "value")
formatted_code = _maker(cst.FormattedStringExpression, "expression", "conversion", "format_spec", "equal")
joined_string = _maker(cst.ConcatenatedString, "left", "right")
integer = _maker(cst.Integer, "value")
float_ = _maker(cst.Float, "value")
imaginary = _maker(cst.Imaginary, "value")
unary = _maker(cst.UnaryOperation, "operator", "expression")
binary = _maker(cst.BinaryOperation, "left", "operator", "right")
boolean = _maker(cst.BooleanOperation, "left", "operator", "right")
comparison = _maker(cst.Comparison, "left", "comparisons")
comparison_target = _maker(cst.ComparisonTarget, "operator", "comparator")
conditional = _maker(cst.IfExp, "test", "body", "orelse")
lambda_ = _maker(cst.Lambda, "params", "body")
parameters = _maker(
    cst.Parameters, "params", "star_arg", "kwonly_params", "star_kwarg", "posonly_params", "posonly_ind"
)
param = _maker(cst.Param, "name", "annotation", "default", "star")
annotation = _maker(cst.Annotation, "annotation")
named = _maker(cst.NamedExpr, "target", "value")
await_ = _maker(cst.Await, "expression")
yield_ = _maker(cst.Yield, "value")
from_ = _maker(cst.From, "item")
generator = _maker(cst.GeneratorExp, "elt", "for_in")
list_comprehension = _maker(cst.ListComp, "elt", "for_in")
set_comprehension = _maker(cst.SetComp, "elt", "for_in")
dict_comprehension = _maker(cst.DictComp, "key", "value", "for_in")
comp_for = _maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
comp_if = _maker(cst.CompIf, "test")

line = _maker(cst.SimpleStatementLine, "body")
suite = _maker(cst.SimpleStatementSuite, "body")
block = _maker(cst.IndentedBlock, "body")
expr = _maker(cst.Expr, "value")
assign = _maker(cst.Assign, "targets", "value")
assign_target = _maker(cst.AssignTarget, "target")
annotated = _maker(cst.AnnAssign, "target", "annotation", "value")
augmented = _maker(cst.AugAssign, "target", "operator", "value")
return_ = _maker(cst.Return, "value")
raise_ = _maker(cst.Raise, "exc", "cause")
assert_ = _maker(cst.Assert, "test", "msg")
del_ = _maker(cst.Del, "target")
global_ = _maker(cst.Global, "names")
nonlocal_ = _maker(cst.Nonlocal, "names")
name_item = _maker(cst.NameItem, "name")
import_ = _maker(cst.Import, "names")
import_from = _maker(cst.ImportFrom, "module", "names", "relative")
alias = _maker(cst.ImportAlias, "name", "asname")
as_name = _maker(cst.AsName, "name")
if_ = _maker(cst.If, "test", "body", "orelse")
else_ = _maker(cst.Else, "body")
while_ = _maker(cst.While, "test", "body", "orelse")
for_ = _maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
with_ = _maker(cst.With, "items", "body", "asynchronous")
with_item = _maker(cst.WithItem, "item", "asname")
try_ = _maker(cst.Try, "body", "handlers", "orelse", "finalbody")
handler = _maker(cst.ExceptHandler, "type", "name", "body")
finally_ = _maker(cst.Finally, "body")
function = _maker(cst.FunctionDef, "name", "params", "body", "decorators", "returns", "asynchronous", "type_parameters")
class_ = _maker(cst.ClassDef, "name", "body", "bases", "keywords", "decorators", "type_parameters")
decorator = _maker(cst.Decorator, "decorator")


def _bare(**kinds: type[N]) -> dict[type[ast.AST], N]:
    return {getattr(ast, name): _new(kind) for name, kind in kinds.items()}


BINARY = _bare(
    Add=cst.Add,
    Sub=cst.Subtract,
    Mult=cst.Multiply,
    MatMult=cst.MatrixMultiply,
    Div=cst.Divide,
    FloorDiv=cst.FloorDivide,
    Mod=cst.Modulo,
    Pow=cst.Power,
    LShift=cst.LeftShift,
    RShift=cst.RightShift,
    BitOr=cst.BitOr,
    BitAnd=cst.BitAnd,
    BitXor=cst.BitXor,
)
AUGMENTED = _bare(
    Add=cst.AddAssign,
    Sub=cst.SubtractAssign,
    Mult=cst.MultiplyAssign,
    MatMult=cst.MatrixMultiplyAssign,
    Div=cst.DivideAssign,
    FloorDiv=cst.FloorDivideAssign,
    Mod=cst.ModuloAssign,
    Pow=cst.PowerAssign,
    LShift=cst.LeftShiftAssign,
    RShift=cst.RightShiftAssign,
    BitOr=cst.BitOrAssign,
    BitAnd=cst.BitAndAssign,
    BitXor=cst.BitXorAssign,
)
COMPARED = _bare(
    Eq=cst.Equal,
    NotEq=cst.NotEqual,
    Lt=cst.LessThan,
    LtE=cst.LessThanEqual,
    Gt=cst.GreaterThan,
    GtE=cst.GreaterThanEqual,
    Is=cst.Is,
    IsNot=cst.IsNot,
    In=cst.In,
    NotIn=cst.NotIn,
)
UNARY = _bare(Not=cst.Not, USub=cst.Minus, UAdd=cst.Plus, Invert=cst.BitInvert)
BOOLEAN = _bare(And=cst.And, Or=cst.Or)


def _one(kind: type[N]) -> Callable[[], N]:
    """A function that makes nodes without fields."""
    return lambda: _new(kind)


asynchronous = _one(cst.Asynchronous)
break_ = _one(cst.Break)
continue_ = _one(cst.Continue)
dot = _one(cst.Dot)
ellipsis_ = _one(cst.Ellipsis)
import_star = _one(cst.ImportStar)
param_star = _one(cst.ParamStar)
pass_ = _one(cst.Pass)

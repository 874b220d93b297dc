"""Evaluation of expressions, one function for each kind of syntax tree node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.classes import flags
from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.language import choices, computed
from migrator.analyzers.interpreter.language.attributes import get_attribute
from migrator.analyzers.interpreter.language.calls import call_value, make_defaults, zero_argument_super
from migrator.analyzers.interpreter.language.comparisons import compare
from migrator.analyzers.interpreter.language.formatting import format_value
from migrator.analyzers.interpreter.language.items import get_item
from migrator.analyzers.interpreter.language.iterators import Generator, LazyItems
from migrator.analyzers.interpreter.language.open_dicts import OpenDict, is_environment, merged
from migrator.analyzers.interpreter.language.operations import (
    BINARY,
    binary,
    extend,
    iterate,
    join_text,
    make_set_value,
    truth,
    weigh,
)
from migrator.analyzers.interpreter.libraries.builtin_functions import BUILTINS
from migrator.analyzers.interpreter.origins import origins_of
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Env,
    External,
    Function,
    Instance,
    RaiseSignal,
    is_symbolic,
)
from migrator.analyzers.nodes import number_value, string_value
from migrator.model.values import Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def name(machine: Machine, node: cst.Name, env: Env) -> Any:
    value = env.lookup(node.value)
    if value is not MISSING:
        return value
    if node.value in BUILTINS:
        return BUILTINS[node.value]
    if node.value == "__doc__":
        return env.module.tree.get_docstring()
    if node.value == "__file__":
        return machine.path_of(env.module.file)
    if node.value == "__name__":
        return env.module.name
    if node.value == "__path__" and env.module.is_package:
        return [machine.path_of(env.module.file.rpartition("/")[0])]
    if node.value == "__package__":
        return env.module.name if env.module.is_package else env.module.name.rpartition(".")[0]
    if machine.handled_depth and (node.value in _PYTHON_2 or machine.modules.is_only_use(node.value, env.module)):
        raise RaiseSignal("NameError", f"name '{node.value}' is not defined")
    found = machine.modules.from_star(machine, node.value, env)
    return machine.unknown(node, env, f"`{node.value}` is not defined") if found is MISSING else found


_PYTHON_2 = frozenset({"unicode", "basestring", "xrange", "long", "raw_input", "unichr", "reduce", "execfile", "file"})
"""Builtins of Python 2: code asks whether they are there."""


def attribute(machine: Machine, node: cst.Attribute, env: Env) -> Any:
    return get_attribute(machine, machine.eval(node.value, env), node.attr.value, node, env)


def call(machine: Machine, node: cst.Call, env: Env) -> Any:
    if type(node.func) is cst.Name and node.func.value == "super" and not node.args:
        return zero_argument_super(machine, node, env)
    function = machine.eval(node.func, env)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    star = False
    for argument in node.args:
        value = machine.eval(argument.value, env)
        if argument.star == "*":
            items = iterate(machine, value, node, env)
            star = star or items is None
            args.extend(items if items is not None else [machine.unknown(argument.value, env, "an unknown sequence")])
        elif argument.star == "**":
            value = mapping_of(machine, machine.settle(value, node, env), node, env)
            if isinstance(value, dict):
                kwargs.update({key: item for key, item in value.items() if isinstance(key, str)})
            else:
                machine.unknown(argument.value, env, "it is not known to be a mapping")
                star = True
        elif argument.keyword is not None:
            kwargs[argument.keyword.value] = value
        else:
            args.append(value)
    return call_value(machine, function, Call(args, kwargs, node, env, star))


def mapping_of(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> Any:
    """The dict of an instance that has `keys` and `__getitem__` (`**options`); other values unchanged."""
    if isinstance(value, AirflowObject):
        found = value.mapping()
        return value if found is None else found
    keys = value.cls.find("keys") if isinstance(value, Instance) and value.cls is not None else MISSING
    if not isinstance(keys, Function):
        return value
    names = iterate(machine, machine.call(BoundMethod(keys, value), [], {}, node, env), node, env)
    return None if names is None else {name: get_item(machine, value, name, node, env) for name in names}


def subscript(machine: Machine, node: cst.Subscript, env: Env) -> Any:
    value = machine.eval(node.value, env)
    keys = [slice_value(machine, element.slice, env) for element in node.slice]
    return get_item(machine, value, keys[0] if len(keys) == 1 else tuple(keys), node, env)


def slice_value(machine: Machine, node: cst.BaseSlice, env: Env) -> Any:
    """A subscript's key: a value or a `slice` (Symbolic bounds stay in it)."""
    if type(node) is cst.Index:
        return machine.eval(node.value, env)
    assert type(node) is cst.Slice
    return slice(
        *(machine.eval(part, env) if part is not None else None for part in (node.lower, node.upper, node.step))
    )


def simple_string(machine: Machine, node: cst.SimpleString, env: Env) -> Any:
    return string_value(node)


def concatenated_string(machine: Machine, node: cst.ConcatenatedString, env: Env) -> Any:
    parts = [machine.eval(node.left, env), machine.eval(node.right, env)]
    if all(isinstance(part, bytes) for part in parts):
        return b"".join(parts)
    return join_text(parts)


def formatted_string(machine: Machine, node: cst.FormattedString, env: Env) -> Any:
    raw = "r" in node.prefix.lower()
    return join_text(list(formatted_parts(machine, node.parts, env, raw)))


def formatted_parts(machine: Machine, parts: Any, env: Env, raw: bool) -> Iterator[Any]:
    """The pieces of an f-string, evaluated."""
    for part in parts:
        if type(part) is cst.FormattedStringText:
            text = part.value.replace("{{", "{").replace("}}", "}")
            yield text if raw else unescape(text)
        elif type(part) is cst.FormattedStringExpression:
            value = machine.eval(part.expression, env)
            spec: Any = ""
            if part.format_spec:
                spec = join_text(list(formatted_parts(machine, part.format_spec, env, raw)))
            if isinstance(spec, Text):
                yield Text((machine.unknown(part, env, "the format is not known"),))
                continue
            text = format_value(machine, value, spec, part.conversion, part, env)
            if part.equal is not None:
                yield equal_sign_text(machine, part, env)
                if part.conversion is None and not part.format_spec:
                    text = format_value(machine, value, "", "r", part, env)
            yield text


def equal_sign_text(machine: Machine, part: cst.FormattedStringExpression, env: Env) -> str:
    """The code before the value of `{name = }`, with its spaces."""
    equal = part.equal
    assert equal is not None
    spaces = (
        part.whitespace_before_expression,
        part.whitespace_after_expression,
        equal.whitespace_before,
        equal.whitespace_after,
    )
    before, after, left, right = (getattr(space, "value", "") for space in spaces)
    return f"{before}{machine.source(part.expression, env)}{after}{left}={right}"


def unescape(text: str) -> str:
    """Backslash escapes of a non-raw string."""
    if "\\" not in text:
        return text
    import ast

    quoted = text.replace('"', '\\"') if '\\"' not in text else text
    try:
        value = ast.literal_eval(f'"""{quoted}"""')
    except (SyntaxError, ValueError):
        return text
    return value if isinstance(value, str) else text


def number(machine: Machine, node: cst.Integer | cst.Float | cst.Imaginary, env: Env) -> Any:
    try:
        return number_value(node)
    except ValueError:
        return machine.unknown(node, env, "the number is too long")


def elements(machine: Machine, nodes: Any, env: Env) -> list[Any]:
    """Elements of a list, tuple or set display; an unknown starred part gives one unknown element."""
    values: list[Any] = []
    for element in nodes:
        if type(element) is cst.StarredElement:
            items = iterate(machine, machine.eval(element.value, env), element.value, env)
            extend(
                values,
                items if items is not None else [machine.unknown(element.value, env, "spread of an unknown value")],
            )
        else:
            values.append(machine.eval(element.value, env))
    return values


def list_display(machine: Machine, node: cst.List, env: Env) -> Any:
    return elements(machine, node.elements, env)


def tuple_display(machine: Machine, node: cst.Tuple, env: Env) -> Any:
    values = tuple(elements(machine, node.elements, env))
    if any(type(value) is tuple for value in values):
        weigh(machine, values)
    return values


def set_display(machine: Machine, node: cst.Set, env: Env) -> Any:
    return make_set_value(elements(machine, node.elements, env))


def dict_display(machine: Machine, node: cst.Dict, env: Env) -> Any:
    parts: list[Any] = []
    result: dict[Any, Any] = {}
    for element in node.elements:
        if type(element) is cst.StarredDictElement:
            value = machine.settle(machine.eval(element.value, env), element.value, env)
            value = mapping_of(machine, value, node, env)
            if isinstance(value, dict) and not isinstance(value, OpenDict):
                result.update(value)
            elif isinstance(value, (OpenDict, Symbolic)) or is_environment(value):
                parts += [result, value]
                result = {}
            else:
                machine.unknown(element.value, env, "it is not known to be a mapping")
        elif type(element) is cst.DictElement:
            key, value = machine.eval(element.key, env), machine.eval(element.value, env)
            try:
                result[key] = value
            except TypeError:
                raise RaiseSignal("TypeError", "unhashable key") from None
    return merged([part for part in (*parts, result) if part != {}]) if parts else result


def binary_operation(machine: Machine, node: cst.BinaryOperation, env: Env) -> Any:
    left = machine.eval(node.left, env)
    kind = type(node.operator)
    right = machine.eval(node.right, env)
    if kind not in BINARY:
        return machine.unknown(node, env, "the operator is not evaluated")
    return computed.of_operator(binary(machine, kind, left, right, node, env), kind, left, right)


def boolean_operation(machine: Machine, node: cst.BooleanOperation, env: Env) -> Any:
    left = machine.eval(node.left, env)
    is_and = type(node.operator) is cst.And
    known = truth(machine, machine.settle(left, node.left, env))
    if known is None:
        right = machine.eval(node.right, env)
        named = not is_and and is_symbolic(left) and not is_symbolic(right)
        found = machine.unknown(node, env, "the first operand is not known" if named else "an operand is not known")
        return computed.of_operator(found, type(node.operator), left, right)
    if known is is_and:
        return machine.eval(node.right, env)
    return left


_UNARY: dict[Any, str] = {cst.Minus: "__neg__", cst.Plus: "__pos__", cst.BitInvert: "__invert__"}


def unary_operation(machine: Machine, node: cst.UnaryOperation, env: Env) -> Any:
    value = machine.eval(node.expression, env)
    if type(node.operator) is cst.Not:
        known = truth(machine, machine.settle(value, node.expression, env))
        if known is None:
            choice = choices.by_condition(value, False, True)
            found = choices.unknown(machine, node, env, "the operand is not known", choice)
            return computed.of_operator(found, cst.Not, value)
        return not known
    if isinstance(value, Instance) and value.cls is not None:
        method = value.cls.find(_UNARY.get(type(node.operator), ""))
        if isinstance(method, Function):
            return machine.call(BoundMethod(method, value), [], {}, node, env)
    if type(node.operator) is cst.BitInvert and flags.is_flag_member(value):
        rest = flags.inverted(value)
        return machine.unknown(node, env, "the bits have no end") if rest is None else rest
    value = enum_value(value) if is_data_enum(value) else value
    if isinstance(value, (int, float, complex)) or type(value).__name__ in ("timedelta", "Decimal", "Fraction"):
        if type(node.operator) is cst.Minus:
            return -value
        if type(node.operator) is cst.Plus:
            return +value
        if isinstance(value, int):
            return ~value
    return machine.unknown(node, env, "the operand is not known")


def comparison(machine: Machine, node: cst.Comparison, env: Env) -> Any:
    left = machine.eval(node.left, env)
    for target in node.comparisons:
        right = machine.eval(target.comparator, env)
        result = compare(machine, type(target.operator), left, right, node, env)
        if result is not True:
            return result
        left = right
    return True


def conditional(machine: Machine, node: cst.IfExp, env: Env) -> Any:
    tested = machine.eval(node.test, env)
    if isinstance(tested, Symbolic) and tested.has_default and not tested.default and _is_named(node.body, node.test):
        return tested  # `x if x else None`: a deployment sets what the code has no default for
    known = truth(machine, machine.settle(tested, node.test, env))
    if known is None:
        from migrator.analyzers.interpreter.language.branches import merge_values

        return merge_values(machine, machine.eval(node.body, env), machine.eval(node.orelse, env), node, env, tested)
    return machine.eval(node.body if known else node.orelse, env)


def _is_named(first: cst.BaseExpression, second: cst.BaseExpression) -> bool:
    return type(first) is cst.Name and type(second) is cst.Name and first.value == second.value


def lambda_expression(machine: Machine, node: cst.Lambda, env: Env) -> Any:
    return Function(
        "<lambda>",
        f"{env.qualname}<lambda>",
        node,
        env.module,
        closure_of(env),
        make_defaults(machine, node.params, env),
    )


def closure_of(env: Env) -> tuple[dict[str, Any], ...]:
    """The scopes that a function made here sees besides its own and the module's."""
    if env.names is env.module.globals:
        return ()
    if env.qualname.endswith(".<class>"):
        return env.enclosing
    return (env.names, *env.enclosing)


def named_expression(machine: Machine, node: cst.NamedExpr, env: Env) -> Any:
    value = machine.eval(node.value, env)
    scope = env
    while scope.parent is not None:
        scope = scope.parent
    if type(node.target) is cst.Name:
        scope.assign(node.target.value, value)
    return value


def await_expression(machine: Machine, node: cst.Await, env: Env) -> Any:
    return machine.eval(node.expression, env)


def yield_expression(machine: Machine, node: cst.Yield, env: Env) -> Any:
    if env.on_yield is None:
        return None
    if isinstance(node.value, cst.From):
        source = machine.eval(node.value.item, env)
        if isinstance(source, Generator) and not source.started:
            return source.each(env.on_yield)
        items = iterate(machine, source, node, env)
        for item in items if items is not None else [machine.unknown(node, env, "yield from an unknown value")]:
            env.on_yield(item)
        return None
    return env.on_yield(machine.eval(node.value, env) if node.value is not None else None)


def comprehension_rows(machine: Machine, loop: cst.CompFor, env: Env, produce: Callable[[Env], None]) -> None:
    """Runs `produce` in the scope of each row of a comprehension."""
    scope = Env(
        env.module,
        {},
        closure_of(env) if env.names is not env.module.globals else (),
        env.function,
        env.receiver,
        qualname=env.qualname,
        parent=env,
    )
    if env.qualname.endswith(".<class>"):
        scope.enclosing = (env.names, *env.enclosing)
    _rows(machine, loop, scope, env, produce)


def _rows(machine: Machine, loop: cst.CompFor, scope: Env, env: Env, produce: Callable[[Env], None]) -> None:
    """Those of one clause and of the clauses inside of it, in the scope of a comprehension that stands in `env`."""
    from migrator.analyzers.interpreter.language.statements import assign_target, bound_names

    value = machine.eval(loop.iter, scope)
    values = iterate(machine, value, loop.iter, scope)
    if values is None:
        machine.report(
            "MIG102",
            loop.iter,
            env,
            f"`{machine.source(loop.iter, env)[:80]}` is not known, the comprehension was evaluated once",
            resolved_by=origins_of(value) or machine.origins(machine.span(loop.iter, env), scope),
        )
        values = [machine.unknown(loop.iter, env, "an element of an unknown value")]
    for value in values:
        machine.steps += 1
        assign_target(machine, loop.target, value, scope)
        machine.bindings.append(bound_names(loop.target, scope))
        try:
            known: bool | None = True
            for test in loop.ifs:
                known = truth(machine, machine.settle(machine.eval(test.test, scope), test.test, scope))
                if known is False:
                    break
            if known is False:
                continue
            if loop.inner_for_in is not None:
                _rows(machine, loop.inner_for_in, scope, env, produce)
            else:
                produce(scope)
        finally:
            machine.bindings.pop()


def list_comprehension(machine: Machine, node: cst.ListComp | cst.SetComp | cst.GeneratorExp, env: Env) -> Any:
    values: list[Any] = []
    comprehension_rows(machine, node.for_in, env, lambda scope: values.append(machine.eval(node.elt, scope)))
    if type(node) is cst.SetComp:
        return make_set_value(values)
    return LazyItems(values) if type(node) is cst.GeneratorExp else values


def dict_comprehension(machine: Machine, node: cst.DictComp, env: Env) -> Any:
    result: dict[Any, Any] = {}

    def produce(scope: Env) -> None:
        key = machine.eval(node.key, scope)
        try:
            result[key] = machine.eval(node.value, scope)
        except TypeError:
            raise RaiseSignal("TypeError", "unhashable key") from None

    comprehension_rows(machine, node.for_in, env, produce)
    return result


def ellipsis(machine: Machine, node: cst.Ellipsis, env: Env) -> Any:
    return External("builtins.Ellipsis")


EXPRESSIONS: dict[type[cst.BaseExpression], Callable[[Machine, Any, Env], Any]] = {
    cst.Name: name,
    cst.Attribute: attribute,
    cst.Call: call,
    cst.Subscript: subscript,
    cst.SimpleString: simple_string,
    cst.ConcatenatedString: concatenated_string,
    cst.FormattedString: formatted_string,
    cst.Integer: number,
    cst.Float: number,
    cst.Imaginary: number,
    cst.List: list_display,
    cst.Tuple: tuple_display,
    cst.Set: set_display,
    cst.Dict: dict_display,
    cst.BinaryOperation: binary_operation,
    cst.BooleanOperation: boolean_operation,
    cst.UnaryOperation: unary_operation,
    cst.Comparison: comparison,
    cst.IfExp: conditional,
    cst.Lambda: lambda_expression,
    cst.NamedExpr: named_expression,
    cst.Await: await_expression,
    cst.Yield: yield_expression,
    cst.ListComp: list_comprehension,
    cst.SetComp: list_comprehension,
    cst.GeneratorExp: list_comprehension,
    cst.DictComp: dict_comprehension,
    cst.Ellipsis: ellipsis,
}

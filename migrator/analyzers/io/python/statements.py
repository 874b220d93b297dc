"""What statements do while a callable's body is read. A block tells whether it always ends the function or the round of its loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import libcst as cst

from migrator.analyzers.callables.folding.library import MISSING
from migrator.analyzers.io.python.attributes import special_method
from migrator.analyzers.io.python.calls import put_into_context
from migrator.analyzers.io.python.expressions import own_operator, truth
from migrator.analyzers.io.python.registries import decorated, decorated_class
from migrator.analyzers.io.python.values import (
    UNKNOWN,
    Context,
    Either,
    Instance,
    Made,
    Namespace,
    OwnClass,
    OwnFunction,
    Scope,
    Some,
    Step,
    either,
    key_in,
    lifted,
    plain_member,
)
from migrator.analyzers.nodes import small_statements
from migrator.model.changed import replace
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

MAX_ELEMENTS = 64
"""Elements of a loop that are looked at one by one."""


def block(evaluator: Evaluator, body: Sequence[cst.CSTNode], scope: Scope) -> bool:
    """Reads statements in order, up to one that always leaves the block; whether there is one."""
    for node in body:
        kind = type(node)
        if kind is cst.SimpleStatementLine:
            if block(evaluator, cast(cst.SimpleStatementLine, node).body, scope):
                return True
            continue
        evaluator.tick()
        handler = STATEMENTS.get(kind)
        if handler is not None and handler(evaluator, node, scope):
            return True
    return False


def suite(evaluator: Evaluator, node: cst.BaseSuite, scope: Scope) -> bool:
    return block(evaluator, node.body, scope)


# -- small statements


def expression(evaluator: Evaluator, node: cst.Expr, scope: Scope) -> bool:
    evaluator.eval(node.value, scope)
    return False


def assignment(evaluator: Evaluator, node: cst.Assign, scope: Scope) -> bool:
    value = evaluator.eval(node.value, scope)
    for target in node.targets:
        assign(evaluator, target.target, value, scope)
    return False


def annotated(evaluator: Evaluator, node: cst.AnnAssign, scope: Scope) -> bool:
    if node.value is not None:
        assign(evaluator, node.target, evaluator.eval(node.value, scope), scope)
    return False


def augmented(evaluator: Evaluator, node: cst.AugAssign, scope: Scope) -> bool:
    left, right = evaluator.eval(node.target, scope), evaluator.eval(node.value, scope)
    assign(
        evaluator, node.target, lifted(lambda a, b: own_operator(evaluator, node.operator, a, b), left, right), scope
    )
    return False


def assign(evaluator: Evaluator, target: cst.CSTNode, value: Value, scope: Scope) -> None:
    """Binds a value to a name, attribute, item, or several targets."""
    if type(target) is cst.Name:
        if target.value in scope.global_names:
            evaluator.module_names[scope.module.file, target.value] = value
        else:
            scope.names[target.value] = value
    elif isinstance(target, (cst.Tuple, cst.List)):
        starred = [type(element) is cst.StarredElement for element in target.elements]
        shared = _shared(value, starred.index(True), len(starred)) if True in starred else None
        for index, element in enumerate(target.elements):
            one = shared[index] if shared is not None else _member(value, index, target)
            assign(evaluator, element.value, one, scope)
    elif type(target) is cst.Attribute:
        owner = evaluator.eval(target.value, scope)
        if isinstance(owner, Instance):
            owner.attributes[target.attr.value] = value
        elif isinstance(owner, OwnClass):
            owner.members[target.attr.value] = value
        elif isinstance(owner, Made) and owner.steps and isinstance(target.value, (cst.Name, cst.Attribute)):
            made = replace(owner.steps[0], kwargs={**owner.steps[0].kwargs, target.attr.value: value})
            if made.called:  # `config.destination = x` says what `Config(destination=x)` does
                assign(evaluator, target.value, Made(owner.root, (made, *owner.steps[1:])), scope)
    elif type(target) is cst.Subscript:
        owner = evaluator.eval(target.value, scope)
        index_node = target.slice[0].slice if len(target.slice) == 1 else None
        key = evaluator.eval(index_node.value, scope) if type(index_node) is cst.Index else UNKNOWN
        if isinstance(owner, dict) and (kept := key_in(owner, plain_member(key))) is not UNKNOWN:
            owner[kept] = value
        elif isinstance(owner, Instance):
            special_method(evaluator, owner, "__setitem__", [key, value])
        elif isinstance(owner, Context) and not owner.name and isinstance(key, str):
            put_into_context(evaluator, owner, key, value)


def _shared(value: Value, rest: int, count: int) -> list[Value]:
    """What each of so many targets gets of a value (`first, *others = tables`); the one at `rest` takes what the others leave."""
    if not isinstance(value, (list, tuple)) or len(value) < count - 1:
        return [UNKNOWN] * count
    after = len(value) - (count - rest - 1)
    return [*value[:rest], list(value[rest:after]), *value[after:]]


def deleted(evaluator: Evaluator, node: cst.Del, scope: Scope) -> bool:
    """`del`: of an item of an object of the folder's class by its own method."""
    targets = [one.value for one in node.target.elements] if isinstance(node.target, cst.Tuple) else [node.target]
    for target in targets:
        if type(target) is not cst.Subscript:
            continue
        owner = evaluator.eval(target.value, scope)
        index = target.slice[0].slice if len(target.slice) == 1 else None
        key = evaluator.eval(index.value, scope) if type(index) is cst.Index else UNKNOWN
        if isinstance(owner, Instance):
            special_method(evaluator, owner, "__delitem__", [key])
        elif isinstance(owner, dict):
            owner.pop(key_in(owner, plain_member(key)), None)
    return False


def _member(value: Value, index: int, target: cst.Tuple | cst.List) -> Value:
    """What one of several targets gets of a value."""
    if isinstance(value, Either):
        return either([_member(one, index, target) for one in value.values])
    if isinstance(value, (Instance, Namespace)):
        value = list(value.attributes.values())
    if isinstance(value, Made):
        return Made(value.root, (*value.steps, Step("[]", (index,))))
    known = isinstance(value, (list, tuple)) and len(value) == len(target.elements)
    return value[index] if known else UNKNOWN


def taken(target: cst.CSTNode, value: Value, name: str) -> Value:
    """The part of an assigned value that `name` of the target takes; None if it takes none."""
    if type(target) is cst.Name:
        return value if target.value == name else None
    if not isinstance(target, (cst.Tuple, cst.List)):
        return None
    known = list(value) if isinstance(value, (list, tuple)) and len(value) == len(target.elements) else None
    for index, element in enumerate(target.elements):
        found = taken(element.value, UNKNOWN if known is None else known[index], name)
        if found is not None:
            return found
    return None


def returned(evaluator: Evaluator, node: cst.Return, scope: Scope) -> bool:
    scope.returns.append(evaluator.eval(node.value, scope) if node.value is not None else None)
    return True


def raised(evaluator: Evaluator, node: cst.Raise, scope: Scope) -> bool:
    if node.exc is not None:
        evaluator.eval(node.exc, scope)
    return True


def left(evaluator: Evaluator, node: cst.CSTNode, scope: Scope) -> bool:
    return True


def asserted(evaluator: Evaluator, node: cst.Assert, scope: Scope) -> bool:
    evaluator.observer.fails(condition_of(evaluator, node.test, scope), node, scope)
    return False


def imports(evaluator: Evaluator, node: cst.Import | cst.ImportFrom, scope: Scope) -> bool:
    table = scope.module.table
    for binding in table.imports.get(node, []) or table.program_imports.get(node, []):
        scope.names[binding.name] = evaluator.imported(scope.module, binding)
    return False


def global_names(evaluator: Evaluator, node: cst.Global, scope: Scope) -> bool:
    scope.global_names.update(item.name.value for item in node.names)
    return False


# -- compound statements


def function(evaluator: Evaluator, node: cst.FunctionDef, scope: Scope) -> bool:
    scope.names[node.name.value] = decorated(
        evaluator, OwnFunction(scope.module, node, scope, owner=scope.owner), scope
    )
    return False


def class_(evaluator: Evaluator, node: cst.ClassDef, scope: Scope) -> bool:
    scope.names[node.name.value] = decorated_class(evaluator, OwnClass(scope.module, node, scope), scope)
    return False


_NO_FAILURE = ("Skip", "Defer", "FileNotFound", "KeyError", "TypeError", "NotImplemented", "ImportError", "Timeout")
"""In the names of exceptions that say nothing about data."""


def condition_of(evaluator: Evaluator, test: cst.BaseExpression, scope: Scope) -> Value:
    """The value of a condition; for a comparison the values that it compares, as a list."""
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        return condition_of(evaluator, test.expression, scope)
    if type(test) is cst.BooleanOperation:
        return [condition_of(evaluator, one, scope) for one in (test.left, test.right)]
    if type(test) is cst.Comparison:
        return [evaluator.eval(one, scope) for one in (test.left, *(item.comparator for item in test.comparisons))]
    return evaluator.eval(test, scope)


def _raises(body: cst.BaseSuite) -> bool:
    """Whether a block raises an error about what was found."""
    found = [one for line in body.body for one in (line.body if type(line) is cst.SimpleStatementLine else ())]
    last = found[-1] if found else None
    if type(last) is not cst.Raise or last.exc is None:
        return False
    error = last.exc.func if type(last.exc) is cst.Call else last.exc
    name = error.attr.value if type(error) is cst.Attribute else error.value if type(error) is cst.Name else ""
    return bool(name) and not any(word in name for word in _NO_FAILURE)


def condition(evaluator: Evaluator, node: cst.If, scope: Scope) -> bool:
    known = truth(evaluator.eval(node.test, scope))
    otherwise = node.orelse
    if known is None and _raises(node.body):
        evaluator.quiet += 1
        try:
            evaluator.observer.fails(condition_of(evaluator, node.test, scope), node, scope)
        finally:
            evaluator.quiet -= 1

    def second() -> bool:
        if type(otherwise) is cst.If:
            return condition(evaluator, otherwise, scope)
        return otherwise is not None and suite(evaluator, otherwise.body, scope)

    if known is not None:
        return suite(evaluator, node.body, scope) if known else second()
    return branches(scope, [lambda: suite(evaluator, node.body, scope), second])


def branches(scope: Scope, paths: Sequence[Callable[[], bool]]) -> bool:
    """Reads each path on the same names; then names that differ are one or the other. Whether all paths leave."""
    before = dict(scope.names)
    results: list[dict[str, Value]] = []
    for path in paths:
        scope.names = dict(before)
        if not path():
            results.append(scope.names)
    scope.names = merged_names(results) if results else before
    return not results


def merged_names(results: list[dict[str, Value]]) -> dict[str, Value]:
    first = results[0]
    merged = dict(first)
    for other in results[1:]:
        for name, value in other.items():
            if name not in merged:
                merged[name] = value
            elif merged[name] is not value:
                merged[name] = either([merged[name], value])
    return merged


def forget_counters(node: cst.For | cst.While, scope: Scope, source: Value = UNKNOWN) -> None:
    """Makes numbers unknown that each round of a loop changes: what they are in the first round says nothing of the others. What counts the rows of
    an object of a library is computed of it."""
    total = Made("builtins.sum", (Step("sum", (source,)),)) if isinstance(source, Made) else UNKNOWN
    for one in small_statements(node.body):
        target = one.target if type(one) is cst.AugAssign else None
        if type(one) is cst.Assign and type(one.value) is cst.BinaryOperation and len(one.targets) == 1:
            target = one.targets[0].target
            left = one.value.left
            if type(left) is not cst.Name or type(target) is not cst.Name or left.value != target.value:
                continue
        if type(target) is cst.Name and type(scope.names.get(target.value)) in (int, float):
            scope.names[target.value] = total


def for_loop(evaluator: Evaluator, node: cst.For, scope: Scope) -> bool:
    source = evaluator.eval(node.iter, scope)
    items = elements(evaluator, source)
    if items is None or isinstance(source, Some):
        forget_counters(node, scope, source)
    yielded = len(scope.yields)
    for one in items if items is not None else [element_of(source)]:
        assign(evaluator, node.target, one, scope)
        round_of(evaluator, node.body, scope)
    scope.yields_more |= len(scope.yields) > yielded and (items is None or isinstance(source, Some))
    if node.orelse is not None:
        suite(evaluator, node.orelse.body, scope)
    return False


def round_of(evaluator: Evaluator, body: cst.BaseSuite, scope: Scope) -> None:
    """One round of a loop, which may as well not be reached."""
    before = dict(scope.names)
    suite(evaluator, body, scope)
    for name, value in before.items():
        if name in scope.names and scope.names[name] is not value and value is None:
            scope.names[name] = either([value, scope.names[name]])


def while_loop(evaluator: Evaluator, node: cst.While, scope: Scope) -> bool:
    forget_counters(node, scope)
    known = truth(evaluator.eval(node.test, scope))
    if known is not False:
        yielded = len(scope.yields)
        suite(evaluator, node.body, scope)
        scope.yields_more |= len(scope.yields) > yielded
    if node.orelse is not None:
        suite(evaluator, node.orelse.body, scope)
    return False


def elements(evaluator: Evaluator, value: Value) -> list[Value] | None:
    """What a loop over the value runs over; None where that is not known."""
    value = evaluator.settled(value)
    if isinstance(value, (list, tuple, dict)):
        return list(value)[:MAX_ELEMENTS]
    if isinstance(value, Either):
        # What else it may be tells nothing of the elements.
        known = [one for one in value.values if isinstance(one, (list, tuple, dict))]
        return [item for one in known for item in one][:MAX_ELEMENTS] if any(known) else None
    if isinstance(value, Instance):
        found = special_method(evaluator, value, "__iter__", [])
        if isinstance(found, Instance) and (one := special_method(evaluator, found, "__next__", [])) is not MISSING:
            return [one]  # stands for all that the iterator gives
        return list(found)[:MAX_ELEMENTS] if isinstance(found, (list, tuple)) else None
    return None


def element_of(value: Value) -> Value:
    """One of the things that a loop over an object of a library gives."""
    return Made(value.root, (*value.steps, Step("for", called=False))) if isinstance(value, Made) else UNKNOWN


def try_statement(evaluator: Evaluator, node: cst.Try | cst.TryStar, scope: Scope) -> bool:
    ended = suite(evaluator, node.body, scope)
    for handler in node.handlers:
        if handler.name is not None and type(handler.name.name) is cst.Name:
            scope.names[handler.name.name.value] = UNKNOWN
        branches(scope, [lambda: suite(evaluator, handler.body, scope), lambda: False])  # noqa: B023
    if node.orelse is not None and not ended:
        ended = suite(evaluator, node.orelse.body, scope)
    if node.finalbody is not None:
        suite(evaluator, node.finalbody.body, scope)
    return ended and not node.handlers


def with_statement(evaluator: Evaluator, node: cst.With, scope: Scope) -> bool:
    managers: list[Value] = []
    moved = {name: scope.names[name] for item in node.items if (name := _moved(item.item)) in scope.names}
    for item in node.items:
        manager = evaluator.eval(item.item, scope)
        managers.append(manager)
        bound = entered(evaluator, manager)
        if item.asname is not None:
            assign(evaluator, item.asname.name, bound, scope)
    ended = suite(evaluator, node.body, scope)
    scope.names |= moved
    for manager in reversed(managers):
        left_behind(evaluator, manager)
    return ended


def _moved(node: cst.BaseExpression) -> str:
    """The name whose object `with sftp.cd(folder)` moves into another folder for a while; empty for all else."""
    function = node.func if isinstance(node, cst.Call) else None
    inside = (
        isinstance(function, cst.Attribute) and function.attr.value == "cd" and isinstance(function.value, cst.Name)
    )
    return function.value.value if inside else ""  # type: ignore[union-attr]


def left_behind(evaluator: Evaluator, manager: Value) -> None:
    """The end of a `with` over an object of the folder's class."""
    if isinstance(manager, Instance):
        for name in ("__exit__", "__aexit__"):
            special_method(evaluator, manager, name, [None, None, None])


def entered(evaluator: Evaluator, value: Value) -> Value:
    """What `with value as name` binds."""
    if isinstance(value, Instance):
        bound = (special_method(evaluator, value, name, []) for name in ("__enter__", "__aenter__"))
        return next((one for one in bound if one is not MISSING), value)
    if isinstance(value, Made) and value.root == "contextlib.closing" and len(value.steps) == 1:
        return value.steps[0].argument(0, "thing")
    return value


def match_statement(evaluator: Evaluator, node: cst.Match, scope: Scope) -> bool:
    subject = evaluator.eval(node.subject, scope)
    for case in node.cases:
        fits = _fits(evaluator, case, subject, scope)
        if fits is None:
            break
        if fits:
            return suite(evaluator, case.body, scope)
    else:
        return False
    cases = [lambda case=case: suite(evaluator, case.body, scope) for case in node.cases]
    return branches(scope, [*cases, lambda: False])


def _fits(evaluator: Evaluator, case: cst.MatchCase, subject: Value, scope: Scope) -> bool | None:
    """Whether a case is that of a plain subject; None where it takes more to tell."""
    if not isinstance(subject, (str, int)) or case.guard is not None:
        return None
    patterns = (
        [one.pattern for one in case.pattern.patterns] if isinstance(case.pattern, cst.MatchOr) else [case.pattern]
    )
    for pattern in patterns:
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None and pattern.name is None:
            return True
        value = evaluator.eval(pattern.value, scope) if isinstance(pattern, cst.MatchValue) else None
        if not isinstance(value, (str, int)):
            return None
        if value == subject:
            return True
    return False


STATEMENTS: dict[type, Callable[[Any, Any, Scope], bool]] = {
    cst.AnnAssign: annotated,
    cst.Assert: asserted,
    cst.Assign: assignment,
    cst.AugAssign: augmented,
    cst.Break: left,
    cst.ClassDef: class_,
    cst.Continue: left,
    cst.Del: deleted,
    cst.Expr: expression,
    cst.For: for_loop,
    cst.FunctionDef: function,
    cst.Global: global_names,
    cst.If: condition,
    cst.Import: imports,
    cst.ImportFrom: imports,
    cst.Match: match_statement,
    cst.Raise: raised,
    cst.Return: returned,
    cst.Try: try_statement,
    cst.TryStar: try_statement,
    cst.While: while_loop,
    cst.With: with_statement,
}

"""Execution of statements, one function for each kind of syntax tree node.

A condition that is not known explores both branches: each runs on the same names, then names that differ become symbolic. A
`return` in such a branch ends the branch, not the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers import constants
from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.language.attributes import delete_attribute, set_attribute
from migrator.analyzers.interpreter.language.branches import explore_branches
from migrator.analyzers.interpreter.language.definitions import class_definition, function_definition
from migrator.analyzers.interpreter.language.exceptions import (
    catches,
    describe_exception,
    exception_value,
    raise_statement,
)
from migrator.analyzers.interpreter.language.items import delete_item, set_item
from migrator.analyzers.interpreter.language.iterators import Generator, LazyItems
from migrator.analyzers.interpreter.language.managers import with_statement
from migrator.analyzers.interpreter.language.opening import opened
from migrator.analyzers.interpreter.language.operations import (
    AUGMENTED,
    BINARY,
    binary,
    extend,
    iterate,
    iterator_of,
    truth,
)
from migrator.analyzers.interpreter.language.patterns import matches
from migrator.analyzers.interpreter.origins import origins_of
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    BranchEnd,
    BreakSignal,
    BudgetExceeded,
    ContinueSignal,
    ControlFlow,
    Env,
    Function,
    Instance,
    LoopExit,
    Opaque,
    RaiseSignal,
    ReturnSignal,
)
from migrator.model.values import Symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def execute_block(machine: Machine, body: Sequence[cst.CSTNode], env: Env) -> None:
    """Executes statements in order. At module level a statement that raises is reported and the rest goes on."""
    top = env.names is env.module.globals
    for node in body:
        if not top or env.uncertain:
            execute(machine, node, env)
            continue
        try:
            execute(machine, node, env)
        except RaiseSignal as signal:
            if machine.handled_depth:
                raise
            machine.report(
                "MIG108",
                first_line(node),
                env,
                f"the code raises {signal.name}" + (f": {signal.message}" if signal.message else ""),
            )
        except RecursionError:
            machine.report("MIG105", first_line(node), env, "the code is nested too deeply to be followed")


def first_line(node: cst.CSTNode) -> cst.CSTNode:
    """The small statement of a simple line (its own span is the whole line), else the node itself."""
    return node.body[0] if type(node) is cst.SimpleStatementLine and node.body else node


def execute(machine: Machine, node: cst.CSTNode, env: Env) -> None:
    machine.steps += 1
    if type(node) is cst.SimpleStatementLine:
        for small in node.body:
            handler = STATEMENTS.get(type(small))
            if handler is not None:
                handler(machine, small, env)
        return
    handler = STATEMENTS.get(type(node))
    if handler is not None:
        handler(machine, node, env)


def suite(machine: Machine, body: cst.BaseSuite, env: Env) -> None:
    """The body of a compound statement."""
    for node in body.body:
        execute(machine, node, env)


# ------------------------------------------------------------------------------------------------------ small statements


def expression(machine: Machine, node: cst.Expr, env: Env) -> None:
    machine.eval(node.value, env)


def assign(machine: Machine, node: cst.Assign, env: Env) -> None:
    value = machine.eval(node.value, env)
    for target in node.targets:
        assign_target(machine, target.target, _kept(machine, target.target, value, node.value, env), env)


def _kept(machine: Machine, target: cst.CSTNode, value: Any, given: cst.BaseExpression, env: Env) -> Any:
    """A value that is not known as what the module keeps under this name, if it is given to it once."""
    if type(target) is not cst.Name or not isinstance(value, Symbolic) or env.names is not env.module.globals:
        return value
    if machine.bindings or target.value in env.names:
        return value
    return constants.kept(value, env.module.file, target.value, machine.source(given, env))


def annotated_assign(machine: Machine, node: cst.AnnAssign, env: Env) -> None:
    if env.qualname.endswith(".<class>") and type(node.target) is cst.Name:
        env.names.setdefault("__annotated__", {})[node.target.value] = node.annotation.annotation
    if node.value is not None:
        assign_target(machine, node.target, machine.eval(node.value, env), env)


def augmented_assign(machine: Machine, node: cst.AugAssign, env: Env) -> None:
    left = machine.eval(node.target, env)
    right = machine.eval(node.value, env)
    kind = AUGMENTED.get(type(node.operator))
    if kind is None:
        return
    if kind is cst.Add and isinstance(left, list):
        items = iterate(machine, right, node, env)
        extend(left, items if items is not None else [machine.unknown(node.value, env, "an unknown sequence")])
        return
    if kind is cst.BitOr and isinstance(left, dict) and isinstance(right, dict):
        left.update(right)
        return
    if isinstance(left, Instance) and left.cls is not None:
        method = left.cls.find(f"__i{BINARY[kind][0][2:]}")
        if isinstance(method, Function):
            assign_target(machine, node.target, machine.call(BoundMethod(method, left), [right], {}, node, env), env)
            return
    if isinstance(left, set) and kind in _SET_UPDATES and isinstance(right, (set, frozenset)):
        getattr(left, _SET_UPDATES[kind])(right)
        return
    assign_target(machine, node.target, binary(machine, kind, left, right, node.value, env), env)


_SET_UPDATES: dict[Any, str] = {
    cst.BitOr: "update",
    cst.BitAnd: "intersection_update",
    cst.Subtract: "difference_update",
    cst.BitXor: "symmetric_difference_update",
}


def assign_target(machine: Machine, target: cst.CSTNode, value: Any, env: Env) -> None:
    """Binds a value to a name, attribute, item, or a (starred) tuple of targets."""
    if type(target) is cst.Name:
        env.assign(target.value, value)
    elif isinstance(target, (cst.Tuple, cst.List)):
        unpack(machine, target, value, env)
    elif type(target) is cst.Attribute:
        set_attribute(machine, machine.eval(target.value, env), target.attr.value, value, target, env)
    elif type(target) is cst.Subscript:
        from migrator.analyzers.interpreter.language.expressions import slice_value

        container = machine.eval(target.value, env)
        if isinstance(container, Symbolic):
            changed = opened(machine, target.value, env)
            container = container if changed is None else changed
        keys = [slice_value(machine, element.slice, env) for element in target.slice]
        set_item(machine, container, keys[0] if len(keys) == 1 else tuple(keys), value, target, env)


def unpack(machine: Machine, target: cst.Tuple | cst.List, value: Any, env: Env) -> None:
    names = [element.value for element in target.elements]
    starred = next((i for i, e in enumerate(target.elements) if type(e) is cst.StarredElement), None)
    items = iterate(machine, value, target, env)
    if items is None:
        items = [machine.unknown(target, env, "a part of an unknown value") for _ in names]
        if isinstance(value, af.XCom):
            items = [value.item(index) for index in range(len(names))]
    if starred is not None and len(items) >= len(names) - 1:
        after = len(names) - starred - 1
        middle = items[starred : len(items) - after]
        items = [*items[:starred], middle, *items[len(items) - after :]]
    if len(items) != len(names):
        raise RaiseSignal("ValueError", f"{len(items)} values to unpack into {len(names)} names")
    for name, item in zip(names, items, strict=True):
        assign_target(machine, name, item, env)


def return_statement(machine: Machine, node: cst.Return, env: Env) -> None:
    value = machine.eval(node.value, env) if node.value is not None else None
    if env.uncertain:
        env.returns.append(value)
        raise BranchEnd
    raise ReturnSignal(value)


def break_statement(machine: Machine, node: cst.Break, env: Env) -> None:
    raise BranchEnd if env.uncertain else BreakSignal


def continue_statement(machine: Machine, node: cst.Continue, env: Env) -> None:
    raise BranchEnd if env.uncertain else ContinueSignal


def delete(machine: Machine, node: cst.Del, env: Env) -> None:
    targets = [e.value for e in node.target.elements] if type(node.target) is cst.Tuple else [node.target]
    for target in targets:
        if type(target) is cst.Name:
            env.names.pop(target.value, None)
        elif type(target) is cst.Attribute:
            delete_attribute(machine, machine.eval(target.value, env), target.attr.value, target, env)
        elif type(target) is cst.Subscript:
            from migrator.analyzers.interpreter.language.expressions import slice_value

            container = machine.eval(target.value, env)
            delete_item(machine, container, slice_value(machine, target.slice[0].slice, env), target, env)


def assert_statement(machine: Machine, node: cst.Assert, env: Env) -> None:
    if truth(machine, machine.settle(machine.eval(node.test, env), node.test, env)) is False:
        value = machine.eval(node.msg, env) if node.msg is not None else ""
        raise RaiseSignal("AssertionError", value if isinstance(value, str) else "")


def global_statement(machine: Machine, node: cst.Global, env: Env) -> None:
    env.global_names.update(item.name.value for item in node.names)


def nonlocal_statement(machine: Machine, node: cst.Nonlocal, env: Env) -> None:
    env.nonlocal_names.update(item.name.value for item in node.names)


def import_statement(machine: Machine, node: cst.Import, env: Env) -> None:
    for alias in node.names:
        dotted = dotted_name(alias.name)
        if alias.asname is not None and type(alias.asname.name) is cst.Name:
            env.assign(alias.asname.name.value, machine.modules.load(machine, dotted, node, env))
        else:
            machine.modules.load(machine, dotted, node, env)
            first = dotted.partition(".")[0]
            env.assign(first, machine.modules.package(machine, first, node, env))


def import_from(machine: Machine, node: cst.ImportFrom, env: Env) -> None:
    dotted = dotted_name(node.module) if node.module is not None else ""
    level = len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        for name, value in machine.modules.star(machine, dotted, level, node, env).items():
            env.assign(name, value)
        return
    for alias in node.names:
        assert type(alias.name) is cst.Name
        value = machine.modules.member(machine, dotted, level, alias.name.value, node, env)
        target = alias.asname.name if alias.asname is not None else alias.name
        if type(target) is cst.Name:
            env.assign(target.value, value)


def dotted_name(node: cst.BaseExpression) -> str:
    """`a.b.c` of a Name or Attribute."""
    if type(node) is cst.Attribute:
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return node.value if type(node) is cst.Name else ""


# --------------------------------------------------------------------------------------------------- compound statements


def if_statement(machine: Machine, node: cst.If, env: Env) -> None:
    tested = machine.settle(machine.eval(node.test, env), node.test, env)
    known = truth(machine, tested)
    if known is True:
        suite(machine, node.body, env)
    elif known is False:
        if type(node.orelse) is cst.If:
            execute(machine, node.orelse, env)
        elif node.orelse is not None:
            suite(machine, node.orelse.body, env)
    else:
        explore(machine, node, env, tested)


def explore(machine: Machine, node: cst.If, env: Env, tested: Any) -> None:
    """Both branches of a condition that is not known."""
    tasks_before = machine.airflow.created

    def first() -> None:
        suite(machine, node.body, env)

    def second() -> None:
        if type(node.orelse) is cst.If:
            execute(machine, node.orelse, env)
        elif node.orelse is not None:
            suite(machine, node.orelse.body, env)

    origins = machine.origins(machine.span(node.test, env), env)
    explore_branches(machine, [first, second], node, env, tested)
    if machine.airflow.created != tasks_before:
        text = machine.source(node.test, env)
        message = f"`{text[:100]}` is not known, both branches were analyzed"
        machine.report("MIG101", node.test, env, message, resolved_by=origins)
    else:
        undecided(machine, "MIG101", node.test, "both branches were analyzed", env, origins)


def undecided(machine: Machine, code: str, node: cst.CSTNode, what: str, env: Env, origins: tuple[str, ...]) -> None:
    """Keeps a condition of the file's top level, or a loop of it or of what it calls, that is not known: a finding, should no DAG be found."""
    at_top = env.names is env.module.globals and env.module.file == machine.file
    if at_top or (code == "MIG102" and any(scope.module.file == machine.file for _, scope in machine.call_sites)):
        message = f"`{machine.source(node, env)[:100]}` is not known, {what}"
        machine.undecided.append((code, machine.place_in_file(node, env), message, origins))


def for_statement(machine: Machine, node: cst.For, env: Env) -> None:
    value = machine.settle(machine.eval(node.iter, env), node.iter, env)
    if isinstance(value, Instance) and (made := iterator_of(machine, value, node.iter, env)) is not MISSING:
        value = made
    tasks_before = machine.airflow.created
    items = elements_of(machine, value, node.iter, env)
    unknown_items = items is None
    if items is None:
        items = iter(
            [
                value.item(None)
                if isinstance(value, af.XCom)
                else machine.unknown(node.iter, env, "an element of an unknown value")
            ]
        )
    machine.call_sites.append((node, env))
    uncertain, env.uncertain = env.uncertain, 0
    try:
        if isinstance(value, Generator) and not value.started:
            ended = not loop_with_generator(machine, value, node, env)
        else:
            ended = not any(loop_body(machine, node, item, env) for item in items)
        if ended and node.orelse is not None:
            suite(machine, node.orelse.body, env)
    except ReturnSignal as signal:
        if uncertain:
            env.returns.append(signal.value)
            raise BranchEnd from None
        raise
    finally:
        env.uncertain = uncertain
        machine.call_sites.pop()
    if unknown_items and machine.airflow.created != tasks_before:
        text = machine.source(node.iter, env)
        message = f"`{text[:100]}` is not known, the loop's body was analyzed once"
        origins = origins_of(value) or machine.origins(machine.span(node.iter, env), env)
        machine.report("MIG102", node.iter, env, message, resolved_by=origins)
    elif unknown_items:
        origins = origins_of(value) or machine.origins(machine.span(node.iter, env), env)
        undecided(machine, "MIG102", node.iter, "the loop's body was analyzed once", env, origins)


def elements_of(machine: Machine, value: Any, node: cst.CSTNode, env: Env) -> Iterator[Any] | None:
    """What a loop runs over, element by element, so that the body may change a list or take from an iterator itself."""
    if type(value) is list:
        return growing(value)
    if isinstance(value, LazyItems):
        return iter(value.next, MISSING)
    items = iterate(machine, value, node, env)
    return None if items is None else iter(items)


def growing(items: list[Any]) -> Iterator[Any]:
    """The elements of a list that may change meanwhile."""
    index = 0
    while index < len(items):
        yield items[index]
        index += 1


def loop_body(machine: Machine, node: cst.For, item: Any, env: Env) -> bool:
    """One round of a loop; whether it ended the loop."""
    machine.tick()
    assign_target(machine, node.target, item, env)
    machine.bindings.append(bound_names(node.target, env))
    try:
        suite(machine, node.body, env)
    except ContinueSignal:
        return False
    except BreakSignal:
        return True
    finally:
        machine.bindings.pop()
    return False


def loop_with_generator(machine: Machine, generator: Generator, node: cst.For, env: Env) -> bool:
    """A loop over a generator function that runs meanwhile; whether `break` ended it."""
    sites, bindings, active = list(machine.call_sites), list(machine.bindings), list(machine.active)

    def body(item: Any) -> None:
        inside = machine.call_sites, machine.bindings, machine.active
        machine.call_sites, machine.bindings, machine.active = list(sites), list(bindings), list(active)
        try:
            if loop_body(machine, node, item, env):
                raise LoopExit(None)
        except (BudgetExceeded, LoopExit):
            raise
        except ControlFlow as signal:
            raise LoopExit(signal) from None
        finally:
            machine.call_sites, machine.bindings, machine.active = inside

    try:
        generator.each(body)
    except LoopExit as end:
        if end.signal is not None:
            raise end.signal from None
        return True
    return False


def bound_names(target: cst.CSTNode, env: Env) -> dict[str, Any]:
    """The loop variables and their values."""
    if type(target) is cst.Name:
        return {target.value: env.lookup(target.value)}
    if isinstance(target, (cst.Tuple, cst.List)):
        return {name: value for element in target.elements for name, value in bound_names(element.value, env).items()}
    return {}


def while_statement(machine: Machine, node: cst.While, env: Env) -> None:
    uncertain, env.uncertain = env.uncertain, 0
    try:
        while True:
            machine.tick()
            known = truth(machine, machine.settle(machine.eval(node.test, env), node.test, env))
            if known is False:
                if node.orelse is not None:
                    suite(machine, node.orelse.body, env)
                return
            try:
                suite(machine, node.body, env)
            except ContinueSignal:
                pass
            except BreakSignal:
                return
            if known is None:
                return
    except ReturnSignal as signal:
        if uncertain:
            env.returns.append(signal.value)
            raise BranchEnd from None
        raise
    finally:
        env.uncertain = uncertain


def try_statement(machine: Machine, node: cst.Try | cst.TryStar, env: Env) -> None:
    machine.handled_depth += 1
    try:
        try:
            suite(machine, node.body, env)
        except RaiseSignal as signal:
            machine.handled_depth -= 1
            try:
                handle_group(machine, node, signal, env) if isinstance(node, cst.TryStar) else handle(
                    machine, node, signal, env
                )
            finally:
                machine.handled_depth += 1
        else:
            if node.orelse is not None:
                suite(machine, node.orelse.body, env)
    finally:
        machine.handled_depth -= 1
        if node.finalbody is not None:
            suite(machine, node.finalbody.body, env)


def handle_group(machine: Machine, node: cst.TryStar, signal: RaiseSignal, env: Env) -> None:
    """`except*`: each clause takes its exceptions of a group; what no clause takes is raised again."""
    members = list(signal.value.args[1]) if is_group(signal) else [exception_value(machine, signal, node, env)]
    for handler in node.handlers:
        types = machine.eval(handler.type, env)
        taken = [one for one in members if catches(machine, types, RaiseSignal(*describe_exception(one), one))]
        if taken:
            members = [one for one in members if one not in taken]
            if handler.name is not None and type(handler.name.name) is cst.Name:
                group = Opaque("builtins.ExceptionGroup", ["", taken], {"exceptions": tuple(taken)})
                env.assign(handler.name.name.value, group)
            suite(machine, handler.body, env)
    if members:
        raise signal


def is_group(signal: RaiseSignal) -> bool:
    """Whether the exception is a group whose members are known."""
    value = signal.value
    known = isinstance(value, Opaque) and len(value.args) == 2 and isinstance(value.args[1], (list, tuple))
    return known and signal.name.endswith("ExceptionGroup")


def handle(machine: Machine, node: cst.Try, signal: RaiseSignal, env: Env) -> None:
    for handler in node.handlers:
        if handler.type is None or catches(machine, machine.eval(handler.type, env), signal):
            if handler.name is not None and type(handler.name.name) is cst.Name:
                env.assign(handler.name.name.value, exception_value(machine, signal, handler, env))
            machine.handled.append(signal)
            try:
                suite(machine, handler.body, env)
            finally:
                machine.handled.pop()
            return
    raise signal


def match_statement(machine: Machine, node: cst.Match, env: Env) -> None:
    subject = machine.settle(machine.eval(node.subject, env), node.subject, env)
    for case in node.cases:
        matched = matches(machine, case.pattern, subject, env)
        if matched and case.guard is not None:
            matched = truth(machine, machine.eval(case.guard, env))
        if matched is not False:
            suite(machine, case.body, env)
            if matched:
                return


STATEMENTS: dict[type[cst.CSTNode], Callable[[Machine, Any, Env], None]] = {
    cst.Expr: expression,
    cst.Assign: assign,
    cst.AnnAssign: annotated_assign,
    cst.AugAssign: augmented_assign,
    cst.Return: return_statement,
    cst.Break: break_statement,
    cst.Continue: continue_statement,
    cst.Raise: raise_statement,
    cst.Del: delete,
    cst.Assert: assert_statement,
    cst.Global: global_statement,
    cst.Nonlocal: nonlocal_statement,
    cst.Import: import_statement,
    cst.ImportFrom: import_from,
    cst.If: if_statement,
    cst.For: for_statement,
    cst.While: while_statement,
    cst.Try: try_statement,
    cst.TryStar: try_statement,
    cst.With: with_statement,
    cst.FunctionDef: function_definition,
    cst.ClassDef: class_definition,
    cst.Match: match_statement,
}

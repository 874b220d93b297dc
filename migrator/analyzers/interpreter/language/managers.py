"""Context managers: the `with` statement, `contextlib.ExitStack`, and managers that are entered by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.language.exceptions import catches, exception_value
from migrator.analyzers.interpreter.language.operations import truth
from migrator.analyzers.interpreter.language.suspended import Suspended, may_suspend
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    ControlFlow,
    Env,
    External,
    Function,
    Instance,
    ManagedCall,
    Native,
    Opaque,
    RaiseSignal,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Leave = Callable[["RaiseSignal | None"], bool]
"""The end of a manager's block; tells whether it takes care of the exception that it is given."""


def with_statement(machine: Machine, node: cst.With, env: Env) -> None:
    enter_items(machine, list(node.items), node, env)


def enter_items(machine: Machine, items: list[cst.WithItem], node: cst.With, env: Env) -> None:
    """Enters the first manager, the others inside it, and runs the body innermost."""
    from migrator.analyzers.interpreter.language.statements import assign_target, suite

    if not items:
        suite(machine, node.body, env)
        return
    first, rest = items[0], items[1:]
    manager = machine.eval(first.item, env)

    def body(value: Any) -> None:
        if first.asname is not None:
            assign_target(machine, first.asname.name, value, env)
        enter_items(machine, rest, node, env)

    if isinstance(manager, ManagedCall):
        from migrator.analyzers.interpreter.language.calls import call_function

        call_function(machine, manager.function, manager.call, on_yield=body)
        return
    value, leave = enter(machine, manager, node, env)
    run_between(lambda: body(value), leave)


def run_between(body: Callable[[], None], leave: Leave) -> None:
    """A block of code and the end of its manager, however the block ends."""
    try:
        body()
    except RaiseSignal as signal:
        if not leave(signal):
            raise
    except ControlFlow:
        leave(None)
        raise
    else:
        leave(None)


def enter(machine: Machine, manager: Any, node: cst.CSTNode, env: Env) -> tuple[Any, Leave]:
    """`__enter__` of any manager: what `as` binds, and the function for its end."""
    if isinstance(manager, ExitStack):
        return manager, manager.close
    cls = getattr(manager, "cls", None)
    begin, end = (cls.find(name) if isinstance(cls, Class) else MISSING for name in ("__enter__", "__exit__"))
    if isinstance(manager, (af.DagObject, af.GroupObject)) and not isinstance(begin, Function):
        value = af.enter(machine, manager)
        if not isinstance(end, Function):
            return value, lambda signal: _leave_airflow(machine, manager)
        return value, lambda signal: _leave_instance(machine, manager, end, signal, node, env)
    if isinstance(manager, af.AirflowObject) and not isinstance(begin, Function):
        return af.enter(machine, manager), lambda signal: _leave_airflow(machine, manager)
    if isinstance(manager, ManagedCall):
        return _enter_generator(machine, manager, node, env)
    if isinstance(begin, Function):
        value = machine.call(BoundMethod(begin, manager), [], {}, node, env)
        if isinstance(end, Function):
            return value, lambda signal: _leave_instance(machine, manager, end, signal, node, env)
        return value, lambda signal: _leave_base(machine, manager)
    if isinstance(manager, Opaque) and manager.path == "contextlib.suppress":
        kinds = manager.args
        return None, lambda signal: signal is not None and any(catches(machine, kind, signal) for kind in kinds)
    if isinstance(manager, Opaque) and manager.path == "contextlib.nullcontext":
        return (manager.args[0] if manager.args else manager.kwargs.get("enter_result")), _nothing
    if isinstance(manager, Opaque) and manager.path == "contextlib.closing" and manager.args:
        return manager.args[0], _nothing
    return manager, _nothing


def _leave_base(machine: Machine, manager: Any) -> bool:
    """The end of a manager whose class only has an `__enter__` of its own."""
    if isinstance(manager, af.AirflowObject):
        af.leave(machine, manager)
    return False


def _leave_airflow(machine: Machine, manager: af.AirflowObject) -> bool:
    af.leave(machine, manager)
    return False


def _nothing(signal: RaiseSignal | None) -> bool:
    return False


def _leave_instance(
    machine: Machine, manager: Any, end: Function, signal: RaiseSignal | None, node: cst.CSTNode, env: Env
) -> bool:
    arguments: list[Any] = [None, None, None]
    if signal is not None:
        raised = exception_value(machine, signal, node, env)
        kind = raised.cls if isinstance(raised, Instance) else External(f"builtins.{signal.name}")
        arguments = [kind, raised, None]
    return truth(machine, machine.call(BoundMethod(end, manager), arguments, {}, node, env)) is True


def _enter_generator(machine: Machine, manager: ManagedCall, node: cst.CSTNode, env: Env) -> tuple[Any, Leave]:
    """A `@contextmanager` function that is entered by other means than `with`: it waits at its `yield`."""
    from migrator.analyzers.interpreter.language.calls import call_function

    if not may_suspend(machine):
        return machine.unknown(node, env, "too many functions wait at a `yield`"), _nothing
    running = Suspended(machine, lambda take: call_function(machine, manager.function, manager.call, on_yield=take))
    value = running.resume()
    if value is MISSING:
        raise RaiseSignal("RuntimeError", "generator didn't yield")

    def leave(signal: RaiseSignal | None) -> bool:
        try:
            running.resume(thrown=signal)
        except RaiseSignal as raised:
            if raised is signal:
                return False
            raise
        return signal is not None

    return value, leave


def manager_method(machine: Machine, manager: Any, name: str) -> Any:
    """`manager.__enter__` and `manager.__exit__` as functions; MISSING for other names."""
    if name == "__enter__":

        def begin(m: Machine, call: Call) -> Any:
            value, leave = enter(m, manager, call.node, call.env)
            m.entered.append((manager, leave))
            return value

        return Native(name, begin)
    if name == "__exit__":

        def finish(m: Machine, call: Call) -> Any:
            for index in range(len(m.entered) - 1, -1, -1):
                if m.entered[index][0] is manager:
                    return m.entered.pop(index)[1](None)
            return None

        return Native(name, finish)
    return MISSING


class ExitStack(af.AirflowObject):
    """`contextlib.ExitStack()`."""

    __slots__ = ("ends",)

    def __init__(self) -> None:
        self.ends: list[Leave] = []

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "enter_context":
            return Native(name, self._enter)
        if name == "callback":
            return Native(name, self._callback)
        if name == "push":
            return Native(name, self._push)
        if name == "close":
            return Native(name, lambda m, call: self.close(None))
        if name == "pop_all":
            return Native(name, lambda m, call: self._pop_all())
        return manager_method(machine, self, name)

    def close(self, signal: RaiseSignal | None) -> bool:
        """Leaves all that was entered, the last first; tells whether the exception was taken care of."""
        pending = signal
        while self.ends:
            leave = self.ends.pop()
            try:
                if leave(pending):
                    pending = None
            except RaiseSignal as raised:
                pending = raised
        if pending is not None and pending is not signal:
            raise pending
        return signal is not None and pending is None

    def _enter(self, machine: Machine, call: Call) -> Any:
        value, leave = enter(machine, call.argument(0, "cm"), call.node, call.env)
        self.ends.append(leave)
        return value

    def _callback(self, machine: Machine, call: Call) -> Any:
        function, *arguments = call.args

        def leave(signal: RaiseSignal | None) -> bool:
            machine.call(function, arguments, call.kwargs, call.node, call.env)
            return False

        self.ends.append(leave)
        return function

    def _push(self, machine: Machine, call: Call) -> Any:
        target = call.args[0]

        def leave(signal: RaiseSignal | None) -> bool:
            if isinstance(target, (Function, BoundMethod)):
                machine.call(target, [None, None, None], {}, call.node, call.env)
            return False

        self.ends.append(leave)
        return target

    def _pop_all(self) -> ExitStack:
        other = ExitStack()
        other.ends, self.ends = self.ends, []
        return other


CALLS: dict[str, Callable[[Any, Call], Any]] = {"contextlib.ExitStack": lambda machine, call: ExitStack()}
"""By canonical path."""

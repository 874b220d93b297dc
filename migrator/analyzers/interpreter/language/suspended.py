"""Generator functions that stop at a `yield` until they are asked to go on: `next`, `send`, and `contextlib.ExitStack`.

Each runs in a thread of its own, of which one at a time is awake: the evaluation stays one sequence of steps.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.values import MISSING, ControlFlow, RaiseSignal

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

MAX_SUSPENDED = 40
"""Functions of one file that may be stopped at a `yield` at the same time."""
_STACK = 64 * 1024 * 1024


class _Abandoned(ControlFlow):
    """Nobody will ask for more: the function ends where it stopped."""


class Suspended:
    """A call of a generator function. `run` executes it, with what a `yield` does: it takes the value, and gives what is sent."""

    def __init__(self, machine: Machine, run: Callable[[Callable[[Any], Any]], Any]) -> None:
        self._machine, self._run = machine, run
        self._awake, self._waiting = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self.ended = False
        self.returned: Any = None
        self._sent: Any = None
        self._thrown: ControlFlow | None = None
        self._yielded: Any = MISSING
        self._failure: BaseException | None = None
        self._scope = (list(machine.call_sites), list(machine.bindings), list(machine.active))
        machine.suspended.append(self)

    def resume(self, sent: Any = None, thrown: ControlFlow | None = None) -> Any:
        """Goes on to the next `yield` and gives its value; MISSING at the end. Raises what the function raises."""
        if self.ended:
            return MISSING
        if self._thread is None and thrown is not None:
            self.ended = True
            raise thrown
        machine = self._machine
        outside = machine.call_sites, machine.bindings, machine.active
        machine.call_sites, machine.bindings, machine.active = self._scope
        self._sent, self._thrown = sent, thrown
        if self._thread is None:
            self._start()
        else:
            self._awake.release()
        self._waiting.acquire()
        self._scope = machine.call_sites, machine.bindings, machine.active
        machine.call_sites, machine.bindings, machine.active = outside
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return self._yielded

    def close(self) -> None:
        """Ends the function where it stopped."""
        if self._thread is None or self.ended:
            self.ended = True
            return
        with contextlib.suppress(ControlFlow):
            self.resume(thrown=_Abandoned())
        self._thread.join()

    def _start(self) -> None:
        before = threading.stack_size(_STACK)
        try:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        finally:
            threading.stack_size(before)

    def _work(self) -> None:
        try:
            self.returned = self._run(self._hand_over)
        except _Abandoned:
            pass
        except BaseException as error:
            self._failure = error
        self.ended, self._yielded = True, MISSING
        self._waiting.release()

    def _hand_over(self, value: Any) -> Any:
        self._yielded = value
        self._waiting.release()
        self._awake.acquire()
        if self._thrown is not None:
            thrown, self._thrown = self._thrown, None
            raise thrown
        return self._sent


def may_suspend(machine: Machine) -> bool:
    """Whether one more function may be stopped at a `yield`."""
    if len(machine.suspended) >= MAX_SUSPENDED:
        machine.suspended[:] = [one for one in machine.suspended if not one.ended]
    return len(machine.suspended) < MAX_SUSPENDED


def close_all(machine: Machine) -> None:
    """Ends what is still stopped when a file has been evaluated."""
    for suspended in machine.suspended:
        try:
            suspended.close()
        except RaiseSignal:
            continue
    machine.suspended.clear()

"""Iterators: what is taken from them is gone, as with Python's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.suspended import Suspended, may_suspend
from migrator.analyzers.interpreter.values import MISSING, Call, ControlFlow, Native, Opaque, RaiseSignal

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

MAX_TAKEN = 200_000
"""Elements that are taken at once from an iterator without an end."""
MAX_YIELDS = 5_000
"""Elements that a generator function is run for ahead of their use."""


class LazyItems:
    """An iterator over elements that are there already."""

    def __init__(self, items: list[Any]) -> None:
        self._items, self._position = items, 0
        self.returned: Any = None
        """What a generator function returned at its end."""

    def next(self) -> Any:
        """The next element, MISSING at the end."""
        if self._position >= len(self._items):
            return MISSING
        self._position += 1
        return self._items[self._position - 1]

    def send(self, machine: Machine, value: Any) -> Any:
        """The next element of a generator that is given a value at its `yield`; MISSING at the end."""
        return self.next()

    def close(self) -> None:
        """Ends the iterator."""
        self.take()

    def take(self) -> list[Any]:
        """All remaining elements."""
        rest = self._items[self._position :]
        self._position = len(self._items)
        return rest


class Stream(LazyItems):
    """An iterator of Python's own (`itertools.count()`), which may have no end."""

    def __init__(self, source: Iterator[Any]) -> None:
        super().__init__([])
        self._source = source

    def next(self) -> Any:
        return next(self._source, MISSING)

    def close(self) -> None:
        self._source = iter(())

    def take(self) -> list[Any]:
        """All remaining elements. Raises RaiseSignal (MemoryError) where they are too many or too long together."""
        found: list[Any] = []
        size = 0
        for value in self._source:
            found.append(value)
            size += 1 + (len(value) // 4 if isinstance(value, (tuple, str)) else 0)
            if size > MAX_TAKEN:
                raise RaiseSignal("MemoryError", "the iterator has too many elements")
        return found


class Pulled(LazyItems):
    """An iterator whose elements are made when they are asked for."""

    def __init__(self, pull: Callable[[], Any]) -> None:
        super().__init__([])
        self._pull = pull
        self._ended = False

    def next(self) -> Any:
        value = MISSING if self._ended else self._pull()
        self._ended = value is MISSING
        return value

    def close(self) -> None:
        self._ended = True

    def take(self) -> list[Any]:
        found: list[Any] = []
        while (value := self.next()) is not MISSING:
            found.append(value)
            if len(found) > MAX_TAKEN:
                raise RaiseSignal("MemoryError", "the iterator has too many elements")
        return found


class GeneratorFull(ControlFlow):
    """A generator function has yielded more than is kept."""


class Generator(LazyItems):
    """A call of a generator function. It runs when its first element is asked for: alongside a `for` loop, from one `next` or
    `send` to the other, else to its end.

    `run` executes the function and hands every yielded value to the function that it is given.
    """

    def __init__(self, run: Callable[[Callable[[Any], Any]], Any]) -> None:
        super().__init__([])
        self._run = run
        self._suspended: Suspended | None = None
        self.started = False

    def each(self, body: Callable[[Any], Any]) -> Any:
        """Runs the function with the body of a loop, which may leave it by raising. Gives what the function returns."""
        self.started = True
        return self._run(body)

    def send(self, machine: Machine, value: Any) -> Any:
        if not self.started and may_suspend(machine):
            self.started = True
            self._suspended = Suspended(machine, self._run)
        if self._suspended is not None:
            machine.tick()
            found = self._suspended.resume(value)
            self.returned = self._suspended.returned
            return found
        return self.next()

    def close(self) -> None:
        self.started = True
        self._items.clear()
        if self._suspended is not None:
            self._suspended.close()

    def next(self) -> Any:
        if self._suspended is not None:
            return self._suspended.resume()
        self._fill()
        return super().next()

    def take(self) -> list[Any]:
        if self._suspended is not None:
            found: list[Any] = []
            while len(found) < MAX_YIELDS and (value := self._suspended.resume()) is not MISSING:
                found.append(value)
            return found
        self._fill()
        return super().take()

    def _fill(self) -> None:
        if self.started:
            return
        self.started = True

        def keep(value: Any) -> None:
            self._items.append(value)
            if len(self._items) >= MAX_YIELDS:
                raise GeneratorFull

        try:
            self._run(keep)
        except GeneratorFull:
            return


def ended(iterator: LazyItems) -> RaiseSignal:
    """The StopIteration of an iterator at its end, which has what a generator function returned."""
    return RaiseSignal("StopIteration", "", Opaque("builtins.StopIteration", [iterator.returned], {}))


def iterator_method(value: LazyItems, name: str) -> Native:
    """`__next__`, `send` and `close` of an iterator."""

    def go_on(machine: Machine, call: Call) -> Any:
        if name == "close":
            return value.close()
        if name == "throw":
            return machine.unknown(call.node, call.env, "an exception thrown into a generator")
        found = value.send(machine, call.args[0] if name == "send" and call.args else None)
        if found is MISSING:
            raise ended(value)
        return found

    return Native(name, go_on)

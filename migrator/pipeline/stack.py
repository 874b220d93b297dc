"""A stack for deeply nested code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_STACK_BYTES = (512 * 1024 * 1024, 64 * 1024 * 1024)
_RECURSION_LIMIT = 20_000


def with_deep_stack(work: Callable[[], T]) -> T:
    """The result of `work`, run where deeply nested code does not overrun the stack: in a thread with a stack to fit the recursion limit.

    An exception of `work` is raised here. Ctrl-C is raised here too and does not wait for `work`; so work that must be undone when it is
    interrupted (writing files) does not belong here.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    thread = _start(run)
    if thread is None:
        sys.setrecursionlimit(limit)
        return work()
    try:
        thread.join()
    finally:
        if not thread.is_alive():
            sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    return results[0]


def _start(run: Callable[[], None]) -> threading.Thread | None:
    """A running thread with a large stack; None where the system gives no such thread."""
    for size in _STACK_BYTES:
        before = threading.stack_size(size)
        try:
            thread = threading.Thread(target=run, name="migrator", daemon=True)
            thread.start()
        except RuntimeError:
            continue
        finally:
            threading.stack_size(before)
        return thread
    return None

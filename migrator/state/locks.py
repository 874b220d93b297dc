"""Locks between processes of one machine. The system releases them with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator


@contextlib.contextmanager
def locked(handle: int, patience: float) -> Iterator[None]:
    """Holds the lock of an open file or folder, and closes its `handle` (a file descriptor) at the end.

    TimeoutError where someone else holds it for `patience` seconds.
    """
    import fcntl

    end = time.monotonic() + patience
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)

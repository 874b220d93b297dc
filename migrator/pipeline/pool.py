"""Analyzing files in several processes, each of which may die.

In: paths of files of a folder. Out: their outcomes as bytes, in the order in which they are done. A process that dies (of its parser's native code,
of memory) or takes too long loses its one file, which becomes a finding, and another process goes on with the rest.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.pipeline.files import FileAnalyzer, failure
from migrator.pipeline.pickling import to_bytes

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from migrator.config import Config

SECONDS = 10
"""Processor time that one file may take."""

MIN_CHARACTERS = 200_000
"""Text for one more process: with less to do, starting it takes longer than it saves."""


_PRELOAD = "migrator.pipeline.preload"

_MANY = 8
"""With more files left for each process than this, it does not matter which one takes the next."""


@dataclass(frozen=True)
class Job:
    """What a process must know of the folder: how to open it, and the paths of all its Python files."""

    path: Path
    config: Config
    python: frozenset[str]
    seconds: int = SECONDS


def processes(jobs: int, characters: int, files: int) -> int:
    """How many processes are worth starting for that much text, of the `jobs` allowed; 1 means none besides this one."""
    return max(1, min(jobs, files, characters // MIN_CHARACTERS))


def analyze_in_processes(
    paths: Sequence[str], job: Job, count: int, later: ExitStack, meanwhile: Callable[[], object] = lambda: None
) -> Generator[tuple[str, bytes], None, None]:
    """Each file with its outcome (see `pickling`), as `count` processes get done with them. `meanwhile` is called when all of them work.

    All processes are ended when this is; `later` waits until the system has taken back what they had, for which nothing else needs to wait.
    """
    todo = deque(paths)
    workers: list[_Worker] = []
    if _context().get_start_method() == "fork":
        importlib.import_module(_PRELOAD)
    try:
        for _ in range(min(count, len(todo))):
            workers.append(_Worker(job, workers))
        for worker in workers:
            worker.give(todo)
        meanwhile()
        while any(worker.files for worker in workers):
            busy = {worker.connection: worker for worker in workers if worker.files}
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                file, outcome = worker.take()
                if outcome is None:
                    outcome = to_bytes(failure(file, worker.why_it_ended()))
                    todo.extendleft(reversed(worker.files))
                    if todo:
                        worker.start()
                worker.give(todo)  # before anyone looks at the outcome, which takes a while
                yield file, outcome
    finally:
        for worker in workers:
            worker.kill()
            later.callback(worker.reap)


class _Worker:
    """One process at a time, and the files that it has: the one that it works on, and maybe the next, so that it need not wait for that."""

    def __init__(self, job: Job, workers: Sequence[_Worker]) -> None:
        """`workers` are those of the pool so far, and later all of them."""
        self._job, self._workers = job, workers
        self.start()

    def start(self) -> None:
        self.files: deque[str] = deque()
        context = _context()
        self.connection, other = context.Pipe()
        # A copy of this process has this end of each pipe, too. While one is open anywhere, a process does not notice that this one is gone.
        copied = context.get_start_method() == "fork"
        inherited = [self.connection, *(worker.connection for worker in self._workers)] if copied else []
        self._process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=_work, args=(other, self._job, inherited), daemon=True, name="migrator"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: of a copy while there is a second thread
            self._process.start()
        other.close()

    def give(self, todo: deque[str]) -> None:
        """Hands out what is to do next, if anything is: one file ahead as long as there are many."""
        while todo and len(self.files) < (2 if len(todo) > _MANY * len(self._workers) else 1):
            self.files.append(todo.popleft())
            with contextlib.suppress(OSError):  # it died before: `take` will see that
                self.connection.send(self.files[-1])

    def take(self) -> tuple[str, bytes | None]:
        """The file, and its outcome or None if the process died."""
        file = self.files.popleft()
        try:
            return file, self.connection.recv_bytes()
        except (EOFError, OSError):
            return file, None

    def why_it_ended(self) -> str:
        """Ends the process, if need be; why it ended, if it did so itself."""
        self.connection.close()
        self._process.join(0.2)
        code = self._process.exitcode
        self.kill()
        self.reap()
        if code is not None and -code == getattr(signal, "SIGXCPU", None):
            return f"it takes more than {self._job.seconds} s"
        return (
            f"its process ended ({signal.Signals(-code).name})"
            if code is not None and code < 0
            else "its process ended"
        )

    def kill(self) -> None:
        """Ends the process, which has nothing to put in order."""
        self.connection.close()
        self._process.kill()

    def reap(self) -> None:
        """Waits until the system has taken back what the process had."""
        self._process.join()


def _context() -> BaseContext:
    """Copies of this process, which start at once, where nothing else runs in it than the analysis and the main thread, which waits for that.

    Otherwise processes that are started afresh, which first import for half a second: a copy could inherit a lock that another thread holds.
    """
    if sys.platform == "linux" and threading.active_count() <= 2:
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOAD])
    return context


def _work(connection: Connection, job: Job, inherited: Sequence[Connection]) -> None:
    """The life of a process: a path in, bytes out, until nobody asks any more. `inherited` are connections that are not this process's."""
    from migrator.pipeline.stack import with_deep_stack

    for one in inherited:
        one.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair, which ends this process
    with contextlib.suppress(EOFError, OSError):
        with_deep_stack(lambda: _serve(connection, job))


def _serve(connection: Connection, job: Job) -> None:
    from migrator.analyzers.source import Folder
    from migrator.analyzers.trees import rare_collection

    folder = Folder.open(job.path, job.config.roots, max_bytes=job.config.max_file_bytes)
    analyzer = FileAnalyzer(folder, job.config, job.python)
    with rare_collection():
        while True:
            path = connection.recv()
            _limit(job.seconds)
            connection.send_bytes(_bytes(analyzer, path))


def _bytes(analyzer: FileAnalyzer, path: str) -> bytes:
    outcome = analyzer.analyze(path)
    try:
        return to_bytes(outcome)
    except Exception:  # it holds something that is no data
        return b""


def _limit(seconds: int) -> None:
    """Lets the system end this process when it has taken that much more processor time."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    used = sum(os.times()[:2])
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    limit = int(used) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

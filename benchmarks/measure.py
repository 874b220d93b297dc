"""One measurement in a process of its own: `python -m benchmarks.measure KIND FOLDER [JOBS [CACHE]]` prints JSON.

KIND is `parse` (libcst alone) or `analyze` (all stages). Everything is imported before the clock starts. `cpu` are the processor seconds of this process,
`pool_cpu` those of the processes that it starts (on Linux), `wall` the seconds that pass, `megabytes` this process's peak memory and
`pool_megabytes` that of its largest process.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

_SECONDS = 0.25
"""Between two looks at the processes of the pool."""


class Pool:
    """Watches the processes below this one, whose use nobody tells when they are killed."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.megabytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Pool:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_SECONDS):
            for process in _below(str(os.getpid())):
                self._look(process)

    def _look(self, process: str) -> None:
        try:
            used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            return
        self.cpu[process] = sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
        peak = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        self.megabytes = max(self.megabytes, *(int(size) / 1024 for size in peak), 0)


def _below(process: str) -> list[str]:
    """The processes that a process started, and those that these started; none where there is no `/proc`."""
    found: list[str] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += task.read_text().split()
        except OSError:
            continue
    return [*found, *(inner for child in found for inner in _below(child))]


def main(kind: str, folder: str, jobs: str = "1", cache: str = "") -> None:
    import libcst

    from migrator.analyzers.discovery import discover
    from migrator.analyzers.source import Folder
    from migrator.config import Config
    from migrator.pipeline import analyze

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as small:
        from benchmarks.corpus import write

        write(Path(small), 10)
        analyze(Path(small), Config())
    root = Path(folder)
    texts = [file.text for file in discover(Folder.open(root), Config()).files if file.status == "analyzed"]
    pool = Pool()
    wall, cpu = time.perf_counter(), time.process_time()
    if kind == "parse":
        for text in texts:
            libcst.parse_module(text)
    elif jobs == "1":
        analyze(root, Config(), cache=Path(cache) if cache else None)
    else:
        with pool:
            analyze(root, Config(), jobs=int(jobs), cache=Path(cache) if cache else None)
    print(
        json.dumps(
            {
                "files": len(texts),
                "characters": sum(map(len, texts)),
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "pool_cpu": sum(pool.cpu.values()),
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "pool_megabytes": pool.megabytes,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

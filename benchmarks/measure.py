"""One measurement in a process of its own: `python -m benchmarks.measure KIND FOLDER [JOBS [CACHE]]` prints JSON.

KIND is `parse` (libcst alone) or `analyze` (all stages). Everything is imported before the clock starts. Times are seconds: `cpu` of this process and the ones that
it started, `wall`; `megabytes` is the peak memory of this process and of the largest one that it started together with as many others as there were.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path


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
    wall, cpu = time.perf_counter(), _cpu()
    if kind == "parse":
        for text in texts:
            libcst.parse_module(text)
    else:
        analyze(root, Config(), jobs=int(jobs), cache=Path(cache) if cache else None)
    own, others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(
        json.dumps(
            {
                "files": len(texts),
                "characters": sum(map(len, texts)),
                "wall": time.perf_counter() - wall,
                "cpu": _cpu() - cpu,
                "megabytes": (own + (others * int(jobs) if int(jobs) > 1 else 0)) / 1024,
            }
        )
    )


def _cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""One measurement in a process of its own: `python -m benchmarks.measure KIND FOLDER [JOBS [CACHE]]` prints JSON.

KIND is `parse` (libcst alone), `analyze` (all its stages) or `generate` (these, and a project is written). Everything is imported before the clock starts. `cpu` are the processor seconds of this process,
`pool_cpu` those of the processes that it starts (on Linux), `shared` those of `cpu` that pass while these work, `wall` the seconds that pass,
`megabytes` this process's peak memory and `pool_megabytes` that of its largest process.
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
    from sqlglot.dialects import Dialect

    from migrator.analyzers.discovery import discover
    from migrator.analyzers.io.sql import DIALECTS
    from migrator.analyzers.source import Folder
    from migrator.config import Config
    from migrator.pipeline import analyze

    warnings.simplefilter("ignore")
    libcst.parse_module("")
    for dialect in set(DIALECTS.values()):
        Dialect.get_or_raise(dialect)
    with tempfile.TemporaryDirectory() as small:
        from benchmarks.corpus import write

        write(Path(small, "dags"), 10)
        analyze(Path(small, "dags"), Config())
        if kind == "generate":
            _generate(Path(small, "dags"), Path(small, "project"))
    root = Path(folder)
    texts = [file.text for file in discover(Folder.open(root), Config()).files if file.status == "analyzed"]
    marks: dict[str, float] = {}

    def mark(stage: str, done: int, total: int) -> None:
        marks.setdefault(stage, time.process_time())

    with tempfile.TemporaryDirectory() as place:
        wall, cpu = time.perf_counter(), time.process_time()
        if kind == "parse":
            for text in texts:
                libcst.parse_module(text)
        elif kind == "analyze":
            analyze(root, Config(), mark, jobs=int(jobs), cache=Path(cache) if cache else None)
        else:
            _generate(root, Path(place, "project"), int(jobs))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    pool = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "files": len(texts),
                "characters": sum(map(len, texts)),
                "wall": wall,
                "cpu": cpu,
                "pool_cpu": pool.ru_utime + pool.ru_stime,
                "shared": marks.get("assets", 0) - marks.get("evaluating", 0),
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "pool_megabytes": pool.ru_maxrss / 1024,
            }
        )
    )


def _generate(folder: Path, project: Path, jobs: int = 1) -> None:
    """Writes a project for the folder, without a cache."""
    from migrator.codegen import render_project, write_project
    from migrator.config import Config
    from migrator.pipeline import analyze, with_deep_stack

    found = analyze(folder, Config(), jobs=jobs)
    write_project(with_deep_stack(lambda: render_project(found.plan, found.project, "measured")), project)


if __name__ == "__main__":
    main(*sys.argv[1:])

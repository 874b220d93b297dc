"""Runs `migrate` as a process of its own that need not import everything first: a copy of one that has.

Most tests of the command are about what it prints and writes, and importing takes most of the time that it works on two small DAG files. The process
that is copied runs nothing else, and no thread.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_COPIED = multiprocessing.get_context("forkserver")
_COPIED.set_forkserver_preload(
    [
        "migrator.cli",
        "migrator.codegen",
        "migrator.pipeline.preload",
        # What each command imports once it knows what it is to do: a third of a second.
        "migrator.analyzers.discovery",
        "migrator.analyzers.lineage",
        "migrator.pipeline.cache",
        "migrator.pipeline.pool",
        "migrator.planning",
        "migrator.report.generated",
        "migrator.report.json",
        "migrator.report.terminal",
        "migrator.roadmap",
        "migrator.verify.checks",
    ]
)


def migrate(
    *arguments: str | Path, env: Mapping[str, str], cwd: Path | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """`migrate` with these arguments, in this environment: its exit code and what it printed, as `subprocess.run` gives them."""
    words = [*map(str, arguments)]
    with tempfile.TemporaryDirectory() as scratch:
        out, err = Path(scratch, "out"), Path(scratch, "err")
        process = _COPIED.Process(target=_main, args=(words, dict(env), str(cwd or Path.cwd()), str(out), str(err)))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["migrate", *words], timeout)
        return subprocess.CompletedProcess(["migrate", *words], process.exitcode, out.read_text(), err.read_text())


def _main(words: list[str], env: dict[str, str], cwd: str, out: str, err: str) -> None:
    from migrator.cli import main

    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.argv = ["migrate", *words]
    main()

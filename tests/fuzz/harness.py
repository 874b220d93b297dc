"""Runs the analysis of one text or folder, in this process or in one with limits of time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from migrator.analyzers.discovery import discover
from migrator.analyzers.interpreter import FileResult, Interpreter
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.source import SourceFile

SECONDS = 10
"""Seconds of the processor that one file may take."""
MEMORY = 1 << 30
"""Bytes of address space above what the process has at its start."""

_CHILD = """
import json, resource, sys, time
from pathlib import Path
from tests.fuzz.harness import analyze_folder
import migrator.analyzers.interpreter.libraries.library, migrator.analyzers.interpreter.language.statements, yaml
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if Path("/proc/self/statm").exists() else 0
resource.setrlimit(resource.RLIMIT_AS, (used + {memory},) * 2)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
started = time.process_time()
results = analyze_folder(Path(sys.argv[1]))
print(json.dumps({{
    "seconds": time.process_time() - started,
    "dags": sorted(dag.dag_id for result in results for dag in result.dags),
    "tasks": sorted(task.task_id for result in results for dag in result.dags for task in dag.tasks),
    "codes": sorted({{d.code for result in results for d in result.diagnostics}}),
    "messages": sorted({{d.message for result in results for d in result.diagnostics}}),
}}))
"""


def analyze_text(folder: Folder, text: str) -> FileResult:
    """Interprets a text as the DAG file `fuzz.py` of a folder."""
    return Interpreter(folder, Config()).file(SourceFile("fuzz.py", text))


def analyze_folder(path: Path) -> list[FileResult]:
    """Interprets all files that Airflow would load."""
    folder = Folder.open(path)
    interpreter = Interpreter(folder, Config())
    return [interpreter.file(source) for source in discover(folder, Config()).files if source.status == "analyzed"]


def in_a_process(path: Path) -> dict[str, Any]:
    """The result of analyzing a folder in a process of its own. Fails where it dies, hangs, or takes more memory than `MEMORY`."""
    child = subprocess.run(
        [sys.executable, "-c", _CHILD.format(memory=MEMORY), str(path)],
        capture_output=True,
        text=True,
        timeout=20 * SECONDS,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert child.returncode == 0, child.stderr[-2000:]
    result: dict[str, Any] = json.loads(child.stdout)
    return result

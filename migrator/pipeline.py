"""Runs the stages over a folder: discover, interpret, infer inputs and outputs, unify assets, plan.

Comes in: the path of a folder (or of one file) and the settings. Goes out: an `Analysis`. The only module that knows the order of the stages and
what runs where. Whatever stands in a file is that file's finding and never ends the run; a bug in a later stage does.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from migrator.config import Config
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Dag
from migrator.model.plan import MigrationPlan
from migrator.model.source import SourceFile, Span
from migrator.suppressions import suppress

if TYPE_CHECKING:
    from migrator.analyzers.interpreter import FileResult, Interpreter
    from migrator.analyzers.source import Folder

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and how much there is."""

_STACK_BYTES = (512 * 1024 * 1024, 64 * 1024 * 1024)
_RECURSION_LIMIT = 20_000
_FAILED = "the file made this tool fail"
_UNREADABLE = frozenset({"MIG003", "MIG004", "MIG006"})


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of a folder. `files` are those that Airflow would look at, each with its status; `diagnostics` those of all
    stages, in the order of their places, without the ones that a comment suppresses."""

    project: AirflowProject
    plan: MigrationPlan
    files: tuple[SourceFile, ...]
    diagnostics: tuple[Diagnostic, ...]


def analyze(
    path: Path, config: Config, progress: Progress | None = None, *, select: Iterable[str] | None = None
) -> Analysis:
    """Analyzes the folder (or file) at `path` and plans the migration of its DAGs, or of those that `select` names.

    MigratorError if there is no such folder (MIG001) or no such DAG (MIG507).
    """
    chosen = None if select is None else tuple(select)
    return with_deep_stack(lambda: _analyze(path, config, progress or _silent, chosen))


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


def _analyze(path: Path, config: Config, progress: Progress, select: tuple[str, ...] | None) -> Analysis:
    from migrator.analyzers.discovery import discover
    from migrator.analyzers.io import infer_io
    from migrator.analyzers.lineage import unify
    from migrator.analyzers.source import Folder
    from migrator.planning import plan

    folder = Folder.open(path, config.roots, max_bytes=config.max_file_bytes)
    progress("reading", 0, 1)
    discovery = discover(folder, config)
    interpreted = _interpret(discovery.files, folder, config, progress)
    version, found = _airflow_version(interpreted, config)
    dags, doubles = _unique(_dags(interpreted.values(), config, version))
    files = tuple(_with_status(file, interpreted.get(file.path)) for file in discovery.files)
    project = AirflowProject(
        root=str(folder.root),
        airflow_version=version,
        sources=_sources(files, interpreted.values(), folder),
        dags=dags,
        diagnostics=(
            *discovery.diagnostics,
            *(finding for result in interpreted.values() for finding in result.diagnostics),
            *found,
            *doubles,
            *_no_dag(files, interpreted.values()),
        ),
    )
    progress("assets", 0, 1)
    project = unify(infer_io(project, folder, config), config)
    progress("planning", 0, 1)
    planned = plan(project, config, select)
    diagnostics = suppress((*project.diagnostics, *planned.diagnostics), project.sources)
    return Analysis(project, planned, files, diagnostics)


def _interpret(
    files: tuple[SourceFile, ...], folder: Folder, config: Config, progress: Progress
) -> dict[str, FileResult]:
    """What each file that may hold a DAG defines, by its path."""
    from migrator.analyzers.interpreter import Interpreter

    interpreter = Interpreter(folder, config)
    todo = [file for file in files if file.status == "analyzed"]
    results = {}
    for number, file in enumerate(todo):
        progress("evaluating", number, len(todo))
        results[file.path] = _interpret_one(interpreter, file)
    return results


def _interpret_one(interpreter: Interpreter, file: SourceFile) -> FileResult:
    from migrator.analyzers.interpreter import FileResult

    try:
        return interpreter.file(file)
    except Exception as error:
        message = f"{_FAILED}: {type(error).__name__}"
        help = "please report this with the file; the rest of the folder was analyzed"
        return FileResult((), (diagnose("MIG105", Span(file.path, 1), message, help),))


def _airflow_version(results: Mapping[str, FileResult], config: Config) -> tuple[str, list[Diagnostic]]:
    """The version that the folder is written for: as given, else what most files tell by their imports, else 3."""
    if config.airflow_version:
        return config.airflow_version, []
    hints = Counter(result.version_hint for result in results.values() if result.version_hint)
    if not any(result.dags for result in results.values()):
        return "3", []
    place = Span(".", 1)
    if not hints:
        return "3", [diagnose("MIG303", place, "no import tells Airflow 2 from 3: 3 is assumed")]
    if len(hints) > 1:
        message = f"{hints['2']} files import what only Airflow 2 has, {hints['3']} what only Airflow 3 has: each is read by its own version"
        return max(sorted(hints, reverse=True), key=lambda version: hints[version]), [
            diagnose("MIG303", place, message)
        ]
    return next(iter(hints)), []


def _dags(results: Iterable[FileResult], config: Config, version: str) -> tuple[Dag, ...]:
    from migrator.analyzers.interpreter.export import with_version

    return tuple(
        with_version(dag, config.airflow_version or result.version_hint or version)
        for result in results
        for dag in result.dags
    )


def _unique(dags: Iterable[Dag]) -> tuple[tuple[Dag, ...], list[Diagnostic]]:
    """The DAGs by their ids, as Airflow has them: of several in one file the last counts, a later file with a taken id is refused."""
    kept: dict[str, Dag] = {}
    found = []
    for dag in dags:
        other = kept.get(dag.dag_id)
        if other is None or other.span.file == dag.span.file:
            dropped = other
            kept[dag.dag_id] = dag
        else:
            dropped, dag = dag, other
        if dropped is not None:
            place = f"{dag.span.file}:{dag.span.line}"
            message = (
                f"the DAG id `{dag.dag_id}` is also that of the DAG at {place}, which is the one that was analyzed"
            )
            found.append(diagnose("MIG106", dropped.span, message))
    return tuple(kept.values()), found


def _with_status(file: SourceFile, result: FileResult | None) -> SourceFile:
    """The file, as an error where it could not be parsed or made this tool fail."""
    if result is None or result.dags:
        return file
    failed = any(
        finding.span.file == file.path and (finding.code in _UNREADABLE or finding.message.startswith(_FAILED))
        for finding in result.diagnostics
    )
    return replace(file, status="error") if failed else file


def _sources(files: Iterable[SourceFile], results: Iterable[FileResult], folder: Folder) -> dict[str, SourceFile]:
    """The texts that later stages may need: all Python files of the folder, and those that were imported from elsewhere."""
    sources = {file.path: file for file in files if file.status != "error"}
    for path in sorted({path for result in results for path in result.modules}):
        found = folder.source(path)
        if path not in sources and isinstance(found, SourceFile):
            sources[path] = found
    return sources


def _no_dag(files: tuple[SourceFile, ...], results: Iterable[FileResult]) -> list[Diagnostic]:
    if any(result.dags for result in results):
        return []
    if not files:
        return [diagnose("MIG002", Span(".", 1), "the folder holds no Python file")]
    counts = Counter(file.status for file in files)
    parts = [f"{counts[status]} {text}" for status, text in _STATUS_TEXT.items() if counts[status]]
    return [diagnose("MIG002", Span(".", 1), f"no file defines a DAG: {', '.join(parts)}")]


_STATUS_TEXT = {
    "analyzed": "analyzed",
    "skipped": "skipped because they do not mention Airflow and DAGs",
    "error": "not readable",
}


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""

"""Runs the stages over a folder: discover, interpret, infer inputs and outputs, unify assets, plan.

Comes in: the path of a folder (or of one file) and the settings. Goes out: an `Analysis`. The only package that knows the order of the stages and
what runs where: `files` is what can be done one file after the other, `pool` does so in several processes, `cache` keeps it. Whatever
stands in a file is that file's finding and never ends the run; a bug in a later stage does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.config import Config
from migrator.diagnostics import Diagnostic, diagnose, help_for_missing
from migrator.model.airflow import AirflowProject, Dag
from migrator.model.assets import AssetKey
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.plan import MigrationPlan
from migrator.model.selection import Selection
from migrator.model.source import SourceFile, Span
from migrator.pipeline.around_bugs import around_bugs
from migrator.pipeline.files import FAILED, FileAnalyzer, FileOutcome, states_of
from migrator.pipeline.stack import with_deep_stack
from migrator.suppressions import suppress

if TYPE_CHECKING:
    from migrator.analyzers.callables import CallableAnalyzer
    from migrator.analyzers.discovery import Discovery
    from migrator.analyzers.interpreter import FileResult
    from migrator.analyzers.source import Folder
    from migrator.analyzers.trees import Trees
    from migrator.model.values import CallableValue
    from migrator.pipeline.cache import Cache

__all__ = ["Analysis", "Progress", "analyze", "with_deep_stack"]

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and how much there is."""

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
    path: Path,
    config: Config,
    progress: Progress | None = None,
    *,
    select: Iterable[str] | Selection | None = None,
    jobs: int = 1,
    cache: Path | None = None,
    names: Mapping[str, AssetKey] | None = None,
    refused: Mapping[str, str] | None = None,
) -> Analysis:
    """Analyzes the folder (or file) at `path` and plans the migration of its DAGs, or of those that `select` names.

    `jobs` are the processes that may work at the same time, if the folder is large enough to need them; `cache` is the folder where what was
    found out is kept for the next run. Neither changes what comes out. `names` are those that assets have already (`AirflowProject.names`);
    the DAGs that are `refused` (ids, and why) stay in Airflow.
    MigratorError if there is no such folder (MIG001) or no such DAG (MIG507).
    """
    chosen = select if select is None or isinstance(select, Selection) else Selection(tuple(select))
    return with_deep_stack(
        lambda: _analyze(path, config, progress or _silent, chosen, jobs, cache, names or {}, refused or {})
    )


def _analyze(
    path: Path,
    config: Config,
    progress: Progress,
    select: Selection | None,
    jobs: int,
    place: Path | None,
    names: Mapping[str, AssetKey],
    refused: Mapping[str, str],
) -> Analysis:
    from migrator.analyzers.discovery import discover
    from migrator.analyzers.source import Folder
    from migrator.analyzers.trees import Trees, rare_collection
    from migrator.pipeline.cache import Cache

    folder = Folder.open(path, config.roots, max_bytes=config.max_file_bytes)
    progress("reading", 0, 1)
    with rare_collection():
        discovery = discover(folder, config)
        python = frozenset(file.path for file in discovery.files if file.status != "error")
        cache = Cache(place, folder, config, discovery, states_of(folder, python))
        try:
            known = cache.run(select, names) if not refused else None
            if known is not None:
                return known
            with ExitStack() as later, folder.watch() as reads:
                trees = Trees(keeps_python=True)
                outcomes = dict(_outcomes(path, folder, config, discovery, python, cache, trees, progress, jobs, later))
                analysis = _joined(folder, config, discovery, outcomes, trees, select, progress, names, refused)
            if not refused:
                cache.keep_run(select, names, analysis, reads, outcomes.values())
            return analysis
        finally:
            cache.close()


def _outcomes(
    path: Path,
    folder: Folder,
    config: Config,
    discovery: Discovery,
    python: frozenset[str],
    cache: Cache,
    trees: Trees,
    progress: Progress,
    jobs: int,
    later: ExitStack,
) -> Iterator[tuple[str, FileOutcome]]:
    """The outcome of each file that may hold a DAG, in the order of the files."""
    from migrator.pipeline.pool import Job, analyze_in_processes, processes

    files = {file.path: file for file in discovery.files if file.status == "analyzed"}
    found = cache.files(files.values())
    todo = [file for file in files.values() if file.path not in found]
    count = processes(jobs, sum(len(file.text) for file in todo), len(todo))
    begun = len(files) - len(todo)
    unsent = todo
    if count > 1:
        unsent = []
        large_first = sorted(
            todo, key=lambda file: -len(file.text)
        )  # so that no process is left with a large one at the end
        job = Job(path, config, python)
        done = analyze_in_processes([file.path for file in large_first], job, count, later, _import_later_stages)
        for number, (name, data) in enumerate(later.enter_context(closing(done))):
            progress("evaluating", begun + number, len(files))
            outcome = _received(data)
            if outcome is None:
                unsent.append(files[name])
            else:
                found[name] = outcome
                cache.keep_file(files[name], outcome, data)
        begun = len(files) - len(unsent)
    analyzer = FileAnalyzer(folder, config, python, trees)
    for number, file in enumerate(unsent):
        progress("evaluating", begun + number, len(files))
        found[file.path] = analyzer.analyze(file.path)
        cache.keep_file(file, found[file.path])
    for name in files:
        yield name, found[name]


def _import_later_stages() -> None:
    """What `_joined` needs, before it does."""
    import migrator.analyzers.lineage
    import migrator.planning  # noqa: F401


def _received(data: bytes) -> FileOutcome | None:
    """The outcome that another process sent; None if it holds something that cannot be sent."""
    from migrator.pipeline.pickling import from_bytes

    try:
        outcome = from_bytes(data)
    except Exception:  # whatever pickle raises: the file is then analyzed here, and no run is lost for it
        return None
    return outcome if isinstance(outcome, FileOutcome) else None


def _joined(
    folder: Folder,
    config: Config,
    discovery: Discovery,
    outcomes: Mapping[str, FileOutcome],
    trees: Trees,
    select: Selection | None,
    progress: Progress,
    names: Mapping[str, AssetKey],
    refused: Mapping[str, str],
) -> Analysis:
    """What can only be said of all files together."""
    from migrator.analyzers.callables import CallableAnalyzer
    from migrator.analyzers.io import joined
    from migrator.analyzers.lineage import unify
    from migrator.analyzers.secret_literals import secret_literals

    results = {path: outcome.result for path, outcome in outcomes.items()}
    version, found = _airflow_version(results, config)
    dags, doubles, findings = _unique(outcomes, config, version)
    files = tuple(_with_status(file, results.get(file.path)) for file in discovery.files)
    sources = _sources(files, results.values(), folder)
    project = AirflowProject(
        root=str(folder.root),
        airflow_version=version,
        sources=sources,
        dags=joined(dags),
        roots=folder.extra_roots,
        root_folders=folder.root_folders,
        held={path: result.held for path, result in results.items() if result.held},
        registries=_registries(results.values()),
        diagnostics=(
            *discovery.diagnostics,
            *(finding for result in results.values() for finding in result.diagnostics),
            *(finding for source in _modules(results, sources) for finding in secret_literals(source)),
            *found,
            *doubles,
            *_no_dag(files, tuple(results.values())),
            *dict.fromkeys(findings),
        ),
    )
    progress("assets", 0, 1)
    read, project = project, unify(project, config, names)
    progress("planning", 0, 1)
    facts = {key: known for outcome in reversed([*outcomes.values()]) for key, known in outcome.facts}
    environment = {
        path: outcome.environment for path, outcome in outcomes.items() if outcome.result.dags and not outcome.failed
    }
    chosen = None if select is None else select.among({dag.dag_id for dag in dags})
    undivided: frozenset[str] = frozenset()
    while True:
        written = [dag.with_copies(divided=dag.dag_id not in undivided) for dag in dags]
        differs = any(dag.written_out for dag in dags)
        planned_of = unify(replace(read, dags=joined(written)), config, project.names) if differs else project
        analyzer = CallableAnalyzer(planned_of, trees, facts, environment)
        planned = _planned(planned_of, config, chosen, analyzer, folder, refused)
        if not planned.undivided:
            break
        undivided |= planned.undivided
    diagnostics = suppress((*project.diagnostics, *planned.diagnostics), project.sources)
    return Analysis(project, planned, files, diagnostics)


def _planned(
    project: AirflowProject,
    config: Config,
    select: tuple[str, ...] | None,
    analyzer: CallableAnalyzer,
    folder: Folder,
    refused: Mapping[str, str],
) -> MigrationPlan:
    """The plan; DAGs that a bug of this tool meets stay in Airflow."""
    from migrator.planning import plan

    return around_bugs(
        [dag.dag_id for dag in project.dags if select is None or dag.dag_id in select],
        lambda bugs: plan(project, config, select, analyzer=analyzer, folder=folder, refused={**refused, **bugs}),
        lambda chosen: plan(project, config, chosen, analyzer=analyzer, folder=folder, refused=refused),
    )


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


def _unique(
    outcomes: Mapping[str, FileOutcome], config: Config, version: str
) -> tuple[tuple[Dag, ...], list[Diagnostic], list[Diagnostic]]:
    """The DAGs by their ids, as Airflow has them: of several in one file the last counts, a later file with a taken id is refused.

    With the findings about that, and those about inputs and outputs of the DAGs that are kept. A DAG that is imported from a module that
    Airflow does not look into for DAGs belongs to the file that imports it; one of another DAG file is kept as that file makes it.
    """
    from migrator.analyzers.interpreter.export import with_version

    kept: dict[str, tuple[Dag, tuple[Diagnostic, ...]]] = {}
    doubles = []
    imported: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for path, outcome in outcomes.items():
        rules = config.airflow_version or outcome.result.version_hint or version
        for number, plain in enumerate(outcome.result.dags):
            dag = with_version(plain, rules)
            if dag.span.file not in outcomes:
                dag = replace(dag, span=Span(path, 1))
            other = kept.get(dag.dag_id, (None, ()))[0]
            if dag.span.file != path:
                imported[path].setdefault(dag.span.file, []).append(dag.dag_id)
                if other is not None or any(one.dag_id == dag.dag_id for one in outcomes[dag.span.file].result.dags):
                    continue
            if other is None or other.span.file == dag.span.file:
                dropped = other
                kept[dag.dag_id] = dag, outcome.io[number] if outcome.io else ()
            else:
                dropped, dag = dag, other
            if dropped is not None:
                place = f"{dag.span.file}:{dag.span.line}"
                message = (
                    f"the DAG id `{dag.dag_id}` is also that of the DAG at {place}, which is the one that was analyzed"
                )
                doubles.append(diagnose("MIG106", dropped.span, message))
    for path, homes in imported.items():
        for home, ids in homes.items():
            names = ", ".join(f"`{name}`" for name in ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
            message = f"Airflow counts the DAGs of `{home}`, which the file imports, to this file too: {names}"
            doubles.append(diagnose("MIG111", Span(path, 1), message))
    findings = [finding for _, found in kept.values() for finding in found]
    return tuple(dag for dag, _ in kept.values()), doubles, findings


def _registries(results: Iterable[FileResult]) -> dict[str, dict[str, tuple[CallableValue, ...]]]:
    """The functions in dictionaries and lists of all files: a module's may hold others where another DAG file fills it."""
    found: dict[str, dict[str, tuple[CallableValue, ...]]] = {}
    for file, named in (item for result in results for item in result.registries.items()):
        known = found.setdefault(file, {})
        for name, functions in named.items():
            before = known.get(name, ())
            known[name] = (*before, *(one for one in functions if one not in before))
    return found


def _with_status(file: SourceFile, result: FileResult | None) -> SourceFile:
    """The file, as an error where it could not be parsed or made this tool fail."""
    if result is None or result.dags:
        return file
    failed = any(
        finding.span.file == file.path and (finding.code in _UNREADABLE or finding.message.startswith(FAILED))
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


def _modules(results: Mapping[str, FileResult], sources: Mapping[str, SourceFile]) -> Iterator[SourceFile]:
    """The files that DAG files import and that define no DAG."""
    for path in sorted({path for result in results.values() for path in result.modules if result.dags}):
        if path in sources and (path not in results or not results[path].dags):
            yield sources[path]


def _no_dag(files: tuple[SourceFile, ...], results: Sequence[FileResult]) -> list[Diagnostic]:
    if any(result.dags for result in results):
        return []
    if not files:
        return [diagnose("MIG002", Span(".", 1), "the folder holds no Python file")]
    counts = Counter(file.status for file in files)
    parts = [f"{counts[status]} {text}" for status, text in _STATUS_TEXT.items() if counts[status]]
    makers = Counter(maker for result in results for maker in result.makers)
    parts += [
        f"{count} may do so by `{name}` of `{package}`, which is not in the folder"
        for (package, name), count in makers.most_common(_SHOWN)
    ]
    remedy = help_for_missing(*dict.fromkeys(package for (package, _), _ in makers.most_common(_SHOWN)))
    return [diagnose("MIG002", Span(".", 1), f"no file defines a DAG: {', '.join(parts)}", remedy)]


_SHOWN = 3
"""Functions that a message names."""
_STATUS_TEXT = {
    "analyzed": "analyzed",
    "skipped": "skipped because they do not mention Airflow and DAGs",
    "error": "not readable",
}


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""

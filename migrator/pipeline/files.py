"""The part of the analysis that looks at one file after the other: what it defines, and what its tasks read and write.

In: a file of a folder. Out: a `FileOutcome`, which depends on nothing but the settings and the `reads` that it lists; so it can be computed in
another process and kept for the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Dag
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue

if TYPE_CHECKING:
    from migrator.analyzers.callables import CallableAnalyzer, CallableFacts
    from migrator.analyzers.callables.analyzer import FactsKey
    from migrator.analyzers.interpreter import FileResult
    from migrator.analyzers.source import Folder, Read
    from migrator.analyzers.trees import Trees
    from migrator.config import Config

T = TypeVar("T")

FAILED = "the file made this tool fail"

PYTHON = "python"
"""The kind of read that asks whether a path is among the Python files of the folder."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What is known of one file. `result` holds its DAGs, their tasks with inputs and outputs."""

    result: FileResult
    io: tuple[tuple[Diagnostic, ...], ...] = ()
    """For each DAG the findings about its inputs and outputs."""
    facts: tuple[tuple[FactsKey, CallableFacts], ...] = ()
    """What was found out about the functions of its tasks."""
    environment: tuple[CallableValue, ...] = ()
    """Its statements that change the environment of its tasks; what they need is among the `facts`."""
    reads: tuple[tuple[Read, str], ...] = ()
    """All that was looked at, and how it was."""
    failed: bool = False
    """This tool failed: another time it may not."""


class FileAnalyzer:
    """Analyzes files of one folder; `python` are the paths of all its Python files, `trees` those of files that were parsed last."""

    def __init__(self, folder: Folder, config: Config, python: frozenset[str], trees: Trees | None = None) -> None:
        from migrator.analyzers.interpreter import Interpreter
        from migrator.analyzers.trees import Trees

        self._folder, self._config, self._python = folder, config, python
        self._states = states_of(folder, python)
        self._trees = Trees(keeps_python=True) if trees is None else trees
        self._interpreter = Interpreter(folder, config, self._trees)

    def analyze(self, path: str) -> FileOutcome:
        """The outcome of one of the folder's files. Whatever stands in it is a finding of the outcome."""
        from migrator.analyzers.trees import settle

        with self._folder.watch() as reads:
            source = self._folder.source(path)
            if not isinstance(source, SourceFile):
                found = () if source is None else (source,)
                outcome = failure(path, "it is gone") if source is None else FileOutcome(_nothing(found))
            else:
                outcome = self._outcome(source)
                self._trees.let_go()
        settle(leaves_cycles=True)
        return replace(outcome, reads=tuple((read, self._states(read)) for read in sorted(reads)))

    def _outcome(self, source: SourceFile) -> FileOutcome:
        from migrator.analyzers.callables import CallableAnalyzer
        from migrator.analyzers.secret_literals import secret_literals

        try:
            result = self._interpreter.file(source)
        except Exception as error:
            return failure(source.path, type(error).__name__)
        if not result.dags:
            return FileOutcome(result)
        tree = self._trees.known(source.path)
        secrets = secret_literals(source, tree.python if tree is not None and tree.source == source else None)
        result = replace(result, diagnostics=(*result.diagnostics, *secrets))
        self._trees.let_go()
        sources = _Sources(self._folder, self._python, frozenset(result.modules))
        held = {source.path: result.held} if result.held else {}
        project = AirflowProject(
            str(self._folder.root),
            "",
            sources,
            result.dags,
            roots=self._folder.extra_roots,
            held=held,
            registries=result.registries,
        )
        analyzer = CallableAnalyzer(project, self._trees)
        try:
            done = [self._io(dag, project, analyzer) for dag in result.dags]
            environment = analyzer.environment_changes(source.path)
            for statement in environment:
                analyzer.facts(statement)
        except Exception as error:
            lost = failure(source.path, type(error).__name__).result.diagnostics
            return FileOutcome(replace(result, diagnostics=(*result.diagnostics, *lost)), failed=True)
        return FileOutcome(
            replace(result, dags=tuple(dag for dag, _ in done)),
            tuple(found for _, found in done),
            tuple(analyzer.known.items()),
            environment,
        )

    def _io(self, dag: Dag, project: AirflowProject, analyzer: CallableAnalyzer) -> tuple[Dag, tuple[Diagnostic, ...]]:
        from migrator.analyzers.copies import are_assets, asks_which, written_out
        from migrator.analyzers.dimensions import in_one_dimension
        from migrator.analyzers.io import dag_io
        from migrator.analyzers.templates.uses import dag_templates

        found, diagnostics = dag_io(dag, replace(project, dags=(dag,)), self._folder, self._config, analyzer)
        asks = partial(asks_which, sources=project.sources, analyzer=analyzer)
        tasks = written_out(found, asks)
        loops = found
        if tasks is not None:
            loops = replace(found, written_out=tasks).with_copies()
            loops, _ = dag_io(loops, replace(project, dags=(loops,)), self._folder, self._config, analyzer)
        divided = in_one_dimension(loops, asks)
        planned = divided or (loops if tasks is not None and are_assets(found, loops.tasks) else None)
        if planned is not None:
            templated, _ = dag_templates(planned, self._folder)
            found = replace(found, written_out=templated.tasks, dimension=planned.dimension)
        found, more = dag_templates(found, self._folder)
        for task in dag.tasks:
            analyzer.refused(task)
        return found, (*diagnostics, *more)


class _Sources(Mapping[str, SourceFile]):
    """The Python files of a folder, and `others`, as they are asked for."""

    def __init__(self, folder: Folder, python: frozenset[str], others: frozenset[str]) -> None:
        self._folder, self._python, self._others = folder, python, others

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str):
            return False
        if path in self._others:
            return True
        self._folder.note([(PYTHON, path)])
        return path in self._python

    def __getitem__(self, path: str) -> SourceFile:
        found = self._folder.source(path) if path in self else None
        if not isinstance(found, SourceFile):
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._python | self._others))

    def __len__(self) -> int:
        return len(self._python | self._others)


def failure(path: str, why: str) -> FileOutcome:
    """The outcome of a file that this tool could not analyze."""
    help = "please report this with the file; the rest of the folder was analyzed"
    return FileOutcome(_nothing((diagnose("MIG105", Span(path, 1), f"{FAILED}: {why}", help),)), failed=True)


def _nothing(diagnostics: tuple[Diagnostic, ...]) -> FileResult:
    from migrator.analyzers.interpreter import FileResult

    return FileResult((), diagnostics)


States = Callable[["Read"], str]
"""How something is now that was looked at."""


def states_of(folder: Folder, python: frozenset[str]) -> States:
    """How things are now; each is looked at once."""
    known: dict[Read, str] = {}

    def state(read: Read) -> str:
        found = known.get(read)
        if found is None:
            found = known[read] = str(read[1] in python) if read[0] == PYTHON else folder.state(read)
        return found

    return state

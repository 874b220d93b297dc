"""What a DAG file defines, found by evaluating it abstractly: nothing of it is ever run.

In: a `SourceFile` and the `Folder` it stands in. Out: its DAGs with tasks and edges as Airflow's DagBag would load them, and
findings. The modules, from the bottom: `values`, `operations`, `methods`, `attributes` (Python's values), `expressions`, `statements`, `calls`,
`modules` (Python's code), `library`, `builtin_functions`, `files` (what it may call), `airflow_*` (Airflow's own objects), `machine` (the state
of one evaluation), `freeze` and `export` (the way to the model).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Dag
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue, Value

if TYPE_CHECKING:
    from migrator.analyzers.source import Folder
    from migrator.analyzers.trees import Trees
    from migrator.config import Config

_RECURSION_LIMIT = 12_000


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one file defines.

    `version_hint` is the Airflow version (`2` or `3`) that its imports tell, None where they fit both; the DAGs' own
    `airflow_version` is empty until `with_version` is called. `modules` are the files of the folder that were read for it, `makers` functions
    that may make DAGs, each with its package, which is not in the folder.
    """

    dags: tuple[Dag, ...]
    diagnostics: tuple[Diagnostic, ...]
    version_hint: str | None = None
    modules: tuple[str, ...] = ()
    makers: tuple[tuple[str, str], ...] = ()
    held: Mapping[str, Value] = field(default_factory=dict)
    """What names at its top hold that code fills on the way: see `held_values`."""
    registries: Mapping[str, Mapping[str, tuple[CallableValue, ...]]] = field(default_factory=dict)
    """The functions in dictionaries and lists of its modules: see `registries`."""


class Interpreter:
    """Interprets the files of one folder; each is parsed once, however many import it."""

    def __init__(self, folder: Folder, config: Config, trees: Trees | None = None) -> None:
        from migrator.analyzers.trees import Trees

        self._folder, self._config = folder, config
        self._trees = Trees() if trees is None else trees

    def file(self, source: SourceFile) -> FileResult:
        """The DAGs that the file defines. Raises nothing for whatever stands in it."""
        from migrator.analyzers.interpreter.airflow.objects import AirflowState, DagObject
        from migrator.analyzers.interpreter.export import export_dag
        from migrator.analyzers.interpreter.held import held_values, registries
        from migrator.analyzers.interpreter.language.suspended import close_all
        from migrator.analyzers.interpreter.machine import Machine
        from migrator.analyzers.interpreter.modules import Modules
        from migrator.analyzers.interpreter.values import BudgetExceeded, ControlFlow, Env, LoadedModule

        parsed = self._trees.tree(source)
        if isinstance(parsed, Diagnostic):
            return FileResult((), (parsed,))
        tree = parsed.module
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        modules = Modules(self._folder, self._trees)
        state = AirflowState(self._config.airflow_version or "3")
        machine = Machine(self._folder, self._config, modules, state, source.path)
        module = LoadedModule(module_name(source.path), source.path, tree, source.text)
        modules.add(module)
        try:
            try:
                machine.run(tree, Env(module, module.globals))
            except BudgetExceeded:
                place = Span(source.path, 1)
                machine.diagnostics.append(
                    diagnose(
                        "MIG011",
                        place,
                        "the file's code takes more steps than the budget allows; what was found so far is kept",
                    )
                )
            except ControlFlow as signal:
                machine.diagnostics.append(diagnose("MIG108", Span(source.path, 1), f"the code ends with {signal}"))
            for task in machine.airflow.unplaced:
                if task.dag is None:
                    machine.report_at("MIG105", task.span, f"task `{task.task_id}` belongs to no DAG: it is missing")
            found = {id(value): value for value in module.globals.values() if isinstance(value, DagObject)}
            found |= {id(dag): dag for dag in machine.airflow.dags if dag.registered}
            dags = tuple(export_dag(machine, dag) for dag in machine.airflow.dags if id(dag) in found)
            for code, span, message, origins in machine.undecided if not dags else ():
                machine.report_at(code, span, message, resolved_by=origins)
            makers = tuple(dict.fromkeys(machine.makers))
            return FileResult(
                dags,
                tuple(machine.diagnostics),
                modules.version_hint(),
                modules.files(),
                makers,
                held_values(machine, module) if dags else {},
                registries(machine) if dags else {},
            )
        except RecursionError:
            deep = diagnose("MIG006", Span(source.path, 1), "the code is nested too deeply")
            return FileResult((), (*machine.diagnostics, deep))
        finally:
            close_all(machine)
            sys.setrecursionlimit(limit)


def module_name(path: str) -> str:
    """The dotted name under which Airflow's parser would import the file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

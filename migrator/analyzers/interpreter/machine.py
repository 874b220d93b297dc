"""The state of one file's evaluation: modules, budget, findings; and the entry to evaluating code.

What the code means is elsewhere: `expressions`, `statements`, `calls`, `attributes`, `operations`, `library` (Python and its
standard library), `airflow_*` (Airflow's own names).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from random import Random
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.origins import help_for, merged, origins_in, origins_of
from migrator.analyzers.interpreter.values import (
    BudgetExceeded,
    Env,
    Function,
    LoadedModule,
    unknown,
)
from migrator.analyzers.positions import Positions
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.source import Span
from migrator.model.values import Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.airflow.objects import AirflowState
    from migrator.analyzers.interpreter.language.suspended import Suspended
    from migrator.analyzers.interpreter.modules import Modules
    from migrator.analyzers.source import Folder
    from migrator.config import Config

STEP_BUDGET = 400_000
"""Evaluation steps (nodes) a file may take, a few seconds on a slow machine."""
CALL_DEPTH = 40
"""Nested calls of analyzed functions."""
_INCOMPLETE = frozenset({"MIG101", "MIG102", "MIG103", "MIG105"})
"""Findings that tell what a DAG may lack."""


_SIZED = frozenset({list, tuple, dict, set, frozenset, bytes})
_MAKERS = frozenset({cst.Call, cst.BinaryOperation, cst.Subscript, cst.ListComp, cst.DictComp, cst.SetComp})


class Machine:
    """Evaluates the code of one DAG file and the modules of the folder that it imports."""

    def __init__(self, folder: Folder, config: Config, modules: Modules, state: AirflowState, file: str) -> None:
        from migrator.analyzers.interpreter.language.expressions import EXPRESSIONS

        self._handlers = EXPRESSIONS
        self.file = file
        """The file whose DAGs are looked for."""
        self.folder, self.config, self.modules, self.airflow = folder, config, modules, state
        self.diagnostics: list[Diagnostic] = []
        self.makers: list[tuple[str, str]] = []
        """Functions that may make DAGs, of packages that are not in the folder: the package, and the function's name."""
        self.steps = 0
        self.active: list[Function] = []
        """Analyzed functions that are being called, outermost first."""
        self.uncertain = 0
        """Branches under way that may not be taken."""
        self.call_sites: list[tuple[cst.CSTNode, Env]] = []
        """Loops and calls of analyzed functions that are under way, outermost first."""
        self.bindings: list[dict[str, Any]] = []
        self.environment: dict[str, str] = {}
        """Environment variables that the code itself sets."""
        self.random: Random | None = None
        """What `random.seed` made, if the code called it."""
        self.drawn = 0
        """How many values were asked for that are random."""
        self.pending_class: Any = None
        """The class that an analyzed metaclass is making."""
        self.handled: list[Any] = []
        """Exceptions being handled, for a bare `raise`."""
        self.handled_depth = 0
        """`try` bodies under way: an exception has someone to catch it."""
        self.suspended: list[Suspended] = []
        """Generator functions that wait at a `yield`."""
        self.entered: list[tuple[Any, Any]] = []
        """Context managers entered by hand, with the functions for their end."""
        self.yaml_tags: dict[Any, dict[tuple[str, str], Any]] = {}
        """What the code adds to loader classes of YAML: by class, then by the adding method and the tag."""
        self.undecided: list[tuple[str, Span, str, tuple[str, ...]]] = []
        """Loops and conditions of the file's top level that are not known, as findings where no DAG is found."""
        self.asked: dict[str, list[tuple[int, str]]] = {}
        """Where values were asked for that are not known: offset and origin (see `origins`), by file."""
        self.was_told = False
        """Code asked for a value that only the settings of the analysis tell: where it runs, that may be another one."""
        self._reported: set[tuple[str, str, int, str]] = set()

    # ------------------------------------------------------------------------------------------------ evaluation

    def eval(self, node: cst.BaseExpression, env: Env) -> Any:
        """The value of an expression."""
        self.steps += 1
        if self.steps > STEP_BUDGET:
            raise BudgetExceeded
        handler = self._handlers.get(type(node))
        if handler is None:
            return self.unknown(node, env, f"{type(node).__name__} is not evaluated")
        value = handler(self, node, env)
        kind = type(value)
        if kind is str:
            if len(value) > 5_000:
                self.steps += len(value) // 100
        elif kind in _SIZED and len(value) > 500 and type(node) in _MAKERS:
            self.steps += len(value) // 20
        return value

    def charge(self, work: int) -> None:
        """Counts work that Python does for the code in one go, in steps of about a microsecond."""
        self.steps += work
        if self.steps > STEP_BUDGET:
            raise BudgetExceeded

    def tick(self) -> None:
        """Counts a step of a loop."""
        self.steps += 1
        if self.steps > STEP_BUDGET:
            raise BudgetExceeded

    def is_modelled(self, path: str) -> bool:
        """Whether calls of this library function are evaluated."""
        from migrator.analyzers.interpreter.libraries.library import CALLS

        return path in CALLS

    def run(self, body: cst.BaseSuite | cst.Module, env: Env) -> None:
        """Executes the statements of a block."""
        from migrator.analyzers.interpreter.language.statements import execute_block

        execute_block(self, body.body, env)

    def call(self, function: Any, args: list[Any], kwargs: dict[str, Any], node: cst.CSTNode, env: Env) -> Any:
        """Calls a value."""
        from migrator.analyzers.interpreter.language.calls import call_value
        from migrator.analyzers.interpreter.values import Call

        return call_value(self, function, Call(args, kwargs, node, env))

    # -------------------------------------------------------------------------------------------------- places

    def path_of(self, file: str) -> str:
        """The absolute path of a file of the folder, as `__file__` gives it."""
        return str(self.folder.root / file) if file else str(self.folder.root)

    def positions_of(self, module: LoadedModule) -> Positions:
        """Positions of a module's nodes, computed once."""
        return self.modules.positions(module)

    def span(self, node: cst.CSTNode, env: Env) -> Span:
        """Where a node of the module that is being evaluated is; for one of the library's own code, where that was called."""
        node, env = self._outside(node, env)
        return self.positions_of(env.module).span(node, env.module.file)

    def _outside(self, node: cst.CSTNode, env: Env) -> tuple[cst.CSTNode, Env]:
        if env.module.is_library:
            for site, scope in reversed(self.call_sites):
                if not scope.module.is_library:
                    return site, scope
        return node, env

    def place_in_file(self, node: cst.CSTNode, env: Env) -> Span:
        """Where the file under evaluation leads to a node: Airflow counts a DAG made by a helper module to the file that called it.

        A node that runs while another module is imported stays where it is.
        """
        if env.module.file != self.file:
            for site, scope in self.call_sites:
                if scope.module.file == self.file and type(site) is cst.Call:
                    return self.span(site, scope)
        return self.span(node, env)

    def source(self, node: cst.CSTNode, env: Env) -> str:
        """The code of a node as the author wrote it."""
        node, env = self._outside(node, env)
        start, end = self.positions_of(env.module).offsets(node)
        return env.module.text[start:end]

    # ------------------------------------------------------------------------------------------------ findings

    def unknown(self, node: cst.CSTNode, env: Env, why: str) -> Symbolic:
        """A value that is not known, with the code that computes it."""
        self.steps += 20
        node, env = self._outside(node, env)
        span = self.span(node, env)
        return unknown(env.module.text[span.start : span.end], why, span, self.origins(span, env))

    def ask(self, kind: str, name: str, span: Span) -> None:
        """Notes that the code asks here for a Variable (`variable`) or environment variable (`env`) that is not known."""
        places = self.asked.setdefault(span.file, [])
        if (span.start, f"{kind}:{name}") not in places:
            places.append((span.start, f"{kind}:{name}"))

    def origins(self, span: Span, env: Env) -> tuple[str, ...]:
        """What a piece of code that is not known comes from: its names, and what it asks for itself."""
        asked = tuple(origin for at, origin in self.asked.get(span.file, ()) if span.start <= at < span.end)
        return merged((origins_in(env.module.text[span.start : span.end], env), asked))

    def report(
        self, code: str, node: cst.CSTNode, env: Env, message: str, help: str = "", resolved_by: tuple[str, ...] = ()
    ) -> None:
        """Adds a finding, once for each place and message. `resolved_by`: the origins of the value that it is about.

        What a helper module leaves out of a DAG is also told where the file of that DAG calls it.
        """
        span = self.span(node, env)
        self.report_at(code, span, message, help, resolved_by)
        if code in _INCOMPLETE and span.file != self.file:
            caller = self.place_in_file(node, env)
            if caller.file == self.file:
                self.report_at(code, caller, f"{message} ({span.file}, line {span.line})", help, resolved_by)

    def report_at(self, code: str, span: Span, message: str, help: str = "", resolved_by: tuple[str, ...] = ()) -> None:
        """As `report`, where the place is already known."""
        key = (code, span.file, span.start, message)
        if key not in self._reported:
            self._reported.add(key)
            found = diagnose(code, span, message, help or help_for(resolved_by))
            self.diagnostics.append(replace(found, resolved_by=resolved_by) if resolved_by else found)

    # ------------------------------------------------------------------------------------------- unknown values

    def settle(self, value: Any, node: cst.CSTNode, env: Env) -> Any:
        """A value that decides structure: where the code itself gives a default for it, the default, with a finding."""
        if isinstance(value, Symbolic) and value.has_default:
            label = {"variable": "Variable", "env": "environment variable"}.get(value.kind, value.kind)
            self.report(
                "MIG109",
                node,
                env,
                f"{label} `{value.name}` is not known, the code's own default was assumed",
                resolved_by=origins_of(value),
            )
            return self.settle(value.default, node, env)
        if isinstance(value, Text):
            parts = [self.settle(part, node, env) for part in value.parts]
            if all(isinstance(part, (str, int, float, PurePath)) for part in parts):
                return "".join(map(str, parts))
            return Text(tuple(parts))
        return value

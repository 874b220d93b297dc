"""Files, tables, models and APIs that a task's Python code reads and writes, by the library calls in it.

In: a task with its callable, or of an operator class of the folder. Out: references and findings. The code is followed through functions,
classes and modules of the folder (`python.evaluator`); calls of libraries are looked up in `python.library`. A name of which nothing is
known gives nothing.
"""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.callables.source.modules import ModuleUnreadable
from migrator.analyzers.io.context import IoContext
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.diagnostics import Diagnostic
from migrator.model.airflow import Dag, Task
from migrator.model.assets import AssetRef, Direction, Evidence
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue, ObjectValue, Value
from migrator.operators.names import argument_name, canonical

if TYPE_CHECKING:
    from migrator.analyzers.io.python.task import TaskCode

_CONTROL = ("task.sensor", "task.branch", "task.short_circuit", "task.branch_virtualenv", "task.branch_external_python")
"""Decorators of functions that only decide what runs."""
_QUERIES = ("task.sql", "task.analytics")
"""Decorators of functions that return SQL."""
_CONTROL_CLASSES = (
    "PythonSensor",
    "BranchPythonOperator",
    "ShortCircuitOperator",
    "BaseBranchOperator",
    "BaseSensorOperator",
)


@dataclass(frozen=True, slots=True)
class InnerOperator:
    """An operator of a library that code makes and executes: its class as imported, its arguments, unknown parts of them visible, and where."""

    path: str
    arguments: Mapping[str, Value]
    span: Span

    def as_task(self, task: Task) -> Task:
        """The task as if it were this operator."""
        module, _, name = canonical(self.path).rpartition(".")
        arguments = {argument_name(self.path, key): value for key, value in self.arguments.items()}
        none: dict[str, Value] = {}
        return replace(
            task, operator=name, operator_module=module, bases=(), overrides=(), arguments=arguments, inherited=none,
            argument_spans={}, expand=none, callable=None, decorator=None, span=self.span,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CodeIo:
    """What a task's code reads and writes, and what `Task` says of it: `returns`, `fails_on` and `makes`."""

    refs: list[AssetRef] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    returns: str = ""
    fails_on: str = ""
    makes: str = ""
    command: str = ""
    """The shell command that the code of a `@task.bash` returns, unknown parts visible."""
    query: str = ""
    """The SQL that the code of a `@task.sql` returns."""
    operators: list[InnerOperator] = field(default_factory=list)
    """Operators that the code makes and executes itself, and what `super().execute` of an operator of the folder does."""
    dbt: list[tuple[str, ...]] = field(default_factory=list)
    """Words of the command lines of dbt that the code runs."""


def task_code(
    dag: Dag, analyzer: CallableAnalyzer, folder: Folder | None = None, config: Config | None = None
) -> TaskCode:
    """What the code of a DAG's tasks is asked of; kept for all of them, it reads what they hand over to each other once. `config` tells values of
    settings."""
    from migrator.analyzers.io.python.task import TaskCode

    return TaskCode(analyzer.workspace if folder is None else analyzer.wide_workspace(folder), dag, folder, config)


def python_io(task: Task, code: TaskCode, computes: str = "") -> CodeIo:
    """What the task's code reads and writes, in the order of the code, what it returns and fails on; empty if it has none that can be read. `computes` is
    the argument that the task's own class has its function compute."""
    if not has_code(task):
        return CodeIo()
    from migrator.analyzers.io.python.effects import Effects
    from migrator.analyzers.io.python.names import names_of, rendered
    from migrator.analyzers.io.python.results import kind_of

    effects = Effects(code.folder)
    try:
        returned = code.read(task, effects)
    except (ModuleUnreadable, RecursionError):
        return CodeIo()
    found = effects.refs()
    if is_control(task):
        found = [ref for ref in found if ref.direction is Direction.INPUT]
    control = is_control(task)
    return CodeIo(
        found,
        list(effects.diagnostics.values()),
        kind_of(returned),
        next(iter(effects.checks), ""),
        "" if control else next(iter(effects.unnamed), ""),
        (rendered(returned) or "") if task.decorator == "task.bash" or computes == "bash_command" else "",
        ";\n".join(names_of(returned)) if task.decorator in _QUERIES or computes == "sql" else "",
        effects.operators,
        effects.dbt,
    )


def has_code(task: Task) -> bool:
    """Whether code of the folder does the task's work, or a part of it."""
    if task.callable is not None:
        return task.callable.span is not None
    handed = any(True for _ in (*handed_objects(task), *handed_functions(task)))
    return bool({"execute", "poke"} & set(task.overrides)) or handed


def handed_objects(task: Task) -> Iterator[ObjectValue]:
    """Objects of the folder's classes that an operator is given to call as a function."""
    value = task.arguments.get("python_callable")
    if isinstance(value, ObjectValue) and not value.args and value.span is None:
        yield value


def handed_functions(task: Task) -> Iterator[tuple[str, CallableValue]]:
    """The folder's functions that an operator is given to call, by argument; not those that tell people of its state."""
    for name, value in task.arguments.items():
        if isinstance(value, CallableValue) and value.span is not None and not _ASIDE.search(name):
            yield name, value


_ASIDE = re.compile(r"callback|^(?:pre|post)_execute$|_date_fn$|^on_|_check$|_filter$|^user_defined")
"""Arguments whose functions look at a task or its date, and do none of its work."""


def is_control(task: Task) -> bool:
    """Whether the task's code only decides what runs: it makes no data."""
    classes = {task.operator, *(base.rpartition(".")[2] for base in task.bases)}
    return task.decorator in _CONTROL or not classes.isdisjoint(_CONTROL_CLASSES)


def code_refs(text: str, span: Span, task: Task, context: IoContext) -> tuple[list[AssetRef], list[Diagnostic]]:
    """What Python code reads and writes that a command holds as text; `span` is where the command stands."""
    from migrator.analyzers.callables.source.modules import load
    from migrator.analyzers.io.python.effects import Effects
    from migrator.analyzers.io.python.task import read_module

    effects = Effects(context.folder)
    beside = posixpath.join(posixpath.dirname(context.dag.span.file), "<command>")
    try:
        module = load(SourceFile(beside, textwrap.dedent(text)))
        read_module(context.analyzer.wide_workspace(context.folder), module, (), effects, context.folder)
    except (ModuleUnreadable, RecursionError):
        return [], []
    return [replace(ref, evidence=Evidence(span, ref.evidence.why)) for ref in effects.refs()], []


def script_refs(
    path: str, args: tuple[str, ...], task: Task, context: IoContext
) -> tuple[list[AssetRef], list[Diagnostic]]:
    """What a Python file of the folder reads and writes when a command runs it with these arguments."""
    from migrator.analyzers.io.python.effects import Effects
    from migrator.analyzers.io.python.task import read_module

    effects, workspace = Effects(context.folder), context.analyzer.wide_workspace(context.folder)
    try:
        read_module(workspace, workspace.module(path), args, effects, context.folder)
    except (ModuleUnreadable, RecursionError):
        return [], []
    return effects.refs(), list(effects.diagnostics.values())

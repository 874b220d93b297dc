"""What a task's Python function is called with, for folding names in its code.

In: a task. Out: frames (`migrator.analyzers.callables.fold`) in which the parameters have their values: the task's arguments, results of
upstream tasks where their code tells them, defaults of params, and Airflow's dates by their Jinja names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

import libcst as cst

from migrator.analyzers.callables import CallableAnalyzer, given_parameters
from migrator.analyzers.callables.context import ContextReader, context_parameters
from migrator.analyzers.callables.fold import Frame, enclosing_values
from migrator.analyzers.callables.fold_expressions import context_value
from migrator.analyzers.callables.fold_library import text
from migrator.analyzers.callables.modules import ModuleUnreadable
from migrator.analyzers.callables.resolve import sole_return
from migrator.analyzers.io.names import PLACEHOLDER, visible
from migrator.model.airflow import Dag, Task
from migrator.model.values import Symbolic, Value, XComValue

MAX_ROWS = 32
"""Elements of a mapped task that are looked at one by one."""
_SYMBOL = re.compile(r"\{(var|env|conn|param):([^{}]*)\}")
_KINDS = {"var": "variable", "env": "env", "conn": "connection", "param": "param"}


class TaskFrames:
    """Frames of the tasks of one DAG."""

    def __init__(self, analyzer: CallableAnalyzer, dag: Dag) -> None:
        self.analyzer, self.dag = analyzer, dag
        self._tasks = {task.task_id: task for task in dag.tasks}
        self._results: dict[str, Value] = {}

    def frames(self, task: Task) -> Iterator[tuple[Frame, cst.FunctionDef | cst.Lambda]]:
        """The function of a task with its frame; several for a mapped task over known elements. Raises ModuleUnreadable."""
        callable = task.callable
        if callable is None or callable.span is None:
            return
        workspace = self.analyzer.workspace
        module = workspace.module(callable.span.file)
        node = module.definition(callable.span, callable.qualname)
        if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
            return
        given = given_parameters(task)
        parameters = [(scope, name, part) for scope, name, part, _ in context_parameters(module, node, given)]
        reader = ContextReader(module, node, parameters, given)
        around = enclosing_values(module, node, callable.closure)
        args = [self.value(value, task) for value in (*callable.args, *task.call_args)]
        kwargs = {name: self.value(v, task) for name, v in {**callable.kwargs, **task.call_kwargs}.items()}
        for row in self.rows(task):
            outside = Frame(workspace, module, None, around, run=_TaskRun(self, task))
            yield outside.enter(module, node, args, kwargs | row, reader), node

    def rows(self, task: Task) -> list[dict[str, Value]]:
        """What each element of a mapped task is called with; unknown values where the elements are not known."""
        rows = task.expand.get("**")
        if isinstance(rows, (list, tuple)) and rows and all(isinstance(row, Mapping) for row in rows):
            return [{str(key): self.value(v, task) for key, v in row.items()} for row in rows[:MAX_ROWS]]
        columns: dict[str, list[Value]] = {}
        for name, values in task.expand.items():
            known = list(values) if isinstance(values, (list, tuple, Mapping)) and name != "**" else []
            columns[name] = [self.value(value, task) for value in known] or [Symbolic("unknown", name)]
        combined = product(*columns.values())
        return [dict(zip(columns, row, strict=True)) for row, _ in zip(combined, range(MAX_ROWS), strict=False)]

    def value(self, value: Value, task: Task) -> Value:
        """An argument as the function gets it: templates rendered as far as they can be, results of tasks looked up."""
        if isinstance(value, XComValue):
            plain = not value.operations and not value.others and value.dag_id in (None, self.dag.dag_id)
            return self.result(value.task_id, value.key) if plain else Symbolic("xcom", value.task_id)
        if isinstance(value, str) and "{{" in value:
            shown = visible(value, task, self.dag)
            return Symbolic("unknown", value) if shown is None else _parts(shown)
        if isinstance(value, (list, tuple)):
            return type(value)(self.value(item, task) for item in value)
        if isinstance(value, dict):
            return {key: self.value(item, task) for key, item in value.items()}
        return value

    def result(self, task_id: str, key: str) -> Value:
        """What a task hands over under a key, if its code tells."""
        unknown = Symbolic("xcom", task_id)
        task = self._tasks.get(task_id)
        if task is None or task.mapped:
            return unknown
        if task_id not in self._results:
            self._results[task_id] = unknown  # for tasks that lead to themselves
            self._results[task_id] = self._returned(task)
        found = self._results[task_id]
        if key != "return_value":
            return found.get(key, unknown) if isinstance(found, dict) else unknown
        return found

    def _returned(self, task: Task) -> Value:
        try:
            for frame, node in self.frames(task):
                value = node.body if isinstance(node, cst.Lambda) else sole_return(node)
                return frame.value(value)
        except (ModuleUnreadable, RecursionError):
            pass
        return Symbolic("xcom", task.task_id)


class _TaskRun:
    """The DAG as the code of one task sees it."""

    def __init__(self, frames: TaskFrames, task: Task) -> None:
        self.frames, self.task = frames, task

    def result(self, task_id: str, key: str) -> Value:
        return self.frames.result(task_id, key)

    def param(self, path: tuple[str | int, ...]) -> Value:
        shown = visible("{{ params" + "".join(f"[{part!r}]" for part in path) + " }}", self.task, self.frames.dag)
        return Symbolic("unknown", "params") if shown is None else _parts(shown)


def _parts(shown: str) -> Value:
    """A name with visible unknown parts as a value."""
    found: list[Value] = []
    position = 0
    for match in PLACEHOLDER.finditer(shown):
        found.append(shown[position : match.start()])
        position = match.end()
        symbol = _SYMBOL.fullmatch(match[0])
        if symbol is not None:
            found.append(Symbolic(_KINDS[symbol[1]], match[0], name=symbol[2]))
        elif match[0].startswith("{{"):
            found.append(context_value(match[0][2:-2].strip()))
        else:
            found.append(Symbolic("unknown", match[0]))
    found.append(shown[position:])
    known = [part for part in found if part != ""]
    return known[0] if len(known) == 1 else text(known)

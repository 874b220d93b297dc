"""The entry: from a `CallableValue` to its `CallableFacts`, each file parsed once."""

from __future__ import annotations

from collections.abc import Collection

from migrator.analyzers.callables.facts import CallableFacts, ImportedName
from migrator.model.airflow import AirflowProject, Task
from migrator.model.values import CallableValue


class CallableAnalyzer:
    """Answers for one project; keeps the trees of the files that were asked about, so drop it when done."""

    def __init__(self, project: AirflowProject) -> None:
        self.project = project

    def facts(self, callable: CallableValue, given: Collection[str] = ()) -> CallableFacts:
        """What the callable needs and touches; cached.

        `given` are the parameters that the task fills (see `given_parameters`): these never take Airflow's context, whatever
        their names.
        """
        raise NotImplementedError

    def task_facts(self, task: Task) -> CallableFacts | None:
        """The facts of a task's callable as this task calls it; None if it has none."""
        if task.callable is None:
            return None
        return self.facts(task.callable, given_parameters(task))

    def imports(self, file: str) -> tuple[ImportedName, ...]:
        """All imports of a file at any depth, in file order: for files that are carried whole."""
        raise NotImplementedError


def given_parameters(task: Task) -> frozenset[str]:
    """Names of the callable's parameters that the task fills itself, by position or keyword, mapped ones included."""
    if task.callable is None:
        return frozenset()
    names = {*task.call_kwargs, *task.callable.kwargs, *task.expand} - {"**"}
    rows = task.expand.get("**")
    if isinstance(rows, list):
        names.update(key for row in rows if isinstance(row, dict) for key in row if isinstance(key, str))
    positional = [p for p in task.callable.parameters if p.kind in ("positional_only", "positional_or_keyword")]
    count = len(task.callable.args) + len(task.call_args)
    names.update(parameter.name for parameter in positional[:count])
    return frozenset(names)

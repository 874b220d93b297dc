"""Calls of a DAG's own macros in templates: what `{{ fq('orders') }}` comes to, where `user_defined_macros` has the function `fq`.

In: the macros of a DAG and the code of its tasks. Out: a mapping that has, beside the macros, the text of each call that is looked up by its source.
Nothing is run: the function is read as a task's code is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.callables.source.modules import ModuleUnreadable
from migrator.analyzers.callables.source.tree import descend, root_name
from migrator.model.airflow import Dag
from migrator.model.changed import replace
from migrator.model.values import CallableValue, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.task import TaskCode

NAME = "user_defined_macros"


def with_called_macros(dag: Dag) -> tuple[Dag, CalledMacros | None]:
    """The DAG with macros that tell what calls of them come to, once they know the code of its tasks (`code`); the macros are None where the DAG has no
    functions among them."""
    own = dag.arguments.get(NAME)
    if not isinstance(own, Mapping) or not any(isinstance(one, CallableValue) for one in own.values()) or not dag.tasks:
        return dag, None
    macros = CalledMacros(own)
    return replace(dag, arguments={**dag.arguments, NAME: macros}), macros


class CalledMacros(Mapping[str, Value]):
    """A DAG's macros, and under the source of a call of one its text."""

    def __init__(self, own: Mapping[str, Value]) -> None:
        self.own = own
        self.code: TaskCode | None = None
        self._called: dict[str, str | None] = {}

    def __getitem__(self, name: str) -> Value:
        if name in self.own:
            return self.own[name]
        if name not in self._called:
            self._called[name] = None  # for macros whose arguments lead to themselves
            self._called[name] = self._text(name)
        found = self._called[name]
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.own)

    def __len__(self) -> int:
        return len(self.own)

    def _text(self, source: str) -> str | None:
        """What a call comes to, unknown parts visible; None where that is not known."""
        from migrator.analyzers.io.python.attributes import context_member
        from migrator.analyzers.io.python.evaluator import BudgetExceeded, Evaluator, Silent
        from migrator.analyzers.io.python.names import rendered
        from migrator.analyzers.io.python.task import TaskRun
        from migrator.analyzers.io.python.values import Context, Scope

        code = self.code
        try:
            node = cst.parse_expression(source)
        except (cst.ParserSyntaxError, RecursionError):
            return None
        first = root_name(node.func) if isinstance(node, cst.Call) else None
        if code is None or first is None or first.value not in self.own:
            return None
        task = code.dag.tasks[0]
        evaluator = Evaluator(code.workspace, Silent(), TaskRun(code, task), code.folder)
        used = {one.value for one in descend(node) if type(one) is cst.Name}
        names: dict[str, Value] = {
            name: context_member(evaluator, Context(), name) for name in sorted(used & CONTEXT_KEYS)
        }
        names |= {name: code.value(self.own[name], task) for name in sorted(used & self.own.keys())}
        try:
            return rendered(evaluator.eval(node, Scope(code.workspace.module(code.dag.span.file), names)))
        except (BudgetExceeded, ModuleUnreadable, RecursionError):
            return None

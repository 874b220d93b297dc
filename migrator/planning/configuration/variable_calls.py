"""What the team's own functions do with Variables: those that only people set are read from the environment, the others kept by the project."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from migrator.analyzers.callables import ContextUse
from migrator.model.bodies import SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import EnvOr, Expr, Helper, OtherName
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


KEEPER = Helper("Variable", "variables")
"""The project's own class in the place of Airflow's."""


class VariableCalls(ABC):
    """The part of a call's translation that replaces Airflow's `Variable`."""

    context: TaskContext
    edits: list[SourceEdit]

    @abstractmethod
    def _default(self, use: ContextUse) -> Expr: ...

    def _variable(self, use: ContextUse) -> None:
        """A Variable that is read by its name."""
        is_json, path = bool(use.detail.get("json")), use.path
        on_import = use.function is None and not use.own
        try:
            if use.detail.get("env"):
                value = self.context.environment(use.name, self._default(use), bool(use.detail.get("has_default")))
            else:
                value = self.context.variable(
                    use.name, self._default(use), bool(use.detail.get("has_default")), is_json, path
                )
        except Untranslatable:
            default = use.detail.get("default")
            if not isinstance(default, Symbolic) or default.span is None or path:
                raise
            # What the default is, only the code itself can tell.
            value = self.context.variable_or(use.name, json=is_json)
            if on_import or not value.stored:
                self.edits.append(SourceEdit(use.span, EnvOr(replace(value, stored=""), default.span)))
                return
        if value.stored and not on_import and "class" in use.detail:
            self._stored(use)
            return
        if on_import:
            # One variable that is not set must not keep all other jobs from loading.
            default, told = ({} if value.json else "", True) if not value.has_default else (value.default, True)
            value = replace(value, default=default, has_default=told, stored="")
        self.edits.append(SourceEdit(use.span, value))

    def _stored(self, use: ContextUse) -> None:
        """A call that changes a Variable, or reads one that others change: it is the project's own class that does so."""
        if self.context.ended is not None:
            raise Untranslatable("MIG203", "it uses a Variable that tasks change, after the run has ended", use.span)
        if use.kind == "stored":
            self.context.use_stored(use.name)
        self.edits.append(SourceEdit(use.detail["class"], KEEPER))
        self.edits += [SourceEdit(span, OtherName(name)) for span, name in use.detail["renamed"]]

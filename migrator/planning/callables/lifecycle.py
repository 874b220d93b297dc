"""Calls of methods that an operator's class has of another one, and of all that Airflow calls: those become one method, which calls them.

In: the use that stands for them. Out: the edit that adds the method; what its steps use of the context are its parameters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.callables import AFTER, BEFORE, RUN_BASE, WORK, CallableFacts, ContextUse, HandedForm
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import Expr, InputValue, MethodCall, OtherName, WholeMethod
from migrator.model.source import Span
from migrator.operators.rule import Untranslatable

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


class LifecycleCalls(ABC):
    """The part of a call's translation that calls several methods of one object."""

    context: TaskContext
    facts: CallableFacts
    base: Mapping[str, Expr]
    attributes: dict[str, str]
    whole: ContextUse | None
    """The use that stands for the calls."""
    steps: dict[str, MethodCall]
    """The calls, by what Airflow calls the methods."""

    added: dict[str, Expr]
    edits: list[SourceEdit]
    pushes: str

    @abstractmethod
    def _value(self, use: ContextUse) -> Expr: ...

    @abstractmethod
    def _pushes_count(self) -> bool: ...

    @abstractmethod
    def _reform(self, form: HandedForm, span: Span) -> None: ...

    @abstractmethod
    def _part(self, use: ContextUse, name: str) -> Expr: ...

    @abstractmethod
    def _named(self, value: Expr, wish: str) -> str: ...

    @abstractmethod
    def _cannot(self, use: ContextUse) -> Untranslatable: ...

    def takes_attributes(self) -> bool:
        """Whether the method that is called can give its object attributes."""
        instance = self.facts.instance
        return instance is not None and (instance.whole or instance.body is not None)

    def _inherit(self, form: HandedForm, use: ContextUse) -> None:
        """Calls a method of a base in another module, which is rewritten so that it takes what it uses of the context."""
        self._reform(form, use.span)
        for name, inner in form.parameters.items():
            if inner.kind != "xcom_push":
                self.added[name] = self._value(inner)
            elif self._pushes_count():
                self.pushes = name
            else:
                self.added[name] = {}

    def call_methods(self, use: ContextUse) -> None:
        """Has the methods that the use stands for take what they use of the context."""
        self._wait(use) if use.kind == "waiting" else self._call_all(use)

    def _call_all(self, use: ContextUse) -> None:
        """Has all methods take what they use of the context. The work may be that of Airflow's operator."""
        self.whole = use
        for name in (BEFORE, WORK, AFTER):
            form = use.detail.get(name)
            if isinstance(form, HandedForm):
                self._reform(form, use.span)
                self.steps[name] = MethodCall(form.name, tuple(self._given_to(form).items()))
        if WORK not in self.steps:
            if WORK not in self.base:
                raise self._cannot(use)
            self.steps[WORK] = MethodCall(self._named(self.base[WORK], RUN_BASE), is_parameter=True)

    def _wait(self, use: ContextUse) -> None:
        """Has the `execute` of a sensor wait by a function that gets its `poke`, as that takes what it uses of the context."""
        form = use.detail["form"]
        if WORK not in self.base or not isinstance(form, HandedForm):
            raise self._cannot(use)
        self._reform(form, use.span)
        asks = f"{use.detail['instance']}.{form.name}"
        if given := ", ".join(f"{name}={parameter}" for name, parameter in self._given_to(form).items()):
            asks = f"lambda: {asks}({given})"
        self.edits.append(SourceEdit(use.span, OtherName(f"{self._named(self.base[WORK], RUN_BASE)}({asks})")))

    def _given_to(self, form: HandedForm) -> dict[str, str]:
        """The parameters by which a method gets what it takes, by its own names."""
        values = {name: self._part(inner, name) for name, inner in form.parameters.items()}
        return {
            name: value.parameter if isinstance(value, InputValue) else self._named(value, name)
            for name, value in values.items()
        }

    def made_method(self, parameters: tuple[str, ...]) -> tuple[SourceEdit, ...]:
        """The edit that adds the method which makes the calls."""
        if self.whole is None:
            return ()
        detail = self.whole.detail
        # In an order that is the same for all tasks of the class.
        named = [*self.attributes.values()]
        for step in self.steps.values():
            named += [step.name] if step.is_parameter else [parameter for _, parameter in step.given]
        parameters = tuple(dict.fromkeys(one for one in (*named, *parameters) if one in parameters))
        method = WholeMethod(
            self.whole.name,
            parameters,
            tuple(sorted(self.attributes.items())),
            self.steps.get(BEFORE),
            self.steps[WORK],
            self.steps.get(AFTER),
            returns=self.facts.returns_value,
            # Airflow 3 gives a class's own method no result.
            takes_result=bool(detail["result"]) and not self.context.dag.airflow_version.startswith("3"),
            margin=str(detail["margin"]),
        )
        return (SourceEdit(self.whole.span, method),)

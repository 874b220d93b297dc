"""Functions that are handed Airflow's context by other code, as they take what they use of it instead.

Comes in: the form of such a function. Goes out: edits that make it so, and what whoever calls it gives for what it takes.
"""

from __future__ import annotations

from abc import abstractmethod

from migrator.analyzers.callables import CONTEXT_KEYS, ContextUse, HandedForm
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import Expr, InputValue, MoreArguments, OtherName
from migrator.model.source import Span
from migrator.operators.rule import Untranslatable
from migrator.planning.callables.callees import by_whom, in_order, text_of
from migrator.planning.callables.context_mapping import ContextMapping
from migrator.planning.expressions.members import member
from migrator.planning.xcom.calls import XComCalls


class HandingOn(XComCalls, ContextMapping):
    """The part of a call's translation that hands on what others use of the context."""

    @abstractmethod
    def _is_alone(self) -> bool: ...

    @abstractmethod
    def _translated(self, name: str) -> Expr: ...

    def _hand_on(self, use: ContextUse) -> None:
        """Gives a function what it uses of the context in place of that, and has it rewritten so."""
        form = use.detail["form"]
        assert isinstance(form, HandedForm)
        self._reform(form, use.span)
        given: dict[str, Expr] = {}
        for name in use.detail["kept"]:
            if name in CONTEXT_KEYS:
                given[name] = self._handed(member(name, (), self.context), name)
            elif name in self.extra:
                given[name] = self._handed(self._translated(name), name)
            else:
                raise self._cannot(use)
        given |= {name: self._part(inner, name) for name, inner in form.parameters.items()}
        self.edits += [SourceEdit(cut, OtherName("")) for cut in use.detail["cuts"]]
        if given:
            more = MoreArguments(given, bool(use.detail["after"]), "calls" in use.detail)
            self.edits.append(SourceEdit(use.detail["place"], more))

    def _reform(self, form: HandedForm, span: Span) -> None:
        """Has a function, and those that go with it, rewritten so that they take what they use of the context."""
        for inner in form.all():
            if inner.function != self.target.span:
                self._rewrite(inner, span)

    def _rewrite(self, form: HandedForm, place: Span) -> None:
        """Has one function rewritten. Raises Untranslatable where another task needs it otherwise."""
        facts, start = self.context.facts, (form.function.file, form.function.start)
        alone = form.by_airflow or start in facts.calls or facts.names.agree(by_whom(form.function), "a function")
        if not (alone and facts.names.agree(text_of(form.function), in_order(form.edits))):
            reason = f"another task needs `{form.name}`, to which it hands Airflow's context on, in another form"
            raise Untranslatable("MIG203", reason, place)
        self.edits += [edit for edit in form.edits if edit not in self.edits]

    def taken_by(self, form: HandedForm) -> dict[str, Expr]:
        """What the function takes in the place of the context, where a template hands it that; it is rewritten so. Raises Untranslatable."""
        for inner in form.all():
            self._rewrite(inner, self.context.task.span)
        given: dict[str, Expr] = {}
        for name, use in form.parameters.items():
            several = use.detail.get("several") is True and self.context.omits_what_lacks
            # Templates are rendered before Airflow 3 tells the object of its state.
            early = use.name in ("ti", "task_instance") and use.path == ("state",) and self.context.ended is None
            if use.kind == "xcom_push" or several or early:
                raise self._cannot(use)
            given[name] = None if use.detail.get("unread") else self._value(use)
        return given

    def _part(self, use: ContextUse, name: str) -> Expr:
        """What a function that was handed the context gets for one of its uses."""
        # What it pulls is not known where no call says so.
        if use.detail.get("open") or (use.detail.get("several") is True and self.context.omits_what_lacks):
            raise self._cannot(use)
        if self.star and (held := self.held(use)) is not None:
            return held
        if use.kind == "xcom_push":
            if self.pushes_around:
                raise self._cannot(use)
            if not self._pushes_count():
                return {}
            self.pushes = self.pushes or self._unique("outputs")
            return InputValue(self.pushes)
        return self._handed(None if use.detail.get("unread") else self._value(use), name)

    def _handed(self, value: Expr, wish: str) -> Expr:
        """A value as the function itself has it: by a parameter of its own, or written down where it is plain and the same for all callers."""
        if isinstance(value, (str, int)) and self.facts.instance is None and self._is_alone():
            return value
        return InputValue(self._named(value, wish))

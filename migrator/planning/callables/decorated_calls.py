"""What a function is given that it does not take in Airflow: what the functions ask for that decorators of the team's own put around it, and objects that
it found in a function around it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from migrator.analyzers.callables import PLAIN_KEYS, ContextUse
from migrator.analyzers.callables.airflow_use.wrappers import WrapperForm
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import ConnectionField, ConnectionFunction, EnvValue, ErrorClass, Expr
from migrator.model.values import CallableValue, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.expressions import values as expressions
from migrator.planning.expressions.members import lacks, member
from migrator.planning.naming.identifiers import RESERVED

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


TOLD_ERRORS = "class of an error told"
"""A note: see `DecoratedCalls.note_told_errors`."""
_CAUGHT = re.compile(r"\bexcept\b[^\n]{0,200}?\bas (\w+)\s*:")
_TELLS_CLASS = re.compile(
    r"\btype\((\w+)\)\.__(?:qual)?name__|\b(\w+)\.__class__\.__(?:qual)?name__|\brepr\((\w+)\)|\{(\w+)!r\}"
)
_TELLS_WORDS = re.compile(r"\bstr\((\w+)\)|\{(\w+)\}|\b(\w+)\.args\b")
_OTHER_WORDS = frozenset({"end", "missing", "overtime"})
"""Kinds of errors that say something else than Airflow's, where the team's own code does not raise them."""


class DecoratedCalls(ABC):
    """The part of a call's translation that gives the decorators' functions what they take, under names that they do not hand on."""

    context: TaskContext
    target: CallableValue
    wrappers: tuple[WrapperForm, ...]
    edits: list[SourceEdit]
    kwargs: dict[str, Expr]
    added: dict[str, Expr]
    extra: dict[str, Value]
    pushes: str
    pushes_around: str
    """The parameter by which a decorator's function gets the dict into which it puts what it pushes."""
    own: bool
    passes: bool
    """The function itself is given, too, what its decorators read of their `**kwargs`."""

    @abstractmethod
    def _value(self, use: ContextUse) -> Expr: ...

    @abstractmethod
    def _parameter(self, use: ContextUse, value: Expr, wish: str) -> None: ...

    @abstractmethod
    def _translated(self, name: str) -> Expr: ...

    def give_wrappers(self) -> None:
        """Adds the arguments of the decorators' functions. Raises Untranslatable where the function has one of their names."""
        parameters = {parameter.name for parameter in self.target.parameters}
        for reads in sorted({wrapper.reads for wrapper in self.wrappers if wrapper.reads}):
            self.context.note(f"context {reads}")
        self.passes = any(wrapper.adds for wrapper in self.wrappers)
        for wrapper in self.wrappers:
            for name, use in wrapper.passed.items():
                given = name in self.extra if use.kind == "argument" else not lacks(name, self.context)
                if given and name not in parameters and name not in self.kwargs:
                    value = self._translated(name) if use.kind == "argument" else member(name, (), self.context)
                    self.kwargs[name] = value
                    self.passes = True
        for wrapper in self.wrappers:
            for name, use in wrapper.form.parameters.items():
                if name in self.kwargs or name in parameters:
                    reason = f"`{self.target.name}` and a decorator above it both take `{name}`"
                    raise Untranslatable("MIG203", reason, use.span)
                if use.kind != "xcom_push":
                    self.kwargs[name] = self._value(use)
                elif self._pushes_count():
                    self.pushes = self.pushes_around = name
                else:
                    self.kwargs[name] = {}

    def note_told_errors(self) -> None:
        """Notes where the function, or one that a decorator puts around it, tells the class or the words of an error that it catches, and which may be
        Airflow's."""
        sources = self.context.project.sources
        spans = [self.target.span, *(wrapper.form.function for wrapper in self.wrappers)]
        texts = [sources[span.file].cut(span) for span in spans if span is not None and span.file in sources]
        found = [edit.expression for edit in self.edits]
        kinds = {one.kind for one in found if isinstance(one, ErrorClass)}
        asks = any(isinstance(one, ConnectionFunction | ConnectionField | EnvValue) for one in found)
        words = bool(kinds & _OTHER_WORDS) and any(_tells(_TELLS_WORDS, text) for text in texts)
        if words or ((kinds or asks) and any(_tells(_TELLS_CLASS, text) for text in texts)):
            self.context.note(TOLD_ERRORS)

    def _pushes_count(self) -> bool:
        """Whether what the function pushes is taken, or computed on the way."""
        return self.own and self.context.task.task_id in self.context.facts.pushed

    def passes_on(self, name: str) -> bool:
        """Whether a parameter must stay, as the function is given what its decorators read."""
        rest = {parameter.name for parameter in self.target.parameters if parameter.kind == "var_keyword"}
        return self.passes and name in rest

    def _enclose(self, use: ContextUse) -> None:
        """Gives the function an object that it read of a function around it, under the same name, or what it reads of one that cannot
        be made again."""
        members = use.detail["members"]
        try:
            if use.name in RESERVED or use.name in self.kwargs or use.name in self.added:
                raise Untranslatable("MIG203", f"it reads `{use.name}` of the function around it", use.span)
            self.added[use.name] = self._enclosed(use)
        except Untranslatable:
            if not members:
                raise
            for member_use in members:
                self._parameter(member_use, self._enclosed(member_use), member_use.name)

    def _enclosed(self, use: ContextUse) -> Expr:
        return expressions.translate(use.detail["value"], self.context, templated=False, wish=use.name, paths=True)


def refuse_other_arguments(callable: CallableValue, wrappers: Sequence[WrapperForm], given: Collection[str]) -> None:
    """Raises Untranslatable where a decorator has a function be called with other arguments than its own, unless it tells by name what it takes itself
    and looks in the rest for what the function takes; `given` are those that the task gives."""
    original = callable.original
    named = [parameter for parameter in callable.parameters if not parameter.kind.startswith("var_")]
    known = all(one.name in given or one.has_default or one.name in PLAIN_KEYS for one in named)
    if callable.takes_context and any(wrapper.reads == "read" for wrapper in wrappers) and known:
        return
    if original is not None and callable.takes_others:
        reason = f"a decorator above `{original.name}` has it take other arguments than its own"
        raise Untranslatable("MIG203", reason, original.span)


def asks_itself(context: TaskContext, wrapper: CallableValue) -> bool:
    """Whether what a decorator made of a function uses Airflow's context itself, and does not only hand it on."""
    uses = context.facts.analyzer.facts(wrapper).context_uses
    return any(use.own and use.kind not in ("escape", "parameter") for use in uses)


def _tells(pattern: re.Pattern[str], text: str) -> bool:
    """Whether code tells something of an error that it catches under a name."""
    told = {name for found in pattern.finditer(text) for name in found.groups() if name}
    return bool(told) and not told.isdisjoint(_CAUGHT.findall(text))

"""Airflow's context where a function uses it like a dictionary: it gets one of the task's own arguments and of the members that its code names.

A function that takes them by `**kwargs` stays as it is, and is called with these.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CONTEXT_KEYS, DICT_KEYS, PLAIN_KEYS, CallableFacts, ContextUse
from migrator.analyzers.callables.facts import with_handed
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import Expr, InputValue, OtherName
from migrator.model.source import Span
from migrator.model.values import CallableValue, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.triggers import triggering_events
from migrator.planning.expressions.members import lacks, member

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_MEMBERS = frozenset({"argument", "key", "member"})
_FROM_CONF: frozenset[tuple[str, tuple[str | int, ...]]] = frozenset({("dag_run", ("conf",)), ("params", ())})
"""The dictionaries of which a run's conf says what is in them."""


class ContextMapping(ABC):
    """The part of a call's translation that hands over a dictionary in the place of the context."""

    context: TaskContext
    target: CallableValue
    facts: CallableFacts
    kwargs: dict[str, Expr]
    edits: list[SourceEdit]
    extra: dict[str, Value]
    star: str = ""
    """The parameter `**kwargs` that stays."""

    @abstractmethod
    def _translated(self, name: str) -> Expr: ...

    @abstractmethod
    def _cannot(self, use: ContextUse) -> Untranslatable: ...

    @abstractmethod
    def _default(self, use: ContextUse) -> Expr: ...

    def kept_star(self) -> str:
        """The parameter `**kwargs` that stays, as the function uses it like a dictionary; empty if none does. What it gets is noted."""
        uses = [use for use in self.facts.context_uses if use.kind == "mapping" and use.own]
        star = next((use.detail["star"] for use in uses if "star" in use.detail), "")
        if not isinstance(star, str) or not star or self.facts.instance is not None:
            return ""
        known = {parameter.name for parameter in self.target.parameters} - {star}
        names = {str(name) for use in uses for name in use.detail["names"]}
        asked = [use for use in self.facts.context_uses if use.kind in ("key", "member") and self.stands(use, star)]
        names |= {use.name for use in asked if use.name in PLAIN_KEYS | DICT_KEYS and not lacks(use.name, self.context)}
        self.kwargs |= {name: self._translated(name) for name in self.extra}
        self.kwargs |= self._members(names - known)
        annotations = {use.detail["annotation"] for use in uses if isinstance(use.detail.get("annotation"), Span)}
        self.edits += [SourceEdit(span, OtherName("")) for span in annotations]
        self._note(uses)
        return star

    def stands(self, use: ContextUse, star: str) -> bool:
        """Whether a use asks `**kwargs` for something that it holds."""
        if use.kind == "mapping":
            return use.detail.get("star") == star
        if use.kind not in _MEMBERS or not use.own or (use.kind == "key" and use.name not in PLAIN_KEYS | DICT_KEYS):
            return False
        text = self.context.project.sources[use.span.file].cut(use.span)
        if use.kind == "member":
            return text.endswith(star) and (use.name in self.extra or use.name in PLAIN_KEYS | DICT_KEYS)
        return text.startswith((f"{star}[", f"{star}."))

    def held(self, use: ContextUse) -> Expr | None:
        """What a function that is called gets of the parameter that stays; None where that does not hold it."""
        if use.kind == "mapping":
            return InputValue(self.star)
        if use.kind != "key" or use.detail.get("has_default") or use.name not in PLAIN_KEYS | DICT_KEYS:
            return None
        if use.name not in self.kwargs:
            self.kwargs |= self._members([use.name])
        return InputValue(self.star, (use.name, *use.path)) if use.name in self.kwargs else None

    def is_there(self, use: ContextUse) -> bool:
        """What the code is told that asks whether the context has a member, or the task gives an argument."""
        of_airflow = use.name in CONTEXT_KEYS and not lacks(use.name, self.context)
        return (use.name in self.extra or of_airflow) is not use.detail.get("negated")

    def member_asked(self, use: ContextUse) -> Expr:
        """What stands for a member of the context that the code names."""
        value = member(use.name, use.path, self.context, self._default(use), self.may_lack(use))
        asked = use.detail.get("asked")
        return triggering_events(self.context, use.name, asked) if asked else value

    def may_lack(self, use: ContextUse) -> bool:
        """Whether the code has a default for a member of the context, or may ask the dictionary that it is in (`if "x" in params`) if it is there."""
        above = (use.name, use.path[:-1])
        asked = any(
            (one.kind, one.name, one.path) == ("key", *above)
            for one in with_handed(self.facts.context_uses)
            if use.path
        )
        return bool(use.detail.get("has_default")) or (asked and above in _FROM_CONF)

    def lacking(self, use: ContextUse) -> Expr:
        """What stands for an argument that the task does not give. Raises Untranslatable where the code does not ask first if it is there."""
        uses = with_handed(self.facts.context_uses)
        if use.kind != "argument" or not any(one.kind == "member" and one.name == use.name for one in uses):
            raise self._cannot(use)
        return None

    def mapping(self, use: ContextUse) -> Expr:
        """The dictionary that stands for the whole context."""
        self._note([use])
        return {name: self._translated(name) for name in self.extra} | self._members(map(str, use.detail["names"]))

    def _members(self, names: Iterable[str]) -> dict[str, Expr]:
        found = sorted(name for name in names if name not in self.extra and not lacks(name, self.context))
        return {name: member(name, (), self.context) for name in found}

    def _note(self, uses: Iterable[ContextUse]) -> None:
        self.context.note("context shown" if all(use.detail["shown"] for use in uses) else "context read")

"""Resources in the place of Airflow's hooks and of what sends messages, in the team's own functions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from migrator.analyzers.callables import CallableFacts, ContextUse, HookCall
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import (
    ConnectionFunction,
    Expr,
    Helper,
    InputValue,
    LibraryText,
    OtherName,
    ResourceCall,
    ResourceValue,
)
from migrator.model.source import Span
from migrator.model.values import Value
from migrator.operators import hook_classes
from migrator.operators.hooks import HOOKS, Hook
from migrator.operators.messages import MESSAGES
from migrator.operators.rule import Untranslatable
from migrator.planning.callables.named_connections import connections_named, connections_of_hooks
from migrator.planning.naming.connections import id_by_default
from migrator.planning.naming.identifiers import RESERVED

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

BESIDE = "place: "
OTHERWISE = "otherwise: "
"""How notes begin of an operator that the code executes itself: an argument of it that the URL says now, and one that works in another way."""
_PARTIAL = LibraryText("partial(", "from functools import partial")


class ResourceCalls(ABC):
    """The part of a call's translation that replaces hooks and messages."""

    context: TaskContext
    facts: CallableFacts
    edits: list[SourceEdit]
    added: dict[str, Expr]
    kwargs: dict[str, Expr]
    computes_connection = False
    """Whether the code asks for a connection whose id is told by an argument or attribute."""

    @abstractmethod
    def _given(self, value: Value) -> Value: ...

    @abstractmethod
    def _cannot(self, use: ContextUse) -> Untranslatable: ...

    @abstractmethod
    def _unique(self, wish: str) -> str: ...

    def _hook(self, use: ContextUse) -> None:
        """Puts a resource in the place of a hook: a parameter in the task's own function, else one made on the spot."""
        hook, arguments = HOOKS[use.name], use.detail["arguments"]
        given = next((arguments[name] for name in hook.connection if arguments.get(name) is not None), None)
        connection = hook.default_connection if given is None else self._given(given)
        alone = use.own or self.facts.instance is not None
        if not isinstance(connection, str) or (not alone and connection != (given or hook.default_connection)):
            # Which one it is depends on who calls.
            if not isinstance(use.detail["class"], Span):
                raise self._cannot(use)
            if known := id_by_default(connection):
                self.context.connection_setting(known)
            self.edits.append(SourceEdit(use.detail["class"], Helper(use.name, hook_classes.MODULE)))
            return
        resource = self.context.resource(connection, hook.kind, hook.system)
        methods = [call.method for call in use.detail["calls"]]
        self.context.use_methods(resource, (name for method in methods for name in (method.name, *method.needs)))
        if not use.own:
            self.edits.append(SourceEdit(use.span, self.context.made_on_the_spot(resource)))
        else:
            computed = not (isinstance(given, str) or given is None)
            self._resource_parameter(use, ResourceValue(resource), self._wish(use, hook) if computed else resource)
        for call in use.detail["calls"]:
            self._method(hook, call, arguments)

    def _wish(self, use: ContextUse, hook: Hook) -> str:
        """What a resource is called of which the task tells the connection: where the code makes several such hooks, as it calls them."""
        hooks = [one for one in self.facts.context_uses if one.kind == "hook" and one.own and one.name in HOOKS]
        several = any(one.detail["arguments"] != use.detail["arguments"] for one in hooks)
        name = use.assigned.name.removesuffix("hook").strip("_") if use.assigned is not None else ""
        return name if several and name else hook.kind

    def _hook_object(self, use: ContextUse) -> None:
        """Has a hook that goes on somewhere be one of the project's own class of that name."""
        if known := id_by_default(self._given(use.detail["conn_id"])):
            self.context.connection_setting(known)
        self.edits.append(SourceEdit(use.span, use.detail["text"]))

    def _connection(self, use: ContextUse) -> None:
        if known := id_by_default(self._given(use.detail.get("conn_id"))):
            self.context.connection_setting(known)
        else:
            self.computes_connection = True
        self.edits.append(SourceEdit(use.span, ConnectionFunction()))

    def note_connections(self) -> None:
        """Lists the environment variables of the connections that code names which makes hooks, or asks for connections by computed ids."""
        helpers = (edit.expression for edit in self.edits)
        makes_hooks = any(isinstance(one, Helper) and one.module == hook_classes.MODULE for one in helpers)
        closure, sources = self.facts.closure, self.context.project.sources
        texts = [sources[piece.span.file].cut(piece.span) for piece in closure.pieces]
        texts += [sources[file].text for file in closure.local_modules]
        names = connections_of_hooks(texts, self.kwargs)
        if makes_hooks or self.computes_connection:
            names = names.union(*map(connections_named, texts))
        for name in sorted(names):
            self.context.connection_setting(name)

    def _message(self, use: ContextUse) -> None:
        """Has a resource send what an operator that the code executes itself, or a function of Airflow, would send."""
        message, detail = MESSAGES[str(use.detail["message"])], use.detail
        connection = message.default_connection if detail["connection"] is None else self._given(detail["connection"])
        if not isinstance(connection, str) or not connection:
            raise self._cannot(use)
        resource = self.context.resource(connection, message.kind, message.system)
        self.context.use_methods(resource, (message.method,))
        for argument in detail["beside"]:
            self.context.note(f"{BESIDE}{argument} of {use.name}")
        if any(message.otherwise):
            self.context.note(f"{OTHERWISE}{detail['message']}")
        sender: Expr
        if use.own:
            sender = InputValue(self._resource_name(ResourceValue(resource), resource))
        else:
            sender = self.context.made_on_the_spot(resource)
        holder, method = detail["holder"], ResourceCall(sender, message.method)
        if detail["at_once"] is not None:
            place, text, line = detail["at_once"]
            self.edits += [SourceEdit(use.span, method), SourceEdit(place, OtherName(text))]
            self.edits += [SourceEdit(run, OtherName(holder)) for run in detail["runs"] if line is None]
            self.edits += [SourceEdit(line, remove=True)] if line is not None else []
        elif detail["partial"] is not None:
            before, opening = detail["partial"]
            self.edits += [SourceEdit(before, _PARTIAL), SourceEdit(use.span, method)]
            self.edits += [SourceEdit(opening, OtherName(", "))]
            self.edits += [SourceEdit(run, OtherName(f"{holder}()")) for run in detail["runs"]]
        else:
            self.edits.append(SourceEdit(use.span, OtherName("dict") if holder else method))
            self.edits += [SourceEdit(run, ResourceCall(sender, message.method, holder)) for run in detail["runs"]]
        self.edits += [SourceEdit(span, OtherName(name, keyword=bool(name))) for span, name in detail["names"]]
        self.edits += [SourceEdit(span, OtherName("")) for span in (*detail["cuts"], *filter(None, [detail["tail"]]))]
        self.edits += [SourceEdit(span, remove=True) for span in detail["dead"]]

    def _resource_name(self, value: ResourceValue, wish: str, is_free: bool = False) -> str:
        """The parameter by which the function gets a resource; `is_free` where the name wished for is that of the variable in whose place it is."""
        name = next((name for name, known in self.added.items() if known == value), "")
        if not name:
            name = wish if is_free and wish not in {*self.added, *RESERVED} else self._unique(wish)
            self.added[name] = value
        return name

    def _resource_parameter(self, use: ContextUse, value: ResourceValue, wish: str) -> None:
        assigned, reads = use.assigned, use.detail["reads"]
        is_free = assigned is not None and assigned.removable and assigned.name == wish and bool(reads)
        name = self._resource_name(value, wish, is_free)
        if assigned is None or not assigned.removable or not reads:
            self.edits.append(SourceEdit(use.span, InputValue(name)))
            return
        self.edits.append(SourceEdit(assigned.span, remove=True))
        self.edits += [SourceEdit(read, InputValue(name)) for read in reads]

    def _method(self, hook: Hook, call: HookCall, made_with: Mapping[str, Value]) -> None:
        """Another name for a method and for its arguments."""
        if call.method.attribute or call.method.name != call.name:
            self.edits.append(SourceEdit(call.span, OtherName(call.method.name)))
        for name, default in hook.handed_on.items():
            handed = OtherName(name, True, True, self._given(made_with.get(name, default)), more=call.more)
            self.edits.append(SourceEdit(call.inside, handed))
        self.edits += [SourceEdit(span, OtherName(name, keyword=bool(name))) for span, name in call.renamed]
        self.edits += [SourceEdit(span, OtherName("")) for span in call.cuts]

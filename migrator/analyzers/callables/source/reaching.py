"""What of the folder's other modules a callable's code leads to by names: definitions and statements, and through them others.

In: the statements that a callable needs of its own module. Out: those that it may reach in modules that are carried whole, so that what the rest of them
does is not taken for what the callable does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from migrator.analyzers.callables.facts import ContextUse
from migrator.analyzers.callables.source.filling import fillings
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.process import changes
from migrator.analyzers.callables.source.scopes import Binding
from migrator.analyzers.callables.source.tree import descend
from migrator.model.changed import replace
from migrator.model.source import Span

MAX_UNITS = 2_000
"""Where more would be followed, all counts as reached."""


_SKIP = "AirflowSkipException"


def with_reached(
    workspace: Workspace, module: ModuleInfo, pieces: Iterable[cst.CSTNode], uses: Iterable[ContextUse]
) -> list[ContextUse]:
    """The uses of a callable; of those by which code of other modules skips a task, it is said whether the callable leads there."""
    uses = list(uses)
    elsewhere = [use for use in uses if use.kind == "exception" and use.name == _SKIP and use.span.file != module.file]
    if not elsewhere:
        return uses
    reached = Reached(workspace, module, pieces)
    return [
        replace(use, detail={**use.detail, "form": "elsewhere"})
        if use in elsewhere and not reached.holds(use.span)
        else use
        for use in uses
    ]


class Reached:
    """The places that code leads to."""

    def __init__(self, workspace: Workspace, module: ModuleInfo, pieces: Iterable[cst.CSTNode]) -> None:
        self.workspace = workspace
        self._found: dict[str, list[Span]] = {}
        """The statements by file."""
        self._all = False
        self._follow([(module, piece) for piece in pieces])

    def holds(self, place: Span) -> bool:
        """Whether a place stands in what is reached."""
        spans = self._found.get(place.file, ())
        return self._all or any(span.start <= place.start and place.end <= span.end for span in spans)

    def _follow(self, queue: list[tuple[ModuleInfo, cst.CSTNode]]) -> None:
        seen = set(queue)
        while queue:
            module, unit = queue.pop()
            self._found.setdefault(module.file, []).append(module.span(unit))
            for found in self._led_to(module, unit):
                if found not in seen:
                    seen.add(found)
                    queue.append(found)
            if len(seen) > MAX_UNITS:
                self._all = True
                return

    def _led_to(self, module: ModuleInfo, unit: cst.CSTNode) -> Iterator[tuple[ModuleInfo, cst.CSTNode]]:
        table = module.table
        members = {node.attr.value for node in descend(unit) if type(node) is cst.Attribute}
        bound = [binding for read in table.reads_in(unit) for binding in table.bindings_of(read)]
        bound += [binding for bindings in table.imports_in(unit) for binding in bindings]
        for binding in dict.fromkeys(bound):
            if binding.target is None:
                yield from self._binding(module, binding)
                continue
            other = self.workspace.find(module.file, binding.target)
            names = {*members, *([binding.target.name] if binding.target.name else [])}
            if other is not None:
                for name in names & other.table.module.bindings.keys():
                    yield from self._named(other, name)
        stars = table.module.bindings.get("*", ())
        self._all |= any(one.target is not None and self.workspace.find(module.file, one.target) for one in stars)

    def _named(self, module: ModuleInfo, name: str) -> Iterator[tuple[ModuleInfo, cst.CSTNode]]:
        """What the top of a module has under a name: a definition, a value with all that fills it, or something of another module."""
        for binding in module.table.module.bindings.get(name, ()):
            other = self.workspace.find(module.file, binding.target) if binding.target is not None else None
            if other is not None and binding.target is not None and binding.target.name is not None:
                yield from self._named(other, binding.target.name) if other is not module else ()
            elif binding.target is None:
                yield from self._binding(module, binding)

    def _binding(self, module: ModuleInfo, binding: Binding) -> Iterator[tuple[ModuleInfo, cst.CSTNode]]:
        scope = module.table.module
        bindings = scope.bindings.get(binding.name, [])
        if binding not in bindings:
            return
        for one in (
            *bindings,
            *changes(module, scope, binding.name, bindings),
            *fillings(module, binding.name, bindings),
        ):
            if one.unit is not None:
                yield module, one.unit

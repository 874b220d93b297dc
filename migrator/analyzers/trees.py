"""Syntax trees, parsed once for all analyses that look at a file.

In: a `SourceFile`. Out: its `Tree`, or the diagnostic that says why there is none. A tree of libcst takes some hundred times the memory of its
text, so only so many are kept: the ones that were asked for last.
"""

from __future__ import annotations

import ast
import gc
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from migrator.analyzers.parsing import parse_module
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.positions import Positions

T = TypeVar("T")

MAX_CHARACTERS = 1_000_000
"""Text whose trees are kept, some 130 MB of memory; a larger file alone is kept, too."""


class Tree:
    """One parsed file. `facts` keeps what was found out about the tree alone (see `fact`)."""

    __slots__ = ("_facts", "_positions", "module", "source")

    def __init__(self, source: SourceFile, module: cst.Module) -> None:
        self.source, self.module = source, module
        self._positions: Positions | None = None
        self._facts: dict[object, Any] = {}

    @property
    def positions(self) -> Positions:
        """Positions of its nodes, computed when they are first asked for. RecursionError if it is nested too deeply."""
        if self._positions is None:
            from migrator.analyzers.light import LightModule
            from migrator.analyzers.positions import positions

            module = self.module
            self._positions = module.places if isinstance(module, LightModule) else positions(module)
        return self._positions

    @property
    def python(self) -> ast.Module | None:
        """The tree of Python's own parser, where it is at hand: see `Trees`."""
        return getattr(self.module, "python", None)

    def fact(self, key: object, find: Callable[[], T]) -> T:
        """What `find` returns, which must depend on this tree alone; kept under the key."""
        if key not in self._facts:
            self._facts[key] = find()
        found: T = self._facts[key]
        return found


class Trees:
    """The trees that were asked for last, by path. With `keeps_python` those of Python's own parser are kept with them, until `let_go`."""

    def __init__(self, max_characters: int = MAX_CHARACTERS, *, keeps_python: bool = False) -> None:
        self._max_characters, self._keeps_python = max_characters, keeps_python
        self._kept: OrderedDict[str, Tree | Diagnostic] = OrderedDict()
        self._characters = 0
        self._new: dict[str, cst.Module] = {}

    def tree(self, source: SourceFile) -> Tree | Diagnostic:
        """The tree of a file; MIG003, MIG004 or MIG006 where it cannot be parsed."""
        known = self._kept.get(source.path)
        if known is not None and (isinstance(known, Diagnostic) or known.source == source):
            self._kept.move_to_end(source.path)
            return known
        parsed = parse_module(source)
        settle()
        found = parsed if isinstance(parsed, Diagnostic) else Tree(source, parsed)
        if isinstance(found, Tree) and found.python is not None:
            self._new[source.path] = found.module
            if not self._keeps_python:
                self.let_go()
        self._keep(source.path, found)
        return found

    def known(self, path: str) -> Tree | None:
        """The tree of a file that is kept already."""
        found = self._kept.get(path)
        return found if isinstance(found, Tree) else None

    def let_go(self) -> None:
        """Drops the trees of Python's own parser, which a file's analysis needs at its beginning only."""
        for module in self._new.values():
            object.__setattr__(module, "python", None)
        self._new.clear()

    def _keep(self, path: str, found: Tree | Diagnostic) -> None:
        self._characters += _size(found) - _size(self._kept.pop(path, None))
        self._kept[path] = found
        while self._characters > self._max_characters and len(self._kept) > 1:
            path, dropped = self._kept.popitem(last=False)
            self._new.pop(path, None)
            self._characters -= _size(dropped)


def _size(kept: Tree | Diagnostic | None) -> int:
    return len(kept.source.text) if isinstance(kept, Tree) else 0


@contextmanager
def rare_collection() -> Iterator[None]:
    """Inside, the garbage collector looks for cycles some hundred times less often: trees have none, and it would walk all of them each time."""
    before = gc.get_threshold()
    gc.set_threshold(300_000, 50, 1_000)
    try:
        yield
    finally:
        settle()
        gc.set_threshold(*before)


@contextmanager
def frequent_collection() -> Iterator[None]:
    """Inside, the garbage collector looks for cycles so often that it finds them while they are in the processor's cache. For trees whose nodes know
    their parents, like those of sqlglot: each is a cycle."""
    before = gc.get_threshold()
    gc.set_threshold(min(before[0], 3_000), 200, before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def settle(*, leaves_cycles: bool = False) -> None:
    """To be called when a piece of work is done: counts all that is left of it as old.

    The garbage collector hardly looks at old objects, of which there will be many; it would otherwise walk them again and again. What the work
    left behind in cycles is freed first if there may be any (`leaves_cycles`), which takes a walk of everything since the last call.
    """
    if leaves_cycles:
        gc.collect(0)
    gc.freeze()
    gc.unfreeze()

"""What is known of a file of the team's that functions are carried from, before anything of it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrator.analyzers.callables import Closure, Piece
from migrator.model.bodies import SourceEdit


@dataclass
class CarriedFile:
    """What is known of one file that functions are taken from.

    `home`: they go to the module of their DAG (`dag`), to one of their own beside it (`logic`), to `lib`, or are
    imported from the file, which is carried `whole`.
    """

    path: str
    dags: set[str] = field(default_factory=set)
    edits: dict[tuple[int, int], SourceEdit] = field(default_factory=dict)
    closures: list[Closure] = field(default_factory=list)
    cuts: list[tuple[Closure, tuple[SourceEdit, ...]]] = field(default_factory=list)
    """Of each call: the methods of its class that it does not need."""
    changed: bool = False
    reads: frozenset[str] | None = None
    """Names that what is carried of it reads; None as long as nobody asked."""
    home: str = ""
    stem: str = ""

    def cut_unneeded(self) -> None:
        """Leaves out the methods of classes that no call needs."""
        for edit in {edit for _, cuts in self.cuts for edit in cuts}:
            holding = [cuts for closure, cuts in self.cuts if any(_covers(piece, edit) for piece in closure.pieces)]
            if all(edit in cuts for cuts in holding):
                self.edits[edit.span.start, edit.span.end] = edit


def _covers(piece: Piece, edit: SourceEdit) -> bool:
    return piece.span.start <= edit.span.start and edit.span.end <= piece.span.end

"""Names that all DAGs of a project share."""

from __future__ import annotations

from collections import defaultdict

from migrator.planning.naming.identifiers import unique


class SharedNames:
    """Names that are one for the whole project (of resources and environment variables): never one for two things."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, ...], str] = {}
        self._taken: dict[str, set[str]] = defaultdict(set)
        self._of_some_kind: set[tuple[str, ...]] = set()
        self._agreed: dict[tuple[str, ...], object] = {}

    def agree(self, thing: tuple[str, ...], form: object) -> bool:
        """Whether all who asked so far want the thing in this form."""
        return self._agreed.setdefault(thing, form) == form

    def name(self, space: str, wish: str, *thing: str, other: str = "") -> str:
        """The name of a thing in a name space: the wish, or numbered where another thing has that. A thing of several kinds (its last word) has
        `other` for all but the first."""
        place = (space, *thing)
        known = self._given.get(place)
        if known is None:
            taken = self._taken[space]
            wish = other if other and place[:-1] in self._of_some_kind else wish
            known = self._given[place] = unique(wish, taken)
            taken.add(known)
            self._of_some_kind.add(place[:-1])
        return known

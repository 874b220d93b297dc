"""Dictionaries of which only some members are known: `{**os.environ, "MODE": "full"}`.

Comes in: the mappings that one is put together of, in their order. Goes out: a dictionary of what is known, which also keeps what it was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.analyzers.interpreter.values import External


class OpenDict(dict[Any, Any]):
    """A dictionary that has more members than those that are known.

    `base` are the mappings up to the last one that is not known. Its own members are all that are known, also those that may be others in truth.
    """

    def __init__(self, base: list[Any], known: Mapping[Any, Any]) -> None:
        super().__init__(known)
        self.base = base

    def copy(self) -> OpenDict:
        return OpenDict(list(self.base), self)

    def put_before(self, known: dict[Any, Any]) -> None:
        """Takes members that it has unless the mappings that are not known have others."""
        self.base.insert(0, known)

    def put_after(self, mapping: Any) -> None:
        """Takes the members of a mapping that is not known."""
        self.base = [*self.parts, mapping]

    @property
    def parts(self) -> list[Any]:
        """The mappings that it is put together of now: what was set since it was made is the last."""
        before: dict[Any, Any] = {}
        for part in self.base:
            before.update(part if isinstance(part, dict) else {})
        rest = {key: value for key, value in self.items() if key not in before or value is not before[key]}
        return [*self.base, rest] if rest else self.base

    @property
    def rest(self) -> Any:
        """What has all members that are not among its own; None where that may be one of several."""
        unknown = [part for part in self.base if not isinstance(part, dict)]
        return unknown[0] if len(unknown) == 1 else None


def is_environment(value: Any) -> bool:
    """Whether a value is `os.environ`."""
    return isinstance(value, External) and value.path == "os.environ"


def merged(parts: Iterable[Any]) -> dict[Any, Any]:
    """The dictionary of several mappings, the later ones over the earlier, some of which may be no dictionary that is known."""
    flat: list[Any] = []
    known: dict[Any, Any] = {}
    last = 0
    for part in parts:
        for piece in part.parts if isinstance(part, OpenDict) else (part,):
            flat.append(dict(piece) if isinstance(piece, dict) else piece)
            if isinstance(piece, dict):
                known.update(piece)
            else:
                last = len(flat)
    return OpenDict(flat[:last], known) if last else known

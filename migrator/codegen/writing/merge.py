"""Three-way merge of text: what a person edited, and what is generated now, against what was generated before.

By lines, as `diff3` and git do: a change on one side alone is taken, the same change on both sides once, different changes of the same place are a
conflict that stands in the text between markers, with all three versions. Nothing of either side is ever dropped.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from migrator.model.frozen import dataclass
from migrator.model.source import lines_of

MINE, BASE, SEPARATOR, THEIRS = (
    "<<<<<<< edited",
    "||||||| generated before",
    "=======",
    ">>>>>>> generated now",
)
_MARKED = re.compile(r"^<{7} .*\n(?s:.*?)^={7}\r?$(?s:.*?)^>{7} ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged text, and the number of places in it that are left to a person."""

    text: str
    conflicts: int


def merge(base: str, mine: str, theirs: str) -> Merge:
    """`mine` and `theirs` in one, both made from `base`."""
    old, edited, new = (lines_of(text) for text in (base, mine, theirs))
    lines: list[str] = []
    conflicts = 0
    at = (0, 0, 0)
    for start, end, in_edited, in_new in _common(old, edited, new):
        chunk, clean = _resolve(old[at[0] : start], edited[at[1] : in_edited], new[at[2] : in_new])
        lines += chunk
        lines += old[start:end]
        conflicts += not clean
        length = end - start
        at = (end, in_edited + length, in_new + length)
    return Merge("".join(lines), conflicts)


def has_conflict(text: str) -> bool:
    """Whether markers of a merge stand in the text: of ours, or of git, where branches of the project met."""
    return _MARKED.search(text) is not None


def _common(old: list[str], edited: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """What all three have in common, in order: start and end in `old`, start in `edited`, start in `new`. The last one is empty, at the end."""
    left = difflib.SequenceMatcher(None, old, edited, autojunk=False).get_matching_blocks()
    right = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].a, right[j].a)
        ends = left[i].a + left[i].size, right[j].a + right[j].size
        if start < min(ends):
            yield start, min(ends), left[i].b + start - left[i].a, right[j].b + start - right[j].a
        if ends[0] <= ends[1]:
            i += 1
        else:
            j += 1
    yield len(old), len(old), len(edited), len(new)


def _resolve(old: list[str], edited: list[str], new: list[str]) -> tuple[list[str], bool]:
    """The lines between two common parts, and whether it was clear which."""
    if edited in (old, new):
        return new, True
    if new == old:
        return edited, True
    head = _shared(edited, new)
    tail = _shared(edited[head:][::-1], new[head:][::-1])
    mine, theirs = edited[head : len(edited) - tail], new[head : len(new) - tail]
    marked = [
        *edited[:head],
        f"{MINE}\n",
        *_ended(mine),
        f"{BASE}\n",
        *_ended(old),
        f"{SEPARATOR}\n",
        *_ended(theirs),
        f"{THEIRS}\n",
        *edited[len(edited) - tail :],
    ]
    return marked, False


def _shared(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _ended(lines: list[str]) -> list[str]:
    """The lines, the last one ended, so that a marker after it stands on a line of its own."""
    return [*lines[:-1], lines[-1] if lines[-1].endswith("\n") else f"{lines[-1]}\n"] if lines else []

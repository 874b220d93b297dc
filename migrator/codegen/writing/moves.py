"""Which files are others under a new name, told by what they hold, as git tells it.

A person moves a generated file, or a DAG gets another id: what was edited, and what changed in the DAGs, still meets in one file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

_ALIKE, _ALIKE_ELSEWHERE = 0.6, 0.8
"""The share of lines that two files have in common if they are one: of the same name or in the same folder, and of neither."""
_MOST_PAIRS = 250_000
"""More pairs than this are not compared, so that moving a whole project costs no minutes."""
_LEFT_ALONE = {".git", ".migrator", ".venv", "venv", "node_modules", "__pycache__"}


def renamed(gone: Mapping[str, str], come: Mapping[str, str]) -> dict[str, str]:
    """The paths of files that are `gone` with the path where each is now, of those that have `come` (path to text); the most alike first, each once."""
    if len(gone) * len(come) > _MOST_PAIRS:
        return {}
    before = {path: _lines(text) for path, text in gone.items()}
    after = {path: _lines(text) for path, text in come.items()}
    pairs = []
    for old, old_lines in before.items():
        for new, new_lines in after.items():
            if PurePosixPath(old).suffix != PurePosixPath(new).suffix:
                continue
            alike = _alike(old_lines, new_lines)
            if alike >= (_ALIKE if _is_near(old, new) else _ALIKE_ELSEWHERE):
                pairs.append((-alike, old, new))
    found: dict[str, str] = {}
    for _, old, new in sorted(pairs):
        if old not in found and new not in found.values():
            found[old] = new
    return found


def files_of_people(out: Path, known: Collection[str], gone: Mapping[str, str]) -> dict[str, str]:
    """The files of a project that were not generated (by any name in `known`), where one that is `gone` may be now: path to text.

    Looked at are files of the same kind below the same first folder; files at the top of the project are none that move.
    """
    kinds = {(parts[0], PurePosixPath(path).suffix) for path in gone if len(parts := PurePosixPath(path).parts) > 1}
    found = {}
    for top in sorted({top for top, _ in kinds}):
        for place in sorted(out.joinpath(top).rglob("*")):
            path = place.relative_to(out).as_posix()
            if path in known or (top, place.suffix) not in kinds or _LEFT_ALONE.intersection(place.parts):
                continue
            try:
                found[path] = place.read_bytes().decode("utf-8").replace("\r\n", "\n")
            except (OSError, UnicodeDecodeError):
                continue
    return found


def _lines(text: str) -> Counter[str]:
    return Counter(line for line in map(str.strip, text.splitlines()) if line)


def _alike(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _is_near(one: str, other: str) -> bool:
    left, right = PurePosixPath(one), PurePosixPath(other)
    return left.name == right.name or left.parent == right.parent

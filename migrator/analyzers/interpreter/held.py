"""What lists and the like at the top of a file hold once the file has been read, where functions or blocks fill them on the way.

In: the module of a file as it was evaluated. Out: the values that can be written down, by name. Which of them code may be given instead of what fills
them is for others to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.analyzers.interpreter.freeze import Freezer
from migrator.model.values import Value, is_known, walk

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine
    from migrator.analyzers.interpreter.values import LoadedModule

_CONTAINERS = (dict, list, set)
_PLAIN = (bool, bytes, dict, float, frozenset, int, list, set, str, tuple, type(None))
_MAX_PARTS = 500
"""What holds more is data, which is not written into code."""


def held_values(machine: Machine, module: LoadedModule) -> dict[str, Value]:
    """The plain values of names that indented code of the file may change."""
    found = {}
    for name, value in module.globals.items():
        if type(value) not in _CONTAINERS or not value or not _is_filled(name, module.text):
            continue
        held = Freezer(machine).value(value)
        parts = list(walk(held))
        if is_known(held) and len(parts) <= _MAX_PARTS and all(type(part) in _PLAIN for part in parts):
            found[name] = held
    return found


def _is_filled(name: str, text: str) -> bool:
    return re.search(rf"^[ \t]+{re.escape(name)}(?:\[|\.\w|[ \t]*[|+]=)", text, re.MULTILINE) is not None

"""What lists and the like at the top of files hold once a DAG file has been read: values that functions or blocks fill in on the way, or loop over
to pull what other DAGs left, and functions.

In: modules as they were evaluated. Out: the values that can be written down, and the functions, by name. Which values code may be given instead of what
fills them is for others to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.analyzers.interpreter.freeze import Freezer
from migrator.analyzers.interpreter.values import Function
from migrator.model.values import CallableValue, Value, is_known, walk

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine
    from migrator.analyzers.interpreter.values import LoadedModule

_CONTAINERS = (dict, list, set)
_PLAIN = (bool, bytes, dict, float, frozenset, int, list, set, str, tuple, type(None))
_MAX_PARTS = 500
"""What holds more is data, which is not written into code."""
_MAX_FUNCTIONS = 50


def held_values(machine: Machine, module: LoadedModule) -> dict[str, Value]:
    """The plain values of names that indented code of the file may change, or take the ids of DAGs from; none where the settings of the analysis told
    some of what the code asked for, which is not to be written down."""
    found: dict[str, Value] = {}
    if machine.was_told:
        return found
    # The text is searched once, however many names there are.
    wanted = _filled(module.text) | _looped(module.text)
    for name, value in module.globals.items():
        if type(value) not in _CONTAINERS or not value or name not in wanted:
            continue
        held = Freezer(machine).value(value)
        parts = list(walk(held))
        if is_known(held) and len(parts) <= _MAX_PARTS and all(type(part) in _PLAIN for part in parts):
            found[name] = held
    return found


def registries(machine: Machine) -> dict[str, dict[str, tuple[CallableValue, ...]]]:
    """By file and name: the functions of the dictionaries and lists that hold nothing else."""
    found: dict[str, dict[str, tuple[CallableValue, ...]]] = {}
    for module in machine.modules.loaded():
        for name, value in module.globals.items() if not module.is_library else ():
            parts = [*value.values()] if type(value) is dict else value if type(value) is list else []
            if not 0 < len(parts) <= _MAX_FUNCTIONS or not all(type(part) is Function for part in parts):
                continue
            functions = [Freezer(machine).callable(part) for part in parts]
            known = tuple(one for one in functions if one is not None)
            if len(known) == len(parts):
                found.setdefault(module.file, {})[name] = known
    return found


_FILLED = re.compile(r"^[ \t]+(\w+)(?:\[|\.\w|[ \t]*[|+]=)", re.MULTILINE)
_LOOP, _LOOPED = re.compile(r"\bfor\b([^\n]+)"), re.compile(r"\bin (\w+)\b")


def _filled(text: str) -> set[str]:
    return {found[1] for found in _FILLED.finditer(text)}


def _looped(text: str) -> set[str]:
    if "xcom_pull" not in text or "dag_id" not in text:
        return set()
    return {name for loop in _LOOP.finditer(text) for name in _LOOPED.findall(loop[1])}

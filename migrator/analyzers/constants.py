"""Names of modules that keep a value which is not known: one value for the whole deployment, so that names that hold it mean one thing.

Comes in: a module's file, a name of its top level, the code that computes the value. Goes out: a symbolic value that says where it is kept, which
is shown as `{const:module.NAME}`. A value that differs from run to run (a clock, a random number) gets none.
"""

from __future__ import annotations

import re

from migrator.model.changed import replace
from migrator.model.values import Symbolic, is_outside

_PASSING = re.compile(r"now|today|time|date|uuid|random|secrets|token|temp|getpid|hostname", re.IGNORECASE)
"""Words of code whose result is another one each time."""


def kept(value: Symbolic, file: str, name: str, source: str) -> Symbolic:
    """The value as what a module keeps under that name; as it is where it is not the same each time."""
    if value.kind != "unknown" or value.name or _PASSING.search(source):
        return value
    return replace(value, name=module_of(file), path=(name,))


def outside(path: str) -> Symbolic | None:
    """What a name of a library that is not in the folder stands for where a text is wanted; None for names of Python's own and of Airflow."""
    *module, name = path.split(".")
    if not module or not is_outside(module[0]):
        return None
    above = 2 if len(module) > 1 and not name.isupper() else 1  # `settings.bucket` is a member of what the module keeps
    return Symbolic("unknown", path, name=".".join(path.split(".")[:-above]), path=tuple(path.split(".")[-above:]))


def without(text: str) -> str:
    """A text in which what modules keep is not told apart: for the ids of DAGs and tasks, which a person has to read."""
    return re.sub(r"\{const:[^{}]*\}", "{?}", text)


def module_of(file: str) -> str:
    """The module of a file of the folder, dotted."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def member(value: Symbolic, key: object, source: str) -> Symbolic | None:
    """A member of a value that is not known; None where it says nothing of its own."""
    named = value.kind == "unknown" and value.name
    if (
        not isinstance(key, (str, int))
        or isinstance(key, bool)
        or not (named or (value.kind == "variable" and value.is_json))
    ):
        return None
    return replace(
        value,
        source=source[:200],
        path=(*value.path, key),
        default=None,
        has_default=False,
        is_json=value.is_json,
        choice=None,
        parts=(),
        made=None,
    )

"""Values that the team's own code has under a name already.

Comes in: a module with the code that was carried over into it, and values. Goes out: the name of a constant that holds just these.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from migrator.codegen.python.module import Module

_CHANGES = "append|clear|extend|insert|pop|popitem|remove|reverse|setdefault|sort|update"


def named_list(module: Module, values: Sequence[Any]) -> str | None:
    """The constant whose members (the keys of a dictionary) are the values, in their order; None where there is none. Only of texts: that
    numbers are the same says little.
    """
    if not module.carried or not all(isinstance(value, str) for value in values):
        return None
    text = "\n".join(module.carried.values())
    for name, members in _constants(module.carried.values()):
        if members == list(values) and not _is_changed(name, text):
            return name
    return None


def _constants(texts: Iterable[str]) -> Iterator[tuple[str, list[Any]]]:
    for text in texts:
        try:
            statements = ast.parse(text).body
        except SyntaxError:
            continue
        for statement in statements:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
            value = getattr(statement, "value", None)
            if not isinstance(target, ast.Name) or not isinstance(value, (ast.List, ast.Tuple, ast.Dict)):
                continue
            try:
                yield target.id, list(ast.literal_eval(value))
            except ValueError:
                continue


def _is_changed(name: str, text: str) -> bool:
    """Whether code might change what the constant holds, or bind it anew."""
    again = rf"(?m)^\s*{name}\s*(?::[^=\n]+)?=(?!=)"
    change = rf"\b{name}\.(?:{_CHANGES})\(|\b{name}\[[^\]\n]*\]\s*[-+|*]?=(?!=)|\b{name}\s*[-+|*]=|\bdel {name}\b|\bglobal [\w, ]*\b{name}\b"
    return len(re.findall(again, text)) > 1 or re.search(change, text) is not None

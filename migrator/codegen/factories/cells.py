"""What stands in a table of rows: its columns, and how code takes a value from a row."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from typing import Any

from migrator.codegen.factories.unify import Source
from migrator.codegen.python.serialize import literal
from migrator.codegen.render.many import short_keys
from migrator.model.expressions import Expr
from migrator.model.frozen import dataclass

MISSING = object()
ANY = object()
"""Stands for the value of a row that does not have what the hole is in."""
_PARTITIONS = re.compile(r"dg\.\w+PartitionsDefinition")


@dataclass(frozen=True)
class Column:
    """`values` are plain, or a `Source`; one for each row."""

    name: str
    values: tuple[Any, ...]

    @property
    def annotation(self) -> str:
        """The type of its values."""
        full = [value for value in self.values if value != {}] or self.values
        found = list(dict.fromkeys(type_of(value) for value in full))
        if len(found) > 1 and all(_PARTITIONS.fullmatch(kind) for kind in found):
            return "dg.TimeWindowPartitionsDefinition"
        if "None" in found:
            found = [*(kind for kind in found if kind != "None"), "None"]
        lists = [kind[5:-1] for kind in found if kind.startswith("list[")]
        if len(lists) > 1:
            inner = list(dict.fromkeys(part for kind in lists for part in kind.split(" | ") if part != "Any"))
            found = [f"list[{' | '.join(inner) or 'Any'}]", *(kind for kind in found if not kind.startswith("list["))]
        if any(kind == "Any" for kind in found):
            return "Any"
        return " | ".join(found)

    @functools.cached_property
    def default(self) -> Any:
        """A value that most rows have and that says that there is nothing; `MISSING` where there is none."""
        empties: tuple[Any, ...] = (None, False, [], {})
        for empty in empties:
            count = sum(type(value) is type(empty) and value == empty for value in self.values)
            if count * 2 >= len(self.values) > count > 0:
                return empty
        return MISSING

    @property
    def has_default(self) -> bool:
        return self.default is not MISSING


@dataclass(frozen=True, slots=True)
class InColumn:
    """The value of a column in the row at hand, or a member of it, maybe in another spelling (`upper`, `lower`, `removesuffix('.sql')`)."""

    column: str
    method: str = ""
    key: str | int = ""


@dataclass(frozen=True, slots=True)
class InCode:
    """Source with expressions in it."""

    parts: tuple[str | Expr, ...]


def type_of(value: Any) -> str:
    """The annotation of a value."""
    if value is None:
        return "None"
    if isinstance(value, Source):
        return _source_type(value.text)
    if isinstance(value, (list, tuple)):
        kinds = list(dict.fromkeys(type_of(item) for item in value))
        return f"list[{' | '.join(kinds) if kinds and 'Any' not in kinds else 'Any'}]"
    if isinstance(value, Mapping):
        kinds = list(dict.fromkeys(type_of(item) for item in value.values()))
        return f"dict[str, {kinds[0] if len(kinds) == 1 else 'Any'}]"
    if isinstance(value, (set, frozenset)):
        kinds = sorted({type_of(item) for item in value})
        return f"set[{' | '.join(kinds)}]"
    return type(value).__name__


def _source_type(text: str) -> str:
    """The type of an expression in generated code, where it is a call of a class."""
    node = ast.parse(text, mode="eval").body
    if isinstance(node, ast.List):
        kinds = {_source_type(ast.unparse(item)) for item in node.elts}
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else "list[Any]"
    if isinstance(node, ast.Dict):
        return "dict[str, Any]"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return "Path"
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return called if called.rpartition(".")[2][:1].isupper() or called.startswith("dt.") else "Any"
    return "Any"


def value_text(value: Any) -> str:
    """The source of a value in a row."""
    return (
        short_keys(value.text)
        if isinstance(value, Source)
        else literal(list(value) if isinstance(value, tuple) else value)
    )

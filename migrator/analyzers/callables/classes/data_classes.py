"""Classes of data (`@dataclass`): their fields, which are what an object of one is made with."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.tree import statements
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """`line` is where it stands."""

    name: str
    line: cst.SimpleStatementLine
    has_default: bool


def fields_of(module: ModuleInfo, cls: cst.ClassDef) -> list[Field]:
    """The fields of a class of data in their order; none for any other class."""
    decorators = [one.decorator for one in cls.decorators]
    called = [one.func if isinstance(one, cst.Call) else one for one in decorators]
    if [module.qualified(one) for one in called] != ["dataclasses.dataclass"]:
        return []
    found: list[Field] = []
    for line in statements(cls.body):
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
            assert isinstance(line, cst.SimpleStatementLine)
            found.append(Field(small.target.value, line, small.value is not None))
    return found

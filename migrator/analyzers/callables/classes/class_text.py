"""Places in the text of classes and functions where something can be put in."""

from __future__ import annotations

from typing import Any

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.tree import statements
from migrator.model.source import Span


def first_place(module: ModuleInfo, node: cst.ClassDef | cst.FunctionDef) -> Span:
    """In front of the first statement of a class or function that is no docstring."""
    body = statements(node.body)
    first = body[0]
    small = first.body[0] if type(first) is cst.SimpleStatementLine else None
    text = small.value if type(small) is cst.Expr else None
    if isinstance(text, (cst.SimpleString, cst.ConcatenatedString)) and len(body) > 1:
        first = body[1]
    start = module.line_start(module.places.offsets(first)[0])
    return module.between(start, start)


def margin_of(module: ModuleInfo, node: cst.ClassDef | cst.FunctionDef) -> str:
    """The white space in front of the statements of a class or function."""
    start = module.places.offsets(statements(node.body)[0])[0]
    return module.source.text[module.line_start(start) : start]


def first_of(module: ModuleInfo, method: cst.FunctionDef) -> dict[str, Any]:
    """Where attributes of the object can be set in a method (`body`, with its `margin`), and by which `name` it goes there."""
    first = [*method.params.posonly_params, *method.params.params][:1]
    name = first[0].name.value if first else ""
    if type(method.body) is not cst.IndentedBlock:
        return {"name": name}
    return {"body": first_place(module, method), "margin": margin_of(module, method), "name": name}

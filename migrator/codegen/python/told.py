"""Values that are told when the code runs, as source: picked among others (`{"dev": "a", "prod": "b"}[os.environ["ENV"]]`), computed
(`int(os.environ["N"]) + 1`), and dictionaries put together of others (`{**os.environ, "MODE": "full"}`).

Comes in: the value, and what gives the code of its parts. Goes out: the code of the whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrator.codegen.python.code import Code, joined
from migrator.model.expressions import Merged, Operation, Picked, WholeEnvironment

Told = Merged | Operation | Picked | WholeEnvironment


def told(value: Told, code: Callable[[Any], Code], held: Sequence[tuple[Operation, str]] = ()) -> Code:
    """The code of the value; `code` gives that of its parts. `held` are those that variables hold, with their names."""
    for operation, name in held:
        if operation == value:
            return Code(name)
    if isinstance(value, Picked):
        return _picked(value, code)
    if isinstance(value, Operation):
        return _operation(value, code)
    return _merged(value, code) if isinstance(value, Merged) else Code("dict(os.environ)", frozenset({"import os"}))


def _picked(value: Picked, code: Callable[[Any], Code]) -> Code:
    """The code of the value that the key tells: a condition where there is but one besides the default, else a dictionary's member."""
    key = code(value.key)
    if not value.has_default:
        values = code(value.values)
        return joined(f"{values.operand}[{key.text}]", [values, key])
    default = code(value.default)
    if len(value.values) > 1:
        values = code(value.values)
        return joined(f"{values.operand}.get({key.text}, {default.text})", [values, key, default])
    ((name, item),) = ((code(name), code(item)) for name, item in value.values.items())
    ((_, one),) = value.values.items()
    if isinstance(one, bool) and value.default is (not one):
        return joined(f"{_operand(key)} {'==' if one else '!='} {name.text}", [key, name], simple=False)
    text = f"{_operand(item)} if {_operand(key)} == {name.text} else {_operand(default)}"
    return joined(text, [item, key, name, default], simple=False)


def _merged(value: Merged, code: Callable[[Any], Code]) -> Code:
    """The code of a dictionary with the members of several."""
    rows: list[Code] = []
    for part in value.parts:
        found = code(part)
        if isinstance(part, Mapping) and found.text.startswith("{"):
            rows.append(joined(found.text[1:-1], [found]))
        elif isinstance(part, WholeEnvironment):
            rows.append(Code("**os.environ", found.imports))
        else:
            rows.append(joined(f"**{found.operand}", [found]))
    return joined(f"{{{', '.join(row.text for row in rows)}}}", rows)


def _operation(value: Operation, code: Callable[[Any], Code]) -> Code:
    """The code of a method's or function's call, of an operator between its operands, or of an item or slice of the first."""
    codes = [code(item) for item in value.operands]
    if value.kind == "operator":
        texts = [_operand(one) for one in codes]
        text = f"{value.name} {texts[0]}" if value.name == "not" else f" {value.name} ".join(texts)
        return joined(text, codes, simple=False)
    if value.kind == "attribute":
        return joined(f"{codes[0].operand}.{value.name}", codes)
    if value.kind == "format":
        text = f"format({codes[0].text}, {json.dumps(value.name)})"
        return replace(joined(text, codes), spec=(codes[0].text, value.name))
    if value.kind == "item":
        return joined(f"{codes[0].operand}[{codes[1].text}]", codes)
    if value.kind == "slice":
        bounds = ["" if item is None else one.text for item, one in zip(value.operands[1:], codes[1:], strict=True)]
        text = ":".join(bounds if bounds[2] else bounds[:2])
        return joined(f"{codes[0].operand}[{text}]", codes)
    options = [(name, code(item)) for name, item in value.options.items()]
    own, given = (codes[:1], codes[1:]) if value.kind == "method" else ([_function(value.name)], codes)
    shown = [one.text for one in given] + [f"{name}={one.text}" for name, one in options]
    name = f"{own[0].operand}.{value.name}" if value.kind == "method" else own[0].text
    return joined(f"{name}({', '.join(shown)})", [*own, *given, *(one for _, one in options)])


def _operand(code: Code) -> str:
    """The text beside an operator: a number needs no parentheses there."""
    return code.text if code.text.isdigit() else code.operand


def _function(path: str) -> Code:
    """A function by its qualified name."""
    module, _, name = path.partition(".")
    if module == "builtins":
        return Code(name)
    if module == "datetime":
        return Code(f"dt.{name}", frozenset({"import datetime as dt"}))
    return Code(path, frozenset({f"import {module}"}))

"""Values that are told when the code runs, as source: picked among others (`{"dev": "a", "prod": "b"}[os.environ["ENV"]]`), computed
(`int(os.environ["N"]) + 1`), and dictionaries put together of others (`{**os.environ, "MODE": "full"}`).

Comes in: the value, and what gives the code of its parts. Goes out: the code of the whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from migrator.codegen.python.code import Code, joined
from migrator.model.changed import replace
from migrator.model.expressions import Merged, Operation, Picked, RunDate, WholeEnvironment

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
    if value.kind in ("if", "operator"):
        return joined(_between(value, codes), codes, simple=False)
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
    own, given = ([_function(value.name)], codes) if value.kind == "call" else (codes[:1], codes[1:])
    shown = [one.text for one in given] + [f"{name}={one.text}" for name, one in options]
    name = f"{own[0].operand}.{value.name}" if value.kind == "method" else own[0].operand
    found = joined(f"{name}({', '.join(shown)})", [*own, *given, *(one for _, one in options)])
    pattern = value.operands[1] if (value.kind, value.name, len(value.operands)) == ("method", "strftime", 2) else ""
    printable = isinstance(pattern, str) and "%" in pattern and not _NO_SPEC & set(pattern)
    return replace(found, spec=(own[0].text, pattern)) if printable else found


def _between(value: Operation, codes: list[Code]) -> str:
    """The text of an operator between its operands, of which those in parentheses are that would else belong to others."""
    level = _level(value, Code("", simple=False))
    texts = [
        _in_place(item, one, level, place) for place, (item, one) in enumerate(zip(value.operands, codes, strict=True))
    ]
    if value.kind == "if":
        return f"{texts[0]} if {texts[1]} else {texts[2]}"
    if len(texts) == 1:
        return f"not {texts[0]}" if value.name == "not" else f"{value.name}{texts[0]}"
    return f" {value.name} ".join(texts)


def _in_place(item: Any, code: Code, level: int, place: int) -> str:
    own = _level(item, code)
    if level == 0 and place == len(("one", "test")):
        return code.text
    # Comparisons in a row would be one comparison of three things, and the last power of a row is taken first.
    return (
        code.text if own > level or (own == level and place == 0 and level not in _NEVER_IN_A_ROW) else f"({code.text})"
    )


_COMPARED, _POWER = 4, 8
_NEVER_IN_A_ROW = frozenset({0, _COMPARED, _POWER})
_LEVELS = {
    "or": 1,
    "and": 2,
    "not": 3,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "//": 6,
    "%": 6,
    "**": _POWER,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"), _COMPARED),
}
_HIGHEST = 9
_NO_SPEC = frozenset("\"'{}\\")


def _level(value: Any, code: Code) -> int:
    """How strongly the operator of an expression binds its operands; 0 where that is not known."""
    if isinstance(value, Operation) and value.kind == "operator":
        return 7 if len(value.operands) == 1 and value.name == "-" else _LEVELS.get(value.name, 0)
    if isinstance(value, Operation) and value.kind == "if":
        return 0
    if isinstance(value, RunDate):
        return _HIGHEST if code.simple else _LEVELS["+"]
    return _HIGHEST if code.simple or code.text.isdigit() else 0


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

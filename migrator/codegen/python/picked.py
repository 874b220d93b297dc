"""Values that something picks at run time, as source: `{"dev": "a", "prod": "b"}[os.environ["ENV"]]`. Dictionaries put together of others.

Comes in: the values and their key, and what gives the code of each. Goes out: the code of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from migrator.codegen.python.code import Code, joined
from migrator.model.expressions import Merged, Picked, WholeEnvironment


def picked(value: Picked, code: Callable[[Any], Code]) -> Code:
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
    text = f"{item.operand} if {key.operand} == {name.text} else {default.operand}"
    return joined(text, [item, key, name, default], simple=False)


def merged(value: Merged, code: Callable[[Any], Code]) -> Code:
    """The code of a dictionary with the members of several."""
    environment = Code("**os.environ", frozenset({"import os"}))
    rows: list[Code] = []
    for part in value.parts:
        found = environment if isinstance(part, WholeEnvironment) else code(part)
        if isinstance(part, Mapping) and found.text.startswith("{"):
            rows.append(joined(found.text[1:-1], [found]))
        elif found is environment:
            rows.append(found)
        else:
            rows.append(joined(f"**{found.operand}", [found]))
    return joined(f"{{{', '.join(row.text for row in rows)}}}", rows)

"""Functions of the team's own where they are handed on, not called."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.codegen.python.code import Code, joined
from migrator.model.expressions import Expr
from migrator.model.values import BY_PLACE, Value


def made_by(owner: str, given: Mapping[str, Code]) -> str:
    """The call that makes an object of a class of the team's own."""
    arguments = (code.text if name.startswith(BY_PLACE) else f"{name}={code.text}" for name, code in given.items())
    return f"{owner}({', '.join(arguments)})"


def handed_on(
    name: str, made_with: Mapping[str, Expr] | None, of_row: Mapping[str, Value], code: Callable[[Expr], Code]
) -> Code:
    """The expression of the function that is known as `name`: a method's with an object that is made for it with `made_with`, and with what it reads
    `of_row`, if it is made anew for each row of a factory, filled in. `code` gives the expression of an argument."""
    given = {key: code(value) for key, value in (of_row if made_with is None else made_with).items()}
    arguments = ", ".join(f"{key}={found.text}" for key, found in given.items())
    if made_with is not None:
        owner, _, method = name.rpartition(".")
        text = made_by(owner, given)
        return joined(text if method == "__call__" else f"{text}.{method}", given.values())
    if not given:
        return Code(name)
    return joined(
        f"functools.partial({name}, {arguments})", [Code("", frozenset({"import functools"})), *given.values()]
    )

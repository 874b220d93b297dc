"""From templated text to expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.model.plan import Expr, TemplateText
from migrator.operators.rule import Untranslatable

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_SIGNS = ("{{", "{%", "{#")


def template(text: str, context: TaskContext) -> Expr:
    """The value of templated text. Raises Untranslatable (MIG205) where a part of it has no translation."""
    if not any(sign in text for sign in _SIGNS):
        return text
    raise Untranslatable("MIG205", f"the template `{text}` has no translation", context.task.span)


def template_file(path: str, text: str, context: TaskContext) -> Expr:
    """The value of a template file."""
    if not any(sign in text for sign in _SIGNS):
        return TemplateText(text, {}, path)
    raise Untranslatable("MIG205", f"the template `{path}` has no translation", context.task.span)

"""Templates of DAGs with `render_template_as_native_obj`: what is rendered is read as a Python literal where it is one.

Comes in: a template taken apart, and expressions. Goes out: whether its text can be a literal at all, and whether a value is one object whose
rendering changes nothing. As jinja2's `native_concat` does it, which Airflow calls.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from migrator.analyzers.templates import ParsedTemplate
from migrator.model.expressions import ConfigValue, EnvValue, Expr, InputValue, RunDate

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_NO_LITERAL = re.compile(r"[/=<>;|&$@!?%~`\\]")
"""What no literal has outside of quotes."""
_OPENS = re.compile(r"\s*(?:[\"'(\[{+\-.\d]|[bBrRuUfF]{1,2}[\"']|True|False|None|$)")
_NEVER_LITERAL = frozenset({"ds", "ts", "ts_nodash", "ts_nodash_with_tz"})
"""Dates whose text is no literal: `2024-01-05` would be a difference, `2024` one."""


def is_native(context: TaskContext) -> bool:
    """Whether the templates of the DAG become objects."""
    return context.dag.arguments.get("render_template_as_native_obj") is True


def constant(text: str) -> Expr:
    """What text without an expression becomes: `5` a number."""
    try:
        # As jinja2 does it: parsed by itself, as `literal_eval` would drop the blanks in front.
        return ast.literal_eval(ast.parse(text, mode="eval"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def may_be_literal(parsed: ParsedTemplate) -> bool:
    """Whether the text, with its expressions filled in, can be a literal: not if its own pieces show otherwise."""
    if not parsed.simple:
        return True
    first = parsed.parts[0] if parsed.parts else ""
    if isinstance(first, str):
        quoted = first.lstrip()[:1] in ("'", '"')
        return bool(_OPENS.match(first)) and (
            quoted or not _NO_LITERAL.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", first))
        )
    return not any(_NO_LITERAL.search(part) for part in parsed.parts if isinstance(part, str))


def stays(value: Expr, context: TaskContext) -> bool:
    """Whether the value of a template's one expression is handed over as it is: an object, or text that is no literal."""
    if isinstance(value, RunDate):
        return value.field in _NEVER_LITERAL or (
            value.format is None and value.field.endswith(("_date", "_start", "_end"))
        )
    if isinstance(value, ConfigValue):
        fields = {field.name: field for field in context.facts.config}
        return not value.path and value.name in fields and fields[value.name].type not in ("str", "Any")
    if isinstance(value, InputValue):
        return not value.path and context.gives_list(value.parameter)
    return not isinstance(value, str | EnvValue) and type(value) in (bool, int, float, list, dict, tuple, type(None))

"""What a callback asks of a run that has ended, or of a step, as source."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.codegen.python.code import Code, joined
from migrator.model.expressions import EndedStep

_OF_EACH = {
    "copy": "step_copy",
    "duration": "step_duration",
    "ended": "step_end",
    "error": "step_error",
    "report": "failure_report",
    "started": "step_start",
    "tries": "step_tries",
}
"""Helpers that are asked for one step."""
_OF_RUN = {
    "error": "run_error",
    "reason": "failure_reason",
    "run_ended": "end_of_run",
    "run_started": "start_of_run",
    "url": "run_url",
}
_NOT_RUN = frozenset({"copy", "error"})
"""Of a step: what its event alone tells."""


def ended_step(value: EndedStep, package: str, within: bool, classes: Sequence[Code] = ()) -> Code:
    """The code of a member; `within` the step itself, which knows its name and why it failed. `classes` are those that its error is compared with."""
    if value.each and value.field == "name":
        return Code("task_id", names=frozenset({"task_id"}))
    if within and value.field == "copy":
        return Code("int(context.get_mapping_key() or -1)", names=frozenset({"context"}))
    if within and value.field != "url":
        known = frozenset({f"from {package}.run_context import known_error"}) if value.named else frozenset[str]()
        return Code("known_error(error)" if value.named else "error", known, frozenset({"error"}))
    if value.field == "key":
        return Code("step.step_key", names=frozenset({"step"}))
    each = value.each and value.field in _OF_EACH
    helper = _OF_EACH[value.field] if each else _OF_RUN.get(value.field, "failed_steps")
    if classes and value.field == "error":
        given = ", ".join(("step", *(one.text for one in classes)))
        code = Code("", frozenset({f"from {package}.run_context import {helper}"}), frozenset({"step"}))
        return joined(f"{helper}({given})", [code, *classes])
    names = ("step",) if each and value.field in _NOT_RUN else ("context", "step") if each else ("context",)
    imports = frozenset({f"from {package}.run_context import {helper}"})
    return Code(f"{helper}({', '.join(names)})", imports, frozenset(names))

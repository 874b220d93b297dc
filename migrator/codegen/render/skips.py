"""Which bodies can end without their output, because what they call may say that there is nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.model.bodies import CallFunction, FollowedBy, PollUntil, RunShell
from migrator.model.expressions import Construct, ErrorClass, Later, MadeObject


def may_skip(body: object) -> bool:
    """Whether the body can end without its output."""
    if isinstance(body, CallFunction):
        if any(isinstance(edit.expression, ErrorClass) and edit.expression.kind == "skip" for edit in body.edits):
            return True
        return any(may_skip(given) for given in _given((*body.args, *body.kwargs.values())))
    if isinstance(body, RunShell):
        return bool(body.skip_exit_codes)
    if isinstance(body, FollowedBy):
        return may_skip(body.body) or may_skip(body.call)
    if isinstance(body, PollUntil):
        return body.soft_fail or (isinstance(body.condition, CallFunction) and may_skip(body.condition))
    return False


def _given(value: Any) -> Iterator[object]:
    """What a function may call of what it is given: functions, objects of classes, bodies. What makes a list calls its function itself."""
    if isinstance(value, Later):
        yield value.body
    elif isinstance(value, CallFunction):
        yield value
    elif isinstance(value, MadeObject):
        yield from _given([value.definition, *value.kwargs.values()])
    elif isinstance(value, Construct):
        yield from _given([*value.args, *value.kwargs.values()])
    elif isinstance(value, dict):
        yield from _given([*value.values()])
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _given(part)

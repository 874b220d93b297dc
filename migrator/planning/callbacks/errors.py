"""What callbacks see of the error of a task: that of the step, of another class and with other words where Airflow's own would be.

Comes in: the call of a callback, and the DAG. Goes out: the call with the classes that it asks for, and where it sees another error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.model.airflow import AirflowProject
from migrator.model.bodies import CallFunction, PollUntil, SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import EndedStep, ErrorClass, Expr
from migrator.model.walk import walk
from migrator.planning.draft import Callback, TaskDraft
from migrator.planning.nodes import timeout

_OWN = ("final", "missing", "overtime", "timeout")
"""Kinds of errors for which generated code has classes of its own."""
_TELLS_CLASS = re.compile(r"\)\.__(?:qual)?name__|\.__class__\b|\brepr\(|!r\}")


def with_classes(call: CallFunction, project: AirflowProject) -> CallFunction:
    """The call, with what it has to know of the error that it is given: the classes it compares it with, and whether it tells that of it."""
    if not any(map(_is_error, call.kwargs.values())) and not any(map(_is_error, call.args)):
        return call
    edits = (part.expression for part in walk(call) if isinstance(part, SourceEdit))
    kinds = tuple(
        sorted({edit.kind for edit in edits if isinstance(edit, ErrorClass) and edit.kind not in ("end", "skip")})
    )
    span = call.callable.span
    tells = span is not None and span.file in project.sources and _TELLS_CLASS.search(project.sources[span.file].text)

    def asking(value: Expr) -> Expr:
        return replace(value, classes=kinds, named=bool(tells)) if _is_error(value) else value

    return replace(
        call, args=tuple(map(asking, call.args)), kwargs={name: asking(value) for name, value in call.kwargs.items()}
    )


def _is_error(value: Expr) -> bool:
    return isinstance(value, EndedStep) and value.field == "error" and value.each


def sees_other_error(callback: Callback, tasks: Iterable[TaskDraft]) -> bool:
    """Whether the error that a callback is given of one of its tasks may be another one than Airflow's."""
    given = callback.call is not None and any(_is_error(part) for part in walk(callback.call))
    return given and any(map(_fails_otherwise, tasks))


def _fails_otherwise(task: TaskDraft) -> bool:
    """Whether more than the team's own code raises the task's errors, or that raises Airflow's."""
    body = task.lowering.body
    asked = body.condition if isinstance(body, PollUntil) else body
    if not isinstance(asked, CallFunction) or isinstance(body, PollUntil) or timeout(task.task) is not None:
        return True
    edits = (part.expression for part in walk(body) if isinstance(part, SourceEdit))
    return any(isinstance(edit, ErrorClass) and edit.kind in ("failure", *_OWN) for edit in edits)

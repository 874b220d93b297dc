"""Values that tasks hand to each other and that are secrets by their names: an IO manager would keep them as they are."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from migrator.diagnostics import Severity
from migrator.model.bodies import CallFunction
from migrator.model.expressions import InputValue
from migrator.model.plan import Delta
from migrator.model.source import Span
from migrator.model.values import CallableValue
from migrator.planning.draft import DagDraft
from migrator.planning.xcom.handover import handovers

_SECRET = re.compile(
    r"secrets?(?![a-z])|passw(?:or)?d|passphrase|credentials?(?![a-z])|(?:^|_)pwd$|(?:api|private|access|secret)_?key"
    r"|(?:access|api|auth|bearer|refresh|session)_?token",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Whether a value is a secret, by its name."""
    return _SECRET.search(name) is not None


def note_secrets(dag: DagDraft) -> Iterator[Delta]:
    """A difference for each task whose value is a secret, as far as names tell: that of the function that gives it, what this is given, how others take it."""
    names: dict[str, dict[str, None]] = {}
    for task in dag.tasks.values():
        for handover in handovers(task):
            giver = dag.tasks[handover.source]
            found = names.setdefault(handover.source, {})
            found.update(dict.fromkeys((handover.parameter, *_members(task.lowering.body, handover.parameter))))
            if isinstance(giver.lowering.body, CallFunction):
                found.update(dict.fromkeys(_said(giver.lowering.body)))
    for source, said in names.items():
        secret = next((name for name in said if is_secret(name)), None)
        if secret is not None:
            yield Delta(
                dag.dag_id,
                source,
                Severity.WARNING,
                f"its value, by the name `{secret}` a secret, is kept in Airflow's database as an XCom",
                "the IO manager keeps it as it is, by default in a file below `$DAGSTER_HOME/storage`",
                "read the secret where it is used, by a resource or `dg.EnvVar`, or give it an IO manager that encrypts",
            )


def _said(call: CallFunction) -> Iterator[str]:
    """The function's name, and the names in what it is called with."""
    yield call.callable.name
    yield from call.kwargs
    for value in (*call.args, *call.kwargs.values()):
        yield from _keys(value)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from (key,) if isinstance(key, str) else ()
            yield from _keys(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _keys(item)


def _members(value: Any, parameter: str) -> Iterator[str]:
    """The members of the value that a body picks by name."""
    if isinstance(value, InputValue):
        if value.parameter == parameter:
            yield from (step for step in value.path if isinstance(step, str))
    elif isinstance(value, (CallableValue, Span)):
        return
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _members(item, parameter)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _members(item, parameter)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _members(getattr(value, field.name), parameter)

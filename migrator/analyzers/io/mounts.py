"""Folders of the host that a container has: `mounts=[Mount(source="/srv/ml", target="/data", type="bind")]`, `volumes=["/srv/ml:/data:ro"]`.

In: a task that runs a container. Out: the container's folders with the host's. Volumes that have a name are no folders of the host.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.analyzers.io.context import IoContext, values_of
from migrator.analyzers.io.names import UNKNOWN
from migrator.analyzers.io.programs.runners import volumes
from migrator.model.airflow import Task
from migrator.model.values import ObjectValue, Value


def host_folders(task: Task, context: IoContext) -> list[tuple[str, str]]:
    """The folders of a task's container that are the host's, each with the host's name for it, the innermost first."""
    given = [value for name in ("mounts", "volumes") for value in values_of(task, name)]
    pairs = [pair for value in given for pair in _pairs(value, task, context)]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _pairs(value: Value, task: Task, context: IoContext) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return volumes([context.visible(value, task) or ""])
    if isinstance(value, ObjectValue):
        placed = dict(zip(("target", "source", "type"), value.args, strict=False))
        members: Mapping[str, Value] = {**placed, **value.kwargs}
    elif isinstance(value, Mapping):
        members = {str(key).lower(): member for key, member in value.items()}
    else:
        return []
    target, source = (context.visible(members.get(name), task) for name in ("target", "source"))
    if not target or not source or UNKNOWN in source or not source.startswith(("/", "~", "{")):
        return []
    return [(target.rstrip("/"), source.rstrip("/"))]

"""The ways to go on from a branch: its outputs, and the task groups that it may name instead of tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from migrator.model.bodies import Choose, FollowIf
from migrator.model.changed import replace
from migrator.model.source import SourceFile
from migrator.planning.draft import DagDraft, TaskDraft
from migrator.planning.naming.identifiers import python_name


def with_ways(dag: DagDraft, task: TaskDraft, body: Choose, sources: Mapping[str, SourceFile]) -> TaskDraft:
    """The branch with one output per task right below it, named after it."""
    names: dict[str, str] = {}
    for below in dag.graph.downstream(task.task.task_id):
        names[below] = python_name(below.rpartition(".")[2], set(names.values()))
    parents = {group.group_id: group.parent_id for group in dag.dag.groups}
    groups = {
        name: tuple(one for one in names if name in _within(dag.tasks[one].task.group_id, parents))
        for name in _named(dag, body, sources)
        if name in parents
    }
    found = {name: members for name, members in groups.items() if members}
    return replace(task, lowering=replace(task.lowering, body=replace(body, choices=names, groups=found)))


def _named(dag: DagDraft, body: Choose, sources: Mapping[str, SourceFile]) -> tuple[str, ...]:
    """Ids that a branch names; of one that a function decides, those of groups that its text holds."""
    condition = body.condition
    if body.skips:
        return ()
    if isinstance(condition, FollowIf):
        return (*condition.if_true, *condition.if_false)
    span = condition.callable.span
    source = sources.get(span.file) if span is not None else None
    text = source.cut(span) if source is not None and span is not None else ""
    ids = (group.group_id for group in dag.dag.groups)
    return tuple(name for name in ids if re.search(rf"""(["']){re.escape(name)}\1""", text))


def _within(group: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    while group:
        yield group
        group = parents.get(group)


def leads_on(dag: DagDraft, body: Choose, way: str, task_id: str) -> bool:
    """Whether another way of a branch, where it is chosen, lets a task right below the branch run, too, because it leads there."""
    return body.skips != "named" and way != task_id and dag.graph.leads_to(way, task_id)

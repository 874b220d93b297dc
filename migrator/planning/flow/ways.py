"""The ways to go on from a branch: its outputs, and what else it may name: task groups, and tasks that do not come right after it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from migrator.model.bodies import Choose, FollowIf
from migrator.model.changed import replace
from migrator.model.source import SourceFile
from migrator.model.values import CallableValue, XComValue
from migrator.model.walk import walk
from migrator.planning.draft import DagDraft, TaskDraft
from migrator.planning.naming.identifiers import python_name

_PARSED_FILES = 16
_PULL = re.compile(r"\bxcom_pull\([^()]*\)")
_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?def\b", re.MULTILINE)


def with_ways(dag: DagDraft, task: TaskDraft, body: Choose, sources: Mapping[str, SourceFile]) -> TaskDraft:
    """The branch with one output per task right below it, named after it."""
    names: dict[str, str] = {}
    for below in dag.graph.downstream(task.task.task_id):
        names[below] = python_name(below.rpartition(".")[2], set(names.values()))
    others = {} if body.skips == "named" else _others(dag, body, frozenset(names))
    found = {
        name: _first_of(dag, tuple(one for one in names if _is_led_to(dag, begins, one)))
        for name, begins in others.items()
        if _may_name(task, body, name, sources)
    }
    return replace(task, lowering=replace(task.lowering, body=replace(body, choices=names, leads_to=found)))


def leads_on(dag: DagDraft, body: Choose, way: str, task_id: str) -> bool:
    """Whether another way of a branch, where it is chosen, lets a task right below the branch run, too, because it leads there."""
    return body.skips != "named" and way != task_id and dag.graph.leads_to(way, task_id)


def _others(dag: DagDraft, body: Choose, ways: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """What else a branch may name, with the tasks that this stands for: of a group those that come first in it, as far as Airflow takes groups for tasks."""
    found = {} if body.skips else {group.group_id: _roots(dag, group.group_id) for group in dag.dag.groups}
    for task_id, task in dag.tasks.items():
        found[task.task.airflow_id] = (*found.get(task.task.airflow_id, ()), task_id)
    return {name: begins for name, begins in found.items() if name not in ways}


def _roots(dag: DagDraft, group: str) -> tuple[str, ...]:
    parents = {one.group_id: one.parent_id for one in dag.dag.groups}
    members = [one for one, task in dag.tasks.items() if group in _around(task.task.group_id, parents)]
    return tuple(one for one in members if set(members).isdisjoint(dag.graph.upstream(one)))


def _around(group: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    while group:
        yield group
        group = parents.get(group)


def _is_led_to(dag: DagDraft, begins: tuple[str, ...], task_id: str) -> bool:
    return any(begin == task_id or dag.graph.leads_to(begin, task_id) for begin in begins)


def _first_of(dag: DagDraft, ways: tuple[str, ...]) -> tuple[str, ...]:
    """The ways without those that others of them lead to, and let run anyway."""
    return tuple(one for one in ways if not any(dag.graph.leads_to(other, one) for other in ways))


# ---------------------------------------------------------------------------------------------- what a branch names


def _may_name(task: TaskDraft, body: Choose, name: str, sources: Mapping[str, SourceFile]) -> bool:
    """Whether a branch names a task or group; of one that a function decides, whether its text or what the task gives it does."""
    condition = body.condition
    if isinstance(condition, FollowIf):
        return name in (*condition.if_true, *condition.if_false)
    function = condition.callable
    source = sources.get(function.span.file) if function.span is not None else None
    # The ids of tasks whose values it pulls are no ways.
    if source is not None and re.search(rf"""(["']){re.escape(name)}\1""", _PULL.sub("", _text(source, function))):
        return True
    options = [task.task.arguments.get(key) for key in task.task.taken]
    given = (options, task.task.call_args, task.task.call_kwargs, function.args, function.kwargs, function.closure)
    taken = {one.task_id for one in walk(given) if isinstance(one, XComValue)}
    texts = (one for one in walk(given) if isinstance(one, str) and one not in taken)
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) for text in texts)


def _text(source: SourceFile, function: CallableValue) -> str:
    """The code of a function, or of the class whose method it is, and of the file's constants that this names."""
    assert function.span is not None
    own = source.cut(function.span)
    # Its decorator names the task itself.
    own = own[found.start() :] if (found := _DEFINITION.search(own)) else own
    texts = []
    for node in _statements(source.text):
        if isinstance(node, ast.ClassDef) and node.lineno <= function.span.line <= (node.end_lineno or 0):
            own = "\n".join(source.text.splitlines()[node.lineno - 1 : node.end_lineno])
    for node in _statements(source.text):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if any(re.search(rf"\b{name}\b", own) for name in names):
            texts.append(ast.unparse(node))
    return "\n".join((own, *texts))


@lru_cache(maxsize=_PARSED_FILES)
def _statements(text: str) -> tuple[ast.stmt, ...]:
    """The statements at the top of a file; none where this Python cannot read it."""
    try:
        return tuple(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()

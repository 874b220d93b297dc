"""XComs that functions push by a key: which of them must be kept when the functions move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from migrator.analyzers.callables import CallableAnalyzer, ContextUse, with_handed
from migrator.analyzers.handed_macros import uses_of_macros
from migrator.analyzers.templates import is_template, parse_template
from migrator.analyzers.templates.objects import with_plain_objects
from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Symbolic, Text, XComValue, walk
from migrator.planning.callables.given_values import filled
from migrator.planning.callables.own_classes import work_method
from migrator.planning.flow.mapping import may_unroll_result
from migrator.planning.xcom.not_yet import keys_of_push

Keys = dict[str, frozenset[str]]
Asked = tuple[frozenset[str] | None, str]
"""The tasks of which a value is taken by a key (None where that is not known), and the key."""


@dataclass(frozen=True, slots=True)
class Pushes:
    """Of a DAG: the keys that must be kept of what its tasks push (`*`: others may be among them, which are only known at run time), and those of them
    that a task may not push although they are taken."""

    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    doubtful: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """The tasks whose functions push nothing."""
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The keys by which other tasks of the DAG may take the values of a task."""


def find_pushes(dags: Sequence[Dag], analyzer: CallableAnalyzer) -> dict[str, Pushes]:
    """The keys that the tasks of each DAG push, for the tasks of which another one takes a value by such a key, be it of another DAG, or whose
    pushes compute something on the way, which must not be cut out."""
    uses = {dag.dag_id: {task.task_id: _uses(task, dag, analyzer) for task in dag.tasks} for dag in dags}
    asked: dict[str, list[Asked]] = {}
    for dag in dags:
        for task in dag.tasks:
            for other, pull in _pulled(task, uses[dag.dag_id][task.task_id]):
                asked.setdefault(other or dag.dag_id, []).append(pull)
    found = {
        dag.dag_id: replace(
            _of_dag(dag, uses[dag.dag_id], asked.get(dag.dag_id, []), analyzer),
            taken=_taken(dag, uses[dag.dag_id]),
        )
        for dag in dags
    }
    return _with_methods(dags, uses, found)


def _with_methods(
    dags: Sequence[Dag], uses: Mapping[str, Mapping[str, tuple[ContextUse, ...]]], found: dict[str, Pushes]
) -> dict[str, Pushes]:
    """With what tasks push by a method that pushes it for another task, too: all tasks of a class share its text."""
    pushes = {
        (dag.dag_id, task.task_id): [use for use in uses[dag.dag_id][task.task_id] if use.kind == "xcom_push"]
        for dag in dags
        for task in dag.tasks
        if work_method(task) is not None
    }
    needed = {use.span for (dag_id, task_id), own in pushes.items() if task_id in found[dag_id].kept for use in own}
    for (dag_id, task_id), own in pushes.items():
        of_dag = found[dag_id]
        if task_id not in of_dag.kept and any(use.span in needed for use in own):
            keys = frozenset(key for use in own for key in keys_of_push(use)) - {"return_value"}
            found[dag_id] = replace(of_dag, kept={**of_dag.kept, task_id: keys})
    return found


def _taken(dag: Dag, uses: Mapping[str, tuple[ContextUse, ...]]) -> dict[str, frozenset[str]]:
    """What other tasks of a DAG may take of each task, by key; a pull that does not say of which takes of all."""
    found: dict[str, set[str]] = {}
    for task in dag.tasks:
        pulls = [pull for other, pull in _pulled(task, uses[task.task_id]) if other in ("", dag.dag_id)]
        for use in uses[task.task_id]:
            if use.kind == "xcom_pull" and not isinstance(use.detail.get("key"), str | list):
                pulls.append((_givers(use.detail.get("task_ids")), "return_value"))
        for givers, key in pulls:
            for giver in givers if givers is not None else [other.task_id for other in dag.tasks]:
                found.setdefault(giver, set()).add(key)
    return {task_id: frozenset(keys) for task_id, keys in found.items()}


def _of_dag(
    dag: Dag, uses: Mapping[str, tuple[ContextUse, ...]], pulled: list[Asked], analyzer: CallableAnalyzer
) -> Pushes:
    tasks = {task.task_id: task for task in dag.tasks}
    pushes = {task_id: [use for use in found if use.kind == "xcom_push"] for task_id, found in uses.items()}
    kept: Keys = {}
    doubtful = {}
    for task_id, found in pushes.items():
        asked = {key for givers, key in pulled if givers is None or task_id in givers}
        keys = {key for use in found for key in keys_of_push(use)}
        taken = keys & asked or "*" in asked or ("*" in keys and asked - {"return_value"})
        if not found or not (taken or any(_computes(use, analyzer) for use in found)):
            continue
        if may_unroll_result(tasks[task_id], analyzer.project) and "*" not in keys:
            asked &= {*keys, "*", "return_value"}
        kept[task_id] = frozenset((keys | asked) - ({"return_value"} if "*" in keys else {"*", "return_value"}))
        certain = {str(use.detail["key"]) for use in found if use.detail.get("certain") and use.own}
        certain |= {"return_value"} if _returns(tasks[task_id], analyzer) else set()
        doubtful[task_id] = tuple(sorted(asked - certain - {"*"}))
    own = {task_id for task_id, found in pushes.items() if not found and _is_function(tasks[task_id], analyzer.project)}
    return Pushes(kept, doubtful, frozenset(own))


def _is_function(task: Task, project: AirflowProject) -> bool:
    """Whether the task is a function of the team's own, which hands over one value."""
    own = task.callable is not None and task.callable.span is not None
    return own and not may_unroll_result(task, project)


def _returns(task: Task, analyzer: CallableAnalyzer) -> bool:
    method = work_method(task)
    if method is not None:
        return analyzer.facts(method).returns_value
    return task.callable is not None and task.callable.returns_value


def _computes(use: ContextUse, analyzer: CallableAnalyzer) -> bool:
    """Whether the value that is pushed is more than a name or a constant."""
    value = use.detail.get("value")
    if use.kind != "xcom_push" or not isinstance(value, Span):
        return False
    source = analyzer.project.sources.get(value.file)
    return source is None or any(sign in source.cut(value) for sign in ("(", "await", "yield"))


def _uses(task: Task, dag: Dag, analyzer: CallableAnalyzer) -> tuple[ContextUse, ...]:
    method = work_method(task)
    own = (
        *(with_handed(analyzer.facts(method).context_uses) if method is not None else ()),
        *uses_of_macros(task, dag, analyzer),
    )
    if task.callable is None or task.callable.span is None:
        return own
    found = (use for facts in analyzer.all_facts(task) for use in with_handed(facts.context_uses))
    return (*own, *(_with_key(use, task) if use.kind == "xcom_pull" else use for use in found))


def _with_key(use: ContextUse, task: Task) -> ContextUse:
    """A pull with the key that the task's arguments make it, where the code puts it together of these."""
    key = use.detail.get("key")
    if not use.own or not isinstance(key, Symbolic | Text):
        return use
    known = filled(key, task)
    return replace(use, detail={**use.detail, "key": known}) if isinstance(known, str) else use


def _pulled(task: Task, uses: tuple[ContextUse, ...]) -> Iterator[tuple[str, Asked]]:
    """The keys by which a task takes values, and of which DAG (empty for its own) and tasks."""
    for use in uses:
        key, dag_id = use.detail.get("key"), use.detail.get("dag_id")
        if "by_key" in use.detail:
            yield "", (_givers(use.detail.get("task_ids")), "*")
        elif use.kind == "xcom_pull" and isinstance(key, str | list):
            other, givers = dag_id if isinstance(dag_id, str) else "", _givers(use.detail.get("task_ids"))
            yield from ((other, (givers, one)) for one in ([key] if isinstance(key, str) else key))
    for value in (task.arguments, task.inherited, task.expand, task.call_args, task.call_kwargs):
        for part in walk(value):
            if isinstance(part, XComValue):
                yield part.dag_id or "", (frozenset({part.task_id}), part.key)
            elif isinstance(part, str) and "xcom_pull" in part and is_template(part):
                found = (
                    use
                    for use in parse_template(with_plain_objects(part)).expressions
                    if use.kind in ("xcom", "computed_xcom")
                )
                for pull in found:
                    yield pull.dag_id or "", (frozenset(pull.task_ids) if pull.task_ids else None, pull.key)


def _givers(task_ids: object) -> frozenset[str] | None:
    ids = [task_ids] if isinstance(task_ids, str) else task_ids
    known = isinstance(ids, list | tuple) and all(isinstance(task_id, str) for task_id in ids)
    return frozenset(ids) if known and isinstance(ids, list | tuple) else None

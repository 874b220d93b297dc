"""XComs that functions push by a key: which of them must be kept when the functions move."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.analyzers.callables import CallableAnalyzer, ContextUse, with_handed
from migrator.analyzers.templates import is_template, parse_template
from migrator.model.airflow import Dag, Task
from migrator.model.source import Span
from migrator.model.values import XComValue, walk
from migrator.planning.own_classes import work_method

Keys = dict[str, frozenset[str]]


def pushed_keys(dag: Dag, analyzer: CallableAnalyzer) -> tuple[Keys, dict[str, tuple[str, ...]]]:
    """The keys that each task pushes, for the tasks of which another one takes a value by such a key, or whose pushes compute
    something on the way, which must not be cut out; and those of them that it may not push although they are taken."""
    uses = {task.task_id: _uses(task, analyzer) for task in dag.tasks}
    tasks = {task.task_id: task for task in dag.tasks}
    pushes = {task_id: [use for use in found if use.kind == "xcom_push"] for task_id, found in uses.items()}
    pushes = {task_id: found for task_id, found in pushes.items() if found}
    if not pushes:
        return {}, {}
    pulled = [pull for task in dag.tasks for pull in _pulled(task, uses.get(task.task_id, ()))]
    kept: Keys = {}
    doubtful = {}
    for task_id, found in pushes.items():
        asked = {key for givers, key in pulled if givers is None or task_id in givers}
        keys = {key for use in found for key in _keys(use)}
        taken = keys & asked or ("*" in keys and asked - {"return_value"})
        if not (taken or any(_computes(use, analyzer) for use in found)):
            continue
        kept[task_id] = frozenset((keys | asked) - {"*", "return_value"})
        certain = {str(use.detail["key"]) for use in found if use.detail.get("certain") and use.own}
        certain |= {"return_value"} if _returns(tasks[task_id]) else set()
        doubtful[task_id] = tuple(sorted(asked - certain))
    return kept, doubtful


def _returns(task: Task) -> bool:
    return task.callable is not None and task.callable.returns_value


def _keys(use: ContextUse) -> tuple[str, ...]:
    """The keys that a push may be by; `*` where that is only known at run time."""
    key = use.detail.get("key")
    known = use.detail.get("keys")
    return (key,) if isinstance(key, str) else known if isinstance(known, tuple) else ("*",)


def _computes(use: ContextUse, analyzer: CallableAnalyzer) -> bool:
    """Whether the value that is pushed is more than a name or a constant."""
    value = use.detail.get("value")
    if use.kind != "xcom_push" or not isinstance(value, Span):
        return False
    source = analyzer.project.sources.get(value.file)
    return source is None or any(sign in source.cut(value) for sign in ("(", "await", "yield"))


def _uses(task: Task, analyzer: CallableAnalyzer) -> tuple[ContextUse, ...]:
    method = work_method(task)
    own = tuple(with_handed(analyzer.facts(method).context_uses)) if method is not None else ()
    if task.callable is None or task.callable.span is None:
        return own
    facts = analyzer.task_facts(task)
    return (*own, *with_handed(facts.context_uses)) if facts is not None else own


def _pulled(task: Task, uses: tuple[ContextUse, ...]) -> Iterator[tuple[frozenset[str] | None, str]]:
    """The keys by which a task takes values, and of which tasks; None where that is not known."""
    for use in uses:
        key = use.detail.get("key")
        if use.kind == "xcom_pull" and isinstance(key, str | list):
            yield from ((_givers(use.detail.get("task_ids")), one) for one in ([key] if isinstance(key, str) else key))
    for value in (task.arguments, task.inherited, task.expand, task.call_args, task.call_kwargs):
        for part in walk(value):
            if isinstance(part, XComValue):
                yield frozenset({part.task_id}), part.key
            elif isinstance(part, str) and "xcom_pull" in part and is_template(part):
                found = (use for use in parse_template(part).expressions if use.kind == "xcom")
                yield from ((frozenset(use.task_ids) if use.task_ids else None, use.key) for use in found)


def _givers(task_ids: object) -> frozenset[str] | None:
    ids = [task_ids] if isinstance(task_ids, str) else task_ids
    known = isinstance(ids, list | tuple) and all(isinstance(task_id, str) for task_id in ids)
    return frozenset(ids) if known and isinstance(ids, list | tuple) else None

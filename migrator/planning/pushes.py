"""XComs that functions push by a key: which of them must be kept when the functions move."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.analyzers.callables import CallableAnalyzer, ContextUse, with_handed
from migrator.analyzers.templates import is_template, parse_template
from migrator.model.airflow import Dag, Task
from migrator.model.source import Span
from migrator.model.values import XComValue, walk
from migrator.planning.own_classes import work_method


def pushed_keys(dag: Dag, analyzer: CallableAnalyzer) -> dict[str, frozenset[str]]:
    """The keys that each task pushes, for the tasks of which another one takes a value by such a key, or whose pushes compute
    something on the way, which must not be cut out."""
    uses = {task.task_id: _uses(task, analyzer) for task in dag.tasks}
    pushed = {
        task_id: frozenset(
            str(use.detail["key"])
            for use in found
            if use.kind == "xcom_push" and isinstance(use.detail.get("key"), str)
        )
        for task_id, found in uses.items()
    }
    pushed = {task_id: keys for task_id, keys in pushed.items() if keys}
    if not pushed:
        return {}
    pulled = {key for task in dag.tasks for key in _pulled(task, uses.get(task.task_id, ()))}
    return {
        task_id: keys
        for task_id, keys in pushed.items()
        if keys & pulled or any(_computes(use, analyzer) for use in uses[task_id])
    }


def _computes(use: ContextUse, analyzer: CallableAnalyzer) -> bool:
    """Whether the value that is pushed is more than a name or a constant."""
    value = use.detail.get("value")
    if use.kind != "xcom_push" or not isinstance(value, Span):
        return False
    source = analyzer.project.sources.get(value.file)
    return source is None or any(sign in source.cut(value) for sign in ("(", "await", "yield"))


def _uses(task: Task, analyzer: CallableAnalyzer) -> tuple[ContextUse, ...]:
    method = work_method(task)
    if method is not None:
        return tuple(with_handed(analyzer.facts(method).context_uses))
    if task.callable is None or task.callable.span is None:
        return ()
    facts = analyzer.task_facts(task)
    return tuple(with_handed(facts.context_uses)) if facts is not None else ()


def _pulled(task: Task, uses: tuple[ContextUse, ...]) -> Iterator[str]:
    for use in uses:
        if use.kind == "xcom_pull" and isinstance(use.detail.get("key"), str):
            yield str(use.detail["key"])
    for value in (task.arguments, task.inherited, task.expand, task.call_args, task.call_kwargs):
        for part in walk(value):
            if isinstance(part, XComValue):
                yield part.key
            elif isinstance(part, str) and "xcom_pull" in part and is_template(part):
                yield from (found.key for found in parse_template(part).expressions if found.kind == "xcom")

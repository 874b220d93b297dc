"""Values that tasks hand to each other: `.output`, TaskFlow arguments, `xcom_pull` in templates and in functions.

Only a value that some task takes is an asset: what nobody takes is a return value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from migrator.analyzers.callables import with_handed
from migrator.analyzers.handed_macros import uses_of_macros
from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of
from migrator.analyzers.templates import is_template, parse_template
from migrator.analyzers.templates.objects import with_plain_objects
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Dag, Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.source import Span
from migrator.model.values import Value, XComValue, walk


def xcom_refs(task: Task, context: IoContext) -> Found:
    """An input for each task whose value this one takes; `with_producers` adds the other side."""
    refs: list[AssetRef] = []
    uses = [*_given(task, context.dag), *_pulled(task, context)]
    for dag_id, task_ids, span, why, confidence, reference in uses:
        for task_id in task_ids:
            name = f"{dag_id}.{task_id}"
            if name != task.id:
                ref = make_ref(Direction.INPUT, "xcom", name, confidence, span, why)
                refs.append(replace(ref, reference=reference))
    return refs, list(_too_early(task, context.dag, uses))


def _too_early(task: Task, dag: Dag, uses: Iterable[_Use]) -> Iterator[Diagnostic]:
    """Findings on values that are pulled from tasks of the same DAG that need not be done yet, or are not there."""
    uses = list(uses)
    by_id = {other.task_id: other for other in dag.tasks} if uses else {}
    above: set[str] | None = None
    for dag_id, task_ids, span, _, confidence, _ in uses:
        if dag_id != dag.dag_id or confidence is not Confidence.CERTAIN:
            continue
        for task_id in task_ids:
            if task_id == task.task_id or "{" in task_id or any("{" in other for other in by_id):
                continue
            if above is None:
                above = _above(task, by_id)
            if task_id in above:
                continue
            what = "is not upstream of it" if task_id in by_id else f"is not in the DAG `{dag.dag_id}`"
            yield diagnose("MIG210", span, f"`{task.task_id}` pulls a value from `{task_id}`, which {what}")


def _above(task: Task, by_id: Mapping[str, Task]) -> set[str]:
    """The ids of all tasks upstream of a task, at any distance."""
    found: set[str] = set()
    left = list(task.upstream)
    while left:
        task_id = left.pop()
        if task_id not in found:
            found.add(task_id)
            left += by_id[task_id].upstream if task_id in by_id else ()
    return found


def with_producers(dags: Iterable[Dag]) -> tuple[Dag, ...]:
    """The DAGs with an output at each task whose value another task takes."""
    dags = tuple(dags)
    taken: dict[str, list[str]] = {}
    data: set[str] = set()
    for dag in dags:
        for task in dag.tasks:
            for ref in task.refs:
                if ref.kind == "xcom" and ref.direction is Direction.INPUT:
                    taken.setdefault(ref.name, []).append(task.id)
                    data |= set() if ref.reference else {ref.name}
    return tuple(
        replace(dag, tasks=tuple(_with_output(task, taken.get(task.id), task.id in data) for task in dag.tasks))
        for dag in dags
    )


def _with_output(task: Task, takers: list[str] | None, as_data: bool) -> Task:
    if not takers:
        return task
    why = f"`{takers[0]}` takes its value" if len(takers) == 1 else f"{len(takers)} tasks take its value"
    ref = make_ref(Direction.OUTPUT, "xcom", task.id, Confidence.CERTAIN, task.span, why)
    return replace(task, refs=(*task.refs, replace(ref, reference=not as_data or task.returns == "setting")))


_Use = tuple[str, tuple[str, ...], Span, str, Confidence, bool]
"""DAG, task ids, place, reason, confidence, whether the value only names or sets something."""
_DATA_ARGUMENTS = frozenset(
    {"data", "rows", "records", "payload", "df", "dataframe", "body", "content", "items", "message", "html_content"}
)
"""Arguments of operators that take data themselves; in others a value of a task is a name, an id or a setting."""


def _given(task: Task, dag: Dag) -> Iterator[_Use]:
    """Values and templates in the arguments of the operator and of its function."""
    given: list[tuple[str, Value]] = [("op_args", task.call_args), ("op_kwargs", dict(task.call_kwargs))]
    given += [*task.arguments.items(), *task.inherited.items(), *task.expand.items()]
    for argument, value in given:
        if type(value) is str and "xcom_pull" not in value:
            continue
        span = span_of(task, argument)
        # A function is given data; an operator's own arguments say what to work on.
        reference = task.callable is None and argument not in _DATA_ARGUMENTS and not task.overrides
        for part in walk(value):
            if isinstance(part, XComValue):
                yield (
                    part.dag_id or dag.dag_id,
                    (part.task_id,),
                    span,
                    f"its `{argument}` hold the value",
                    Confidence.CERTAIN,
                    reference,
                )
            elif isinstance(part, str) and "xcom_pull" in part and is_template(part):
                for use in _templates(part, task, dag):
                    yield use[0], use[1], span, f"the template in its `{argument}` pulls the value", use[2], reference


def _templates(text: str, task: Task, dag: Dag) -> Iterator[tuple[str, tuple[str, ...], Confidence]]:
    for expression in parse_template(with_plain_objects(text)).expressions:
        if expression.kind == "xcom":
            task_ids, confidence = _pulled_ids(expression.task_ids, task)
            yield expression.dag_id or dag.dag_id, task_ids, confidence


def _pulled(task: Task, context: IoContext) -> Iterator[_Use]:
    """`xcom_pull` in the task's function, and in those that its templates call."""
    own = (use for facts in context.analyzer.all_facts(task) for use in with_handed(facts.context_uses))
    for use in (*own, *uses_of_macros(task, context.dag, context.analyzer)):
        if use.kind != "xcom_pull":
            continue
        detail: Mapping[str, Value] = use.detail
        given, dag_id = detail.get("task_ids"), detail.get("dag_id")
        ids = tuple(given) if isinstance(given, (list, tuple)) else (given,)
        if not all(isinstance(item, (str, type(None))) for item in ids) or not isinstance(dag_id, (str, type(None))):
            continue
        task_ids, confidence = _pulled_ids(tuple(item for item in ids if item is not None), task)
        if not task_ids and dag_id is None and isinstance(key := detail.get("key"), str):
            task_ids = _pushers(task, key, context)
        yield dag_id or context.dag.dag_id, task_ids, use.span, "its function pulls the value", confidence, False


def _pushers(task: Task, key: str, context: IoContext) -> tuple[str, ...]:
    """The only task upstream whose function pushes under a key."""
    by_id = {other.task_id: other for other in context.dag.tasks}
    found = []
    for task_id in sorted(_above(task, by_id)) if key != "return_value" else ():
        every = context.analyzer.all_facts(by_id[task_id]) if task_id in by_id else ()
        uses = (use for facts in every for use in facts.context_uses)
        if any(use.kind == "xcom_push" and use.detail.get("key") == key for use in uses):
            found.append(task_id)
    return tuple(found) if len(found) == 1 else ()


def _pulled_ids(given: tuple[str, ...], task: Task) -> tuple[tuple[str, ...], Confidence]:
    """The tasks pulled from: without an id Airflow takes what is there, which can only be told where one task comes before."""
    if given:
        return given, Confidence.CERTAIN
    return (task.upstream if len(task.upstream) == 1 else ()), Confidence.LIKELY

"""Values that tasks left in other runs: of another DAG, or of earlier dates.

Comes in: which task and key is meant. Goes out: a `LastValue`, which generated code finds in the event log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.model.expressions import Expr, Format, LastValue, RunConf
from migrator.model.values import Symbolic, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.flow.mapping import expanded_groups, unrolls_result

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext


RUN_BY_ID = "run by id"
"""A note: the task takes a value of the run whose id the conf tells."""
LISTS_EARLIER = "lists of earlier runs"
"""A note: the task takes a value of earlier runs without saying of which copy, for which Airflow 3 gives a list."""


def last_value(
    context: TaskContext, dag_id: str, task_id: str, key: str, prior: bool, run: Expr = None
) -> LastValue | None:
    """The value of the same date, or with `prior` the last one until then, or that of the `run` with an id; None, as Airflow answers, of a task that its
    DAG does not have."""
    span = context.task.span
    dag = next((dag for dag in context.project.dags if dag.dag_id == dag_id), None)
    source = next((task for task in dag.tasks if task.task_id == task_id), None) if dag is not None else None
    shown = f"`{dag_id}.{task_id}`"
    if dag is None or (source is None and any("{" in task.task_id for task in dag.tasks)):
        raise Untranslatable("MIG205", f"it takes the result of {shown}, which is no task here", span)
    if source is None:
        if dag_id != context.dag.dag_id:  # of its own DAG the analysis has reported it
            what = f"which is not in the DAG `{dag_id}`"
            context.report("MIG210", f"`{context.task.task_id}` pulls a value from `{task_id}`, {what}")
        return None
    if source.mapped or expanded_groups(dag, source):
        raise Untranslatable("MIG205", f"it takes the results of the copies of {shown}", span)
    pushes = context.facts.pushes.get(dag_id)
    pushed = pushes.kept.get(task_id) if pushes is not None else None
    path: tuple[str, ...] = () if key == "return_value" else (key,)
    if pushed is not None and (key in pushed or key == "return_value"):
        path = (key,)
    elif path and not unrolls_result(source):
        raise Untranslatable("MIG205", f"it takes the XCom `{key}` of {shown}, of another run", span)
    elif path and pushed is not None:
        path = ("return_value", key)
    own = prior and run is None and (dag_id, task_id) == (context.dag.dag_id, context.task.task_id)
    return LastValue(dag_id, task_id, context.date("logical_date"), prior, path, run, own)


def run_told(context: TaskContext, run: Value) -> RunConf:
    """The id of the run that code names for a pull. Raises Untranslatable."""
    text = run.source if isinstance(run, Symbolic) and run.kind == "context" else run
    return told_by_conf(context, context.template(text) if isinstance(text, str) else None)


def told_by_conf(context: TaskContext, run: Expr) -> RunConf:
    """The id of a run. Only the conf can tell one that Dagster has: it is what the run gave on that started this one. Raises Untranslatable."""
    run = run.parts[0] if isinstance(run, Format) and len(run.parts) == 1 else run
    if not isinstance(run, RunConf):
        raise Untranslatable("MIG205", "it takes a value of a run whose id its conf does not tell", context.task.span)
    context.note(RUN_BY_ID)
    return run

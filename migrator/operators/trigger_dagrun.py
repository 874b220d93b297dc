"""Starting other DAGs."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.plan import Delta
from migrator.operators.common import argument, delta, flag, known_text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable


def _trigger(task: Task, context: LoweringContext) -> Lowering:
    target = known_text(task, "trigger_dag_id", argument(task, "trigger_dag_id"))
    if argument(task, "python_callable") is not None:
        raise Untranslatable("MIG201", "a function decides whether it starts the other DAG", task.span)
    conf = argument(task, "conf")
    deltas: tuple[Delta, ...] = ()
    waits = flag(task, "wait_for_completion")
    if waits:
        lost = delta(
            context,
            f"it waits until the run of `{target}` is over, and fails with it",
            f"the run ends when it has started `{target}`",
            f"let what comes after depend on the assets of `{target}`",
        )
        deltas = (lost,)
    return Lowering(
        "trigger",
        deltas=deltas,
        target=target,
        conf=None if conf is None else context.template(conf),
        awaits_end=bool(waits),
    )


RULES = (
    Rule(
        name="trigger-dag-run",
        operators=("airflow.providers.standard.operators.trigger_dagrun.TriggerDagRunOperator",),
        summary="A run-status sensor that starts the other DAG's job when this job has succeeded, with the same `conf`.",
        lower=_trigger,
        carried=frozenset({"trigger_dag_id", "conf", "wait_for_completion", "python_callable"}),
        ignored={
            "trigger_run_id": "Dagster names its runs",
            "poke_interval": "nothing is polled",
            "allowed_states": "goes with wait_for_completion",
            "failed_states": "goes with wait_for_completion",
            "deferrable": "there is no triggerer",
            "reset_dag_run": "a run of Dagster is never in the way of another",
            "skip_when_already_exists": "a run of Dagster is never in the way of another",
            "fail_when_dag_is_paused": "jobs are not paused",
            "openlineage_inject_parent_info": "Dagster links the runs by tags",
            "note": "Dagster links the runs by tags",
        },
        examples=(
            Example(
                title="One DAG starts another",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

with DAG("load", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    load = BashOperator(task_id="load", bash_command="load")
    load >> TriggerDagRunOperator(task_id="then_publish", trigger_dag_id="publish", conf={"source": "load"})

with DAG("publish", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="publish", bash_command="publish")
""",
                expected=("run_status_sensor", '"source": "load"'),
                disposition="sensor",
            ),
        ),
    ),
)

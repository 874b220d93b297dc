"""Starting other DAGs."""

from __future__ import annotations

import datetime as dt

from migrator.model.airflow import Task
from migrator.model.bodies import RequestRun, WaitForRun
from migrator.model.changed import replace
from migrator.model.expressions import Expr, Format, RunDate
from migrator.model.values import CallableValue, Value
from migrator.operators.common import argument, flag, known_text, seconds
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_MOMENTS = ("logical_date", "data_interval_start")


def _trigger(task: Task, context: LoweringContext) -> Lowering:
    target = known_text(task, "trigger_dag_id", argument(task, "trigger_dag_id"))
    decides = argument(task, "python_callable")
    if decides is not None and not isinstance(decides, CallableValue):
        raise Untranslatable(
            "MIG207", "the function that decides whether it starts the other DAG is not known", task.span
        )
    conf, given = argument(task, "conf"), argument(task, "logical_date")
    date = None if given is None else _date(given, context)
    once: Expr = None
    if flag(task, "skip_when_already_exists"):
        name = argument(task, "trigger_run_id")
        once = date if name is None else context.template(name)
    order = context.order(decides) if decides is not None else None
    request = RequestRun(None if conf is None else context.template(conf), date, once, _waits(task), order)
    return Lowering("trigger", target=target, request=request)


def _date(value: Value, context: LoweringContext) -> Expr:
    """The logical date of the other run, as text that Python reads; what has no timezone is in UTC."""
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)).isoformat()
    date = context.template(value)
    only = date.parts[0] if isinstance(date, Format) and len(date.parts) == 1 else date
    if isinstance(only, RunDate) and only.field in _MOMENTS and only.format is None:
        return replace(only, field="ts")
    if isinstance(only, RunDate) and only.field == "data_interval_end" and only.format is None:
        return replace(only, format="%Y-%m-%dT%H:%M:%S+00:00")
    return date


def _waits(task: Task) -> WaitForRun | None:
    if not flag(task, "wait_for_completion"):
        return None
    states = argument(task, "allowed_states") or ("success",)
    allowed = {str(state) for state in states} if isinstance(states, (list, tuple, set)) else set()
    if "success" not in allowed:
        span = task.argument_spans.get("allowed_states", task.span)
        raise Untranslatable("MIG201", "it waits for another end of the run than its success", span)
    return WaitForRun(seconds(task, "poke_interval", 60.0), fails="failed" not in allowed)


RULES = (
    Rule(
        name="trigger-dag-run",
        operators=("airflow.providers.standard.operators.trigger_dagrun.TriggerDagRunOperator",),
        summary="A run-status sensor that starts the other DAG's job when this job has succeeded, with the same `conf` and logical date. "
        "Where tasks come after it, or others work beside it, its trigger rule is about failures, or a function decides, a step that asks a sensor for the run, and waits for its end if the "
        "operator does.",
        lower=_trigger,
        carried=frozenset(
            {
                *("trigger_dag_id", "conf", "python_callable", "logical_date", "skip_when_already_exists"),
                *("wait_for_completion", "poke_interval", "allowed_states"),
            }
        ),
        ignored={
            "trigger_run_id": "Dagster names its runs",
            "failed_states": "a run that is over is one that failed, unless it succeeded",
            "deferrable": "there is no triggerer",
            "reset_dag_run": "a run of Dagster is never in the way of another",
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
            Example(
                title="A function of Airflow 1.10 decides whether it starts the other DAG",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dagrun_operator import TriggerDagRunOperator


def on_sundays(context, dag_run_obj):
    if context["execution_date"].weekday() == 6:
        dag_run_obj.payload = {"day": context["ds"]}
        return dag_run_obj


dag = DAG("load", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False)
load = BashOperator(task_id="load", bash_command="load", dag=dag)
load >> TriggerDagRunOperator(task_id="clean", trigger_dag_id="clean", python_callable=on_sundays, dag=dag)

target = DAG("clean", schedule_interval=None, start_date=datetime(2024, 1, 1))
BashOperator(task_id="clean", bash_command="clean", dag=target)
""",
                expected=("dag_run_obj=new_order(context)", "    if order:", "json.dumps(order.payload or {})"),
                disposition="step",
            ),
            Example(
                title="A function of Airflow 1.10 always starts the other DAG",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dagrun_operator import TriggerDagRunOperator

dag = DAG("load", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False)
load = BashOperator(task_id="load", bash_command="load", dag=dag)
load >> TriggerDagRunOperator(task_id="clean", trigger_dag_id="clean", python_callable=lambda _, dag: dag, dag=dag)

target = DAG("clean", schedule_interval=None, start_date=datetime(2024, 1, 1))
BashOperator(task_id="clean", bash_command="clean", dag=target)
""",
                expected=("run_status_sensor", "return dg.RunRequest(run_key=context.dagster_run.run_id)"),
                disposition="sensor",
            ),
            Example(
                title="One DAG starts another for its date, and waits for the end",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

with DAG("night", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    load = TriggerDagRunOperator(
        task_id="load", trigger_dag_id="load", logical_date="{{ ds }}", wait_for_completion=True, poke_interval=30
    )
    load >> BashOperator(task_id="publish", bash_command="publish {{ ds }}")

with DAG("load", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
                expected=(
                    'wait_for_run(context, dg.AssetKey(["night", "load"]), every=30)',
                    'metadata={"airflow/logical_date": context.partition_key}',
                    "tags=tags_of(request)",
                ),
                disposition="step",
            ),
        ),
    ),
)

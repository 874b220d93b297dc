"""Pulls by keys and of copies that the code computes, members of the context that one Airflow has and another has not, and objects of it."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))
TABLES = ("orders", "users")


def note(name, ds, value):
    (OUT / f"{name}_{ds}.json").write_text(json.dumps(value))


def load(table, ti, ds):
    ti.xcom_push(key="low", value=f"{table}-low")
    ti.xcom_push(key="high", value=f"{table}-high")
    return len(table)


def quiet():
    print("nothing to hand over")


def by_param(params, ti, ds):
    note("by_param", ds, ti.xcom_pull(task_ids="load_orders", key=params["which"]))


def by_key(**context):
    ti, kind = context["ti"], "low" if context["ds"].endswith("5") else "high"
    found = {table: ti.xcom_pull(task_ids=f"load_{table}", key=kind) for table in TABLES}
    chosen = ti.xcom_pull(task_ids=f"load_{context['params']['table']}", key=context["params"]["which"])
    note("by_key", context["ds"], [found, chosen])


def lacking(ti, ds):
    note(
        "lacking",
        ds,
        [ti.xcom_pull(task_ids="quiet", key="none"), ti.xcom_pull(key="low"), ti.xcom_pull(task_ids="quiet")],
    )


def prior(ti, ds):
    note("prior", ds, ti.xcom_pull(task_ids="load_users", key="low", map_indexes=-1, include_prior_dates=True))


def members(**context):
    day = context.get("prev_ds", "none")
    moment = context.get("execution_date") or context["logical_date"]
    there = ["prev_ds" in context, "ds" in context, "next_ds" not in context, "house" in context]
    note("members", context["ds"], [day, moment.isoformat(), there, context.get("next_ds"), context.get("exception")])


def old_parameter(ds, execution_date=None, **kwargs):
    note("old_parameter", ds, [execution_date, kwargs.get("tomorrow_ds", "none")])


def objects(**context):
    dag, run, own = context["dag"], context["dag_run"], context["task"]
    late = datetime.now(run.start_date.tzinfo) >= run.start_date
    facts = [dag.params["which"], dag.catchup, dag.max_active_runs, dag.default_args["retries"], sorted(dag.task_ids)]
    note("objects", context["ds"], [*facts, late, run.state, own.retry_delay.total_seconds(), own.task_type])


with DAG(
    "pulls_of_all_kinds",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"which": "high", "table": "users"},
    max_active_runs=3,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=3)},
) as dag:
    loads = [PythonOperator(task_id=f"load_{one}", python_callable=load, op_kwargs={"table": one}) for one in TABLES]
    loads.append(PythonOperator(task_id="quiet", python_callable=quiet))
    for function in (by_param, by_key, lacking, prior, members, old_parameter, objects):
        loads >> PythonOperator(task_id=function.__name__, python_callable=function)

    @task
    def square(n, ti=None):
        ti.xcom_push(key="label", value=f"n{n}")
        return n * n

    @task
    def copies(ti=None, ds=None):
        labels = list(ti.xcom_pull(task_ids="square", key="label"))
        some = [
            ti.xcom_pull(task_ids="square", map_indexes=1),
            ti.xcom_pull(task_ids="square", map_indexes=0, key="label"),
        ]
        several = ti.xcom_pull(task_ids="square", map_indexes=[2, 0])
        note("copies", ds, [labels, list(ti.xcom_pull(task_ids="square")), some, several])

    squares = square.expand(n=[1, 2, 3])
    squares >> copies()
    squares >> BashOperator(
        task_id="shown_copies",
        bash_command='echo \'{{ ti.xcom_pull(task_ids="square", map_indexes=1) }} {{ ti.xcom_pull(task_ids="square", map_indexes=[0, 1]) | sum }}\' > $DATA_DIR/copies_{{ ds }}',
    )
    BashOperator(
        task_id="defined",
        bash_command="echo '{% if execution_date is defined %}old{% else %}new{% endif %} {{ prev_ds | default(ds) }}' > $DATA_DIR/defined_{{ ds }}",
    )

"""Macros and filters that are handed `ti`, `dag_run`, `dag` or `task`, and ask them for what they need."""

import os
from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

PRICES = {"tea": 250, "milk": 120}


def order(ti):
    return ti.xcom_pull(task_ids="collect")


def lines(ti, prefix=""):
    return [f"{prefix}{article} x {count}" for article, count in sorted(order(ti).items())]


def total(ti):
    return ti.xcom_pull(task_ids="collect", key="total")


def label(task, run):
    return f"{task.task_id}@{run.logical_date.strftime('%d.%m.')}"


def quarter_of(dag_run):
    return (dag_run.logical_date.month + 2) // 3


def told(dag_run, name, otherwise):
    return dag_run.conf.get(name, otherwise)


def owner_of(dag):
    return f"{dag.dag_id}/{','.join(sorted(dag.tags))}"


def collect(ti):
    ti.xcom_push(key="total", value=5)
    return {"tea": 2, "milk": 3}


def summary(ti, dag_run):
    return "; ".join([*lines(ti, "- "), f"{total(ti)} in all", f"Q{quarter_of(dag_run)}"])


with DAG(
    "handed_macros",
    schedule="30 18 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    tags=["shop"],
    params={"size": 3},
    default_args={"owner": "shop-data", "retries": 0},
    user_defined_macros={
        "lines": lines,
        "total": total,
        "label": label,
        "told": told,
        "owner_of": owner_of,
        "price": PRICES.get,
        "asked": lambda dag_run, name: dag_run.conf.get(name, "nobody"),
    },
    user_defined_filters={"quarter": quarter_of, "order_of": order, "money": "{:.2f}".format},
):
    PythonOperator(task_id="collect", python_callable=collect) >> [
        BashOperator(
            task_id="slip",
            bash_command="printf '%s\\n' {% for line in lines(ti, prefix='+ ') %}'{{ line }}' {% endfor %}"
            "'{{ label(task, run=dag_run) }} {{ ti.task_id | upper }} {{ ti.try_number }}' "
            "'Q{{ dag_run | quarter }} {{ owner_of(dag) }} {{ owner_of(dag=ti.task.dag) }}' > slip_{{ ds }}.txt",
            cwd=os.environ.get("DATA_DIR"),
        ),
        BashOperator(
            task_id="price",
            bash_command="{% set found = ti | order_of %}"
            "echo '{{ (found.tea * price('tea') / 100) | money }} for {{ told(dag_run, 'who', 'all') }}, {{ total(task_instance) + 1 }}' "
            "'{{ data_interval_end.in_timezone(dag.timezone.name).format('HH:mm zz') }}' > price_{{ ds }}.txt",
            cwd=os.environ.get("DATA_DIR"),
            env={"TOTAL": "{{ total(ti) }}", "LINES": "{{ lines(ti) | join(',') }}"},
            append_env=True,
        ),
        PythonOperator(task_id="summary", python_callable=summary),
        BashOperator(
            task_id="names",
            bash_command="{% set run = dag_run %}{%- set me = ti.task -%} "
            "echo '{{ me.task_id }} {{ run.logical_date | ds }} {{ asked(run, 'who') }} {{ run.conf.get('who', '-') }}' "
            "'{{ ti.task.dag.dag_id | upper }} {{ dag.default_args.owner }} {{ dag.params.size + 1 }} {{ ti.max_tries }}' "
            "> names_{{ ds }}.txt",
            cwd=os.environ.get("DATA_DIR"),
        ),
        SQLExecuteQueryOperator(task_id="keep", conn_id="warehouse", sql="sql/orders.sql", split_statements=True),
    ]

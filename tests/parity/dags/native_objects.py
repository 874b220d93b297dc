"""Templates that become objects (`render_template_as_native_obj`): text that is JSON, numbers, dates, lists."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, literal

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def extract():
    return str(301.25 + 433.5)


def transform(order_data, day, n, nodash, when, path, pair, fixed, kept, ti):
    Path(f"{OUT}/native_{day}").write_text(
        f"{order_data * 2} {day!r} {n!r} {nodash!r} {when:%H} {path} {pair!r} {fixed!r} {kept!r}"
    )
    return {"total": order_data * 2}


def between(low, high, ds, ti):
    ti.xcom_push(key="span", value=high - low)
    Path(f"{OUT}/between_{ds}").write_text(f"{low} {high}")


with DAG(
    "native_objects",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    render_template_as_native_obj=True,
    params={"n": 3, "s": "7", "limits": {"low": 6.5, "high": 8}},
):
    e = PythonOperator(task_id="extract", python_callable=extract)
    t = PythonOperator(
        task_id="transform",
        python_callable=transform,
        op_kwargs={
            "order_data": "{{ ti.xcom_pull('extract') }}",
            "day": "{{ ds }}",
            "n": "{{ params.n }}",
            "nodash": "{{ ds_nodash }}",
            "when": "{{ logical_date }}",
            "path": "{{ params.s }}/out_{{ ds }}",
            "pair": "[{{ params.n }}, {{ params.s }}]",
            "fixed": "12",
            "kept": [literal("{{ ds }}"), literal("12")],
        },
    )
    b = BashOperator(
        task_id="b",
        bash_command="echo {{ ti.xcom_pull('transform')['total'] }} {{ params.n + 1 }} > " + OUT + "/b_{{ ds }}",
    )
    limits = PythonOperator(task_id="limits", python_callable=between, op_kwargs="{{ params.limits }}")
    span = BashOperator(
        task_id="span", bash_command="echo {{ ti.xcom_pull('limits', key='span') }} > " + OUT + "/span_{{ ds }}"
    )
    limits >> span
    e >> t >> b

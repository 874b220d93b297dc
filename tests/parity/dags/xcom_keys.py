"""Classic XComs: pushed by key, pulled by task and key, in code and in templates."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def push(ti, ds):
    ti.xcom_push(key="path", value=f"{DATA_DIR}/{ds}.txt")
    ti.xcom_push(key="rows", value=[1, 2, 3])
    return {"status": "ok", "count": 3}


def pull(**context):
    ti = context["ti"]
    path = ti.xcom_pull(task_ids="push", key="path")
    rows = ti.xcom_pull(task_ids="push", key="rows")
    result = ti.xcom_pull(task_ids="push")
    Path(path).write_text(f"{sum(rows)} {result['status']}")


with DAG("xcom_keys", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    pushed = PythonOperator(task_id="push", python_callable=push)
    pulled = PythonOperator(task_id="pull", python_callable=pull)
    shown = BashOperator(
        task_id="show",
        bash_command="echo {{ ti.xcom_pull(task_ids='push')['count'] }} {{ task_instance.xcom_pull('push', key='rows')[0] }} >> "
        "{{ ti.xcom_pull(task_ids='push', key='path') }}",
    )
    last = BashOperator(task_id="last", bash_command="echo one; echo two; echo the last line")
    after = BashOperator(
        task_id="after", bash_command="echo '{{ ti.xcom_pull(task_ids=\"last\") }}' >> $DATA_DIR/last_{{ ds }}.txt"
    )
    pushed >> pulled >> shown >> last >> after

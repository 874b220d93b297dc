"""XComs across DAGs: a child reads the value of the parent that started it; include_prior_dates."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def compute(ds, ti):
    last = ti.xcom_pull(task_ids="compute", key="total", include_prior_dates=True) or 0
    ti.xcom_push(key="total", value=last + int(ds[-2:]))
    return {"path": f"out_{ds}", "total": last}


def child_work(**context):
    conf = context["dag_run"].conf
    Path(DATA_DIR, f"child_{conf['day']}").write_text(f"{conf['path']} {conf.get('extra', 'nothing')}")


with DAG("running_totals", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    computed = PythonOperator(task_id="compute", python_callable=compute)
    trigger = TriggerDagRunOperator(
        task_id="trigger",
        trigger_dag_id="running_totals_child",
        conf={"day": "{{ ds }}", "path": "{{ ti.xcom_pull(task_ids='compute')['path'] }}"},
    )
    computed >> trigger

with DAG("running_totals_child", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(task_id="work", python_callable=child_work)

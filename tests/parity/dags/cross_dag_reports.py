"""XComs across DAGs by key; a parent that waits for the child it triggers; params handed on."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def load(ti, ds):
    ti.xcom_push(key="row_count", value=int(ds[-2:]) * 100)
    ti.xcom_push(key="files", value=[f"a_{ds}", f"b_{ds}"])


def report(ds, ti):
    count = ti.xcom_pull(dag_id="cross_dag_loads", task_ids="load", key="row_count", include_prior_dates=True)
    files = ti.xcom_pull(dag_id="cross_dag_loads", task_ids="load", key="files", include_prior_dates=True)
    (DATA_DIR / f"report_{ds}.json").write_text(json.dumps([count, files]))


with DAG("cross_dag_loads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(task_id="load", python_callable=load)

with DAG("cross_dag_reports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"limit": 3}):
    reported = PythonOperator(task_id="report", python_callable=report)
    reported >> TriggerDagRunOperator(
        task_id="archive",
        trigger_dag_id="cross_dag_archive",
        conf={"files": "{{ ds }}", "limit": "{{ params.limit }}"},
        wait_for_completion=False,
    )

with DAG("cross_dag_archive", schedule=None, start_date=datetime(2024, 1, 1), catchup=False, params={"limit": 1}):

    @task
    def archive(params=None, dag_run=None):
        (DATA_DIR / f"archive_{dag_run.conf['files']}").write_text(str(params["limit"]))

    archive()

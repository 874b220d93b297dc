"""One DAG starts another one with a conf of its values, a third one waits for one of its tasks."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("starts_and_waits", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    hello = BashOperator(task_id="hello", bash_command="echo hello")
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="started",
        conf={"day": "{{ ds }}", "text": "{{ ti.xcom_pull(task_ids='hello') }}", "number": 3},
    )
    hello >> start >> BashOperator(task_id="last", bash_command="touch $DATA_DIR/last")

with DAG("started", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def read(**context):
        Path(DATA_DIR, "conf.json").write_text(json.dumps(context["dag_run"].conf, sort_keys=True))

    BashOperator(
        task_id="show",
        bash_command="echo {{ dag_run.conf['day'] }} {{ dag_run.conf.get('other', 'none') }} > $DATA_DIR/shown",
    )
    read()

with DAG("waits", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    wait = ExternalTaskSensor(
        task_id="wait", external_dag_id="starts_and_waits", external_task_id="last", poke_interval=1, timeout=5
    )
    both = ExternalTaskSensor(
        task_id="both",
        external_dag_id="starts_and_waits",
        external_task_ids=["hello", "last"],
        poke_interval=1,
        timeout=5,
    )
    [wait, both] >> BashOperator(task_id="done", bash_command="touch $DATA_DIR/waited_{{ ds }}")

"""A DAG that starts others for dates of its own choice: with and without waiting for their end, several times, one of them only once."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("starts_for_dates", schedule="0 3 * * *", start_date=datetime(2024, 1, 1), catchup=False):
    first = TriggerDagRunOperator(
        task_id="first",
        trigger_dag_id="dated",
        logical_date="{{ logical_date }}",
        conf={"by": "first of {{ ds }}"},
        wait_for_completion=True,
        poke_interval=1,
    )
    seen = BashOperator(task_id="seen", bash_command="cp $DATA_DIR/dated_{{ ds }}.txt $DATA_DIR/seen_{{ ds }}.txt")
    month = TriggerDagRunOperator(
        task_id="month",
        trigger_dag_id="monthly",
        logical_date="{{ data_interval_start.strftime('%Y-%m-01') }}",
        skip_when_already_exists=True,
    )
    daily = TriggerDagRunOperator(task_id="daily", trigger_dag_id="daily_numbers", logical_date="{{ ds }}")

    @task
    def regions():
        return [{"region": "eu"}, {"region": "us"}]

    each = TriggerDagRunOperator.partial(task_id="each", trigger_dag_id="regional").expand(conf=regions())
    last = TriggerDagRunOperator(
        task_id="last", trigger_dag_id="dated", logical_date="{{ macros.ds_add(ds, -10) }}", conf={"by": "last"}
    )
    first >> seen >> [month, daily, last]
    seen >> each

with DAG("dated", schedule=None, start_date=datetime(2024, 1, 1)):

    def note(ds, ts, dag_run):
        Path(DATA_DIR, f"dated_{ds}.txt").write_text(f"{ts} {dag_run.conf.get('by')}")

    PythonOperator(task_id="note", python_callable=note)

with DAG("monthly", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="count", bash_command="echo {{ ds }} >> $DATA_DIR/months.txt")

with DAG("daily_numbers", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BashOperator(task_id="write", bash_command="echo {{ ds_nodash }} > $DATA_DIR/numbers_{{ ds }}.txt")

with DAG("regional", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="write", bash_command="touch $DATA_DIR/region_{{ dag_run.conf['region'] }}.txt")

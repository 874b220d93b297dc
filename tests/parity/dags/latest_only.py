"""LatestOnlyOperator: runs that a person starts go on, whatever their date."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
from airflow.sdk import DAG

with DAG("latest_only", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    latest = LatestOnlyOperator(task_id="latest")
    publish = BashOperator(task_id="publish", bash_command="touch $DATA_DIR/published_{{ ds }}")
    always = BashOperator(task_id="always", bash_command="touch $DATA_DIR/always_{{ ds }}")
    finish = BashOperator(task_id="finish", bash_command="touch $DATA_DIR/finished_{{ ds }}", trigger_rule="all_done")
    latest >> publish >> finish
    always >> finish

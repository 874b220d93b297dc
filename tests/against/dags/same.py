"""Read alike by Airflow and by the analysis."""

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator
from airflow.utils.task_group import TaskGroup

with DAG("same", schedule="0 5 * * *", start_date=datetime(2026, 1, 1), catchup=False) as dag:
    first = BashOperator(task_id="first", bash_command="true", retries=2, pool="small")
    with TaskGroup("group"):
        second = BashOperator(task_id="second", bash_command="true", trigger_rule="all_done")
    first >> second

with DAG("every_six_hours", schedule=timedelta(hours=6), start_date=datetime(2026, 1, 1), catchup=False) as six:
    BashOperator(task_id="only", bash_command="true")

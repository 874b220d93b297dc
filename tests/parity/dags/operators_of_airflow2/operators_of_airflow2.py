"""Operators of the house, in the style of Airflow 2."""

from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from house.operators import CollectOperator, SummaryOperator

with DAG("operators_of_airflow2", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    first = SummaryOperator(task_id="first", line="day {{ ds }}", prefix="> ")
    second = SummaryOperator(task_id="second", line="month {{ ds_nodash[:6] }}", prefix="", folder="months", retries=0)
    collect = CollectOperator(task_id="collect", source="second")
    tell = BashOperator(
        task_id="tell",
        bash_command="echo {{ ti.xcom_pull('collect') }} {{ ti.xcom_pull(task_ids='first', key='length') }}",
    )
    [first, second] >> collect >> tell

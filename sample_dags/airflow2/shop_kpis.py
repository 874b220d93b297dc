"""Key figures of the shop in plain SQL; written for Airflow 2, where `@daily` works on the day before."""

import os
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.latest_only import LatestOnlyOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator
from airflow.sensors.external_task import ExternalTaskSensor

args = dict(owner="bi", start_date=datetime(2026, 1, 1), retries=1, retry_delay=timedelta(minutes=5))

dag = DAG(
    "shop_kpis",
    default_args=args,
    schedule_interval="@daily",
    max_active_runs=1,
    template_searchpath=os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql"),
    user_defined_macros={"min_orders": 5},
    params={"table": "kpi_daily"},
    tags=["sql", "kpi"],
)

create = SQLExecuteQueryOperator(
    task_id="create_table",
    conn_id="warehouse",
    sql="""
    CREATE TABLE IF NOT EXISTS {{ params.table }} (
        day DATE, orders INTEGER, revenue_eur NUMERIC(12, 2), previous_revenue_eur NUMERIC(12, 2)
    )
    """,
    dag=dag,
)

fill = SQLExecuteQueryOperator(
    task_id="fill_table",
    conn_id="warehouse",
    sql="kpi_daily.sql",
    split_statements=True,
    dag=dag,
)

check = SQLCheckOperator(
    task_id="check_orders",
    conn_id="warehouse",
    sql="SELECT orders >= {{ min_orders }} FROM {{ params.table }} WHERE day = '{{ ds }}'",
    dag=dag,
)

wait = ExternalTaskSensor(
    task_id="wait_for_loyalty",
    external_dag_id="loyalty_points",
    external_task_id="end",
    execution_delta=timedelta(hours=-4),
    timeout=3600,
    dag=dag,
)

latest = LatestOnlyOperator(task_id="latest_only", dag=dag)

trigger = TriggerDagRunOperator(
    task_id="trigger_segments",
    trigger_dag_id="newsletter_segments",
    conf={"day": "{{ ds }}", "source": "shop_kpis"},
    dag=dag,
)

wait >> create >> fill >> check
check >> latest >> trigger

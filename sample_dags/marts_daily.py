"""SQL marts for the BI dashboards, in two layers: staging and marts.

All statements can be repeated for a day: delete and insert, or rebuild.
"""

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, Param, TaskGroup

from fernwood_common.alerts import notify_failure

WAREHOUSE = "warehouse"

MARTS = ["mart_daily_revenue", "mart_customer_value", "mart_product_performance"]

with DAG(
    dag_id="marts_daily",
    schedule="30 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    max_active_tasks=2,
    params={
        "lookback_days": Param(28, type="integer", minimum=1, maximum=365, description="window of product sales"),
        "vip_threshold_eur": Param(150, type="number", title="Revenue from which a customer is a VIP"),
    },
    default_args={
        "owner": "bi",
        "email": ["bi@fernwood.example"],
        "retries": 1,
        "on_failure_callback": notify_failure,
        "conn_id": WAREHOUSE,
        "split_statements": True,
    },
    tags=["warehouse", "marts", "sql"],
    doc_md=__doc__,
) as dag:
    start = EmptyOperator(task_id="start")

    with TaskGroup(group_id="staging") as staging:
        for table in ("stg_orders", "stg_customers"):
            SQLExecuteQueryOperator(task_id=table, sql=f"sql/staging/{table}.sql", pool="warehouse")

    with TaskGroup(group_id="marts") as marts:
        tasks = {
            mart: SQLExecuteQueryOperator(
                task_id=mart,
                sql=f"sql/marts/{mart}.sql",
                outlets=[Asset(f"fernwood://warehouse/{mart}")],
            )
            for mart in MARTS
        }
        category_margin = SQLExecuteQueryOperator(
            task_id="mart_category_margin",
            sql="sql/marts/mart_category_margin.sql",
            outlets=[Asset("fernwood://warehouse/mart_category_margin")],
        )
        tasks["mart_product_performance"] >> category_margin

    days_of_marts = SQLExecuteQueryOperator(
        task_id="count_days",
        sql="SELECT COUNT(DISTINCT order_date) AS days, SUM(revenue_eur) AS revenue_eur FROM mart_daily_revenue",
        do_xcom_push=True,
    )

    start >> staging >> marts >> days_of_marts

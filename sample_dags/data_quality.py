"""Checks on the warehouse after the marts are built. A failed check alerts Slack and the BI mailbox."""

from __future__ import annotations

import pandas as pd
import pendulum
from airflow.providers.common.sql.operators.sql import (
    SQLCheckOperator,
    SQLColumnCheckOperator,
    SQLTableCheckOperator,
    SQLValueCheckOperator,
)
from airflow.providers.slack.operators.slack_webhook import SlackWebhookOperator
from airflow.providers.smtp.operators.smtp import EmailOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag, task, task_group

from fernwood.hooks import WarehouseHook
from fernwood_common import paths


class DataQualityError(Exception):
    """A rule of the data contract is broken."""


@dag(
    schedule="0 7 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    default_args={"owner": "bi", "retries": 0},
    params={"min_rows": 10, "max_revenue_gap_eur": 0.05},
    tags=["quality", "warehouse"],
)
def data_quality():
    @task_group(group_id="sql_checks")
    def sql_checks():
        SQLColumnCheckOperator(
            task_id="order_columns",
            conn_id="warehouse",
            table="stg_orders",
            partition_clause="order_date = '{{ ds }}'",
            column_mapping={
                "order_id": {"null_check": {"equal_to": 0}, "unique_check": {"equal_to": 0}},
                "quantity": {"min": {"geq_to": 1}, "max": {"leq_to": 100}},
                "amount_eur": {"min": {"greater_than": 0}, "null_check": {"equal_to": 0}},
            },
        )
        SQLTableCheckOperator(
            task_id="order_table",
            conn_id="warehouse",
            table="stg_orders",
            partition_clause="order_date = '{{ ds }}'",
            checks={
                "enough_rows": {"check_statement": "COUNT(*) >= 10"},
                "known_status": {
                    "check_statement": "SUM(CASE WHEN status IN ('paid', 'cancelled', 'refunded') THEN 0 ELSE 1 END) = 0"
                },
            },
        )
        SQLCheckOperator(task_id="no_orphan_skus", conn_id="warehouse", sql="sql/checks/orphan_skus.sql")
        SQLValueCheckOperator(
            task_id="one_row_per_product",
            conn_id="warehouse",
            sql="SELECT COUNT(*) - COUNT(DISTINCT sku) FROM mart_product_performance",
            pass_value=0,
        )

    @task
    def revenue_matches_files(ds: str, params: dict) -> float:
        """The warehouse must show the revenue of the cleaned files, to the cent."""
        orders = pd.read_parquet(paths.staged_orders(ds))
        in_files = orders.loc[orders["status"] == "paid", "amount_eur"].sum()
        revenue = WarehouseHook().read_frame(
            f"SELECT SUM(revenue_eur) AS revenue_eur FROM mart_daily_revenue WHERE order_date = '{ds}'"
        )
        gap = abs(float(in_files) - float(revenue["revenue_eur"].iloc[0]))
        if gap > params["max_revenue_gap_eur"]:
            raise DataQualityError(f"revenue of {ds} differs by {gap:.2f} EUR")
        return round(gap, 2)

    checks = sql_checks()
    revenue_check = revenue_matches_files()

    passed = EmptyOperator(task_id="passed")
    slack = SlackWebhookOperator(
        task_id="alert_slack",
        slack_webhook_conn_id="slack_alerts",
        message=":warning: data quality failed for {{ ds }}: {{ dag_run.run_id }}",
        trigger_rule="one_failed",
    )
    mail = EmailOperator(
        task_id="alert_mail",
        to=["bi@fernwood.example"],
        from_email="airflow@fernwood.example",
        subject="Data quality failed for {{ ds }}",
        html_content="Marts of {{ ds }} must not be used. See the task logs.",
        trigger_rule="one_failed",
    )

    [checks, revenue_check] >> passed
    [checks, revenue_check] >> slack
    [checks, revenue_check] >> mail


data_quality()

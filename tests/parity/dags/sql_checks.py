"""Quality gates on a warehouse table."""

import datetime as dt

from airflow.providers.common.sql.operators.sql import (
    SQLCheckOperator,
    SQLColumnCheckOperator,
    SQLExecuteQueryOperator,
    SQLIntervalCheckOperator,
    SQLTableCheckOperator,
    SQLThresholdCheckOperator,
    SQLValueCheckOperator,
)
from airflow.sdk import DAG

with DAG(
    "sql_checks",
    schedule="@daily",
    start_date=dt.datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse"},
) as dag:
    create = SQLExecuteQueryOperator(
        task_id="create",
        sql=[
            "CREATE TABLE IF NOT EXISTS visits (ds TEXT, page TEXT, hits INTEGER)",
            "DELETE FROM visits WHERE ds IN ('{{ ds }}', '{{ macros.ds_add(ds, -1) }}')",
        ],
    )
    load = SQLExecuteQueryOperator(
        task_id="load",
        sql="""
        INSERT INTO visits VALUES ('{{ ds }}', 'home', 10), ('{{ ds }}', 'about', 5), ('{{ macros.ds_add(ds, -1) }}', 'home', 9), ('{{ macros.ds_add(ds, -1) }}', 'about', 4)
    """,
        split_statements=False,
    )
    any_rows = SQLCheckOperator(task_id="any_rows", sql="SELECT COUNT(*) FROM visits WHERE ds = '{{ ds }}'")
    total = SQLValueCheckOperator(
        task_id="total", sql="SELECT SUM(hits) FROM visits WHERE ds = '{{ ds }}'", pass_value=14, tolerance=0.1
    )
    columns = SQLColumnCheckOperator(
        task_id="columns",
        table="visits",
        partition_clause="ds = '{{ ds }}'",
        column_mapping={
            "hits": {"min": {"geq_to": 1}, "max": {"leq_to": 1000}, "null_check": {"equal_to": 0}},
            "page": {"distinct_check": {"geq_to": 2}},
        },
    )
    rows = SQLTableCheckOperator(
        task_id="rows",
        table="visits",
        checks={
            "row_count_check": {"check_statement": "COUNT(*) >= 2"},
            "sum_check": {"check_statement": "SUM(hits) > 3", "partition_clause": "page = 'home'"},
        },
    )
    threshold = SQLThresholdCheckOperator(
        task_id="threshold", sql="SELECT MAX(hits) FROM visits", min_threshold=1, max_threshold="SELECT 100"
    )
    trend = SQLIntervalCheckOperator(
        task_id="trend",
        table="visits",
        date_filter_column="ds",
        days_back=-1,
        metrics_thresholds={"COUNT(*)": 2, "SUM(hits)": 1.5},
    )
    publish = SQLExecuteQueryOperator(
        task_id="publish",
        sql=["CREATE TABLE IF NOT EXISTS published (ds TEXT)", "INSERT INTO published VALUES ('{{ ds }}')"],
    )
    create >> load >> [any_rows, total, columns, rows, threshold, trend] >> publish

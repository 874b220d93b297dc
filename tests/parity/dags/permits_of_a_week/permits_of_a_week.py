"""Weekly register of building permits, published every Monday morning."""

import os
from datetime import datetime, timedelta, timezone

from airflow.providers.common.sql.operators.sql import (
    SQLColumnCheckOperator,
    SQLExecuteQueryOperator,
    SQLTableCheckOperator,
)
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param, chain

HERE = os.path.dirname(os.path.abspath(__file__))


def receive(ds, params, districts_csv, **_):
    """The districts' offices hand in what they granted in the last days."""
    first = datetime.strptime(ds, "%Y-%m-%d")
    rows = []
    for d, district in enumerate(districts_csv.split(",")):
        for i in range(1, params["window_days"] + 1, 2):
            granted = (first - timedelta(days=i)).strftime("%Y-%m-%d")
            rows.append((f"{district[:2].upper()}-{granted}", district, granted, 50.0 * (d + 1) + i))
    SqliteHook(sqlite_conn_id="warehouse").insert_rows(
        table="permits",
        rows=rows,
        target_fields=["permit_no", "district", "granted", "fee"],
        replace=True,
    )
    return len(rows)


with DAG(
    dag_id="permits_of_a_week",
    schedule="15 7 * * MON",
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    catchup=True,
    template_searchpath=[os.path.join(HERE, "authority_permit_sql")],
    user_defined_macros={"yesterday": "day before"},
    params={
        "districts": Param(["north", "south", "harbour"], type="array"),
        "window_days": Param(7, type="integer", minimum=1, maximum=31),
    },
    default_args={"owner": "register-office", "conn_id": "warehouse"},
    tags=["authority"],
) as dag:
    tables = SQLExecuteQueryOperator(task_id="tables", sql="permit_tables.sql", split_statements=True)
    receive_permits = PythonOperator(
        task_id="receive_permits",
        python_callable=receive,
        op_kwargs={"districts_csv": "{{ params.districts | join(',') }}"},
    )
    column_check = SQLColumnCheckOperator(
        task_id="column_check",
        table="permits",
        column_mapping={
            "permit_no": {"null_check": {"equal_to": 0}, "unique_check": {"equal_to": 0}},
            "fee": {"min": {"greater_than": 0}, "max": {"leq_to": 500}},
        },
    )
    week = SQLExecuteQueryOperator(task_id="week", sql="permit_week.sql", split_statements=True)
    table_check = SQLTableCheckOperator(
        task_id="table_check",
        table="permit_stats",
        checks={"has_rows": {"check_statement": "count(*) > 0"}, "no_negative": {"check_statement": "min(fees) >= 0"}},
    )
    publish = BashOperator(task_id="publish", bash_command="publish_week.sh", append_env=True)
    log_week = SQLExecuteQueryOperator(
        task_id="log_week",
        sql=[
            "CREATE TABLE IF NOT EXISTS publications (day TEXT, lines INTEGER, received INTEGER)",
            "INSERT INTO publications VALUES ('{{ ds }}', {{ ti.xcom_pull('publish') }}, "
            "{{ ti.xcom_pull(task_ids='receive_permits') }})",
        ],
    )
    chain(tables, receive_permits, column_check, week, [table_check, publish], log_week)

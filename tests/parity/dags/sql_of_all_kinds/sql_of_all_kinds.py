"""SQL operators with the arguments that few people know: parameters of checks, pages of a transfer, rows to insert."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.operators.generic_transfer import GenericTransfer
from airflow.providers.common.sql.operators.sql import (
    BranchSQLOperator,
    SQLCheckOperator,
    SQLColumnCheckOperator,
    SQLExecuteQueryOperator,
    SQLTableCheckOperator,
    SQLThresholdCheckOperator,
    SQLValueCheckOperator,
)
from airflow.providers.common.sql.sensors.sql import SqlSensor
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def names(cursor):
    return [column[0] for column in cursor.description]


with DAG(
    "sql_of_all_kinds",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"conn_id": "warehouse"},
    params={"least": 1, "total": 10},
):
    create = SQLExecuteQueryOperator(task_id="create", split_statements=True, sql="sql/create.sql")
    insert = SQLExecuteQueryOperator(
        task_id="insert",
        sql=[
            "DELETE FROM visits",
            "INSERT INTO visits VALUES ('2024-01-05', 'berlin', 3), ('2024-01-05', 'wien', 4), ('2024-01-06', 'bern', 5)",
            "INSERT INTO visits VALUES ('2024-01-06', 'rom', NULL)",
        ],
        autocommit=True,
    )
    pages = GenericTransfer(
        task_id="pages",
        sql="SELECT day, city, n FROM visits ORDER BY city",
        destination_table="copies",
        source_conn_id="warehouse",
        destination_conn_id="warehouse",
        preoperator=["DELETE FROM copies", "INSERT INTO notes VALUES ('pages', '{{ ds }}')"],
        page_size=2,
        insert_args={"target_fields": ["day", "city", "n"], "commit_every": 1},
    )
    several = GenericTransfer(
        task_id="several",
        sql=[
            "SELECT day, 'first', n, 'x' FROM visits WHERE n < 4",
            "SELECT day, 'second', n, 'x' FROM visits WHERE n >= 4",
        ],
        destination_table="copies",
        source_conn_id="warehouse",
        destination_conn_id="warehouse",
    )
    both = SQLExecuteQueryOperator(
        task_id="both",
        sql="SELECT count(*) FROM copies; SELECT max(n), min(n) FROM copies",
        split_statements=True,
        return_last=False,
        show_return_value_in_logs=True,
    )
    listed = SQLExecuteQueryOperator(
        task_id="listed", sql=["SELECT 1", "DELETE FROM notes WHERE day = 'never'"], return_last=True
    )
    each = SQLExecuteQueryOperator(task_id="each", sql=["SELECT 1", "SELECT 2, 3"], return_last=False)
    columns = SQLExecuteQueryOperator(task_id="columns", sql="SELECT * FROM visits", handler=names, database="main")

    @task
    def save(both, listed, each, columns, ds=None):
        with Path(OUT, f"saved_{ds}").open("w") as file:
            for value in (both, listed, each, columns):
                file.write(f"{value!r}\n")

    saved = save(both=both.output, listed=listed.output, each=each.output, columns=columns.output)
    check = SQLCheckOperator(
        task_id="check", sql="SELECT count(*) FROM visits WHERE day = ?", parameters=("2024-01-05",)
    )
    value = SQLValueCheckOperator(
        task_id="value",
        sql="SELECT sum(n) FROM visits WHERE day = :day",
        parameters={"day": "2024-01-05"},
        pass_value="{{ 7 }}",
        tolerance="0.1",
    )
    word = SQLValueCheckOperator(task_id="word", sql="SELECT min(city), 'berlin' FROM visits", pass_value="berlin")
    file_check = SQLValueCheckOperator(task_id="file_check", sql="sql/total.sql", pass_value=12)
    agreed = SQLValueCheckOperator(
        task_id="agreed", sql="SELECT sum(n) * 1.0 FROM visits", pass_value="{{ params.total }}", tolerance=0.2
    )
    threshold = SQLThresholdCheckOperator(
        task_id="threshold", sql="sql/total.sql", min_threshold="{{ params.least }}", max_threshold="SELECT 100"
    )
    table = SQLTableCheckOperator(
        task_id="table",
        table="visits",
        partition_clause="day = '{{ ds }}'",
        checks={
            "known": {"check_statement": "n > 0", "partition_clause": "n IS NOT NULL"},
            "rows": {"check_statement": "COUNT(*) = 2"},
        },
    )
    column = SQLColumnCheckOperator(
        task_id="column",
        table="visits",
        column_mapping={
            "n": {
                "null_check": {"equal_to": 0, "partition_clause": "city <> 'rom'"},
                "max": {"equal_to": 4.8, "tolerance": 0.1},
                "min": {"greater_than": 2, "leq_to": 3},
            },
            "city": {"distinct_check": {"geq_to": 3}, "unique_check": {"equal_to": 0}, "max": {"equal_to": "wien"}},
        },
    )
    wait = SqlSensor(
        task_id="wait",
        sql="SELECT count(*) FROM visits WHERE n > :least",
        parameters={"least": "{{ params.least }}"},
        success=lambda count: count == 3,
        failure=lambda count: count > 3,
        poke_interval=1,
        timeout=20,
    )
    choose = BranchSQLOperator(
        task_id="choose",
        sql="SELECT CASE WHEN '{{ ds }}' = :day THEN 'yes' ELSE 'f' END",
        parameters={"day": "2024-01-05"},
        follow_task_ids_if_true=["fifth"],
        follow_task_ids_if_false=["other", "another"],
    )
    create >> insert >> pages >> several >> [both, listed, each, columns]
    several >> check >> value >> word >> file_check >> agreed >> threshold >> table >> column >> wait >> choose
    choose >> [EmptyOperator(task_id=name) for name in ("fifth", "other", "another")]

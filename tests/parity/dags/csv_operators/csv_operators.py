"""CSV files to the warehouse and back, with operators of a plugin."""

import os
from datetime import datetime

from airflow.sdk import DAG, task
from plugins.csv_plugin.operators import CsvToTableOperator, TableToCsvOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG(
    "csv_operators",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"db_conn_id": "warehouse", "owner": "analytics"},
    template_searchpath=[os.path.join(os.path.dirname(__file__), "queries")],
) as dag:

    @task
    def write_files(ds=None):
        os.makedirs(DATA_DIR, exist_ok=True)
        for name in ("a", "b"):
            with open(f"{DATA_DIR}/{name}_{ds}.csv", "w") as file:
                file.write(f"id,name\n1,{name}1\n2,{name}2\n")
        return ["a", "b"]

    names = write_files()
    load_a = CsvToTableOperator(
        task_id="load_a", path=f"{DATA_DIR}/a_{{{{ ds }}}}.csv", table="a", before="DELETE FROM a WHERE 1 = 1"
    )
    load_b = CsvToTableOperator(task_id="load_b", path=f"{DATA_DIR}/b_{{{{ ds }}}}.csv", table="b")
    export = TableToCsvOperator(
        task_id="export",
        sql="both.sql",
        path=f"{DATA_DIR}/both_{{{{ ds_nodash }}}}.csv",
        params={"order": "name"},
        delimiter=";",
    )
    names >> [load_a, load_b] >> export

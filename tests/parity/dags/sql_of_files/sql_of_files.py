import os
from datetime import datetime
from pathlib import Path

import yaml
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup

HERE = Path(__file__).parent
SQL_DIR = HERE / "sql"
OUT = os.environ.get("DATA_DIR", "/tmp/data")
with (HERE / "config" / "models.yaml").open() as fh:
    MODELS = yaml.safe_load(fh)["models"]


def read_sql(name: str) -> str:
    return (SQL_DIR / f"{name}.sql").read_text()


def export(table, columns, ds):
    header = ",".join(columns)
    template = (SQL_DIR / "export.tpl").read_text()
    Path(OUT, f"{table}_{ds}.txt").write_text(template.format(header=header, table=table))


with DAG(
    "sql_of_files", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False, template_searchpath=str(SQL_DIR)
) as dag:
    previous = None
    for model in MODELS:
        with TaskGroup(model["name"]) as group:
            ddl = SQLExecuteQueryOperator(
                task_id="ddl", conn_id="warehouse", sql=read_sql("ddl").replace("__TABLE__", model["name"])
            )
            dml = SQLExecuteQueryOperator(
                task_id="dml",
                conn_id="warehouse",
                sql=model.get("sql", "default.sql"),
                params={"table": model["name"], "limit": model.get("limit", 10)},
                parameters={"d": "{{ ds }}"},
            )
            ddl >> dml
            if model.get("export"):
                dml >> PythonOperator(
                    task_id="export",
                    python_callable=export,
                    op_kwargs={"table": model["name"], "columns": model["columns"]},
                )
        if previous:
            previous >> group
        previous = group

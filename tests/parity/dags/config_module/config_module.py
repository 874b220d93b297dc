import configparser
import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG
from conf import Settings, load_settings

HERE = Path(__file__).parent
parser = configparser.ConfigParser()
parser.read(HERE / "pipeline.ini")
with open(HERE / "tables.json") as handle:
    TABLES = json.load(handle)
settings: Settings = load_settings(os.environ.get("STAGE", "dev"))


def copy_table(table, columns, settings_name, ds):
    out = Path(settings.out) / f"{settings_name}_{table}_{ds}.csv"
    out.write_text(settings.separator.join(columns) + f"\n{settings.batch}")


with DAG(
    dag_id="config_module",
    schedule=parser.get("dag", "schedule"),
    start_date=datetime.fromisoformat(parser["dag"]["start"]),
    catchup=parser.getboolean("dag", "catchup"),
) as dag:
    last = None
    for table in TABLES:
        op = PythonOperator(
            task_id=f"copy_{table['name']}",
            python_callable=copy_table,
            op_args=[table["name"], table["columns"], settings.name],
            retries=table.get("retries", 0),
        )
        if last is not None:
            last >> op
        last = op
    last >> BashOperator(
        task_id="end", bash_command=f"echo {settings.name} {settings.batch * 2} > {settings.out}/end_{{{{ ds }}}}"
    )

if __name__ == "__main__":
    print(dag)

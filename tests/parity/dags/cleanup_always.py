"""Work in a scratch folder that is removed whatever happens; on the second it fails."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def crunch(day):
    scratch = Path(DATA_DIR, "scratch", day)
    (scratch / "part1").write_text("1")
    if day == "2024-03-02":
        raise ValueError("broken input")
    Path(DATA_DIR, f"result_{day}.txt").write_text(str(len(list(scratch.iterdir()))))


with DAG("cleanup_always", schedule="@daily", start_date=datetime(2024, 3, 1), catchup=False) as dag:
    make = BashOperator(task_id="make_scratch", bash_command="mkdir -p $DATA_DIR/scratch/{{ ds }}")
    work = PythonOperator(task_id="crunch", python_callable=crunch, op_args=["{{ ds }}"])
    clean = BashOperator(
        task_id="remove_scratch", bash_command="rm -rf $DATA_DIR/scratch/{{ ds }}", trigger_rule="all_done"
    )
    make >> work >> clean

"""Loads what came in the last five minutes."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator


def load(data_interval_start, data_interval_end, ts_nodash, **_):
    path = Path(os.environ["DATA_DIR"]) / f"load_{ts_nodash}.txt"
    path.write_text(f"{data_interval_start.isoformat()} {data_interval_end.isoformat()}\n")


with DAG("every_five_minutes", schedule_interval="*/5 * * * *", start_date=datetime(2021, 1, 1), catchup=False) as dag:
    PythonOperator(task_id="load", python_callable=load) >> BashOperator(
        task_id="note",
        bash_command="echo {{ ts }} {{ next_execution_date }} {{ data_interval_end | ts }} >> $DATA_DIR/notes.txt",
    )

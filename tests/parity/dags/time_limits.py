"""Work that takes longer than its `execution_timeout`: Python, a command that is tried again, and what comes after."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def work(seconds, name):
    time.sleep(seconds)
    Path(OUT, name).write_text("done")


with DAG(
    "time_limits",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    default_args={"execution_timeout": timedelta(seconds=1.5)},
):
    quick = PythonOperator(task_id="quick", python_callable=work, op_args=[0, "quick"])
    slow = PythonOperator(task_id="slow", python_callable=work, op_args=[3, "slow"])
    patient = PythonOperator(
        task_id="patient", python_callable=work, op_args=[2, "patient"], execution_timeout=timedelta(minutes=1)
    )
    shell = BashOperator(
        task_id="shell",
        bash_command="echo try >> $DATA_DIR/tries; sleep 3; touch $DATA_DIR/shell",
        retries=1,
        retry_delay=timedelta(seconds=0),
    )
    quick >> [slow, patient, shell]
    slow >> BashOperator(task_id="after", bash_command="touch $DATA_DIR/after")

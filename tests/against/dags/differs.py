"""Depends on the machine it is loaded on, so the analysis and Airflow cannot agree."""

import os
from datetime import datetime

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator

with DAG("differs", schedule=os.environ["PATH"][:0] or "@daily", start_date=datetime(2026, 1, 1), catchup=False) as dag:
    for number in range(len(os.environ["HOME"]) and 2):
        BashOperator(task_id=f"task_{number}", bash_command="true")

print("noise on the standard output")

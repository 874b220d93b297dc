"""Looks at the queue each minute."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

with DAG("every_minute", schedule="*/1 * * * *", start_date=datetime(2021, 1, 1), catchup=False) as dag:

    @task
    def look(ts=None, logical_date=None):
        (Path(os.environ["DATA_DIR"]) / f"look_{logical_date:%H%M}.txt").write_text(ts)

    look() >> BashOperator(task_id="note", bash_command="echo {{ ts }} {{ ds }} >> $DATA_DIR/notes.txt")

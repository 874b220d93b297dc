"""Nightly scripts through the platform team's operators, which keep a log of what failed."""

import os
from datetime import datetime

from airflow.sdk import DAG
from platform_lib.tracked import ImportScriptOperator, TrackedBashOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("tracked_bash", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    fetch = TrackedBashOperator(
        task_id="fetch",
        bash_command=f"mkdir -p {DATA_DIR} && echo {{{{ ds }}}} > {DATA_DIR}/fetched_{{{{ ds_nodash }}}}.txt && echo done",
        tracking_dir=f"{DATA_DIR}/tracking",
    )
    imports = ImportScriptOperator(
        task_id="import_users",
        dataset="users",
        out_dir=DATA_DIR,
        tracking_dir=f"{DATA_DIR}/tracking",
        env={"DATASET": "users", "RUN_DAY": "{{ ds }}"},
        append_env=True,
    )
    broken = TrackedBashOperator(
        task_id="broken",
        bash_command="echo before; exit 3",
        tracking_dir=f"{DATA_DIR}/tracking",
    )
    fetch >> imports >> broken

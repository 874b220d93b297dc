"""Environment variables that the file sets for its tasks, of which one DAG has functions and the other only commands."""

import os

os.environ.setdefault("REPORT_STAGE", "dev")
os.environ.update(REPORT_LABEL="numbers")

from datetime import datetime  # noqa: E402
from pathlib import Path  # noqa: E402

from airflow.providers.standard.operators.bash import BashOperator  # noqa: E402
from airflow.sdk import DAG, task  # noqa: E402

BASE = "full"
os.environ["REPORT_MODE"] = f"{BASE}er"

if "REPORT_ZONE" not in os.environ:
    # The service's own default is that of its machine.
    os.environ["REPORT_ZONE"] = "CET"

with DAG("changed_environment", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def show(ds=None):
        found = [value for name, value in sorted(os.environ.items()) if name.startswith("REPORT_")]
        Path(os.environ["DATA_DIR"], f"show_{ds}.txt").write_text(" ".join(found))

    show()

with DAG("changed_environment_shell", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BashOperator(
        task_id="shell",
        bash_command="echo $REPORT_STAGE $REPORT_MODE $REPORT_ZONE $REPORT_LABEL > $DATA_DIR/shell_{{ ds }}.txt",
    )

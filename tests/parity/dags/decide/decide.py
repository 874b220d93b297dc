"""Own branch operators and a skipping operator."""

import os
from datetime import datetime
from pathlib import Path

from acme_ops.branching import DayBranchOperator, HasRowsOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, ds):
    Path(DATA_DIR).mkdir(parents=True, exist_ok=True)
    (Path(DATA_DIR) / f"{name}_{ds}").write_text(name)


with DAG("decide", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    by_day = DayBranchOperator(task_id="by_day", ways={"even": "even_days", "odd": ["odd_days", "odd_more"]})
    even = PythonOperator(task_id="even_days", python_callable=note, op_args=["even"])
    odd = PythonOperator(task_id="odd_days", python_callable=note, op_args=["odd"])
    more = PythonOperator(task_id="odd_more", python_callable=note, op_args=["more"])
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    rows = HasRowsOperator(task_id="rows", path=f"{DATA_DIR}/odd_{{{{ ds }}}}")
    after = PythonOperator(task_id="after", python_callable=note, op_args=["after"])
    by_day >> [even, odd, more] >> join >> rows >> after

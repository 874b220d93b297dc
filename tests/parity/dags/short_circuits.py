"""Short circuits: one that cuts everything below, one that respects trigger rules, and a task that skips itself."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def is_even(ds, **_):
    return int(ds[-2:]) % 2 == 0


def maybe(ds, **_):
    if ds.endswith("3"):
        raise AirflowSkipException("nothing on the third")
    Path(DATA_DIR, f"maybe_{ds}.txt").write_text(ds)


def touch(name, ds, **_):
    Path(DATA_DIR, f"{name}_{ds}.txt").touch()


with DAG("short_circuits", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    even = ShortCircuitOperator(task_id="even_days_only", python_callable=is_even)
    on_even = PythonOperator(task_id="on_even", python_callable=touch, op_kwargs={"name": "even"})
    after_cut = PythonOperator(
        task_id="after_cut", python_callable=touch, op_kwargs={"name": "after_cut"}, trigger_rule="none_failed"
    )
    even >> on_even >> after_cut

    soft = ShortCircuitOperator(task_id="soft_gate", python_callable=is_even, ignore_downstream_trigger_rules=False)
    direct = PythonOperator(task_id="direct", python_callable=touch, op_kwargs={"name": "direct"})
    joined = PythonOperator(
        task_id="joined", python_callable=touch, op_kwargs={"name": "joined"}, trigger_rule="none_failed"
    )
    soft >> direct >> joined

    itself = PythonOperator(task_id="maybe", python_callable=maybe)
    below = PythonOperator(task_id="below_maybe", python_callable=touch, op_kwargs={"name": "below_maybe"})
    itself >> below

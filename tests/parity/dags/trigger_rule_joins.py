"""One of each trigger rule with its usual purpose, after three sources of which one may fail and one may skip."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TriggerRule

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def fetch(name, mode, ds):
    if mode == "fails" and ds.endswith("2"):
        raise AirflowException(f"{name} is down")
    if mode == "skips" and ds.endswith(("2", "3")):
        raise AirflowSkipException(f"{name} has nothing")
    Path(DATA_DIR, f"{name}_{ds}").touch()
    return name


def mark(name, ds):
    Path(DATA_DIR, f"{name}_{ds}").touch()


with DAG("trigger_rule_joins", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    sources = [
        PythonOperator(task_id=name, python_callable=fetch, op_kwargs={"name": name, "mode": mode})
        for name, mode in {"crm": "works", "erp": "fails", "web": "skips"}.items()
    ]
    for rule in (
        TriggerRule.ALL_SUCCESS,
        TriggerRule.ALL_DONE,
        TriggerRule.ONE_FAILED,
        TriggerRule.ONE_SUCCESS,
        TriggerRule.NONE_FAILED,
        TriggerRule.NONE_SKIPPED,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        TriggerRule.ONE_DONE,
    ):
        sources >> PythonOperator(
            task_id=f"on_{rule.value}", python_callable=mark, op_kwargs={"name": rule.value}, trigger_rule=rule
        )

"""Retries: until it works, to no avail, and not at all after AirflowFailException; what comes after each."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def tries(name):
    path = Path(DATA_DIR, name)
    number = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(number))
    return number


def flaky(ds, **_):
    if tries(f"flaky_{ds}") < 3:
        raise ValueError("try again")


def fatal(ds, **_):
    tries(f"fatal_{ds}")
    raise AirflowFailException("never again")


def hopeless(ds, **_):
    tries(f"hopeless_{ds}")
    raise AirflowException("no")


def maybe(ds, **_):
    if ds == "2024-01-05":
        raise AirflowSkipException


def after(ds, ti, **_):
    Path(DATA_DIR, f"{ti.task_id}_{ds}").touch()


with DAG(
    "failing_for_good",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=0)},
):
    for task_id, function, retries in (
        ("flaky", flaky, 2),
        ("fatal", fatal, 2),
        ("hopeless", hopeless, 1),
        ("maybe", maybe, 0),
    ):
        work = PythonOperator(task_id=task_id, python_callable=function, retries=retries)
        work >> PythonOperator(task_id=f"after_{task_id}", python_callable=after)

"""`.map` with a function that leaves elements out, and an empty list."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def without_ending(name):
    if not name.endswith(".csv"):
        raise AirflowSkipException("no table")
    return name.removesuffix(".csv")


def unread(**context):
    with Path(DATA_DIR, f"unread_{context['ti'].task_id}").open("a") as file:
        file.write("one\n")


def row(name):
    return {"table": without_ending(name), "size": len(name)}


with DAG("mapped_empty", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def names():
        return ["x.csv", "y.txt", "z.csv"]

    @task
    def load(table):
        return table

    @task(trigger_rule="none_failed")
    def loaded(tables):
        Path(DATA_DIR, "loaded").write_text(",".join(tables))

    @task
    def nothing():
        return []

    @task
    def each(item):
        Path(DATA_DIR, f"each_{item}").touch()

    @task
    def after():
        Path(DATA_DIR, "after").touch()

    @task
    def sizes():
        return [1, 2, 3]

    @task
    def sized(pair):
        table, size = pair
        Path(DATA_DIR, f"size_{table}").write_text(str(size))

    files = names()
    loaded(load.expand(table=files.map(without_ending)))
    sized.expand(pair=files.map(without_ending).zip(sizes()))
    each.expand(item=nothing()) >> after()
    PythonOperator.partial(task_id="unread", python_callable=unread).expand(op_kwargs=[{"a": 1}, {"a": 2}])
    PythonOperator.partial(task_id="never", python_callable=unread).expand(op_args=[])

    @task
    def entered(table, size, ti=None):
        Path(DATA_DIR, f"entered_{ti.map_index}_{table}_{size}").touch()

    entered.expand_kwargs(files.map(row))
    entered.override(task_id="combined").expand(size=[1, 2], table=files.map(without_ending))
    sized.override(task_id="turned").expand(pair=sizes().zip(files.map(without_ending)))

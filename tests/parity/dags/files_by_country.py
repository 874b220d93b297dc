"""Mapping: list_files -> expand_kwargs of a BashOperator and of a function, zip with fillvalue, concat, map over dicts, mapped group of results."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task, task_group

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def store(name, rows, **context):
    (DATA_DIR / f"{name}_{rows}_{context['ds_nodash']}_{context['ti'].map_index}").touch()
    return rows


def to_arguments(row):
    return {"name": row["country"], "rows": row["rows"]}


with DAG("files_by_country", schedule=None, start_date=datetime(2024, 1, 1), catchup=False) as dag:

    @task
    def countries():
        return {"de": 3, "fr": 1, "pl": 2}

    @task
    def rows(item):
        country, count = item
        return {"country": country, "rows": count}

    @task
    def extra():
        return [{"country": "xx", "rows": 9}]

    @task
    def commands(found):
        return [
            {"bash_command": f"echo {row['country']} > $OUT", "env": {"OUT": str(DATA_DIR / f"cmd_{row['country']}")}}
            for row in found
        ]

    @task
    def pair(values):
        left, right = values
        return f"{left}-{right}"

    @task
    def join(texts, stored):
        (DATA_DIR / "joined.json").write_text(json.dumps([list(texts), list(stored)]))

    @task_group
    def check(row):
        @task
        def validate(row):
            return row["rows"] > 1

        @task
        def record(row, valid):
            (DATA_DIR / f"check_{row['country']}_{valid}").touch()

        record(row, validate(row))

    found = rows.expand(item=countries())
    all_rows = found.concat(extra())
    stored = PythonOperator.partial(task_id="store", python_callable=store).expand(op_kwargs=all_rows.map(to_arguments))
    shell = BashOperator.partial(task_id="shell", append_env=True).expand_kwargs(commands(found))
    pairs = pair.expand(
        values=found.map(lambda row: row["country"]).zip(extra().map(lambda row: row["rows"]), fillvalue="-")
    )
    join(pairs, stored.output)
    check.expand(row=found)
    shell >> stored

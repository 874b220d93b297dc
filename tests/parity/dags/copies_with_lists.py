"""Copies that take all results of other copies, rows of arguments that a task makes for operators, and joins of what is left of copies."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, get_current_context, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, ds, value=""):
    Path(DATA_DIR, f"{name}_{ds}.txt").write_text(json.dumps(value))


def store(table, rows, suffix="", ds="", **_):
    note(f"{table}{suffix}", ds, rows)
    return f"{table}:{rows}"


with DAG("copies_with_lists", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def shops(logical_date=None):
        return [{"id": f"s{number}", "closed": number == 1} for number in range(logical_date.day - 3)]

    @task(map_index_template="{{ shop }}")
    def count(shop, ds=None):
        context = get_current_context()
        context["shop"], context["day"] = f"shop {shop['id']}", ds
        if shop["closed"]:
            raise AirflowSkipException(shop["id"])
        note(f"count_{shop['id']}", ds, context["ti"].map_index)
        return {"id": shop["id"], "units": 10}

    @task(trigger_rule="none_failed")
    def price(counted):
        return counted["units"] * 2

    @task(trigger_rule="none_failed")
    def total(prices, counted, ds=None):
        note("total", ds, [list(prices), [one["id"] for one in counted]])

    @task
    def numbers():
        return [1, 2]

    @task
    def double(number):
        return number * 2

    @task
    def convert(rate, doubled):
        return [number * rate for number in doubled]

    @task
    def table(converted, ds=None):
        note("table", ds, list(converted))

    @task_group
    def region(name):
        @task
        def share(name, doubled, ds=None):
            note(f"share_{name}", ds, list(doubled))

        share(name, doubled)

    @task
    def tables(ds=None):
        rows = []
        for name in ("orders", "clicks"):
            rows.append({"op_kwargs": {"table": name, "rows": len(name)}})
        if ds > "2024-01-05":
            rows.append({"op_kwargs": {"table": "late", "rows": 1, "suffix": "_x"}})
        return rows

    @task
    def files():
        return ["a", "b"]

    def command(name):
        return {"bash_command": f"echo {name} $N > $DATA_DIR/file_{name}.txt", "env": {"N": "1", "DATA_DIR": DATA_DIR}}

    @task.sensor(poke_interval=1, timeout=1, soft_fail=True)
    def late(ds=None):
        return ds == "2024-01-06"

    @task(trigger_rule="none_failed")
    def joined(doubled, ds=None):
        note("joined", ds, list(doubled))

    found = shops()
    counted = count.expand(shop=found)
    total(price.expand(counted=counted), counted)
    doubled = double.expand(number=numbers())
    table(convert.partial(doubled=doubled).expand(rate=[1, 10]))
    region.expand(name=["eu", "us"])
    PythonOperator.partial(task_id="store", python_callable=store).expand_kwargs(tables())
    BashOperator.partial(task_id="command").expand_kwargs(files().map(command))
    late() >> joined(doubled)

"""Dynamic task mapping over the result of a task, over two lists, with zip and map, reduced; and a mapped command."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def _write(name, value):
    with open(os.path.join(DATA_DIR, name), "w") as file:
        file.write(json.dumps(value, sort_keys=True))


def _cleanup(region, suffix):
    Path(DATA_DIR, f"cleanup_{region}_{suffix}").touch()


with DAG(
    "regional_rollup",
    schedule="0 4 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_tasks=4,
) as dag:

    @task
    def list_regions(**context):
        return ["eu", "us", "apac"] if context["logical_date"].day % 2 else ["eu"]

    @task
    def currencies(regions):
        return [{"eu": "EUR", "us": "USD", "apac": "SGD"}[region] for region in regions]

    @task(map_index_template="{{ region }}")
    def fetch(region, limit):
        return {"region": region, "rows": len(region) * limit}

    @task
    def convert(pair):
        row, currency = pair
        return f"{row['region']}:{currency}:{row['rows']}"

    @task
    def total(rows):
        rows = list(rows)
        _write("total.json", rows)
        return sum(row["rows"] for row in rows)

    @task
    def per_size(region, size):
        _write(f"{region}_{size}.json", [region, size])
        return f"{region}{size}"

    @task
    def only_big(size):
        if size < 2:
            raise AirflowSkipException("too small")
        return size

    @task(trigger_rule="none_failed")
    def collect(lines, sizes, big):
        _write("collected.json", [list(lines), sorted(sizes), sorted(big or [])])

    regions = list_regions()
    fetched = fetch.partial(limit=10).expand(region=regions)
    lines = convert.expand(pair=fetched.zip(currencies(regions)))
    sizes = per_size.expand(region=regions, size=[1, 2])
    big = only_big.expand(size=[1, 2, 3])
    total(fetched)

    upper = fetched.map(lambda row: row["region"].upper())

    show = BashOperator.partial(
        task_id="show",
        append_env=True,
        env={"DATA_DIR": DATA_DIR},
    ).expand(bash_command=upper.map(lambda name: f"echo shown > $DATA_DIR/shown_{name}"))

    clean = PythonOperator.partial(task_id="clean", python_callable=_cleanup).expand(
        op_kwargs=[{"region": "eu", "suffix": "a"}, {"region": "us", "suffix": "b"}]
    )
    collected = collect(lines, sizes, big)
    [show, clean] >> collected

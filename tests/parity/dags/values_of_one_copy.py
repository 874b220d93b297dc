"""What is pulled of mapped tasks and taken of expanded groups, of one copy and of several."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("values_of_one_copy", schedule=None, start_date=datetime(2024, 1, 1), catchup=False, params={"n": 2}):

    @task
    def numbers(params=None):
        return list(range(params["n"]))

    @task
    def double(number):
        return 2 * number

    @task_group
    def each(number):
        return double.override(task_id="twice")(number)

    def keep(name, values, params):
        Path(DATA_DIR, f"{name}_{params['n']}").write_text(json.dumps(values))

    @task
    def handed(values, params=None):
        keep("handed", list(values), params)

    @task
    def pulled(ti=None, params=None):
        keep("pulled", ti.xcom_pull(task_ids="double"), params)

    @task
    def of_group(values, params=None):
        keep("of_group", values, params)

    doubled = double.expand(number=numbers())
    handed(doubled)
    doubled >> pulled()
    of_group(each.expand(number=numbers.override(task_id="others")()))

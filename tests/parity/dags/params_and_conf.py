"""Params with types, defaults and an enum, in code and in templates, overridden by the run's conf."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG(
    "params_and_conf",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={
        "name": Param("world", type="string", minLength=1),
        "times": Param(2, type="integer", minimum=1, maximum=9),
        "ratio": Param(0.5, type="number"),
        "kinds": Param(["a", "b"], type="array"),
        "options": Param({"deep": True}, type="object"),
        "color": Param("red", enum=["red", "green"]),
        "note": Param(None, type=["null", "string"]),
    },
) as dag:

    @task
    def greet(params: dict | None = None):
        lines = [f"hello {params['name']}"] * params["times"]
        Path(DATA_DIR, f"greet_{params['name']}.txt").write_text("\n".join(lines))
        return params["times"] * params["ratio"]

    @task
    def dump(**context):
        params = context["params"]
        keys = ["kinds", "options", "color", "note"]
        Path(DATA_DIR, f"params_{params['name']}.json").write_text(json.dumps({key: params[key] for key in keys}))

    shown = BashOperator(
        task_id="show",
        bash_command="echo {{ params.name }} {{ params.times + 1 }} {{ params.kinds | length }} {{ params.color }} "
        "{{ params.note or 'none' }} > $DATA_DIR/show_{{ params.name }}.txt",
    )
    greet() >> dump() >> shown

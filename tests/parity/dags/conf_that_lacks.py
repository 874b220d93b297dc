"""What the conf of a run lacks, and params that it alone brings, in code and in templates."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, value):
    Path(DATA_DIR, f"{name}.json").write_text(json.dumps(value))


def strict(dag_run, ds):
    note(f"strict_{ds}", dag_run.conf["mode"])


def nested(dag_run, ds):
    note(f"nested_{ds}", dag_run.conf["deep"]["x"])


def strict_param(params, ds):
    note(f"param_{ds}", [params["mode"], params["size"]])


def soft(dag_run, params, ds):
    conf = dag_run.conf
    note(f"soft_{ds}", [conf.get("mode"), conf.get("mode", "x"), params.get("mode"), params.get("mode", "y")])


with DAG("conf_that_lacks", schedule=None, start_date=datetime(2024, 1, 1), catchup=False, params={"size": 3}):
    for function in (strict, nested, strict_param, soft):
        PythonOperator(task_id=function.__name__, python_callable=function)
    BashOperator(task_id="shell", bash_command="echo '{{ dag_run.conf.mode }}' > $DATA_DIR/shell_{{ ds }}.txt")
    BashOperator(task_id="shell_param", bash_command="echo '{{ params.mode }}' > $DATA_DIR/param_{{ ds }}.txt")

"""Objects of the context that functions ask for."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator, get_current_context
from airflow.sdk import DAG, Param, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def target(context, name):
    return Path(DATA_DIR) / f"{name}_{context['ds']}_{context['task_instance'].try_number}.json"


NAMES = ("ds", "ts_nodash", "data_interval_start", "run_id", "logical_date")


def moments(context):
    found = {name: str(context[name]) for name in NAMES[:3]}
    return found | {"last": str(context.get(NAMES[-1]))}


def by_name(**context):
    found = moments(context) | {name: context.get(name) for name in ("ds", "ds_nodash")}
    target(context, "by_name").write_text(json.dumps(found))


def classic(**context):
    ti = context["ti"]
    dag_run = context["dag_run"]
    record = {
        "dag": context["dag"].dag_id,
        "task": context["task"].task_id,
        "start": context["data_interval_start"].isoformat(),
        "end": context["data_interval_end"].strftime("%Y-%m-%d %H"),
        "date": dag_run.logical_date.isoformat(),
        "conf": dag_run.conf or {},
        "owner": ti.task.owner,
        "retries": context["task"].retries,
        "limit": context["params"]["limit"],
        "ts": context["ts"],
        "map_index": ti.map_index,
        "templates": context["templates_dict"]["day"],
    }
    target(context, "classic").write_text(json.dumps(record))
    return record["limit"]


with DAG(
    "context_zoo",
    schedule="0 6 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"limit": Param(5, type="integer", minimum=1)},
    default_args={"owner": "platform"},
) as dag:
    one = PythonOperator(task_id="classic", python_callable=classic, templates_dict={"day": "{{ ds_nodash }}"})

    @task
    def modern(limit, params=None, dag_run=None, logical_date=None):
        now = get_current_context()
        first = logical_date.replace(day=1)
        record = [limit, params["limit"], dag_run.run_type, first.to_date_string()]
        target(now, "modern").write_text(json.dumps(record))

    modern(one.output)
    PythonOperator(task_id="by_name", python_callable=by_name)

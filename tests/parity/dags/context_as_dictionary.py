"""Functions that use Airflow's context, or their `**kwargs`, like any dictionary, and classes that are made with it."""

import json
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, get_current_context, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
log = logging.getLogger(__name__)


def note(name, value):
    Path(DATA_DIR, f"{name}.json").write_text(json.dumps(value, sort_keys=True, default=str))


def missing(**kwargs):
    note(f"missing_{kwargs['ds']}", sorted({"ds", "table", "nothing"} - set(kwargs)))


def looped(**kwargs):
    found = {}
    for key in ("table", "limit", "ds"):
        found[key] = kwargs[key]
    print(f"all of it: {kwargs}")
    note(f"looped_{kwargs['ds']}", found)


def chosen(ti, **kwargs):
    options = {key: value for key, value in kwargs.items() if key.startswith("opt_")}
    note(f"{ti.task_id}_{kwargs['ds']}", options)


def shown(context):
    log.info("all of it: %s", context)
    return context["ds"]


def changed(size: int, **context: Any) -> None:
    context["extra"] = size
    context.update(more=6)
    config = dict(context)
    found = {key: config[key] for key in ("table", "more", "extra")}
    note(f"changed_{shown(context)}", [found, "table" in context, "ti" in context, "nope" in context])


class Step:
    """What a task is about."""

    def __init__(self, context, kind="step"):
        self.day = context["ds"]
        self.name = f"{kind}_{context['task'].task_id}"

    def path(self):
        return f"{self.name}_{self.day}"


class Kept:
    def __init__(self, context):
        self.context = context

    def name(self, prefix):
        return f"{prefix}_{self.context['ds']}_{self.context['params']['size']}"


def stepping(**context):
    note(Step(context).path(), 1)
    note(Kept(context).name("kept"), 2)


class Printing(BaseOperator):
    def execute(self, context):
        self.log.info("all of it: %s", context)
        note(Step(context, kind="operator").path(), sorted(key for key in context if key in ("ds", "nothing")))


with DAG(
    "context_as_dictionary",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"size": 3},
):
    own = {"table": "orders", "limit": 5}
    PythonOperator(task_id="missing", python_callable=missing, op_kwargs=own)
    PythonOperator(task_id="looped", python_callable=looped, op_kwargs=own)
    PythonOperator(task_id="chosen", python_callable=chosen, op_kwargs={"opt_a": 1, "opt_b": "{{ ds }}", "c": 3})
    PythonOperator(task_id="changed", python_callable=changed, op_kwargs={"size": 4, **own})
    PythonOperator(task_id="stepping", python_callable=stepping)
    Printing(task_id="printing")

    @task
    def current():
        context = get_current_context()
        print(context)
        note(Step(context).path(), sorted(key for key in context if key in ("ds", "run_id")))

    current()

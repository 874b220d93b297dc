"""A registry of callables, some partial, some objects."""

import functools
import inspect
from datetime import datetime

from airflow import DAG
from airflow.operators.python import PythonOperator

JOBS = {}


def job(name, /, **fixed):
    def add(fn):
        JOBS[name] = functools.partial(fn, **fixed) if fixed else fn
        return fn

    return add


@job("north", factor=2)
@job("south", factor=3)
def scale(n, factor, ds):
    return f"{ds}: {n * factor}"


@job("plain")
def plain(n, **context):
    return [n, context["dag"].dag_id]


class Adder:
    def __init__(self, k):
        self.k = k

    def __call__(self, n, ds_nodash=None):
        return f"{n + self.k} {ds_nodash}"


JOBS["adder"] = Adder(5)


def run_job(name, n, **context):
    fn = JOBS[name]
    wanted = inspect.signature(fn).parameters
    given = {k: v for k, v in context.items() if k in wanted}
    return fn(n, **given)


def on_done(context):
    print(context["ti"].task_id)


class Done:
    def __init__(self, text):
        self.text = text

    def __call__(self, context):
        print(self.text, context["ti"].task_id, context["ds"])


with DAG(
    "asked_signatures",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    on_success_callback=Done("all"),
):
    for key, fn in JOBS.items():
        PythonOperator(task_id=key, python_callable=fn, op_args=[4], on_success_callback=Done(key))
    for key in ("north", "south"):
        PythonOperator(
            task_id=f"run_{key}",
            python_callable=run_job,
            op_args=[key, 10],
            on_success_callback=functools.partial(on_done),
        )

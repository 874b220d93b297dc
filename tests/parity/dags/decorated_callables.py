import functools
import os
import time
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, get_current_context, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")
REGISTRY = {}


def timed(label):
    def decorator(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            started = time.monotonic()
            try:
                return fn(*args, **kwargs)
            finally:
                Path(OUT, f"timed_{label}_{fn.__name__}").write_text(str(time.monotonic() - started < 60))

        return wrapper

    return decorator


def register(name):
    def inner(fn):
        REGISTRY[name] = fn
        return fn

    return inner


def retry(times=2, exceptions=(ValueError,)):
    def deco(fn):
        @functools.wraps(fn)
        def wrapped(*a, **k):
            for n in range(times):
                try:
                    return fn(*a, **k)
                except exceptions:
                    if n == times - 1:
                        raise

        return wrapped

    return deco


def noted_in(name):
    def deco(fn):
        @functools.wraps(fn)
        def noting(*args, **kwargs):
            result = fn(*args, **kwargs)
            now = get_current_context()
            with Path(OUT, name).open("a") as file:
                file.write(f"{now['ds']} {now['ti'].task_id} {result}\n")
            return result

        return noting

    return deco


@register("load")
def load(ds, target):
    Path(OUT, f"{target}_{ds}").write_text("loaded")
    return target


@register("clean")
@timed("c")
def clean(ds, **context):
    ti = context["ti"]
    name = ti.xcom_pull(task_ids="load")
    Path(OUT, f"clean_{ds}").write_text(str(name))


CALLS = []


@timed("f")
@retry(times=3)
def flaky(ds):
    CALLS.append(1)
    if len(CALLS) < 2:
        raise ValueError("first")
    Path(OUT, f"flaky_{ds}").write_text(str(len(CALLS)))


with DAG("decorated_callables", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False):
    l = PythonOperator(task_id="load", python_callable=REGISTRY["load"], op_kwargs={"target": "t"})
    c = PythonOperator(task_id="clean", python_callable=REGISTRY["clean"])
    f = PythonOperator(task_id="flaky", python_callable=flaky)

    @task
    @timed("t")
    def flow(x):
        ctx = get_current_context()
        return f"{x} {ctx['ds']} {ctx['ti'].task_id}"

    @task
    @noted_in("notes.txt")
    def count(ts_nodash=None):
        return len(ts_nodash)

    @task
    @noted_in("notes.txt")
    def double(number):
        return 2 * number

    @task
    @noted_in("notes.txt")
    def weigh(number, ti=None):
        ti.xcom_push(key="weight", value=number * 1.5)
        return "weighed"

    @task
    @noted_in("notes.txt")
    def tell(ti=None):
        return f"{ti.xcom_pull(task_ids='weigh')} {ti.xcom_pull(task_ids='weigh', key='weight')}"

    counted = count()
    l >> c >> f >> flow(1) >> counted >> double(counted) >> weigh(counted) >> tell()

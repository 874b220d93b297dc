"""A retry decorator of the house's own, and one that times."""

import functools
import json
import os
import time
from contextlib import contextmanager
from datetime import datetime

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.operators.python import get_current_context

OUT = os.environ.get("DATA_DIR", "/tmp")


class retrying:
    def __init__(self, times=3, on=(ValueError,)):
        self.times, self.on = times, on

    def __call__(self, fn):
        @functools.wraps(fn)
        def run(*args, **kwargs):
            last = None
            for n in range(self.times):
                try:
                    return fn(*args, **kwargs)
                except self.on as error:
                    last = error
                    time.sleep(0)
            raise AirflowException(f"{fn.__name__} failed {self.times} times") from last

        return run


@contextmanager
def stopwatch(name):
    context = get_current_context()
    path = os.path.join(OUT, f"watch_{name}_{context['ds']}.json")
    try:
        yield path
    finally:
        with open(path, "w") as f:
            json.dump({"task": context["ti"].task_id, "try": context["ti"].try_number}, f)


def watched(fn):
    @functools.wraps(fn)
    def around(*args, **kwargs):
        with stopwatch(fn.__name__):
            return fn(*args, **kwargs)

    return around


CALLS = {"n": 0}


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def managers_with_context():
    @task
    @retrying(times=4)
    def fetch(ds=None):
        CALLS["n"] += 1
        if CALLS["n"] < 3:
            raise ValueError("not yet")
        return {"ds": ds, "calls": CALLS["n"]}

    @task
    @watched
    @retrying()
    def check(rows: dict, logical_date=None):
        if logical_date.day == 6:
            raise AirflowSkipException("no work")
        return len(rows)

    @task(trigger_rule="none_failed")
    @watched
    def last(n):
        return [n]

    last(check(fetch()))


managers_with_context()

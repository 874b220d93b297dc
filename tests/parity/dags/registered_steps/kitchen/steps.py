"""The steps of a recipe, by the names that recipes have for them."""

import os
from pathlib import Path

from airflow.exceptions import AirflowSkipException

STEPS = {}
DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def step(name):
    def register(function):
        STEPS[name] = function
        return function

    return register


def rest(reason):
    """Says that there is nothing to do."""
    raise AirflowSkipException(reason)


def weighed(amount):
    return f"{amount:g} g"


@step("take")
def take(pot, *, recipe, **_):
    return [*pot, *recipe["take"]]


@step("season")
def season(pot, *, params, ds, **_):
    return [*pot, f"{params['spice']} on {ds}"]


@step("stir")
def stir(pot, *, recipe, **context):
    ti = context["ti"]
    Path(DATA_DIR, f"stirred_{context['ds']}_{ti.task_id}.txt").write_text(str(len(pot)))
    return pot[::-1]


@step("wait")
def wait(pot, *, logical_date, ti, **_):
    if logical_date.day == 6:
        rest(f"{ti.task_id} rests")
    return pot

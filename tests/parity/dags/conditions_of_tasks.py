"""`run_if` and `skip_if` above tasks of all kinds: a named function, lambdas, a partial, with values of other tasks, in loops, groups and copies."""

import os
from datetime import datetime
from functools import partial
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def is_even(context) -> bool:
    return context["logical_date"].day % 2 == 0


def on_day(day, context):
    return context["ds"].endswith(f"-{day:02d}")


def has_rows(context):
    return context["ti"].xcom_pull(task_ids="count") > 6


def note(name, ds):
    Path(DATA_DIR, f"{name}_{ds}.txt").write_text(name)


with DAG(
    "conditions_of_tasks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"wanted": True}
) as dag:

    @task
    def count(ds=None):
        return int(ds[-2:])

    @task.run_if(is_even)
    @task
    def even(n, ds=None):
        note("even", ds)
        return n * 2

    @task.skip_if(lambda context: context["logical_date"].day == 6)
    @task.bash
    def command() -> str:
        return "echo {{ ds }} > $DATA_DIR/command_{{ ds }}.txt"

    @task.run_if(has_rows, "nothing to do")
    @task(retries=1)
    def after_count(ds=None):
        note("after_count", ds)

    @task(trigger_rule="none_failed")
    def total(value, ds=None):
        note(f"total_{value}", ds)

    @task.skip_if(partial(on_day, 7))
    @task.run_if(lambda context: context["params"]["wanted"])
    @task
    def twice_asked(ds=None):
        note("twice_asked", ds)

    @task.run_if(is_even)
    @task.branch
    def ways(ds=None):
        return "left" if ds < "2024-01-07" else "right"

    @task.run_if(is_even)
    @task.sensor(poke_interval=1, timeout=5)
    def waits():
        return True

    @task.skip_if(lambda context: context["ti"].map_index == 1)
    @task
    def copy(name, ds=None):
        note(f"copy_{name}", ds)
        return name

    @task.skip_if(is_even)
    @task.short_circuit
    def closed():
        return True

    @task
    def after_closed(ds=None):
        note("after_closed", ds)

    @task_group
    def group(name):
        @task.run_if(is_even)
        @task
        def inside(name, ds=None):
            note(f"inside_{name}", ds)

        inside(name)

    @task(trigger_rule="all_done")
    def names(values, ds=None):
        note("-".join(values), ds)

    n = count()
    total(even(n))
    n >> after_count()
    command() >> BashOperator(task_id="after_command", bash_command="touch $DATA_DIR/after_command_{{ ds }}")
    twice_asked()
    ways() >> [
        BashOperator(task_id=side, bash_command=f"touch $DATA_DIR/{side}_{{{{ ds }}}}") for side in ("left", "right")
    ]
    waits() >> BashOperator(task_id="waited", bash_command="touch $DATA_DIR/waited_{{ ds }}")
    closed() >> after_closed()
    names(copy.expand(name=["a", "b", "c"]))
    group("x")
    for region in ("eu", "us"):

        @task.skip_if(lambda context, region=region: region == "us" and context["logical_date"].day == 7)
        @task(task_id=f"load_{region}")
        def load(region, ds=None):
            note(f"load_{region}", ds)

        load(region)

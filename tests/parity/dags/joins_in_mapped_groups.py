"""Expanded task groups whose copies branch, short-circuit and skip, and join again by several trigger rules."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.decorators import task, task_group
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, text=""):
    with Path(DATA_DIR, name).open("a") as file:
        file.write(f"{text}\n")


with DAG("joins_in_mapped_groups", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task_group
    def load(name):
        @task
        def measure(name):
            return len(name)

        @task.branch
        def pick(size):
            if size == 3:
                return None
            return "load.small" if size == 1 else ["load.large"]

        @task
        def small(name):
            note(f"small_{name}")
            return name

        @task
        def large(name):
            if name == "bb":
                raise AirflowSkipException("not today")
            return name * 2

        @task
        def after_large(value: str):
            note(f"after_large_{value}")

        @task(trigger_rule="none_failed_min_one_success")
        def merged(name: str):
            note(f"merged_{name}")

        joined = EmptyOperator(task_id="joined", trigger_rule="none_failed_min_one_success")

        @task(trigger_rule="none_failed")
        def report(first, second, name):
            note(f"report_{name}", f"{first} {second}")
            return name.upper()

        @task
        def publish(name):
            note(f"published_{name}")
            return f"{name}!"

        size = measure(name)
        first, second = small(name), large(name)
        pick(size) >> [first, second]
        [first, second] >> merged(name)
        after_large(second)
        [first, second] >> joined >> publish(name)
        return report(first, second, name)

    @task
    def collect(values):
        note("collected", sorted(values))
        return sorted(values)

    @task_group
    def gated(number):
        @task.short_circuit
        def is_odd(number):
            return number % 2 == 1

        @task.short_circuit(ignore_downstream_trigger_rules=False)
        def is_large(number):
            return number > 2

        @task
        def work(number):
            note(f"work_{number}")

        @task(trigger_rule="all_done")
        def cut(number):
            note(f"cut_{number}")

        @task(trigger_rule="all_done")
        def cleanup(number):
            note(f"cleanup_{number}")

        is_odd(number) >> BashOperator(task_id="shell", bash_command="echo odd >> $DATA_DIR/odd") >> cut(number)
        is_large(number) >> work(number) >> cleanup(number)

    @task(trigger_rule="all_done")
    def finish():
        note("finished")

    collect(load.expand(name=["a", "bb", "ccc"]))
    gated.expand(number=[1, 2, 3]) >> finish()

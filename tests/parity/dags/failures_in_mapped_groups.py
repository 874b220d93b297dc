"""An expanded task group whose copies skip and fail, and go on by trigger rules that ask for that."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, text=""):
    Path(DATA_DIR, name).write_text(f"{text}\n")


with DAG("failures_in_mapped_groups", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task_group
    def each(number):
        @task
        def divide(number):
            if number == 2:
                raise AirflowSkipException("nothing to do")
            return 6 // number

        @task
        def below(value):
            note(f"below_{value}")

        @task(trigger_rule="all_done")
        def cleanup(value, number):
            note(f"cleanup_{number}", value)

        @task(trigger_rule="one_failed")
        def alert(number):
            note(f"alert_{number}")

        @task(trigger_rule="none_failed")
        def summary(value, number):
            note(f"summary_{number}", value)
            return number * 10

        @task(trigger_rule="none_failed_min_one_success")
        def merged(number):
            note(f"merged_{number}")

        joined = EmptyOperator(task_id="joined", trigger_rule="one_success")

        value = divide(number)
        done = summary(value, number)
        [value, done] >> joined
        value >> merged(number)
        below(value) >> [cleanup(value, number), alert(number)]
        return done

    @task(trigger_rule="all_done")
    def total(values):
        note("total", sum(values))

    @task
    def numbers():
        return [0, 1, 2]

    total(each.expand(number=numbers()))

"""Trigger rules after tasks that succeed and that skip themselves, in a loop over rules and cases."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
RULES = ["all_success", "all_done", "one_success", "one_done", "none_failed", "none_skipped", "always"]

with DAG("trigger_rules", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def first():
        return 1

    @task
    def second():
        return 2

    @task
    def skips():
        raise AirflowSkipException("nothing to do")

    @task
    def skips_too():
        raise AirflowSkipException("nothing to do either")

    one, two, none, nothing = first(), second(), skips(), skips_too()
    for rule in RULES:
        for name, upstream in {"both": [one, two], "half": [one, none], "neither": [none, nothing]}.items():

            @task(task_id=f"{rule}_{name}", trigger_rule=rule)
            def touch(label):
                Path(DATA_DIR, label).touch()

            upstream >> touch(f"{rule}_{name}")

"""What is gathered of the copies of an expanded group, though all of them were skipped or failed, and of copies whose list failed to be made."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("gathering_of_copies", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def names(ds=None):
        return {
            "1": [],
            "2": ["a", "b"],
            "3": ["a", "skip", "b"],
            "4": ["skip", "omit"],
            "5": ["bad", "a", "b"],
            "6": ["bad", "worse"],
        }[ds[-1]]

    @task_group
    def book(name):
        @task
        def fetch(name):
            if name in ("skip", "omit"):
                raise AirflowSkipException("nothing there")
            if name in ("bad", "worse"):
                raise AirflowException("it is broken")
            return name.upper()

        @task(trigger_rule="one_failed")
        def park(name, ds=None):
            Path(DATA_DIR, f"parked_{name}_{ds}").touch()
            return name

        @task
        def post(value):
            return {"name": value, "size": len(value)}

        fetched = fetch(name)
        fetched >> park(name)
        return post(fetched)

    def tell(name, ds, **values):
        Path(DATA_DIR, f"{name}_{ds}.json").write_text(json.dumps(values, sort_keys=True))

    @task(trigger_rule="none_failed")
    def gather(rows, ds=None):
        found = [row["name"] for row in rows or []]
        tell("gather", ds, found=found)
        return found

    @task
    def remind(name):
        return f"remember {name}"

    @task(trigger_rule="all_done")
    def wrap_up(rows, reminders, ds=None):
        tell("wrap_up", ds, rows=list(rows or []), reminders=list(reminders or []))
        return "done"

    @task
    def last(told, ds=None):
        Path(DATA_DIR, f"last_{ds}").write_text(told)

    posted = book.expand(name=names())
    last(wrap_up(posted, remind.expand(name=gather(posted))))

"""A task that is expanded over what another one hands over, which some runs skip, and what comes after its copies."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def on_odd_days(context):
    return context["logical_date"].day % 2 == 1


with DAG("lists_of_skipped_tasks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task.run_if(on_odd_days)
    @task
    def plan():
        return ["north", "south"]

    @task
    def factor():
        return 3

    @task(trigger_rule="none_failed")
    def book(workshop, times, ds=None):
        Path(DATA_DIR, f"{workshop}_{ds}.txt").write_text(workshop * times)
        return workshop

    @task(trigger_rule="none_failed")
    def close(booked, ds=None):
        Path(DATA_DIR, f"closed_{ds}.json").write_text(json.dumps(sorted(booked)))

    close(book.partial(times=factor()).expand(workshop=plan()))

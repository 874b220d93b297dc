"""Tasks that are expanded over the result of a task which is skipped in some runs, and what comes after them by each rule."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def note(name, ds, text=""):
    OUT.joinpath(f"{name}_{ds}").write_text(f"{text}\n")


with DAG("lists_that_lack", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def accounts(logical_date=None):
        if logical_date.weekday() > 4:
            raise AirflowSkipException("nobody sells")
        return ["brand", "generic"]

    @task
    def shops(logical_date=None):
        if logical_date.weekday() == 4:
            raise AirflowSkipException("closed")
        return [] if logical_date.weekday() == 5 else ["north"]

    @task
    def day(ds=None):
        return ds

    @task
    def pull(account, day):
        return f"{account} {day}"

    @task
    def count(shop):
        return len(shop)

    @task(trigger_rule="none_failed")
    def store(rows, ds=None):
        note("store", ds, sorted(rows or []))
        return len(list(rows or []))

    @task
    def publish(rows, ds=None):
        note("publish", ds, sorted(rows))

    @task(trigger_rule="none_failed")
    def sum_up(counts, stored, ds=None):
        note("sum_up", ds, f"{sum(counts or [])} {stored}")

    @task
    def tell(stored, ds=None):
        note("tell", ds, stored)

    @task(trigger_rule="none_failed_min_one_success")
    def either(ds=None):
        note("either", ds)

    @task(trigger_rule="all_skipped")
    def nothing(ds=None):
        note("nothing", ds)

    pulled = pull.partial(day=day()).expand(account=accounts())
    counted = count.expand(shop=shops())
    stored = store(pulled)
    publish(pulled)
    tell(stored)
    sum_up(counted, stored)
    [pulled, counted] >> either()
    counted >> EmptyOperator(task_id="joined") >> EmptyOperator(task_id="end", trigger_rule="none_failed")
    pulled >> nothing()

"""Three tasks that stay in Airflow: a plain one, a mapped one, and one that follows both."""

import datetime as dt

from airflow.decorators import dag, task


@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1), catchup=False)
def nightly():
    @task
    def list_regions():
        return ["north", "south", "west"]

    @task
    def export(region):
        return len(region)

    @task
    def publish(sizes):
        return sum(sizes)

    publish(export.expand(region=list_regions()))


nightly()

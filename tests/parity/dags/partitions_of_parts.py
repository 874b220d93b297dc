"""Assets whose partitions have keys of two parts, or that say a moment."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import (
    DAG,
    Asset,
    FixedKeyMapper,
    IdentityMapper,
    PartitionedAssetTimetable,
    PartitionedAtRuntime,
    ProductMapper,
    StartOfDayMapper,
    StartOfMonthMapper,
    task,
)

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

receipts = Asset("receipts", uri="file:///data/receipts")
days = Asset("days", uri="file:///data/days")
moments = Asset("moments", uri="file:///data/moments")


def note(name: str, text: object) -> None:
    with (DATA_DIR / name).open("a") as file:
        file.write(f"{text}\n")


with DAG("partitions_of_parts", schedule=PartitionedAtRuntime()):

    @task(outlets=[receipts, moments])
    def scan(*, outlet_events=None, dag_run=None):
        moment = dag_run.conf["moment"]
        for shop in dag_run.conf["shops"]:
            outlet_events.for_asset(name="receipts", uri="file:///data/receipts").add_partitions(f"{shop}|{moment}")
        outlet_events[moments].add_partitions(keys=[moment])

    scan()

with DAG(
    "sum_days",
    schedule=PartitionedAssetTimetable(
        assets=receipts, default_partition_mapper=ProductMapper(IdentityMapper(), StartOfDayMapper())
    ),
    catchup=False,
):

    @task(outlets=[days])
    def sum_day(dag_run=None):
        note(f"sum_{dag_run.partition_key}", len(dag_run.partition_key))

    sum_day()

with DAG("show_days", schedule=PartitionedAssetTimetable(assets=days), catchup=False):

    @task
    def show(dag_run=None):
        shop, day = dag_run.partition_key.split("|")
        note(f"shown_{shop}", day)

    show()

with DAG(
    "sum_months",
    schedule=PartitionedAssetTimetable(
        assets=Asset.ref(name="moments"), default_partition_mapper=StartOfMonthMapper(timezone="Europe/Berlin")
    ),
    catchup=False,
):

    @task
    def sum_month(dag_run=None):
        note("months", dag_run.partition_key)

    sum_month()

with DAG(
    "any_shop",
    schedule=PartitionedAssetTimetable(
        assets=receipts, default_partition_mapper=ProductMapper(FixedKeyMapper("all"), IdentityMapper(), delimiter="|")
    ),
    catchup=False,
):

    @task
    def any_of_them(dag_run=None):
        note("any", dag_run.partition_key)

    any_of_them()

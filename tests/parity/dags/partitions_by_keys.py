"""Assets whose partitions have keys that are no dates: told while a task runs, or given to a run."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import (
    DAG,
    AllowedKeyMapper,
    Asset,
    FanOutMapper,
    FixedKeyMapper,
    IdentityMapper,
    MinimumCount,
    PartitionedAssetTimetable,
    PartitionedAtRuntime,
    RollupMapper,
    SegmentWindow,
    asset,
    get_current_context,
    task,
)

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

sales = Asset("sales", uri="file:///data/sales")
stock = Asset("stock", uri="file:///data/stock")
totals = Asset("totals", uri="file:///data/totals")
REGIONS = SegmentWindow(["us", "eu", "apac"])


def note(name: str, text: object) -> None:
    with (DATA_DIR / name).open("a") as file:
        file.write(f"{text}\n")


with DAG("partitions_by_keys", schedule=PartitionedAtRuntime()):

    @task(outlets=[sales])
    def load(*, outlet_events=None, dag_run=None):
        regions = dag_run.conf.get("regions", [])
        for region in regions:
            outlet_events[sales].add_partitions(region)
        outlet_events[sales].extra = {"regions": len(regions)}
        note("loaded", regions)

    load()


@asset(uri="file:///data/live", schedule=PartitionedAtRuntime())
def live(self, outlet_events):
    """Tells several keys at once."""
    outlet_events[self].add_partitions(["us", "eu"])


with DAG("count", schedule=PartitionedAtRuntime()):

    @task(outlets=[stock])
    def count(dag_run=None):
        context = get_current_context()
        note(f"counted_{dag_run.partition_key}", context["partition_key"])

    count()


with DAG("sum_up", schedule=PartitionedAssetTimetable(assets=sales), catchup=False):

    @task(outlets=[totals])
    def add_up(dag_run=None):
        note(f"sum_{dag_run.partition_key}", dag_run.partition_date)

    add_up()

with DAG("tell_totals", schedule=PartitionedAssetTimetable(assets=totals), catchup=False):

    @task
    def tell(partition_key=None):
        note("told", f"total of {partition_key}") if partition_key == "eu" else None

    tell()

with DAG(
    "some_regions",
    schedule=PartitionedAssetTimetable(assets=stock, default_partition_mapper=AllowedKeyMapper(["us", "eu"])),
    catchup=False,
):

    @task
    def take(dag_run=None):
        note("taken", dag_run.partition_key)

    take()

with DAG(
    "all_regions",
    schedule=PartitionedAssetTimetable(
        assets=Asset.ref(name="sales"),
        default_partition_mapper=RollupMapper(upstream_mapper=FixedKeyMapper("all"), window=REGIONS),
    ),
    catchup=False,
):

    @task
    def whole(dag_run=None):
        note("whole", dag_run.partition_key)

    whole()

with DAG(
    "most_regions",
    schedule=PartitionedAssetTimetable(
        assets=Asset.ref(uri="file:///data/sales"),
        default_partition_mapper=RollupMapper(
            upstream_mapper=FixedKeyMapper("all"), window=REGIONS, wait_policy=MinimumCount(2)
        ),
    ),
    catchup=False,
):

    @task
    def most(dag_run=None):
        note("most", dag_run.partition_key)

    most()

with DAG(
    "each_region",
    schedule=PartitionedAssetTimetable(
        assets=Asset.ref(name="live"),
        default_partition_mapper=FanOutMapper(
            upstream_mapper=IdentityMapper(), window=REGIONS, downstream_mapper=IdentityMapper()
        ),
    ),
    catchup=False,
):

    @task
    def each(dag_run=None):
        note(f"each_{dag_run.partition_key}", "once")

    each()

with DAG("both", schedule=PartitionedAssetTimetable(assets=sales & stock), catchup=False):

    @task
    def join(dag_run=None):
        note("joined", dag_run.partition_key)

    join()

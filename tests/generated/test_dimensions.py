"""Projects in which some assets have partitions by date and by a key: what their schedules ask for, and what depends on what."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from migrator.verify.probe import load
from tests.generated.projects import migrate, output_of

pytestmark = pytest.mark.integration

DAGS = '''
from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

REGIONS = ["eu", "us"]


def fill(task_id, table, source, names=None, column="region"):
    """A task, or one for each of the names."""
    if names is None:
        sql = f"INSERT INTO {table} SELECT * FROM {source} WHERE day = '{{{{ ds }}}}'"
        return SQLExecuteQueryOperator(task_id=task_id, conn_id="wh", sql=sql)
    sql = f"INSERT INTO {table} SELECT * FROM {source} WHERE day = '{{{{ ds }}}}' AND {column} = %({column})s"
    rows = [{column: name} for name in names]
    return SQLExecuteQueryOperator.partial(task_id=task_id, conn_id="wh", sql=sql).expand(parameters=rows)


start = datetime(2024, 1, 1)
with DAG("orders", schedule="@daily", start_date=datetime(2023, 6, 1)):
    fill("load", "orders", "upload")
with DAG("sales", schedule="@daily", start_date=start, end_date=datetime(2024, 1, 10)):
    fill("sell", "sales", "orders", REGIONS)
with DAG("returns", schedule="0 5 * * *", start_date=start):
    fill("take_back", "returns", "sales", REGIONS)
with DAG("countries", schedule="@daily", start_date=start):
    fill("split", "countries", "sales", ["de", "fr", "us"], "country")
with DAG("twice", schedule="0 6,18 * * *", start_date=start):
    fill("count", "counts", "orders", REGIONS)
with DAG("report", schedule="@hourly", start_date=start):
    fill("sum_up", "totals", "sales")
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dimensions")
    (folder / "dags").mkdir()
    (folder / "dags/shop.py").write_text(DAGS)
    done = migrate("generate", folder / "dags", "-o", folder / "project", "--name", "divided_shop")
    assert done.returncode == 0, output_of(done)
    return folder


@pytest.fixture(scope="module")
def repository(folder: Path) -> Iterator[Any]:
    sys.path.insert(0, str(folder / "project/src"))
    try:
        yield load("divided_shop").get_repository_def()
    finally:
        sys.path.remove(str(folder / "project/src"))


def asked(repository: Any, job: str, day: int, hour: int = 0) -> list[str | None]:
    """The partitions that the schedule of a job asks for at a moment of January 2024."""
    moment = dt.datetime(2024, 1, day, hour, tzinfo=dt.timezone.utc)
    context = dg.build_schedule_context(repository_def=repository, scheduled_execution_time=moment)
    requests = repository.get_schedule_def(f"{job}_schedule").evaluate_tick(context).run_requests
    return [request.partition_key for request in requests or ()]


def test_each_key_is_asked_for_at_each_tick(repository: Any) -> None:
    assert asked(repository, "returns", 5, 5) == ["2024-01-05|eu", "2024-01-05|us"]
    assert asked(repository, "countries", 5) == ["de|2024-01-05", "fr|2024-01-05", "us|2024-01-05"]
    assert asked(repository, "sales", 10) == ["2024-01-10|eu", "2024-01-10|us"]
    assert asked(repository, "sales", 11) == []
    assert asked(repository, "twice", 5, 18) == ["2024-01-05-18:00|eu", "2024-01-05-18:00|us"]


def above(repository: Any, table: str, key: str, source: str) -> set[str]:
    """The partitions of the asset `source` on which one of the asset `table` depends."""
    graph = repository.asset_graph
    child, parent = (dg.AssetKey(["wh", name]) for name in (table, source))
    mapping = graph.get_partition_mapping(child, parent)
    upstream, downstream = graph.get(parent).partitions_def, graph.get(child).partitions_def
    with partition_loading_context(dt.datetime(2024, 1, 8, tzinfo=dt.timezone.utc)):
        subset = downstream.empty_subset().with_partition_keys([key])
        found = mapping.get_upstream_mapped_partitions_result_for_partitions(subset, downstream, upstream)
        return set(found.partitions_subset.get_partition_keys())


def test_partitions_depend_on_those_of_their_date(repository: Any) -> None:
    assert above(repository, "sales", "2024-01-05|eu", "orders") == {"2024-01-05"}
    assert above(repository, "totals", "2024-01-05-07:00", "sales") == {"2024-01-05|eu", "2024-01-05|us"}
    assert above(repository, "counts", "2024-01-05-06:00|us", "orders") == {"2024-01-05"}


def test_partitions_with_the_same_keys_depend_on_each_other(repository: Any) -> None:
    both = {f"2024-01-0{day}|{region}" for day in range(1, 9) for region in ("eu", "us")}
    assert above(repository, "returns", "2024-01-05|us", "sales") <= both
    assert "2024-01-05|us" in above(repository, "returns", "2024-01-05|us", "sales")
    assert above(repository, "countries", "us|2024-01-05", "sales") == both


def test_the_project_is_what_the_dags_are(folder: Path) -> None:
    done = migrate("verify", folder / "dags", folder / "project", "--ticks")
    assert done.returncode == 0, output_of(done)
    assert "6 start the same runs for the same dates" in done.stdout, output_of(done)

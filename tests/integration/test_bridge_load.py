"""Fifty proxied tasks at once against one real Dagster that is restarted meanwhile: none is lost, none is done twice.

The file for Airflow's workers is real; its tasks are threads of this process instead of Airflow's, as fifty workers of Airflow need more
memory and processors than a test may have.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from migrator.bridge.airflow_side import dagster_proxy as proxy
from migrator.state.stages import DagState, Stage, change_state

from .bridge_world import generate
from .servers import Dagster, dagster, free_port, until

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("load")]
TASKS = 50
RUN = "manual__2026-03-01T00:00:00+00:00"


class Count(proxy.ProxiedTask):
    """The task `count` of the DAG `stock`, one of its mapped instances, as far as the file looks at it."""

    dag_id, task_id, retries, do_xcom_push, downstream_task_ids, execution_timeout = (
        "stock",
        "count",
        0,
        True,
        {"total"},
        None,
    )

    def __init__(self, shelf: int) -> None:
        self.op_args, self.op_kwargs = (), {"shelf": shelf}

    def python_callable(self, shelf: int) -> int:
        raise AssertionError("Dagster does the work")


def context_of(index: int, pushed: dict[int, str]) -> dict[str, Any]:
    instance = SimpleNamespace(
        map_index=index,
        try_number=1,
        max_tries=0,
        xcom_push=lambda key, value: pushed.update({index: value}),
        xcom_pull=lambda task_ids: None,
    )
    return {"ti": instance, "dag_run": SimpleNamespace(run_id=RUN, conf={}), "params": {}, "logical_date": None}


@pytest.fixture
def right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dagster]:
    project = generate(3, tmp_path, tmp_path / "dags", tmp_path / "data")
    states, port = project / "src" / "shop3" / "migration" / "state", free_port()
    proxied = DagState(dag_id="stock", stage=Stage.PROXIED, proxied_tasks=("count",))
    change_state(states, "stock", lambda state: proxied, what="test")
    environment = {
        "DAGSTER_URL": f"http://127.0.0.1:{port}",
        "MIGRATION_STATE_DIR": str(states),
        "DAGSTER_PROXY_RETRY_SECONDS": "900",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with dagster(
        project, tmp_path / "dagster", {"WORKER": "dagster", "AIRFLOW_URL": "http://127.0.0.1:9"}, port, at_once=3
    ) as server:
        server.start_daemon()
        yield server


def test_fifty_tasks_at_once(right: Dagster, tmp_path: Path) -> None:
    pushed: dict[int, str] = {}
    with ThreadPoolExecutor(TASKS) as workers:
        results = [workers.submit(Count(shelf).execute, context_of(shelf, pushed)) for shelf in range(TASKS)]
        until(lambda: len(list((tmp_path / "data").glob("shelf_*.json"))) > 5, "the first of them")
        right.stop_webserver()
        right.start()
        values = [result.result() for result in results]
    assert values == [shelf * 100 for shelf in range(TASKS)]
    runs = right.runs(**{proxy.TASK.replace("/", "__"): "count"})
    assert Counter(run["tags"][proxy.MAP_INDEX] for run in runs) == {str(shelf): 1 for shelf in range(TASKS)}
    assert {run["status"] for run in runs} == {"SUCCESS"}
    assert sorted(pushed.values()) == sorted(f"{os.environ['DAGSTER_URL']}/runs/{run['runId']}" for run in runs)

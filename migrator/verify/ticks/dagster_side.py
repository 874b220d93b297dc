"""Loads a Dagster project in a process of its own and writes down what its schedules do within a window.

    python -m migrator.verify.ticks.dagster_side PACKAGE WINDOWS.json TICKS.json

WINDOWS: by DAG id `[begin, end]` as ISO texts in UTC. TICKS: by DAG id the runs as `[start, partition key or "", start of the partition's window or ""]`,
or a text that says why there are none; without a partition, instead of its window the date that the run is told by its tag. Schedules are evaluated, no run is made.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._utils.schedules import schedule_execution_time_iterator

from migrator.verify.probe import load
from migrator.verify.ticks.clock import LIMIT, moment, text


def main() -> None:
    package, windows, output = sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3])
    repository = load(package).get_repository_def()
    answers: dict[str, Any] = {}
    for schedule in repository.schedule_defs:
        job = repository.get_job(schedule.job_name)
        dag_id = job.tags.get("airflow/dag_id", "")
        if dag_id in windows:
            begin, end = map(moment, windows[dag_id])
            try:
                answers[dag_id] = [*answers.get(dag_id, []), *_ticks(schedule, repository, begin, end)]
            except Exception as error:
                answers[dag_id] = f"{type(error).__name__}: {error}"
    output.write_text(json.dumps(answers))


def _ticks(schedule: Any, repository: Any, begin: dt.datetime, end: dt.datetime) -> Iterator[list[str]]:
    job = repository.get_job(schedule.job_name)
    # What Dagster's daemon asks for the next tick.
    times = schedule_execution_time_iterator(
        begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone or "UTC"
    )
    count = 0
    for due in times:
        if due.timestamp() >= end.timestamp() or count >= LIMIT:
            return
        context = dg.build_schedule_context(repository_def=repository, scheduled_execution_time=due)
        for request in schedule.evaluate_tick(context).run_requests or ():
            key = request.partition_key or ""
            date = request.tags.get("airflow/logical_date", "")
            window = text(job.partitions_def.time_window_for_partition_key(key).start) if key else date
            count += 1
            yield [text(due), key, window]


if __name__ == "__main__":
    main()

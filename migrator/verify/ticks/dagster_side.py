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
        requests = schedule.evaluate_tick(context).run_requests or ()
        if isinstance(job.partitions_def, dg.MultiPartitionsDefinition) and requests:
            requests = _of_dates(job.partitions_def, requests)
        for request in requests:
            key = request.partition_key or ""
            date = request.tags.get("airflow/logical_date", "")
            window = text(_dates(job.partitions_def).time_window_for_partition_key(key).start) if key else date
            count += 1
            yield [text(due), key, window]


def _dates(partitions: Any) -> Any:
    """The dates of partitions, which may have another dimension."""
    in_two = isinstance(partitions, dg.MultiPartitionsDefinition)
    return partitions.time_window_dimension.partitions_def if in_two else partitions


def _of_dates(partitions: dg.MultiPartitionsDefinition, requests: Any) -> list[dg.RunRequest]:
    """One request for a date of which all parts are asked for."""
    name = partitions.time_window_dimension.name
    asked = {str(request.partition_key) for request in requests}
    dates = {partitions.get_partition_key_from_str(key).keys_by_dimension[name] for key in asked}
    whole = [date for date in dates if asked >= {*partitions.get_multipartition_keys_with_dimension_value(name, date)}]
    return [dg.RunRequest(partition_key=date) for date in sorted(whole)]


if __name__ == "__main__":
    main()

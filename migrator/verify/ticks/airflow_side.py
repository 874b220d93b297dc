"""Runs in an Airflow environment, as a script that imports nothing of this package: what Airflow's timetables do.

    AIRFLOW_PYTHON airflow_side.py QUESTIONS.json TICKS.json

QUESTIONS: a list of `Question`s (see `clock`). TICKS: by DAG id the runs as [start, logical date], or a text that says why there are none. No DAG
file is loaded: the timetables are made from the questions.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import types
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta

LIMIT = 1500


def main() -> None:
    answers: dict[str, Any] = {}
    for question in json.loads(Path(sys.argv[1]).read_text()):
        try:
            answers[question["dag_id"]] = list(ticks(question))
        except Exception as error:
            answers[question["dag_id"]] = f"{type(error).__name__}: {error}"
    Path(sys.argv[2]).write_text(json.dumps(answers))


def timetable(question: dict[str, Any]) -> Any:
    from airflow.timetables import events, interval, trigger  # type: ignore[import-not-found]

    months = question["lag_months"]
    lag = relativedelta(months=months) if months else dt.timedelta(seconds=question["lag"])
    zone, crons, at = question["timezone"], question["crons"], question["at_trigger_time"]
    if question["dates"]:
        import pendulum

        return events.EventsTimetable([pendulum.parse(date) for date in question["dates"]])
    if question["seconds"] or question["months"]:
        seconds, months = dt.timedelta(seconds=question["seconds"]), question["months"]
        delta = relativedelta(months=months) if months else seconds
        return trigger.DeltaTriggerTimetable(delta) if at else interval.DeltaDataIntervalTimetable(delta)
    if len(crons) > 1:
        return trigger.MultipleCronTriggerTimetable(*crons, timezone=zone, interval=lag)
    if at:
        return trigger.CronTriggerTimetable(crons[0], timezone=zone, interval=lag)
    from pendulum import timezone

    return interval.CronDataIntervalTimetable(crons[0], timezone(zone))


def ticks(question: dict[str, Any]) -> Any:
    """The runs of a scheduler for which the DAG is on since the window began."""
    import pendulum
    from airflow.timetables import events, interval, trigger
    from airflow.timetables.base import TimeRestriction  # type: ignore[import-not-found]

    begin, end = (pendulum.parse(question[name]) for name in ("begin", "end"))
    start = pendulum.parse(question["start"]) if question["start"] else None
    last = pendulum.parse(question["last"]) if question["last"] else None
    clock = types.SimpleNamespace(now=begin)
    for module in (interval, trigger):
        module.utcnow = lambda: clock.now
    events.timezone = types.SimpleNamespace(utcnow=lambda: clock.now)
    # By this one several crons tell which of their runs are over.
    trigger.time = types.SimpleNamespace(time=lambda: clock.now.timestamp())
    table, previous, count = timetable(question), None, 0
    # A run that would have started before the window counts as made, so that those of the window follow without a gap.
    while count < LIMIT:
        info = table.next_dagrun_info(
            last_automated_data_interval=previous,
            restriction=TimeRestriction(earliest=start, latest=last, catchup=question["catchup"]),
        )
        if info is None or info.run_after >= end:
            return
        if previous is not None and info.data_interval.end <= previous.end:
            raise RuntimeError(f"the timetable does not go on after {previous.end}")
        previous = info.data_interval
        clock.now = max(clock.now, info.run_after) if question["seconds"] == 0 else clock.now
        if info.run_after >= begin:
            count += 1
            yield [
                pendulum.instance(moment).in_timezone("UTC").isoformat()
                for moment in (info.run_after, info.logical_date)
            ]


if __name__ == "__main__":
    main()

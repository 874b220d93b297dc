"""What Airflow did by the clock for a DAG that its job in Dagster does not do by itself: each is a row of the report."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from collections.abc import Iterator

from migrator.diagnostics import Severity
from migrator.model.durations import Months, every, in_words
from migrator.model.expressions import RunDate
from migrator.model.plan import CreateSensor, Delta
from migrator.model.values import Symbolic
from migrator.model.walk import walk
from migrator.planning.deltas.wording import do, moving, named, row
from migrator.planning.draft import DagDraft, TaskDraft
from migrator.planning.timing.asset_partitions import partitioned
from migrator.planning.timing.order import waiting
from migrator.planning.timing.partitions import too_often
from migrator.planning.timing.timetable import (
    catches_up,
    counts_months_as_days,
    has_own_interval,
    last_start,
    own_period,
    standard_cron,
)


def starts_in_order(dag: DagDraft) -> bool:
    """Whether a sensor starts the DAG's runs one after the other."""
    sensors = [operation for operation in dag.automation if isinstance(operation, CreateSensor)]
    return any(sensor.cron and not sensor.conditions for sensor in sensors)


def _catchup(dag: DagDraft) -> Iterator[Delta]:
    if not dag.clock.ticks:
        return
    if isinstance(dag.dag.catchup, Symbolic):
        yield row(
            dag, "whether missed runs are made up is decided at run time", "missed runs are not made up by themselves"
        )
    elif catches_up(dag.dag) and dag.partitions is not None:
        yield row(
            dag,
            "catchup: runs that were missed since the start date are made up by the scheduler",
            "the schedule starts runs from now on; missing partitions stay missing",
            "launch a backfill for the missing partitions once",
        )
    elif catches_up(dag.dag) and dag.dag.catchup is True:
        used = any(task.needs.uses_date for task in moving(dag))
        yield row(
            dag,
            "catchup: runs that were missed since the start date are made up by the scheduler",
            f"the job has no partitions{'' if used else ', as none of its tasks uses the date'}; missed runs are not made up",
            severity=Severity.INFO,
        )


def _depends_on_past(dag: DagDraft) -> Iterator[Delta]:
    past = waiting(dag)
    if past and starts_in_order(dag):
        others = len(past) < len(moving(dag))
        yield row(
            dag,
            f"{do(past, 'waits', 'wait')} until the same task succeeded for the date before{', the others do not' if others else ''}",
            "a sensor starts the run for a date when the whole run for the date before succeeded; runs of a backfill do not wait",
            "to run past dates in order, set the sensor's cursor to the partition before the first of them",
            Severity.WARNING if others else Severity.INFO,
        )
    elif past:
        yield row(
            dag,
            f"{named(past)}: a run waits until the same task succeeded for the date before",
            f"runs {'of different partitions ' if dag.partitions is not None else ''}do not wait for each other",
            "limit the runs of the job to one at a time, and start them in order",
        )


def _end_date(dag: DagDraft) -> Iterator[Delta]:
    end = dag.dag.end_date
    if end is not None and dag.clock.ticks and last_start(dag.dag, dag.clock) is None:
        shown = end.date().isoformat() if isinstance(end, dt.datetime) else "a date"
        yield row(dag, f"no run is made for dates after {shown}", "the schedule goes on", "stop the schedule then")


def _timezones(dag: DagDraft) -> Iterator[Delta]:
    if not dag.clock.timezone_known:
        yield row(dag, f"the timezone is `{dag.dag.timezone}`", "it is not a known zone, so the schedule is in UTC")


def _starts(dag: DagDraft) -> Iterator[Delta]:
    kind = dag.dag.schedule.kind
    if kind == "once":
        yield row(dag, "`@once`: it runs once when it is switched on", "no schedule starts it", "launch the job once")
    elif dag.clock.code and (kind != "assets"):
        started = "no schedule starts the job"
        if has_own_interval(dag.dag):
            started += ", and its code takes the date of the run for both ends of the data interval"
        found = dag.dag.schedule.arguments.values() if dag.dag.schedule.timetable else ()
        near = next(
            (f" (it is made with `{cron}`)" for cron in found if isinstance(cron, str) and standard_cron(cron)), ""
        )
        yield row(dag, dag.clock.problem, started, f"write a schedule or sensor in `automation.py`{near}")


def _interval(dag: DagDraft) -> Iterator[Delta]:
    clock = dag.clock
    counted = clock.months or (clock.seconds and clock.at_trigger_time)
    if counted and clock.ticks and not catches_up(dag.dag):
        several = f"every {clock.months} months" if clock.months > 1 else "every month"
        often = several if clock.months else every(clock.seconds)
        yield row(
            dag,
            f"runs start {often} from when the DAG is switched on",
            "the schedule starts them at fixed times, counted from the start date",
            "change the cron expression of the schedule if the time of day matters",
        )


def _since_when(dag: DagDraft) -> Iterator[Delta]:
    clock, start = dag.clock, dag.dag.start_date
    if (
        not clock.seconds
        or clock.at_trigger_time
        or not clock.ticks
        or catches_up(dag.dag)
        or not isinstance(start, dt.datetime)
    ):
        return
    start = start if start.tzinfo is not None else start.replace(tzinfo=dt.timezone.utc)
    if start.timestamp() % clock.seconds:
        yield row(
            dag,
            f"data intervals of {in_words(clock.seconds)} are counted from 1970 on, but from the start date on if the DAG has been on since then",
            "the schedule counts them from 1970 on",
            "change the cron expression of the schedule if the runs started at other times",
        )


def _own_interval(dag: DagDraft) -> Iterator[Delta]:
    if dag.clock.lag and any(task.needs.uses_date for task in moving(dag)):
        yield row(
            dag,
            f"the data interval of a run begins {in_words(dag.clock.lag)} before it, whenever the run before was",
            "the job has no partitions, which would follow each other; its code takes the date of the run",
            "give a run the tags `airflow/logical_date` and `airflow/data_interval_end` to make up for one that was missed",
            Severity.INFO,
        )


def _months_as_days(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if task.needs.uses_date]
    if asking and dag.clock.lag and counts_months_as_days(dag.dag):
        yield row(
            dag,
            f"`dag.test()` takes the months of its interval, a `pendulum.duration`, as those of the calendar; Airflow's scheduler has {in_words(dag.clock.lag)} for them; {do(asking, 'asks', 'ask')} for the date or interval",
            f"the data interval of each run is {in_words(dag.clock.lag)} long, as the scheduler makes it",
            "give the timetable a `dateutil.relativedelta.relativedelta` in the DAG file if months of the calendar are meant, and generate anew",
        )


def _left_out(dag: DagDraft) -> Iterator[Delta]:
    if dag.clock.lag and len(dag.clock.crons) > 1 and not catches_up(dag.dag):
        yield row(
            dag,
            f"of the next times of its several schedules whose data intervals, each {in_words(dag.clock.lag)} long, have begun already, Airflow takes the last one, and makes no runs for the others",
            "each of its times starts a run",
            "give the schedule those crons alone by which Airflow starts it",
        )


def _fixed_interval(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if task.needs.uses_date]
    period = own_period(dag.dag, dag.clock)
    longer = isinstance(period, Months) or (period is not None and period > dt.timedelta(hours=1))
    if asking and period and longer and dag.clock.timezone != "UTC":
        length = "24 hours" if dag.clock.daily else in_words(period)
        yield row(
            dag,
            f"the data interval of a run is {length} long by UTC, on days on which clocks are changed as well, and its date is {length} before the run; {do(asking, 'asks', 'ask')} for it",
            "the window goes from one run to the next: on these days it is an hour longer or shorter",
        )


def _several_crons(dag: DagDraft) -> Iterator[Delta]:
    if len(dag.clock.crons) > 1 and not dag.clock.lag and any(task.needs.uses_date for task in moving(dag)):
        yield row(
            dag,
            "each run has the logical date of one of several schedules",
            "the job has no partitions; its code takes the date of the run",
        )


def _very_often(dag: DagDraft) -> Iterator[Delta]:
    if dag.partitions is None and too_often(dag.clock) and any(task.needs.uses_date for task in moving(dag)):
        minutes = dag.clock.step // dt.timedelta(minutes=1)
        yield row(
            dag,
            f"each of the runs, {minutes} minute{'s' if minutes > 1 else ''} apart, has a date of its own, and can be made up for",
            "the job has no partitions, which would be too many; its code takes the date of the run",
            "give the job hourly partitions if runs that were missed have to be made up for",
            severity=Severity.INFO,
        )


def _no_cron(dag: DagDraft) -> Iterator[Delta]:
    if dag.clock.grid is not None and any(task.needs.uses_date for task in moving(dag)):
        yield row(
            dag,
            f"each of the runs, {every(dag.clock.seconds)}, has a date of its own, and can be made up for",
            "the job has no partitions, which only cron can space; its code takes the date of the run",
            "give a run the tag `airflow/logical_date` to make up for one that was missed",
            severity=Severity.INFO,
        )


def _no_date(dag: DagDraft) -> Iterator[Delta]:
    """What assets start has no date in Airflow 3, unless the DAG follows their partitions."""
    asking = [task for task in moving(dag) if task.needs.uses_date]
    started = dag.dag.schedule.assets is not None and not dag.clock.ticks and dag.dag.airflow_version.startswith("3")
    if asking and started and dag.partitions is None:
        yield row(
            dag,
            f"a run that assets start has no logical date, so that `ds` and its like are not there; {do(asking, 'asks', 'ask')} for the date of the run",
            "the date of the run is when it was created",
            severity=Severity.INFO,
        )


def _for_keys(dag: DagDraft) -> Iterator[Delta]:
    """Of the DAGs whose runs are for partition keys, a run that is started by hand has one as well, whichever it is told, or has none."""
    asked = any(task.needs.uses_date for task in moving(dag))
    of_dates = asked and dag.partitions is not None and bool(partitioned(dag.dag))
    if dag.keys is None and not of_dates:
        return
    if dag.keys is None:
        kept = ", whose keys are those of its dates"
    else:
        kept = "" if dag.keys.keys else f"; to run for another key, add it to the dynamic partitions `{dag.keys.name}`"
    yield row(
        dag,
        "a run that is started by hand may be for any partition key, or for none, and is then told None",
        f"each run is for one of the partitions{kept}",
        severity=Severity.INFO,
    )


def _restricted_to_events(dag: DagDraft) -> Iterator[Delta]:
    asked = any(task.needs.uses_date for task in moving(dag))
    if asked and dag.clock.events and dag.dag.schedule.arguments.get("restrict_to_events"):
        yield row(
            dag,
            "`restrict_to_events`: the data interval of a run that is started by hand is at the last event before it",
            "it begins and ends at the date of the run",
            "give such a run the date of the event, by the tag `airflow/logical_date`",
            severity=Severity.INFO,
        )


def _by_hand(dag: DagDraft) -> Iterator[Delta]:
    """Asked for by those who read the time of day: of the others, the day is the same in most cases."""
    if dag.partitions is None or not dag.clock.ticks:
        return
    asking = [
        task for task in moving(dag) if any(map(_tells_time, walk([task.lowering.body, task.lowering.conditions])))
    ]
    if asking:
        yield row(
            dag,
            f"a run that is started by hand has the moment that is given as its date, and {do(asking, 'asks', 'ask')} for its time of day",
            "it is for a partition, and has the date and time at which the schedule would have started it",
            severity=Severity.INFO,
        )


def _tells_time(part: object) -> bool:
    if not isinstance(part, RunDate):
        return False
    return part.field.startswith("ts") or (
        part.field == "logical_date" and (part.format is None or "%H" in part.format)
    )


def _summer_time(dag: DagDraft) -> Iterator[Delta]:
    """Both were asked (Airflow 3.3's `CronDataIntervalTimetable`, Dagster 1.13's `cron_string_iterator`): at full hours, and in hours that come
    twice, they agree."""
    if not dag.clock.timezone_known:
        return
    for cron in dag.clock.crons:
        minutes, hours = (part.split(",") for part in cron.split()[:2])
        times = [
            dt.time(int(hour), int(minute))
            for hour in hours
            for minute in minutes
            if hour.isdigit() and minute.isdigit()
        ]
        found = [time for time in times if time.minute and _is_left_out(time, dag.clock.timezone)]
        if found:
            yield row(
                dag,
                f"on the day on which the clocks go forward there is no {found[0]:%H:%M}: that run is later by as much as they go",
                "that run is right at the end of the time that is left out, and so is the end of the window before it",
                severity=Severity.INFO,
            )
            return


@functools.cache
def _is_left_out(time: dt.time, timezone: str) -> bool:
    """Whether the change to summer time leaves out a time of day in that zone, by the rules of 2024."""
    zone = zoneinfo.ZoneInfo(timezone)
    for day in _changing_days(timezone):
        local = dt.datetime.combine(day, time)
        there = local.replace(tzinfo=zone).astimezone(dt.timezone.utc).astimezone(zone)
        if there.replace(tzinfo=None) != local:
            return True
    return False


def _early(dag: DagDraft) -> Iterator[Delta]:
    """Tasks that one of those before them lets run."""
    rules = ("one_done", "one_failed", "one_success")
    found = [task for task in moving(dag) if task.is_node and task.task.trigger_rule in rules]
    early = [task for task in found if _comes_after_several(dag, task)]
    if early:
        used = ", ".join(f"`{rule}`" for rule in rules if any(task.task.trigger_rule == rule for task in early))
        yield row(
            dag,
            f"{do(early, 'starts', 'start')} while others before it may still be running ({used})",
            "each starts when all before it are over, and takes what they handed over",
            severity=Severity.INFO,
        )


def _comes_after_several(dag: DagDraft, task: TaskDraft) -> bool:
    above = dag.graph.upstream(task.task.task_id)
    return len(above) > 1 or any(dag.tasks[other].fan_out for other in above)


@functools.cache
def _changing_days(timezone: str) -> tuple[dt.date, ...]:
    """The days of 2024 at whose end clocks in that zone show another offset than at their beginning."""
    zone = zoneinfo.ZoneInfo(timezone)
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=day) for day in range(367)]
    offsets = [dt.datetime.combine(day, dt.time(), zone).utcoffset() for day in days]
    return tuple(day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after)


TIME = (
    _summer_time,
    _catchup,
    _depends_on_past,
    _end_date,
    _timezones,
    _starts,
    _interval,
    _since_when,
    _own_interval,
    _left_out,
    _months_as_days,
    _fixed_interval,
    _several_crons,
    _very_often,
    _no_cron,
    _no_date,
    _for_keys,
    _restricted_to_events,
    _by_hand,
    _early,
)

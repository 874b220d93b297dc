"""Replays a year of ticks: which runs Airflow's timetables would start, and which the generated schedules start.

Comes in: what the DAG files define, the plan, the project's folder, and the window's first day. Airflow's side is computed by an Airflow that is
installed, where its Python is given, else by the model in `clock`. Goes out: what was compared, and findings (MIG516).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrator.diagnostics import Diagnostic, MigratorError, diagnose
from migrator.model.airflow import AirflowProject, Dag
from migrator.model.durations import Months
from migrator.model.plan import CreateSchedule, DagPlan, MigrationPlan
from migrator.model.tags import tag_text
from migrator.planning.timing.timetable import Clock, catches_up, own_period, read_clock
from migrator.verify import asked_settings, package_of, project_environment
from migrator.verify.ticks.clock import LIMIT, UTC, Question, Tick, model_ticks, moment, text, ticks_before

TIMEOUT = 900.0
"""Seconds that either side may take."""
DAYS = 365
_SHOWN = 3


@dataclass(frozen=True)
class Replay:
    """`runs` counts what Airflow would have started, by DAG id; `left_out` says of other DAGs why nothing was compared."""

    begin: dt.date
    runs: Mapping[str, int]
    left_out: Mapping[str, str]
    findings: tuple[Diagnostic, ...]
    by: str


def replay(
    project: AirflowProject, plan: MigrationPlan, project_dir: Path, begin: dt.date, airflow_python: Path | None = None
) -> Replay:
    """Compares the ticks of both sides for a year from `begin` on. Raises MigratorError where a side cannot be asked."""
    plans = {dag.dag_id: dag for dag in plan.dags}
    questions: dict[str, Question] = {}
    left_out: dict[str, str] = {}
    dags = {dag.dag_id: dag for dag in project.dags if dag.dag_id in plans}
    for dag_id, dag in dags.items():
        clock = read_clock(dag)
        why = _not_compared(plans[dag_id], clock)
        if why:
            left_out[dag_id] = why
        elif clock.months and not catches_up(dag):
            left_out[dag_id] = "its months are counted from when it is switched on"
        else:
            questions[dag_id] = _question(dag, clock, begin)
    with tempfile.TemporaryDirectory(prefix="migrate-ticks-") as scratch:
        ours = _dagster(project_dir, questions, Path(scratch))
        theirs = _airflow(airflow_python, questions, Path(scratch)) if airflow_python else _model(questions)
    findings, runs = [], {}
    for dag_id, question in questions.items():
        expected, found = theirs.get(dag_id, ""), ours.get(tag_text(dag_id), [])
        if isinstance(expected, str) or isinstance(found, str):
            left_out[dag_id] = expected if isinstance(expected, str) else str(found)
            continue
        runs[dag_id] = len(expected)
        message = _difference(question, expected, found)
        if message:
            findings.append(diagnose("MIG516", dags[dag_id].span, f"the schedule of `{dag_id}` {message}"))
    by = f"Airflow ({airflow_python})" if airflow_python else "a model of Airflow's timetables"
    return Replay(begin, runs, left_out, tuple(findings), by)


def _not_compared(plan: DagPlan, clock: Clock) -> str:
    """Why there is nothing to compare for a DAG; empty if there is."""
    if plan.form == "airflow":
        return "it stays in Airflow"
    if clock.problem:
        return clock.problem
    if plan.partitions is not None and plan.partitions.fmt and plan.partitions.end_offset != 1:
        return "its timetable makes runs for partitions of other times"
    if not clock.ticks:
        return "no clock starts it"
    if not any(isinstance(operation, CreateSchedule) for operation in plan.operations):
        return "no schedule starts it in Dagster: a sensor does, or Airflow keeps its runs"
    return ""


def _question(dag: Dag, clock: Clock, begin: dt.date) -> Question:
    first = dt.datetime.combine(begin, dt.time(), UTC)
    start, last = _utc(dag.start_date, dag.timezone), _utc(dag.end_date, dag.timezone)
    if start is not None and start > first:
        first = start
    end = first + dt.timedelta(days=DAYS)
    seconds = clock.seconds
    catchup = catches_up(dag)
    lag = clock.lag or (None if seconds else own_period(dag, clock)) or dt.timedelta(0)
    if seconds and clock.at_trigger_time and not catchup and start is not None:
        # It is counted from when the DAG is switched on: here, at one of the schedule's times.
        first += dt.timedelta(seconds=-(first - start).total_seconds() % seconds)
    elif start is not None and start < first and seconds and catchup:
        # Where its intervals are counted from the start date, those before the window are passed over at once.
        passed = (first - start).total_seconds() // seconds - 1
        start += dt.timedelta(seconds=max(passed, 0) * seconds)
    elif start is not None and not seconds:
        start = max(start, ticks_before(clock.crons[0], clock.timezone, first)) if len(clock.crons) == 1 else start
    return Question(
        dag.dag_id,
        () if seconds or clock.months else clock.crons,
        seconds,
        clock.timezone,
        clock.at_trigger_time or bool(lag),
        catchup,
        text(start) if start is not None else "",
        text(last) if last is not None else "",
        text(first),
        text(end),
        clock.months,
        0 if isinstance(lag, Months) else lag.total_seconds(),
        lag.number if isinstance(lag, Months) else 0,
        tuple(map(text, clock.events)),
    )


def _utc(value: Any, timezone: str) -> dt.datetime | None:
    if not isinstance(value, dt.datetime):
        return None
    if value.tzinfo is None:
        import zoneinfo

        try:
            value = value.replace(tzinfo=zoneinfo.ZoneInfo(timezone))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            value = value.replace(tzinfo=UTC)
    moved: dt.datetime = value.astimezone(UTC)
    return moved


# ----------------------------------------------------------------------------------------------------- the two sides


def _model(questions: Mapping[str, Question]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for dag_id, question in questions.items():
        try:
            found[dag_id] = model_ticks(question)
        except ValueError as error:
            found[dag_id] = f"its cron expression cannot be read: {error}"
    return found


def _airflow(python: Path, questions: Mapping[str, Question], scratch: Path) -> dict[str, Any]:
    rows = [dataclasses.asdict(question) for question in questions.values()]
    script = Path(__file__).with_name("airflow_side.py")
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(scratch), "AIRFLOW_HOME": str(scratch / "airflow")}
    answers = _ask([str(python), str(script)], rows, scratch, "airflow", environment, None)
    return {
        dag_id: answer if isinstance(answer, str) else [Tick(*row) for row in answer]
        for dag_id, answer in answers.items()
    }


def _dagster(project_dir: Path, questions: Mapping[str, Question], scratch: Path) -> dict[str, Any]:
    windows = {tag_text(dag_id): [question.begin, question.end] for dag_id, question in questions.items()}
    command = [sys.executable, "-m", "migrator.verify.ticks.dagster_side", package_of(project_dir)]
    environment = project_environment(project_dir, str(scratch), asked_settings(project_dir))
    return _ask(command, windows, scratch, "dagster", environment, project_dir)


def _ask(
    command: Sequence[str], asked: Any, scratch: Path, side: str, environment: Mapping[str, str], folder: Path | None
) -> dict[str, Any]:
    question, answer = scratch / f"{side}_asked.json", scratch / f"{side}_ticks.json"
    question.write_text(json.dumps(asked))
    try:
        done = subprocess.run(
            [*command, str(question), str(answer)],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MigratorError("MIG517", f"the ticks of {side} cannot be computed: {error}") from error
    if not answer.exists():
        raise MigratorError("MIG517", f"the ticks of {side} cannot be computed:\n{done.stderr.strip()[-1500:]}")
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


# -------------------------------------------------------------------------------------------------------- comparing


def _difference(question: Question, expected: Sequence[Tick], found: Sequence[Sequence[str]]) -> str:
    """What differs, in one sentence; empty if nothing does."""
    theirs = {tick.at: tick.date for tick in expected}
    ours = {moment(at).isoformat(): (key, window) for at, key, window in found}
    if len(expected) >= LIMIT or len(found) >= LIMIT:
        # Both sides were cut short: only what both cover counts.
        until = min(max(theirs, default=""), max(ours, default=""))
        theirs = {at: date for at, date in theirs.items() if at <= until}
        ours = {at: value for at, value in ours.items() if at <= until}
    missing, more = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
    if missing or more:
        parts = [f"does not run at {_list(missing)}"] if missing else []
        parts += [f"runs at {_list(more)} where Airflow does not"] if more else []
        return f"{' and '.join(parts)} ({len(theirs)} runs in Airflow, {len(ours)} in Dagster)"
    wrong = [at for at in sorted(theirs) if not _same_date(theirs[at], *ours[at])]
    if wrong:
        at = wrong[0]
        return f"runs at {at} for {f'the partition `{ours[at][0]}`' if ours[at][0] else ours[at][1]}, Airflow for the logical date {theirs[at]} ({len(wrong)} such)"
    return ""


def _same_date(date: str, key: str, window: str) -> bool:
    """Whether a partition is that of a logical date: its key is `ds`, or its window starts at the date; without partitions, whether the run is told that date, if any."""
    if not key:
        return not window or moment(window) == moment(date)
    return key == date[:10] or moment(window) == moment(date)


def _list(times: Sequence[str]) -> str:
    more = f" and {len(times) - _SHOWN} more times" if len(times) > _SHOWN else ""
    return ", ".join(times[:_SHOWN]) + more

"""What is right and what is wrong with one DAG: who schedules it, and whether its code is that of the DAG file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from migrator.dashboard.sources import AirflowNow, DagsterNow
from migrator.state.fingerprint import fingerprint_in
from migrator.state.inventory import DagEntry
from migrator.state.stages import Stage


class Level(str, Enum):
    """`WRONG` is what a person must put right, `WARN` what a person should know, `UNKNOWN` what could not be found out."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True)
class Verdict:
    """`twice`: what is wrong is that two start the DAG, and not that nobody or the wrong one does."""

    level: Level
    text: str
    twice: bool = False


_BY_HAND = {"", "none", "once"}
"""Schedules that start nothing again and again."""


def scheduler(entry: DagEntry, stage: Stage, airflow: AirflowNow, dagster: DagsterNow) -> Verdict:
    """Whether exactly the one that the stage says starts the DAG's runs.

    Of a DAG that Airflow runs by a schedule there are two: the DAG is not paused, or one of its schedules and sensors in Dagster is
    switched on. Both is a double run, none an orphan.
    """
    starters = [*entry.schedules, *entry.sensors]
    if entry.schedule in _BY_HAND:
        return Verdict(Level.OK, "it has no schedule: people or other DAGs start it")
    on = sorted(name for name in starters if name in dagster.running)
    in_dagster = False if not starters else None if dagster.problem else bool(on)
    in_airflow = None if airflow.problem else not airflow.paused.get(entry.dag_id, True)
    airflow_says = (
        "Airflow was not reached"
        if in_airflow is None
        else "Airflow runs it"
        if in_airflow
        else "it is paused in Airflow"
        if entry.dag_id in airflow.paused
        else "Airflow has no such DAG"
    )
    dagster_says = (
        "Dagster was not reached"
        if in_dagster is None
        else f"`{'`, `'.join(on)}` is on in Dagster"
        if in_dagster
        else "nothing in Dagster starts it"
        if not starters
        else f"`{'`, `'.join(starters)}` is off in Dagster"
    )
    facts = f"{airflow_says}; {dagster_says}"
    if in_airflow and in_dagster:
        return Verdict(Level.WRONG, f"scheduled twice: {facts}", twice=True)
    if in_airflow is False and in_dagster is False:
        paused_before = stage is Stage.OBSERVED and entry.dag_id in airflow.paused
        return Verdict(Level.WARN if paused_before else Level.WRONG, f"scheduled by nobody: {facts}")
    should, other = (in_airflow, in_dagster) if stage.owner == "airflow" else (in_dagster, in_airflow)
    owner = "Airflow" if stage.owner == "airflow" else "Dagster"
    if other or should is False:
        return Verdict(Level.WRONG, f"its stage is `{stage.value}`, so {owner} should start it: {facts}")
    if should is None or other is None:
        return Verdict(Level.UNKNOWN, f"not all is known: {facts}")
    return Verdict(Level.OK, f"{owner} starts it, as its stage `{stage.value}` says: {facts}")


def code(entry: DagEntry, stage: Stage, dags_folder: Path | None) -> Verdict:
    """Whether the DAG's files are still the ones that its code was generated from."""
    if stage is Stage.DECOMMISSIONED:
        return Verdict(Level.OK, "Airflow has no part in it any more")
    if dags_folder is None:
        return Verdict(Level.UNKNOWN, "MIGRATION_DAGS_FOLDER is not set: the DAG files cannot be compared")
    files = entry.sources or (entry.file,)
    now = fingerprint_in(dags_folder, files)
    if now is None:
        return Verdict(Level.UNKNOWN, f"not all of its files can be read in the DAG folder: {', '.join(files)}")
    if now == entry.fingerprint:
        return Verdict(Level.OK, "its files are the ones that the code was generated from")
    level = Level.WRONG if stage is Stage.PROXIED else Level.WARN
    return Verdict(level, f"changed since the code was generated: {', '.join(files)}; run `migrate generate` again")

"""Moves a DAG, or one of its tasks, from one stage to another: asks both sides, refuses what is not safe, and changes the state file.

The one rule that nothing but force breaks: never may two schedulers own a DAG. So the side that gives the DAG up is switched off, and asked
whether it is, before the state is written; the side that takes it over is switched on after that. Whatever fails on the way leaves the
state as it was, or the DAG with nobody's schedule on, never with both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from migrator.bridge.client import AirflowClient
from migrator.bridge.dagster_api import DagsterApi, Starter
from migrator.diagnostics import MigratorError
from migrator.state.fingerprint import fingerprint_in
from migrator.state.inventory import DagEntry
from migrator.state.moves import Against, Change, without_unknown
from migrator.state.shadow import read_results
from migrator.state.stages import DagState, Stage, change_state, read_state

T = TypeVar("T")
_MOVES_WORK = ("asset", "step", "wrapped")


@dataclass(frozen=True)
class Options:
    """What the user asked for. `switch_off` pauses the DAG in Airflow (or stops its schedules in Dagster on the way back), `switch_on`
    starts what takes it over. `shadow_runs` comparisons must have been equal, the last ones of each task."""

    command: str
    why: str = ""
    force: bool = False
    dry_run: bool = False
    switch_off: bool = False
    switch_on: bool = False
    shadow_runs: int = 0


@dataclass(frozen=True)
class Sides:
    """Airflow and Dagster, each None where its address is not set, and the DAG folder where it is known."""

    airflow: AirflowClient | None = None
    dagster: DagsterApi | None = None
    dags_folder: Path | None = None


@dataclass(frozen=True)
class Facts:
    """What both sides say of a DAG. `paused` is None where Airflow was not asked or has no such DAG, `starters` where Dagster was not asked."""

    in_airflow: bool | None = None
    paused: bool | None = None
    unfinished: int = 0
    missing_tasks: tuple[str, ...] = ()
    starters: tuple[Starter, ...] | None = None

    @property
    def on(self) -> tuple[Starter, ...]:
        return tuple(starter for starter in self.starters or () if starter.on)


@dataclass(frozen=True)
class Outcome:
    """What was changed, or (`done` is false) would be; `overridden` the reasons against it."""

    entry: DagEntry
    change: Change
    facts: Facts
    options: Options
    overridden: tuple[Against, ...] = ()
    done: bool = False


def move(
    migration: Path, entry: DagEntry, sides: Sides, options: Options, decide: Callable[[DagState], Change]
) -> Outcome:
    """Makes the change that `decide` makes of the DAG's state. `migration` is the project's folder of that name.

    MigratorError: MIG630 with all reasons where it is not safe, MIG632 where Airflow has no such DAG, MIG610 and MIG611 for the state
    file, MIG620, MIG621 and MIG633 where a side cannot be asked. The state is then as it was.
    """
    folder = migration / "state"
    if options.dry_run:
        return _judged(migration, entry, sides, options, decide(read_state(folder, entry.dag_id)), refuse=False)
    made: list[Outcome] = []
    undo: list[Callable[[], None]] = []

    def change(state: DagState) -> DagState:
        outcome = _judged(migration, entry, sides, options, decide(state), refuse=True)
        made.append(outcome)
        if not outcome.change.nothing:
            _give_up(outcome, sides, undo)
        return outcome.change.after

    try:
        change_state(
            folder,
            entry.dag_id,
            change,
            what=options.command,
            why=options.why,
            forced=bool(options.force),
            overridden=lambda: tuple(reason.why for reason in made[0].overridden),
        )
    except BaseException as error:
        raise _undone(error, undo) from None
    (outcome,) = made
    if not outcome.change.nothing:
        _take_over(outcome, sides)
    return replace(outcome, done=True)


def _judged(
    migration: Path, entry: DagEntry, sides: Sides, options: Options, change: Change, *, refuse: bool
) -> Outcome:
    """The change with what both sides say. MigratorError where it is refused (not for a dry run: that tells the reasons)."""
    if change.nothing:
        return Outcome(entry, change, Facts(), options)
    change = without_unknown(entry, change)
    facts = _facts(entry, change, sides)
    against = (
        *change.against,
        *_code(entry, change, sides),
        *_against(entry, change, facts, sides, options),
        *_proofs(migration, entry, change, options),
    )
    allowed = options.force and not any(reason.absolute for reason in against)
    if against and refuse and not allowed:
        raise _refusal(entry, change, facts, against)
    return Outcome(entry, change, facts, options, against)


def _refusal(entry: DagEntry, change: Change, facts: Facts, against: tuple[Against, ...]) -> MigratorError:
    gone = facts.in_airflow is False and not (change.against or facts.missing_tasks)
    steps = f"{change.before.stage.value} -> {change.after.stage.value}"
    lines = [f"`{entry.dag_id}` ({steps}) is not moved:"]
    for reason in against:
        lines += [f"- {reason.why}", *([f"  {reason.help}"] if reason.help else [])]
    return MigratorError("MIG632" if gone else "MIG630", "\n".join(lines))


# --- what is so ------------------------------------------------------------------------------------------------------------


def _facts(entry: DagEntry, change: Change, sides: Sides) -> Facts:
    facts = Facts()
    if sides.airflow is not None:
        facts = _airflow_says(entry, change, sides.airflow)
    names = (*entry.schedules, *entry.sensors)
    if not names:
        return replace(facts, starters=())
    if sides.dagster is not None:
        facts = replace(facts, starters=sides.dagster.starters(names))
    return facts


def _airflow_says(entry: DagEntry, change: Change, airflow: AirflowClient) -> Facts:
    dag = _asked(lambda: airflow.dag(entry.dag_id))
    if dag is None:
        return Facts(in_airflow=False)
    unfinished = 0
    missing: tuple[str, ...] = ()
    if change.to_dagster:
        unfinished = len(_asked(lambda: airflow.unfinished_runs(entry.dag_id)))
    if change.newly_proxied:
        there = _asked(lambda: airflow.task_ids(entry.dag_id))
        missing = tuple(task for task in change.newly_proxied if task not in there)
    return Facts(True, dag.paused, unfinished, missing)


def _asked(ask: Callable[[], T]) -> T:
    """What Airflow answers. MigratorError MIG620 too for JSON that is not what its API says."""
    try:
        return ask()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MigratorError(
            "MIG620", f"what Airflow answers is not what its API says ({type(error).__name__})"
        ) from None


# --- what speaks against it ------------------------------------------------------------------------------------------------


def _against(entry: DagEntry, change: Change, facts: Facts, sides: Sides, options: Options) -> Iterator[Against]:
    named = "`" + "`, `".join(starter.name for starter in facts.on) + "`"
    missing = "`, `".join(facts.missing_tasks)
    if facts.missing_tasks:
        yield Against(f"Airflow has no task `{missing}` in it", "generate again from the DAG files that Airflow runs")
    if facts.in_airflow is False and change.after.stage is not Stage.DECOMMISSIONED:
        yield Against("Airflow has no such DAG (any more)", "check AIRFLOW_URL, and whether its file loads in Airflow")
    if change.after.stage.owner == "dagster":
        yield from _against_airflow(change, facts, options)
        if options.switch_on and facts.starters is None:
            yield Against(
                "Dagster cannot be told to start it: DAGSTER_URL is not set", "set it, or leave out `--start-schedule`"
            )
        return
    if facts.on and not options.switch_off:
        yield Against(
            f"{named} is on in Dagster, so both would start it",
            "switch it off there, or by `--stop-schedule` of `migrate rollback`",
        )
    if change.to_airflow and facts.starters is None:
        yield Against("Dagster was not asked whether its schedule is off: DAGSTER_URL is not set", "set it")
    if options.switch_on and sides.airflow is None:
        yield Against(
            "Airflow cannot be told to start it: AIRFLOW_URL is not set", "set it, or leave out `--unpause-airflow`"
        )


def _against_airflow(change: Change, facts: Facts, options: Options) -> Iterator[Against]:
    """What in Airflow speaks against a DAG that Dagster owns."""
    if facts.in_airflow is None:
        yield Against("Airflow was not asked whether the DAG is paused: AIRFLOW_URL is not set", "set it")
    elif facts.paused is False and not (options.switch_off and change.to_dagster):
        yield Against("it is not paused in Airflow, so both would start it", "pause it there, or by `--pause-airflow`")
    if facts.unfinished:
        runs = (
            "1 run of it in Airflow has" if facts.unfinished == 1 else f"{facts.unfinished} runs of it in Airflow have"
        )
        paused = ": unpause it until they have, as the runs of a paused DAG do not go on" if facts.paused else ""
        yield Against(f"{runs} not ended", f"wait until all have ended{paused}")


def _proofs(migration: Path, entry: DagEntry, change: Change, options: Options) -> Iterator[Against]:
    """Whether enough shadow runs of what moves now were equal to Airflow's."""
    if options.shadow_runs < 1:
        return
    moving = change.newly_proxied
    if change.to_dagster:
        moving = tuple(task.task_id for task in entry.tasks if task.disposition in _MOVES_WORK and task.assets)
    results = read_results(migration, entry.dag_id)
    for task_id in moving:
        own = [result.equal for result in results if result.task_id == task_id]
        equal = next((number for number, same in enumerate(reversed(own)) if not same), len(own))
        if equal < options.shadow_runs:
            yield Against(
                f"of `{task_id}` the last {equal} shadow runs were equal to Airflow, {options.shadow_runs} are asked for",
                f"`migrate shadow PROJECT {entry.dag_id}.{task_id} --partition KEY`",
            )


def _code(entry: DagEntry, change: Change, sides: Sides) -> Iterator[Against]:
    """Whether Dagster's code is that of the DAG's files, where these can be read."""
    if sides.dags_folder is None or not (change.newly_proxied or change.to_dagster):
        return
    files = entry.sources or (entry.file,)
    now = fingerprint_in(sides.dags_folder, files)
    if now is not None and now != entry.fingerprint:
        yield Against(f"changed since its code was generated: {', '.join(files)}", "run `migrate generate` again")


# --- doing it --------------------------------------------------------------------------------------------------------------


def _give_up(outcome: Outcome, sides: Sides, undo: list[Callable[[], None]]) -> None:
    """Switches off the side that gives up the DAG; how to undo it goes into `undo`."""
    change, facts, options = outcome.change, outcome.facts, outcome.options
    dag_id, airflow, dagster = outcome.entry.dag_id, sides.airflow, sides.dagster
    if change.to_dagster and options.switch_off and airflow is not None and facts.paused is False:
        airflow.set_paused(dag_id, True)
        undo.append(lambda: airflow.set_paused(dag_id, False))
        dag = _asked(lambda: airflow.dag(dag_id))
        if dag is None or not dag.paused:
            raise MigratorError("MIG620", f"Airflow did not pause `{dag_id}`, though it said so")
        if not options.force and _asked(lambda: airflow.unfinished_runs(dag_id)):
            raise MigratorError("MIG630", f"a run of `{dag_id}` began in Airflow meanwhile", "wait until it has ended")
    if change.after.stage.owner == "airflow" and options.switch_off and dagster is not None:
        for starter in facts.on:
            dagster.switch(starter, False)
            undo.append(functools.partial(dagster.switch, replace(starter, on=False), True))


def _undone(error: BaseException, undo: list[Callable[[], None]]) -> BaseException:
    """The error, after what was done on the way is undone; it tells what could not be."""
    failed = []
    for step in reversed(undo):
        try:
            step()
        except MigratorError as problem:
            failed.append(problem.message)
    if failed and isinstance(error, MigratorError):
        told = f"{error.message}\nand what was switched off could not be switched on again: {'; '.join(failed)}"
        return MigratorError(error.code, told, error.help)
    return error


def _take_over(outcome: Outcome, sides: Sides) -> None:
    """Switches on the side that takes the DAG over, which it owns by now."""
    change, facts, options = outcome.change, outcome.facts, outcome.options
    if not options.switch_on:
        return
    try:
        if change.after.stage.owner == "dagster" and sides.dagster is not None:
            for starter in facts.starters or ():
                sides.dagster.switch(starter, True)
        if change.to_airflow and sides.airflow is not None:
            sides.airflow.set_paused(outcome.entry.dag_id, False)
    except MigratorError as error:
        stage = change.after.stage.value
        message = f"`{outcome.entry.dag_id}` is `{stage}` now, but nothing starts it yet: {error.message}"
        raise MigratorError(error.code, message, "switch it on by hand, or roll back") from None

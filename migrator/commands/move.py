"""`migrate promote`, `migrate rollback`: move a DAG or a task from stage to stage. `migrate units`: what can move alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from migrator.commands.common import guarded
from migrator.model.stages import Stage

if TYPE_CHECKING:
    from migrator.bridge.moves import Options, Outcome
    from migrator.state.inventory import DagEntry
    from migrator.state.moves import Change
    from migrator.state.stages import DagState

Project = Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder of a generated project.")]
Target = Annotated[str, typer.Argument(metavar="DAG[.TASK]", help="A DAG's id, or with a dot a task of it.")]
To = Annotated[Stage | None, typer.Option("--to", help="The stage. [default: the next one, or the one before]")]
WholeUnit = Annotated[bool, typer.Option("--unit", help="With all tasks that the task must move together with.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change, and what speaks against it.")]
Force = Annotated[
    bool, typer.Option("--force", help="Move though it is not safe; the reasons are kept in the state's history.")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept in the state's history.")]


@guarded
def promote(
    project: Project,
    target: Target,
    to: To = None,
    unit: WholeUnit = False,
    pause_airflow: Annotated[
        bool, typer.Option("--pause-airflow", help="Pause the DAG in Airflow when Dagster takes it over.")
    ] = False,
    start_schedule: Annotated[
        bool, typer.Option("--start-schedule", help="Switch on what starts it in Dagster, after that.")
    ] = False,
    shadow_runs: Annotated[
        int | None,
        typer.Option(
            "--shadow-runs",
            metavar="N",
            min=0,
            help="Ask for so many equal shadow runs of each task. [default: `shadow_runs` in migrator.toml, or 0]",
        ),
    ] = None,
    why: Why = "",
    dry_run: DryRun = False,
    force: Force = False,
) -> int:
    """Move a DAG, or one of its tasks, a stage further: observed, proxied, migrated, decommissioned.

    A proxied task is run by Airflow and done by Dagster. A migrated DAG is started by Dagster alone, and is paused in Airflow.
    Asks Airflow (AIRFLOW_URL) and Dagster (DAGSTER_URL); refuses with the reasons where a move is not safe.
    """
    from migrator.bridge.moves import Options
    from migrator.state.moves import promotion
    from migrator.state.stages import stage_of

    found = _Found(project, target)
    options = Options(
        found.command("promote", to, unit),
        why=why,
        force=force,
        dry_run=dry_run,
        switch_off=pause_airflow,
        switch_on=start_schedule,
        shadow_runs=_shadow_runs(project) if shadow_runs is None else shadow_runs,
    )
    stages = found.migration / "state"
    return found.move(
        options,
        lambda state: promotion(found.entry, state, found.task, to, unit, lambda other: stage_of(stages, other)),
    )


@guarded
def rollback(
    project: Project,
    target: Target,
    to: To = None,
    unit: WholeUnit = False,
    unpause_airflow: Annotated[
        bool, typer.Option("--unpause-airflow", help="Unpause the DAG in Airflow when it takes it over again.")
    ] = False,
    stop_schedule: Annotated[
        bool, typer.Option("--stop-schedule", help="Switch off what starts it in Dagster, before that.")
    ] = False,
    why: Why = "",
    dry_run: DryRun = False,
    force: Force = False,
) -> int:
    """Undo a promotion: a task is done by Airflow again, from its next run on; a DAG goes back to the stage where it was before."""
    from migrator.bridge.moves import Options
    from migrator.state.moves import way_back

    found = _Found(project, target)
    options = Options(
        found.command("rollback", to, unit),
        why=why,
        force=force,
        dry_run=dry_run,
        switch_off=stop_schedule,
        switch_on=unpause_airflow,
    )
    return found.move(options, lambda state: way_back(found.entry, state, found.task, to, unit))


@guarded
def units(
    project: Project,
    dag: Annotated[str | None, typer.Argument(metavar="[DAG]", help="Only this one. [default: all]")] = None,
) -> int:
    """List which tasks can be proxied alone, which only together, which not yet, and why."""
    from migrator.state.inventory import find_migration_folder, read_inventory
    from migrator.state.moves import find_target

    inventory = read_inventory(find_migration_folder(project))
    entries = inventory.dags if dag is None else (find_target(inventory, dag)[0],)
    _print(line for entry in entries for line in (*_unit_lines(entry), ""))
    return 0


def _unit_lines(entry: DagEntry) -> Iterator[str]:
    yield entry.dag_id
    for unit in entry.units:
        sign = "-" if unit.blocked else "+" if len(unit.tasks) == 1 else "&"
        yield f"  {sign} {', '.join(unit.tasks)}"
        for label, text in (("together", unit.why), ("not yet", unit.blocked)):
            if text:
                yield f"      {label}: {text}"
        yield from (f"      make sure that: {text}" for text in unit.conditions)
    yield from (f"  before it can leave Airflow: `{other.dag_id}` ({other.how})" for other in entry.dependents)


class _Found:
    """The project, and what of it is to move."""

    def __init__(self, project: Path, target: str) -> None:
        from migrator.state.inventory import find_migration_folder, read_inventory
        from migrator.state.moves import find_target

        self.target = target
        self.migration = find_migration_folder(project)
        self.inventory = read_inventory(self.migration)
        self.entry, self.task = find_target(self.inventory, target)

    def command(self, verb: str, to: Stage | None, unit: bool) -> str:
        """The command, as the state's history keeps it."""
        return " ".join([verb, self.target, *(["--unit"] if unit else []), *([f"--to {to.value}"] if to else [])])

    def move(self, options: Options, decide: Callable[[DagState], Change]) -> int:
        from migrator.bridge.client import AirflowClient
        from migrator.bridge.dagster_api import DagsterApi
        from migrator.bridge.moves import Sides, move

        folder = os.environ.get("MIGRATION_DAGS_FOLDER", "").strip()
        sides = Sides(AirflowClient.from_environment(), DagsterApi.from_environment(), Path(folder) if folder else None)
        outcome = move(self.migration, self.entry, sides, options, decide)
        _print(_told(outcome))
        return int(options.dry_run and bool(outcome.overridden))


def _shadow_runs(project: Path) -> int:
    from migrator.config import load_config

    return load_config(None, project).shadow_runs


# --- what is printed -------------------------------------------------------------------------------------------------------


def _print(lines: Iterable[str]) -> None:
    import sys

    from migrator.report.output import write_text
    from migrator.report.words import clean

    write_text("".join(f"{clean(line)}\n" for line in lines), sys.stdout)


def _told(outcome: Outcome) -> Iterator[str]:
    change, entry = outcome.change, outcome.entry
    before, after = change.before, change.after
    if change.nothing:
        yield f"{entry.dag_id} is `{before.stage.value}` already: nothing was changed."
        return
    yield f"{entry.dag_id}: {before.stage.value} -> {after.stage.value}{'' if outcome.done else ' (nothing was changed)'}"
    yield ""
    rows = [("", "now", "then"), *_rows(outcome)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, now, then in rows:
        yield f"  {name:{widths[0]}}  {now:{widths[1]}}  {then if then != now else 'the same'}".rstrip()
    if change.conditions:
        yield ""
        yield "Make sure that"
        yield from (f"  - {text}" for text in change.conditions)
    if outcome.overridden:
        yield ""
        yield "Moved by force, against" if outcome.done else "Against it"
        for reason in outcome.overridden:
            yield f"  - {reason.why}"
            if reason.help and not outcome.done:
                yield f"    {reason.help}"
    steps = list(_next_steps(outcome))
    if steps:
        yield ""
        yield "Next"
        yield from (f"  - {step}" for step in steps)


def _rows(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Who owns the DAG and its tasks, now and then."""
    entry, facts, options, change = outcome.entry, outcome.facts, outcome.options, outcome.change
    owner = {"airflow": "Airflow", "dagster": "Dagster"}
    yield "schedule of", owner[change.before.stage.owner], owner[change.after.stage.owner]
    paused = {True: "paused", False: "not paused", None: "not asked"}
    now = "has no such DAG" if facts.in_airflow is False else paused[facts.paused]
    then = now
    if facts.paused is not None:
        if change.to_dagster and options.switch_off:
            then = "paused"
        if change.to_airflow and options.switch_on:
            then = "not paused"
    yield "in Airflow", now, then
    starters = facts.starters
    for name in (*entry.schedules, *entry.sensors):
        on = None if starters is None else any(starter.on for starter in starters if starter.name == name)
        will = on
        if starters is not None and change.after.stage.owner == "dagster" and options.switch_on:
            will = True
        if starters is not None and change.after.stage.owner == "airflow" and options.switch_off:
            will = False
        words = {True: "on", False: "off", None: "not asked"}
        yield f"{name} in Dagster", words[on], words[will]
    for task in entry.tasks:
        was, becomes = (_worker(state, task.task_id) for state in (change.before, change.after))
        if was != becomes and task.disposition != "folded":
            yield f"work of {task.task_id}", was, becomes


def _worker(state: DagState, task_id: str) -> str:
    if state.stage.owner == "dagster":
        return "Dagster"
    return "Dagster, in Airflow's run" if task_id in state.proxied_tasks else "Airflow"


def _next_steps(outcome: Outcome) -> Iterator[str]:
    entry, facts, options, change = outcome.entry, outcome.facts, outcome.options, outcome.change
    starters = "`" + "`, `".join((*entry.schedules, *entry.sensors)) + "`"
    if change.nothing or (outcome.overridden and not outcome.done):
        return
    if change.newly_proxied:
        yield "deploy the state file to Airflow's workers (MIGRATION_STATE_DIR): the next run follows it"
        if facts.paused:
            yield "unpause it in Airflow: a paused DAG runs nothing"
    elif change.after.stage.owner == "airflow" and change.before.stage.owner == "airflow":
        yield "deploy the state file to Airflow's workers (MIGRATION_STATE_DIR): the next run follows it"
    if change.to_dagster and not options.switch_on:
        if entry.schedules or entry.sensors:
            yield f"switch on {starters} in Dagster: until then nothing starts it"
        else:
            yield f"start its job `{entry.job}` in Dagster by hand, as it has no schedule"
    if change.to_airflow and not options.switch_on:
        yield "unpause it in Airflow: until then nothing starts it"
    if change.to_airflow:
        yield "where `catchup` is on, Airflow makes up for the runs that it missed while it was paused"
    if change.after.stage is Stage.DECOMMISSIONED and facts.in_airflow:
        yield f"delete `{entry.file}` from the DAG folder, or the DAG in it"
    yield f"commit `migration/state/{entry.dag_id}.json`"

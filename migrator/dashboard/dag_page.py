"""The page of one DAG in Dagster's UI: an asset, its checks, and what each refresh records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg

from migrator.dashboard.facts import DagStatus, blockers, label, tasks_in_dagster
from migrator.dashboard.settings import Settings
from migrator.dashboard.texts import Links, bullets, escaped, key_part, owner, plain, prose
from migrator.dashboard.verdicts import Level, Verdict
from migrator.effort import hours
from migrator.state.inventory import DagEntry
from migrator.state.stages import DagState, Stage

TWICE, ORPHANED = "not_scheduled_twice", "not_orphaned"
PARITY, CODE, BLOCKERS = "parity", "code_up_to_date", "nothing_blocks"

Metadata = dict[str, Any]


def dag_key(prefix: str, dag_id: str) -> dg.AssetKey:
    return dg.AssetKey([prefix, key_part(dag_id)])


def dag_spec(
    entry: DagEntry, state: DagState, prefix: str, settings: Settings, links: Links, project: Path
) -> dg.AssetSpec:
    """The asset of a DAG, as things stand when the project is loaded. `project` is the generated project's folder."""
    name = label(entry, state)
    return dg.AssetSpec(
        dag_key(prefix, entry.dag_id),
        description=_description(entry, state),
        group_name=f"{prefix}/{_GROUPS[name]}",
        kinds={"airflow", name},
        owners=sorted({owner(each) for each in entry.owners}),
        tags={"migration/state": name, "migration/wave": str(entry.wave)},
        metadata=_static(entry, settings, links, project),
    )


_GROUPS = {
    "blocked": "0_blocked",
    "observed": "1_observed",
    "proxied": "2_proxied",
    "migrated": "3_migrated",
    "decommissioned": "4_decommissioned",
}
"""The sidebar sorts groups by name: digits keep the order of the stages."""


def check_specs(
    entry: DagEntry, state: DagState, compared: bool, prefix: str, settings: Settings
) -> Iterable[dg.AssetCheckSpec]:
    """The checks that mean something for this DAG now: each costs time when the project is loaded, and an event in each refresh.

    `compared`: its output was compared with Airflow's at least once.
    """
    key = dag_key(prefix, entry.dag_id)
    yield dg.AssetCheckSpec(TWICE, asset=key, description="Airflow and Dagster do not both start the DAG.")
    yield dg.AssetCheckSpec(
        ORPHANED, asset=key, description="The one that its stage says, Airflow or Dagster, starts the DAG."
    )
    if any(task.disposition != "airflow" for task in entry.tasks):
        if settings.dags_folder is not None:
            told = "The DAG's files are still the ones that the Dagster code was generated from."
            yield dg.AssetCheckSpec(CODE, asset=key, description=told)
        if compared or state.stage is not Stage.OBSERVED:
            told = "Dagster's output was equal to Airflow's when they were last compared."
            yield dg.AssetCheckSpec(PARITY, asset=key, description=told)
    if blockers(entry):
        yield dg.AssetCheckSpec(BLOCKERS, asset=key, description="No task must stay in Airflow.")


def dag_result(dag: DagStatus, key: dg.AssetKey, checks: frozenset[str]) -> dg.MaterializeResult[None]:
    """What a refresh records; `checks` are the names of those that are asked for."""
    return dg.MaterializeResult(asset_key=key, metadata=_live(dag), check_results=list(_results(dag, key, checks)))


def _results(dag: DagStatus, key: dg.AssetKey, checks: frozenset[str]) -> Iterable[dg.AssetCheckResult]:
    starts = Verdict(Level.WRONG, dag.problem) if dag.problem else dag.scheduler
    twice = (
        starts if starts.twice or starts.level is Level.UNKNOWN else Verdict(Level.OK, "at most one of them starts it")
    )
    orphaned = Verdict(Level.OK, "both start it") if starts.twice else starts
    never = Verdict(Level.OK, "never compared: see `migrate shadow`")
    for name, verdict in ((TWICE, twice), (ORPHANED, orphaned), (CODE, dag.code), (PARITY, dag.parity or never)):
        if name in checks:
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=name,
                passed=verdict.level is Level.OK,
                severity=dg.AssetCheckSeverity.ERROR if verdict.level is Level.WRONG else dg.AssetCheckSeverity.WARN,
                description=prose(verdict.text, 600),
            )
    if BLOCKERS in checks:
        found = blockers(dag.entry) if dag.stage.owner == "airflow" else []
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=BLOCKERS,
            passed=not found,
            severity=dg.AssetCheckSeverity.ERROR if dag.label == "blocked" else dg.AssetCheckSeverity.WARN,
            description=bullets(_blocker(*item) for item in found) or "Dagster runs it",
            metadata={"tasks": len(found)},
        )


def _blocker(task_id: str, reason: str) -> str:
    return f"{escaped(task_id)}: {prose(reason)}" if task_id else prose(reason)


def _description(entry: DagEntry, state: DagState) -> str:
    """One line of plain text: the catalog shows it as it is."""
    held = len(blockers(entry)) if state.stage.owner == "airflow" else 0
    words = [
        label(entry, state).upper(),
        f"wave {entry.wave}" if entry.wave else "no wave",
        f"{tasks_in_dagster(entry, state)}/{len(entry.tasks)} tasks in Dagster",
        *([f"{held} blocker{'s' if held > 1 else ''}"] if held else []),
        *([] if entry.owners else ["no owner"]),
    ]
    return " · ".join(words)


def _last_assets(entry: DagEntry) -> list[tuple[str, ...]]:
    """What the DAG makes in the end: the assets of tasks that no other task follows, or of all where those make none.

    The page links to them and is none of their descendants: the lineage of the company's data shows no migration.
    """
    followed = {upstream for task in entry.tasks for upstream in task.upstream}
    last = {key for task in entry.tasks if task.task_id not in followed for key in task.assets}
    keys = last or {key for task in entry.tasks for key in task.assets}
    return sorted(keys)


def _static(entry: DagEntry, settings: Settings, links: Links, project: Path) -> Metadata:
    metadata: Metadata = {
        "DAG": plain(entry.dag_id, 260),
        "file": plain(f"{entry.file}:{entry.line}", 260),
        "schedule in Airflow": plain(entry.schedule or "none"),
        "job in Dagster": plain(entry.job or "none"),
    }
    if settings.airflow_url:
        metadata["in Airflow"] = dg.MetadataValue.url(f"{settings.airflow_url}/dags/{quote(entry.dag_id, safe='')}")
    if not entry.owners:
        metadata["owner"] = "none is named in the DAG"
    if entry.effort[1]:
        metadata["effort to move it"] = hours(*entry.effort)
    if entry.wave:
        metadata["wave"] = plain(f"{entry.wave}: {entry.wave_why}" if entry.wave_why else str(entry.wave))
    if entry.upstream_dags:
        others = (f"[{escaped(other)}]({links.dag(other)})" for other in entry.upstream_dags)
        metadata["reads what these make"] = dg.MetadataValue.md(bullets(others))
    if made := _last_assets(entry):
        pages = (f"[{escaped('/'.join(key))}]({links.asset(key)})" for key in made)
        metadata["makes in the end"] = dg.MetadataValue.md(bullets(pages))
    if entry.deltas:
        metadata["differences to accept"] = dg.MetadataValue.md(bullets(prose(delta) for delta in entry.deltas))
    references = list(_references(entry, settings, project))
    if references:
        metadata["dagster/code_references"] = dg.CodeReferencesMetadataValue(code_references=references)
    return metadata


def _references(
    entry: DagEntry, settings: Settings, project: Path
) -> Iterable[dg.LocalFileCodeReference | dg.UrlCodeReference]:
    name = plain(entry.file.rpartition("/")[2], 60)
    if settings.dags_url:
        url = f"{settings.dags_url}/{quote(entry.file)}#L{entry.line}"
        yield dg.UrlCodeReference(url=url, label=f"{name} (Airflow)")
    if settings.dags_folder is not None:
        path = str(settings.dags_folder.absolute() / entry.file)
        yield dg.LocalFileCodeReference(file_path=path, line_number=entry.line, label=f"{name}:{entry.line} (Airflow)")
    for module in sorted({task.module for task in entry.tasks if task.module}):
        short = "/".join(module.split("/")[-2:])
        if settings.code_url:
            yield dg.UrlCodeReference(url=f"{settings.code_url}/{quote(module)}", label=short)
        else:
            yield dg.LocalFileCodeReference(file_path=str(project / module), line_number=1, label=f"{short} (Dagster)")


def _live(dag: DagStatus) -> Metadata:
    metadata: Metadata = {
        "stage": dag.stage.value if dag.label == dag.stage.value else f"{dag.stage.value} ({dag.label})",
        "tasks": len(dag.entry.tasks),
        "tasks in Dagster": dag.tasks_in_dagster,
    }
    if dag.wrong:
        metadata["to put right"] = dg.MetadataValue.md(bullets(prose(line, 400) for line in dag.wrong))
    if dag.scheduler.level is not Level.WRONG:
        metadata["started by"] = dg.MetadataValue.md(prose(dag.scheduler.text, 600))
    if dag.state.proxied_tasks:
        metadata["proxied tasks"] = dg.MetadataValue.md(bullets(escaped(task) for task in dag.state.proxied_tasks))
    found = blockers(dag.entry) if dag.stage.owner == "airflow" else []
    if found:
        metadata["what keeps it in Airflow"] = dg.MetadataValue.md(bullets(_blocker(*item) for item in found))
    if dag.last_run is not None:
        at = dt.datetime.fromtimestamp(dag.last_run.at, dt.timezone.utc)
        metadata["last run in Dagster"] = f"{dag.last_run.status.lower()}, {at:%Y-%m-%d %H:%M} UTC"
    if dag.state.history:
        move = dag.state.history[-1]
        forced = ", forced" if move.forced else ""
        metadata["last move"] = plain(f"{move.at:%Y-%m-%d %H:%M} {move.by}: {move.what}{forced}", 300)
    return metadata

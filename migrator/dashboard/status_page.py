"""The page of the whole migration in Dagster's UI."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from migrator.dashboard.dag_page import Metadata
from migrator.dashboard.facts import LABELS, DagStatus, Status, by_team, numbers, reasons, stuck, work_left
from migrator.dashboard.pictures import bar, thin_bar
from migrator.dashboard.texts import Links, bullets, escaped, plain, prose
from migrator.effort import hours

AIRFLOW, STATES = "airflow_reachable", "states_readable"
Row = Mapping[str, str | int]

NAME = 34
"""Characters of an id at most: it cannot be broken, and a longer one makes the page's table wider than the page, too."""

ROWS = 60
"""Rows of a table at most; the catalog lists all. A table that is wider than the page would cut everything off at the right: cells are short."""


def status_spec(status: Status, prefix: str, links: Links) -> dg.AssetSpec:
    """The asset whose page is the dashboard, as things stand when the project is loaded."""
    return dg.AssetSpec(
        [prefix, "status"],
        description=_description(status, links),
        group_name=prefix,
        kinds={"airflow", "dashboard"},
        tags={"migration/role": "dashboard"},
        metadata={"package": status.inventory.package, "Airflow": status.inventory.airflow_version},
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=dt.timedelta(hours=3), warn_window=dt.timedelta(minutes=90)
        ),
    )


def status_checks(prefix: str) -> list[dg.AssetCheckSpec]:
    key = dg.AssetKey([prefix, "status"])
    return [
        dg.AssetCheckSpec(AIRFLOW, asset=key, description="Airflow's API answers, so what it runs is known."),
        dg.AssetCheckSpec(
            STATES, asset=key, description="Every state file can be read, and is of a DAG of this project."
        ),
    ]


def status_result(status: Status, prefix: str, links: Links, checks: frozenset[str]) -> dg.MaterializeResult[None]:
    """What a refresh records; `checks` are the names of those that are asked for."""
    key = dg.AssetKey([prefix, "status"])
    return dg.MaterializeResult(
        asset_key=key,
        metadata=_live(status, links),
        check_results=[result for result in _results(status, key) if result.check_name in checks],
    )


def _description(status: Status, links: Links) -> str:
    """What stays below 260 pixels, which the UI shows without a click: the bar, a line of links, and what holds back the most."""
    states = " · ".join(f"[{name} ({status.labels[name]:,})]({links.catalog(_state(name))})" for name in LABELS)
    views = f"[all DAGs]({links.catalog(links.all_dags())}) · [lineage]({links.lineage(links.all_dags())})"
    lines = [f"![migration progress]({bar(status.labels)})", "", f"**DAGs:** {states} · **Views:** {views}", ""]
    if not status.dags:
        lines.append("The inventory holds no DAG.")
    elif not status.has_states:
        lines += ["No DAG has moved yet: Airflow runs all of them. `migrate promote` moves the first one.", ""]
    else:
        lines += ["As of when the definitions were loaded (*Reload definitions*); what stands below is live.", ""]
    found = reasons(status)[:3]
    if found:
        lines += ["| What keeps DAGs in Airflow | DAGs |", "|---|--:|"]
        lines += [f"| {prose(reason.replace('|', '/'), 90)} | {len(dags):,} |" for reason, dags in found]
    return "\n".join(lines)


def _state(name: str) -> str:
    return f'tag:"migration/state"="{name}"'


def _results(status: Status, key: dg.AssetKey) -> Iterable[dg.AssetCheckResult]:
    airflow = status.airflow
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=AIRFLOW,
        passed=not airflow.problem,
        severity=dg.AssetCheckSeverity.ERROR if airflow.configured else dg.AssetCheckSeverity.WARN,
        description=prose(airflow.problem, 600) if airflow.problem else f"it has {len(airflow.paused):,} DAGs",
    )
    problems = [*status.problems, *(dag.problem for dag in status.dags if dag.problem)]
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=STATES,
        passed=not problems,
        description=bullets(prose(problem, 400) for problem in problems) or "all are",
    )


def _live(status: Status, links: Links) -> Metadata:
    metadata: Metadata = {"progress": dg.MetadataValue.md(f"![progress]({thin_bar(status.labels)})")}
    if status.wrong:
        lines = (_wrong(dag_id, line, links) for dag_id, line in status.wrong)
        metadata["to put right"] = dg.MetadataValue.md(bullets(lines))
    counted = numbers(status)
    if any(work_left(status.dags)):
        metadata["work left"] = hours(*work_left(status.dags))
    metadata.update({name: counted.pop(name) for name in list(counted) if name.startswith("%")})
    if following := status.next_dags():
        waiting = (
            f"[{escaped(dag.dag_id, NAME)}]({links.dag(dag.dag_id)}), {escaped(dag.team, 40)}" for dag in following
        )
        metadata["next"] = dg.MetadataValue.md(bullets(waiting, 700))
    if blocked := stuck(status):
        lines = (
            f"[{escaped(dag.dag_id, NAME)}]({links.dag(dag.dag_id)}): {prose(reason, 200)}" for dag, reason in blocked
        )
        metadata["blocked DAGs"] = dg.MetadataValue.md(bullets(lines))
    if found := reasons(status):
        held = (f"{len(dags):,} DAG{'s' if len(dags) > 1 else ''}: {prose(reason, 200)}" for reason, dags in found)
        metadata["what keeps DAGs in Airflow"] = dg.MetadataValue.md(bullets(held))
    if moves := status.moves(10):
        lately = (f"{move.at:%Y-%m-%d %H:%M} {escaped(move.by, 30)}: {escaped(move.what)}" for _, move in moves)
        metadata["moved lately"] = dg.MetadataValue.md(bullets(lately, 700))
    metadata["sources"] = dg.MetadataValue.md(_sources(status))
    metadata.update(counted)
    metadata["by team"] = _table(_teams(status), ("team", "off Airflow", "blocked", "left"))
    metadata["by DAG"] = _table([_row(dag) for dag in _ordered(status)], ("DAG", "state", "tasks"))
    return metadata


def _teams(status: Status) -> list[Row]:
    members: dict[str, list[DagStatus]] = {}
    for dag in status.dags:
        members.setdefault(dag.team, []).append(dag)
    return [
        {
            "team": team,
            "off Airflow": f"{labels['migrated'] + labels['decommissioned']:,}/{labels.total():,}",
            "blocked": labels["blocked"],
            "left": hours(*work_left(members[team])) if any(work_left(members[team])) else "",
        }
        for team, labels in by_team(status).items()
    ]


def _wrong(dag_id: str, line: str, links: Links) -> str:
    where = f"[{escaped(dag_id, NAME)}]({links.dag(dag_id)}): " if dag_id else ""
    return f"{where}{prose(line, 260)}"


def _ordered(status: Status) -> list[DagStatus]:
    """What is wrong first, then as the stages go."""
    return sorted(status.dags, key=lambda dag: (not dag.wrong, LABELS.index(dag.label), dag.entry.wave, dag.dag_id))


def _row(dag: DagStatus) -> Row:
    state = f"{dag.label} (!)" if dag.wrong else dag.label
    return {
        "DAG": dag.dag_id,
        "state": state,
        "tasks": f"{dag.tasks_in_dagster}/{len(dag.entry.tasks)}",
    }


def _sources(status: Status) -> str:
    states = "read" if status.has_states else "none is there yet: every DAG is taken to be `observed`"
    airflow = f"not reached: {prose(status.airflow.problem, 300)}" if status.airflow.problem else "reached"
    dagster = f"not reached: {prose(status.dagster.problem, 300)}" if status.dagster.problem else "reached"
    return "\n".join(
        [f"- state files: {states}", f"- Airflow: {airflow}", f"- Dagster's schedules and runs: {dagster}"]
    )


def _table(rows: Sequence[Row], columns: Sequence[str], limit: int = 28) -> dg.TableMetadataValue:
    records = [
        dg.TableRecord({name: row[name] if isinstance(row[name], int) else plain(str(row[name]), limit) for name in columns})
        for row in rows[:ROWS]
    ]  # fmt: skip
    if len(rows) > ROWS:
        rest = f"… and {len(rows) - ROWS:,} more"
        records.append(dg.TableRecord({name: rest if name == columns[0] else "" for name in columns}))
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name, "string") for name in columns]))

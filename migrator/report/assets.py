"""The data assets of a folder for a person, a script or a wiki; the evidence of one of them; and stubs of corrections.

Comes in: the project with unified assets. Goes out: text. Nothing is inferred here.
"""

from __future__ import annotations

import difflib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.text import Text

from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject
from migrator.model.assets import AssetKey, AssetRef, DataAsset, Direction
from migrator.model.source import SourceFile
from migrator.report.markdown import code, escape
from migrator.report.terminal import console_for, excerpt, finished
from migrator.report.values import text as shown
from migrator.report.words import clean, count

_FINDINGS = frozenset({"MIG402", "MIG403", "MIG405", "MIG410"})
"""Findings about assets, which are told below the list."""
_NAMED = 3
"""Tasks named in a cell before it says how many more there are."""


def chosen(
    project: AirflowProject, *, external: bool = False, values: bool = False, dags: Sequence[str] = ()
) -> list[DataAsset]:
    """The assets that some of the DAGs touch (all DAGs if none is named); with `external` only those that no task makes.

    Values handed over between tasks (XComs) come last, and only with `values`.
    """
    wanted = set(dags)

    def touched(asset: DataAsset) -> bool:
        return not wanted or any(_dag_of(project, one) in wanted for one in (*asset.producers, *asset.consumers))

    found = [asset for asset in project.assets if touched(asset) and not (external and asset.producers)]
    found = [asset for asset in found if values or asset.kind != "xcom"]
    return sorted(found, key=lambda asset: (asset.kind == "xcom", asset.key))


def _dag_of(project: AirflowProject, task_id: str) -> str:
    return next((dag.dag_id for dag in project.dags if task_id.startswith(f"{dag.dag_id}.") and _has(dag, task_id)), "")


def _has(dag: Any, task_id: str) -> bool:
    return any(task.id == task_id for task in dag.tasks)


def find(project: AirflowProject, wanted: str) -> list[DataAsset]:
    """The assets meant by a key (`warehouse/orders`), or by a name or URI in the code; first those by key."""
    by_key = [asset for asset in project.assets if "/".join(asset.key) == wanted.strip("/")]
    if by_key:
        return by_key
    keys = {ref.key for task in project.tasks() for ref in task.refs if ref.name == wanted}
    keys |= {asset.key for asset in project.assets if wanted in (asset.name, asset.uri)}
    return [asset for asset in project.assets if asset.key in keys]


def close_to(project: AirflowProject, wanted: str) -> list[str]:
    """Keys that look like one that does not exist, best first."""
    keys = ["/".join(asset.key) for asset in project.assets]
    last = wanted.rpartition("/")[2].rpartition(".")[2].lower()
    same = [key for key in keys if key.rpartition("/")[2].lower() == last]
    return list(dict.fromkeys([*same, *difflib.get_close_matches(wanted, keys, n=3)]))[:3]


# ------------------------------------------------------------------------------------------------------------------ lists


def as_table(
    assets: Sequence[DataAsset],
    diagnostics: Iterable[Diagnostic],
    *,
    terminal: bool,
    width: int,
    what: str = "data asset",
) -> str:
    """The list for a person at a terminal."""
    buffer = io.StringIO()
    console = console_for(buffer, terminal=terminal, width=width)
    console.print(Text(f"{count(len(assets), what)}."))
    for asset in assets:
        head = Text.assemble(("/".join(asset.key), "bold"), f"  {clean(_kind(asset))}, {asset.confidence.value}")
        console.print(Text("\n").append(head), soft_wrap=True)
        if asset.refers_to:
            console.print(Text(f"  a reference to {'/'.join(asset.refers_to)}"), soft_wrap=True)
        for word, tasks in (("made by", asset.producers), ("used by", asset.consumers)):
            if tasks:
                console.print(Text.assemble((f"  {word} ", "dim"), _tasks(tasks)), soft_wrap=True)
    if assets:
        console.print(Text(f"\n`migrate assets DAGS --why {'/'.join(assets[0].key)}` shows where it was seen."))
    _print_findings(diagnostics, console)
    return finished(buffer, terminal=terminal)


def _print_findings(diagnostics: Iterable[Diagnostic], console: Any) -> None:
    for finding in diagnostics:
        if finding.code in _FINDINGS:
            place = f"{clean(finding.span.file)}:{finding.span.line}"
            console.print(Text(f"\n{finding.code} {clean(finding.message)}\n --> {place}"), soft_wrap=True)


def as_markdown(assets: Sequence[DataAsset]) -> str:
    """The list for a wiki."""
    rows = [
        "| Asset | Kind | Name | Made by | Used by | Confidence |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for asset in assets:
        cells = (
            code("/".join(asset.key)),
            escape(_kind(asset)),
            code(shown(asset.name)),
            ", ".join(map(code, asset.producers)) or "nothing here",
            ", ".join(map(code, asset.consumers)) or "-",
            asset.confidence.value,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(["# Data assets", "", *rows]) + "\n"


def as_json(project: AirflowProject, assets: Sequence[DataAsset]) -> str:
    """The list for a script: the assets as in the report of `analyze`, with all evidence of each."""
    seen = evidence(project)
    document = {
        "schema_version": 1,
        "assets": [
            {
                "key": list(asset.key),
                "kind": asset.kind,
                "name": shown(asset.name),
                "uri": None if asset.uri is None else shown(asset.uri),
                "system": asset.system,
                "kinds": list(asset.kinds),
                "owners": list(asset.owners),
                "refers_to": list(asset.refers_to) or None,
                "confidence": asset.confidence.value,
                "templated": asset.templated,
                "external": not asset.producers,
                "columns": list(asset.columns),
                "column_lineage": {
                    column: [{"key": list(key), "column": source} for key, source in sources]
                    for column, sources in asset.column_lineage
                },
                "producers": list(asset.producers),
                "consumers": list(asset.consumers),
                "evidence": [_evidence(task_id, ref) for task_id, ref in seen.get(asset.key, [])],
            }
            for asset in assets
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _evidence(task_id: str, ref: AssetRef) -> dict[str, Any]:
    span = ref.evidence.span
    return {
        "task": task_id,
        "direction": ref.direction.value,
        "name": shown(ref.name).encode("utf-8", "backslashreplace").decode(),
        "confidence": ref.confidence.value,
        "file": span.file,
        "line": span.line,
        "why": ref.evidence.why,
    }


def _kind(asset: DataAsset) -> str:
    return f"{asset.kind} ({asset.system})" if asset.system else asset.kind


def _tasks(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return clean(", ".join(ids[:_NAMED])) + more


# --------------------------------------------------------------------------------------------------------------- evidence


def evidence(project: AirflowProject) -> dict[AssetKey, list[tuple[str, AssetRef]]]:
    """All that tasks were seen doing with each asset: writes first, then by task."""
    found: dict[AssetKey, list[tuple[str, AssetRef]]] = {}
    for task in project.tasks():
        for ref in task.refs:
            found.setdefault(ref.key, []).append((task.id, ref))
    for refs in found.values():
        refs.sort(key=lambda one: (one[1].direction is Direction.INPUT, one[0], one[1].name, one[1].evidence.span))
    return found


def why(
    project: AirflowProject, asset: DataAsset, sources: Mapping[str, SourceFile], *, terminal: bool, width: int
) -> str:
    """All evidence of one asset, with the lines of code that it stands on."""
    buffer = io.StringIO()
    console = console_for(buffer, terminal=terminal, width=width)
    console.print(Text.assemble(("/".join(asset.key), "bold"), f"  {clean(_kind(asset))}, {asset.confidence.value}"))
    for word, value in (("name", shown(asset.name)), ("uri", shown(asset.uri) if asset.uri else "")):
        if value:
            console.print(Text(f"{word}: {clean(value)}"), soft_wrap=True)
    if asset.templated:
        console.print(Text("Its name holds a date of the run: the dates are its partitions, not part of the key."))
    if not asset.producers:
        console.print(Text("No task of these DAGs makes it: it comes from elsewhere."))
    if asset.columns:
        console.print(Text(f"columns: {clean(', '.join(asset.columns))}"), soft_wrap=True)
    for column, origins in asset.column_lineage:
        of = ", ".join(f"{'/'.join(key)}.{source}" for key, source in origins)
        console.print(Text(f"  {clean(column)} is computed from {clean(of)}"), soft_wrap=True)
    sites = {task.id: task.call_site for task in project.tasks()}
    told = set()
    for task_id, ref in evidence(project).get(asset.key, []):
        verb = "writes" if ref.direction is Direction.OUTPUT else "reads"
        saying = (task_id, verb, ref.name, ref.evidence)
        if saying in told:  # a pattern stands for several files that corrections make one
            continue
        told.add(saying)
        console.print()
        head = f"{clean(task_id)} {verb} `{clean(shown(ref.name))}`: {ref.confidence.value}, {clean(ref.evidence.why)}"
        console.print(Text(head), soft_wrap=True)
        span, site = ref.evidence.span, sites.get(task_id)
        console.print(Text.assemble((" --> ", "blue"), f"{clean(span.file)}:{span.line}:{span.column}"), soft_wrap=True)
        for line in excerpt(span, sources.get(span.file)):
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
        if site is not None and not (
            site.file == span.file and site.line <= span.line <= max(site.end_line, site.line)
        ):
            console.print(Text(f"   = the task is made at {clean(site.file)}:{site.line}"), soft_wrap=True)
    for dag in project.dags:
        if dag.schedule.assets is not None and asset.uri and asset.uri in shown_members(dag.schedule.value):
            console.print(Text(f"\nthe schedule of `{clean(dag.dag_id)}` waits for it"), soft_wrap=True)
    return finished(buffer, terminal=terminal)


def shown_members(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


# ------------------------------------------------------------------------------------------------------------ corrections


def stubs(assets: Sequence[DataAsset]) -> str:
    """Corrections for `migrator.toml` that change nothing as they are: each asset with the key that it has anyway."""
    blocks = [
        "# Corrections of data assets: change what is wrong, delete what is right (docs/corrections.md).\n"
        "# As they stand they change nothing. Keys that are kept here stay what they are, whatever DAGs are added."
    ]
    for asset in assets:
        if asset.kind == "xcom":
            continue
        key = "/".join(asset.key)
        made = f"made by {', '.join(asset.producers)}" if asset.producers else "made by nothing here"
        used = f"; used by {', '.join(asset.consumers)}" if asset.consumers else ""
        blocks.append(
            f"# {clean(_kind(asset))} {clean(shown(asset.name))} ({asset.confidence.value}): {clean(made + used)}\n"
            f'[[assets]]\nasset = "{key}"\nkey = "{key}"\n# drop = true'
        )
    return "\n\n".join(blocks) + "\n"

"""What the page knows: plain dicts and lists with short, readable names, without any secret's value."""

from __future__ import annotations

from typing import Any

from migrator.diagnostics import CATALOGUE
from migrator.effort import PlanSettings
from migrator.model.airflow import Dag, Task
from migrator.model.assets import AssetRef
from migrator.model.plan import DagPlan, Disposition
from migrator.report import Analysis
from migrator.report.page.graphs import in_dagster, started_by
from migrator.report.roadmap import document as roadmap_document
from migrator.report.roadmap import summary
from migrator.report.summaries import resolvers, what_to_give
from migrator.report.values import text
from migrator.report.words import headline, schedule_text
from migrator.roadmap.model import Roadmap
from migrator.secrets.code import covered_code
from migrator.secrets.masking import cover_text

MAX_SOURCE = 300_000
"""Characters of one file's text at most; what is longer is cut."""
MAX_SOURCES = 20_000_000
"""Characters of all texts together; files that come later have none."""


def page_data(analysis: Analysis, roadmap: Roadmap, settings: PlanSettings) -> dict[str, Any]:
    """Everything but the texts of the files."""
    project, plan = analysis.project, analysis.plan
    plans = {item.dag_id: item for item in plan.dags}
    became = {(item.dag_id, item.task_id): item for item in plan.dispositions}
    work = roadmap_document(roadmap, settings)
    by_id = {item.pop("dag_id"): item for item in work.pop("dags")}
    used = {finding.code for finding in analysis.diagnostics} | {item.code for item in plan.dispositions if item.code}
    data = {
        "headline": headline(analysis),
        "summary": summary(roadmap),
        "airflow": project.airflow_version,
        "dags": [_dag(dag, plans.get(dag.dag_id), became, by_id.get(dag.dag_id)) for dag in project.dags],
        "assets": [
            {
                "key": "/".join(asset.key),
                "kind": asset.kind,
                "name": text(asset.name),
                "system": asset.system,
                "confidence": asset.confidence.value,
                "made": list(asset.producers),
                "used": list(asset.consumers),
            }
            for asset in project.assets
        ],
        "links": [[link.upstream, link.downstream, link.kind, link.what] for link in plan.links],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "file": finding.span.file,
                "line": finding.span.line,
                "message": finding.message,
                "help": "" if finding.help == "none" else finding.help,
            }
            for finding in analysis.diagnostics
        ],
        "codes": {code: [CATALOGUE[code].title, CATALOGUE[code].meaning] for code in sorted(used)},
        "deltas": [
            {
                "dag": delta.dag_id,
                "task": delta.task_id,
                "severity": delta.severity.value,
                "airflow": delta.airflow,
                "dagster": delta.dagster,
                "todo": delta.mitigation,
            }
            for delta in plan.deltas
        ],
        "plan": work,
        "unknown": [[item.name, what_to_give(item), item.findings] for item in resolvers(analysis.diagnostics)],
    }
    return {name: _covered(value) for name, value in data.items()}


def page_sources(analysis: Analysis) -> dict[str, str]:
    """The texts of the files that hold something to show, secrets covered, by path."""
    wanted: dict[str, None] = {}
    for dag in analysis.project.dags:
        wanted[dag.span.file] = None
        for task in dag.tasks:
            wanted.update(dict.fromkeys([task.span.file, *(ref.evidence.span.file for ref in task.refs)]))
    wanted.update(dict.fromkeys(finding.span.file for finding in analysis.diagnostics))
    texts: dict[str, str] = {}
    left = MAX_SOURCES
    for path in wanted:
        source = analysis.project.sources.get(path)
        if source is not None and left > 0:
            shown = covered_code(source.text[:MAX_SOURCE])
            texts[path] = shown
            left -= len(shown)
    return texts


def _dag(
    dag: Dag,
    plan: DagPlan | None,
    became: dict[tuple[str, str], Disposition],
    work: dict[str, Any] | None,
) -> dict[str, Any]:
    place = {task.task_id: number for number, task in enumerate(dag.tasks)}
    kinds = {
        task.task_id: became[dag.dag_id, task.task_id].kind
        for task in dag.tasks
        if (dag.dag_id, task.task_id) in became
    }
    return {
        "id": dag.dag_id,
        "file": dag.span.file,
        "line": dag.span.line,
        "schedule": schedule_text(dag.schedule),
        "timezone": dag.timezone,
        "owners": list(dag.owners),
        "tags": list(dag.tags),
        "description": dag.description or "",
        "form": plan.form if plan else "",
        "reason": plan.reason if plan else "",
        "starts": started_by(plan.operations) if plan else [],
        "tasks": [_task(task, place, became.get((dag.dag_id, task.task_id))) for task in dag.tasks],
        "after": in_dagster(plan, kinds) if plan else {"nodes": [], "edges": []},
        "work": work,
    }


def _task(task: Task, place: dict[str, int], became: Disposition | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": task.task_id,
        "operator": task.operator,
        "file": task.span.file,
        "line": task.span.line,
        "end": max(task.span.end_line, task.span.line),
        "up": [place[upstream] for upstream in task.upstream if upstream in place],
        "becomes": became.kind if became else "",
        "why": became.reason if became else "",
        "code": became.code if became else "",
        "refs": [_ref(ref) for ref in task.refs],
    }
    if task.mapped:
        found["mapped"] = True
    if task.trigger_rule != "all_success":
        found["rule"] = task.trigger_rule
    return found


def _ref(ref: AssetRef) -> dict[str, Any]:
    span = ref.evidence.span
    return {
        "way": ref.direction.value,
        "name": text(ref.name),
        "key": "/".join(ref.key),
        "kind": ref.kind,
        "confidence": ref.confidence.value,
        "file": span.file,
        "line": span.line,
        "end": max(span.end_line, span.line),
        "why": ref.evidence.why,
    }


def _covered(value: Any) -> Any:
    """The same with passwords and well-known tokens in texts covered, and what no browser could read escaped."""
    if isinstance(value, str):
        return cover_text(value).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_covered(key): _covered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_covered(item) for item in value]
    return value

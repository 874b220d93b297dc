"""The published JSON report (`schema.json` describes it, docs/json.md says what may change)."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import Any

from migrator.diagnostics import Diagnostic
from migrator.model.airflow import Dag, Task
from migrator.model.assets import AssetRef, DataAsset, Direction
from migrator.model.plan import DagPlan, Disposition
from migrator.model.templates import TemplateUse
from migrator.model.values import Symbolic, Value
from migrator.report import Analysis
from migrator.report.summaries import resolvers, template_classes
from migrator.report.values import plain, text

SCHEMA_VERSION = 1

_OWN_FIELDS = frozenset(
    {
        "dag_id", "schedule", "start_date", "end_date", "catchup", "tags", "params", "description", "doc_md", "timezone",
        "max_active_runs", "plugin_macros",
    }
)  # fmt: skip
"""Arguments of a DAG that have a field of their own in the report."""


def render(analysis: Analysis) -> str:
    """The report as text: ASCII, indented, with a final newline."""
    return json.dumps(encodable(document(analysis)), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(analysis: Analysis) -> dict[str, Any]:
    """The report as plain dicts and lists."""
    project, plan = analysis.project, analysis.plan
    dispositions = {(found.dag_id, found.task_id): found for found in plan.dispositions}
    plans = {found.dag_id: found for found in plan.dags}
    return {
        "schema_version": SCHEMA_VERSION,
        "airflow_version": project.airflow_version,
        "summary": _summary(analysis),
        "files": [{"path": file.path, "status": file.status} for file in analysis.files],
        "dags": [_dag(dag, plans.get(dag.dag_id), dispositions) for dag in project.dags],
        "assets": [_asset(asset) for asset in project.assets],
        "diagnostics": [_diagnostic(finding) for finding in analysis.diagnostics],
        "waves": [{"number": wave.number, "dags": list(wave.dags), "why": wave.why} for wave in plan.waves],
        "deltas": [
            {
                "dag_id": delta.dag_id,
                "task_id": delta.task_id,
                "severity": delta.severity.value,
                "airflow": delta.airflow,
                "dagster": delta.dagster,
                "mitigation": delta.mitigation,
            }
            for delta in plan.deltas
        ],
    }


def _summary(analysis: Analysis) -> dict[str, Any]:
    project = analysis.project
    return {
        "files": dict(sorted(Counter(file.status for file in analysis.files).items())),
        "dags": len(project.dags),
        "tasks": len(project.tasks()),
        "assets": len(project.assets),
        "dispositions": dict(sorted(Counter(found.kind for found in analysis.plan.dispositions).items())),
        "diagnostics": dict(sorted(Counter(found.severity.value for found in analysis.diagnostics).items())),
        "templates": {found.kind: found.uses for found in template_classes(project)},
        "resolvers": [
            {"kind": item.kind, "name": item.name, "findings": item.findings}
            for item in resolvers(analysis.diagnostics)
        ],
    }


def _dag(dag: Dag, plan: DagPlan | None, dispositions: dict[tuple[str, str], Disposition]) -> dict[str, Any]:
    return {
        "dag_id": dag.dag_id,
        "file": dag.span.file,
        "line": dag.span.line,
        "airflow_version": dag.airflow_version,
        "schedule": {"kind": dag.schedule.kind, "value": plain(dag.schedule.value)},
        "catchup": dag.airflow_version == "2" if dag.catchup is None else _known(dag.catchup),
        "start_date": _date(dag.start_date),
        "end_date": _date(dag.end_date),
        "timezone": dag.timezone,
        "tags": list(dag.tags),
        "owners": list(dag.owners),
        "description": dag.description,
        "params": plain(dag.params),
        "max_active_runs": _known(dag.max_active_runs),
        "settings": plain({name: value for name, value in sorted(dag.arguments.items()) if name not in _OWN_FIELDS}),
        "form": plan.form if plan else None,
        "reason": (plan.reason or None) if plan else None,
        "groups": [
            {"group_id": group.group_id, "parent_id": group.parent_id, "mapped": group.mapped} for group in dag.groups
        ],
        "tasks": [_task(task, dispositions.get((dag.dag_id, task.task_id))) for task in dag.tasks],
    }


def _task(task: Task, disposition: Disposition | None) -> dict[str, Any]:
    """A task; where it says nothing, Airflow's own defaults."""
    return {
        "task_id": task.task_id,
        "operator": task.operator,
        "operator_module": task.operator_module,
        "file": task.span.file,
        "line": task.span.line,
        "mapped": task.mapped,
        "group_id": task.group_id,
        "trigger_rule": task.trigger_rule,
        "retries": 0 if task.retries is None else _known(task.retries),
        "pool": "default_pool" if task.pool is None else _known(task.pool),
        "owner": task.owner,
        "is_setup": task.is_setup,
        "is_teardown": task.is_teardown,
        "upstream": list(task.upstream),
        "inputs": [_ref(ref) for ref in task.refs if ref.direction is Direction.INPUT],
        "outputs": [_ref(ref) for ref in task.refs if ref.direction is Direction.OUTPUT],
        "templates": [_template(use) for use in task.templates],
        "role": task.role or None,
        "role_reason": task.role_reason or None,
        "disposition": disposition.kind if disposition else None,
        "reason": (disposition.code or None) if disposition else None,
        "why": disposition.reason if disposition else None,
    }


def _template(use: TemplateUse) -> dict[str, Any]:
    return {
        "field": use.field,
        "file": use.file,
        "line": use.line,
        "expression": text(use.expression),
        "class": use.kind,
        "name": use.name or None,
    }


def _ref(ref: AssetRef) -> dict[str, Any]:
    span = ref.evidence.span
    return {
        "kind": ref.kind,
        "name": text(ref.name),
        "asset_key": list(ref.key) or None,
        "confidence": ref.confidence.value,
        "evidence": {"file": span.file, "line": span.line, "why": ref.evidence.why},
    }


def _asset(asset: DataAsset) -> dict[str, Any]:
    return {
        "key": list(asset.key),
        "kind": asset.kind,
        "name": text(asset.name),
        "uri": None if asset.uri is None else text(asset.uri),
        "system": asset.system,
        "confidence": asset.confidence.value,
        "templated": asset.templated,
        "producers": list(asset.producers),
        "consumers": list(asset.consumers),
    }


def _diagnostic(finding: Diagnostic) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.span.file,
        "line": finding.span.line,
        "column": finding.span.column,
        "message": finding.message,
        "help": finding.help,
        "resolved_by": list(finding.resolved_by),
    }


def _known(value: Value) -> Any:
    """The value, or the text of one that is not known."""
    return str(value) if isinstance(value, Symbolic) else value


def _date(value: dt.datetime | Symbolic | None) -> str | None:
    if isinstance(value, Symbolic):
        return str(value)
    return None if value is None else value.isoformat()


def encodable(value: Any) -> Any:
    """The document with halves of surrogate pairs escaped: no JSON reader takes them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {encodable(key): encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [encodable(item) for item in value]
    return value

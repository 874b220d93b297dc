"""Links of the team's own to other systems, which Airflow shows on the page of a task: a row of the report for each class that has some."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.diagnostics import Severity
from migrator.model.airflow import AirflowProject
from migrator.model.plan import Delta
from migrator.planning.deltas.wording import moving, named, row
from migrator.planning.draft import DagDraft, TaskDraft

_LINKS = re.compile(r"^[ \t]+operator_extra_links\b[^=\n]*=(?!\s*(?:\(\)|\[\]))", re.MULTILINE)


def note_links(dag: DagDraft, project: AirflowProject) -> Iterator[Delta]:
    """The differences of the DAG's tasks whose classes have links."""
    linked = [task for task in moving(dag) if _has_links(task, project)]
    if linked:
        yield row(
            dag,
            f"the page of {named(linked)} has links of the team's own (`operator_extra_links`), which Airflow keeps as XComs, too",
            "no such link is shown, and there is no value of that name",
            "have the step add the URL as metadata where people look for it",
            Severity.INFO,
        )


def _has_links(task: TaskDraft, project: AirflowProject) -> bool:
    """Whether the team's own class of the task defines links."""
    span = task.task.definition.span if task.task.definition is not None else None
    source = project.sources.get(span.file) if span is not None else None
    return span is not None and source is not None and _LINKS.search(source.cut(span)) is not None

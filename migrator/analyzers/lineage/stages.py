"""Where Snowflake's stages lie: `CREATE STAGE landing URL = 's3://partner/'` makes `@landing/orders/` a folder of the bucket.

Comes in: a project whose tasks have references. Goes out: the same, with references to stages standing for the addresses that the SQL in the project's Python
files gives them. A stage that several places give different addresses keeps its name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from operator import is_not

from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef
from migrator.model.changed import replace

_STAGE = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?stage\s+(?:if\s+not\s+exists\s+)?([\w.\"$]+)[^;]{0,500}?\burl\s*=\s*\\?'([a-z0-9]+://[^'\s{}]+?)/?\\?'",
    re.IGNORECASE,
)
_NAMED = re.compile(r"@([\w.\"$]+)(/.*)?$", re.DOTALL)


def with_addresses_of_stages(project: AirflowProject) -> AirflowProject:
    """The project, in which references to stages stand for the folders that these are."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in project.sources.values():
        if "stage" in source.text.lower():
            for name, address in _STAGE.findall(source.text):
                found[_parts(name)[-1]].add(f"{'.'.join(_parts(name))} {address}")
    if not found:
        return project

    def placed(ref: AssetRef) -> AssetRef:
        named = _NAMED.match(ref.name) if ref.kind == "object" else None
        if named is None:
            return ref
        parts = _parts(named[1])
        told = [one.split(" ") for one in sorted(found.get(parts[-1], ()))]
        fitting = {address for name, address in told if _same_end(parts, name.split("."))}
        address = (
            fitting.pop().replace("s3gov://", "s3://").replace("azure://", "https://") if len(fitting) == 1 else ""
        )
        return replace(ref, stands_for=f"{address}{named[2] or ''}") if address else ref

    def known(task: Task) -> Task:
        refs = tuple(map(placed, task.refs))
        return replace(task, refs=refs) if any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(known, dag.tasks))) for dag in project.dags))


def _parts(name: str) -> list[str]:
    return [part.strip('"').lower() for part in name.split(".")]


def _same_end(first: list[str], second: list[str]) -> bool:
    """Whether two names are alike as far as both are told."""
    return all(one == other for one, other in zip(reversed(first), reversed(second), strict=False))

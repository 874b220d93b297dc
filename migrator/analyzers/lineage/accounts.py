"""Azure's containers: `abfs://container@account/` and the `container` that others reach through a connection, which says the account.

Comes in: a project whose tasks have references. Goes out: the same, with references to `container@account` standing for those to the container, where some code names it
without its account, and only one account has one of that name.
"""

from __future__ import annotations

from collections import defaultdict
from operator import is_not

from migrator.analyzers.lineage.identity import SCHEMES, addressed
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef
from migrator.model.changed import replace

_SCHEME = "abfs"


def with_plain_containers(project: AirflowProject) -> AirflowProject:
    """The project, in which one container has one name."""
    accounts: dict[str, set[str]] = defaultdict(set)
    plain: set[str] = set()
    for task in project.tasks():
        for ref in task.refs:
            container, account, _ = _parts(ref)
            (accounts[container].add(account) if account else plain.add(container))
    known = {container for container, found in accounts.items() if container in plain and len(found) == 1}
    if not known - {""}:
        return project

    def placed(ref: AssetRef) -> AssetRef:
        container, account, rest = _parts(ref)
        return replace(ref, stands_for=f"{_SCHEME}://{container}{rest}") if account and container in known else ref

    def named(task: Task) -> Task:
        refs = tuple(map(placed, task.refs))
        return replace(task, refs=refs) if any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(named, dag.tasks))) for dag in project.dags))


def _parts(ref: AssetRef) -> tuple[str, str, str]:
    """Container, account and path of a reference; empty for others."""
    scheme, separator, name = addressed(ref.stands_for or ref.name).partition("://")
    if not separator or SCHEMES.get(scheme.lower(), scheme.lower()) != _SCHEME or ref.kind == "table":
        return "", "", ""
    place, slash, path = name.partition("/")
    container, _, account = place.partition("@")
    return container, account, f"{slash}{path}"

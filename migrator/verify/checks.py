"""The invariant of a migration, checked against the loaded project and the DAGs alone.

Each Airflow task is accounted for once, in the way that its disposition says; and wherever a path leads from task A to task B in
Airflow, a path leads from what A became to what B became. Nothing that the generator wrote down about itself is trusted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import networkx as nx

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import ALWAYS_RULES, Dag, Task
from migrator.model.plan import Disposition
from migrator.model.tags import tag_text
from migrator.verify.loaded import Loaded, Origin
from migrator.verify.reach import ALL_ASSETS_JOB, AssetNodes, Node, Reach, project_graph

Found = Mapping[tuple[str, str], frozenset[Node]]
"""What was found in the project, by DAG and task id."""

Checks = Mapping[Node, tuple[str, ...]]
"""The nodes that are asset checks, with the key of the asset that each is on."""

EXPECTED = {
    "asset": ("step", "op"),
    "wrapped": ("step", "op"),
    "step": ("step", "op"),
    "check": ("check", "op"),
    "sensor": ("sensor", "step", "op"),
    "hook": ("sensor", "step", "op"),
    "airflow": ("external",),
}
"""What a task of each disposition may be in the project; `folded` ones are nothing."""

WORDS = {
    "step": "an asset",
    "check": "an asset check",
    "op": "an op",
    "sensor": "a sensor",
    "schedule": "a schedule",
    "external": "an external asset",
}


def check_project(
    dags: Sequence[Dag], dispositions: Iterable[Disposition], loaded: Loaded, whole_in_airflow: frozenset[str]
) -> list[Diagnostic]:
    """All that falls short, DAG by DAG. `whole_in_airflow` are the ids of the DAGs that the project says stay in Airflow whole."""
    found = tasks_found(loaded)
    making = {asset.step for asset in loaded.assets}
    checks: Checks = {("step", one.step): tuple(one.asset) for one in loaded.checks if one.step not in making}
    in_jobs = steps_in_jobs(loaded)
    became = {(item.dag_id, item.task_id): item for item in dispositions}
    reach = Reach(project_graph(loaded))
    diagnostics: list[Diagnostic] = []
    for dag in dags:
        if dag.dag_id in whole_in_airflow and all(_kind(became, task) == "airflow" for task in dag.tasks):
            continue
        nodes = {task.task_id: _nodes(found, task) for task in dag.tasks}
        graph = task_graph(dag)
        in_copies = {task.copy_of for task in dag.written_out}
        for task in dag.tasks:
            disposition = became.get((dag.dag_id, task.task_id))
            awaited = _awaited(task, found) if not nodes[task.task_id] else frozenset()
            if awaited and disposition is not None and disposition.kind == "sensor":
                diagnostics.extend(
                    _lost_wait(task, awaited, _nearest(graph.reverse(copy=False), task.task_id, nodes), nodes, reach)
                )
                continue
            diagnostics.extend(_account(task, disposition, nodes[task.task_id], checks, task.task_id in in_copies))
            diagnostics.extend(_run_by_job(task, nodes[task.task_id], in_jobs))
        diagnostics.extend(_lost_paths(dag, graph, nodes, reach, checks))
    diagnostics.extend(_strangers(dags, found))
    return diagnostics


def tasks_found(loaded: Loaded) -> Found:
    """Every node that says which Airflow task it was made from."""
    found: dict[tuple[str, str], set[Node]] = defaultdict(set)
    of_asset = {tuple(asset.key): asset for asset in loaded.assets}
    nodes = AssetNodes(loaded)
    for asset in loaded.assets:
        _note(found, asset.origin, nodes.of(asset))
    for check in loaded.checks:
        checked = of_asset.get(tuple(check.asset))
        _note(found, {**(_dag_of(checked.origin) if checked else {}), **check.origin}, ("step", check.step))
    for job in loaded.jobs:
        if not job.of_assets:
            for step in job.steps:
                _note(found, {**_dag_of(job.origin), **step.origin}, ("op", job.name, step.name))
    for trigger in loaded.triggers:
        _note(found, trigger.origin, (trigger.kind, trigger.name))
    return {key: frozenset(nodes) for key, nodes in found.items()}


def steps_in_jobs(loaded: Loaded) -> frozenset[Node]:
    """Everything that some job of the project runs."""
    return frozenset(
        ("step", step.name)
        for job in loaded.jobs
        if job.of_assets and not job.name.startswith(ALL_ASSETS_JOB)
        for step in job.steps
    )


def _dag_of(origin: Origin) -> Origin:
    return {"dag_id": origin["dag_id"]} if "dag_id" in origin else {}


def _note(found: dict[tuple[str, str], set[Node]], origin: Origin, node: Node) -> None:
    dag_id, task_ids = origin.get("dag_id"), origin.get("task_id", [])
    if isinstance(dag_id, str):
        for task_id in [task_ids] if isinstance(task_ids, str) else task_ids:
            found[dag_id, task_id].add(node)


def _nodes(found: Found, task: Task) -> frozenset[Node]:
    return found.get((task.dag_id, task.task_id)) or found.get((tag_text(task.dag_id), task.task_id), frozenset())


def _kind(became: Mapping[tuple[str, str], Disposition], task: Task) -> str:
    item = became.get((task.dag_id, task.task_id))
    return item.kind if item else ""


def _account(
    task: Task, disposition: Disposition | None, nodes: frozenset[Node], checks: Checks, in_copies: bool
) -> Iterable[Diagnostic]:
    """At most one finding: the task is not in the project once, or once for each of its copies, as what its disposition says."""
    kinds = sorted("check" if node in checks else node[0] for node in nodes)
    kinds = list(dict.fromkeys(kinds)) if in_copies else kinds
    if disposition is None:
        yield diagnose("MIG511", task.span, f"task `{task.id}` has no disposition")
    elif disposition.kind == "folded":
        if kinds:
            yield diagnose("MIG511", task.span, f"task `{task.id}` was folded, but is {_list(kinds)} in the project")
    elif not kinds:
        yield diagnose(
            "MIG511",
            task.span,
            f"task `{task.id}` became `{disposition.kind}`, but nothing in the project is made from it",
        )
    elif len(kinds) > 1:
        yield diagnose("MIG511", task.span, f"task `{task.id}` is more than one thing in the project: {_list(kinds)}")
    elif kinds[0] not in EXPECTED[disposition.kind]:
        yield diagnose(
            "MIG511", task.span, f"task `{task.id}` became `{disposition.kind}`, but is {_list(kinds)} in the project"
        )


def _list(kinds: list[str]) -> str:
    return ", ".join(WORDS[kind] for kind in kinds)


def _run_by_job(task: Task, nodes: frozenset[Node], in_jobs: frozenset[Node]) -> Iterable[Diagnostic]:
    for node in sorted(nodes):
        if node[0] == "step" and node not in in_jobs:
            yield diagnose(
                "MIG511", task.span, f"task `{task.id}` became `{node[1]}`, which no job of the project runs"
            )


def task_graph(dag: Dag) -> nx.DiGraph[str]:
    """The tasks of a DAG as Airflow orders them; by the rule `always`, a task waits for nothing."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(task.task_id for task in dag.tasks)
    waiting = [task for task in dag.tasks if task.trigger_rule not in ALWAYS_RULES]
    graph.add_edges_from((above, task.task_id) for task in waiting for above in task.upstream if above in graph)
    return graph


def _awaited(task: Task, found: Found) -> frozenset[Node]:
    """What the task or DAG became that an ExternalTaskSensor waits for; nothing for other tasks."""
    if not any(name.rpartition(".")[2] == "ExternalTaskSensor" for name in (task.operator, *task.bases)):
        return frozenset()
    dag_id, task_id = task.option("external_dag_id"), task.option("external_task_id")
    if not isinstance(dag_id, str):
        return frozenset()
    names = {dag_id, tag_text(dag_id)}
    single = (nodes for (dag, one), nodes in found.items() if dag in names and one == task_id)
    whole = (nodes for (dag, _), nodes in found.items() if dag in names)
    return frozenset().union(*single) or frozenset().union(*whole)


def _lost_wait(
    task: Task, awaited: frozenset[Node], below: set[str], nodes: Mapping[str, frozenset[Node]], reach: Reach
) -> Iterable[Diagnostic]:
    """A task that waits for another DAG may become a dependency of what is below it on what that DAG makes."""
    for other in sorted(below):
        if not reach.leads(awaited, nodes[other]):
            message = f"`{task.id}` makes `{other}` wait for another DAG, but in the project it does not depend on it"
            yield diagnose("MIG512", task.span, message)


def _lost_paths(
    dag: Dag, graph: nx.DiGraph[str], nodes: Mapping[str, frozenset[Node]], reach: Reach, checks: Checks
) -> Iterable[Diagnostic]:
    """A finding per pair of tasks whose order is lost, except for those that follow from another one."""
    for task in dag.tasks:
        if not nodes[task.task_id]:
            continue
        lost = {
            above
            for above in nx.ancestors(graph, task.task_id)
            if nodes[above]
            and not _one_sensor(nodes[above], nodes[task.task_id])
            and not _beside(nodes[above], nodes[task.task_id], checks)
            and not _held_by_airflow(nodes[above], nodes[task.task_id])
            and not reach.leads(nodes[above], nodes[task.task_id])
        }
        nearest = lost & _nearest(graph, task.task_id, nodes)
        for above in sorted(nearest or lost):
            message = f"`{above}` leads to `{task.task_id}` in DAG `{dag.dag_id}`, but not in the project"
            yield diagnose("MIG512", task.span, message)


def _held_by_airflow(above: frozenset[Node], below: frozenset[Node]) -> bool:
    """A Dagster sensor starts a job; before a task that stays in Airflow still stands the sensor of Airflow's that it came from."""
    return all(node[0] == "sensor" for node in above) and all(node[0] == "external" for node in below)


def _one_sensor(above: frozenset[Node], below: frozenset[Node]) -> bool:
    """One Dagster sensor looks for what two of Airflow's waited for one after the other."""
    return above == below and all(node[0] == "sensor" for node in above)


def _beside(above: frozenset[Node], below: frozenset[Node], checks: Checks) -> bool:
    """Checks of one asset run beside each other: that one of them is before the other orders nothing."""
    assets = {checks.get(node) for node in above | below}
    return len(assets) == 1 and None not in assets


def _nearest(graph: nx.DiGraph[str], task_id: str, nodes: Mapping[str, frozenset[Node]]) -> set[str]:
    """The nearest tasks above that became something, looking through those that became nothing."""
    nearest: set[str] = set()
    seen: set[str] = set()
    waiting = list(graph.predecessors(task_id))
    while waiting:
        above = waiting.pop()
        if above in seen:
            continue
        seen.add(above)
        if nodes[above]:
            nearest.add(above)
        else:
            waiting.extend(graph.predecessors(above))
    return nearest


def _strangers(dags: Sequence[Dag], found: Found) -> Iterable[Diagnostic]:
    """Nodes that name a task which the DAG does not have."""
    for dag in dags:
        names = {dag.dag_id, tag_text(dag.dag_id)}
        known = {task.task_id for task in dag.tasks}
        for dag_id, task_id in sorted(found):
            if dag_id in names and task_id not in known:
                yield diagnose(
                    "MIG511", dag.span, f"the project names a task `{task_id}` that DAG `{dag.dag_id}` does not have"
                )

"""What holds for every plan, whatever the DAGs: nothing is lost, order is kept, nothing depends on itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.assets import AssetRef, Confidence, Direction, Evidence
from migrator.model.bodies import Choose
from migrator.model.plan import (
    CreateAsset,
    CreateCheck,
    CreateOp,
    CreateRunSensor,
    CreateSensor,
    DagPlan,
    KeepInAirflow,
    MigrationPlan,
)
from migrator.model.source import Span
from migrator.planning import plan

SPAN = Span("dag.py", 1)
STANDARD = "airflow.providers.standard."
KINDS = {
    "empty": (STANDARD + "operators.empty", "EmptyOperator", {}),
    "bash": (STANDARD + "operators.bash", "BashOperator", {"bash_command": "echo {{ ds }}"}),
    "latest": (STANDARD + "operators.latest_only", "LatestOnlyOperator", {}),
    "file": (STANDARD + "sensors.filesystem", "FileSensor", {"filepath": "/x/{{ ds }}"}),
    "check": (
        "airflow.providers.common.sql.operators.sql",
        "SQLCheckOperator",
        {"conn_id": "db", "sql": "SELECT 1"},
    ),
    "mail": (
        "airflow.providers.smtp.operators.smtp",
        "EmailOperator",
        {"to": "a@b.c", "subject": "s", "html_content": ""},
    ),
    "strange": ("team.operators", "StrangeOperator", {}),
    "await": (STANDARD + "sensors.external_task", "ExternalTaskSensor", {"external_dag_id": "dag_0"}),
    "trigger": (STANDARD + "operators.trigger_dagrun", "TriggerDagRunOperator", {"trigger_dag_id": "dag_1"}),
}
RULES = ["all_success"] * 6 + ["none_failed", "none_failed_min_one_success", "all_done", "one_failed", "one_success"]
KEYS = [("shop", name) for name in "abc"]


@st.composite
def tasks(draw: st.DrawFn, dag_id: str) -> tuple[Task, ...]:
    made: list[Task] = []
    for number in range(draw(st.integers(1, 7))):
        module, operator, arguments = KINDS[draw(st.sampled_from(sorted(KINDS)))]
        upstream = draw(st.sets(st.sampled_from([task.task_id for task in made]))) if made else set()
        refs = tuple(
            AssetRef(direction, "table", key[1], Confidence.CERTAIN, Evidence(SPAN, ""), key=key)
            for direction in Direction
            for key in draw(st.sets(st.sampled_from(KEYS), max_size=2))
        )
        made.append(
            Task(
                dag_id,
                f"t{number}",
                operator,
                module,
                SPAN,
                arguments=arguments,
                upstream=tuple(sorted(upstream)),
                trigger_rule=draw(st.sampled_from(RULES)),
                refs=refs if operator in ("BashOperator", "StrangeOperator", "SQLCheckOperator") else (),
            )
        )
    return tuple(made)


@st.composite
def projects(draw: st.DrawFn) -> AirflowProject:
    dags = tuple(
        Dag(
            f"dag_{number}",
            SPAN,
            draw(st.sampled_from([Schedule("cron", "0 0 * * *"), Schedule("none")])),
            "3",
            draw(tasks(f"dag_{number}")),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    return AirflowProject(gettempdir(), "3", {}, dags)


def edges(dag: DagPlan, found: MigrationPlan) -> Iterator[tuple[str, str]]:
    """Who comes after whom in Dagster, by task id; what acts after the run comes after everything in it."""
    makers = {
        output.key: operation.task_id
        for operation in dag.operations
        if isinstance(operation, (CreateAsset, KeepInAirflow))
        for output in operation.outputs
    }
    nodes = {
        operation.name: operation.task_id or operation.name
        for operation in dag.operations
        if isinstance(operation, CreateOp)
    }
    for operation in dag.operations:
        if isinstance(operation, (CreateAsset, KeepInAirflow)):
            keys = {*operation.deps, *(found.asset for found in getattr(operation, "inputs", ()))}
            yield from ((makers[key], operation.task_id) for key in keys if key in makers)
        elif isinstance(operation, CreateCheck):
            yield from ((makers[key], operation.task_id) for key in (operation.asset, *operation.deps) if key in makers)
            # A blocking check: what depends on the asset waits for it.
            for other in dag.operations:
                if isinstance(other, (CreateAsset, KeepInAirflow)) and operation.asset in other.deps:
                    yield operation.task_id, other.task_id
        elif isinstance(operation, CreateOp):
            for order in operation.orders:
                yield from ((nodes[node], operation.task_id) for node, _ in order.after)
        elif isinstance(operation, CreateSensor):
            inside = {
                other.task_id for other in dag.operations if isinstance(other, (CreateAsset, CreateOp, CreateCheck))
            }
            yield from ((task_id, other) for task_id in operation.task_ids for other in inside)


@settings(max_examples=300, deadline=None)
@given(projects())
def test_plans(project: AirflowProject) -> None:
    found = plan(project)
    accounts = [(entry.dag_id, entry.task_id) for entry in found.dispositions]
    assert accounts == [(task.dag_id, task.task_id) for task in project.tasks()]
    assert not [finding for finding in found.diagnostics if finding.code == "MIG105"], found.diagnostics
    became = {(entry.dag_id, entry.task_id): entry.kind for entry in found.dispositions}
    assert all(became.values())
    for dag, made in zip(project.dags, found.dags, strict=True):
        _order_is_kept(dag, made, found, became)
        _names_are_unique(made)
    _no_circles(found)
    assert plan(project) == found


def _order_is_kept(dag: Dag, made: DagPlan, found: MigrationPlan, became: dict[tuple[str, str], str]) -> None:
    airflow, dagster = nx.DiGraph(), nx.DiGraph()
    airflow.add_nodes_from(task.task_id for task in dag.tasks)
    airflow.add_edges_from((upstream, task.task_id) for task in dag.tasks for upstream in task.upstream)
    dagster.add_nodes_from(airflow)
    dagster.add_edges_from(edges(made, found))
    kinds = {task.task_id: became[dag.dag_id, task.task_id] for task in dag.tasks}
    waits = {
        task.task_id for task in dag.tasks if task.operator == "ExternalTaskSensor" and kinds[task.task_id] == "sensor"
    }
    checked = {op.task_id: op.asset for op in made.operations if isinstance(op, CreateCheck)}
    after_run = {op.task_id for op in made.operations if isinstance(op, CreateRunSensor)}
    in_graph = [name for name in kinds if kinds[name] != "folded" and name not in waits | after_run]
    assert nx.is_directed_acyclic_graph(dagster)
    for first in in_graph:
        for second in in_graph:
            if kinds[first] == "sensor" and kinds[second] in ("airflow", "sensor"):
                continue  # Airflow's sensor still stands before what stays there; one sensor of Dagster's stands for several
            if kinds[first] == kinds[second] == "check" and checked[first] == checked[second]:
                continue  # checks of one asset run beside each other
            if first != second and nx.has_path(airflow, first, second):
                assert nx.has_path(dagster, first, second), (first, second, made)


def _names_are_unique(dag: DagPlan) -> None:
    names = [
        operation.name for operation in dag.operations if isinstance(operation, (CreateAsset, CreateCheck, CreateOp))
    ]
    assert len(names) == len(set(names))
    for operation in dag.operations:
        if isinstance(operation, CreateAsset) and isinstance(operation.body, Choose):
            assert len(operation.outputs) == len(operation.body.choices)


def _no_circles(found: MigrationPlan) -> None:
    graph = nx.DiGraph()
    makers = {}
    for dag in found.dags:
        for operation in dag.operations:
            outputs = (
                getattr(operation, "outputs", ()) if not isinstance(operation, CreateOp) else operation.materializes
            )
            for output in outputs:
                assert output.key not in makers, output.key
                makers[output.key] = (dag.dag_id, getattr(operation, "task_id", ""))
    for dag in found.dags:
        for operation in dag.operations:
            if isinstance(operation, (CreateAsset, CreateOp, KeepInAirflow)):
                place = (dag.dag_id, operation.task_id)
                graph.add_edges_from((makers[key], place) for key in operation.deps if key in makers)
    assert nx.is_directed_acyclic_graph(graph)
    declared = {entry.output.key for entry in found.external_assets}
    assert not declared & makers.keys()


def test_a_deep_and_wide_dag_is_planned_in_time(tmp_path: Path) -> None:
    module, operator, arguments = KINDS["bash"]
    chain = tuple(
        Task(
            "deep",
            f"t{number}",
            operator,
            module,
            SPAN,
            arguments=arguments,
            upstream=(f"t{number - 1}",) if number % 500 else (),
        )
        for number in range(1500)
    )
    project = AirflowProject(str(tmp_path), "3", {}, (Dag("deep", SPAN, Schedule("none"), "3", chain),))
    assert len(plan(project).dags[0].operations) == 1501

"""Runs of a DAG by Airflow's rules and of what was planned by Dagster's: the same tasks must run.

Both schedulers are modelled here in a few lines: which tasks run, given which tasks fail and what branches and gates decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from tempfile import gettempdir

import networkx as nx
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.assets import AssetRef, Confidence, Direction, Evidence
from migrator.model.bodies import Choose, ContinueIf
from migrator.model.plan import CreateAsset, CreateCheck, CreateOp, DagPlan
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue
from migrator.planning import plan

TEXT = "def decide():\n    return []\n"
SPAN = Span("dag.py", 1, 1, 2, 14, 0, len(TEXT) - 1)
DECIDE = CallableValue("decide", "decide", "dag", span=SPAN, body_span=SPAN, returns_value=True)
STANDARD = "airflow.providers.standard.operators."
RULES = ["all_success"] * 5 + ["none_failed", "none_failed_min_one_success", "none_failed_min_one_success"]


@dataclass(frozen=True)
class Case:
    dag: Dag
    failing: frozenset[str]
    chosen: Mapping[str, frozenset[str]]
    """For each branch, the tasks below it that it names; for each gate, some or none."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    made: list[Task] = []
    for number in range(draw(st.integers(2, 8))):
        kind = draw(st.sampled_from(["bash"] * 4 + ["empty"] * 2 + ["branch"] * 2 + ["gate", "soft_gate", "latest"]))
        module, operator = {
            "bash": (STANDARD + "bash", "BashOperator"),
            "empty": (STANDARD + "empty", "EmptyOperator"),
            "branch": (STANDARD + "python", "BranchPythonOperator"),
            "gate": (STANDARD + "python", "ShortCircuitOperator"),
            "soft_gate": (STANDARD + "python", "ShortCircuitOperator"),
            "latest": (STANDARD + "latest_only", "LatestOnlyOperator"),
        }[kind]
        arguments = {"bash": {"bash_command": "true"}, "soft_gate": {"ignore_downstream_trigger_rules": False}}
        upstream = draw(st.sets(st.sampled_from([task.task_id for task in made]), max_size=3)) if made else set()
        data = draw(st.booleans()) and kind == "bash"
        ref = AssetRef(
            Direction.OUTPUT, "table", f"t{number}", Confidence.CERTAIN, Evidence(SPAN, ""), ("shop", f"t{number}")
        )
        made.append(
            Task(
                "dag",
                f"t{number}",
                operator,
                module,
                SPAN,
                arguments=arguments.get(kind, {}),
                callable=DECIDE if kind in ("branch", "gate", "soft_gate") else None,
                upstream=tuple(sorted(upstream)),
                trigger_rule=draw(st.sampled_from(RULES)),
                refs=(ref,) if data else (),
            )
        )
    dag = Dag("dag", SPAN, Schedule("none"), "3", tuple(made))
    below = {task.task_id: [other.task_id for other in made if task.task_id in other.upstream] for task in made}
    failing = draw(st.sets(st.sampled_from([task.task_id for task in made]), max_size=1))
    failing = {name for name in failing if dag.task(name).operator == "BashOperator"}
    chosen = {name: frozenset(draw(st.sets(st.sampled_from(others)))) for name, others in below.items() if others}
    if all(task.trigger_rule == "all_success" for task in made):
        # Of a DAG without a schedule each run is the latest one: gates that let it go on are not there.
        chosen |= {
            task.task_id: frozenset(below[task.task_id]) for task in made if task.operator == "LatestOnlyOperator"
        }
    return Case(dag, frozenset(failing), chosen)


def airflow_runs(case: Case) -> set[str]:
    """The tasks that Airflow starts."""
    graph = nx.DiGraph()
    graph.add_nodes_from(task.task_id for task in case.dag.tasks)
    graph.add_edges_from((other, task.task_id) for task in case.dag.tasks for other in task.upstream)
    state: dict[str, str] = {}
    forced: set[str] = set()
    for task in case.dag.tasks:
        name = task.task_id
        before = [state[other] for other in task.upstream]
        failed = any(found in ("failed", "upstream_failed") for found in before)
        skipped = [found == "skipped" for found in before]
        rule = task.trigger_rule
        # Whether it is then skipped or counts as failed depends on who is first.
        assume(not (name in forced and failed))
        if name in forced:
            state[name] = "skipped"
        elif failed:
            state[name] = "upstream_failed"
        elif (rule == "all_success" and any(skipped)) or (rule.endswith("one_success") and before and all(skipped)):
            state[name] = "skipped"
        else:
            state[name] = "failed" if name in case.failing else "success"
            forced |= _skipped_by(task, case, graph)
    return {name for name, found in state.items() if found in ("success", "failed")}


def _skipped_by(task: Task, case: Case, graph: nx.DiGraph) -> set[str]:
    """The tasks that a branch or gate marks as skipped."""
    chosen = case.chosen.get(task.task_id, frozenset())
    below = set(graph.successors(task.task_id))
    if task.operator == "BranchPythonOperator":
        return below - chosen - {other for name in chosen for other in nx.descendants(graph, name)}
    if task.operator == "ShortCircuitOperator" and not chosen:
        soft = task.arguments.get("ignore_downstream_trigger_rules") is False
        return below if soft else set(nx.descendants(graph, task.task_id))
    return below if task.operator == "LatestOnlyOperator" and not chosen else set()


def dagster_runs(made: DagPlan, case: Case) -> set[str]:
    """The tasks whose functions Dagster starts."""
    yielded: set[tuple[str, str]] = set()
    """What was made: (op, output), or (asset key, "")."""
    failed: set[tuple[str, str]] = set()
    """What can never be made because something before it failed."""
    ran: set[str] = set()
    done: set[str] = set()
    """The ops that did their work."""
    for operation in made.operations:
        if isinstance(operation, CreateOp):
            groups = [[(node, output) for node, output in order.after] for order in operation.orders]
            names = [name for name, _ in operation.outputs] or ["result"]
            outputs = {name: (operation.name, name) for name in names}
        elif isinstance(operation, CreateAsset):
            groups = [[("/".join(key), "")] for key in operation.deps]
            keys = ["/".join(output.key) for output in operation.outputs]
            names = list(operation.body.choices.values()) if isinstance(operation.body, Choose) else keys
            outputs = {name: (key, "") for name, key in zip(names, keys, strict=True)}
        else:
            assert not isinstance(operation, CreateCheck)
            continue
        if any(source in failed for group in groups for source in group):
            failed |= set(outputs.values())
        elif all(any(source in yielded for source in group) for group in groups):
            if isinstance(operation, CreateOp):
                if any(node in done and (node, output) not in yielded for node, output in operation.cut_by):
                    continue
                done.add(operation.name)
            ran.add(operation.task_id)
            if operation.task_id in case.failing:
                failed |= set(outputs.values())
            else:
                yielded |= {outputs[name] for name in _yields(operation.body, operation.task_id, outputs, case)}
    return ran


def _yields(body: object, task_id: str, outputs: Mapping[str, object], case: Case) -> set[str]:
    chosen = case.chosen.get(task_id, frozenset())
    if isinstance(body, Choose):
        return {name for below, name in body.choices.items() if below in chosen}
    if isinstance(body, ContinueIf) and not chosen:
        return set()
    return set(outputs)


@settings(max_examples=800, deadline=None)
@given(cases())
def test_the_same_tasks_run(case: Case) -> None:
    project = AirflowProject(gettempdir(), "3", {"dag.py": SourceFile("dag.py", TEXT)}, (case.dag,))
    found = plan(project)
    made = found.dags[0]
    assume(
        made.form != "airflow" and not any("in spite of its trigger rule" in delta.airflow for delta in found.deltas)
    )
    nodes = {entry.task_id for entry in found.dispositions if entry.kind in ("asset", "step")}
    assert dagster_runs(made, case) & nodes == airflow_runs(case) & nodes

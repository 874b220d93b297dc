"""Which tasks can be proxied alone, which only together with others, which not at all, and which DAGs in Airflow need a DAG to run there.

A task is proxied when Airflow runs it and Dagster does its work. What it makes of others then has to cross: values as JSON, files by a disk
that both see, a resource of a setup task not at all. Tasks between which something cannot cross are one unit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

import networkx as nx

from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.assets import AssetRef, Direction
from migrator.model.bodies import Body, CallFunction, Choose, ContinueIf, FanOut, HttpRequest, RequestRun, RunShell
from migrator.model.changed import replace
from migrator.model.moving import Dependent, Unit
from migrator.model.plan import CreateAsset, CreateOp
from migrator.model.values import walk
from migrator.planning.draft import DagDraft, Draft, TaskDraft

_TEMPORARY = re.compile(r"(file://)?(/var/tmp|/tmp|/dev/shm|\{env:(TMPDIR|TEMP|TMP)\})(/|$)")
_JSON_TYPES = frozenset(
    "str int float bool dict list tuple None Any object Dict List Tuple Optional Union Mapping Sequence MutableMapping MutableSequence "
    "Iterable Collection Literal TypedDict typing t".split()
)
_OTHER_TYPES = frozenset(
    "DataFrame Series LazyFrame ndarray Table RecordBatch bytes bytearray memoryview set Set frozenset FrozenSet datetime date time "
    "timedelta DateTime Decimal Path PosixPath UUID BytesIO StringIO complex".split()
)
"""Names of types that JSON has no value for, or that come back as another type."""
_DECIDES = ("BaseBranchOperator", "ShortCircuitOperator", "LatestOnlyOperator", "BranchPythonOperator", "BranchMixIn")

Bindings = dict[tuple[str, str], str]
"""Two tasks that must move together, and why."""


def find_units(draft: Draft) -> Draft:
    """Splits the tasks of each DAG into units, and notes who in Airflow needs the DAG."""
    sources = draft.project.sources

    def annotation(task: Task) -> str | None:
        function = task.callable
        if function is None or function.span is None or function.span.file not in sources:
            return None
        return _returned_type(sources[function.span.file].parse(function.span))

    dependents = _dependents(draft.project)
    return draft.with_dags(
        lambda dag: replace(
            dag, units=tuple(_Units(dag, annotation).found()), dependents=dependents.get(dag.dag_id, ())
        )
    )


class _Units:
    def __init__(self, dag: DagDraft, annotation: Callable[[Task], str | None]) -> None:
        self.dag, self.annotation = dag, annotation
        nodes = [item for item in dag.nodes if isinstance(item, CreateAsset | CreateOp)]
        self.bodies: dict[str, Body] = {item.task_id: item.body for item in nodes if not isinstance(item.body, FanOut)}
        self.takers = _takers(dag)
        self.bindings: Bindings = {}
        self.conditions: dict[str, list[str]] = {}

    def found(self) -> Iterator[Unit]:
        """The units, in the order of the tasks."""
        blocked = {task_id: self._blocked(task) for task_id, task in self.dag.tasks.items()}
        for giver in self.takers:
            self._value(giver, blocked)
        self._files()
        self._setups()
        for tasks in self._bound():
            why = [text for pair, text in self.bindings.items() if set(pair) <= set(tasks)]
            reasons = [(task_id, blocked[task_id]) for task_id in tasks if blocked[task_id]]
            told = [text if len(tasks) == 1 else f"`{task_id}`: {text}" for task_id, text in reasons]
            needs = [text for task_id in tasks if not reasons for text in self.conditions.get(task_id, ())]
            yield Unit(tuple(tasks), "; ".join(dict.fromkeys(why)), "; ".join(told), tuple(dict.fromkeys(needs)))

    def _bound(self) -> list[list[str]]:
        """The tasks that must move together, and each other one alone."""
        if not self.bindings:
            return [[task_id] for task_id in self.dag.tasks]
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.dag.tasks)
        graph.add_edges_from(self.bindings)
        order = {task_id: number for number, task_id in enumerate(self.dag.tasks)}
        components = [sorted(part, key=order.__getitem__) for part in nx.connected_components(graph)]
        return sorted(components, key=lambda part: order[part[0]])

    # ------------------------------------------------------------------------------------------------ not at all

    def _blocked(self, task: TaskDraft) -> str:
        """Why Dagster cannot do the work of this task within a run of Airflow; empty if it can."""
        kind = task.disposition
        if kind == "airflow":
            return task.reason or "it stays in Airflow"
        if kind == "folded":
            return "it has no work that could move"
        if kind == "check":
            return "it became an asset check, which Dagster runs only with its asset: it moves with the whole DAG"
        if kind in ("sensor", "hook"):
            return "it became a sensor, which acts on runs of Dagster's own: it moves with the whole DAG"
        body = self.bodies.get(task.task.task_id)
        if isinstance(body, Choose | ContinueIf) or _decides(task.task):
            return "it decides which tasks of Airflow's run are skipped: it moves with the whole DAG"
        if isinstance(body, RequestRun) or task.needs.requests:
            target = task.lowering.target or task.needs.requests[0]
            return f"it would start `{target}` in Dagster, which Airflow may run too: it moves with the whole DAG"
        if self.dag.dag.dimension is not None and not task.task.stands_for:
            by = self.dag.dag.dimension.name
            return f"Dagster does its work for each `{by}` in a run of its own: it moves with the whole DAG"
        if task.task.copy_of:
            return "its copies are assets of their own, of which Airflow's copies cannot ask for theirs alone: it moves with the whole DAG"
        if body is None:
            return "nothing in Dagster does its work alone: it moves with the whole DAG"
        return ""

    # -------------------------------------------------------------------------------------------------- together

    def _bind(self, first: str, second: str, why: str) -> None:
        self.bindings.setdefault((first, second), why)

    def _value(self, giver: str, blocked: dict[str, str]) -> None:
        body, takers = self.bodies.get(giver), self.takers[giver]
        if mapped := self.dag.tasks[giver].task.copy_of:
            reason = f"it takes the values of all copies of `{mapped}`, which are assets of their own: it moves with the whole DAG"
            for taker in takers:
                blocked[taker] = blocked[taker] or reason
            return
        if isinstance(body, CallFunction) and body.pushes:
            for taker in takers:
                self._bind(giver, taker, f"`{giver}` hands values to `{taker}` by keys, which do not cross")
            return
        if isinstance(body, RunShell | HttpRequest) or self.dag.tasks[giver].task.returns == "setting":
            return
        annotation = self.annotation(self.dag.tasks[giver].task) or ""
        name = _first(annotation, _OTHER_TYPES)
        if not name and annotation and not _first(annotation, None):
            return
        if not name:
            told = ", ".join(f"`{taker}`" for taker in takers)
            for task_id in (giver, *takers):
                self._condition(task_id, f"what `{giver}` returns for {told} is JSON")
            return
        for taker in takers:
            if self.dag.form == "ops":
                reason = f"`{giver}` hands a {name} to `{taker}`, which is no JSON: both move with the whole DAG"
                blocked[giver] = blocked[giver] or reason
                blocked[taker] = blocked[taker] or reason
            self._bind(giver, taker, f"`{giver}` hands a {name} to `{taker}`, which is no JSON and cannot cross")

    def _files(self) -> None:
        """Files that one task writes and another one reads."""
        writers: dict[object, list[tuple[str, AssetRef]]] = {}
        for task_id, task in self.dag.tasks.items():
            for ref in task.task.refs:
                if ref.direction is Direction.OUTPUT and _is_local(ref):
                    writers.setdefault(ref.key or ref.name, []).append((task_id, ref))
        for task_id, task in self.dag.tasks.items():
            for ref in task.task.refs:
                if ref.direction is not Direction.INPUT or not _is_local(ref):
                    continue
                for writer, _ in writers.get(ref.key or ref.name, ()):
                    if writer == task_id:
                        continue
                    if _TEMPORARY.match(ref.name):
                        why = f"`{writer}` hands `{ref.name}` to `{task_id}` by the local disk of the machine"
                        self._bind(writer, task_id, why)
                    else:
                        for side in (writer, task_id):
                            self._condition(side, f"Airflow's workers and Dagster see the same `{ref.name}`")

    def _condition(self, task_id: str, text: str) -> None:
        if self.dag.tasks[task_id].is_node:
            self.conditions.setdefault(task_id, []).append(text)

    def _setups(self) -> None:
        """A setup task, its teardown and the tasks that use what it sets up."""
        graph = self.dag.graph
        for setup, draft in self.dag.tasks.items():
            if not draft.task.is_setup:
                continue
            ends = [other for other in graph.downstream(setup) if self.dag.tasks[other].task.is_teardown]
            for end in ends:
                between = set(graph.descendants(setup)) & set(graph.ancestors(end))
                for other in (*graph.topological, end):
                    if other in between or other == end:
                        why = f"`{setup}` sets up and `{end}` tears down what the tasks between them use"
                        self._bind(setup, other, why)


def _takers(dag: DagDraft) -> dict[str, tuple[str, ...]]:
    """Which tasks take the value that a task hands over, wherever they run."""
    found: dict[str, dict[str, None]] = {}
    for task_id, task in dag.tasks.items():
        for ref in task.task.refs:
            giver = ref.name.removeprefix(f"{dag.dag_id}.") if ref.kind == "xcom" else ""
            if ref.direction is Direction.INPUT and giver in dag.tasks and giver != task_id:
                found.setdefault(giver, {})[task_id] = None
        for handover in (*task.needs.handovers, *task.fan_needs.handovers):
            if handover.source in dag.tasks and handover.source != task_id:
                found.setdefault(handover.source, {})[task_id] = None
    return {giver: tuple(takers) for giver, takers in found.items()}


def _decides(task: Task) -> bool:
    return any(base.rpartition(".")[2] in _DECIDES for base in (task.operator, *task.bases))


def _is_local(ref: AssetRef) -> bool:
    return ref.kind in ("file", "model") and "://" not in ref.name.replace("file://", "")


def _returned_type(function: ast.stmt | None) -> str | None:
    """The annotation of what a function returns, as its text; None where it has none."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or function.returns is None:
        return None
    return ast.unparse(function.returns)


def _first(annotation: str, names: frozenset[str] | None) -> str:
    """The first type in an annotation that is one of these names (without names: that JSON may not hold); empty where there is none."""
    found = re.findall(r"[A-Za-z_]\w*", annotation)
    return next((name for name in found if (name in names if names is not None else name not in _JSON_TYPES)), "")


# ------------------------------------------------------------------------------------------------ between DAGs


def _dependents(project: AirflowProject) -> dict[str, tuple[Dependent, ...]]:
    """For each DAG the others that would stop working in Airflow once Airflow does not run it any more."""
    found: dict[str, dict[Dependent, None]] = {}
    made = _makers(project)
    for dag in project.dags:
        for other, dependent in (*_by_tasks(dag), *_by_schedule(dag, made)):
            if other != dag.dag_id:
                found.setdefault(other, {})[dependent] = None
    return {dag_id: tuple(dependents) for dag_id, dependents in found.items()}


def _by_tasks(dag: Dag) -> Iterator[tuple[str, Dependent]]:
    for task in dag.tasks:
        waits, starts = task.option("external_dag_id"), task.option("trigger_dag_id")
        if isinstance(waits, str):
            yield waits, Dependent(dag.dag_id, f"its task `{task.task_id}` waits for it")
        if isinstance(starts, str):
            yield starts, Dependent(dag.dag_id, f"its task `{task.task_id}` starts it")


def _by_schedule(dag: Dag, made: dict[str, set[str]]) -> Iterator[tuple[str, Dependent]]:
    if dag.schedule.kind != "assets" or not isinstance(dag.schedule.value, list):
        return
    for name in dag.schedule.value:
        for maker in sorted(made.get(name, ())):
            yield maker, Dependent(dag.dag_id, f"its schedule waits for `{name}`, which it updates")


def _makers(project: AirflowProject) -> dict[str, set[str]]:
    """Which DAGs update a dataset (or asset), by its URI and its name."""
    found: dict[str, set[str]] = {}
    for task in project.tasks():
        for outlet in task.outlets:
            for name in _names(walk(outlet)):
                found.setdefault(name, set()).add(task.dag_id)
    return found


def _names(parts: Iterable[object]) -> Iterator[str]:
    for part in parts:
        for attribute in ("uri", "name"):
            text = getattr(part, attribute, None)
            if isinstance(text, str) and text:
                yield text

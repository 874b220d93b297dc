"""Dependencies between assets: what comes before a task in its DAG, what it reads, and what it awaited of other DAGs.

Order within a DAG is kept in any case. What a task reads, and what it awaits, is left out where it would close a circle: Airflow
allows a DAG to read what a later one writes, an asset graph does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import networkx as nx

from migrator.diagnostics import Severity
from migrator.model.assets import AssetKey, AssetRef, Direction
from migrator.model.bodies import Choose
from migrator.model.changed import replace
from migrator.model.plan import AssetOut, DeclareExternalAsset, Delta
from migrator.operators.external_task import other_date
from migrator.planning.assets.keys import kinds_of_storage, read
from migrator.planning.assets.names import key_of, keys_by_name
from migrator.planning.draft import DagDraft, Draft, Source, TaskDraft
from migrator.planning.flow.requirements import sources
from migrator.planning.flow.skipping import may_be_skipped
from migrator.planning.forms import AIRFLOW, ASSETS, OPS, find_target, run_awaited, tasks_called
from migrator.planning.timing.asset_partitions import members, partitioned
from migrator.planning.timing.shifts import partitions_before
from migrator.planning.xcom.handover import handovers

Place = tuple[str, str]
"""DAG id and task id."""


def assign_dependencies(draft: Draft) -> Draft:
    """Gives each task its asset dependencies, and declares the data that nobody here makes."""
    return _Dependencies(draft).assign()


def target_keys(draft: Draft, target: str, members: tuple[str, ...] = ()) -> tuple[AssetKey, ...]:
    """The assets that an awaited task, or the last tasks of an awaited DAG or task group, became; of a DAG those of `members`, if there are any."""
    found = find_target(target, draft.dags)
    if found is None:
        return ()
    dag = draft.dags[found[0]]
    called = [tasks_called(dag, task_id) for task_id in members or found[1:]]
    if all(called):
        return tuple(dict.fromkeys(key for tasks in called for task_id in tasks for key in _made_by(dag, task_id)))
    inside = {task_id: task for task_id, task in dag.tasks.items() if not found[1] or _in_group(dag, task, found[1])}
    makers = [task_id for task_id, task in inside.items() if task.outputs]
    # What is dissolved at the end, such as an empty `finish`, is no part of the new project.
    needed = {source.task_id for task in inside.values() if task.outputs for source in sources(task.requires)}
    last = makers if dag.form == OPS else [task_id for task_id in makers if task_id not in needed]
    return tuple(dict.fromkeys(key for task_id in last for key in _made_by(dag, task_id)))


def _in_group(dag: DagDraft, task: TaskDraft, group_id: str) -> bool:
    parents = {group.group_id: group.parent_id for group in dag.dag.groups}
    group, steps = task.task.group_id, 0
    while group and group != group_id and steps <= len(parents):
        group, steps = parents.get(group), steps + 1
    return group == group_id


def _made_by(dag: DagDraft, task_id: str) -> tuple[AssetKey, ...]:
    """The assets of a task, or of those right before it where it dissolved."""
    task = dag.tasks[task_id]
    if task.outputs:
        return tuple(output.key for output in task.outputs)
    if task.checks:
        return _made_by(dag, task.checks)
    above = [_made_by(dag, source.task_id) for source in sources(task.requires) if source.task_id]
    return tuple(dict.fromkeys(key for keys in above for key in keys))


def output_keys(dag: DagDraft, source: Source, wanted: set[AssetKey]) -> tuple[AssetKey, ...]:
    """The assets that stand for an output of a node: those that are wanted, or all but its mere value."""
    task = dag.tasks[source.task_id]
    body = task.lowering.body
    if isinstance(body, Choose) and task.is_node:
        by_name = dict(zip(body.choices.values(), task.outputs, strict=True))
        return (by_name[source.output].key,) if source.output in by_name else ()
    keys = tuple(output.key for output in task.outputs)
    chosen = tuple(key for key in keys if key in wanted)
    plain = tuple(key for key in keys if key != task.value_key or len(keys) == 1)
    return chosen or plain


class _Dependencies:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.assets = {asset.key: asset for asset in draft.project.assets}
        self.ordered: dict[Place, dict[AssetKey, None]] = {}
        """By order within the DAG: kept."""
        self.read: dict[Place, dict[AssetKey, None]] = {}
        """By data or by waiting: left out where it closes a circle."""
        self.external: dict[AssetKey, AssetOut] = {}
        self.shifts: dict[str, dict[AssetKey, set[int]]] = {}
        """How many partitions before its own one a DAG waits for an asset of another."""
        self.deltas: list[Delta] = []
        self.by_name = keys_by_name(draft.project)

    def _follows(self, dag: DagDraft, task: TaskDraft) -> Iterator[AssetKey]:
        """The partitioned assets that a DAG's partitions follow from, for the tasks at its head."""
        for_partitions = dag.keys is not None or (dag.partitions is not None and partitioned(dag.dag))
        if not for_partitions or dag.graph.upstream(task.task.task_id):
            return
        for asset in members(dag.dag.schedule.assets):
            key = key_of(asset, self.by_name)
            own = {output.key for output in task.outputs}
            if key is not None:
                yield from (one for one in self.draft.assets_of(key) if one not in own)

    def assign(self) -> Draft:
        for dag in self.draft.dags.values():
            skippable = may_be_skipped(dag)
            for task_id, task in dag.tasks.items():
                place = (dag.dag_id, task_id)
                if dag.form in (ASSETS, AIRFLOW) and (task.outputs or task.disposition == "check"):
                    self.ordered[place] = dict.fromkeys(self._order(dag, task))
                if task.outputs or task.disposition in ("check", "step"):
                    self.read[place] = dict.fromkeys(
                        [
                            *self._reads(dag, task, skippable),
                            *self._through_values(dag, task),
                            *self._awaits(dag, task),
                            *self._follows(dag, task),
                        ]
                    )
        self._break_circles()
        dags = {dag_id: self._with_deps(dag) for dag_id, dag in self.draft.dags.items()}
        external = tuple(DeclareExternalAsset(self.external[key]) for key in sorted(self.external))
        deltas = (*self.draft.deltas, *self.deltas)
        return replace(self.draft, dags=dags, external_assets=external, deltas=deltas)

    def _order(self, dag: DagDraft, task: TaskDraft) -> Iterator[AssetKey]:
        wanted = {key for ref in read(task) for key in self.draft.assets_of(ref.key)}
        values = {handover.source for handover in handovers(task)}
        for source in sources(task.requires):
            keys = output_keys(dag, source, wanted)
            if source.task_id not in values or any(key in wanted for key in keys):
                yield from keys

    def _reads(self, dag: DagDraft, task: TaskDraft, skippable: frozenset[str]) -> Iterator[AssetKey]:
        own = {output.key for maker in (task, dag.tasks.get(task.checks)) if maker for output in maker.outputs}
        task_id = task.task.task_id
        for ref in read(task):
            keys = self.draft.assets_of(ref.key)
            if own.isdisjoint(keys):
                yield from (key for key in keys if self._is_read(dag, task_id, ref, key, skippable))

    def _is_read(self, dag: DagDraft, task_id: str, ref: AssetRef, key: AssetKey, skippable: frozenset[str]) -> bool:
        """Whether a task waits for an asset, of the data that it reads: unless that is made after it, or may be skipped beside it."""
        owner = self.draft.owners.get(key)
        if owner is None:
            self._declare(ref)
        elif owner[0] == dag.dag_id:
            before = dag.graph.leads_to(owner[1], task_id)
            beside = not before and not dag.graph.leads_to(task_id, owner[1])
            return owner[1] != task_id and (before or (beside and owner[1] not in skippable))
        return True

    def _through_values(self, dag: DagDraft, task: TaskDraft) -> Iterator[AssetKey]:
        """In a job of ops: what the values are made of that the task takes of tasks which make no data themselves."""
        if dag.form != OPS:
            return
        left, seen = [task], {task.task.task_id}
        while left:
            for handover in handovers(left.pop()):
                if handover.source in seen:
                    continue
                seen.add(handover.source)
                source = dag.tasks[handover.source]
                if source.outputs:
                    yield from (output.key for output in source.outputs)
                    continue
                left.append(source)
                for ref in read(source):
                    keys = self.draft.assets_of(ref.key)
                    if self.draft.owners.keys().isdisjoint(keys):
                        self._declare(ref)
                    yield from keys

    def _declare(self, ref: AssetRef) -> None:
        asset = self.assets.get(ref.key)
        system = ref.system or (asset.system if asset is not None else None)
        kinds = (asset.kinds if asset is not None else ()) or kinds_of_storage(ref, asset)
        owners = asset.owners if asset is not None else ()
        out = AssetOut(ref.key, name=ref.name, kinds=kinds, system=system, owners=owners)
        self.external.setdefault(ref.key, out)

    def _awaits(self, dag: DagDraft, task: TaskDraft) -> Iterator[AssetKey]:
        """What the waiting tasks that dissolved right before it waited for."""
        if dag.form != ASSETS:
            return
        front, seen = list(dag.graph.upstream(task.task.task_id)), set()
        while front:
            task_id = front.pop(0)
            above = dag.tasks[task_id]
            if task_id in seen or above.is_node or above.disposition == "airflow":
                continue
            seen.add(task_id)
            if above.role == "await":
                keys = target_keys(self.draft, above.lowering.target, above.lowering.members)
                self._note_shift(dag, above, keys)
                yield from keys
            front += dag.graph.upstream(task_id)

    def _note_shift(self, dag: DagDraft, task: TaskDraft, keys: tuple[AssetKey, ...]) -> None:
        target, shift = find_target(task.lowering.target, self.draft.dags), task.lowering.shift
        other = self.draft.dags[target[0]].partitions if target is not None else None
        before = partitions_before(dag.partitions, other, shift) if shift else 0
        if before is None and run_awaited(task) is None:
            earlier = f"{abs(shift)} {'earlier' if shift > dt.timedelta(0) else 'later'}"
            self.deltas.append(other_date(dag.dag_id, task.task.task_id, task.lowering.target, f"of {earlier}"))
        for key in keys:
            self.shifts.setdefault(dag.dag_id, {}).setdefault(key, set()).add(before or 0)

    def _break_circles(self) -> None:
        """Leaves out what would make two things depend on each other."""
        owners = self.draft.owners
        graph: nx.DiGraph[Place] = nx.DiGraph()
        hard = [(owners[key], place) for place, keys in self.ordered.items() for key in keys if key in owners]
        hard += [
            ((dag.dag_id, handover.source), (dag.dag_id, task_id))
            for dag in self.draft.dags.values()
            if dag.form != AIRFLOW
            for task_id, task in dag.tasks.items()
            for handover in handovers(task)
        ]
        checks = self._checks()
        hard += [(check, target) for source, target in hard for check in checks.get(source, ()) if check != target]
        soft = [(owners[key], place, key) for place, keys in self.read.items() for key in keys if key in owners]
        closing = {
            (source, target): [
                (source, target),
                *((check, target) for check in checks.get(source, ()) if check != target),
            ]
            for source, target, _ in soft
        }
        graph.add_edges_from(hard)
        graph.add_edges_from(edge for edges in closing.values() for edge in edges if edge[0] != edge[1])
        circles = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
        circle_of = {place: number for number, part in enumerate(circles) for place in part}
        doubtful = [
            edge for edge in soft if circle_of.get(edge[1], -1) in {circle_of.get(s) for s, _ in closing[edge[:2]]}
        ]
        kept = set(hard)
        graph.remove_edges_from(
            edge for source, target, _ in doubtful for edge in closing[source, target] if edge not in kept
        )
        for source, target, key in doubtful:
            if source == target or any(nx.has_path(graph, target, start) for start, _ in closing[source, target]):
                self._leave_out(target, key)
            else:
                graph.add_edges_from(closing[source, target])

    def _checks(self) -> dict[Place, list[Place]]:
        """The checks on what a task makes: what comes after the task waits for them, too."""
        found: dict[Place, list[Place]] = {}
        for dag in self.draft.dags.values():
            for task_id, task in dag.tasks.items():
                if task.disposition == "check":
                    found.setdefault((dag.dag_id, task.checks), []).append((dag.dag_id, task_id))
        return found

    def _leave_out(self, place: Place, key: AssetKey) -> None:
        if key in self.read[place]:
            del self.read[place][key]
            name = "/".join(key)
            self.deltas.append(
                Delta(
                    place[0],
                    place[1],
                    Severity.INFO,
                    f"it reads `{name}`, which is itself made of what this task makes",
                    "the dependency is left out: assets cannot depend on each other in a circle",
                )
            )

    def _with_deps(self, dag: DagDraft) -> DagDraft:
        def change(task: TaskDraft) -> TaskDraft:
            place = (dag.dag_id, task.task.task_id)
            values = (
                {dag.tasks[handover.source].value_key for handover in handovers(task)} if dag.form == ASSETS else set()
            )
            found = dict.fromkeys([*self.ordered.get(place, ()), *self.read.get(place, ())])
            own = {output.key for output in task.outputs}
            deps = tuple(key for key in found if key not in values and key not in own)
            return replace(task, deps=deps, outputs=_with_own_deps(self.draft, task, deps, self.ordered.get(place, {})))

        only = {key: found.pop() for key, found in self.shifts.get(dag.dag_id, {}).items() if len(found) == 1}
        return replace(dag.with_tasks(change), shifts={key: before for key, before in only.items() if before})


def _with_own_deps(
    draft: Draft, task: TaskDraft, deps: tuple[AssetKey, ...], ordered: Mapping[AssetKey, None]
) -> tuple[AssetOut, ...]:
    """The task's outputs, of which each depends on what it is made of, where that is known of all of them; order holds for all. What is made of another one comes after it."""
    refs = {ref.key: ref for ref in task.task.refs if ref.direction is Direction.OUTPUT and ref.key}
    # The part of data that a loop writes together has the key of the data before its own name.
    refs |= {key: ref for whole, ref in tuple(refs.items()) for key in draft.shared.get(whole, ()) if key[:-1] == whole}
    sources = {output.key: refs[output.key].sources if output.key in refs else None for output in task.outputs}
    if len(task.outputs) < 2 or any(names is None for names in sources.values()):
        return task.outputs
    if handovers(task) or any(output.stores_value for output in task.outputs):
        return task.outputs  # then Dagster has dependencies of the whole node only
    keys = {ref.name: draft.assets_of(ref.key) for ref in task.task.refs}
    made_of = {key: {one for name in names or () for one in keys.get(name, ())} for key, names in sources.items()}
    used = set().union(*made_of.values())
    outputs = {output.key: output for output in task.outputs}
    try:
        order = tuple(
            TopologicalSorter(
                {key: sorted(made_of[key] & outputs.keys() - {key}) for key in sorted(outputs)}
            ).static_order()
        )
    except CycleError:
        return task.outputs
    return tuple(
        replace(
            outputs[made],
            deps=tuple(
                key
                for key in (*deps, *sorted(outputs))
                if key != made and (key in made_of[made] or (key in deps and (key in ordered or key not in used)))
            ),
        )
        for made in order
    )

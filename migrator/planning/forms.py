"""Which form a DAG takes in Dagster: a job over assets, a job of ops, or none (it stays in Airflow whole).

DAGs steer and await each other, so what one becomes depends on what the others become: decided in rounds, in which the set of
DAGs that stay only grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from migrator.diagnostics import Severity, diagnose
from migrator.model.assets import Direction
from migrator.model.bodies import Choose, ContinueIf, DoNothing, PollUntil, RequestRun, RunOfDate
from migrator.model.changed import replace
from migrator.model.expressions import PartitionsOf
from migrator.model.plan import Delta, is_consequence
from migrator.model.walk import walk
from migrator.operators.rule import Lowering
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.failures import ONLY_AFTER_FAILURE, reacts, shown_reacting
from migrator.planning.flow.outcomes import joining_in_copies, tell_within_groups
from migrator.planning.flow.skipping import ALL_SKIPPED, done_without, may_be_skipped, may_lack, skips_itself, steers
from migrator.planning.timing.asset_partitions import partitioned
from migrator.planning.xcom.handover import DECIDING, handovers, stay

ASSETS, OPS, AIRFLOW = "assets", "ops", "airflow"


def decide_forms(draft: Draft) -> Draft:
    """Decides the form of each DAG, and with it the last of its tasks' dispositions."""
    stays: frozenset[str] = frozenset()
    split: frozenset[str] = frozenset()
    forms: dict[str, str] = {}
    dags: dict[str, DagDraft] = {}
    for _ in range(2 * len(draft.dags) + 3):
        dags = {
            dag_id: _Form(dag, draft.dags, stays | split, stays, forms).decide()
            if dag_id not in dags or _looks_at_others(dag)
            else dags[dag_id]
            for dag_id, dag in draft.dags.items()
        }
        new_forms = {dag_id: dag.form for dag_id, dag in dags.items()}
        grown = stays | {dag_id for dag_id, form in new_forms.items() if form == AIRFLOW}
        parted = split | {dag_id for dag_id, dag in dags.items() if _kept(dag)}
        if (grown, parted) == (stays, split) and new_forms == forms:
            break
        stays, split, forms = grown, parted, new_forms
    diagnostics = [
        diagnose("MIG506", dag.dag.span, f"the DAG `{dag.dag_id}` stays in Airflow: {dag.reason}")
        for dag in dags.values()
        if dag.form == AIRFLOW
    ]
    parts = [dag for dag in dags.values() if dag.form != AIRFLOW and _kept(dag)]
    diagnostics += [diagnose("MIG601", dag.dag.span, _split_message(dag)) for dag in parts]
    deltas = [_split_delta(dag) for dag in parts]
    return replace(draft, dags=dags, diagnostics=(*draft.diagnostics, *diagnostics), deltas=(*draft.deltas, *deltas))


def _looks_at_others(dag: DagDraft) -> bool:
    """Whether its form depends on those of other DAGs."""
    return any(task.role in ("trigger", "await") or task.needs.requests for task in dag.tasks.values())


def airflow_decides(dag: DagDraft) -> bool:
    """Whether a DAG is split so that only Airflow knows which of its tasks run: run by Dagster alone, its job would do all of the rest, or leave out
    what is to run after a failure."""
    return _steered(dag) or bool(_kept(dag) and shown_reacting(dag))


def _steered(dag: DagDraft) -> bool:
    """Whether tasks that stay in Airflow decide which others run."""
    return any(task.code == "MIG601" or steers(task) for task in _kept(dag))


def find_target(target: str, dags: Mapping[str, DagDraft]) -> tuple[str, str] | None:
    """DAG id and task id (empty: the whole DAG; or a task group's, or that of a mapped task whose copies are tasks here) of a target written `dag` or
    `dag.task`; ids may hold dots."""
    if target in dags:
        return target, ""
    position = target.find(".")
    while position >= 0:
        dag_id, task_id = target[:position], target[position + 1 :]
        known = dags.get(dag_id)
        if known and (tasks_called(known, task_id) or any(group.group_id == task_id for group in known.dag.groups)):
            return dag_id, task_id
        position = target.find(".", position + 1)
    return None


def tasks_called(dag: DagDraft, task_id: str) -> tuple[str, ...]:
    """The ids here of a task of Airflow's: its own, those of its copies, or that of what stands for it; none where the DAG has no such task."""
    if task_id in dag.tasks:
        return (task_id,)
    known = ((name, task.task) for name, task in dag.tasks.items())
    return tuple(name for name, task in known if task_id and (task.copy_of == task_id or task_id in task.stands_for))


def run_awaited(task: TaskDraft) -> tuple[PollUntil, RunOfDate] | None:
    """What a step or sensor does, and asks for, that waits for the run of another DAG; None for all others."""
    body = task.lowering.body
    if (
        task.disposition not in ("step", "sensor")
        or not isinstance(body, PollUntil)
        or not isinstance(body.condition, RunOfDate)
    ):
        return None
    return body, body.condition


def is_head(task: TaskDraft) -> bool:
    """Whether a sensor that looks for what the task waits for starts the DAG."""
    return task.disposition == "sensor" and (task.role == "sensor" or run_awaited(task) is not None)


def waits_for_run(task: TaskDraft) -> bool:
    """Whether it is a step that asks for a run and waits for its end, or may not ask for one: only an op says what it asks for before it is done, and only
    if it does."""
    body = task.lowering.body
    asks = task.disposition == "step" and isinstance(body, RequestRun)
    return asks and isinstance(body, RequestRun) and (body.waits is not None or body.order is not None)


def tells_partitions(task: TaskDraft) -> bool:
    """Whether its code tells the keys of the partitions that it makes: only an op reports several of one asset."""
    return bool(task.task.outlets) and any(isinstance(part, PartitionsOf) for part in walk(task.lowering))


def head_awaits(dag: DagDraft) -> tuple[str, ...]:
    """The tasks that await other DAGs at the head of this one, if everything else comes after all of them; else none."""
    awaits = [task_id for task_id, task in dag.tasks.items() if task.role == "await"]
    others = {task_id for task_id, task in dag.tasks.items() if task.role not in ("folded", "await")}
    at_head = all(
        dag.tasks[above].role in ("folded", "await") for task_id in awaits for above in dag.graph.ancestors(task_id)
    )
    if not others or not at_head or not all(others <= set(dag.graph.descendants(task_id)) for task_id in awaits):
        return ()
    return tuple(awaits)


_DEEPEST = 700
"""Tasks in a row: Dagster looks through a job by recursion, and Python ends that at a thousand calls."""


_AFTER_SUCCESS = ("all_success", "none_failed", "none_failed_min_one_success", "none_failed_or_skipped", "none_skipped")
"""Trigger rules of tasks that do not run where one before them failed."""


class _Form:
    def __init__(
        self,
        dag: DagDraft,
        dags: Mapping[str, DagDraft],
        kept: frozenset[str],
        stays: frozenset[str],
        forms: Mapping[str, str],
    ) -> None:
        self.dag, self.dags, self.stays, self.forms = dag, dags, stays, forms
        self.kept = kept
        """The DAGs of which at least a part stays in Airflow."""
        self.without_asset: set[str] = set()
        """Tasks that await a DAG which makes no asset."""
        self.lacking: frozenset[tuple[str, str]] = frozenset()
        """Pairs of tasks of which one may run without the value of the other."""
        self.joining: frozenset[str] = frozenset()
        """Tasks of expanded groups that would join what may be skipped in a copy."""

    def decide(self) -> DagDraft:
        dag = self.dag = self._with_nodes(self.dag.with_tasks(self._cross))
        if "{" in dag.dag_id:
            return self._whole("MIG103", "its id is only known at run time")
        if not dag.tasks:
            return self._whole("MIG506", "it has no tasks")
        if dag.graph.cyclic:
            return self._whole("MIG107", "its tasks depend on each other in a circle")
        if dag.graph.depth > _DEEPEST:
            return self._whole(
                "MIG506", f"{dag.graph.depth:,} of its tasks stand in one chain, which Dagster cannot load"
            )
        if not any(task.disposition in ("asset", "step", "check") for task in dag.tasks.values()):
            if any(task.disposition == "sensor" and task.role == "trigger" for task in dag.tasks.values()):
                return replace(dag, form=OPS) if not _kept(dag) else self._whole(*_why(dag))
            return (
                self._whole(*_why(dag))
                if _kept(dag)
                else self._whole("MIG208", "none of its tasks does work in Dagster")
            )
        only_ops = self._only_ops()
        in_ops = None
        if only_ops or not self._makes_assets():
            dag = self.dag = tell_within_groups(dag)
            self.joining = joining_in_copies(dag)
            in_ops = dag.with_tasks(self._in_ops)
        if in_ops is not None and not _kept(in_ops):
            return replace(in_ops, form=OPS)
        # What assets cannot say and a job of ops cannot either: the DAG is split, even if assets alone would not ask for it.
        # A task that Dagster runs alone would take what an earlier run left, where its giver failed in this one.
        self.lacking = may_lack(dag, ends=True)
        left = {task.task.task_id: task for task in _kept(in_ops)} if in_ops is not None and only_ops else {}
        dag = dag.with_tasks(lambda task: left.get(task.task.task_id) or self._in_assets(task))
        if _kept(dag):
            dag = _settled(dag.with_tasks(partial(_without_control, dag)))
            if airflow_decides(dag):
                dag = dag.with_tasks(_within_the_run)
            if not any(task.disposition in ("asset", "step", "check") for task in dag.tasks.values()):
                self.dag = dag
                return self._whole(*_why(dag))
        self.dag = dag
        self._place_checks()
        return replace(self.dag.with_tasks(self._after_runs), form=ASSETS)

    # ------------------------------------------------------------------------------------------------ other DAGs

    def _cross(self, task: TaskDraft) -> TaskDraft:
        """A task that starts or awaits another DAG stays in Airflow where that DAG is not part of the new project."""
        target = task.lowering.target
        for started in task.needs.requests if task.disposition != "airflow" else ():
            if started not in self.dags or started in self.stays:
                return _stays(task, "MIG208", f"its code starts the DAG `{started}`, which stays in Airflow")
        if (
            task.disposition in ("sensor", "step")
            and task.role == "trigger"
            and (target not in self.dags or target in self.stays)
        ):
            where = "stays in Airflow" if target in self.dags else "is not among these DAGs"
            return _stays(task, "MIG208", f"it starts the DAG `{target}`, which {where}")
        if task.disposition == "sensor" and task.role == "await":
            found = find_target(target, self.dags)
            if found is None:
                return _stays(task, "MIG208", f"it waits for `{target}`, which is not among these DAGs")
            if self.forms.get(found[0]) == OPS and not _makes_data(self.dags[found[0]]):
                self.without_asset.add(task.task.task_id)
        return task

    # ---------------------------------------------------------------------------------------------------- forms

    def _with_nodes(self, dag: DagDraft) -> DagDraft:
        """The DAG with something to run, where all its tasks would dissolve: first messages and waits, then empty tasks."""
        for roles in (("hook", "sensor", "work"), ("folded",)):
            if any(task.disposition in ("asset", "step", "check", "airflow") for task in dag.tasks.values()):
                return dag
            after = {other for task_id in _triggers(dag) for other in dag.graph.descendants(task_id)}
            dag = dag.with_tasks(
                lambda task, roles=roles, after=after: (  # type: ignore[misc]
                    _as_step(task) if task.role in roles and task.task.task_id not in after else task
                )
            )
        return dag

    def _makes_assets(self) -> bool:
        return any(task.disposition == "asset" for task in self.dag.tasks.values())

    def _only_ops(self) -> bool:
        """Whether the DAG does what only ops can say: copies of a task, and joins after skips."""
        tasks = [task for task in self.dag.tasks.values() if task.disposition != "airflow"]
        if any(isinstance(task.lowering.body, Choose | ContinueIf) and task.lowering.body.returns for task in tasks):
            return True
        if any(waits_for_run(task) or tells_partitions(task) for task in tasks):
            return True
        reacting = any(reacts(self.dag, task.task.task_id) for task in tasks)
        return reacting or any(task.fan_out for task in tasks) or self._joins_after_skips()

    def _joins_after_skips(self) -> bool:
        """Whether a task runs although one before it was skipped, which dependencies of assets cannot say."""
        skippable = may_be_skipped(self.dag)
        for task_id, task in self.dag.tasks.items():
            if task.disposition == "airflow" or task.task.trigger_rule in ("all_success", "one_success"):
                continue
            if task.disposition == "hook" or not self._matters(task_id):
                continue
            upstream = self.dag.graph.upstream(task_id)
            if any(other in skippable or steers(self.dag.tasks[other]) for other in upstream):
                return True
        return False

    def _matters(self, task_id: str) -> bool:
        below = (task_id, *self.dag.graph.descendants(task_id))
        return any(self.dag.tasks[other].disposition not in ("folded", "hook") for other in below)

    def _in_ops(self, task: TaskDraft) -> TaskDraft:
        if task.disposition == "check":
            return task.becomes("step", "it checks data in a job of ops; the run fails if the check fails")
        if task.disposition == "sensor" and task.role == "sensor" and head_awaits(self.dag):
            return task.becomes("step", "the end of another DAG starts the job, so it waits within that")
        if task.disposition == "sensor" and task.role == "await":
            heads = head_awaits(self.dag)
            several_jobs = len(heads) > 1 and any(self._target_form(head) == OPS for head in heads)
            if task.task.task_id not in heads or several_jobs or done_without(self.dag, task):
                return self._waiting(task)
            return task.becomes("sensor", f"the job starts when `{task.lowering.target}` is done")
        if not task.tells and task.task.task_id in self.joining:
            reason = f"its trigger rule is `{task.task.trigger_rule}`, and a copy of its group cannot join what may be skipped"
            return _stays(task, "MIG206", reason)
        return task

    def _waiting(self, task: TaskDraft) -> TaskDraft:
        """A step that waits for the run of another DAG, where it can be told which that is."""
        target = find_target(task.lowering.target, self.dags)
        waits = task.lowering.waits
        if target is None or target[0] in self.kept:
            return _stays(task, "MIG208", f"it waits for `{task.lowering.target}`, of which a part stays in Airflow")
        other = self.dags[target[0]].dag
        if waits is None or other.dimension is not None or partitioned(other):
            return _stays(task, "MIG208", f"it cannot be told which run of `{task.lowering.target}` it waits for")
        for name in task.lowering.members or target[1:]:
            end = self.dags[target[0]].tasks.get(name)
            if end is not None and end.role == "folded" and end.task.trigger_rule not in _AFTER_SUCCESS:
                why = f"it waits for `{name}`, which has no work and is marked as done whatever became of the tasks before it"
                return _stays(task, "MIG208", why)
        lowering = replace(task.lowering, role="sensor", body=waits, deltas=())
        needs = replace(task.needs, uses_date=True)
        waiting = replace(task, lowering=lowering, needs=needs)
        return waiting.becomes("step", f"it waits within the run for that of `{task.lowering.target}`")

    def _target_form(self, task_id: str) -> str:
        target = find_target(self.dag.tasks[task_id].lowering.target, self.dags)
        return self.forms.get(target[0], "") if target else ""

    def _in_assets(self, task: TaskDraft) -> TaskDraft:
        rule = task.task.trigger_rule
        if rule in ONLY_AFTER_FAILURE and reacts(self.dag, task.task.task_id) and task.disposition != "folded":
            # By any other rule it runs after successes too, and Airflow, which runs this DAG, says when: this one an asset would run after nothing else.
            return _stays(task, "MIG206", f"its trigger rule is `{rule}`, and not all tasks of its DAG can move")
        if task.task.trigger_rule == ALL_SKIPPED and task.task.upstream and task.disposition in ("asset", "step"):
            return _stays(task, "MIG206", "its trigger rule is `all_skipped`, and not all tasks of its DAG can move")
        lacking = sorted(giver for giver, taker in self.lacking if taker == task.task.task_id)
        if lacking and task.disposition != "airflow":
            return _stays(task, "MIG206", f"it takes the result of `{lacking[0]}`, and may run where there is none")
        decided = [found.source for found in handovers(task) if self.dag.tasks[found.source].role in DECIDING]
        if decided and task.disposition != "airflow":
            return _stays(task, "MIG203", f"it takes the result of `{decided[0]}`, which decides what runs")
        if waits_for_run(task):
            target = task.lowering.target
            what = (
                "waits for a run of" if getattr(task.lowering.body, "order", None) is None else "decides about a run of"
            )
            return _stays(task, "MIG208", f"it {what} `{target}`, and not all tasks of its DAG can move")
        if tells_partitions(task) and task.disposition != "airflow":
            return _stays(task, "MIG203", "it tells which partitions it makes, and not all tasks of its DAG can move")
        if task.task.task_id in self.without_asset:
            return self._waiting(task)
        return task

    def _place_checks(self) -> None:
        """Finds the asset of each check, upstream first: a check without one is a step, which later checks have to see."""
        for task_id in self.dag.graph.topological:
            task = self.dag.tasks[task_id]
            if task.disposition != "check":
                continue
            asset = self._checked(task_id)
            if asset is None:
                task = task.becomes("step", "no asset right before it makes the data that it checks")
            else:
                task = replace(task, checks=asset, reason=f"it checks what `{asset}` makes")
            self.dag = replace(self.dag, tasks={**self.dag.tasks, task_id: task})

    def _after_runs(self, task: TaskDraft) -> TaskDraft:
        """What acts when the run is over stays with those tasks before it that stay: the run does not tell about them."""
        if task.disposition != "hook" and not (task.disposition == "sensor" and task.role == "trigger"):
            return task
        above = self.dag.graph.ancestors(task.task.task_id)
        kept = next((other for other in above if self.dag.tasks[other].disposition == "airflow"), None)
        return task if kept is None else _stays(task, "MIG208", f"it acts after `{kept}`, which stays in Airflow")

    def _checked(self, task_id: str) -> str | None:
        """The task whose asset a check is on: the nearest that writes what it reads; the one right before it, if that is not known."""
        reads = {ref.key for ref in self.dag.tasks[task_id].task.refs if ref.direction is Direction.INPUT and ref.key}
        above = set(self.dag.graph.ancestors(task_id))
        nearest_first = (other for other in reversed(self.dag.graph.topological) if other in above)
        assets = [other for other in nearest_first if self.dag.tasks[other].disposition == "asset"]
        nearest, checks = self._nearest(task_id)
        writers = [other for other in assets if reads & _written(self.dag.tasks[other])]
        only = nearest[0] if len(nearest) == 1 and nearest[0] in assets and not reads else None
        choice = writers[0] if writers else only
        if choice is None or any(self.dag.graph.leads_to(choice, other) for other in nearest):
            # Something between the asset and the check would have to wait for the check, and the check for it.
            return None
        return choice if all(self.dag.tasks[other].checks == choice for other in checks) else None

    def _nearest(self, task_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the task comes right after when dissolved tasks are looked through: nodes, and checks."""
        nodes: dict[str, None] = {}
        checks: dict[str, None] = {}
        front, seen = list(self.dag.graph.upstream(task_id)), set()
        while front:
            other = front.pop(0)
            if other in seen:
                continue
            seen.add(other)
            disposition = self.dag.tasks[other].disposition
            if disposition in ("asset", "step", "airflow"):
                nodes[other] = None
                continue
            if disposition == "check":
                checks[other] = None
            front += self.dag.graph.upstream(other)
        return tuple(nodes), tuple(checks)

    def _whole(self, code: str, reason: str) -> DagDraft:
        """The DAG, left in Airflow with all its tasks."""

        def leave(task: TaskDraft) -> TaskDraft:
            if task.disposition == "airflow":
                return task
            why = f"its DAG stays in Airflow: {reason}"
            left = Lowering("airflow", code="MIG506", reason=why)
            return TaskDraft(
                task.task, left, diagnostics=task.diagnostics, disposition="airflow", reason=why, code="MIG506"
            )

        return replace(self.dag.with_tasks(leave), form=AIRFLOW, code=code, reason=reason)


def _why(dag: DagDraft) -> tuple[str, str]:
    kept = _kept(dag)
    first = next((task for task in kept if not is_consequence(task.code, task.reason)), kept[0])
    return first.code, f"`{first.task.task_id}`: {first.reason}"


def _kept(dag: DagDraft) -> list[TaskDraft]:
    return [task for task in dag.tasks.values() if task.disposition == "airflow"]


def _written(task: TaskDraft) -> set[tuple[str, ...]]:
    return {ref.key for ref in task.task.refs if ref.direction is Direction.OUTPUT and ref.kind != "xcom" and ref.key}


def _makes_data(dag: DagDraft) -> bool:
    return any(_written(task) for task in dag.tasks.values())


def _stays(task: TaskDraft, code: str, reason: str) -> TaskDraft:
    return replace(stay(task, code, reason), disposition="airflow", reason=reason, code=code)


def _triggers(dag: DagDraft) -> list[str]:
    """Tasks that start another DAG when the run is over: what comes after them has no place in it."""
    return [task_id for task_id, task in dag.tasks.items() if task.disposition == "sensor" and task.role == "trigger"]


def _as_step(task: TaskDraft) -> TaskDraft:
    if task.role == "folded":
        lowering = Lowering("work", DoNothing())
        return replace(task, lowering=lowering).becomes("step", "the DAG has no other work, so it keeps this one")
    return task.becomes("step", "the DAG has no other work, so it does it itself")


def _without_control(dag: DagDraft, task: TaskDraft) -> TaskDraft:
    """A task of a DAG that is split: what decides which tasks run, or how often one does, stays with what does not move.

    Airflow owns the run of such a DAG and calls Dagster for one task at a time: branches, trigger rules and lists of copies work there
    as they did, whereas one asset can neither skip an Airflow task nor be several of them.
    """
    split = "Airflow decides that as long as other tasks of the DAG stay there"
    if task.disposition == "airflow":
        return task
    if steers(task):
        return _stays(task, "MIG601", f"it decides what runs: {split}")
    if skips_itself(task) and dag.graph.downstream(task.task.task_id):
        return _stays(task, "MIG601", f"it may skip what comes after it: {split}")
    if task.fan_out:
        return _stays(task, "MIG601", f"it runs once per element of a list: {split}")
    return task


def _within_the_run(task: TaskDraft) -> TaskDraft:
    """A sensor at the head of a DAG whose runs Airflow has to start: it waits there, as a step."""
    if task.disposition == "sensor" and task.role == "sensor":
        return task.becomes("step", "Airflow starts the runs of its DAG, so it waits within them")
    return task


def _settled(dag: DagDraft) -> DagDraft:
    """The DAG with all that takes a value of a task that stays staying, too."""
    tasks = dict(dag.tasks)
    for task_id in dag.graph.topological:
        task = tasks[task_id]
        if task.disposition == "airflow":
            continue
        kept = [handover.source for handover in handovers(task) if tasks[handover.source].disposition == "airflow"]
        if kept:
            tasks[task_id] = _stays(task, "MIG208", f"it takes the result of `{kept[0]}`, which stays in Airflow")
    return replace(dag, tasks=tasks)


def _stay_in_airflow(dag: DagDraft) -> str:
    kept = [f"`{task.task.task_id}`" for task in _kept(dag)]
    return f"{', '.join(kept)} {'stay' if len(kept) > 1 else 'stays'} in Airflow"


def _split_message(dag: DagDraft) -> str:
    return f"of the DAG `{dag.dag_id}`, {_stay_in_airflow(dag)}"


def _left_out(dag: DagDraft) -> str:
    """What a job of Dagster's would not do of what Airflow does in a run of a DAG that is split."""
    after = ", ".join(f"`{task.task.task_id}` (`{task.task.trigger_rule}`)" for task in shown_reacting(dag))
    parts = [
        *(["skip what Airflow skips"] if _steered(dag) else []),
        *([f"run {after} after a failure"] if after else []),
    ]
    return " or ".join(parts)


def _split_delta(dag: DagDraft) -> Delta:
    return Delta(
        dag.dag_id,
        None,
        Severity.WARNING,
        "one scheduler runs all tasks of the DAG in order",
        f"{_stay_in_airflow(dag)}, so the Airflow schedule keeps owning the DAG",
        f"let Airflow call Dagster for the tasks that moved (`migrate bridge`); the job has no schedule as it would not {_left_out(dag)}"
        if airflow_decides(dag)
        else "leave the Dagster schedule stopped until all tasks have moved",
    )

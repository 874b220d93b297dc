"""What each task becomes as far as its own DAG decides it: asset, step, check, sensor, folded, hook or airflow.

What depends on the form of the DAG or on other DAGs is decided after this, in `forms`.
"""

from __future__ import annotations

from migrator.diagnostics import Severity
from migrator.model.assets import Direction
from migrator.model.bodies import (
    Body,
    CallFunction,
    Choose,
    Condition,
    DoNothing,
    FollowIf,
    PollUntil,
    RunShell,
    RunSql,
    UseResource,
)
from migrator.model.changed import replace
from migrator.model.expressions import Attempt, TaskStates
from migrator.model.plan import Delta
from migrator.model.walk import walk
from migrator.planning.assets.corrections import BY_CHOICE
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.failures import AFTER_FAILURE, DONE_RULES, ONLY_AFTER_FAILURE, WANT_ONE, handing_on
from migrator.planning.flow.skipping import (
    ALL_SKIPPED,
    FAN_IN,
    NONE_FAILED,
    TRANSLATED,
    cuts_everything,
    done_without,
    goes_along,
    may_be_skipped,
    skips,
    steers,
)
from migrator.planning.xcom.handover import handovers, stay, taken

_ON = {
    "one_failed": "failure",
    "all_failed": "failure",
    "all_done": "done",
    "all_done_setup_success": "done",
}
"""Trigger rules of a last task that a sensor on the job's runs can stand for."""
_DISSOLVED = ("folded", "await")
_STEPS = ("branch", "folded", "gate", "work")
"""Roles of tasks that are, or may be made, one op of a job each."""
_ASKING = frozenset({"all_done_min_one_success", "none_skipped", "one_done", "one_success"})
"""Trigger rules by which a task runs for the success of one before it, whatever became of others."""
_TOLD = ("on_execute_callback", "on_success_callback")
"""Callbacks that a task calls whenever it runs well, which no sensor does in its place."""


def assign_roles(draft: Draft) -> Draft:
    """Gives every task its first disposition."""
    deltas: list[Delta] = []
    done = draft.with_dags(lambda dag: _Roles(dag, deltas).assign())
    return replace(done, deltas=(*draft.deltas, *deltas))


def is_last(dag: DagDraft, task_id: str) -> bool:
    """Whether only tasks without work come after the task."""
    return all(dag.tasks[other].role == "folded" for other in dag.graph.descendants(task_id))


class _Roles:
    def __init__(self, dag: DagDraft, deltas: list[Delta]) -> None:
        self.dag, self.deltas = dag, deltas

    def assign(self) -> DagDraft:
        if self.dag.graph.cyclic:
            return self.dag.with_tasks(self._in_a_circle)
        self.skippable = may_be_skipped(self.dag)
        self.wholly = may_be_skipped(self.dag, copies=False)
        self.givers = taken(self.dag)
        self.heads = head_sensors(self.dag)
        return self.dag.with_tasks(self._role)

    def _in_a_circle(self, task: TaskDraft) -> TaskDraft:
        left = stay(task, "MIG107", "the tasks of its DAG depend on each other in a circle")
        return replace(left, disposition="airflow", reason=left.lowering.reason, code="MIG107")

    def _role(self, task: TaskDraft) -> TaskDraft:
        if task.role == "airflow":
            return replace(task, disposition="airflow", reason=task.lowering.reason, code=task.lowering.code)
        rule = task.task.trigger_rule
        upstream = self.dag.graph.upstream(task.task.task_id)
        single = len(upstream) == 1 and rule == "one_success"
        if upstream and rule not in TRANSLATED and not single:
            watching = self._watching(task)
            if watching is not None:
                return watching
            reason = self._cannot_react(task)
            if reason:
                return self._stays(task, "MIG206", reason)
        idle = task.role == "folded" and is_last(self.dag, task.task.task_id)
        if rule == ALL_SKIPPED and upstream and task.role == "folded" and not idle:
            # It is skipped where one of those before it ran, and what comes after it may be skipped with it: that takes an op that asks.
            task = _idle_work(task, "it asks whether what is before it ran")
        elif task.role == "folded" and not idle and self._is_asked_for(task.task.task_id):
            task = _idle_work(task, "what comes after it asks whether it ran")
        if rule == ALL_SKIPPED and upstream and not idle and (reason := self._cannot_ask(task)):
            return self._stays(task, "MIG206", reason)
        if task.role == "await" and task.fan_out:
            return self._stays(task, "MIG208", "it is expanded over a list")
        # Any value may be None, a list to expand over too; what is left of copies is a list, unless no copy was made.
        for handover in handovers(task) if task.fan_out else ():
            giver = self.dag.tasks[handover.source]
            beside = bool(task.group) and giver.group == task.group
            if not giver.fan_out or beside or handover.source not in self.wholly:
                continue
            if not goes_along(self.dag, handover.source, task.task.task_id):
                return self._stays(task, "MIG206", f"it takes the result of `{handover.source}`, which some runs skip")
        return getattr(self, f"_{task.role}")(task)  # type: ignore[no-any-return]

    # ------------------------------------------------------------------------------------------- other trigger rules

    def _watching(self, task: TaskDraft) -> TaskDraft | None:
        """A last task that runs after failures, too, and that a sensor on the job's runs can stand for; None for others."""
        rule, task_id = task.task.trigger_rule, task.task.task_id
        if task.role == "folded" and is_last(self.dag, task_id):
            self._delta(
                task,
                f"trigger rule `{rule}`: it is marked as done even if a task before it failed",
                "it has no counterpart",
            )
            return task.becomes("folded", "it has no work and nothing with work comes after it")
        on = _ON.get(rule, "")
        if rule == "all_failed" and len(self.dag.graph.upstream(task_id)) > 1:
            on = ""
        if on and self._can_watch(task) and not self._cut(task_id):
            what = (
                "when a run of the job fails"
                if on == "failure"
                else "when a run of the job ends, in success or failure"
            )
            self._delta(
                task, f"trigger rule `{rule}` of its own upstream tasks", f"a sensor acts {what}, after the run"
            )
            return task.becomes("hook", f"it acts {what}", on)
        return None

    def _is_asked_for(self, task_id: str) -> bool:
        """Whether a task right after one asks by its trigger rule whether that was skipped, or of several, one of which may have failed, succeeded."""
        rules = [
            self.dag.tasks[other].task.trigger_rule
            for other in self.dag.graph.downstream(task_id)
            if self.dag.tasks[other].role != "folded" or not is_last(self.dag, other)
        ]
        joins = self.dag.tasks[task_id].task.trigger_rule in (*FAN_IN, NONE_FAILED)
        return ALL_SKIPPED in rules or (
            joins and len(self.dag.graph.upstream(task_id)) > 1 and not _ASKING.isdisjoint(rules)
        )

    def _cannot_ask(self, task: TaskDraft) -> str:
        """Why an op cannot ask whether those before it ran; empty if it can. It gets no values of theirs, and does work of its own."""
        above = [self.dag.tasks[other] for other in self.dag.graph.upstream(task.task.task_id)]
        plain = all(one.role in _STEPS and not (task.group and one.group) for one in above)
        if plain and task.role == "work" and not task.fan_out and not handovers(task):
            return ""
        return f"its trigger rule is `{task.task.trigger_rule}`, and what is before it is not known to have run by one op each"

    def _cannot_react(self, task: TaskDraft) -> str:
        """Why a task that runs after failures cannot be an op of a job that goes on after them; empty if it can."""
        rule, task_id = task.task.trigger_rule, task.task.task_id
        if rule not in AFTER_FAILURE:
            return f"its trigger rule `{rule}` has no equivalent in Dagster"
        if task.role == "await":
            return f"its trigger rule is `{rule}`, and it is about another DAG"
        givers = [found.source for found in handovers(task) if not self.dag.tasks[found.source].fan_out]
        if givers and rule in DONE_RULES and isinstance(task.lowering.body, UseResource):
            self._ends_what_was_made(task, givers)
        if rule == "all_failed":
            handing = handing_on(self.dag, self.dag.graph.upstream(task_id))
            waiting = [one for one in sorted(handing) if len(self.dag.graph.upstream(one)) > 1]
            waiting = [one for one in waiting if self.dag.tasks[one].task.trigger_rule in WANT_ONE]
            if waiting:
                return f"its trigger rule is `{rule}`, and `{waiting[0]}` may count as failed though it did not run"
        if rule in ONLY_AFTER_FAILURE:
            above = {other: handing_on(self.dag, [other], wanting=True) for other in self.dag.graph.upstream(task_id)}
            harmless = [one for one in above if all(self.dag.tasks[other].role == "folded" for other in above[one])]
            if harmless:
                return f"its trigger rule is `{rule}`, but `{harmless[0]}` cannot fail"
        return ""

    def _ends_what_was_made(self, task: TaskDraft, given: list[str]) -> None:
        """A call that ends what a task before it made, whatever became of those between them, cannot do without the value."""
        if task.task.trigger_rule == "all_done_setup_success":
            return
        shown = ", ".join(f"`{source}`" for source in given)
        self._delta(task, f"it is started even if {shown} failed, and fails without a value", "it is not started then")

    def _cut(self, task_id: str) -> bool:
        """Whether a gate or branch above a task can skip it in spite of its trigger rule, which the end of a run does not tell."""
        tasks, graph = self.dag.tasks, self.dag.graph
        task = tasks[task_id]
        gates = any(cuts_everything(tasks[other]) and skips(tasks[other], task) for other in graph.ancestors(task_id))
        return gates or any(steers(tasks[other]) and skips(tasks[other], task) for other in graph.upstream(task_id))

    def _can_watch(self, task: TaskDraft) -> bool:
        """Whether a sensor on the job's runs can do the task's work: it is last and needs nothing of the run but its date."""
        quiet = task.role == "hook" or (
            task.role == "work" and isinstance(task.lowering.body, CallFunction) and not _writes(task)
        )
        needs = task.needs
        alone = not (task.fan_out or needs.handovers or needs.params or needs.uses_conf or needs.uses_last_success)
        alone = alone and not (needs.last_values or task.keeps)
        # One that asks what became of the others often fails where they did, and the run with it.
        alone = alone and not any(isinstance(part, Attempt | TaskStates) for part in walk(task.lowering.body))
        alone = alone and not any(task.task.option(name) for name in _TOLD)
        return quiet and alone and is_last(self.dag, task.task.task_id) and task.task.task_id not in self.givers

    def _ends(self, task_id: str) -> bool:
        """Whether all work of the DAG is done before a task: a failure anywhere keeps it from running."""
        before = {task_id, *self.dag.graph.ancestors(task_id)}
        others = (task for other, task in self.dag.tasks.items() if other not in before)
        after_all = ("folded", "hook", "trigger")
        return all(
            task.task.is_teardown or (task.role in after_all and is_last(self.dag, task.task.task_id))
            for task in others
        )

    # ------------------------------------------------------------------------------------------------- one per role

    def _work(self, task: TaskDraft) -> TaskDraft:
        if task.disposition:
            return task.becomes(task.disposition, BY_CHOICE)
        if _writes(task):
            return task.becomes("asset", task.lowering.reason or "it makes data")
        return task.becomes("step", task.lowering.reason or "it does work but makes no data that is known")

    def _branch(self, task: TaskDraft) -> TaskDraft:
        body = task.lowering.body
        if isinstance(body, Choose) and not self.dag.graph.downstream(task.task.task_id):
            work: Body = body.condition
            if isinstance(body.condition, FollowIf):
                work = body.condition.test if isinstance(body.condition.test, RunSql) else DoNothing()
            task = replace(task, lowering=replace(task.lowering, role="work", body=work))
        return task.becomes("step", "it decides which tasks below it run")

    _gate = _branch

    def _folded(self, task: TaskDraft) -> TaskDraft:
        return task.becomes(
            "folded", task.lowering.reason or "it has no work: its neighbours depend on each other directly"
        )

    def _check(self, task: TaskDraft) -> TaskDraft:
        if task.fan_out or task.task.task_id in self.skippable:
            return task.becomes("step", "it checks data in the middle of a job")
        return task.becomes("check", "it checks an asset")

    def _sensor(self, task: TaskDraft) -> TaskDraft:
        if task.task.task_id in self.heads:
            return task.becomes("sensor", "it starts the DAG's work: the job is started by a sensor")
        return task.becomes("step", "it waits in the middle of the DAG")

    def _hook(self, task: TaskDraft) -> TaskDraft:
        last = is_last(self.dag, task.task.task_id)
        if last and task.task.task_id not in self.skippable and self._can_watch(task):
            self._delta(
                task, "the message is sent within the run", "the message is sent by a sensor after the run succeeded"
            )
            return task.becomes("hook", "it sends a message after the run", "success")
        return task.becomes("step", "it sends a message in the middle of the run")

    def _trigger(self, task: TaskDraft) -> TaskDraft:
        needs, target, request = task.needs, task.lowering.target, task.lowering.request
        assert request is not None, f"{task.task.id} starts no run"
        last = is_last(self.dag, task.task.task_id)
        upstream, rule = self.dag.graph.upstream(task.task.task_id), task.task.trigger_rule
        reacting = bool(upstream) and rule in AFTER_FAILURE and not (len(upstream) == 1 and rule == "one_success")
        asks = bool(task.fan_out or needs.handovers or needs.params or request.order or reacting)
        if request.once is not None:
            self._delta(
                task,
                f"it skips itself, and what comes after it, where there is a run of `{target}` for the same date or id",
                "its sensor starts none for which it started one before; what comes after it runs",
            )
        if last and self._ends(task.task.task_id) and task.task.task_id not in self.skippable and not asks:
            if request.waits is not None:
                self._delta(
                    task,
                    f"it waits until the run of `{target}` is over{', and fails with it' if request.waits.fails else ''}",
                    f"the run ends when it has started `{target}`",
                    f"let what comes after depend on the assets of `{target}`",
                )
            return task.becomes("sensor", f"it starts `{target}` after the run", "success")
        self._delta(
            task,
            f"it starts `{target}` itself",
            "it asks for a run, which a sensor starts within half a minute",
            "start the sensor together with the DAG's schedule",
        )
        waits = ", and waits until that is over" if request.waits is not None else ""
        return replace(task, lowering=replace(task.lowering, body=request)).becomes(
            "step", f"it asks for a run of `{target}`, which a sensor starts{waits}"
        )

    def _await(self, task: TaskDraft) -> TaskDraft:
        return task.becomes(
            "sensor", f"it waits for `{task.lowering.target}`: what is below depends on what that became"
        )

    # ----------------------------------------------------------------------------------------------------- helpers

    def _stays(self, task: TaskDraft, code: str, reason: str) -> TaskDraft:
        left = stay(task, code, reason)
        return replace(left, disposition="airflow", reason=reason, code=code)

    def _delta(self, task: TaskDraft, airflow: str, dagster: str, mitigation: str = "") -> None:
        self.deltas.append(Delta(self.dag.dag_id, task.task.task_id, Severity.WARNING, airflow, dagster, mitigation))


def _idle_work(task: TaskDraft, reason: str) -> TaskDraft:
    """A task without work as a step of its own."""
    return replace(task, lowering=replace(task.lowering, role="work", body=DoNothing(), reason=reason))


def _writes(task: TaskDraft) -> bool:
    return any(ref.direction is Direction.OUTPUT for ref in task.task.refs)


def head_sensors(dag: DagDraft) -> frozenset[str]:
    """Sensors at the head of the DAG that everything else waits for, so that a Dagster sensor can start the job instead.

    Only with one clock time: the sensor then starts one run per partition, as Airflow did per logical date.
    """
    if len(dag.clock.crons) != 1 or not any(map(_can_start, dag.tasks.values())):
        return frozenset()
    givers = taken(dag)
    heads: dict[str, None] = {}
    through: set[str] = set()
    """Tasks that are heads or dissolved, as are all above them."""
    for task_id in dag.graph.topological:
        task = dag.tasks[task_id]
        if not all(other in through for other in dag.graph.upstream(task_id)):
            continue
        if _can_start(task) and task_id not in givers and not task.keeps and not done_without(dag, task):
            heads[task_id] = None
        if task_id in heads or task.role in _DISSOLVED:
            through.add(task_id)
    while heads:
        others = [other for other, task in dag.tasks.items() if task.role not in _DISSOLVED and other not in heads]
        kept = {head: None for head in heads if others and set(others) <= set(dag.graph.descendants(head))}
        if kept.keys() == heads.keys():
            break
        heads = kept
    return frozenset(heads)


def _may_fail(condition: Condition) -> bool:
    """Whether what is waited for may tell that it never comes."""
    if isinstance(condition, RunShell):
        return condition.retry_exit_code is not None
    return isinstance(condition, RunSql) and (condition.refuses is not None or condition.fails_on_empty)


def _can_start(task: TaskDraft) -> bool:
    needs, body = task.needs, task.lowering.body
    quiet = not (needs.last_values or needs.handovers or needs.params or needs.uses_conf or task.fan_out)
    if isinstance(body, PollUntil) and _may_fail(body.condition):
        return False  # it may end the run by a failure
    return task.role == "sensor" and isinstance(body, PollUntil) and quiet and task.task.trigger_rule in TRANSLATED

"""What DAGs and tasks ask of Airflow by arguments that Dagster has nothing for: each is a row of the report."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.diagnostics import Severity
from migrator.model.bodies import CallFunction, Choose
from migrator.model.plan import CreateAsset, CreateOp, Delta
from migrator.operators.common import is_sensor
from migrator.operators.messages import MESSAGES
from migrator.planning.callables.resource_calls import BESIDE, OTHERWISE
from migrator.planning.deltas.wording import do, moving, named, row
from migrator.planning.draft import DagDraft, TaskDraft
from migrator.planning.expressions.files import WRITTEN
from migrator.planning.expressions.members import RULE_AS_TEXT
from migrator.planning.flow.failures import caught
from migrator.planning.flow.mapping import OTHER_NAMES
from migrator.planning.flow.retries import may_be_tried_again
from migrator.planning.flow.skipping import may_lack
from migrator.planning.forms import OPS, run_awaited
from migrator.planning.naming.connections import BY_DEFAULT
from migrator.planning.xcom.computed_ids import IDS_BY_PARAM
from migrator.planning.xcom.handover import handovers
from migrator.planning.xcom.other_runs import RUN_BY_ID


def _other_names(dag: DagDraft) -> Iterator[Delta]:
    passing = [task for task in moving(dag) if OTHER_NAMES in task.needs.notes]
    if passing:
        yield row(
            dag,
            f"{do(passing, 'gets', 'get')} `op_kwargs` that may have more names than the function takes, which are left out",
            "an argument that the function does not take is an error",
            "leave it out where the `op_kwargs` are made",
            Severity.INFO,
        )


def _executed(dag: DagDraft) -> Iterator[Delta]:
    """What operators that the team's code executes itself do in another way."""
    notes = sorted({note for task in moving(dag) for note in task.needs.notes})
    for note in notes:
        executing = [task for task in moving(dag) if note in task.needs.notes]
        if note.startswith(BESIDE):
            argument, _, operator = note.removeprefix(BESIDE).partition(" of ")
            yield row(
                dag,
                f"{do(executing, 'executes', 'execute')} a `{operator}` with an argument `{argument}`, where its statements run",
                "they run where the URL of the resource says",
                "say so in the URL; a resource of its own for each place",
            )
        elif note.startswith(OTHERWISE):
            message = note.removeprefix(OTHERWISE)
            airflow, dagster = MESSAGES[message].otherwise
            yield row(
                dag,
                f"{do(executing, 'executes', 'execute')} a `{message.partition(' ')[0]}`, which {airflow}",
                f"the resource {dagster}",
            )


def _connections_by_default(dag: DagDraft) -> Iterator[Delta]:
    """The resources of connections that environment variables name."""
    notes = {note for task in moving(dag) for note in task.needs.notes if note.startswith(BY_DEFAULT)}
    for note in sorted(notes):
        asking = [task for task in moving(dag) if note in task.needs.notes]
        connection, _, names = note.removeprefix(BY_DEFAULT).partition(" of ")
        yield row(
            dag,
            f"{do(asking, 'uses', 'use')} the connection that {names} in the environment {'name' if ',' in names else 'names'}, "
            f"`{connection}` where nothing is set",
            f"always the resource of `{connection}`",
            "tell by its URL the database or service that is meant",
            Severity.INFO,
        )


def _runs_by_id(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if RUN_BY_ID in task.needs.notes]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'takes', 'take')} values of the run whose id the conf tells, which is one of Airflow's runs",
            "it is the id of a run in Dagster, and there is no value of any other",
            "start runs by hand with the id of a run in Dagster",
            Severity.INFO,
        )


def _ids_by_param(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if IDS_BY_PARAM in task.needs.notes]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'takes', 'take')} values of the tasks that a param lists, whichever a run says",
            "it has the values of the tasks that the param's default lists, and none of any other",
            "add the other tasks to the step's inputs where runs ask for them",
            Severity.INFO,
        )


def _written_templates(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if WRITTEN in task.needs.notes]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'renders', 'render')} a template file that another task writes",
            "the file is read as it is, and nothing in it is rendered",
            "have the task that writes it put the values in",
            Severity.INFO,
        )


def _pushes_of_skipped(dag: DagDraft) -> Iterator[Delta]:
    """Values that a function pushes before it says that there is nothing to do."""
    pushing = [
        task
        for task in moving(dag)
        if task.needs.may_skip and isinstance(task.lowering.body, CallFunction) and task.lowering.body.pushes
    ]
    if pushing:
        yield row(
            dag,
            f"what {named(pushing)} {'pushes' if len(pushing) == 1 else 'push'} is there even if the task skips itself afterwards",
            "a step that is skipped hands over nothing, and keeps nothing for later runs",
            "have the function return instead of raising, where others need the value",
            Severity.INFO,
        )


def _pushes_of_failed(dag: DagDraft) -> Iterator[Delta]:
    """Values that a function pushes before it fails, where tasks that take them go on."""
    taken = {giver for giver, _ in may_lack(dag)} & caught(dag) if dag.form == OPS else set()
    pushing = [
        task
        for task in moving(dag)
        if task.task.task_id in taken and isinstance(task.lowering.body, CallFunction) and task.lowering.body.pushes
    ]
    if pushing:
        yield row(
            dag,
            f"what {named(pushing)} {'pushes' if len(pushing) == 1 else 'push'} is there even if the task fails afterwards",
            "a step that failed hands over nothing",
            "have it write the value to where the others can read it",
            Severity.INFO,
        )


def _skips_of_tries(dag: DagDraft) -> Iterator[Delta]:
    """Tasks that operators of the team's own skip, which Airflow does at once."""
    skipping = [task for task in moving(dag) if isinstance(task.lowering.body, Choose) and task.lowering.body.skips]
    if skipping:
        yield row(
            dag,
            f"what {do(skipping, 'skips', 'skip')} stays skipped even if the task fails afterwards, whatever another try of it skips",
            "a try that fails skips nothing: what is skipped is what the last one says",
            "have it skip tasks when nothing can fail any more",
            Severity.INFO,
        )


def _trigger_rules(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if RULE_AS_TEXT in task.needs.notes]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'asks', 'ask')} for `task.trigger_rule`, a member of an Enum that equals `all_success`; newer versions of Airflow 3 print it as `TriggerRule.ALL_SUCCESS`",
            "it is the text `all_success`",
            severity=Severity.INFO,
        )


def _values_of_tasks_beside(dag: DagDraft) -> Iterator[Delta]:
    """Pulls from a task that the one which pulls does not come after."""
    beside: dict[str, list[TaskDraft]] = {}
    for task_id, task in dag.tasks.items():
        for giver in dict.fromkeys(handover.source for handover in handovers(task)):
            if not dag.graph.leads_to(giver, task_id):
                beside.setdefault(giver, []).append(task)
    for giver, takers in beside.items():
        yield row(
            dag,
            f"{do(takers, 'pulls', 'pull')} what `{giver}` hands over without coming after it, and may be too early",
            f"{named(takers)} {'waits' if len(takers) == 1 else 'wait'} for `{giver}`",
            severity=Severity.INFO,
        )


def _retry_policy(dag: DagDraft) -> Iterator[Delta]:
    deciding = [task for task in moving(dag) if may_be_tried_again(task.task) and task.lowering.retry_rules is None]
    if deciding:
        yield row(
            dag,
            f"`retry_policy` says by the kind of the error whether and when {do(deciding, 'is', 'are')} tried again",
            "every error is tried again, as often and after such a time as `retries` and `retry_delay` say",
            "raise `dg.Failure(..., allow_retries=False)` for an error that is final, and `dg.RetryRequested` for one with a delay of its own",
        )


def _errors_of_sensors(dag: DagDraft) -> Iterator[Delta]:
    """Dagster's sensors look again after an error."""
    sensors = [task for task in moving(dag) if is_sensor(task.task)]
    silent = [task for task in sensors if task.task.option("silent_fail") is True and task.disposition == "step"]
    if silent:
        yield row(
            dag,
            f"`silent_fail`: an error while looking counts as not there yet, and {do(silent, 'looks', 'look')} again",
            "the error fails the step, which is tried again where it has retries",
            "catch it where the step asks, or give the step retries",
        )
    skipping = [task for task in sensors if task.task.option("never_fail") is True]
    if skipping:
        yield row(
            dag,
            f"`never_fail`: an error while looking skips {named(skipping)} and what comes after it",
            "the error fails the step; that of a sensor is shown at its tick, and it looks again",
            "catch it where the step asks, and end without a result",
        )


def _states_awaited(dag: DagDraft) -> Iterator[Delta]:
    waiting = [task for task in moving(dag) if task.disposition == "step" and run_awaited(task) is not None]
    skipped = [task for task in waiting if task.task.option("skipped_states")]
    if skipped:
        yield row(
            dag,
            f"`skipped_states` skips {named(skipped)} as soon as what is waited for is in one of them",
            "the step waits until its time is over, and fails if it has no `soft_fail`",
            "give it a shorter timeout",
        )
    soft = [task for task in waiting if task.task.option("failed_states") and task.task.option("soft_fail")]
    if soft:
        yield row(
            dag,
            f"`soft_fail` skips {named(soft)} as soon as what is waited for is in one of the `failed_states`",
            "the step is skipped when its time is over",
            severity=Severity.INFO,
        )


def _order_of_calls(dag: DagDraft) -> Iterator[Delta]:
    # A class of the team's own may have a `pre_execute` itself.
    begins = {task.task.task_id for task in moving(dag) if "pre_execute" in task.task.overrides}
    called = {
        node.task_id
        for node in dag.nodes
        if isinstance(node, CreateAsset | CreateOp)
        and (node.conditions or node.task_id in begins)
        and any(call.on == "execute" for call in node.calls)
    }
    tasks = [task for task in moving(dag) if task.task.task_id in called]
    if tasks:
        yield row(
            dag,
            f"{do(tasks, 'calls', 'call')} `on_execute_callback` after `pre_execute`, `run_if` and `skip_if`, and not if one of these skips or fails it",
            "it is called first, and in any case",
            severity=Severity.INFO,
        )


def _pauses(dag: DagDraft) -> Iterator[Delta]:
    runs = dag.dag.arguments.get("max_consecutive_failed_dag_runs")
    if runs and dag.dag.schedule.kind != "none":
        several = f"{runs} failed runs in a row" if isinstance(runs, int) else "some failed runs in a row"
        yield row(
            dag,
            f"`max_consecutive_failed_dag_runs`: the DAG is paused after {several if runs != 1 else 'a failed run'}",
            "its runs are started as before",
            "stop the schedule or sensor by hand, or have a run failure sensor do that",
        )


def _stops_at_once(dag: DagDraft) -> Iterator[Delta]:
    name = next((name for name in ("fail_fast", "fail_stop") if dag.dag.arguments.get(name) is True), "")
    if name and len(moving(dag)) > 1:
        yield row(
            dag,
            f"`{name}`: when a task fails, those that run are ended, and those that wait are skipped",
            "steps that do not depend on the failed one are done",
            "cancel the run where that matters",
        )


ARGUMENTS = (
    _pauses,
    _stops_at_once,
    _executed,
    _connections_by_default,
    _other_names,
    _runs_by_id,
    _ids_by_param,
    _written_templates,
    _pushes_of_skipped,
    _pushes_of_failed,
    _skips_of_tries,
    _trigger_rules,
    _values_of_tasks_beside,
    _retry_policy,
    _errors_of_sensors,
    _states_awaited,
    _order_of_calls,
)

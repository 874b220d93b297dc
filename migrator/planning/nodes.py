"""The functions of each DAG: assets, checks, ops, and the tasks that stay in Airflow."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from migrator.model.airflow import Dag, Task
from migrator.model.bodies import (
    AllValues,
    Body,
    CallFunction,
    Choose,
    ContinueIf,
    DoNothing,
    FailRun,
    FanOut,
    InVain,
    KeepValue,
    KeptAs,
    NoValue,
    RequestRun,
    RetryRule,
    ValueOrNone,
    ValuesThere,
)
from migrator.model.changed import replace
from migrator.model.expressions import RunDate
from migrator.model.plan import (
    NOT_EMPTY,
    OUTCOME,
    CreateAsset,
    CreateCheck,
    CreateOp,
    Input,
    KeepInAirflow,
    Operation,
    Order,
    Retry,
)
from migrator.planning.assets.keys import read
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.checks import is_blocking
from migrator.planning.flow.conditions import followed
from migrator.planning.flow.ends import ONE_FAILED, failing_the_run, giving_up_the_run
from migrator.planning.flow.failures import FAILED, caught
from migrator.planning.flow.outcomes import told_of_copies, within
from migrator.planning.flow.requirements import ALWAYS
from migrator.planning.flow.skipping import ALL_SKIPPED, cuts_everything, may_lack, skips, skips_itself, steers
from migrator.planning.flow.waits import together
from migrator.planning.forms import AIRFLOW, OPS
from migrator.planning.naming.identifiers import identifier, tag_text, unique
from migrator.planning.orders import Orders
from migrator.planning.xcom.handover import DECIDED, handovers, output_of_value, values_of_copies

RETRY_DELAY = 300.0
"""Airflow's default, in seconds."""

_ALWAYS_RUNS = "Is always there, for steps that wait until others have ended and run even if those were skipped."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def make_nodes(draft: Draft) -> Draft:
    """Writes the operations of every task that is left, upstream first."""
    return draft.with_dags(lambda dag: replace(dag, nodes=tuple(_nodes(dag))))


def tags(dag: Dag) -> dict[str, str]:
    """The tags of everything that is made of a DAG."""
    found = {"airflow/dag_id": tag_text(dag.dag_id)}
    for tag in dag.tags:
        if tag_text(tag):
            found.setdefault(tag_text(tag), "")
    return found


def owners(task: Task) -> tuple[str, ...]:
    """Owners as Dagster writes them: mail addresses and `team:name`."""
    found: dict[str, None] = {}
    for owner in re.split(r"[,;]", task.owner or ""):
        name = owner.strip()
        if _EMAIL.fullmatch(name):
            found[name] = None
        elif tag_text(name) and name.lower() != "airflow":
            found[f"team:{tag_text(name)}"] = None
    return tuple(found)


def retry(task: Task) -> Retry | None:
    """The retry policy, where the number of retries is known and not zero."""
    if not isinstance(task.retries, int) or isinstance(task.retries, bool) or task.retries <= 0:
        return None
    delay = task.option("retry_delay")
    seconds = delay.total_seconds() if isinstance(delay, dt.timedelta) else delay
    known = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    exponential = task.option("retry_exponential_backoff")
    return Retry(
        max_retries=task.retries,
        delay=float(seconds) if known else RETRY_DELAY,
        # Dagster allows no backoff without a delay, and there would be nothing to multiply.
        exponential=isinstance(exponential, (bool, int, float)) and bool(exponential) and seconds != 0,
    )


def _retry_rules(task: TaskDraft) -> tuple[RetryRule, ...]:
    return task.lowering.retry_rules or () if retry(task.task) is not None else ()


def pool(task: Task) -> str | None:
    """The pool, unless it is Airflow's default one or not known; for a task without one whose runs are limited, one of its own."""
    if task.pool is None or task.pool == "default_pool":
        own = own_pool(task)
        return own[0] if own is not None else None
    return pool_name(task.pool) or None if isinstance(task.pool, str) else None


def pool_name(name: str) -> str:
    """The name in Dagster of one of Airflow's pools."""
    return re.sub(r"\s+", "_", name.strip())


def own_pool(task: Task) -> tuple[str, int] | None:
    """The pool, with its slots, that limits how often a task goes on at once in all runs (`max_active_tis_per_dag`)."""
    limit = task.option("max_active_tis_per_dag")
    if not isinstance(limit, int) or limit <= 0 or task.pool not in (None, "default_pool"):
        return None
    return f"{tag_text(task.dag_id)}.{tag_text(task.task_id)}", limit


def timeout(task: Task) -> float | None:
    """The seconds after which Airflow ends a try of the task, where they are known."""
    limit = task.option("execution_timeout")
    return limit.total_seconds() if isinstance(limit, dt.timedelta) and limit.total_seconds() > 0 else None


def _nodes(dag: DagDraft) -> Iterator[Operation]:
    order = dag.graph.topological or tuple(dag.tasks)
    in_order = [dag.tasks[task_id] for task_id in order]
    if dag.form == OPS:
        yield from _ops(dag, in_order)
        return
    for task in in_order:
        if task.disposition == "airflow":
            yield _kept(dag, task)
        elif dag.form == AIRFLOW:
            continue
        elif task.disposition == "check":
            yield _check(dag, task)
        elif task.is_node:
            yield _asset(dag, task)


def _kept(dag: DagDraft, task: TaskDraft) -> KeepInAirflow:
    return KeepInAirflow(
        dag.dag_id,
        task.task.task_id,
        outputs=task.outputs,
        deps=task.deps,
        code=task.code,
        reason=task.reason,
        group=dag.folder,
        span=task.task.span,
        tags={"airflow/dag_id": tag_text(dag.dag_id)},
    )


def _body(task: TaskDraft) -> Body | None:
    """What the node does; one whose value is taken in other runs keeps it for them."""
    body = followed(task.lowering)
    if body is None or not task.keeps:
        return body
    place = KeptAs(task.task.dag_id, task.task.task_id, RunDate("logical_date"))
    if isinstance(body, Choose | ContinueIf):
        return replace(body, kept=place)
    return KeepValue(replace(body, inline=False) if isinstance(body, CallFunction) else body, place)


def _asset(dag: DagDraft, task: TaskDraft) -> CreateAsset:
    body = _body(task)
    assert body is not None, f"{task.task.id} has no body"
    return CreateAsset(
        dag.dag_id,
        task.task.task_id,
        task.name,
        outputs=task.outputs,
        body=body,
        deps=task.deps,
        inputs=_asset_inputs(dag, task),
        conditions=task.lowering.conditions,
        group=dag.folder,
        description=_description(task),
        owners=tuple(dict.fromkeys(one for output in task.outputs for one in output.owners)) or owners(task.task),
        tags=tags(dag.dag),
        retry=retry(task.task),
        retry_rules=_retry_rules(task),
        pool=pool(task.task),
        timeout=timeout(task.task),
        partitioned=dag.partitions is not None,
        of_keys=_of_keys(dag, task),
        span=task.task.span,
    )


def _of_keys(dag: DagDraft, task: TaskDraft) -> dict[str, str]:
    """Airflow's tasks by the key of the dimension, where a loop made them."""
    by = dag.dag.dimension
    return dict(zip(by.keys, task.task.stands_for, strict=True)) if by is not None and task.task.stands_for else {}


def _check(dag: DagDraft, task: TaskDraft) -> CreateCheck:
    body = task.lowering.body
    assert body is not None, f"{task.task.id} has no body"
    made = [output.key for output in dag.tasks[task.checks].outputs]
    reads = {ref.key for ref in read(task)}
    return CreateCheck(
        dag.dag_id,
        task.task.task_id,
        task.name,
        # The part of data that a loop writes together has the key of the data before its own name.
        asset=next((key for key in made if key in reads or key[:-1] in reads), made[0]),
        body=body,
        inputs=_asset_inputs(dag, task),
        deps=tuple(key for key in task.deps if key not in made),
        description=_description(task),
        partitioned=dag.partitions is not None,
        blocking=is_blocking(dag, task),
        span=task.task.span,
    )


def _asset_inputs(dag: DagDraft, task: TaskDraft) -> tuple[Input, ...]:
    return tuple(
        Input(handover.parameter, asset=dag.tasks[handover.source].value_key) for handover in task.needs.handovers
    )


# ------------------------------------------------------------------------------------------------------- jobs of ops


def _ops(dag: DagDraft, in_order: list[TaskDraft]) -> Iterator[CreateOp]:
    nodes = [task for task in in_order if task.is_node]
    names = {task.task.task_id: task.name for task in nodes}
    taken = set(names.values())
    always = ""
    told_by_copies = any(dag.tasks[one].fan_out for failed in giving_up_the_run(dag).values() for one in failed)
    if not nodes or told_by_copies or any(ALWAYS in group for task in nodes for group in task.requires):
        always = names[ALWAYS.task_id] = unique("start", taken)
        taken.add(always)
    steps = together(_with_lists_that_tell(list(_steps(dag, nodes, names, taken))))
    if always and (
        not nodes or any(always == name for step in steps for order in step.orders for name, _ in order.after)
    ):
        about = _ALWAYS_RUNS if nodes else ""
        yield CreateOp(dag.dag_id, "", always, DoNothing(), description=about, tags=tags(dag.dag))
    yield from steps


def _with_lists_that_tell(steps: list[CreateOp]) -> list[CreateOp]:
    """The steps; those that make a list say whether it is empty, where that is waited for."""
    awaited = {name for step in steps for order in step.orders for name, output in order.after if output == NOT_EMPTY}
    tells = (("result", False), (NOT_EMPTY, True))
    return [replace(step, outputs=tells) if step.name in awaited else step for step in steps]


def _steps(dag: DagDraft, nodes: list[TaskDraft], names: dict[str, str], taken: set[str]) -> Iterator[CreateOp]:
    """The ops of the tasks (`names` gives theirs), and those between them."""
    going_on = caught(dag)
    pairs = may_lack(dag)
    lacking: dict[str, str] = {}
    """The op that gives the value of a task, or None, by the task's id."""
    streams: dict[str, str] = {}
    """The op that makes the list an expanded group runs over, by the group's id."""
    there: dict[str, str] = {}
    """The op that gives the values of those copies of a mapped task that have one, by the task's id."""
    together: dict[str, str] = {}
    """The op that gives the values of all copies of a mapped task to the copies of another, by the task's id."""
    waits = Orders(dag, names, tags(dag.dag))
    for task in nodes:
        yield from waits.gather(task, taken)
        # The list of a group is there by the time of its second task.
        lists = () if task.group in streams else task.fan_needs.handovers
        taken_of = (*task.needs.handovers, *lists)
        givers = [handover.source for handover in taken_of if not handover.mapped]
        missing = [giver for giver in dict.fromkeys(givers) if (giver, task.task.task_id) in pairs]
        yield from _or_none(dag, missing, names, taken, lacking)
        whole = values_of_copies(dag, task)
        yield from _all_values(dag, whole, names, taken, together)
        fan_out = streams.get(task.group, "")
        if task.fan_out and not fan_out:
            wish = identifier(task.group.rpartition(".")[2]) if task.group else task.name
            fan_out = unique(f"{wish}_inputs", taken)
            streams |= {task.group: fan_out} if task.group else {}
            taken.add(fan_out)
            yield _fan_out(dag, task, fan_out, names, waits, {giver: lacking[giver] for giver in missing})
        waits.lists[task.task.task_id] = fan_out
        told = told_of_copies(dag, task, waits.lossy)
        yield from _values_there(dag, told, names, taken, there)
        without = {giver: lacking[giver] for giver in missing} | {giver: together[giver] for giver in whole}
        without |= {giver: there[giver] for giver in told}
        yield _op(dag, task, fan_out, names, task.task.task_id in going_on, without, waits)
    yield from _fail_runs(dag, nodes, names, taken)


def _fail_runs(dag: DagDraft, nodes: list[TaskDraft], names: dict[str, str], taken: set[str]) -> Iterator[CreateOp]:
    """The ops at the end that fail the run. Each waits for failures of plain tasks, or looks through the copies of one that is mapped."""
    mapped = [task.task.task_id for task in nodes if task.fan_out]
    for failures in failing_the_run(dag):
        of_copies = sorted({task_id for one in failures for task_id in one if task_id in mapped}, key=mapped.index)
        orders = [
            Order(
                tuple((names[task.task.task_id], FAILED) for task in nodes if task.task.task_id in one - {*of_copies})
            )
            for one in failures
        ]
        ends = [(FailRun(), tuple(order for order in orders if order.after))]
        for task_id in of_copies:
            # Of a list that is empty, all copies are over at once.
            ends.append((FailRun(names[task_id]), (Order(((names[task_id], FAILED),), collected=True),)))
        yield from _ends(dag, ends, taken)
    yield from _ends(dag, _given_up(dag, nodes, names), taken)


def _given_up(
    dag: DagDraft, nodes: list[TaskDraft], names: dict[str, str]
) -> Iterator[tuple[FailRun, tuple[Order, ...]]]:
    """The ops that fail the run where something waited for a success in vain."""
    for task_id, failed in giving_up_the_run(dag).items():
        named = [task.task.task_id for task in nodes if task.task.task_id in failed]
        waits = _in_vain(dag, names, task_id, named)
        copies = [names[one] for one in named if dag.tasks[one].fan_out]
        after = [(name, FAILED) for name in waits.failed if name not in copies]
        after += [source for group in waits.wanted for source in group if source[0] not in waits.failed]
        # Copies are waited for apart from the others, of which none may have an output that is waited for.
        after += [(names[ALWAYS.task_id], "result")] if copies else []
        apart = (Order(((name, FAILED),), collected=True) for name in copies)
        yield FailRun(in_vain=waits), (Order(tuple(dict.fromkeys(after))), *apart)


def _in_vain(dag: DagDraft, names: dict[str, str], task_id: str, failed: Iterable[str]) -> InVain:
    groups = [group for group in dag.tasks[task_id].requires if ALWAYS not in group]
    # What only says that no branch or gate skips it is no success.
    wanted = [group for group in groups if not all(steers(dag.tasks[source.task_id]) for source in group)] or groups
    above = [dag.tasks[one] for one in dag.graph.topological if one in dag.graph.ancestors(task_id)]
    gates = [one for one in above if one.is_node and cuts_everything(one) and skips(one, dag.tasks[task_id])]
    return InVain(
        tuple(tuple((names[source.task_id], source.output) for source in group) for group in wanted),
        tuple(names[one] for one in failed),
        tuple((names[one.task.task_id], "result") for one in gates),
    )


def _ends(dag: DagDraft, ends: Iterable[tuple[FailRun, tuple[Order, ...]]], taken: set[str]) -> Iterator[CreateOp]:
    for body, waits in ends:
        if waits:
            name = unique("fail_run", taken)
            taken.add(name)
            yield CreateOp(dag.dag_id, "", name, body, orders=waits, tags=tags(dag.dag))


def _fan_out(
    dag: DagDraft, task: TaskDraft, name: str, names: dict[str, str], waits: Orders, lacking: dict[str, str]
) -> CreateOp:
    """The op that makes the list a mapped task is expanded over; it is part of that task, so it has no task id."""
    over = {key: value for key, value in task.fan_out.items() if key != "**"}
    inputs = tuple(
        Input(handover.parameter, node=lacking[handover.source])
        if handover.source in lacking
        else _op_input(dag, handover.parameter, handover.source, names)
        for handover in task.fan_needs.handovers
    )
    body = FanOut(over, task.fan_out.get("**"))
    values = {handover.source for handover in task.fan_needs.handovers if handover.source not in lacking}
    if task.group:
        members = [other for other in dag.tasks.values() if other.group == task.group and other.is_node]
        # What they take of copies waits for these by itself.
        whole = {other.task.task_id: {*values, *values_of_copies(dag, other)} for other in members}
        found = [order for other in members for order in waits.after_copies(other, whole[other.task.task_id])]
        orders = tuple(dict.fromkeys(found))
    else:
        # What comes before the copies comes before the list: a copy itself cannot wait for all copies of another task.
        orders = waits.of(task, values)
    return CreateOp(dag.dag_id, "", name, body, inputs=inputs, orders=orders, dynamic=True, tags=tags(dag.dag))


def _or_none(
    dag: DagDraft, sources: list[str], names: dict[str, str], taken: set[str], lacking: dict[str, str]
) -> Iterator[CreateOp]:
    """Ops between tasks that may be skipped and those that take their value all the same; notes their names in `lacking`."""
    for source in sources:
        if source in lacking:
            continue
        if not lacking:
            lacking[""] = unique("no_value", taken)
            taken.add(lacking[""])
            yield CreateOp(dag.dag_id, "", lacking[""], NoValue(), tags=tags(dag.dag))
        lacking[source] = unique(f"{names[source]}_or_none", taken)
        taken.add(lacking[source])
        output = output_of_value(dag.tasks[source].lowering.body)
        values = Input("values", node=names[source], output=output, behind=lacking[""])
        yield CreateOp(dag.dag_id, "", lacking[source], ValueOrNone(), inputs=(values,), tags=tags(dag.dag))


def _all_values(
    dag: DagDraft, sources: tuple[str, ...], names: dict[str, str], taken: set[str], together: dict[str, str]
) -> Iterator[CreateOp]:
    """Ops between mapped tasks and others each copy of which takes the values of all theirs; notes their names in `together`."""
    for source in sources:
        if source in together:
            continue
        together[source] = unique(f"all_{names[source]}", taken)
        taken.add(together[source])
        values = _op_input(dag, "values", source, names)
        yield CreateOp(dag.dag_id, "", together[source], AllValues(), inputs=(values,), tags=tags(dag.dag))


def _values_there(
    dag: DagDraft, sources: tuple[str, ...], names: dict[str, str], taken: set[str], there: dict[str, str]
) -> Iterator[CreateOp]:
    """Ops between mapped tasks and others that take what their copies have and run in any case; notes their names in `there`."""
    for source in sources:
        if source in there:
            continue
        there[source] = unique(f"{names[source]}_values", taken)
        taken.add(there[source])
        outcomes = Input("outcomes", node=names[source], output=OUTCOME, collected=True)
        yield CreateOp(dag.dag_id, "", there[source], ValuesThere(), inputs=(outcomes,), tags=tags(dag.dag))


def _op(
    dag: DagDraft,
    task: TaskDraft,
    fan_out: str,
    names: dict[str, str],
    goes_on: bool,
    lacking: dict[str, str],
    waits: Orders,
) -> CreateOp:
    body = _body(task)
    assert body is not None, f"{task.task.id} has no body"
    inputs = []
    beside = False
    """Whether it takes something of its own copy of the group."""
    decides, told = within(dag, task, names, waits.lossy) if task.tells else (None, ())
    for handover in task.needs.handovers:
        if handover.mapped:
            inputs.append(Input(handover.parameter, node=fan_out, mapped=True))
        elif decides is not None and handover.parameter in decides.values:
            continue
        elif handover.source in lacking:
            inputs.append(Input(handover.parameter, node=lacking[handover.source]))
        else:
            inputs.append(_op_input(dag, handover.parameter, handover.source, names, task.group))
        beside = beside or handover.mapped or (bool(task.group) and dag.tasks[handover.source].group == task.group)
    if fan_out and not task.group and not any(given.mapped for given in inputs):
        # One copy for each element, though the work takes nothing of it.
        parameter = unique(identifier(next(iter(task.fan_out), "")), {given.parameter for given in inputs})
        inputs.append(Input(parameter, node=fan_out, mapped=True))
    told_of = told_of_copies(dag, task, waits.lossy)
    values = {one.source for one in handovers(task) if one.source not in lacking or one.source in told_of}
    orders = waits.of(task, values) if not fan_out else ()
    if task.group:
        beside = beside or bool(told)
        orders = tuple(dict.fromkeys(waits.besides_copies(task, values)))
        members = {
            names[other.task.task_id] for other in dag.tasks.values() if other.group == task.group and other.is_node
        }
        if not beside and not any(name in members for order in orders for name, _ in order.after):
            orders = (Order(((fan_out, "result"),)), *orders)
    return CreateOp(
        dag.dag_id,
        task.task.task_id,
        task.name,
        body,
        inputs=(*inputs, *told),
        conditions=task.lowering.conditions,
        orders=orders,
        stream=fan_out if task.group else "",
        within=decides,
        outputs=_all_outputs(task, goes_on),
        goes_on=goes_on,
        unless=_unless(dag, task, names),
        cut_by=tuple((names[cut.task_id], cut.output) for cut in task.cut_by),
        unless_failed=tuple(names[other] for other in task.stops_after),
        after_failure=bool(task.given_up) and task.task.trigger_rule == ONE_FAILED,
        unless_in_vain=tuple(_in_vain(dag, names, one, others) for one, others in task.given_up.items()),
        wants_all_of=tuple(names[other] for other in task.wants_all_of),
        wants_failed=tuple(tuple(names[other] for other in copy) for copy in task.wants_failed),
        materializes=task.outputs,
        deps=task.deps if task.outputs else (),
        description=_description(task),
        tags=tags(dag.dag),
        retry=None if isinstance(body, DoNothing) else retry(task.task),
        retry_rules=_retry_rules(task),
        pool=pool(task.task),
        timeout=timeout(task.task),
        span=task.task.span,
    )


def _unless(dag: DagDraft, task: TaskDraft, names: dict[str, str]) -> tuple[str, ...]:
    if task.task.trigger_rule != ALL_SKIPPED or task.tells:
        return ()
    return tuple(names[other] for other in dag.graph.upstream(task.task.task_id) if other in names)


def _op_input(dag: DagDraft, parameter: str, source: str, names: dict[str, str], group: str = "") -> Input:
    beside = bool(group) and dag.tasks[source].group == group
    output = output_of_value(dag.tasks[source].lowering.body)
    return Input(parameter, node=names[source], output=output, collected=bool(dag.tasks[source].fan_out) and not beside)


def _all_outputs(task: TaskDraft, goes_on: bool) -> tuple[tuple[str, bool], ...]:
    if not goes_on and not task.tells:
        return _outputs(task)
    failed = ((FAILED, True),) if goes_on else ()
    outcome = ((OUTCOME, True),) if task.tells else ()
    return (*(_outputs(task) or (("result", True),)), *failed, *outcome)


def _outputs(task: TaskDraft) -> tuple[tuple[str, bool], ...]:
    body = task.lowering.body
    decided = ((DECIDED, True),) if isinstance(body, Choose | ContinueIf) and body.returns else ()
    if isinstance(body, Choose):
        return (*((name, True) for name in body.choices.values()), *decided)
    failures = task.wants_failed or task.stops_after or task.given_up
    asks = bool(task.cut_by or task.wants_all_of or failures)
    return (("result", True), *decided) if task.role == "gate" or skips_itself(task) or asks else ()


def _description(task: TaskDraft) -> str:
    doc = (task.task.doc or "").strip()
    if isinstance(task.lowering.body, RequestRun):
        waits = ", and waits until that is over" if task.lowering.body.waits is not None else ""
        return doc or f"Asks for a run of `{task.lowering.target}`, which a sensor starts{waits}."
    return doc

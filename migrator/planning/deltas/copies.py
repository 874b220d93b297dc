"""What Airflow did for mapped tasks and their copies that Dagster does not do for those of steps: each is a row of the report."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.diagnostics import Severity
from migrator.model.plan import Delta
from migrator.model.values import XComValue
from migrator.model.walk import walk
from migrator.planning.deltas.wording import do, moving, named, row
from migrator.planning.draft import BY_NUMBER, TEMPLATES_IN_ROWS, DagDraft, TaskDraft
from migrator.planning.flow.failures import caught, reacts
from migrator.planning.flow.outcomes import told_of_copies
from migrator.planning.flow.skipping import has_no_copy, lossy_tasks, may_be_skipped, may_have_no_copy
from migrator.planning.forms import OPS
from migrator.planning.xcom.handover import handovers


def _empty_lists(dag: DagDraft) -> Iterator[Delta]:
    folded = [
        task
        for task_id, task in dag.tasks.items()
        if task.disposition == "folded"
        and may_have_no_copy(task)
        and not any(task.group and dag.tasks[other].group == task.group for other in dag.graph.upstream(task_id))
        and any(dag.tasks[other].group != task.group for other in dag.graph.downstream(task_id))
    ]
    if folded:
        yield row(
            dag,
            f"{named(folded)}: an empty list skips the mapped task and what comes after it",
            "it has no counterpart, and what comes after it runs",
            severity=Severity.INFO,
        )


def _values_of_no_copy(dag: DagDraft) -> Iterator[Delta]:
    taking = [task for task in moving(dag) if any(_takes_none(dag, task, found.source) for found in handovers(task))]
    if taking:
        yield row(
            dag,
            f"{do(taking, 'gets', 'get')} None in the place of what the copies of a mapped task before it handed over, where there are none as its list is empty",
            "it is an empty list",
            severity=Severity.INFO,
        )


def _takes_none(dag: DagDraft, task: TaskDraft, source: str) -> bool:
    """Whether a task may run, and ask for a value of copies, where there is no copy, and gets no empty list: Airflow 3 hands that over, of mapped tasks."""
    strict = any(len(group) == 1 and group[0].task_id == source for group in task.requires)
    if strict or task.fan_out or not has_no_copy(dag, source, task):
        return False
    return not _gets_sequence(dag, task, source) or not dag.dag.airflow_version.startswith("3")


def _gets_sequence(dag: DagDraft, task: TaskDraft, source: str) -> bool:
    """Whether a task is given what a mapped task hands over as an argument, and does not pull it, nor takes it of a mapped group."""
    given = walk((task.task.arguments, task.task.call_args, task.task.call_kwargs))
    handed = any(isinstance(value, XComValue) and value.task_id == source for value in given)
    return handed and not dag.tasks[source].group


def _value_of_one_copy(dag: DagDraft) -> Iterator[Delta]:
    """`xcom_pull` of Airflow 3 (3.3, `task_runner.py`) makes no list of a single value, where no number of a copy is asked for."""
    if not dag.dag.airflow_version.startswith("3"):
        return

    def may_get_one(task: TaskDraft, source: str) -> bool:
        giver = dag.tasks[source]
        outside = bool(giver.fan_out) and not (giver.group and giver.group == task.group)
        several = all(isinstance(values, (list, tuple, dict)) and len(values) > 1 for values in giver.fan_out.values())
        by_number = BY_NUMBER + source in task.needs.notes
        return outside and not several and not by_number and not _gets_sequence(dag, task, source)

    taking = [
        task
        for task in moving(dag)
        if any(may_get_one(task, one.source) for one in task.needs.handovers if not one.mapped)
    ]
    if taking:
        yield row(
            dag,
            f"{do(taking, 'gets', 'get')} the value itself, and no list, where a mapped task whose values it pulls, or takes of an expanded group, has one copy",
            "it is a list of one",
            severity=Severity.INFO,
        )


def _copies_written_out(dag: DagDraft) -> Iterator[Delta]:
    of = {task.task.task_id: task.task.copy_of for task in dag.tasks.values() if task.task.copy_of}
    following = [
        task
        for task in moving(dag)
        if task.task.copy_of
        and any(list(map(of.get, task.task.upstream)).count(of[one]) == 1 for one in task.task.upstream if one in of)
    ]
    if following:
        yield row(
            dag,
            f"{named(following)}: its copies start when all copies of the mapped task before it have succeeded",
            "each starts when the one whose result it takes has succeeded",
            severity=Severity.INFO,
        )


def _left_out(dag: DagDraft) -> Iterator[Delta]:
    skipping = [task for task in moving(dag) if task.fan_needs.may_skip]
    if skipping:
        yield row(
            dag,
            f"{named(skipping)}: an element at which the function of `.map()` raises AirflowSkipException is a copy that is skipped, and with it what comes after by `all_success`",
            "there is no copy for such an element (in a list of several put together, those after it have lower numbers), and what comes after runs with the others",
            severity=Severity.INFO,
        )


def _copies(dag: DagDraft) -> Iterator[Delta]:
    skippable = may_be_skipped(dag) if dag.form == OPS else frozenset()
    lossy = {task_id for task_id in skippable if dag.tasks[task_id].fan_out and dag.tasks[task_id].is_node}
    after = [
        task
        for task in moving(dag)
        if task.is_node
        and task.task.trigger_rule != "all_success"
        and lossy & _collected(dag, task) - {*told_of_copies(dag, task, lossy_tasks(dag))}
    ]
    if after:
        yield row(
            dag,
            f"{do(after, 'runs', 'run')} even if all copies of a mapped task before it are skipped",
            "it is skipped then, and so may be what comes after it",
            "where it has to run, have the copies return None in the place of skipping themselves",
        )


def _failed_copies(dag: DagDraft) -> Iterator[Delta]:
    going_on = caught(dag) if dag.form == OPS else frozenset()
    lossy = lossy_tasks(dag) if dag.form == OPS else frozenset()
    mapped = {task_id for task_id in going_on if dag.tasks[task_id].fan_out and dag.tasks[task_id].is_node}
    after = [
        task
        for task in moving(dag)
        if reacts(dag, task.task.task_id)
        and any(
            one.source in mapped - {*told_of_copies(dag, task, lossy)} and not _of_one_copy(dag, task, one.source)
            for one in handovers(task)
        )
    ]
    if after:
        yield row(
            dag,
            f"{do(after, 'runs', 'run')} even if no copy of a mapped task whose results {'they take' if len(after) > 1 else 'it takes'} has one, as all failed or came after a failure",
            "it is skipped then, and so may be what comes after it",
            "where it has to run, have a copy return something where it fails",
        )
    told = [
        task
        for task in moving(dag)
        if task not in after and any(_may_lack_copies(dag, one, going_on) for one in told_of_copies(dag, task, lossy))
    ]
    if told:
        yield row(
            dag,
            f"{do(told, 'runs', 'run')} even if no copy of a mapped task whose results {'they take' if len(told) > 1 else 'it takes'} was made, as the task that makes the list failed, or one before that",
            "it is skipped then, and so may be what comes after it",
        )


def _may_lack_copies(dag: DagDraft, task_id: str, going_on: frozenset[str]) -> bool:
    """Whether a run goes on in which the list was not made over which the group of a task is expanded."""
    group = dag.tasks[task_id].group
    members = {one for one, task in dag.tasks.items() if task.group == group}
    return any(going_on & {*dag.graph.upstream(one)} - members for one in members)


def _of_one_copy(dag: DagDraft, task: TaskDraft, other: str) -> bool:
    return bool(task.group) and dag.tasks[other].group == task.group


def _collected(dag: DagDraft, task: TaskDraft) -> set[str]:
    """The tasks before one that Dagster has to collect the copies of for it; of others an op says whether a copy ran."""
    givers = {handover.source for handover in handovers(task)}
    givers |= {*dag.graph.upstream(task.task.task_id)} if task.group else set()
    return {giver for giver in givers if not _of_one_copy(dag, task, giver)}


def _by_number(dag: DagDraft) -> Iterator[Delta]:
    lossy = lossy_tasks(dag) if dag.form == OPS else frozenset()
    for task_id in sorted(lossy):
        asking = [
            task
            for task in moving(dag)
            if BY_NUMBER + task_id in task.needs.notes and task.task.trigger_rule != "all_success"
        ]
        if asking:
            yield row(
                dag,
                f"{do(asking, 'asks', 'ask')} for what a copy of `{task_id}` handed over by the number of the copy: of one that was skipped or failed, it gets None",
                "the copies that have a result are numbered anew, so that it gets that of a later copy",
                f"have `{task_id}` return None in the place of skipping itself or failing",
            )


def _makers(dag: DagDraft) -> Iterator[Delta]:
    several = [
        task
        for task in moving(dag)
        if dag.form == OPS and task.fan_out and len(task.outputs) > 1 and not dag.dag.numbers_copies_of(task.task)
    ]
    if several:
        yield row(
            dag,
            f"{named(several)}: a copy may make a part of {', '.join(f'`{out.name}`' for task in several for out in task.outputs)}",
            "each copy reports all of them as made, as the copies' numbers may change from run to run",
            "where it matters, have the step report what it made itself",
            Severity.INFO,
        )


def _rendered_rows(dag: DagDraft) -> Iterator[Delta]:
    """Airflow renders what the rows of `.expand_kwargs` hold, whoever made them; asked for where the code of who makes them has a template."""
    taking = [task for task in moving(dag) if TEMPLATES_IN_ROWS in task.fan_needs.notes]
    if taking:
        yield row(
            dag,
            f"{named(taking)}: templates in the rows that another task hands over are rendered for each copy",
            "the rows are taken as they are",
            "have the task that hands them over write down what the templates stand for",
        )


COPIES = (
    _empty_lists,
    _values_of_no_copy,
    _value_of_one_copy,
    _copies_written_out,
    _left_out,
    _copies,
    _failed_copies,
    _by_number,
    _makers,
    _rendered_rows,
)

"""What Airflow did for a DAG that its job in Dagster does not do by itself: each is a row of the report."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.diagnostics import Diagnostic, Severity, diagnose
from migrator.model.bodies import RunSql
from migrator.model.changed import replace
from migrator.model.expressions import TaskStates
from migrator.model.plan import Delta
from migrator.model.values import Symbolic
from migrator.model.walk import walk
from migrator.operators.common import unread_defaults
from migrator.planning.assets.makers import RUNS_OF_EVENTS
from migrator.planning.callables.decorated_calls import TOLD_ERRORS
from migrator.planning.configuration.params import field_name, is_untyped
from migrator.planning.configuration.stored_variables import note_stored
from migrator.planning.deltas.arguments import ARGUMENTS
from migrator.planning.deltas.clock import TIME, starts_in_order
from migrator.planning.deltas.copies import COPIES
from migrator.planning.deltas.earlier import EARLIER
from migrator.planning.deltas.own_links import note_links
from migrator.planning.deltas.wording import do, moving, named, row
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.execution import run_limit, step_limit
from migrator.planning.flow.checks import is_blocking, only_stopped_in_dagster
from migrator.planning.flow.ends import failing_the_run, forgiven, giving_up_the_run, recovered
from migrator.planning.flow.failures import caught, shown_reacting
from migrator.planning.flow.outcomes import not_reacted_to
from migrator.planning.flow.skipping import FAN_IN, NONE_FAILED, steers
from migrator.planning.forms import AIRFLOW, ASSETS, OPS, run_awaited
from migrator.planning.nodes import own_pool, pool, timeout
from migrator.planning.timing.order import waiting
from migrator.planning.timing.timetable import catches_up
from migrator.planning.xcom.returned_keys import note_keys
from migrator.planning.xcom.secrets import note_secrets


def note_differences(draft: Draft) -> Draft:
    """Adds the differences of each DAG that moves to those found so far, and drops those of tasks that stay."""
    deltas = list(draft.deltas)
    diagnostics: list[Diagnostic] = []
    for dag in draft.dags.values():
        if dag.form == AIRFLOW:
            continue
        for task in dag.tasks.values():
            deltas += task.lowering.deltas
        deltas += [delta for find in _FINDERS for delta in find(dag)]
        deltas += [*note_keys(dag, draft.project), *note_links(dag, draft.project)]
        diagnostics += _findings(dag)
    kept = [delta for delta in deltas if _concerns_what_moves(delta, draft)]
    order = {dag_id: position for position, dag_id in enumerate(draft.dags)}
    kept.sort(key=lambda delta: (order[delta.dag_id], delta.task_id or "", delta.airflow, delta.dagster))
    return replace(draft, deltas=tuple(dict.fromkeys(kept)), diagnostics=(*draft.diagnostics, *diagnostics))


def _concerns_what_moves(delta: Delta, draft: Draft) -> bool:
    dag = draft.dags.get(delta.dag_id)
    if dag is None or dag.form == AIRFLOW:
        return False
    task = dag.tasks.get(delta.task_id) if delta.task_id else None
    return task is None or task.disposition != "airflow"


def _findings(dag: DagDraft) -> Iterator[Diagnostic]:
    for name in unread_defaults(dag.dag):
        span = dag.dag.span
        yield diagnose("MIG202", span, f"`{name}` in the `default_args` of `{dag.dag_id}` is not carried over")
    if dag.partitions is not None and catches_up(dag.dag):
        yield diagnose("MIG304", dag.dag.span, f"the DAG `{dag.dag_id}` makes up for missed runs by itself")
    past = waiting(dag)
    if past and not starts_in_order(dag):
        yield diagnose(
            "MIG306",
            past[0].task.span,
            f"{named(past)} of `{dag.dag_id}` {'wait for their' if len(past) > 1 else 'waits for its'} own run of the date before",
        )


def _concurrency(dag: DagDraft) -> Iterator[Delta]:
    limit = run_limit(dag)
    if limit:
        yield row(
            dag,
            f"at most {limit} run{'s' if limit != 1 else ''} of the DAG at a time",
            "`dagster.yaml` limits the runs that have the DAG's id as a tag; an instance that does not have its settings limits nothing",
            "put `dagster.yaml` into `$DAGSTER_HOME`, or its `tag_concurrency_limits` into the settings of your deployment",
            Severity.INFO,
        )
    limit = step_limit(dag)
    if limit and not dag.dag.airflow_version.startswith("3"):
        yield row(
            dag,
            f"at most {limit} tasks of the DAG at a time, in all its runs",
            f"at most {limit} steps of each run",
            "let one run of the job go on at a time" if run_limit(dag) != 1 else "",
            Severity.INFO,
        )


def _pools(dag: DagDraft) -> Iterator[Delta]:
    pools = sorted({name for task in moving(dag) if (name := pool(task.task)) and not own_pool(task.task)})
    if pools:
        shown = ", ".join(f"`{name}`" for name in pools)
        yield row(
            dag,
            f"the size of the pool{'s' if len(pools) > 1 else ''} {shown} is kept in Airflow's database",
            "a pool without a limit holds nothing back",
            "give `migrate generate` the sizes by `--pools` and run `deploy/set_pools.sh`",
            Severity.INFO,
        )


def _timeouts(dag: DagDraft) -> Iterator[Delta]:
    limited = [
        task
        for task in moving(dag)
        if task.task.option("execution_timeout") is not None
        and (timeout(task.task) is None or task.disposition not in ("asset", "step"))
    ]
    if limited:
        yield row(
            dag,
            f"execution_timeout ends {named(limited)} when it takes too long",
            "only a whole run can be limited, by the tag `dagster/max_runtime`",
            "set the tag on the job and switch run monitoring on",
        )


def _mail(dag: DagDraft) -> Iterator[Delta]:
    if any(callback.notify is not None for callback in dag.callbacks):
        return
    addressed = [task for task in moving(dag) if task.task.option("email")]
    failing = [task for task in addressed if task.task.option("email_on_failure", True) is not False]
    if failing:
        yield row(
            dag,
            f"a mail is sent when {do(failing, 'fails', 'fail')}",
            "no mail is sent",
            "add `dg.make_email_on_run_failure_sensor` for this job, or an alert of your Dagster deployment",
        )


def _retries(dag: DagDraft) -> Iterator[Delta]:
    unknown = [task for task in moving(dag) if isinstance(task.task.retries, Symbolic)]
    if unknown:
        yield row(dag, f"how often {named(unknown)} is tried again is only known at run time", "it is not tried again")


def _joins_in_copies(dag: DagDraft) -> Iterator[Delta]:
    steering = [task for task in moving(dag) if task.group and steers(task)]
    if steering and dag.dag.airflow_version.startswith("3"):
        yield row(
            dag,
            f"{do(steering, 'skips', 'skip')} nothing in the copies of its expanded group (in Airflow 3.3; in 2.11 it does)",
            "each copy skips what was not chosen",
        )
    telling = [task for task in moving(dag) if task.tells]
    if telling:
        yield row(
            dag,
            f"a copy of {named(telling)} that is skipped, or comes after a failure, is not started",
            "it is started, and ends without doing its work",
            severity=Severity.INFO,
        )
    for other, reacting in not_reacted_to(dag).items():
        yield row(
            dag,
            f"{do(reacting, 'runs', 'run')} in each copy of {'its' if len(reacting) == 1 else 'their'} expanded group even if `{other}`, which comes before that, failed",
            "no copy is started then",
            f"have `{other}` give a value for a failure where the copies have to run",
        )
    joins = [task for task in telling if task.task.trigger_rule in FAN_IN and task.fan_needs.handovers]
    if joins:
        yield row(
            dag,
            f"{named(joins)} may be skipped or fail as a whole, whatever its copies come after: its group is expanded over a result (in Airflow 2.11 and 3.3)",
            "each copy runs where its trigger rule says so",
        )


def _last_success(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if task.needs.uses_last_success]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'asks', 'ask')} for the last successful run before the run's own date",
            "it gets the last run of the job in Dagster that succeeded, whatever its date where it asks when that started or ended; at first there is none",
            "run backfills in the order of their dates",
        )


def _states_of_tasks(dag: DagDraft) -> Iterator[Delta]:
    staying = [task for task in dag.tasks.values() if task.disposition == "airflow"]
    work = [task.lowering.body for task in moving(dag)] + [callback.call for callback in dag.callbacks]
    if staying and any(isinstance(part, TaskStates) for body in work for part in walk(body)):
        yield row(
            dag,
            "code asks what became of all tasks of the run",
            f"of {named(staying)} it is told nothing, as what stays in Airflow is no part of the run",
            "leave what asks in Airflow until all tasks have moved",
        )


def _dimension(dag: DagDraft) -> Iterator[Delta]:
    by = dag.dag.dimension
    if by is None or dag.form != ASSETS:
        return
    limit = run_limit(dag)
    held = f"; the limit of {limit} at a time holds for these runs" if limit else ""
    keys = ", ".join(f"`{key}`" for key in by.keys[:5]) + (f" and {len(by.keys) - 5} more" if len(by.keys) > 5 else "")
    yield row(
        dag,
        f"one run does the work of a date for {keys}",
        f"each `{by.name}` has a partition and a run of its own for each date; the schedule starts all of them at one tick{held}",
        severity=Severity.INFO,
    )
    tasks = dag.tasks
    mapped = (task for task in moving(dag) if not task.task.stands_for)
    waiting_for_all = [task for task in mapped if any(tasks[above].is_node for above in task.task.upstream)]
    if waiting_for_all:
        by_order = [task for task in waiting_for_all if not task.needs.handovers]
        yield row(
            dag,
            f"{named(waiting_for_all)}: its copies start when all copies of the mapped task before it have succeeded",
            f"each starts when the one for the same `{by.name}` has succeeded",
            f"see that {named(by_order)} reads what is of its own `{by.name}`" if by_order else "",
            Severity.WARNING if by_order else Severity.INFO,
        )


def _statements(dag: DagDraft) -> Iterator[Delta]:
    bodies = ((task, task.lowering.body) for task in moving(dag))
    listed = [
        task
        for task, body in bodies
        if isinstance(body, RunSql)
        and body.returns
        and not body.each
        and isinstance(task.task.option("sql"), list | tuple)
    ]
    if listed:
        yield row(
            dag,
            f"{do(listed, 'hands', 'hand')} over a list with what each of its statements gave",
            "it hands over what the last one gave",
        )


def _values_kept(dag: DagDraft) -> Iterator[Delta]:
    for task in dag.tasks.values():
        if task.disposition != "airflow":
            continue
        givers = sorted(
            {
                ref.name.removeprefix(f"{dag.dag_id}.")
                for ref in task.task.refs
                if ref.kind == "xcom" and ref.direction.value == "input"
            }
        )
        moved = [giver for giver in givers if giver in dag.tasks and dag.tasks[giver].disposition != "airflow"]
        if moved:
            shown = ", ".join(f"`{giver}`" for giver in moved)
            task_id = task.task.task_id
            yield row(
                dag,
                f"`{task_id}`, which stays in Airflow, takes the XCom of {shown}",
                "a task that runs in Dagster leaves no XCom in Airflow",
                f"move {shown} and `{task_id}` together",
            )


def _blocking_checks(dag: DagDraft) -> Iterator[Delta]:
    for task in dag.tasks.values():
        beside = only_stopped_in_dagster(dag, task) if task.disposition == "check" else []
        if beside and is_blocking(dag, task):
            yield row(
                dag,
                f"{', '.join(f'`{other}`' for other in beside)} runs whatever `{task.task.task_id}` finds",
                "it waits for the check of the asset and does not run if that fails",
                "set `blocking=False` on the check if it should go on",
                Severity.INFO,
            )
        elif beside:
            yield row(
                dag,
                f"a run in which `{task.task.task_id}` fails has failed, though {', '.join(f'`{other}`' for other in beside)} went on",
                "the check of the asset has failed, and the run succeeds",
                "alert on failed checks, or set `blocking=True` on it, which stops what comes after the asset",
                Severity.INFO,
            )


def _checks_in_a_row(dag: DagDraft) -> Iterator[Delta]:
    checks = {task_id: task.checks for task_id, task in dag.tasks.items() if task.disposition == "check"}
    for task_id, asset in checks.items():
        before = [other for other in dag.graph.ancestors(task_id) if checks.get(other) == asset]
        if before:
            shown = ", ".join(f"`{other}`" for other in before)
            yield row(
                dag,
                f"`{task_id}` runs if {shown} passed",
                "checks of one asset run beside each other",
                severity=Severity.INFO,
            )


def _awaits(dag: DagDraft) -> Iterator[Delta]:
    for task in dag.tasks.values():
        if task.role != "await" or task.disposition != "sensor":
            continue
        target, task_id = f"`{task.lowering.target}`", task.task.task_id
        if run_awaited(task) is None and dag.form != ASSETS:
            continue
        if run_awaited(task) is None:
            yield Delta(
                dag.dag_id,
                task_id,
                Severity.WARNING,
                f"a run waits until {target} is done",
                f"what comes after it depends on the assets of {target}, but a run that the clock starts does not wait for them",
                "start the schedule later, or give the assets `dg.AutomationCondition.on_cron(...)`, which waits for dependencies",
            )
            continue
        beside = _not_after(dag, task_id)
        if beside:
            yield row(
                dag,
                f"{do(beside, 'runs', 'run')} whatever becomes of {target}",
                f"the whole run starts when {target} is done",
                severity=Severity.INFO,
            )
        if task.task.option("failed_states") or task.task.option("skipped_states"):
            yield Delta(
                dag.dag_id,
                task_id,
                Severity.INFO,
                f"it ends, without a success, as soon as {target} is in one of the states that it names",
                f"the run does not start until {target} is done, which it may be after another try",
            )


def _not_after(dag: DagDraft, task_id: str) -> list[TaskDraft]:
    after = {task_id, *dag.graph.descendants(task_id)}
    return [task for other, task in dag.tasks.items() if other not in after and task.is_node]


def _data_intervals(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if task.needs.uses_interval]
    if asking and dag.clock.problem:
        yield row(
            dag,
            f"{do(asking, 'asks', 'ask')} for the data interval, and {dag.clock.problem}",
            "the interval begins and ends at the date of the run",
            "compute it from the date of the run, as the timetable does",
        )
    if asking and dag.partitions is not None:
        yield row(
            dag,
            f"{do(asking, 'asks', 'ask')} for the data interval: that of a run which is triggered by hand is the last one that is over by then",
            "every run is one of a partition, whose window is that of the scheduled run, however it was started",
            severity=Severity.INFO,
        )
    elif asking and dag.interval and not dag.clock.lag:
        yield row(
            dag,
            f"{do(asking, 'asks', 'ask')} for the data interval: that of a run which is triggered by hand is the last one that is over by then",
            "the interval of every run begins at its date, as that of a run that the schedule starts",
            severity=Severity.INFO,
        )


def _whole_params(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if "whole params" in task.needs.notes]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'takes', 'take')} all params, and with them what the conf of a run holds besides those that are declared",
            "it gets those that are declared",
            "declare what else runs are started with",
            severity=Severity.INFO,
        )


def _whole_context(dag: DagDraft) -> Iterator[Delta]:
    for note, one, many, severity in (
        (
            "context read",
            "goes through all of Airflow's context",
            "go through all of Airflow's context",
            Severity.WARNING,
        ),
        ("context shown", "prints all of Airflow's context", "print all of Airflow's context", Severity.INFO),
    ):
        asking = [task for task in moving(dag) if note in task.needs.notes]
        if asking:
            yield row(
                dag,
                do(asking, one, many),
                "it finds the task's own arguments there, and the members that the code names",
                severity=severity,
            )


def _told_errors(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if TOLD_ERRORS in task.needs.notes]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'tells', 'tell')} the class or the words of an error that is caught, which may be one of Airflow's",
            "it has the name of the class that stands for that, `RuntimeError`, `Skipped`, `PermanentFailure`, `NotFound`, `SensorTimeout` or `StepTimeout`, and words of its own where it is not the code here that raises it",
            "see to what reads these names and words",
            severity=Severity.INFO,
        )


def _fixed_params(dag: DagDraft) -> Iterator[Delta]:
    fixed = [task for task in moving(dag) if task.needs.fixed_params or task.fan_needs.fixed_params]
    if fixed:
        names = sorted({name for task in fixed for name in (*task.needs.fixed_params, *task.fan_needs.fixed_params)})
        yield row(
            dag,
            f"{do(fixed, 'has', 'have')} `params` of {'its' if len(fixed) == 1 else 'their'} own ({', '.join(f'`{name}`' for name in names)}),"
            " which the conf of a run overrides",
            "they are fixed in its code" if len(fixed) == 1 else "they are fixed in their code",
            "make a field of the configuration of what runs are started with",
            severity=Severity.INFO,
        )


def _used_params(dag: DagDraft) -> set[str]:
    """The params that a task reads which moves."""
    asked = (dag.dag.params if "whole params" in task.needs.notes else task.needs.params for task in moving(dag))
    return {name for names in asked for name in names if name in dag.dag.params}


def _untyped_params(dag: DagDraft) -> Iterator[Delta]:
    """Numbers and texts only: what is given in the place of a list or a flag is one as well."""
    used = _used_params(dag)
    fields = zip(dag.dag.params, dag.config, strict=True)
    kinds = {name: field.type for name, field in fields if name in used and is_untyped(dag.dag.params[name])}
    kinds = {name: kind for name, kind in kinds.items() if kind in ("int", "str")}
    if kinds:
        shown = ", ".join(f"`{name}`" for name in kinds)
        yield row(
            dag,
            f"{shown} {'has' if len(kinds) == 1 else 'have'} no type: a run may be started with any value",
            "the field has the type of the default, and a run with a value of another type is refused",
            "widen the field where runs are started with others",
            severity=Severity.INFO,
        )


def _numbers(dag: DagDraft) -> Iterator[Delta]:
    used = {field_name(name, dag.dag) for name in _used_params(dag)}
    numbers = [field.name for field in dag.config if field.type == "float" and field.name in used]
    if numbers:
        names = ", ".join(f"`{name}`" for name in numbers)
        yield row(
            dag,
            f"the conf of a run may give a whole number for {names}, which stays one",
            "it becomes a decimal number: `3` is shown as `3.0`",
            severity=Severity.INFO,
        )


def _lacking(dag: DagDraft) -> Iterator[Delta]:
    for name in sorted({name for task in moving(dag) for name in task.needs.lacking}):
        asking = [task for task in moving(dag) if name in task.needs.lacking]
        yield row(
            dag,
            f"the context has no `{name}` in Airflow {dag.dag.airflow_version[:1]}: {do(asking, 'asks for it and fails', 'ask for it and fail')}",
            "it gets the value that another version of Airflow has under that name",
        )


def _run_ids(dag: DagDraft) -> Iterator[Delta]:
    asking = [task for task in moving(dag) if task.needs.uses_run_id]
    if asking:
        yield row(
            dag,
            f"{do(asking, 'uses', 'use')} the run's id, which says what started the run and its date (`scheduled__2024-01-05T00:00:00+00:00`)",
            "it gets the id of the run in Dagster, which says nothing",
            severity=Severity.INFO,
        )
    of_events = [task for task in moving(dag) if RUNS_OF_EVENTS in task.needs.notes]
    if of_events:
        yield row(
            dag,
            f"{do(of_events, 'asks', 'ask')} events of assets for the id of the run that made them (`scheduled__2024-01-05T00:00:00+00:00`)",
            "it gets the id of the run in Dagster, which says nothing",
            severity=Severity.INFO,
        )


def _failures(dag: DagDraft) -> Iterator[Delta]:
    going_on = caught(dag) if dag.form == OPS else frozenset()
    if going_on:
        tasks = [dag.tasks[task_id] for task_id in dag.tasks if task_id in going_on]
        rules = ", ".join(f"`{task.task.task_id}` (`{task.task.trigger_rule}`)" for task in shown_reacting(dag))
        yield row(
            dag,
            f"{rules} may run after a failure; the failed task counts as failed",
            f"{do(tasks, 'logs its error and goes', 'log their errors and go')} on with the output `failed`, so"
            f" {'their steps count' if len(tasks) > 1 else 'its step counts'} as done{_end(dag)}",
            "the run has a tag `failed/STEP` for each step that failed: alert on it where nothing else tells",
        )
        uncertain = [
            task
            for task_id, task in dag.tasks.items()
            if (task.task.trigger_rule in (NONE_FAILED, *FAN_IN) and going_on & set(dag.graph.ancestors(task_id)))
            or going_on & {*task.wants_all_of, *(task.stops_after if task.task.trigger_rule == "all_success" else ())}
        ]
        if uncertain:
            yield row(
                dag,
                f"{do(uncertain, 'does', 'do')} not run if one of the tasks before {'them' if len(uncertain) > 1 else 'it'} failed, and {'count' if len(uncertain) > 1 else 'counts'} as `upstream_failed`",
                "it is started if another one of them succeeded, and ends without doing its work",
            )


def _forgiven(dag: DagDraft) -> Iterator[Delta]:
    tasks = [dag.tasks[task_id] for task_id in forgiven(dag, caught(dag) if dag.form == OPS else frozenset())]
    if tasks:
        yield row(
            dag,
            f"a run in which {do(tasks, 'failed', 'failed')} counts as successful if its last tasks are",
            "it counts as failed",
            severity=Severity.INFO,
        )


def _end(dag: DagDraft) -> str:
    """How a run ends in which a step failed after which it goes on."""
    ends = failing_the_run(dag) or giving_up_the_run(dag)
    if not ends:
        return ", and the run as successful, as in Airflow"
    if not recovered(dag):
        return "; the run fails at its end, as in Airflow"
    return "; as in Airflow, the run fails at its end if one of its last tasks failed or did not run for a failure"


_FINDERS = (
    _failures,
    _forgiven,
    _concurrency,
    _pools,
    _timeouts,
    _mail,
    _retries,
    _joins_in_copies,
    _last_success,
    _states_of_tasks,
    *EARLIER,
    _dimension,
    _statements,
    _values_kept,
    _blocking_checks,
    *COPIES,
    note_secrets,
    note_stored,
    _checks_in_a_row,
    _awaits,
    _data_intervals,
    _whole_params,
    _whole_context,
    _told_errors,
    _fixed_params,
    _untyped_params,
    _numbers,
    _run_ids,
    _lacking,
    *ARGUMENTS,
    *TIME,
)

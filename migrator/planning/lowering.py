"""Runs the rule of each task: first pass.

Comes in: an empty draft. Goes out: a `TaskDraft` per task with what the rule made of it, or why it stays in Airflow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.source import Folder
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Task, TaskGroup
from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.source import Span
from migrator.model.walk import walk
from migrator.operators import registry_with, rule_for
from migrator.operators.common import unread
from migrator.operators.registry import OWN_WORK, Registry
from migrator.operators.rule import Lowering, Rule, Untranslatable
from migrator.planning.callables import own_classes
from migrator.planning.callables.made_objects import refused
from migrator.planning.callables.wrapping import is_wrapped, wrap, wrap_class, wrap_function
from migrator.planning.callbacks.functions import lower_callbacks
from migrator.planning.configuration.params import config_fields, with_defaults
from migrator.planning.configuration.passed_values import passed_values, with_passed
from migrator.planning.configuration.stored_variables import find_stored
from migrator.planning.context import DagFacts, TaskContext
from migrator.planning.draft import DagDraft, Draft, Needs, TaskDraft, callable_place
from migrator.planning.expressions.files import TemplateFiles
from migrator.planning.flow.conditions import with_conditions
from migrator.planning.flow.mapping import (
    OTHER_NAMES,
    expanded_group,
    have_elements,
    lists,
    lists_of_group,
    one_copy,
    passes_others,
    with_named_arguments,
    with_taken_arguments,
)
from migrator.planning.flow.retries import with_retry_rules
from migrator.planning.graph import TaskGraph
from migrator.planning.naming.shared import SharedNames
from migrator.planning.timing.asset_partitions import asset_partitions, partitioned
from migrator.planning.timing.key_partitions import kind_of_keys
from migrator.planning.timing.own_timetables import own_clock
from migrator.planning.timing.timetable import read_clock
from migrator.planning.xcom.pushes import find_pushes


def lower(draft: Draft) -> Draft:
    """Translates every task of the selected DAGs."""
    project = draft.project
    analyzer = draft.analyzer or CallableAnalyzer(project)
    files = TemplateFiles(draft.folder or Folder(Path(project.root), tuple(getattr(draft.config, "roots", ()) or ())))
    own = (target for task in project.tasks() for target in (task.callable, task.definition) if target is not None)
    places = (callable_place(target) for target in own)
    calls = Counter(place for place in places if place is not None)
    registry = registry_with(draft.rules) if draft.rules else None
    connections = dict(getattr(draft.config, "connections", None) or {})
    wrapped = tuple(getattr(draft.config, "wrap", ()))
    names = SharedNames()
    pushes, stored = find_pushes(project.dags, analyzer), find_stored(project.dags, analyzer)
    passed = passed_values(project)
    dags: dict[str, DagDraft] = {}
    for dag in project.dags:
        if dag.dag_id not in draft.selected or dag.dag_id in dags:
            continue
        graph, clock, config = TaskGraph(dag), read_clock(dag), with_passed(config_fields(dag), dag, passed)
        dates = bool(partitioned(dag)) and asset_partitions(dag, project) is not None
        keys = "dates" if dates else kind_of_keys(dag, project)
        facts = DagFacts(
            project, dag, graph, clock, analyzer, files, names, config, connections, pushes, calls, keys, stored
        )
        clock, clock_needs = own_clock(dag, facts)
        facts = replace(facts, clock=clock)
        if dag.tasks:
            config = with_defaults(config, dag, TaskContext(facts, dag.tasks[0]))
            facts = replace(facts, config=config)
        bug = draft.refused.get(dag.dag_id, "")
        tasks = {
            task.task_id: _stays(task, "MIG522", f"a bug of migrate: {bug}")
            if bug
            else _lower(task, facts, registry, wrapped)
            for task in dag.tasks
        }
        callbacks = () if bug else lower_callbacks(facts)
        dags[dag.dag_id] = DagDraft(
            dag, graph, tasks, clock=clock, clock_needs=clock_needs, config=config, callbacks=callbacks
        )
    return replace(draft, dags=dags)


def _no_rule(task: Task) -> Untranslatable:
    """That no rule translates the operator: what a class of the team's own changes of Airflow's, or what to do where its class is not known."""
    changed = sorted(OWN_WORK.intersection(task.overrides))
    if changed and task.definition is None and task.bases:
        methods, base = ", ".join(f"`{name}`" for name in changed), task.bases[-1].rpartition(".")[2]
        return refused(task, f"it overrides {methods} of `{base}`")
    return Untranslatable("MIG201", f"no rule translates `{task.operator}`", task.span, _help_for(task))


def _help_for(task: Task) -> str:
    """What to do where no rule translates the operator: its class, or the one that it derives from, may be the team's own, in a folder that was not
    given. Empty for Airflow's."""
    package = (task.bases[-1] if task.bases else task.operator_module).partition(".")[0]
    if task.definition is not None or package in ("", "airflow"):
        return ""
    return (
        f"if the package `{package}` is yours, name the folder that holds it in `roots` of `migrator.toml`; else run the operator as it is inside"
        " of Dagster (`--wrap`), write a rule (see CONTRIBUTING.md), or rewrite the task by hand"
    )


def _lower(task: Task, facts: DagFacts, registry: Registry | None, wrapped: tuple[str, ...]) -> TaskDraft:
    """One task; whatever goes wrong, the task stays in Airflow and the rest goes on."""
    task = with_taken_arguments(with_named_arguments(own_classes.with_even_rows(task, facts.analyzer)))
    context, lists_context = TaskContext(facts, task), TaskContext(facts, task)
    fan_out: Mapping[str, object] = {}
    rule: Rule | None = None
    group: TaskGroup | None = None
    try:
        rule = rule_for(task, registry)
        _refuse(task)
        group = expanded_group(facts.dag, task, facts.graph)
        if rule is None and task.definition is not None and not is_wrapped(task, wrapped):
            rule = own_classes.rule_of(task, facts.analyzer)
        if rule is None and not is_wrapped(task, wrapped):
            raise _no_rule(task)
        if task.mapped and task.expand:
            context = TaskContext(facts, one_copy(task, facts.dag, facts.project))
            fan_out = lists(task.expand, lists_context)
        elif group is not None:
            context = TaskContext(facts, task, group=group)
            fan_out = lists_of_group(group.expand, lists_context)
        try:
            lowering = rule.lower(context.task, context) if rule else wrap(context.task, context)
        except Untranslatable as obstacle:
            again = {"python": wrap_function, own_classes.NAME: wrap_class}.get(rule.name if rule is not None else "")
            asked = rule is not None and is_wrapped(task, wrapped)
            if again is None and not asked:
                raise
            context = TaskContext(facts, context.task, group=group)  # nothing that the first attempt asked for counts
            if again is None:
                rule = None
            lowering = again(context.task, context, obstacle) if again else wrap(context.task, context)
        lowering = with_retry_rules(with_conditions(lowering, context), context)
    except Untranslatable as error:
        return _stays(task, error.code, error.reason, error.span, error.help)
    except Exception as error:  # a rule's bug must not take the other tasks down with it
        return _stays(task, "MIG105", f"its rule failed: {type(error).__name__}: {error}")
    if lowering.role == "airflow":
        code = lowering.code or "MIG201"
        found = [diagnose(code, task.span, f"`{task.airflow_id}` stays in Airflow: {lowering.reason}")]
        return TaskDraft(task, replace(lowering, code=code), diagnostics=tuple(found))
    found = [_unread(task, name) for name in unread(task, rule)] if rule else []
    call = next((part for part in walk(lowering.body) if isinstance(part, CallFunction)), None)
    if call is not None and passes_others(task, facts.dag, facts.project, call.dropped_parameters):
        context.note(OTHER_NAMES)
    expand = (task if group is None else group).expand
    needs, fan_needs = context.needs(), lists_context.needs() if fan_out else Needs()
    found += [*needs.diagnostics, *fan_needs.diagnostics]
    return TaskDraft(
        task,
        lowering,
        needs,
        fan_out,
        fan_needs,
        bool(fan_out) and have_elements(expand, facts.dag, facts.project),
        group=group.group_id if group is not None else "",
        diagnostics=tuple(found),
    )


def _stays(task: Task, code: str, reason: str, span: Span | None = None, help: str = "") -> TaskDraft:
    """A task that stays in Airflow, and the finding that says so."""
    found = diagnose(code, span or task.span, f"`{task.airflow_id}` stays in Airflow: {reason}", help)
    return TaskDraft(task, Lowering("airflow", code=code, reason=reason), diagnostics=(found,))


def _refuse(task: Task) -> None:
    """Raises Untranslatable for what no rule can do anything about."""
    if "{" in task.task_id:
        raise Untranslatable("MIG103", "its id is only known at run time", task.span)
    if not task.task_id.rpartition(".")[2]:
        raise Untranslatable("MIG103", "its id is empty, which Airflow refuses", task.span)


def _unread(task: Task, name: str) -> Diagnostic:
    span = task.argument_spans.get(name, task.span)
    return diagnose("MIG202", span, f"the argument `{name}` of `{task.airflow_id}` is not carried over")

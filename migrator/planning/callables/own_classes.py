"""Operators of the team's own that say themselves what they do: their class moves over as a plain one, and its `execute` or `poke` is called.

Comes in: a task with a `definition`. Goes out: a `Lowering` whose call makes an object with the operator's arguments, templates rendered.
Airflow renders an operator's template fields after `__init__`, Dagster's code before: that is the same where `__init__` only keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from migrator.analyzers.callables import (
    AFTER,
    BEFORE,
    CALLING_FUNCTION,
    ENTRY,
    HOLDING_HOOKS,
    RENDERING,
    SKIP,
    SKIP_OTHERS,
    WORK,
    CallableAnalyzer,
    CallableFacts,
    ContextUse,
    with_handed,
)
from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, Choose, HttpRequest, RunShell, RunSql, UseResource
from migrator.model.expressions import Construct, Expr, Helper, Later
from migrator.model.plan import Delta
from migrator.model.values import CallableValue
from migrator.operators import hook_classes
from migrator.operators.common import COMMON_ARGUMENTS, delta, flag, is_sensor, poll, seconds
from migrator.operators.registry import builtin_registry
from migrator.operators.rule import Lowering, LoweringContext, Rule
from migrator.operators.sensor_times import default_times
from migrator.planning.callables import functions
from migrator.planning.callables.added_arguments import METHOD, lower_adding
from migrator.planning.callables.called_functions import CALLING_OPERATORS, PARTS, called_function
from migrator.planning.callables.changed_work import of_object
from migrator.planning.callables.computed_fields import computing, lower_computing
from migrator.planning.callables.made_objects import given_to, made_with, names_of, refused, rendered_by_base
from migrator.planning.callables.passing_on import lower_passed_on, passing_on
from migrator.planning.context import TaskContext

NAME = "own-class"
_AROUND = frozenset({"resume_execution", "run"})
"""Methods by which a class changes what Airflow does around `execute`."""
_OF_CALLS = ("op_args", "op_kwargs")
"""Template fields with the arguments of a function, which `@task` takes from its call."""
_AROUND_WORK = frozenset({BEFORE, AFTER, RENDERING})


def rule_of(task: Task, analyzer: CallableAnalyzer) -> Rule:
    """What is read of the arguments of such a task: all that its class takes, even by the name of one that every operator has."""
    given = frozenset(task.definition.kwargs if task.definition is not None else ())
    if METHOD in task.overrides and (rule := _base_rule(task)) is not None:
        return Rule(NAME, (), "", lower, carried=rule.carried, ignored=rule.ignored)
    if (found := computing(task, analyzer)) is not None:
        return Rule(NAME, (), "", lower, carried=found[0].carried, ignored=found[0].ignored)
    target = work_method(task)
    facts = analyzer.facts(target) if target is not None else None
    if facts is not None and facts.blockers and (passed := passing_on(task, analyzer)) is not None:
        return Rule(NAME, (), "", lower, carried=passed.rule.carried, ignored=passed.rule.ignored)
    instance = facts.instance if facts is not None else None
    own = frozenset(instance.parameters if instance is not None else ())
    rule = _base_rule(task) if instance is not None and instance.work else None
    carried = given - (COMMON_ARGUMENTS.keys() - own) | (rule.carried if rule is not None else frozenset())
    return Rule(NAME, (), "", lower, carried=carried, ignored=rule.ignored if rule is not None else {})


def _base_rule(task: Task) -> Rule | None:
    """The rule of the operator of Airflow's that the task's class derives from."""
    return next((rule for base in task.bases if (rule := builtin_registry().rule_of_class(base))), None)


def work_method(task: Task, alone: bool = False) -> CallableValue | None:
    """The method by which a task of the team's own class does its work; None for other tasks. Where the class says what comes before or after it, that
    is the one which calls all of them, unless it is asked for `alone`."""
    definition = task.definition
    if definition is None or definition.span is None:
        return None
    name = "poke" if is_sensor(task) and "execute" not in task.overrides else "execute"
    if CALLING_FUNCTION in task.overrides and name not in task.overrides:
        name = CALLING_FUNCTION
    if decides(task):
        name = "choose_branch"
    if name in (WORK, CALLING_FUNCTION) and _AROUND_WORK.intersection(task.overrides) and not alone:
        name = ENTRY
    return CallableValue(name, f"{definition.qualname}.{name}", definition.module, "method", definition.span)


def decides(task: Task) -> bool:
    """Whether a task is a branch of the team's own, whose class says which way to go."""
    own = "choose_branch" in task.overrides and "execute" not in task.overrides
    return own and any(base.endswith(".BaseBranchOperator") for base in task.bases)


def lower(task: Task, context: LoweringContext) -> Lowering:
    """The call of the class's own method. Raises Untranslatable where the class needs Airflow."""
    definition = task.definition
    assert definition is not None and isinstance(context, TaskContext)
    if METHOD in task.overrides and (rule := _base_rule(task)) is not None:
        return lower_adding(task, rule, context)
    if (found := computing(task, context.facts.analyzer)) is not None:
        return lower_computing(task, *found, context)
    if around := sorted(_AROUND.intersection(task.overrides)):
        raise refused(task, f"its class overrides `{around[0]}`")
    target = work_method(task)
    assert target is not None
    if target.name != ENTRY and (around := sorted(_AROUND_WORK.intersection(task.overrides))):
        raise refused(task, f"its class overrides `{around[0]}` of what waits or chooses")
    if CALLING_FUNCTION in task.overrides and WORK in task.overrides:
        raise refused(task, f"its class overrides `{CALLING_FUNCTION}`, too")
    facts = context.facts.analyzer.facts(target)
    if facts.blockers or facts.instance is None:
        if (passed := passing_on(task, context.facts.analyzer)) is not None:
            return lower_passed_on(passed, context)
        blocker = facts.blockers[0] if facts.blockers else None
        raise refused(task, blocker.reason if blocker else f"`{definition.qualname}` is no class of these files")
    if facts.instance.whole:
        target = replace(target, name=ENTRY, qualname=f"{definition.qualname}.{ENTRY}")
    if any(map(_makes_connection, facts.context_uses)):
        for name, value in given_to(task, facts.instance).items():
            if name.endswith("conn_id") and isinstance(value, str):
                context.connection_setting(value)
    waits = any(use.kind == "waiting" for use in facts.context_uses)
    base, deltas = (_wait_of_base(task), ()) if waits else _work_of_base(task, facts, context)
    call = functions.method_call(context, target, facts, made_with(task, facts.instance, context), base=base)
    if facts.returns_value and any(isinstance(value, Later) and not gives(value.body) for value in base.values()):
        call = replace(call, returns=False)
        work = facts.instance.work
        deltas += (
            delta(
                context,
                f"`super().execute` gives what `{work}` hands over",
                "it gives None",
                "take the value from where the work leaves it",
            ),
        )
    if target.name == "choose_branch":
        return Lowering("branch", Choose(call, {}))
    if skips := {name for use in with_handed(facts.context_uses) if use.kind == "ways" for name in use.detail["calls"]}:
        return Lowering("branch", Choose(call, {}, skips=_skipping(task, skips, context)))
    if target.name != "poke":
        return Lowering("work", call, deltas=deltas)
    return Lowering("sensor", poll(task, call))


def _skipping(task: Task, calls: set[str], context: TaskContext) -> Literal["named", "others"]:
    """How an operator's `execute` tells which of the tasks right below it are skipped. Raises Untranslatable where that cannot be told beforehand."""
    if task.mapped:
        raise refused(task, "its class skips tasks below it, and it is expanded")
    if context.dag.airflow_version.startswith("3"):
        raise refused(task, "its class skips tasks below it, which ends its `execute` in Airflow 3 if there are any")
    if {SKIP, SKIP_OTHERS} <= calls:
        raise refused(task, f"its class uses both `{SKIP}` and `{SKIP_OTHERS}`")
    if not any(task.task_id in other.upstream for other in context.dag.tasks):
        raise refused(task, "its class skips tasks below it, and there are none")
    return "others" if SKIP_OTHERS in calls else "named"


def _makes_connection(use: ContextUse) -> bool:
    """Whether code asks for a connection, makes a hook that the project has the class of, or derives from that class."""
    text = use.detail.get("text")
    return use.kind in ("connection", "hook_class") or (isinstance(text, Helper) and text.module == hook_classes.MODULE)


def _wait_of_base(task: Task) -> dict[str, Expr]:
    """How Airflow's sensor waits for what its own class asks. Raises Untranslatable where that is more than to ask one object until it is true."""
    if task.option("mode", "poke") != "poke" or flag(task, "soft_fail") or flag(task, "exponential_backoff"):
        raise refused(task, "its `execute` does something around a wait that may give up, or make the object anew")
    interval, timeout = default_times(task)
    times = {"timeout": seconds(task, "timeout", timeout), "interval": seconds(task, "poke_interval", interval)}
    return {WORK: Construct("functools.partial", (Helper("wait_for_value", "poking"),), times)}


def _work_of_base(task: Task, facts: CallableFacts, context: TaskContext) -> tuple[dict[str, Expr], tuple[Delta, ...]]:
    """What the operator of Airflow's that the class derives from does, and its attributes, as far as the class asks for them; and how that differs."""
    uses = [use for use in with_handed(facts.context_uses) if use.kind == "base" or use.detail.get("base")]
    asked = {use.name for use in uses}
    if not asked or facts.instance is None:
        return {}, ()
    work = facts.instance.work
    if work in HOLDING_HOOKS and (task.option("database") or task.option("hook_params")):
        raise refused(task, f"the hook of its `{work}` is given more than a connection")
    if isinstance(conn_id := task.option("conn_id"), str) and work in HOLDING_HOOKS:
        context.connection_setting(conn_id)
    # What could be changed in place would not reach the operator.
    plain = {name: value for name in asked if isinstance(value := task.option(name), str | int | float)}
    given = {name: context.template(value) for name, value in plain.items()}
    if work == "BaseSQLOperator":
        return given, ()
    if work in CALLING_OPERATORS and asked <= PARTS:
        of_function = CALLING_FUNCTION in task.overrides
        if of_function and "op_kwargs" in asked and {BEFORE, RENDERING}.intersection(task.overrides):
            raise refused(task, "it may ask for `op_kwargs` before Airflow adds what the function takes of the context")
        return called_function(task, asked, context, with_context=of_function), ()
    rule, rendered = _base_rule(task), rendered_by_base(task)
    if rule is None:
        raise refused(task, f"no rule translates `{work}`")
    given_to_base = {name for name in rendered.fields if name in _OF_CALLS or task.option(name) is not None}
    if "template_fields" in task.attributes and (left := given_to_base - {*names_of(task, "template_fields")}):
        raise refused(task, f"it does not render `{min(left)}`, which `{work}` does")
    lowering = rule.lower(task, context)
    body, deltas = lowering.body, lowering.deltas
    first: dict[str, Expr] = {}
    if changed := asked & facts.instance.changed:
        found = of_object(body, changed, task) if body is not None else None
        # In there Airflow's `op_kwargs` have what the function takes of the context.
        if (
            CALLING_FUNCTION in task.overrides
            and isinstance(body, CallFunction)
            and body.kwargs.keys() - task.call_kwargs.keys()
        ):
            found = None
        if found is None:
            raise refused(task, f"it changes `{min(changed)}`, which `{work}` works with")
        body, first = found
        given |= first
    if isinstance(body, RunShell) and not isinstance(body.command, list):
        if body.skip_exit_codes:
            context.may_skip()
        return {"bash_command": body.command, "cwd": body.cwd, **first, "execute": Later(body)}, deltas
    if isinstance(body, RunSql) and "sql" in given and "sql" not in changed:
        given["sql"] = body.sql[0]
    if isinstance(body, RunSql | HttpRequest | UseResource):
        return {**given, "execute": Later(replace(body, returns=gives(body)))}, deltas
    inner = context.facts.analyzer.task_facts(task)
    pushes = inner is not None and any(use.kind == "xcom_push" for use in with_handed(inner.context_uses))
    if not isinstance(body, CallFunction) or pushes or body.callable.is_generator:
        raise refused(task, f"what `{work}` does for it is more than a call")
    if changed and not any(parameter.kind == "var_keyword" for parameter in body.callable.parameters):
        deltas += (
            delta(
                context,
                "a function gets those of `op_kwargs` that it takes",
                "it gets all that its operator's class puts there",
                "put nothing there that the function does not take",
                minor=True,
            ),
        )
    if beside := asked & PARTS - changed - {"op_kwargs"}:
        given |= called_function(task, beside, context, with_context=False)
    return {**given, "execute": Later(replace(body, inline=False))}, deltas


def gives(body: object) -> bool:
    """Whether what does the work of an operator has a value."""
    return body.gives if isinstance(body, UseResource) else True


def with_even_rows(task: Task, analyzer: CallableAnalyzer) -> Task:
    """A task of a class of the team's own whose rows all have the same names: what one lacks is the default of the class."""
    rows = task.expand.get("**")
    if (
        task.definition is None
        or not isinstance(rows, (list, tuple))
        or not all(isinstance(row, Mapping) for row in rows)
    ):
        return task
    names = list(dict.fromkeys(name for row in rows for name in row))
    missing = {name for row in rows for name in names if name not in row}
    instance = analyzer.facts(work_method(task) or task.definition).instance if missing else None
    if instance is None or not missing <= instance.defaults.keys():
        return task
    even = [{name: row[name] if name in row else instance.defaults[name] for name in names} for row in rows]
    return replace(task, expand={**task.expand, "**": even})

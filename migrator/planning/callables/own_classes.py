"""Operators of the team's own that say themselves what they do: their class moves over as a plain one, and its `execute` or `poke` is called.

Comes in: a task with a `definition`. Goes out: a `Lowering` whose call makes an object with the operator's arguments, templates rendered.
Airflow renders an operator's template fields after `__init__`, Dagster's code before: that is the same where `__init__` only keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from migrator.analyzers.callables import (
    AFTER,
    BEFORE,
    ENTRY,
    HOLDING_HOOKS,
    WORK,
    WORKING_BASES,
    CallableAnalyzer,
    CallableFacts,
    InstanceFacts,
    with_handed,
)
from migrator.analyzers.templates.fields import Templated, templated_of_operator
from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, Choose, HttpRequest, RunShell, RunSql, UseResource
from migrator.model.expressions import Expr, Later
from migrator.model.plan import Delta
from migrator.model.values import CallableValue, PathString, Symbolic, Value, walk
from migrator.operators.common import COMMON_ARGUMENTS, delta, is_sensor, poll
from migrator.operators.registry import builtin_registry
from migrator.operators.rule import Lowering, LoweringContext, Rule, Untranslatable
from migrator.planning.callables import functions
from migrator.planning.callables.changed_work import of_object
from migrator.planning.configuration.params import default_of
from migrator.planning.context import TaskContext
from migrator.planning.draft import MappedElement
from migrator.planning.expressions.members import member

NAME = "own-class"
_AROUND = frozenset({"render_template_fields", "resume_execution", "run"})
"""Methods by which a class changes what Airflow does around `execute`."""
_CALLING = "execute_callable"
"""The method by which a PythonOperator calls its function."""
_AROUND_WORK = frozenset({BEFORE, AFTER})
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NEVER_EMPTY = re.compile(
    r"\{\{\s*(ds|ts|run_id|logical_date|execution_date|data_interval_|macros\.|dag\.dag_id|task\.)"
)
"""The beginning of an expression that is some text in each run."""


def rule_of(task: Task, analyzer: CallableAnalyzer) -> Rule:
    """What is read of the arguments of such a task: all that its class takes, even by the name of one that every operator has."""
    given = frozenset(task.definition.kwargs if task.definition is not None else ())
    target = work_method(task)
    instance = analyzer.facts(target).instance if target is not None else None
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
    if _CALLING in task.overrides and name not in task.overrides:
        name = _CALLING
    if decides(task):
        name = "choose_branch"
    if name in (WORK, _CALLING) and _AROUND_WORK.intersection(task.overrides) and not alone:
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
    if around := sorted(_AROUND.intersection(task.overrides)):
        raise _refused(task, f"its class overrides `{around[0]}`")
    target = work_method(task)
    assert target is not None
    if target.name != ENTRY and (around := sorted(_AROUND_WORK.intersection(task.overrides))):
        raise _refused(task, f"its class overrides `{around[0]}` of what waits or chooses")
    if _CALLING in task.overrides and target.name != _CALLING:
        raise _refused(task, f"its class overrides `{_CALLING}`, too")
    facts = context.facts.analyzer.facts(target)
    if facts.blockers or facts.instance is None:
        blocker = facts.blockers[0] if facts.blockers else None
        raise _refused(task, blocker.reason if blocker else f"`{definition.qualname}` is no class of these files")
    if facts.instance.whole:
        target = replace(target, name=ENTRY, qualname=f"{definition.qualname}.{ENTRY}")
    if any(use.kind in ("connection", "hook_class") for use in facts.context_uses):
        for name, value in _given(task, facts.instance).items():
            if name.endswith("conn_id") and isinstance(value, str):
                context.connection_setting(value)
    base, deltas = _work_of_base(task, facts, context)
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
    if target.name != "poke":
        return Lowering("work", call, deltas=deltas)
    return Lowering("sensor", replace(poll(task, call), one_object=task.option("mode", "poke") == "poke"))


def _of_base(task: Task) -> Templated:
    """What the operator of Airflow's that the task's class derives from renders."""
    return next((found for base in task.bases if (found := templated_of_operator(base))), Templated(()))


def _work_of_base(task: Task, facts: CallableFacts, context: TaskContext) -> tuple[dict[str, Expr], tuple[Delta, ...]]:
    """What the operator of Airflow's that the class derives from does, and its attributes, as far as the class asks for them; and how that differs."""
    uses = [use for use in with_handed(facts.context_uses) if use.kind == "base" or use.detail.get("base")]
    asked = {use.name for use in uses}
    if not asked or facts.instance is None:
        return {}, ()
    work = facts.instance.work
    if work in HOLDING_HOOKS and (task.option("database") or task.option("hook_params")):
        raise _refused(task, f"the hook of its `{work}` is given more than a connection")
    if isinstance(conn_id := task.option("conn_id"), str) and work in HOLDING_HOOKS:
        context.connection_setting(conn_id)
    # What could be changed in place would not reach the operator.
    plain = {name: value for name in asked if isinstance(value := task.option(name), str | int | float)}
    given = {name: context.template(value) for name, value in plain.items()}
    if work == "BaseSQLOperator":
        return given, ()
    rule, rendered = _base_rule(task), _of_base(task)
    if rule is None:
        raise _refused(task, f"no rule translates `{work}`")
    if "template_fields" in task.attributes and (left := {*rendered.fields} - {*_names(task, "template_fields")}):
        raise _refused(task, f"it does not render `{min(left)}`, which `{work}` does")
    lowering = rule.lower(task, context)
    body, deltas = lowering.body, lowering.deltas
    first: dict[str, Expr] = {}
    if changed := asked & facts.instance.changed:
        found = of_object(body, changed, task) if body is not None else None
        # In there Airflow's `op_kwargs` have what the function takes of the context.
        if (
            _CALLING in task.overrides
            and isinstance(body, CallFunction)
            and body.kwargs.keys() - task.call_kwargs.keys()
        ):
            found = None
        if found is None:
            raise _refused(task, f"it changes `{min(changed)}`, which `{work}` works with")
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
        raise _refused(task, f"what `{work}` does for it is more than a call")
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
    return {**given, "execute": Later(replace(body, inline=False))}, deltas


def gives(body: object) -> bool:
    """Whether what does the work of an operator has a value."""
    return body.gives if isinstance(body, UseResource) else True


def _refused(task: Task, reason: str) -> Untranslatable:
    return Untranslatable(
        "MIG201", f"no rule translates `{task.operator}`, and its class cannot be moved: {reason}", task.span
    )


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


def _given(task: Task, facts: InstanceFacts) -> dict[str, Value]:
    """What the task's call gives for the parameters of `__init__` that remain."""
    assert task.definition is not None
    if len(task.definition.args) > len(facts.parameters):
        raise _refused(task, "it is given more by position than its `__init__` takes")
    named = {**task.definition.kwargs, **_mapped(task)}
    given = dict(zip(facts.parameters, task.definition.args, strict=False))
    return given | {name: value for name, value in named.items() if name in facts.parameters}


def _mapped(task: Task) -> dict[str, Value]:
    """The arguments that a copy gets of the lists that the task is expanded over."""
    rows = "**" in task.expand
    return {
        name: value
        for name, value in task.arguments.items()
        if name in task.expand or (rows and isinstance(value, MappedElement))
    }


def made_with(task: Task, facts: InstanceFacts, context: TaskContext) -> dict[str, Expr]:
    """The arguments of the class, those of template fields rendered."""
    given = _given(task, facts)
    fields, endings = _names(task, "template_fields"), _names(task, "template_ext")
    if facts.work and "template_ext" not in task.attributes:
        endings = _of_base(task).endings
    kept = {facts.fields.kept[name]: name for name in fields if name in facts.fields.kept}
    built = {one for name in fields for one in facts.fields.built.get(name, ())}
    _check_fields(task, facts, fields, endings)
    made: dict[str, Expr] = {}
    for name in facts.parameters:
        if name in facts.asked:
            made[name] = _asked_for(task, facts.asked[name], fields, endings, context)
            continue
        value = given.get(name, facts.defaults.get(name))
        if name in kept:
            value = _chosen(task, facts, name, kept[name], value, endings)
        if name not in given and not ((name in kept or name in built) and _is_template(value, endings)):
            continue
        if name not in kept and name not in built:
            made[name] = context.expression(value, paths=True)
            continue
        if name not in facts.fields.plain and _is_template(value, endings):
            raise _refused(task, f"its `__init__` reads the template `{name}` before it is rendered")
        made[name] = _rendered(value, endings if name in kept else (), context)
    return made


def _rendered(value: Value, endings: tuple[str, ...], context: TaskContext) -> Expr:
    """What the template `value`, or the file that it names, is rendered to."""
    if isinstance(value, str) and endings and not isinstance(value, PathString):
        return context.files(value, endings)[0]
    if isinstance(value, list) and endings:
        return list(context.files(value, endings))
    return context.template(value, paths=True)


def _chosen(
    task: Task, facts: InstanceFacts, parameter: str, attribute: str, value: Value, endings: tuple[str, ...]
) -> Value:
    """What the object has of a parameter whose attribute is a template field: its value, or what `__init__` has in the place of one that is missing."""
    if attribute not in task.attributes or task.attributes[attribute] == value:
        if parameter in facts.fields.doubted and _may_be_empty(value):
            raise _refused(
                task, f"its `__init__` asks whether the template `{parameter}` is empty before it is rendered"
            )
        return value
    kept = task.attributes[attribute]
    if not _is_template(kept, endings) and not _is_template(value, endings):
        return value
    if _is_template(value, endings) or attribute in facts.fields.several:
        raise _refused(task, f"its `__init__` puts the template `{attribute}` together")
    return kept


def _may_be_empty(value: Value) -> bool:
    """Whether a template may come to nothing: it is no other text than expressions, and these are no dates."""
    if not isinstance(value, str) or "{" not in value:
        return False
    return not _EXPRESSION.sub("", value).strip() and not _NEVER_EMPTY.search(value)


def _asked_for(
    task: Task, path: tuple[str, ...], fields: tuple[str, ...], endings: tuple[str, ...], context: TaskContext
) -> Expr:
    """What `__init__` finds in its object of Airflow's, or writes there. Of params that are only their defaults, whatever a run is started with."""
    if path[0] == "self":
        value = task.attributes.get(path[1])
        return _rendered(value, endings, context) if path[1] in fields else context.expression(value, paths=True)
    if path == ("params",):
        own = task.option("params")
        params = {**context.dag.params, **(own if isinstance(own, Mapping) else {})}
        return context.expression({name: default_of(value) for name, value in params.items()})
    return member(path[0], path[1:], context)


def _check_fields(task: Task, facts: InstanceFacts, fields: tuple[str, ...], endings: tuple[str, ...]) -> None:
    """Refuses a template field that `__init__` makes of its arguments: it would be made of what is rendered already."""
    written, given = {path[1] for path in facts.asked.values() if path[0] == "self"}, _given(task, facts)
    for name in fields:
        value = task.attributes.get(name)
        of_base = name in WORKING_BASES.get(facts.work, ())
        if name in facts.fields.kept or name in written or of_base or not _is_template(value, endings):
            continue
        parts = [given.get(one, facts.defaults.get(one)) for one in facts.fields.built.get(name, ())]
        same = sorted(_expressions(value)) == sorted(one for part in parts for one in _expressions(part))
        if not same or not _expressions(value):
            raise _refused(task, f"its `__init__` puts the template `{name}` together")


def _expressions(value: Value) -> list[str]:
    """What Jinja renders in the texts of a value."""
    return [found for part in walk(value) if isinstance(part, str) for found in _EXPRESSION.findall(part)]


def _is_template(value: Value, endings: tuple[str, ...]) -> bool:
    """Whether Airflow would render a value into something else."""
    texts = [part for part in walk(value) if isinstance(part, str)]
    return any("{{" in text or "{%" in text or text.endswith(endings or ("\0",)) for text in texts)


def _names(task: Task, attribute: str) -> tuple[str, ...]:
    """The class's `template_fields` or `template_ext`."""
    value = task.attributes.get(attribute, ())
    items = (
        [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple, set, frozenset)) else None
    )
    if isinstance(value, Mapping):
        items = list(value)
    if items is None or not all(isinstance(item, str) for item in items):
        shown = value.source if isinstance(value, Symbolic) else str(value)
        raise _refused(task, f"`{attribute}` (`{shown}`) is only known at run time")
    return tuple(items)

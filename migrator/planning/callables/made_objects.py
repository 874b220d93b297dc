"""The arguments with which an object of one of the team's own classes is made, rendered where they are template fields.

Comes in: a task, with what its class's `__init__` is given, and what is known of that. Goes out: expressions by the names of the parameters that remain.
Airflow renders an operator's template fields after `__init__`, Dagster's code before: where that is not the same, Untranslatable is raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from migrator.analyzers.callables import WORKING_BASES, CallableFacts, InstanceFacts
from migrator.analyzers.templates.fields import Templated, templated_of_operator
from migrator.model.airflow import Task
from migrator.model.changed import replace
from migrator.model.expressions import Expr
from migrator.model.values import BY_PLACE, ObjectValue, PathString, Symbolic, Value, walk
from migrator.operators.rule import Untranslatable
from migrator.planning.configuration.params import default_of
from migrator.planning.context import TaskContext
from migrator.planning.draft import MappedElement
from migrator.planning.expressions.members import member
from migrator.planning.expressions.native import is_native

_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NEVER_EMPTY = re.compile(
    r"\{\{\s*(ds|ts|run_id|logical_date|execution_date|data_interval_|macros\.|dag\.dag_id|task\.)"
)
"""The beginning of an expression that is some text in each run."""


def rendered_by_base(task: Task) -> Templated:
    """What the operator of Airflow's that the task's class derives from renders."""
    return next((found for base in task.bases if (found := templated_of_operator(base))), Templated(()))


def refused(task: Task, reason: str) -> Untranslatable:
    return Untranslatable(
        "MIG201", f"no rule translates `{task.operator}`, and its class cannot be moved: {reason}", task.span
    )


def given_to(task: Task, facts: InstanceFacts) -> dict[str, Value]:
    """What the task's call gives for the parameters of `__init__` that remain."""
    assert task.definition is not None
    if len(task.definition.args) > len(facts.parameters):
        raise refused(task, "it is given more by position than its `__init__` takes")
    named = {**task.definition.kwargs, **_mapped(task)}
    if any(name.startswith(BY_PLACE) for name in named):
        raise refused(task, "it is given more by position than its `__init__` names")
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
    given = given_to(task, facts)
    fields, endings = names_of(task, "template_fields"), names_of(task, "template_ext")
    if facts.work and "template_ext" not in task.attributes:
        endings = rendered_by_base(task).endings
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
            value = _chosen(task, facts, name, kept[name], value, endings, context)
        if name not in given and not ((name in kept or name in built) and _is_template(value, endings)):
            continue
        if name not in kept and name not in built:
            made[name] = context.expression(value, paths=True)
            continue
        if name not in facts.fields.plain and _is_template(value, endings):
            raise refused(task, f"its `__init__` reads the template `{name}` before it is rendered")
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
    task: Task,
    facts: InstanceFacts,
    parameter: str,
    attribute: str,
    value: Value,
    endings: tuple[str, ...],
    context: TaskContext,
) -> Value:
    """What the object has of a parameter whose attribute is a template field: its value, or what `__init__` has in the place of one that is missing."""
    if attribute not in task.attributes or task.attributes[attribute] == value:
        if parameter in facts.fields.doubted and _may_be_empty(value):
            raise refused(
                task, f"its `__init__` asks whether the template `{parameter}` is empty before it is rendered"
            )
        return value
    kept = task.attributes[attribute]
    if parameter in facts.fields.wrapped and kept in ([value], (value,)) and not is_native(context):
        return value
    if not _is_template(kept, endings) and not _is_template(value, endings):
        return value
    if _is_template(value, endings) or attribute in facts.fields.several:
        raise refused(task, f"its `__init__` puts the template `{attribute}` together")
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
    if path[0] == "self" and path[1] not in task.attributes:
        raise refused(task, f"it is only known at run time what its `__init__` makes of its arguments for `{path[1]}`")
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
    written, given = {path[1] for path in facts.asked.values() if path[0] == "self"}, given_to(task, facts)
    for name in fields:
        value = task.attributes.get(name)
        of_base = name in WORKING_BASES.get(facts.work, ())
        if name in facts.fields.kept or name in written or of_base or not _is_template(value, endings):
            continue
        parts = [given.get(one, facts.defaults.get(one)) for one in facts.fields.built.get(name, ())]
        same = sorted(_expressions(value)) == sorted(one for part in parts for one in _expressions(part))
        if not same or not _expressions(value):
            raise refused(task, f"its `__init__` puts the template `{name}` together")


def _expressions(value: Value) -> list[str]:
    """What Jinja renders in the texts of a value."""
    return [found for part in walk(value) if isinstance(part, str) for found in _EXPRESSION.findall(part)]


def _is_template(value: Value, endings: tuple[str, ...]) -> bool:
    """Whether Airflow would render a value into something else."""
    texts = [part for part in walk(value) if isinstance(part, str)]
    return any("{{" in text or "{%" in text or text.endswith(endings or ("\0",)) for text in texts)


def names_of(task: Task, attribute: str) -> tuple[str, ...]:
    """The class's `template_fields` or `template_ext`."""
    value = task.attributes.get(attribute, ())
    items = (
        [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple, set, frozenset)) else None
    )
    if isinstance(value, Mapping):
        items = list(value)
    if items is None or not all(isinstance(item, str) for item in items):
        shown = value.source if isinstance(value, Symbolic) else str(value)
        raise refused(task, f"`{attribute}` (`{shown}`) is only known at run time")
    return tuple(items)


def object_made_with(context: TaskContext, receiver: ObjectValue, facts: CallableFacts) -> dict[str, Expr]:
    """What the object is made with whose method is called; of an operator, what its plain class takes of that."""
    assert receiver.made is not None and facts.instance is not None
    if not facts.instance.of_operator:
        return {name: context.expression(value, paths=True) for name, value in receiver.made.kwargs.items()}
    definition = replace(receiver.made.definition, kwargs=receiver.made.kwargs)
    attributes = {**receiver.kwargs, **receiver.made.templates}
    return made_with(replace(context.task, definition=definition, attributes=attributes), facts.instance, context)

"""Notifiers that are given as callbacks: objects of the team's own classes, and of those of providers.

Comes in: the object. Goes out: the call of its `notify`, or the message that a resource sends in its place. Airflow renders the fields of a
notifier when it is called, with the context of the task or DAG that ended.
"""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, Notify
from migrator.model.changed import replace
from migrator.model.expressions import EndedStep, Expr, Format
from migrator.model.values import CallableValue, Making, ObjectValue
from migrator.operators.messages import NOTIFIERS, Message
from migrator.operators.rule import Untranslatable
from migrator.planning.callables import functions
from migrator.planning.callables.made_objects import made_with
from migrator.planning.context import TaskContext

_DEFAULT_TEXT = "This is a default message"
"""What Slack's notifiers post where they are told nothing."""


def own_notifier(value: ObjectValue, made: Making, context: TaskContext) -> CallFunction:
    """The call of `notify` on an object of the team's own class, or of an object that can be called. Untranslatable where its class needs Airflow."""
    owner = made.definition
    if made.call is not None:
        return context.call(replace(made.call, receiver=value))
    target = CallableValue("notify", f"{owner.qualname}.notify", owner.module, "method", owner.span)
    facts = context.facts.analyzer.facts(target)
    if facts.blockers or facts.instance is None:
        raise Untranslatable(
            "MIG203", facts.blockers[0].reason if facts.blockers else "its class is no notifier", owner.span
        )
    if made.changed:
        raise Untranslatable("MIG203", f"its `{min(made.changed)}` was changed after it was made", owner.span)
    task = Task(
        context.dag.dag_id,
        owner.name,
        owner.name,
        owner.module,
        context.dag.span,
        definition=replace(owner, kwargs=made.kwargs),
        attributes={**value.kwargs, **made.templates},
    )
    return functions.method_call(context, target, facts, made_with(task, facts.instance, context))


def known_notifier(value: ObjectValue) -> Message | None:
    """How a resource sends what a provider's notifier would; None for other objects."""
    module, _, name = value.type.rpartition(".")
    return NOTIFIERS.get(name) if module.startswith("airflow.") else None


def sent(value: ObjectValue, message: Message, context: TaskContext) -> Notify:
    """The message in the place of a provider's notifier. Untranslatable where an argument has no place in it."""
    given = dict(value.kwargs)
    if value.args:
        raise Untranslatable("MIG203", "it is given arguments by position")
    connection = next((given.pop(name) for name in message.connection if name in given), message.default_connection)
    fields: dict[str, Expr] = {}
    for name, item in given.items():
        if name in message.fields:
            if item is not None:
                fields[message.fields[name]] = context.template(item)
        elif name not in message.ignored:
            raise Untranslatable("MIG203", f"its `{name}` has no place in the message")
    if message.kind == "email":
        fields = {**_mail(context), **fields}
    else:
        fields.setdefault("text", _DEFAULT_TEXT)
    return Notify(message.kind, context.resource(connection, message.kind), fields)


def _mail(context: TaskContext) -> dict[str, Expr]:
    """What a mail says of which the subject or the text is left to a template of Airflow's."""
    each = context.ended is not None and context.ended[0] == "task"
    event = context.ended[1] if context.ended is not None else ""
    done = {"failure": "failed", "success": "succeeded", "retry": "is tried again"}.get(event, "ended")
    subject = (
        Format((f"{context.dag.dag_id}: ", EndedStep("name", True), f" {done}"))
        if each
        else f"{context.dag.dag_id} {done}"
    )
    return {"subject": subject, "html": subject}

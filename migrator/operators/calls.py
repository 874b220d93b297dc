"""Rules of operators that ask a service for one thing: a call of a method of the resource that stands for the connection.

A row (`Call`) names the operator, the method, and which argument goes where. What a method does (it starts work, waits for its end and
raises where the work failed) is in `codegen/templates/service_*.py.jinja`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr
from migrator.model.frozen import dataclass
from migrator.model.plan import Delta
from migrator.model.values import CallableValue, Value, show
from migrator.operators.common import argument, delta, first_argument, poll
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

RUN_LIMIT = "the run's own limit counts"
"""Why an argument is left out by which Airflow's operator gives up work that takes too long."""


@dataclass(frozen=True, slots=True)
class Client:
    """The service that operators of a family work on: how they name their connection, and what they all have that means nothing
    in Dagster (`ignored`) or works otherwise there (`beside`, with what counts instead). `otherwise` is what the connection of Airflow's does in another
    way, and what the resource does."""

    kind: str
    connection: tuple[str, ...]
    default: str
    ignored: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    otherwise: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One operator (or several that take the same arguments) and the method that does the same.

    `arguments` gives the method's parameter for each argument of the operator's; one that is not given is left out. `fixed` are further
    arguments of the method, `built` makes some of several arguments of the operator's. With an argument in `refused` that asks for
    something, the task stays in Airflow.
    """

    rule: str
    operators: tuple[str, ...]
    method: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    fixed: Mapping[str, Expr] = field(default_factory=dict)
    built: Callable[[Task, LoweringContext], dict[str, Expr]] | None = None
    reads: tuple[str, ...] = ()
    """Arguments that `built` reads."""
    gives: str = ""
    """The type of the value that the method returns, if the operator's own value is the same."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The names under which the operator hands over what the method returns, with its type; `{task_id}` is the task's own."""
    refused: tuple[str, ...] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    made_up: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Arguments (a dotted name goes into dicts) in whose place Airflow's operator makes something up where they are not given: what it does, and what
    is so without it."""
    kind: str = "python"
    """What does the work, as a Dagster kind."""
    waits: bool = False
    """The operator is a sensor: the method tells whether what it waits for is there."""
    role: str = ""
    examples: tuple[Example, ...] = ()


def call_rule(client: Client, call: Call) -> Rule:
    """The rule of a row."""

    carried = {*call.arguments, *call.reads, *call.refused, *client.connection, *client.beside}
    carried |= {"poke_interval", "timeout", "soft_fail"} if call.waits else set()
    ignored = {name: why for name, why in {**client.ignored, **call.ignored}.items() if name not in carried}

    def lower(task: Task, context: LoweringContext) -> Lowering:
        refuse(task, *call.refused)
        arguments = passed(task, context, call.arguments)
        if call.built is not None:
            arguments |= call.built(task, context)
        body = use(task, context, client, call.method, {**arguments, **call.fixed}, call.gives, call.kind)
        if call.keys:
            annotation = call.gives or next(iter(call.keys.values()))
            keys = tuple(key.replace("{task_id}", task.task_id) for key in call.keys)
            body = replace(body, keys=keys, annotation=annotation)
        deltas = works_otherwise(task, context, client) + _not_made_up(task, context, call)
        if not call.waits or task.option("deferrable") is True:  # a sensor that is not deferred has but its `timeout`
            deltas += _lost_limits(task, context, ignored)
        if call.waits:
            return Lowering("sensor", poll(task, body), deltas=deltas)
        return Lowering(call.role or "work", body, deltas=deltas)

    return Rule(
        name=call.rule,
        operators=call.operators,
        summary=call.summary
        or ("Waits" if call.waits else "Does") + " the same by a resource that stands for the connection.",
        lower=lower,
        carried=frozenset(carried),
        ignored=ignored,
        connection=client.connection,
        default_connection=client.default,
        examples=call.examples,
    )


def use(
    task: Task,
    context: LoweringContext,
    client: Client,
    method: str,
    arguments: Mapping[str, Expr],
    gives: str = "",
    kind: str = "python",
) -> UseResource:
    """The call of a method of the resource that stands for the task's connection. Raises Untranslatable."""
    resource = context.resource(first_argument(task, client.connection, client.default), client.kind)
    context.use_methods(resource, (method,))
    return UseResource(resource, method, arguments, kind=kind, gives=bool(gives), annotation=gives)


def passed(task: Task, context: LoweringContext, names: Mapping[str, str]) -> dict[str, Expr]:
    """Arguments of the operator's as those of a method, without those that are not given. Raises Untranslatable."""
    return {
        parameter: context.template(value)
        for name, parameter in names.items()
        if (value := task.option(name)) is not None and value != ""
    }


def refuse(task: Task, *names: str) -> None:
    """Raises Untranslatable where one of these arguments asks for something."""
    for name in names:
        if task.option(name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))


def works_otherwise(task: Task, context: LoweringContext, client: Client) -> tuple[Delta, ...]:
    """The differences that come of the connection, and of arguments which say how the service is reached."""
    found = [] if client.otherwise is None else [delta(context, *client.otherwise, minor=True)]
    for name, instead in client.beside.items():
        if (value := task.option(name)) not in (None, "", [], {}):
            shown = show(value)
            found.append(
                delta(context, f"its argument `{name}` is `{shown}`", instead, "say so where the project runs")
            )
    return tuple(found)


def _not_made_up(task: Task, context: LoweringContext, call: Call) -> tuple[Delta, ...]:
    """The differences that come of arguments which are not given, in whose place Airflow's operator makes something up."""
    missing = (told for name, told in call.made_up.items() if not argument(task, name))
    return tuple(delta(context, airflow, dagster, minor=True) for airflow, dagster in missing)


def _lost_limits(task: Task, context: LoweringContext, ignored: Mapping[str, str]) -> tuple[Delta, ...]:
    """The differences that come of arguments which say how long the work may take."""
    given = {name: task.option(name) for name, why in ignored.items() if why == RUN_LIMIT}
    return tuple(
        delta(
            context,
            f"its argument `{name}` is `{show(value)}`: it gives up work that takes longer",
            "only the limit of the whole run ends the wait",
            "limit the run by the tag `dagster/max_runtime` of the job",
            minor=True,
        )
        for name, value in given.items()
        if value is not None
    )


_CLASS = re.compile(r"\.[A-Z]\w*$")


def known(task: Task, name: str, default: Value = None) -> Value:
    """An argument that decides what is generated; of a constant of a class of a provider's (`SFTPOperation.GET`), its name. Raises Untranslatable where it
    is only known at run time."""
    value = task.option(name)
    if value is None:
        return default
    value = constant(value)
    if not isinstance(value, (str, int, float, bool)):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return value


def constant(value: Value) -> Value:
    """The name of a constant of a class of a provider's; any other value as it is."""
    of_class = isinstance(value, CallableValue) and value.kind == "library" and _CLASS.search(value.module)
    return value.name if isinstance(value, CallableValue) and of_class else value


def options(task: Task, context: LoweringContext, names: Mapping[str, str], **more: Expr) -> dict[str, Expr]:
    """A dict of a service's own options, of arguments that are given; `more` are those that are always there."""
    return {**more, **passed(task, context, names)}

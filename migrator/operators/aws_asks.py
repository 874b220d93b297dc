"""The mechanism of rules for operators of AWS that ask a service for one thing, as boto3 names it.

A row (`Ask`) names the action and how its parameters are called; the methods of the resource (`ask`, `run`, `is_in`) call any action, wait for
what boto3 can wait for, or look at a state.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, Operation
from migrator.model.frozen import dataclass
from migrator.model.values import Text, Value
from migrator.operators.aws import OPERATORS, REGION
from migrator.operators.calls import Call, known, options
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable

Parameters = dict[str, Expr]
WAIT = ("wait_for_completion", "deferrable")
_WAITER = {
    "waiter_delay": "Delay",
    "poll_interval": "Delay",
    "check_interval": "Delay",
    "waiter_max_attempts": "MaxAttempts",
    "max_attempts": "MaxAttempts",
    "max_attempt": "MaxAttempts",
}
WAITER = (*WAIT, *_WAITER)
"""What says whether a waiter of boto3 waits, and for how long."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the state of what an action started is looked at: another action, and where in its answer the state is (JMESPath)."""

    action: str
    path: str
    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    names: Mapping[str, str] | None = None
    """Parameters of that action, by arguments of the operator's; those of the first action where they are the same."""
    taken: Mapping[str, str] | None = None
    """Parameters of that action that are in the answer of the first one, with where (JMESPath)."""
    absent: str = ""
    """The state of something that is not there."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What an operator looks up that makes something which is there already: an action, its parameters by arguments of the operator's, and where in
    its answer the operator's value is (JMESPath, with arguments in braces)."""

    action: str
    names: Mapping[str, str]
    path: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One operator: an action of a service, its parameters by arguments of the operator's, and what is waited for."""

    rule: str
    operator: str
    service: str
    action: str
    names: Mapping[str, str]
    """`A.B` goes into a mapping `A`, `A[]` is a list, of one where the argument is a single text, `A{}` its JSON."""
    more: str = ""
    """An argument that holds further parameters."""
    waiter: str = ""
    """What boto3 waits for, with the parameters `waited`, and those `taken` of the answer (JMESPath)."""
    waited: Mapping[str, str] | None = None
    taken: Mapping[str, str] | None = None
    look: Look | None = None
    waits: bool = True
    """Whether the operator waits where it is not told."""
    path: str = ""
    """Where in the answer the operator's value is."""
    gives: str = ""
    ignored: Mapping[str, str] | None = None
    examples: tuple[Example, ...] = ()
    refused: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    """Codes of errors that mean that there is nothing to do."""
    instead: Instead | None = None
    """What is there already is fine, unless the operator's `if_exists` says otherwise."""
    given: Mapping[str, Expr] | None = None
    """Parameters that the operator sets where it is not told them."""
    made_up: Mapping[str, tuple[str, str]] | None = None
    """As `Call.made_up`."""
    kind: str = "aws"


def ask_call(row: Ask) -> Call:
    """The call of the resource that a row tells."""

    def built(task: Task, context: LoweringContext) -> Parameters:
        asked = parameters(task, context, row.names, row.given) | further(task, context, row.more)
        found: Parameters = {"service": row.service, "action": row.action, "parameters": asked}
        if row.fine:
            found["fine"] = list(row.fine)
        if row.instead is not None and known(task, "if_exists", "skip") == "skip":
            found |= {"fine": ["ConflictException"], "instead": _instead(task, context, row.instead)}
        if row.path:
            found["path"] = row.path
        if (row.waiter or row.look) and (flag(task, "wait_for_completion", row.waits) or flag(task, "deferrable")):
            found |= _waiting(task, context, row)
        return found

    waits = WAITER if row.waiter else WAIT if row.look else ()
    reads = (*row.names, *((row.more,) if row.more else ()), *(("if_exists",) if row.instead else ()), *waits)
    return Call(
        row.rule,
        (OPERATORS + row.operator,),
        "run" if row.look else "ask",
        dict(REGION),
        built=built,
        reads=reads,
        gives=row.gives,
        refused=row.refused,
        ignored=row.ignored or {},
        made_up=row.made_up or {},
        kind=row.kind,
        examples=row.examples,
    )


def _waiting(task: Task, context: LoweringContext, row: Ask) -> Parameters:
    if row.look is None:
        waited = parameters(task, context, row.waited or {})
        waited |= waiter_config(task, context)
        found: Parameters = {"waiter": row.waiter, **({"waited": waited} if waited else {})}
        return found | ({"taken": dict(row.taken)} if row.taken else {})
    found = {"look": row.look.action, "state": row.look.path, "done": list(row.look.done)}
    if row.look.names is not None:
        found["looked"] = parameters(task, context, row.look.names)
    if row.look.taken:
        found["taken"] = dict(row.look.taken)
    if row.look.failed:
        found["failed"] = list(row.look.failed)
    if row.look.absent:
        found["absent"] = row.look.absent
    return found


def _instead(task: Task, context: LoweringContext, row: Instead) -> Parameters:
    parts: list[Value] = []
    for number, part in enumerate(re.split(r"{(\w+)}", row.path)):
        parts.append(required(task, part) if number % 2 else part)
    texts = [part for part in parts if isinstance(part, str)]
    path = context.template("".join(texts) if len(texts) == len(parts) else Text(tuple(parts)))
    return {"action": row.action, "parameters": parameters(task, context, row.names), "path": path}


def waiter_config(task: Task, context: LoweringContext) -> Parameters:
    """How often boto3 looks and how many times, where the task says so. Raises Untranslatable."""
    config = options(task, context, _WAITER)
    return {"WaiterConfig": config} if config else {}


def further(task: Task, context: LoweringContext, name: str) -> Parameters:
    """What an argument says of parameters by their own names. Raises Untranslatable where it is not known."""
    value = argument(task, name) if name else None
    if value and not isinstance(value, Mapping):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return dict(context.template(value)) if value else {}


def parameters(
    task: Task, context: LoweringContext, names: Mapping[str, str], given: Mapping[str, Expr] | None = None
) -> Parameters:
    """Parameters of an action, by arguments of the operator's that are given, with those that are always there; names as in `Ask.names`. Raises
    Untranslatable."""
    found: Parameters = copy.deepcopy(dict(given or {}))
    for name, parameter in names.items():
        if (value := task.option(name)) is None or value == "":
            continue
        *outer, last = parameter.removesuffix("[]").removesuffix("{}").split(".")
        place = found
        for part in outer:
            place = place.setdefault(part, {})
        single = parameter.endswith("[]") and isinstance(value, str)
        asked = context.template([value] if single else value)
        place[last] = Operation("call", "json.dumps", (asked,)) if parameter.endswith("{}") else asked
    return found

"""Calls while a callable's body is read: of functions and classes of the folder, of libraries, and of functions that are passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, product
from typing import TYPE_CHECKING, cast

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.io.python import records
from migrator.analyzers.io.python.arguments import parser_method
from migrator.analyzers.io.python.attributes import (
    PROPERTIES,
    attribute,
    class_attribute,
    context_member,
    decorators,
    instance_attribute,
    lacks,
    library_bases,
    member_with,
    own_attribute,
    own_bases,
)
from migrator.analyzers.io.python.command_lines import CommandCall, click_calls, library_calls, typer_calls
from migrator.analyzers.io.python.dispatch import dispatched
from migrator.analyzers.io.python.file_values import parsed_value, read_value
from migrator.analyzers.io.python.functions import known_function, known_method
from migrator.analyzers.io.python.kinds import asked_kind
from migrator.analyzers.io.python.passing import enter_unknown, made_function, passed_on, result_of
from migrator.analyzers.io.python.reflection import by_name
from migrator.analyzers.io.python.registries import subclasses
from migrator.analyzers.io.python.settings import settings_method
from migrator.analyzers.io.python.values import (
    MAX_ALTERNATIVES,
    MEMBER_VALUE,
    UNKNOWN,
    ArgumentParser,
    Context,
    Instance,
    Library,
    Made,
    Method,
    Namespace,
    OwnClass,
    OwnFunction,
    Partial,
    Scope,
    Settings,
    Some,
    Step,
    Super,
    alternatives,
    as_text,
    describe,
    either,
)
from migrator.model.values import Symbolic, Text, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

MAX_DEPTH = 12
MAX_COMBINED = 16
"""Combinations of arguments that a function is read for at one call."""
_TEXTS = ("builtins.str", "collections.UserString")
"""Classes whose objects are texts: what derives from them stands for the text that it is made with."""
_CHANGES_OBJECT = frozenset({"cd", "chdir", "connect", "cwd"})
"""Methods after which the object itself stands for another place."""


def call(evaluator: Evaluator, node: cst.Call, scope: Scope) -> Value:
    """The value of a call."""
    if type(node.func) is cst.Name and node.func.value == "super":
        receiver = _receiver(scope)
        if scope.owner is not None and isinstance(receiver, (Instance, OwnClass)):
            return Super(scope.owner, receiver)
    function = evaluator.eval(node.func, scope)
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    spread: Value = None
    for arg in node.args:
        value = evaluator.eval(arg.value, scope)
        if arg.star == "*":
            args.extend(value if isinstance(value, (list, tuple)) else [])
            spread = spread if isinstance(value, (list, tuple)) else UNKNOWN
        elif arg.star == "**":
            if isinstance(value, dict):
                kwargs.update({key: item for key, item in value.items() if isinstance(key, str)})
            else:
                spread = value
        elif arg.keyword is not None:
            kwargs[arg.keyword.value] = value
        else:
            args.append(value)
    if isinstance(function, OwnClass) or not isinstance(function, (OwnFunction, Partial)):
        found = [called(evaluator, one, args, kwargs, spread, node, scope) for one in alternatives(function)]
        return either(found)
    return combined(evaluator, function, args, kwargs, spread, node, scope)


def combined(
    evaluator: Evaluator,
    function: Value,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    spread: Value,
    node: cst.Call,
    scope: Scope,
) -> Value:
    """A call of the folder's own function, for each combination of what its arguments may be."""
    choices = [alternatives(value) for value in (*args, *kwargs.values())]
    found = []
    for row in islice(product(*choices), MAX_COMBINED):
        named = dict(zip(kwargs, row[len(args) :], strict=True))
        found.append(called(evaluator, function, row[: len(args)], named, spread, node, scope))
    return either(found)


def _receiver(scope: Scope) -> Value:
    """`self` of the method that the code stands in."""
    at: Scope | None = scope
    while at is not None:
        for name in ("self", "cls"):
            if name in at.names:
                return at.names[name]
        at = at.outer
    return None


def called(
    evaluator: Evaluator,
    function: Value,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    spread: Value,
    node: cst.Call,
    scope: Scope,
) -> Value:
    """The value of a call of one function with its arguments."""
    if isinstance(function, OwnFunction):
        if evaluator.script is not None and not args and (calls := click_calls(evaluator, function)):
            return _of_command_line(evaluator, calls)
        return call_function(evaluator, function, args, kwargs, spread)
    if isinstance(function, OwnClass):
        return instantiate(evaluator, function, args, kwargs, spread)
    if isinstance(function, Partial):
        merged = {**function.kwargs, **kwargs}
        return called(evaluator, function.function, [*function.args, *args], merged, spread, node, scope)
    if isinstance(function, Library):
        name = function.path.rpartition(".")[2]
        step = Step(name, tuple(args), dict(kwargs))
        if not evaluator.quiet:
            evaluator.observer.call(function.path, None, step, node, evaluator, scope)
        if function.path == "builtins.getattr" and len(args) > 1 and isinstance(args[1], str):
            member = attribute(evaluator, args[0], args[1], scope)
            absent = (isinstance(member, Method) and member.owner is UNKNOWN) or (
                isinstance(args[0], OwnClass) and lacks(evaluator, args[0], args[1])
            )
            return args[2] if len(args) > 2 and absent else member
        if name == "TaskDeferred" and (waits := _waits(evaluator, step, scope)) is not None:
            return waits
        reflected = by_name(evaluator, function.path, args, scope)
        if reflected is not None:
            return reflected
        if function.path == "functools.reduce" and len(args) > 1 and isinstance(args[1], (list, tuple)):
            return _reduced(evaluator, args[0], [*args[2:3], *args[1]], node, scope)
        if calls := library_calls(evaluator, function.path, step):
            return _of_command_line(evaluator, calls)
        results = passed_on(evaluator, function.path, step, args, node, scope)
        if results is not None:
            return results
        found = known_function(evaluator, function.path, step)
        if found is None:
            found = asked_kind(evaluator, function.path, step)
        if found is None:
            found = parsed_value(evaluator, function.path, step, scope)
        if found is None:
            found = records.by_function(evaluator, function.path, step)
        return Made(function.path, (step,)) if found is None else found
    if isinstance(function, Made) and (calls := typer_calls(evaluator, function, node, scope)):
        return _of_command_line(evaluator, calls)
    if isinstance(function, Made) and function.root == "collections.namedtuple" and len(function.steps) == 1:
        return _of_named_tuple(function.steps[0], args, kwargs)
    if isinstance(function, Made) and (made := made_function(evaluator, function, args, node, scope)) is not None:
        return made
    if isinstance(function, Made) and function.steps and not function.steps[-1].called:
        owner = Made(function.root, function.steps[:-1])
        return _method(evaluator, owner, function.steps[-1].name, args, kwargs, node, scope)
    if isinstance(function, Method):
        return _method(evaluator, function.owner, function.name, args, kwargs, node, scope)
    if isinstance(function, Instance):
        method = class_attribute(evaluator, function.cls, "__call__")
        if isinstance(method, OwnFunction):
            bound = OwnFunction(method.module, method.node, method.outer, function, method.owner)
            return call_function(evaluator, bound, args, kwargs, spread)
    if isinstance(function, Symbolic) and function.kind == "connection":
        connection, _, method = (function.name or "").rpartition(".")
        if method == "get_uri":
            return function
        if method == "get_hook":
            return Made("airflow.hooks.base.BaseHook", (Step("BaseHook", (connection,)),))
    for value in args:
        enter_unknown(evaluator, value)
    if isinstance(function, Made) and function.root:  # `sessionmaker(bind=engine)()`
        return Made(function.root, (*function.steps, Step("__call__", tuple(args), dict(kwargs))))
    return UNKNOWN


def _of_command_line(evaluator: Evaluator, calls: Sequence[CommandCall]) -> Value:
    """Reads the functions that a script's words call; the last one's result."""
    return [call_function(evaluator, one.function, [], one.kwargs, UNKNOWN) for one in calls][-1]


def _reduced(evaluator: Evaluator, function: Value, items: list[Value], node: cst.Call, scope: Scope) -> Value:
    """`functools.reduce`."""
    total = items[0] if items else UNKNOWN
    for one in items[1:64]:
        total = called(evaluator, function, [total, one], {}, None, node, scope)
    return total


def _of_named_tuple(definition: Step, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    """An object of a class that `collections.namedtuple` made."""
    fields = definition.argument(1, "field_names")
    if isinstance(fields, str):
        fields = fields.replace(",", " ").split()
    if not isinstance(fields, (list, tuple)):
        return UNKNOWN
    names = [name for name in fields if isinstance(name, str)]
    defaults = definition.kwargs.get("defaults")
    known = list(defaults) if isinstance(defaults, (list, tuple)) else []
    found: dict[str, Value] = dict(zip(names[len(names) - len(known) :], known, strict=False))
    return Namespace({**dict.fromkeys(names, UNKNOWN), **found, **dict(zip(names, args, strict=False)), **kwargs})


def _method(
    evaluator: Evaluator,
    owner: Value,
    name: str,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    node: cst.Call,
    scope: Scope,
) -> Value:
    step = Step(name, tuple(args), dict(kwargs))
    if isinstance(owner, Context):
        return _context_method(evaluator, owner, step)
    if name in ("xcom_push", "xcom_pull") and args and isinstance(args[0], Context) and isinstance(owner, Made):
        return _context_method(evaluator, Context("ti"), Step(name, tuple(args[1:]), dict(kwargs)))
    if isinstance(owner, ArgumentParser):
        return parser_method(owner, step, evaluator.script)
    if isinstance(owner, Instance) and name == "_replace":
        return Instance(owner.cls, {**owner.attributes, **kwargs}, owner.made)
    if isinstance(owner, Settings):
        return settings_method(evaluator, owner, step, scope)
    if isinstance(owner, OwnClass) and name == "__subclasses__":
        return list(subclasses(evaluator, owner))
    if isinstance(owner, OwnClass) and (made := records.class_method(evaluator, owner, step, scope)) is not None:
        return made
    if isinstance(owner, Instance) and (found := records.object_method(evaluator, owner, step)) is not None:
        return found
    if isinstance(owner, Super):
        if name == "__new__" and step.args and isinstance(step.args[0], OwnClass):
            return _new(evaluator, step.args[0], step.args[1:])
        if isinstance(owner.receiver, Instance):
            initialized(owner.receiver, step)
        return None
    if name == "defer" and (waits := _waits(evaluator, step, scope)) is not None:
        return waits
    if name == "get_connection" and isinstance(step.argument(0, "conn_id"), str):
        return Symbolic("connection", "", name=step.argument(0, "conn_id"))
    found = known_method(owner, step)
    if found is not None:
        return found
    if not evaluator.quiet:
        evaluator.observer.call("", owner, step, node, evaluator, scope)
    results = passed_on(evaluator, "", step, args, node, scope)
    if results is None:
        results = result_of(owner, step)
    if results is not None:
        return results
    if name == "run_until_complete" and args:
        return args[0]
    read = read_value(evaluator, owner, step, scope)
    if read is not None:
        return read
    if name == "open" and isinstance(owner, (str, Text)):
        return Made("builtins.open", (Step("open", (owner, *args), dict(kwargs)),))
    made = Made(owner.root, (*owner.steps, step)) if isinstance(owner, Made) else Made("", (step,))
    receiver = node.func.value if type(node.func) is cst.Attribute else None
    if name in _CHANGES_OBJECT and isinstance(owner, Made) and type(receiver) is cst.Name:
        scope.names[receiver.value] = made
    return made


def _waits(evaluator: Evaluator, step: Step, scope: Scope) -> Value:
    """`self.defer(trigger=..., method_name="execute_complete")` of an operator of the folder: its work goes on in that method. None for all else."""
    receiver, name = _receiver(scope), step.argument(1, "method_name")
    method = (
        instance_attribute(evaluator, receiver, name)
        if isinstance(receiver, Instance) and isinstance(name, str)
        else None
    )
    if not isinstance(method, OwnFunction):
        return None
    given = step.argument(2, "kwargs")
    params = [one.name.value for one in method.node.params.params]
    named = {"event": UNKNOWN} if "event" in params else {}
    return evaluator.enter(method, [Context()], {**named, **(given if isinstance(given, dict) else {})}, UNKNOWN)


def put_into_context(evaluator: Evaluator, owner: Context, name: str, value: Value, *, replaces: bool = True) -> Value:
    """What a name of the context holds once code has given it a value, or one where it had none."""
    known = context_member(evaluator, owner, name)
    if known is UNKNOWN or replaces:
        extra = cast(dict[str, Value], owner.extra)
        extra[name] = value
        return value
    return known


def _context_method(evaluator: Evaluator, owner: Context, step: Step) -> Value:
    """`.get`, `.xcom_pull` and the like on Airflow's context."""
    if step.name == "update" and not owner.name:
        given = step.args[0] if step.args and isinstance(step.args[0], dict) else {}
        for key, value in {**given, **step.kwargs}.items():
            put_into_context(evaluator, owner, key, value)
        return None
    if step.name in ("get", "pop") and step.args and isinstance(step.args[0], (str, int)):
        found = context_member(evaluator, owner, step.args[0])
        if found is UNKNOWN and len(step.args) > 1 and not owner.name:
            return step.args[1]
        return found
    if step.name == "setdefault" and len(step.args) == 2 and isinstance(step.args[0], str) and not owner.name:
        return put_into_context(evaluator, owner, step.args[0], step.args[1], replaces=False)
    if owner.name == "ti" and step.name == "xcom_push":
        key, value = step.argument(0, "key"), step.argument(1, "value")
        if isinstance(key, str):
            evaluator.pushed[key] = either([evaluator.pushed[key], value]) if key in evaluator.pushed else value
        return None
    if owner.name == "ti" and step.name == "xcom_pull":
        task_id = step.argument(0, "task_ids")
        key = step.kwargs.get("key", "return_value")
        if evaluator.run is None or not isinstance(key, str) or "dag_id" in step.kwargs:
            return UNKNOWN
        if isinstance(task_id, (list, tuple)):
            named = len(task_id) <= MAX_ALTERNATIVES and all(isinstance(one, str) for one in task_id)
            return [evaluator.run.result(one, key) for one in task_id] if named else UNKNOWN
        if isinstance(task_id, str):
            return evaluator.run.result(task_id, key)
        return evaluator.run.pushed(key) if task_id is None else UNKNOWN
    if owner.name == "ti" and step.name == "get_dagrun":
        return Context("dag_run")
    return UNKNOWN


# -- functions of the folder


def call_function(
    evaluator: Evaluator, function: OwnFunction, args: Sequence[Value], kwargs: Mapping[str, Value], spread: Value
) -> Value:
    """What a function of the folder returns for these arguments. Read once for alike arguments, never inside itself."""
    function = dispatched(evaluator, function, args)
    node = function.node
    receiver = function.receiver
    state = describe(receiver.attributes, 2) if isinstance(receiver, Instance) else None
    key = (
        node,
        id(function.outer),
        id(receiver),
        state,
        describe(list(args)),
        describe(dict(kwargs)),
        describe(spread),
    )
    if key in evaluator.results:
        return evaluator.results[key]
    deepest = 3 if any(isinstance(value, OwnClass) for value in (receiver, *args)) else 1
    if len(evaluator.calls) >= MAX_DEPTH or _nested(evaluator, function) > deepest:
        return UNKNOWN
    evaluator.results[key] = UNKNOWN
    evaluator.alive.append((function.outer, receiver, args, kwargs, spread))
    evaluator.calls.append(function)
    try:
        scope = bind(evaluator, function, args, kwargs, spread)
        result = _body(evaluator, node, scope)
    finally:
        evaluator.calls.pop()
    evaluator.results[key] = result
    return result


def _nested(evaluator: Evaluator, function: OwnFunction) -> int:
    """How often the function is being read already; what a decorator makes of two functions are two."""
    return sum(one.node is function.node and one.outer is function.outer for one in evaluator.calls)


def _body(evaluator: Evaluator, node: cst.FunctionDef | cst.Lambda, scope: Scope) -> Value:
    from migrator.analyzers.io.python.statements import block

    if isinstance(node, cst.Lambda):
        return evaluator.eval(node.body, scope)
    ended = block(evaluator, node.body.body, scope)
    if scope.yields:
        managed = decorators(node) & {"contextmanager", "asynccontextmanager"}
        given = Some(scope.yields) if scope.yields_more else scope.yields
        return either(scope.yields) if managed else given
    if not scope.returns:
        return None
    found = scope.returns if ended else [value for value in scope.returns if value is not None] or [None]
    return either(found)


def bind(
    evaluator: Evaluator, function: OwnFunction, args: Sequence[Value], kwargs: Mapping[str, Value], spread: Value
) -> Scope:
    """The names of a function at its start."""
    scope = Scope(function.module, {}, function.outer, owner=function.owner)
    params, given = function.node.params, [*args]
    if function.receiver is not None:
        given.insert(0, function.receiver)
    left = dict(kwargs)
    for index, param in enumerate((*params.posonly_params, *params.params)):
        name = param.name.value
        if index < len(given):
            scope.names[name] = given[index]
        else:
            scope.names[name] = left.pop(name) if name in left else missing(evaluator, function, param, spread)
    for param in params.kwonly_params:
        name = param.name.value
        scope.names[name] = left.pop(name) if name in left else missing(evaluator, function, param, spread)
    if type(params.star_arg) is cst.Param:
        rest = tuple(given[len(params.posonly_params) + len(params.params) :])
        scope.names[params.star_arg.name.value] = UNKNOWN if spread is UNKNOWN and not rest else rest
    if params.star_kwarg is not None:
        whole: Value = left
        if isinstance(spread, Context) and not spread.name:
            whole = Context(extra={**spread.extra, **left})
        elif spread is not None and not left:
            whole = UNKNOWN
        scope.names[params.star_kwarg.name.value] = whole
    return scope


def missing(evaluator: Evaluator, function: OwnFunction, param: cst.Param, spread: Value) -> Value:
    """The value of a parameter that the call does not give."""
    name = param.name.value
    if isinstance(spread, Context) and not spread.name and (name in CONTEXT_KEYS or name in spread.extra):
        return context_member(evaluator, spread, name)
    if param.default is not None and (spread is None or isinstance(spread, Context)):
        if type(param.default) is cst.Name and function.owner is not None:
            # A method's default is looked up in the class's body first.
            found = own_attribute(evaluator, function.owner, param.default.value)
            if found is not None:
                return found
        return evaluator.eval(param.default, Scope(function.module, {}, function.outer))
    return of_annotation(evaluator, function, param)


def of_annotation(evaluator: Evaluator, function: OwnFunction, param: cst.Param) -> Value:
    """An object of the class that a parameter's annotation names, where it is a library's or the folder's."""
    annotation = param.annotation.annotation if param.annotation is not None else None
    if not isinstance(annotation, (cst.Name, cst.Attribute)):
        return UNKNOWN
    evaluator.quiet += 1
    found = evaluator.eval(annotation, Scope(function.module, {}, function.outer))
    evaluator.quiet -= 1
    if isinstance(found, Library) and not found.path.startswith(("builtins.", "typing.", "pathlib.", "datetime.")):
        return Made(found.path, (Step(found.path.rpartition(".")[2]),))
    return Instance(found, exact=False) if isinstance(found, OwnClass) else UNKNOWN


# -- classes of the folder


def instantiate(
    evaluator: Evaluator, cls: OwnClass, args: Sequence[Value], kwargs: Mapping[str, Value], spread: Value = None
) -> Value:
    """An object of a class of the folder."""
    bases = library_bases(evaluator, cls)
    if args and any(base.startswith("enum.") for base in bases):
        return member_with(evaluator, cls, args[0])
    new = class_attribute(evaluator, cls, "__new__")
    if isinstance(new, OwnFunction):
        bound = OwnFunction(new.module, new.node, new.outer, cls, new.owner)
        made = call_function(evaluator, bound, args, kwargs, spread)
        if isinstance(made, Instance) and made.attributes:
            return made
        cls = made.cls if isinstance(made, Instance) else cls
    instance = Instance(cls)
    if args and bases and bases[0] in _TEXTS:
        instance.attributes[MEMBER_VALUE] = as_text(args[0])
    elif bases and bases[0] != "builtins.object":
        instance.made = Made(bases[0], (Step(bases[0].rpartition(".")[2], tuple(args), dict(kwargs)),))
    init = class_attribute(evaluator, cls, "__init__")
    if isinstance(init, OwnFunction):
        bound = OwnFunction(init.module, init.node, init.outer, instance, init.owner)
        call_function(evaluator, bound, args, kwargs, spread)
        return instance
    records.fill(evaluator, instance, args, dict(kwargs))
    post = class_attribute(evaluator, cls, "__post_init__")
    if isinstance(post, OwnFunction):
        call_function(evaluator, OwnFunction(post.module, post.node, post.outer, instance, post.owner), [], {}, None)
    return instance


def _new(evaluator: Evaluator, cls: OwnClass, args: Sequence[Value]) -> Instance:
    """`super().__new__(cls, ...)` of a library's class: an object, of a class of texts the text that it is given."""
    is_text = bool(args) and any(base in _TEXTS for base in library_bases(evaluator, cls))
    return Instance(cls, {MEMBER_VALUE: as_text(args[0])} if is_text else {})


def super_method(evaluator: Evaluator, value: Super, name: str) -> Value:
    """`super().name`: what the classes that come after this one in the object's order call so, else the library's."""
    receiver = value.receiver
    order = own_bases(evaluator, receiver.cls if isinstance(receiver, Instance) else receiver)
    at = next((index for index, one in enumerate(order) if one.node is value.cls.node), -1)
    for one in order[at + 1 :] if at >= 0 else own_bases(evaluator, value.cls)[1:]:
        found = own_attribute(evaluator, one, name)
        if isinstance(found, OwnFunction) and isinstance(found.node, cst.FunctionDef):
            bound = OwnFunction(found.module, found.node, found.outer, receiver, found.owner)
            return evaluator.enter(bound, [], {}) if decorators(found.node) & PROPERTIES else bound
        if found is not None:
            return found
    if name == "__new__":
        return Method(value, name)
    if isinstance(receiver, OwnClass):
        return Method(UNKNOWN, name)
    if name == "__init__":
        return Method(value, "__init__")
    base = receiver.made or Made("")
    if name in ("execute", "poke") and base.steps:  # what the object has by now, it works with
        own = {key: one for key, one in receiver.attributes.items() if not key.startswith("_")}
        base = Made(base.root, (Step(base.steps[0].name, base.steps[0].args, {**base.steps[0].kwargs, **own}),))
    return Made(base.root, (*base.steps, Step(name, called=False)))


def initialized(receiver: Instance, step: Step) -> None:
    """`super().__init__(...)` of a library's class: what it is given can be asked of the object."""
    if receiver.made is not None:
        receiver.made = Made(receiver.made.root, (Step(receiver.made.root.rpartition(".")[2], step.args, step.kwargs),))
    for name, value in step.kwargs.items():
        receiver.attributes.setdefault(name, value)

"""Calls: binding arguments, running functions, making instances."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter import airflow_objects as af
from migrator.analyzers.interpreter.operations import LazyItems, enum_members, is_enum
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    BranchEnd,
    Call,
    Class,
    Descriptor,
    Env,
    External,
    Function,
    Instance,
    ManagedCall,
    Native,
    Opaque,
    PartialCall,
    RaiseSignal,
    ReturnSignal,
    SuperValue,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def call_value(machine: Machine, function: Any, call: Call) -> Any:
    """Calls any value."""
    from migrator.analyzers.interpreter import library

    if isinstance(function, External):
        return library.call_external(machine, function, call)
    if isinstance(function, Function):
        return call_function(machine, function, call)
    if isinstance(function, BoundMethod):
        return call_function(
            machine,
            function.function,
            Call([function.receiver, *call.args], call.kwargs, call.node, call.env, call.star),
        )
    if isinstance(function, Native):
        return function.call(machine, call)
    if isinstance(function, Class):
        return instantiate(machine, function, call)
    if isinstance(function, PartialCall):
        merged = Call([*function.args, *call.args], {**function.kwargs, **call.kwargs}, call.node, call.env, call.star)
        return call_value(machine, function.function, merged)
    if isinstance(function, af.AirflowObject):
        return function.call(machine, call)
    if isinstance(function, Instance) and function.cls is not None:
        method = function.cls.find("__call__")
        if isinstance(method, Function):
            return call_function(
                machine, method, Call([function, *call.args], call.kwargs, call.node, call.env, call.star)
            )
    if isinstance(function, Descriptor):
        return call_value(machine, function.function, call)
    return machine.unknown(call.node, call.env, "the called function is not known")


def make_function(machine: Machine, node: cst.FunctionDef, env: Env) -> Function:
    """The function that a `def` statement makes."""
    from migrator.analyzers.interpreter.expressions import closure_of

    prefix = f"{env.qualname}." if env.qualname else ""
    prefix = prefix.replace(".<class>.", ".")
    if env.function is not None and not env.qualname.endswith(".<class>"):
        prefix = f"{env.function.qualname}.<locals>."
    return Function(
        node.name.value,
        prefix + node.name.value,
        node,
        env.module,
        closure_of(env),
        make_defaults(machine, node.params, env),
        is_generator=machine.modules.is_generator(node, env.module),
        is_async=node.asynchronous is not None,
    )


def make_defaults(machine: Machine, params: cst.Parameters, env: Env) -> dict[str, Any]:
    """Default values, evaluated where the function is defined."""
    return {
        param.name.value: machine.eval(param.default, env)
        for param in (*params.posonly_params, *params.params, *params.kwonly_params)
        if param.default is not None
    }


def bind_arguments(machine: Machine, function: Function, call: Call) -> dict[str, Any]:
    """The function's locals at its start. Raises RaiseSignal (TypeError) where the arguments do not fit."""
    params = function.node.params
    positional = [*params.posonly_params, *params.params]
    names: dict[str, Any] = {}
    args = list(call.args)
    kwargs = dict(call.kwargs)
    for param in positional:
        name = param.name.value
        if args:
            names[name] = args.pop(0)
        elif name in kwargs:
            names[name] = kwargs.pop(name)
        elif name in function.defaults:
            names[name] = function.defaults[name]
        elif call.star or call.env is None:
            names[name] = machine.unknown(call.node, call.env, f"argument `{name}` comes from an unknown value")
        else:
            raise RaiseSignal("TypeError", f"{function.name}() missing argument '{name}'")
    if isinstance(params.star_arg, cst.Param):
        names[params.star_arg.name.value] = tuple(args)
    elif args:
        raise RaiseSignal("TypeError", f"{function.name}() takes {len(positional)} positional arguments")
    for param in params.kwonly_params:
        name = param.name.value
        if name in kwargs:
            names[name] = kwargs.pop(name)
        elif name in function.defaults:
            names[name] = function.defaults[name]
        elif call.star:
            names[name] = machine.unknown(call.node, call.env, f"argument `{name}` comes from an unknown value")
        else:
            raise RaiseSignal("TypeError", f"{function.name}() missing argument '{name}'")
    if params.star_kwarg is not None:
        names[params.star_kwarg.name.value] = kwargs
    elif kwargs:
        raise RaiseSignal("TypeError", f"{function.name}() got an unexpected argument '{next(iter(kwargs))}'")
    return names


def call_function(
    machine: Machine, function: Function, call: Call, on_yield: Callable[[Any], None] | None = None
) -> Any:
    """Runs a function of the analyzed code."""
    from migrator.analyzers.interpreter.machine import CALL_DEPTH

    if function.is_context_manager and on_yield is None:
        return ManagedCall(function, call)
    if len(machine.active) >= CALL_DEPTH:
        return machine.unknown(call.node, call.env, "the calls are nested too deeply to be followed")
    if machine.uncertain and function in machine.active:
        return machine.unknown(call.node, call.env, "how deep the recursion goes is not known")
    names = bind_arguments(machine, function, call)
    receiver = call.args[0] if function.owner is not None and call.args else None
    env = Env(
        function.module,
        names,
        function.enclosing,
        function,
        receiver,
        yields=[] if function.is_generator else None,
        qualname=function.qualname,
        on_yield=on_yield,
    )
    machine.active.append(function)
    machine.call_sites.append((call.node, call.env))
    machine.bindings.append({name: value for name, value in names.items() if value is not receiver})
    try:
        if isinstance(function.node, cst.Lambda):
            return machine.eval(function.node.body, env)
        from migrator.analyzers.interpreter.branches import merged_returns

        result: Any = None
        try:
            machine.run(function.node.body, env)
        except ReturnSignal as signal:
            result = signal.value
        except BranchEnd:
            return merged_returns(machine, env, call.node) if env.returns else None
        except RaiseSignal:
            if not env.returns:
                raise
            return merged_returns(machine, env, call.node)
        if env.returns:
            env.returns.append(result)
            outer = Env(call.env.module, {}, (), returns=env.returns)
            return merged_returns(machine, outer, call.node)
        if env.yields is not None:
            return LazyItems(env.yields)
        return result
    finally:
        machine.bindings.pop()
        machine.call_sites.pop()
        machine.active.pop()


def instantiate(machine: Machine, cls: Class, call: Call) -> Any:
    """`Class(...)` of the analyzed code."""
    if is_enum(cls):
        return enum_lookup(machine, cls, call)
    new = cls.find("__new__")
    if machine.airflow.is_operator_class(cls):
        return af.instantiate_operator(machine, cls, call)
    special = af.instantiate_subclass(machine, cls, call)
    if special is not MISSING:
        return special
    instance = Instance(cls)
    init = cls.find("__init__")
    if isinstance(init, Function):
        call_function(machine, init, Call([instance, *call.args], call.kwargs, call.node, call.env, call.star))
    elif cls.is_dataclass or is_record(cls):
        initialize_record(machine, cls, instance, call)
    elif isinstance(new, Function):
        return call_function(machine, new, Call([cls, *call.args], call.kwargs, call.node, call.env, call.star))
    elif cls.external_bases():
        instance.attributes.update(call.kwargs)
    return instance


def enum_lookup(machine: Machine, cls: Class, call: Call) -> Any:
    wanted = call.argument(0, "value")
    if is_symbolic(wanted):
        return machine.unknown(call.node, call.env, "the member is not known")
    for member in enum_members(cls):
        if member.attributes["value"] == wanted or member is wanted:
            return member
    raise RaiseSignal("ValueError", f"{wanted!r} is not a valid {cls.name}")


def is_record(cls: Class) -> bool:
    """NamedTuple, pydantic models and the like: fields are annotated class attributes."""
    return any(
        path in ("typing.NamedTuple",) or path.endswith(("BaseModel", "BaseSettings", "TypedDict"))
        for path in cls.external_bases()
    )


def initialize_record(machine: Machine, cls: Class, instance: Instance, call: Call) -> None:
    """Fields of a dataclass, NamedTuple or pydantic model, with defaults through the bases."""
    fields: list[str] = []
    for entry in reversed([entry for entry in cls.mro() if isinstance(entry, Class)]):
        fields.extend(name for name in entry.annotated if name not in fields)
    given = dict(zip(fields, call.args, strict=False)) | call.kwargs
    for name in fields:
        if name in given:
            instance.attributes[name] = given[name]
            continue
        default = cls.find(name)
        if isinstance(default, Opaque) and default.path.rpartition(".")[2] in ("field", "Field", "attrib", "ib"):
            factory = default.kwargs.get("default_factory", default.kwargs.get("factory", MISSING))
            if factory is not MISSING:
                default = machine.call(factory, [], {}, call.node, call.env)
            else:
                default = default.kwargs.get("default", default.args[0] if default.args else MISSING)
        if default is MISSING:
            if not call.star:
                raise RaiseSignal("TypeError", f"{cls.name}() missing argument '{name}'")
            default = machine.unknown(call.node, call.env, f"field `{name}` comes from an unknown value")
        instance.attributes[name] = default
    if any(path == "typing.NamedTuple" for path in cls.external_bases()):
        instance.attributes["__fields__"] = fields
    post = cls.find("__post_init__")
    if isinstance(post, Function):
        call_function(machine, post, Call([instance], {}, call.node, call.env))


def zero_argument_super(machine: Machine, node: cst.CSTNode, env: Env) -> Any:
    """`super()` in a method (or in a function nested in one)."""
    function, receiver = env.function, env.receiver
    if function is None or function.owner is None or receiver is None:
        return machine.unknown(node, env, "`super()` outside a method")
    return SuperValue(function.owner, receiver)

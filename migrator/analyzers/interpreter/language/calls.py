"""Calls: binding arguments, running functions, making instances."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import classes as airflow_classes
from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.classes import enums, records
from migrator.analyzers.interpreter.language.iterators import Generator
from migrator.analyzers.interpreter.libraries import library_classes
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    BranchEnd,
    Call,
    Class,
    Descriptor,
    DictValue,
    Env,
    External,
    Function,
    Instance,
    ListValue,
    ManagedCall,
    Native,
    PartialCall,
    RaiseSignal,
    ReturnSignal,
    SuperValue,
    TextValue,
    is_symbolic,
)
from migrator.diagnostics import help_for_missing
from migrator.model.values import BY_PLACE

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def call_value(machine: Machine, function: Any, call: Call) -> Any:
    """Calls any value."""
    if isinstance(function, External):
        from migrator.analyzers.interpreter.libraries.library import call_external

        return call_external(machine, function, call)
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
    if isinstance(function, ManagedCall) and len(call.args) == 1:
        again = Native("manager", lambda m, inner: function)
        under = library_classes.member(machine, "contextlib_", "under")
        return call_value(machine, under, Call([again, call.args[0]], {}, call.node, call.env))
    if "task_id" in call.kwargs and is_symbolic(function):
        return airflow_classes.unknown_operator(machine, call)
    announce_unfollowed(machine, function, call)
    return machine.unknown(call.node, call.env, "the called function is not known")


_PLAIN_METHODS = frozenset(
    name for kind in (str, list, dict, set, dt.datetime, dt.timedelta, logging.Logger) for name in dir(kind)
)


def _is_plain_method(node: cst.CSTNode) -> bool:
    """Whether what is called is named as a method of a plain value or of a logger is: of unknown text, most likely."""
    return (
        isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _PLAIN_METHODS
    )


def announce_unfollowed(machine: Machine, function: Any, call: Call) -> None:
    """A finding where a call that cannot be followed may change a DAG or make one."""
    given = [*call.args, *call.kwargs.values()]
    package = ""
    if isinstance(function, External) and ("dag_id" in call.kwargs or "dag" in function.name.lower()):
        package = machine.modules.missing(function.path, call.env)
        if package:
            machine.makers.append((package, function.name))
    if any(isinstance(value, (af.DagObject, af.GroupObject, af.TaskObject)) for value in given):
        what = "what it does with the DAG is not known"
    elif "dag_id" in call.kwargs:
        what = "the DAG that it may make is missing"
    elif is_symbolic(function) and machine.airflow.current_dag() is not None and not _is_plain_method(call.node):
        what = "tasks that it may make are missing"
    else:
        return
    if not package and isinstance(function, External):
        package = machine.modules.missing(function.path, call.env)
    node = call.node.func if type(call.node) is cst.Call else call.node
    name = machine.source(node, call.env)[:80]
    whose = f" of `{package}`, which is not in the folder," if package else ""
    machine.report(
        "MIG105", call.node, call.env, f"`{name}`{whose} is not evaluated: {what}", help_for_missing(package)
    )


def make_function(machine: Machine, node: cst.FunctionDef, env: Env) -> Function:
    """The function that a `def` statement makes."""
    from migrator.analyzers.interpreter.language.expressions import closure_of

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
    only_positional = {param.name.value for param in params.posonly_params}
    assumed: list[str] = []
    for param in positional:
        name = param.name.value
        if args:
            names[name] = args.pop(0)
        elif name in kwargs and name not in only_positional:
            names[name] = kwargs.pop(name)
        elif name in function.defaults:
            names[name] = function.defaults[name]
            assumed.append(name)
        elif call.star or call.env is None:
            names[name] = machine.unknown(call.node, call.env, f"argument `{name}` comes from an unknown value")
        else:
            raise RaiseSignal("TypeError", f"{function.name}() missing argument '{name}'")
    if type(params.star_arg) is cst.Param:
        names[params.star_arg.name.value] = tuple(args)
    elif args:
        raise RaiseSignal("TypeError", f"{function.name}() takes {len(positional)} positional arguments")
    for param in params.kwonly_params:
        name = param.name.value
        if name in kwargs:
            names[name] = kwargs.pop(name)
        elif name in function.defaults:
            names[name] = function.defaults[name]
            assumed.append(name)
        elif call.star:
            names[name] = machine.unknown(call.node, call.env, f"argument `{name}` comes from an unknown value")
        else:
            raise RaiseSignal("TypeError", f"{function.name}() missing argument '{name}'")
    if params.star_kwarg is not None:
        names[params.star_kwarg.name.value] = kwargs
    elif kwargs:
        raise RaiseSignal("TypeError", f"{function.name}() got an unexpected argument '{next(iter(kwargs))}'")
    if call.star and assumed:
        shown = ", ".join(f"`{name}`" for name in assumed)
        machine.report(
            "MIG109",
            call.node,
            call.env,
            f"arguments are unpacked that are not known, so the defaults of {shown} were assumed",
        )
    return names


def _is_called_as_it_stands(machine: Machine, function: Function, call: Call) -> bool:
    """Whether a call fits the function under a decorator that is not followed: other parameters, or results of tasks, are that decorator's."""
    if any(isinstance(value, (af.XCom, af.TaskObject)) for value in (*call.args, *call.kwargs.values())):
        return False
    try:
        bind_arguments(machine, function, call)
    except RaiseSignal:
        return False
    return True


def call_function(
    machine: Machine, function: Function, call: Call, on_yield: Callable[[Any], Any] | None = None
) -> Any:
    """Calls a function of the analyzed code. A generator function runs when it is iterated."""
    if function.is_altered and not _is_called_as_it_stands(machine, function, call):
        text = f"a decorator of `{function.name}` is not followed: tasks that it may make are missing"
        machine.report("MIG105", call.node, call.env, text)
        return machine.unknown(call.node, call.env, "a decorator of a library is not followed")
    if function.is_context_manager and on_yield is None:
        return ManagedCall(function, call)
    if function.is_generator and on_yield is None:
        names = bind_arguments(machine, function, call)
        return Generator(lambda take: run_function(machine, function, call, names, take))
    return run_function(machine, function, call, bind_arguments(machine, function, call), on_yield)


def run_function(
    machine: Machine,
    function: Function,
    call: Call,
    names: dict[str, Any],
    on_yield: Callable[[Any], Any] | None = None,
) -> Any:
    """Executes the body with its locals."""
    from migrator.analyzers.interpreter.machine import CALL_DEPTH

    if len(machine.active) >= CALL_DEPTH:
        return machine.unknown(call.node, call.env, "the calls are nested too deeply to be followed")
    if machine.uncertain and function in machine.active:
        return machine.unknown(call.node, call.env, "how deep the recursion goes is not known")
    cached = call_key(function, call)
    if cached is not None and cached in function.results:
        return function.results[cached]
    receiver = call.args[0] if function.owner is not None and call.args else None
    env = Env(
        function.module,
        names,
        function.enclosing,
        function,
        receiver,
        qualname=function.qualname,
        on_yield=on_yield,
    )
    machine.charge(20)
    machine.active.append(function)
    machine.call_sites.append((call.node, call.env))
    machine.bindings.append({name: value for name, value in names.items() if value is not receiver})
    try:
        if isinstance(function.node, cst.Lambda):
            return machine.eval(function.node.body, env)
        from migrator.analyzers.interpreter.language.branches import merged_returns

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
        if cached is not None and not is_symbolic(result):
            function.results[cached] = result
        return result
    finally:
        machine.bindings.pop()
        machine.call_sites.pop()
        machine.active.pop()


def call_key(function: Function, call: Call) -> Any:
    """What `functools.cache` keeps a result by; None where the function is not cached or an argument cannot be hashed."""
    if not function.is_cached:
        return None
    key = (tuple(call.args), tuple(sorted(call.kwargs.items())))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def instantiate(machine: Machine, cls: Class, call: Call, by_metaclass: bool = True) -> Any:
    """`Class(...)` of the analyzed code; by the `__call__` of its metaclass unless that is what asks."""
    if enums.is_enum(cls):
        return enums.lookup(machine, cls, call)
    if machine.airflow.is_operator_class(cls):
        return airflow_classes.instantiate_operator(machine, cls, call)
    special = airflow_classes.instantiate_subclass(machine, cls, call)
    if special is not MISSING:
        return special
    if by_metaclass and isinstance(cls.metaclass, Class):
        method = cls.metaclass.find("__call__")
        if isinstance(method, Function):
            return call_function(machine, method, Call([cls, *call.args], call.kwargs, call.node, call.env, call.star))
    if records.is_named_tuple(cls) and not isinstance(cls.find("__new__"), Function):
        return records.make_named_tuple(machine, cls, call)
    if records.is_typed_dict(cls):
        return machine.call(External("builtins.dict"), call.args, call.kwargs, call.node, call.env)
    new = cls.find("__new__")
    if isinstance(new, Function):
        made = call_function(machine, new, Call([cls, *call.args], call.kwargs, call.node, call.env, call.star))
        if not isinstance(made, (Instance, TextValue)) or made.cls is None or cls not in made.cls.mro():
            return made
        return initialized(machine, cls, made, call)
    paths = cls.external_bases()
    if any(path in ("builtins.dict", "collections.OrderedDict") for path in paths):
        return initialized(machine, cls, DictValue(cls), call)
    if "builtins.str" in paths:
        from migrator.analyzers.interpreter.language.attributes import text_value

        text = text_value(machine, cls, call)
        return initialized(machine, cls, text, call) if isinstance(text, TextValue) else text
    if "builtins.list" in paths:
        return initialized(machine, cls, ListValue(cls), call)
    made = initialized(machine, cls, Instance(cls), call)
    arguments = _by_name(cls, call)
    if isinstance(made, Instance) and arguments is not None:
        made.made(arguments)
    return made


def _by_name(cls: Class, call: Call) -> dict[str, Any] | None:
    """The arguments of a call that makes an instance, by name, or by place where `*args` takes some; None where they have none."""
    init = records.initializer(cls)
    if isinstance(init, Function):
        params = init.node.params
        names = [param.name.value for param in (*params.posonly_params, *params.params)][1:]
        if len(call.args) > len(names) and type(params.star_arg) is cst.Param and not call.star:
            return {**{f"{BY_PLACE}{place}": value for place, value in enumerate(call.args)}, **call.kwargs}
    else:
        names = records.fields_of(init) if isinstance(init, Class) else []
    if call.star or len(call.args) > len(names):
        return None
    return {**dict(zip(names, call.args, strict=False)), **call.kwargs}


def initialized(machine: Machine, cls: Class, instance: Any, call: Call) -> Any:
    """The new instance after `__init__`."""
    init = records.initializer(cls)
    if isinstance(init, Function):
        if isinstance(instance, Instance) and is_exception_class(cls):
            instance.attributes.setdefault("args", tuple(call.args))
        call_function(machine, init, Call([instance, *call.args], call.kwargs, call.node, call.env, call.star))
    elif isinstance(instance, (DictValue, ListValue)):
        from migrator.analyzers.interpreter.language.attributes import fill

        fill(machine, instance, call)
    elif isinstance(init, Class):
        records.initialize(machine, init, instance, call)
    elif is_exception_class(cls):
        instance.attributes["args"] = tuple(call.args)
    elif cls.external_bases() and not isinstance(instance, TextValue):
        instance.attributes.update(call.kwargs)
        instance.of_library = (list(call.args), dict(call.kwargs))
    return instance


def is_exception_class(cls: Class) -> bool:
    """Whether the class derives from a builtin exception."""
    from migrator.analyzers.interpreter.language.operations import is_exception

    return any(is_exception(External(path)) for path in cls.external_bases())


def zero_argument_super(machine: Machine, node: cst.CSTNode, env: Env) -> Any:
    """`super()` in a method (or in a function nested in one)."""
    function, receiver = env.function, env.receiver
    if function is None or function.owner is None or receiver is None:
        return machine.unknown(node, env, "`super()` outside a method")
    return SuperValue(function.owner, receiver)

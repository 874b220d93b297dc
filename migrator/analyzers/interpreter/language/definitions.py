"""`def` and `class` statements with their decorators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.classes import enums, records
from migrator.analyzers.interpreter.libraries import library_classes
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
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
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def function_definition(machine: Machine, node: cst.FunctionDef, env: Env) -> None:
    from migrator.analyzers.interpreter.airflow.taskflow import DecoratedCall
    from migrator.analyzers.interpreter.language.calls import make_function

    original = make_function(machine, node, env)
    value: Any = original
    for decorator in reversed(node.decorators):
        below = value
        value = apply_decorator(machine, decorator, below, env)
        if type(value) is DecoratedCall and value.function is below:
            original.task_makers.append(decorator)
    made = getattr(value, "function", value)  # that under `@task`
    if type(made) is Function and made is not original and original.owner is None:
        made.original = original if _holds(made, original) else None
        made.takes_others = made.original is not None and not _shows(made, original)
        made.takes_context = made.original is not None and _takes_rest(made)
    env.assign(node.name.value, value)


def _holds(wrapper: Function, original: Function, depth: int = 5) -> bool:
    """Whether a function of a decorator keeps another one in its closure, by itself or by another decorator's function."""
    held = [value for scope in wrapper.enclosing for value in scope.values() if isinstance(value, Function)]
    return original in held or (
        depth > 0 and any(_holds(value, original, depth - 1) for value in held if value.enclosing)
    )


def _shows(wrapper: Function, original: Function) -> bool:
    """Whether a function of a decorator has the original's parameters for those who ask which it takes, as Airflow does; one of `*args` and `**kwargs`
    alone hands on whatever the original takes."""
    names = _names(original)
    while wrapper is not original:
        told = wrapper.attributes.get("__signature__")
        if told is not None:
            shown = told.kwargs.get("parameters") if isinstance(told, Opaque) else None
            return isinstance(shown, dict) and [*shown] == names
        below = wrapper.attributes.get("__wrapped__")
        if not isinstance(below, Function):
            return {*_names(wrapper, stars=False)} <= {*names}
        wrapper = below
    return True


def _takes_rest(wrapper: Function) -> bool:
    """Whether a function of a decorator takes whatever it is given by name, and says so itself, not by the function that it stands around."""
    below = wrapper.attributes.get("__wrapped__")
    hidden = isinstance(below, Function) and "__signature__" not in wrapper.attributes
    return wrapper.node.params.star_kwarg is not None and not hidden


def _names(function: Function, stars: bool = True) -> list[str]:
    params = function.node.params
    named = [*params.posonly_params, *params.params]
    star = [params.star_arg] if stars and isinstance(params.star_arg, cst.Param) else []
    rest = [params.star_kwarg] if stars and params.star_kwarg is not None else []
    return [param.name.value for param in (*named, *star, *params.kwonly_params, *rest)]


def apply_decorator(machine: Machine, decorator: cst.Decorator, value: Any, env: Env) -> Any:
    """The decorated function or class; unchanged under a decorator that is not understood."""
    from migrator.analyzers.interpreter.airflow.taskflow import DECORATOR_TYPES

    function = machine.eval(decorator.decorator, env)
    if isinstance(function, External) and function.path in (
        "builtins.property",
        "builtins.staticmethod",
        "builtins.classmethod",
        "functools.cached_property",
    ):
        return Descriptor(function.name, value)
    if isinstance(function, Native) and function.name in ("setter", "deleter"):
        return machine.call(function, [value], {}, decorator.decorator, env)
    if isinstance(function, External) and function.path in (
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
    ):
        if isinstance(value, Function):
            value.is_context_manager = True
        return value
    if records.decorate(function, value):
        return value
    if isinstance(function, External) and function.path == "functools.total_ordering" and isinstance(value, Class):
        value.is_ordered = True
        return value
    if isinstance(function, External) and machine.is_modelled(function.path):
        return machine.call(function, [value], {}, decorator.decorator, env)
    if isinstance(
        function, (Function, BoundMethod, PartialCall, Native, Class, Instance, ManagedCall, *DECORATOR_TYPES)
    ):
        result = machine.call(function, [value], {}, decorator.decorator, env)
        return value if is_symbolic(result) or result is None else result
    if isinstance(value, Function) and not env.qualname.endswith(".<class>"):  # methods keep their parameters mostly
        value.is_altered = True
    return value


def class_definition(machine: Machine, node: cst.ClassDef, env: Env) -> None:
    from migrator.analyzers.interpreter.language.expressions import closure_of
    from migrator.analyzers.interpreter.language.items import set_item

    bases = [base_class(machine, machine.eval(argument.value, env)) for argument in node.bases if argument.star == ""]
    bases = [base for base in bases if base is not None]
    keywords = {a.keyword.value: machine.eval(a.value, env) for a in node.keywords if a.keyword is not None}
    prefix = f"{env.qualname}." if env.qualname else ""
    qualname = prefix.replace(".<class>.", ".") + node.name.value
    value = Class(node.name.value, qualname, env.module, node, bases, {})
    if enums.is_enum(value):
        value.namespace = enums.EnumBody(machine, value, node, env)
    prepared = prepare_namespace(machine, value, keywords, node, env)
    scope = Env(env.module, value.namespace, closure_of(env), qualname=f"{qualname}.<class>")
    machine.run(node.body, scope)
    value.annotations = value.namespace.pop("__annotated__", {})
    value.annotated = list(value.annotations)
    if prepared is not None:
        for name, member in value.namespace.items():
            set_item(machine, prepared, name, member, node, env)
    result: Any = complete_class(machine, value, keywords, node, env, prepared)
    for decorator in reversed(node.decorators):
        result = apply_decorator(machine, decorator, result, env)
    env.assign(node.name.value, result)


def prepare_namespace(machine: Machine, cls: Class, keywords: dict[str, Any], node: cst.CSTNode, env: Env) -> Any:
    """What the metaclass's `__prepare__` gives for the class's body to run in, with its names in the class; else None."""
    metaclass = keywords.get("metaclass") or next(
        (base.metaclass for base in cls.bases if isinstance(base, Class) and base.metaclass is not None), None
    )
    hook = metaclass.find("__prepare__") if isinstance(metaclass, Class) else None
    inner = hook.function if isinstance(hook, Descriptor) else hook
    if not isinstance(inner, Function):
        return None
    rest = {name: value for name, value in keywords.items() if name != "metaclass"}
    made = machine.call(BoundMethod(inner, metaclass), [cls.name, tuple(cls.bases)], rest, node, env)
    if isinstance(made, dict):
        cls.namespace.update(made)
    return made if isinstance(made, (dict, Instance)) else None


def base_class(machine: Machine, base: Any) -> Any:
    """What a class derives from: `Generic[T]` and the like add nothing."""
    if isinstance(base, External) and base.path in ("typing.Generic", "typing.Protocol", "builtins.object"):
        return None
    return library_classes.base_class(machine, base)


def complete_class(
    machine: Machine, cls: Class, keywords: dict[str, Any], node: cst.CSTNode, env: Env, prepared: Any = None
) -> Any:
    """What happens when a class's body has run: owners, Enum members, `__set_name__`, `__init_subclass__`, the metaclass.

    `prepared` is what the metaclass gave for the body to run in.
    """
    adopt(cls)
    enums.complete(machine, cls, node, env)
    for name, member in list(cls.namespace.items()):
        if isinstance(member, Instance) and member.cls is not None and member.cls is not cls:
            hook = member.cls.find("__set_name__")
            if isinstance(hook, Function):
                machine.call(BoundMethod(hook, member), [cls, name], {}, node, env)
            if isinstance(member.cls.find("__set__"), Function):
                cls.descriptors |= {name}
    parents = cls.mro()[1:]
    for base in cls.bases:
        if isinstance(base, Class):
            cls.descriptors |= base.descriptors - cls.namespace.keys()
            cls.evaluate = cls.evaluate or base.evaluate
    if isinstance(cls.namespace.get("__hash__"), Function):
        cls.evaluate = lambda method, args: machine.call(method, args, {}, node, env)
    machine.charge(len(parents) * 10)
    cls.metaclass = keywords.pop("metaclass", None) or next(
        (base.metaclass for base in parents if isinstance(base, Class) and base.metaclass is not None), None
    )
    for base in parents:
        hook = base.namespace.get("__init_subclass__") if isinstance(base, Class) else None
        inner = hook.function if isinstance(hook, Descriptor) else hook
        if isinstance(inner, Function):
            machine.call(BoundMethod(inner, cls), [], forwarded(cls.metaclass, keywords), node, env)
            break
    return apply_metaclass(machine, cls, keywords, node, env, prepared)


def adopt(cls: Class) -> None:
    """Makes the class the owner of its functions, and known to its bases."""
    for member in cls.namespace.values():
        for inner in (member, getattr(member, "function", None), getattr(member, "setter", None)):
            if isinstance(inner, Function) and inner.owner is None:
                inner.owner = cls
    for base in cls.bases:
        if isinstance(base, Class):
            base.subclasses.append(cls)


def forwarded(metaclass: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a class statement that reach `__init_subclass__`: a metaclass's `__new__` takes those that it names."""
    new = metaclass.find("__new__") if isinstance(metaclass, Class) else MISSING
    if not isinstance(new, Function):
        return keywords
    if new.node.params.star_kwarg is None:
        return {}
    taken = {param.name.value for param in (*new.node.params.params, *new.node.params.kwonly_params)}
    return {name: value for name, value in keywords.items() if name not in taken}


def apply_metaclass(
    machine: Machine, cls: Class, keywords: dict[str, Any], node: cst.CSTNode, env: Env, prepared: Any = None
) -> Any:
    """Runs an analyzed metaclass's `__new__` and `__init__`; the class, or what `__new__` gives in its place."""
    if not isinstance(cls.metaclass, Class):
        return cls
    arguments = [cls.name, tuple(cls.bases), cls.namespace if prepared is None else prepared]
    new, init = cls.metaclass.find("__new__"), cls.metaclass.find("__init__")
    result: Any = cls
    if isinstance(new, Function):
        machine.pending_class = cls
        made = machine.call(new, [cls.metaclass, *arguments], keywords, node, env)
        result = made if isinstance(made, Class) else cls
    if isinstance(init, Function):
        machine.call(init, [result, *arguments], keywords, node, env)
    return result

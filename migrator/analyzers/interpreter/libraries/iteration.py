"""Functions of `itertools`, `functools` and `operator` that take functions of the analyzed code."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.iterators import MAX_TAKEN, LazyItems, Stream
from migrator.analyzers.interpreter.language.operations import truth
from migrator.analyzers.interpreter.libraries.builtin_functions import columns_of, items_of, no
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Descriptor,
    Function,
    Instance,
    Native,
    PartialCall,
    RaiseSignal,
    contains_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Handler = Callable[["Machine", Call], Any]


def _partial(machine: Machine, call: Call) -> Any:
    return PartialCall(call.args[0], call.args[1:], call.kwargs) if call.args else no(machine, call)


def _reduce(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[1], call)
    if values is None:
        return no(machine, call)
    if len(call.args) > 2:
        values = [call.args[2], *values]
    if not values:
        raise RaiseSignal("TypeError", "reduce() of empty iterable")
    return functools.reduce(lambda a, b: machine.call(call.args[0], [a, b], {}, call.node, call.env), values)


def _wraps(machine: Machine, call: Call) -> Any:
    """`functools.wraps(original)`: the wrapper takes the original's name and documentation."""
    original = call.args[0] if call.args else None

    def decorate(m: Machine, inner: Call) -> Any:
        return _named_as(inner.args[0], original)

    return Native("wraps", decorate)


def _named_as(wrapper: Any, original: Any) -> Any:
    """The wrapper (a function, or an instance that can be called) with the name and documentation of the original."""
    if isinstance(wrapper, (Function, Instance)) and isinstance(original, Function):
        from migrator.analyzers.interpreter.language.attributes import docstring

        wrapper.attributes.setdefault("__name__", original.attributes.get("__name__", original.name))
        wrapper.attributes.setdefault("__doc__", docstring(original))
        wrapper.attributes.setdefault("__wrapped__", original)
    return wrapper


def _update_wrapper(machine: Machine, call: Call) -> Any:
    return _named_as(call.args[0], call.argument(1, "wrapped"))


def _cache(machine: Machine, call: Call) -> Any:
    """`functools.cache`, `lru_cache` with and without arguments."""

    def decorate(m: Machine, inner: Call) -> Any:
        if isinstance(inner.args[0], Function):
            inner.args[0].is_cached = not inner.args[0].is_generator
        return inner.args[0]

    if len(call.args) == 1 and isinstance(call.args[0], (Function, Class, BoundMethod)):
        return decorate(machine, call)
    return Native("cache", decorate)


def _single_dispatch(machine: Machine, call: Call) -> Any:
    """`functools.singledispatch`: a function with implementations by the type of the first argument."""
    return _dispatching(call.args[0], 0)


def _single_dispatch_method(machine: Machine, call: Call) -> Any:
    """`functools.singledispatchmethod`: the same for the first argument after the receiver."""
    return Descriptor("method", _dispatching(call.args[0], 1))


def _partial_method(machine: Machine, call: Call) -> Any:
    """`functools.partialmethod`: the receiver comes first."""
    function, *args = call.args

    def apply(m: Machine, inner: Call) -> Any:
        arguments = [inner.args[0], *args, *inner.args[1:]]
        return m.call(function, arguments, {**call.kwargs, **inner.kwargs}, inner.node, inner.env)

    return Descriptor("method", Native("partialmethod", apply))


def _dispatching(function: Any, position: int) -> Native:
    """A function with implementations by the type of the argument at that position."""
    table: list[tuple[Any, Any]] = []

    def chosen(m: Machine, inner: Call) -> Any:
        from migrator.analyzers.interpreter.libraries.builtin_functions import FUNCTIONS

        for kind, implementation in reversed(table):
            check = Call([inner.args[0], kind], {}, inner.node, inner.env)
            if FUNCTIONS["issubclass"](m, check) is True:
                return implementation
        return function

    def dispatch(m: Machine, inner: Call) -> Any:
        from migrator.analyzers.interpreter.libraries.builtin_functions import FUNCTIONS

        for kind, implementation in reversed(table):
            if len(inner.args) <= position:
                break
            check = Call([inner.args[position], kind], {}, inner.node, inner.env)
            if FUNCTIONS["isinstance"](m, check) is True:
                return m.call(implementation, inner.args, inner.kwargs, inner.node, inner.env)
        return m.call(function, inner.args, inner.kwargs, inner.node, inner.env)

    def register(m: Machine, inner: Call) -> Any:
        first = inner.args[0]
        if len(inner.args) == 2:
            table.append((first, inner.args[1]))
            return inner.args[1]
        if isinstance(first, Function):
            params = first.node.params.params
            annotation = params[position].annotation if len(params) > position else None
            if annotation is not None:
                table.append((m.eval(annotation.annotation, inner.env), first))
            return first

        def register_for(mm: Machine, last: Call) -> Any:
            table.append((first, last.args[0]))
            return last.args[0]

        return Native("register", register_for)

    made = Native("singledispatch", dispatch)
    made.members["register"] = Native("register", register)
    made.members["dispatch"] = Native("dispatch", chosen)
    return made


def _chain(machine: Machine, call: Call) -> Any:
    columns = [items_of(machine, value, call) for value in call.args]
    if any(column is None for column in columns):
        return no(machine, call)
    return LazyItems([item for column in columns if column is not None for item in column])


def _chain_rows(machine: Machine, call: Call) -> Any:
    rows = items_of(machine, call.args[0], call)
    return no(machine, call) if rows is None else _chain(machine, Call(rows, {}, call.node, call.env))


def _groupby(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    if values is None:
        return no(machine, call)
    function = call.argument(1, "key")
    groups: list[tuple[Any, list[Any]]] = []
    for value in values:
        key = machine.call(function, [value], {}, call.node, call.env) if function is not None else value
        if contains_symbolic(key):
            return no(machine, call)
        if groups and groups[-1][0] == key:
            groups[-1][1].append(value)
        else:
            groups.append((key, [value]))
    return LazyItems([(key, LazyItems(group)) for key, group in groups])


def _starmap(machine: Machine, call: Call) -> Any:
    rows = items_of(machine, call.args[1], call)
    if rows is None:
        return no(machine, call)
    return LazyItems(
        [machine.call(call.args[0], items_of(machine, row, call) or [], {}, call.node, call.env) for row in rows]
    )


def _accumulate(machine: Machine, call: Call) -> Any:
    import libcst as cst

    from migrator.analyzers.interpreter.language.operations import binary

    values = items_of(machine, call.args[0], call)
    if values is None:
        return no(machine, call)
    function, initial = call.argument(1, "func"), call.kwargs.get("initial")
    if initial is not None:
        values = [initial, *values]
    results = values[:1]
    for value in values[1:]:
        if function is None:
            results.append(binary(machine, cst.Add, results[-1], value, call.node, call.env))
        else:
            results.append(machine.call(function, [results[-1], value], {}, call.node, call.env))
    return LazyItems(results)


def _selecting(kind: str) -> Handler:
    """`takewhile`, `dropwhile` and `filterfalse`."""

    def select(machine: Machine, call: Call) -> Any:
        source = call.args[1]
        pulled = source if isinstance(source, LazyItems) else LazyItems(items_of(machine, source, call) or [])
        if not isinstance(source, LazyItems) and items_of(machine, source, call) is None:
            return no(machine, call)
        found: list[Any] = []
        dropping = True
        while len(found) < MAX_TAKEN and (value := pulled.next()) is not MISSING:
            machine.tick()
            result = value if call.args[0] is None else machine.call(call.args[0], [value], {}, call.node, call.env)
            known = truth(machine, result)
            if known is None:
                return no(machine, call)
            if kind == "takewhile" and not known:
                break
            dropping = dropping and known
            if not (dropping if kind == "dropwhile" else known if kind == "filterfalse" else False):
                found.append(value)
        return LazyItems(found)

    return select


def _islice(machine: Machine, call: Call) -> Any:
    source, *bounds = call.args
    if not all(isinstance(bound, (int, type(None))) for bound in bounds) or not bounds:
        return no(machine, call)
    if not isinstance(source, LazyItems):
        values = items_of(machine, source, call)
        if values is None:
            return no(machine, call)
        source = LazyItems(values)
    try:
        return LazyItems(list(itertools.islice(iter(source.next, MISSING), *bounds))[:MAX_TAKEN])
    except ValueError as error:
        raise RaiseSignal("ValueError", str(error)) from None


def _repeat(machine: Machine, call: Call) -> Any:
    times = call.argument(1, "times")
    if times is None:
        return Stream(itertools.repeat(call.args[0]))
    return LazyItems([call.args[0]] * times) if isinstance(times, int) and times < MAX_TAKEN else no(machine, call)


def _cycle(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    return no(machine, call) if values is None else Stream(itertools.cycle(values))


def _count(machine: Machine, call: Call) -> Any:
    start, step = call.argument(0, "start", 0), call.argument(1, "step", 1)
    if not isinstance(start, (int, float)) or not isinstance(step, (int, float)):
        return no(machine, call)
    return Stream(itertools.count(start, step))


def _tee(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    number = call.argument(1, "n", 2)
    if values is None or not isinstance(number, int) or number > 100:
        return no(machine, call)
    return tuple(LazyItems(list(values)) for _ in range(number))


def _combining(function: Callable[..., Any]) -> Handler:
    """Functions of `itertools` that only put elements together."""

    def combine(machine: Machine, call: Call) -> Any:
        args = [arg if isinstance(arg, int) else items_of(machine, arg, call) for arg in call.args]
        if any(arg is None for arg in args):
            return no(machine, call)
        try:
            return Stream(function(*args, **call.kwargs))
        except (TypeError, ValueError) as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None

    return combine


def _zip_longest(machine: Machine, call: Call) -> Any:
    columns = columns_of(machine, call)
    return no(machine, call) if columns is None else Stream(itertools.zip_longest(*columns, **call.kwargs))


def _product(machine: Machine, call: Call) -> Any:
    columns = [items_of(machine, arg, call) for arg in call.args]
    repeat = call.kwargs.get("repeat", 1)
    if any(column is None for column in columns) or not isinstance(repeat, int) or not 0 <= repeat <= 50:
        return no(machine, call)
    return Stream(itertools.product(*[column for column in columns if column is not None], repeat=repeat))


def _batched(machine: Machine, call: Call) -> Any:
    values, size = items_of(machine, call.args[0], call), call.argument(1, "n")
    if values is None or not isinstance(size, int) or size < 1:
        return no(machine, call)
    return LazyItems([tuple(values[i : i + size]) for i in range(0, len(values), size)])


def _pairwise(machine: Machine, call: Call) -> Any:
    values = items_of(machine, call.args[0], call)
    return no(machine, call) if values is None else LazyItems(list(itertools.pairwise(values)))


def _getter(kind: str) -> Handler:
    def make(machine: Machine, call: Call) -> Any:
        from migrator.analyzers.interpreter.language.attributes import get_attribute
        from migrator.analyzers.interpreter.language.items import get_item

        keys = list(call.args)

        def read(m: Machine, value: Any, key: Any, inner: Call) -> Any:
            if kind == "item":
                return get_item(m, value, key, inner.node, inner.env)
            for part in str(key).split("."):
                value = get_attribute(m, value, part, inner.node, inner.env)
            return value

        def apply(m: Machine, inner: Call) -> Any:
            found = [read(m, inner.args[0], key, inner) for key in keys]
            return found[0] if len(found) == 1 else tuple(found)

        return Native(f"{kind}getter", apply)

    return make


def _method_caller(machine: Machine, call: Call) -> Any:
    from migrator.analyzers.interpreter.language.attributes import get_attribute

    name, *args = call.args

    def apply(m: Machine, inner: Call) -> Any:
        method = get_attribute(m, inner.args[0], str(name), inner.node, inner.env)
        return m.call(method, list(args), dict(call.kwargs), inner.node, inner.env)

    return Native("methodcaller", apply)


def _operator(name: str) -> Handler:
    """An arithmetic function of `operator`, within the bounds of the operator itself."""

    def apply(machine: Machine, call: Call) -> Any:
        import libcst as cst

        from migrator.analyzers.interpreter.language.operations import binary

        if len(call.args) != 2:
            raise RaiseSignal("TypeError", f"{name} expected 2 arguments")
        return binary(machine, getattr(cst, name), call.args[0], call.args[1], call.node, call.env)

    return apply


_OPERATORS = {
    "add": "Add",
    "concat": "Add",
    "sub": "Subtract",
    "mul": "Multiply",
    "truediv": "Divide",
    "floordiv": "FloorDivide",
    "mod": "Modulo",
    "pow": "Power",
    "and_": "BitAnd",
    "or_": "BitOr",
    "xor": "BitXor",
    "rshift": "RightShift",
    "lshift": "LeftShift",
}


def _not(machine: Machine, call: Call) -> Any:
    known = truth(machine, call.args[0])
    return no(machine, call) if known is None else not known


CALLS: dict[str, Handler] = {
    "functools.partial": _partial,
    "functools.partialmethod": _partial_method,
    "functools.reduce": _reduce,
    "functools.wraps": _wraps,
    "functools.update_wrapper": _update_wrapper,
    "functools.lru_cache": _cache,
    "functools.cache": _cache,
    "functools.singledispatch": _single_dispatch,
    "functools.singledispatchmethod": _single_dispatch_method,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_rows,
    "itertools.groupby": _groupby,
    "itertools.starmap": _starmap,
    "itertools.accumulate": _accumulate,
    "itertools.takewhile": _selecting("takewhile"),
    "itertools.dropwhile": _selecting("dropwhile"),
    "itertools.filterfalse": _selecting("filterfalse"),
    "itertools.islice": _islice,
    "itertools.repeat": _repeat,
    "itertools.cycle": _cycle,
    "itertools.count": _count,
    "itertools.tee": _tee,
    "itertools.product": _product,
    "itertools.batched": _batched,
    "itertools.pairwise": _pairwise,
    "more_itertools.chunked": _batched,
    "itertools.zip_longest": _zip_longest,
    "itertools.permutations": _combining(itertools.permutations),
    "itertools.combinations": _combining(itertools.combinations),
    "itertools.combinations_with_replacement": _combining(itertools.combinations_with_replacement),
    "itertools.compress": _combining(itertools.compress),
    "operator.itemgetter": _getter("item"),
    "operator.attrgetter": _getter("attribute"),
    "operator.methodcaller": _method_caller,
    "operator.not_": _not,
    **{f"operator.{name}": _operator(kind) for name, kind in _OPERATORS.items()},
}
"""By canonical path."""

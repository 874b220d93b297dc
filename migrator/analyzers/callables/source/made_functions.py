"""Which functions a call leads to whose own function is made by other code of the team's: `traced(load)(day)`, or `load` under a decorator.

In: what stands in front of the parentheses. Out: the functions from outside to inside, each of which calls the next one; the last is None where it
is only known at run time.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.classes.hierarchy import method_of
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.resolve import function_named, named, sole_return
from migrator.analyzers.callables.source.tree import descend, positional
from migrator.model.frozen import dataclass
from migrator.model.source import Span

MAX_STEPS = 6
"""Functions around a function that are followed."""
_KEEPING = frozenset({"functools.update_wrapper", "functools.wraps"})
"""What only has a function look like another one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A function on the way; `bound`: a method that gets its object by the call. `maker` is what gives it to whoever calls that."""

    module: ModuleInfo
    function: cst.FunctionDef
    bound: bool = False
    maker: cst.FunctionDef | cst.ClassDef | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`names` are the expressions that name the makers and the last function."""

    links: tuple[Link, ...]
    known: bool
    """Which function the last one calls is known: it is among the links."""
    names: tuple[cst.BaseExpression, ...]


def line_of(workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression, steps: int = MAX_STEPS) -> Line | None:
    """The functions that a call of an expression leads to; None where it is not known which, or none is made by others."""
    line = _line(workspace, module, func, steps)
    return line if line is not None and any(link.maker is not None for link in line.links) else None


def _line(workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression, steps: int) -> Line | None:
    if steps <= 0:
        return None
    if isinstance(func, cst.Call):
        return _made_by(workspace, module, func, steps)
    value = _assigned(module, func)
    if value is not None:
        return _line(workspace, module, value, steps - 1)
    found = function_named(workspace, module, func)
    if found is None or not isinstance(func, (cst.Name, cst.Attribute)):
        return None
    where, function = found
    around = where.enclosing(function)[:1]
    if around and isinstance(around[0], cst.ClassDef):
        return None
    links: list[Link] = []
    for decorator in function.decorators:
        link = _made(workspace, where, decorator.decorator)
        if link is None:
            return None
        links.append(link)
    return Line((*links, Link(where, function)), True, (func,))


def _made_by(workspace: Workspace, module: ModuleInfo, call: cst.Call, steps: int) -> Line | None:
    """The line of `traced(load)`: the function that `traced` returns, and what that calls."""
    link = _made(workspace, module, call.func)
    if link is None:
        return None
    given = next(iter(positional(call)), None)
    inner = _line(workspace, module, given, steps - 1) if given is not None else None
    names = tuple(node for node in (maker_named(call.func),) if node is not None)
    if inner is None:
        return Line((link,), False, names)
    return Line((link, *inner.links), inner.known, (*names, *inner.names))


def maker_named(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The name in front of all parentheses: `retried` of `retried(times=3)`."""
    while isinstance(node, cst.Call):
        node = node.func
    return node if isinstance(node, (cst.Name, cst.Attribute)) else None


def _made(workspace: Workspace, module: ModuleInfo, maker: cst.BaseExpression) -> Link | None:
    """What a call of an expression gives, if that is a function, or an object that can be called, of the folder."""
    cls = _class(workspace, module, maker)
    if cls is not None:
        method = method_of(workspace, *cls, "__call__")
        return Link(*method, bound=True, maker=cls[1]) if method is not None and _is_plain(*method) else None
    found = _function(workspace, module, maker)
    if found is None:
        return None
    inner = _returned(*found[:2])
    return Link(found[0], inner, maker=found[2]) if inner is not None and _is_plain(found[0], inner) else None


def _function(
    workspace: Workspace, module: ModuleInfo, node: cst.BaseExpression, steps: int = MAX_STEPS
) -> tuple[ModuleInfo, cst.FunctionDef, cst.FunctionDef] | None:
    """The function that an expression means, or that the calls in it return; and the one that is named."""
    if isinstance(node, cst.Call) and steps:
        found = _function(workspace, module, node.func, steps - 1)
        inner = _returned(*found[:2]) if found is not None else None
        return (found[0], inner, found[2]) if found is not None and inner is not None else None
    plain = function_named(workspace, module, node)
    return (*plain, plain[1]) if plain is not None and not plain[1].decorators else None


def _class(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode) -> tuple[ModuleInfo, cst.ClassDef] | None:
    found = named(workspace, module, node) if isinstance(node, cst.Name) else None
    cls = found[1].node if found is not None and found[1] is not None else None
    return (found[0], cls) if found is not None and isinstance(cls, cst.ClassDef) and not cls.decorators else None


def _returned(module: ModuleInfo, function: cst.FunctionDef) -> cst.FunctionDef | None:
    """The function inside another one that this returns."""
    value = sole_return(function)
    while isinstance(value, cst.Call) and _keeps(module, value.func):
        value = next(iter(positional(value)), None)
    bindings = module.table.scopes[function].bindings.get(value.value, []) if isinstance(value, cst.Name) else []
    node = bindings[0].node if len(bindings) == 1 else None
    return node if isinstance(node, cst.FunctionDef) else None


def _keeps(module: ModuleInfo, func: cst.BaseExpression) -> bool:
    """Whether a call returns the function that it is given: `functools.update_wrapper`, `functools.wraps(fn)`."""
    called = func.func if isinstance(func, cst.Call) else func
    return module.qualified(called) in _KEEPING


def _is_plain(module: ModuleInfo, function: cst.FunctionDef) -> bool:
    """Whether nothing stands above a function but `functools.wraps`, and it returns its own result."""
    only = all(_keeps(module, decorator.decorator) for decorator in function.decorators)
    return only and function.asynchronous is None


def _assigned(module: ModuleInfo, node: cst.BaseExpression) -> cst.Call | None:
    """The call whose result a name is set to, once."""
    read = module.table.by_node.get(node) if isinstance(node, cst.Name) else None
    bindings = module.table.bindings_of(read) if read is not None else []
    setting = bindings[0].node if len(bindings) == 1 and bindings[0].kind == "assign" else None
    value = setting.value if isinstance(setting, (cst.Assign, cst.AnnAssign)) else None
    return value if isinstance(value, cst.Call) else None


def called_of(workspace: Workspace, module: ModuleInfo, name: cst.CSTNode) -> Iterator[Span]:
    """The functions that what a name means gives to its callers: those in a function that it returns, `__call__` of a class."""
    cls = _class(workspace, module, name)
    method = method_of(workspace, *cls, "__call__") if cls is not None else None
    if method is not None:
        yield method[0].span(method[1])
    found = function_named(workspace, module, name) if cls is None else None
    inner = _returned(*found) if found is not None else None
    while found is not None and inner is not None:
        yield found[0].span(inner)
        inner = _returned(found[0], inner)


def only_returns(module: ModuleInfo, function: cst.FunctionDef, name: cst.CSTNode) -> bool:
    """Whether a name of a function stands in the one around it, which only returns it, or gives it attributes."""
    maker = next(iter(module.enclosing(function)), None)
    if not isinstance(maker, cst.FunctionDef) or _returned(module, maker) is not function:
        return False
    found: set[cst.CSTNode] = set()
    for node in descend(maker):
        if isinstance(node, cst.Return) and node.value is not None:
            found |= {item for item in descend(node.value) if isinstance(item, cst.Name)}
        elif isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Attribute):
            found.add(node.target.value)
        elif isinstance(node, cst.Call) and _keeps(module, node.func):
            found |= {arg.value for arg in node.args}
    return name in found


def decorated_calls(module: ModuleInfo, link: Link) -> Iterator[cst.Call]:
    """The calls in a link of the function that it was put around: it came by a parameter of a function around, or stands in an attribute that
    `__init__` set to a parameter."""
    for node in descend(link.function.body):
        if isinstance(node, cst.Call) and (_is_parameter(module, link, node.func) or _is_kept(module, link, node.func)):
            yield node


def _is_parameter(module: ModuleInfo, link: Link, func: cst.BaseExpression) -> bool:
    read = module.table.by_node.get(func) if isinstance(func, cst.Name) else None
    scope = module.table.scope_of(read) if read is not None else None
    if read is None or scope is None or scope is module.table.scopes[link.function]:
        return False
    return {binding.kind for binding in scope.bindings.get(read.name, ())} == {"parameter"}


def _is_kept(module: ModuleInfo, link: Link, func: cst.BaseExpression) -> bool:
    """Whether `self.name` is what the class was given: set once, in `__init__`, to a parameter of that."""
    cls = link.maker if isinstance(link.maker, cst.ClassDef) else None
    if cls is None or not isinstance(func, cst.Attribute) or not _is_self(func.value):
        return False
    set_to = [
        (node, module.table.by_node.get(node.value))
        for node in descend(cls)
        if isinstance(node, cst.Assign)
        for target in node.targets
        if isinstance(target.target, cst.Attribute)
        and _is_self(target.target.value)
        and target.target.attr.value == func.attr.value
    ]
    scopes = [module.table.scope_of(read) for _, read in set_to if read is not None]
    around = scopes[0].node if len(set_to) == len(scopes) == 1 and scopes[0] is not None else None
    return isinstance(around, cst.FunctionDef) and around.name.value == "__init__"


def _is_self(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "self"

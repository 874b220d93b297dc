"""Calls of functions that stand in a dictionary or list of the team's own (`STEPS[name](rows, **context)`) which hand on Airflow's context.

In: such a call. Out: `Handed`, as of a call of one function. Which functions there are is known, as the files were evaluated: all of them take what they
use of the context by parameters, and the call gives what any of them takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.context import ContextReader, Part
from migrator.analyzers.callables.airflow_use.handing import (
    UNREAD,
    Handed,
    Parts,
    Scanning,
    form_of,
    handing_on,
    live,
    taken_by,
    with_also,
)
from migrator.analyzers.callables.airflow_use.names import DICT_KEYS
from migrator.analyzers.callables.airflow_use.use_names import same
from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.tree import descend
from migrator.model.changed import replace

if TYPE_CHECKING:
    from migrator.model.values import CallableValue

_Registry = tuple[str, str]
"""The file of a dictionary or list, and its name."""
_Function = tuple[ModuleInfo, cst.FunctionDef]
_COUNTING = frozenset({"frozenset", "join", "keys", "len", "list", "set", "sorted", "tuple"})
"""Calls that only ask for the names in a dictionary."""
_MAKING_DAGS = ("DAG(", "Operator(", "Sensor(", "@task", "@dag")


def handed_by_registry(reader: ContextReader, frame: Frame, call: cst.Call, scan: Scanning) -> Handed | None:
    """What a call of a function of a registry becomes that hands on the context; None for any other, or where it cannot be told."""
    given = [arg for arg in call.args if live(reader.part(arg.value)) is not None]
    registry = _registry(frame.workspace, frame.module, call.func) if given else None
    functions = _functions(frame.workspace, registry) if registry is not None else None
    if not functions or registry is None or not _is_alone(frame, call, registry):
        return None
    forms: list[HandedForm] = []
    methods: list[tuple[ModuleInfo, cst.FunctionDef, Parts]] = []
    wanted: dict[str, ContextUse] = {}
    kept: dict[str, None] = {}
    for module, function in functions:
        taken = taken_by(reader, function, call.args, given, False)
        if taken is None:
            return None
        form = form_of(frame.workspace, module, function, taken[0], reader.given, scan, rest=frozenset())
        if form is None or any(name in wanted and not same(wanted[name], use) for name, use in form.parameters.items()):
            return None
        forms.append(form)
        methods.append((module, function, taken[0]))
        wanted |= form.parameters
        kept |= dict.fromkeys(taken[1])
    written = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    if written & {*wanted, *kept} or not all(_is_member(wanted[name], name) for name in wanted.keys() & kept):
        return None
    kept = {name: None for name in kept if name not in wanted}
    made = [
        _taking_all(frame, method, form, wanted, [*kept], reader.given, scan)
        for method, form in zip(methods, forms, strict=True)
    ]
    found = [form for form in made if form is not None]
    if len(found) < len(made):
        return None
    whole = replace(found[0], parameters=wanted, readers=(*found[0].readers, *found[1:]))
    return handing_on(frame.module, call, given, {"form": whole, "kept": tuple(kept)})


def _taking_all(
    frame: Frame,
    method: tuple[ModuleInfo, cst.FunctionDef, Parts],
    form: HandedForm,
    wanted: dict[str, ContextUse],
    kept: Sequence[str],
    given: frozenset[str],
    scan: Scanning,
) -> HandedForm | None:
    """A form that can be called with all that the others take; None where it cannot, or where something is asked for that is not always there."""
    function = method[1]
    lacking = {name: use for name, use in wanted.items() if name not in form.parameters}
    if any(use.kind not in UNREAD or _may_lack(use) for use in lacking.values()):
        return None
    if function.params.star_kwarg is not None:
        return form
    names = {param.name.value for param in (*function.params.params, *function.params.kwonly_params)}
    if not names.issuperset(kept):
        return None
    return with_also(frame.workspace, method, form, given, scan, wanted) if lacking else form


def _may_lack(use: ContextUse) -> bool:
    """Whether asking for a value fails where nobody gave it."""
    part = Part(use.name, use.path)
    return use.kind == "key" and part.is_mapping and bool(use.path) and (use.name in DICT_KEYS or len(use.path) > 1)


def _is_member(use: ContextUse, name: str) -> bool:
    """Whether a use is that of the context's member of a name."""
    return use.kind == "key" and use.name == name and not use.path and "default" not in use.detail


def _registry(workspace: Workspace, module: ModuleInfo, func: cst.CSTNode) -> _Registry | None:
    """The registry that a function is taken from: `STEPS[name]`, or a name that is set to that, or to `STEPS.get(name)`."""
    if type(func) is cst.Subscript:
        return _named(workspace, module, func.value)
    if type(func) is not cst.Name:
        return None
    read = module.table.by_node.get(func)
    bindings = module.table.bindings_of(read) if read is not None else []
    binding = bindings[0] if len(bindings) == 1 and bindings[0].kind == "assign" else None
    value = (
        binding.node.value if binding is not None and isinstance(binding.node, (cst.Assign, cst.AnnAssign)) else None
    )
    if type(value) is cst.Subscript:
        return _named(workspace, module, value.value)
    got = type(value) is cst.Call and type(value.func) is cst.Attribute and value.func.attr.value == "get"
    if got and type(value) is cst.Call and type(value.func) is cst.Attribute and len(value.args) == 1:
        return _named(workspace, module, value.func.value)
    return None


def _named(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode) -> _Registry | None:
    """The registry that an expression names."""
    name = node.attr.value if type(node) is cst.Attribute else node.value if type(node) is cst.Name else ""
    owner = (
        named(workspace, module, node.value) if type(node) is cst.Attribute and type(node.value) is cst.Name else None
    )
    if type(node) is cst.Name:
        found = named(workspace, module, node)
        binding = found[1] if found is not None else None
        where, name = (found[0] if found is not None else None), (binding.name if binding is not None else "")
    else:
        where = owner[0] if owner is not None and owner[1] is None else None
    if where is None or len(where.table.module.bindings.get(name, ())) != 1:
        return None
    return (where.file, name) if name in workspace.registries.get(where.file, {}) else None


def _functions(workspace: Workspace, registry: _Registry) -> list[_Function] | None:
    """The functions of a registry, each once; None where one of them is none of a module's own, or a decorator changed it."""
    found: dict[cst.FunctionDef, ModuleInfo] = {}
    for one in workspace.registries[registry[0]][registry[1]]:
        node = _definition(workspace, one)
        if node is None:
            return None
        found[node[1]] = node[0]
    return [(module, function) for function, module in found.items()]


def _definition(workspace: Workspace, function: CallableValue) -> _Function | None:
    bound = function.args or function.kwargs or function.closure or function.original or function.receiver
    if function.span is None or function.kind != "function" or function.is_async or bound:
        return None
    try:
        module = workspace.module(function.span.file)
    except ModuleUnreadable:
        return None
    node = module.definition(function.span, function.qualname)
    return (module, node) if type(node) is cst.FunctionDef and not node.params.posonly_params else None


def _is_alone(frame: Frame, call: cst.Call, registry: _Registry) -> bool:
    """Whether no other function that may move asks a registry for functions."""
    known = frame.workspace.handing.registry_users
    if registry not in known:
        known[registry] = tuple(_users(frame.workspace, registry))
    return all(any(node is call for node in descend(function)) for function in known[registry])


def _users(workspace: Workspace, registry: _Registry) -> Iterator[cst.FunctionDef]:
    """The functions of the folder that may move and ask a registry for functions."""
    for file, source in workspace.sources.items():
        if registry[1] not in source.text:
            continue
        try:
            module = workspace.module(file)
        except ModuleUnreadable:
            continue
        for function in _asking(workspace, module, registry):
            if not _makes_dags(module.text(function)):
                yield function


def _asking(workspace: Workspace, module: ModuleInfo, registry: _Registry) -> Iterator[cst.FunctionDef]:
    """The functions that ask a registry for more than the names in it; those that only fill it aside."""
    for function in (node for node in descend(module.tree) if type(node) is cst.FunctionDef):
        nodes = list(descend(function))
        plain: set[cst.CSTNode] = set()
        for node in nodes:
            if type(node) is cst.AssignTarget and type(node.target) is cst.Subscript:
                plain.add(node.target.value)
            elif type(node) is cst.ComparisonTarget:
                plain.add(node.comparator)
            elif type(node) is cst.Call:
                plain |= _counted(node)
        names = (node for node in nodes if type(node) in (cst.Name, cst.Attribute) and node not in plain)
        if any(_named(workspace, module, node) == registry for node in names):
            yield function


def _counted(call: cst.Call) -> set[cst.CSTNode]:
    """What a call only asks for names."""
    func = call.func
    name = func.attr.value if type(func) is cst.Attribute else func.value if type(func) is cst.Name else ""
    if name not in _COUNTING:
        return set()
    return {arg.value for arg in call.args} | ({func.value} if type(func) is cst.Attribute else set())


def _makes_dags(text: str) -> bool:
    return any(sign in text for sign in _MAKING_DAGS)

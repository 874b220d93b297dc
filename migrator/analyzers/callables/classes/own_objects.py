"""Methods that are called on an object which the team's own code makes: what of the object's class has to come along.

In: the class and the method. Out: what other methods it may call, and those that are cut out, as nothing calls them and they need Airflow
(`build(self)`, which makes the DAG), with the lines of `__init__` that keep something of Airflow's for those (`self.dag = DAG(...)`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.classes.class_members import instance_of, own_method
from migrator.analyzers.callables.classes.hierarchy import ancestry
from migrator.analyzers.callables.facts import ContextUse, InstanceFacts
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.signatures import end_of_parameter
from migrator.analyzers.callables.source.tree import descend, statements
from migrator.model.source import Span


def reached(
    workspace: Workspace,
    module: ModuleInfo,
    root: cst.ClassDef,
    method: cst.FunctionDef,
    aside: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Names of attributes that the method, and what makes the object, may ask for, themselves or through others, methods `aside` left out. Without an
    object (of a static method) those are only asked for where the class is called; `__call__` is where the object itself is handed on, or called."""
    line = ancestry(workspace, module, root)
    static = _is_static(method)
    methods = [item for _, cls in line for item in statements(cls.body)]
    kept = [setting for where, cls in line for setting in _kept_of_airflow(where, cls)]
    inside = {item for _, setting in kept for item in descend(setting)}
    asked = {method.name.value}
    queue: list[cst.CSTNode] = [method]
    special = [
        item for item in methods if _is_special(item) and cst.ensure_type(item, cst.FunctionDef).name.value not in aside
    ]
    queue += [item for item in methods if not isinstance(item, cst.FunctionDef)]
    objects = set(_objects_of(module, root))
    at_once = [item for item in special if not static and not _is_call(item)]
    queue += at_once
    asked |= {cst.ensure_type(item, cst.FunctionDef).name.value for item in at_once}
    while queue:
        node = queue.pop()
        found = [item for item in descend(node) if node in inside or item not in inside]
        names = {item.attr.value for item in found if type(item) is cst.Attribute} - asked
        if any(_makes(item, root, node) for item in found):
            names |= {cst.ensure_type(item, cst.FunctionDef).name.value for item in special} - asked
        if any(map(_is_call, special)) and _hands_itself_on(node, objects):
            names |= {_CALL} - asked
        asked |= names
        queue += [setting for name, setting in kept if name in names]
        queue += [item for item in methods if type(item) is cst.FunctionDef and item.name.value in names]
    return frozenset(asked)


_CALL = "__call__"
_LISTING = "__init_subclass__"


def _is_call(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.FunctionDef) and node.name.value == _CALL


def _objects_of(module: ModuleInfo, root: cst.ClassDef) -> Iterator[str]:
    """The names at the top of a module that are objects of a class, or hold some."""
    for name, bindings in module.table.module.bindings.items():
        made = [one.node.value for one in bindings if isinstance(one.node, cst.Assign | cst.AnnAssign)]
        inside = (item for value in made if value is not None for item in descend(value))
        if any(_makes(item, root, root) for item in inside):
            yield name


def _hands_itself_on(node: cst.CSTNode, objects: Collection[str]) -> bool:
    """Whether a method does anything with its object, or with one of the `objects` of its class, but to ask for a member of it; or a line of a class names
    the method that is its call."""
    names = {instance_of(node) if isinstance(node, cst.FunctionDef) else _CALL, *objects}
    members = {item.value for item in descend(node) if isinstance(item, cst.Attribute)}
    parameters = {item.name for item in descend(node) if isinstance(item, cst.Param)}
    found = (item for item in descend(node) if isinstance(item, cst.Name) and item.value in names)
    return any(name not in members and name not in parameters for name in found)


def lists_in_vain(workspace: Workspace, module: ModuleInfo, root: cst.CSTNode, method: cst.CSTNode) -> bool:
    """Whether the class lists its subclasses (`__init_subclass__`), itself or by a base, and the method never comes to ask for them."""
    if not isinstance(root, cst.ClassDef) or not isinstance(method, cst.FunctionDef):
        return False
    line = ancestry(workspace, module, root)
    listing = [(where, found) for where, cls in line if (found := own_method(cls, _LISTING)) is not None]
    if not listing or any(where is not module for where, _ in line):
        return False
    filled = {name for _, found in listing for name in _filled_in(found)}
    asked = reached(workspace, module, root, method, frozenset({_LISTING}))
    inside = {item for _, cls in line for item in descend(cls)}
    others = {item.attr.value for item in descend(module.tree) if type(item) is cst.Attribute and item not in inside}
    return bool(filled) and filled.isdisjoint(asked | others) and "__subclasses__" not in asked


def _filled_in(method: cst.FunctionDef) -> Iterator[str]:
    """The attributes of any object that a method names, but for methods of `super()`: those that it may fill are among them."""
    for item in descend(method):
        of_super = type(item) is cst.Attribute and type(item.value) is cst.Call
        if type(item) is cst.Attribute and not of_super:
            yield item.attr.value


def _is_static(method: cst.FunctionDef) -> bool:
    """Whether a method is called without an object of its class."""
    names = {one.decorator.value for one in method.decorators if isinstance(one.decorator, cst.Name)}
    return bool(names & {"classmethod", "staticmethod"})


def _makes(call: cst.CSTNode, root: cst.ClassDef, around: cst.CSTNode) -> bool:
    """Whether a call in a method of a class makes an object of it."""
    if type(call) is not cst.Call or type(call.func) is not cst.Name:
        return False
    own = instance_of(around) if isinstance(around, cst.FunctionDef) and _is_static(around) else ""
    return call.func.value in {root.name.value, *([own] if own else [])}


def serves_alone(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, method: cst.CSTNode) -> bool:
    """Whether nothing but a static method is asked of a class: it stands in a file that no other one names, and nobody else there names it."""
    if not isinstance(method, cst.FunctionDef) or not _is_static(method):
        return False
    stem = PurePosixPath(module.file).stem
    if any(stem in source.text for file, source in workspace.sources.items() if file != module.file):
        return False
    inside = set(descend(node))
    named = (item for item in descend(module.tree) if type(item) is cst.Attribute and item not in inside)
    return not any(type(item.value) is cst.Name and item.value.value == node.name.value for item in named)


def trimmed(
    module: ModuleInfo, node: cst.ClassDef, found: Scan, asked: frozenset[str], alone: bool
) -> tuple[Scan, tuple[Span, ...]]:
    """What a class uses of Airflow without those methods, and lines of `__init__`, that are not asked for and need it; and where these stand. `alone`:
    without all that are not asked for."""
    unread = [(name, setting) for name, setting in _kept_of_airflow(module, node) if name not in asked]
    cuts = [(name, module.whole_lines(setting)) for name, setting in unread]
    for method in statements(node.body):
        if type(method) is not cst.FunctionDef or _is_asked(method, asked):
            continue
        span = module.span(method)
        parts = [*(use.span for use in found.uses), *(one.span for one in found.blockers)]
        if alone or any(holds(span, part) for part in parts) or _names_airflow(module, method):
            whole = module.whole_lines(method)
            # The last line of the class ends where the class does.
            cuts.append((method.name.value, module.between(whole.start, min(whole.end, module.span(node).end))))
    if not cuts:
        return found, ()
    spans = tuple(span for _, span in cuts)
    uses = [use for use in found.uses if not any(holds(span, use.span) for span in spans)]
    blockers = [one for one in found.blockers if not any(holds(span, one.span) for span in spans)]
    gone = [ContextUse("unneeded", name, span) for name, span in cuts]
    return replace(found, uses=[*uses, *gone], blockers=blockers), spans


def _kept_of_airflow(module: ModuleInfo, node: cst.ClassDef) -> Iterator[tuple[str, cst.CSTNode]]:
    """The lines of a class's `__init__` that keep something of Airflow's (`self.dag = DAG(...)`), with the attribute; none where no other line would be left."""
    init = own_method(node, "__init__")
    if init is None:
        return
    lines = list(statements(init.body))
    found = [
        (name, one) for one in lines if (name := _attribute_set(one, instance_of(init))) and _names_airflow(module, one)
    ]
    if len(found) < len(lines):
        yield from found


def _attribute_set(line: cst.CSTNode, instance: str) -> str:
    """The attribute of the instance that a line sets, and nothing else."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    targets = [one.target for one in small.targets] if isinstance(small, cst.Assign) else []
    target = small.target if isinstance(small, cst.AnnAssign) else targets[0] if len(targets) == 1 else None
    is_own = isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name) and target.value.value == instance
    return target.attr.value if isinstance(target, cst.Attribute) and is_own else ""


def idle(module: ModuleInfo, node: cst.ClassDef, asked: frozenset[str]) -> tuple[Span, ...]:
    """The methods of a class that are not asked for."""
    return tuple(span for span, asks in needed(module, node, asked).items() if not asks)


def needed(module: ModuleInfo, node: cst.ClassDef, asked: frozenset[str]) -> dict[Span, bool]:
    """The methods of a class, and whether they are asked for."""
    methods = (item for item in statements(node.body) if type(item) is cst.FunctionDef)
    return {module.span(item): _is_asked(item, asked) for item in methods}


def _is_asked(method: cst.FunctionDef, asked: frozenset[str]) -> bool:
    return method.name.value in asked


def within(module: ModuleInfo, node: cst.CSTNode, spans: Sequence[Span]) -> bool:
    """Whether something starts in one of the spans."""
    place = module.places.offsets(node)[0] if spans else 0
    return any(span.start <= place < span.end for span in spans)


def facts_of(module: ModuleInfo, node: cst.ClassDef, method: cst.FunctionDef, asked: frozenset[str]) -> InstanceFacts:
    """How the method takes its arguments, and what it needs of its class."""
    own = tuple(_parameters(module, method))
    first = [*method.params.posonly_params, *method.params.params][0]
    start = end_of_parameter(module, first)
    last = [*_all_parameters(method)][-1]
    signature = module.between(start, end_of_parameter(module, last)) if own else module.between(start, start)
    return InstanceFacts(
        method=module.span(method),
        signature=signature,
        of_airflow=False,
        of_operator=False,
        own=own,
        methods=needed(module, node, asked),
    )


def arranged(
    own: tuple[tuple[str, str, str], ...], dropped: tuple[str, ...], added: tuple[str, ...]
) -> tuple[str, ...]:
    """The parameters behind the first one, as text, without those that are dropped and with others that are given by name."""
    kept = [(text, kind) for name, text, kind in own if name not in dropped]
    front = [text for text, kind in kept if kind in ("positional", "var_positional")]
    named = [text for text, kind in kept if kind == "keyword_only"] + list(added)
    starred = any(kind == "var_positional" for _, kind in kept)
    optional = any("=" in text for text in front) or any(kind == "keyword_only" for _, kind in kept)
    rest = [text for text, kind in kept if kind == "var_keyword"]
    return (*front, *(["*"] if named and optional and not starred else []), *named, *rest)


def _parameters(module: ModuleInfo, method: cst.FunctionDef) -> Iterator[tuple[str, str, str]]:
    """Name, text and kind of each parameter but the first."""
    params = method.params
    for param in [*params.posonly_params, *params.params][1:]:
        yield param.name.value, _text(module, param), "positional"
    if type(params.star_arg) is cst.Param:
        yield params.star_arg.name.value, f"*{_text(module, params.star_arg)}", "var_positional"
    for param in params.kwonly_params:
        yield param.name.value, _text(module, param), "keyword_only"
    if params.star_kwarg is not None:
        yield params.star_kwarg.name.value, f"**{_text(module, params.star_kwarg)}", "var_keyword"


def _all_parameters(method: cst.FunctionDef) -> Iterator[cst.Param]:
    params = method.params
    yield from (*params.posonly_params, *params.params)
    if type(params.star_arg) is cst.Param:
        yield params.star_arg
    yield from params.kwonly_params
    if params.star_kwarg is not None:
        yield params.star_kwarg


def _text(module: ModuleInfo, param: cst.Param) -> str:
    return module.source.text[module.places.offsets(param.name)[0] : end_of_parameter(module, param)]


def _is_special(node: cst.CSTNode) -> bool:
    """`__init__`, `__post_init__`, `__enter__`...: Python itself calls them."""
    return type(node) is cst.FunctionDef and node.name.value.startswith("__") and node.name.value.endswith("__")


def holds(span: Span, part: Span) -> bool:
    return span.file == part.file and span.start <= part.start and part.end <= span.end


def _names_airflow(module: ModuleInfo, node: cst.CSTNode) -> bool:
    table = module.table
    bindings = (binding for read in table.reads_in(node) for binding in table.bindings_of(read))
    return any(binding.target is not None and binding.target.is_airflow for binding in bindings)

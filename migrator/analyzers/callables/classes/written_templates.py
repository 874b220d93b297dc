"""Templates that an `__init__` itself writes into its object, or computes: `self.path = f"/data/{{{{ ds }}}}/{table}.csv"`, `self.order = asdict(order)`,
where `path` and `order` are template fields.

In: a class of an operator. Out: those attributes, with the expressions that they are set to: what they come to is an argument of the plain class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

import libcst as cst

from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of, own_method, set_in
from migrator.analyzers.callables.classes.field_settings import calls_nothing, settings_of
from migrator.analyzers.callables.classes.hierarchy import ancestry, below
from migrator.analyzers.callables.classes.initializers import assigned, pairs_of
from migrator.analyzers.callables.facts import Fields
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend, statements
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """A template field, and the expression that `__init__` sets it to, or the statements that set and change it."""

    attribute: str
    nodes: tuple[cst.CSTNode, ...]


def written_templates(
    workspace: Workspace,
    module: ModuleInfo,
    node: cst.ClassDef,
    others: frozenset[str],
    templates: Mapping[str, bool],
    kept: Fields,
    cuts: bool,
) -> list[Written]:
    """The template fields that `__init__` sets for all objects to what holds the text of a template, and does not read; those that hold `templates` in
    a task whatever they are set to, where they are not `kept` as arguments are. `others` are attributes of an operator of Airflow's, which are left
    alone; `cuts` tells whether lines can be cut that would be left behind."""
    init = own_method(node, "__init__")
    fields = [] if init is None else [*dict.fromkeys(_template_fields(workspace, module, node))]
    found: list[Written] = []
    for name in fields:
        if init is None or name in others:
            continue
        value = _sole_value(init, name)
        nodes: tuple[cst.CSTNode, ...] = () if value is None else (value,)
        if value is None or not holds_template(value):
            if name not in templates or _is_kept(init, name, value, kept):
                continue
            nodes = nodes or (settings_of(module, init, name) if templates[name] else ())
        alone = {assigned(line.body[0]) for line in only_for(module, init, {*nodes})} if cuts else set()
        if nodes and _read_alone(module, init, nodes) <= alone:
            found.append(Written(name, nodes))
    places = {id(statement): place for place, statement in enumerate(descend(init))} if init is not None else {}
    return sorted(found, key=lambda one: places[id(one.nodes[0])])


def _sole_value(init: cst.FunctionDef, name: str) -> cst.BaseExpression | None:
    """What the attribute is set to that `__init__` sets once, for all objects, and does not read."""
    instance = instance_of(init)
    reads = [item for item in descend(init.body) if type(item) is cst.Attribute and is_attribute_of(item, instance)]
    if [*set_in(init)].count(name) != 1 or sum(item.attr.value == name for item in reads) != 1:
        return None
    for statement in statements(init.body):
        small = statement.body[0] if type(statement) is cst.SimpleStatementLine and len(statement.body) == 1 else None
        for target, value in pairs_of(small) if isinstance(small, (cst.Assign, cst.AnnAssign)) else ():
            named = type(target) is cst.Attribute and is_attribute_of(target, instance) and target.attr.value == name
            if named and isinstance(value, cst.BaseExpression):
                return value
    return None


def _is_kept(init: cst.FunctionDef, name: str, value: cst.BaseExpression | None, kept: Fields) -> bool:
    """Whether an attribute comes to the same whether the arguments are rendered before or after."""
    if value is None:
        return name not in kept.several and kept.keeps(name, kept.built.get(name, frozenset()))
    params = (*init.params.posonly_params, *init.params.params, *init.params.kwonly_params)
    names = {item.value for item in descend(value) if type(item) is cst.Name}
    return kept.keeps(name, names & {param.name.value for param in params})


def templates_of_tasks(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> dict[str, bool]:
    """The attributes that hold a template in some task of the class, or of one that derives from it, and whether one is no argument of its task."""
    if not workspace.templates:
        return {}
    classes = [(module, node), *(below(workspace, module, node) or ())]
    places = [(where.file, where.places.offsets(cls)[0]) for where, cls in classes]
    found: dict[str, bool] = {}
    for name, is_made in (one for place in places for one in workspace.templates.get(place, {}).items()):
        found[name] = found.get(name, False) or is_made
    return found


def _read_alone(module: ModuleInfo, init: cst.FunctionDef, nodes: Sequence[cst.CSTNode]) -> frozenset[str]:
    """The variables of `__init__` that nothing but the `nodes` read, and that would be left behind."""
    bindings, inside = module.table.scopes[init].bindings, {item for node in nodes for item in descend(node)}
    reads = module.table.reads_in(init)
    outside = {name: [one for one in found if one.node not in inside] for name, found in bindings.items()}
    local = {name for name, found in outside.items() if any(one.kind != "parameter" for one in found)}
    names = {read.name for read in reads if read.node in inside} & local
    return frozenset(name for name in names if all(read.node in inside for read in reads if read.name == name))


def only_for(module: ModuleInfo, init: cst.FunctionDef, nodes: Set[cst.CSTNode]) -> list[cst.SimpleStatementLine]:
    """Lines of `__init__` that only give a name to what the `nodes` alone read, and do nothing else: `upstream = {"op_args": kwargs["op_args"]}`."""
    scope, found = module.table.scopes[init], list[cst.SimpleStatementLine]()
    inside = {item for node in nodes for item in descend(node)}
    reads = [read for read in module.table.reads_in(init) if module.table.scope_of(read) is scope]
    for statement in statements(init.body):
        if type(statement) is not cst.SimpleStatementLine:
            continue
        name = assigned(statement.body[0])
        once = len(scope.bindings.get(name, ())) == 1
        read = [one.node in inside for one in reads if one.name == name]
        if name and once and read and all(read) and calls_nothing(statement):
            found.append(statement)
    return found


def staying(
    workspace: Workspace,
    module: ModuleInfo,
    node: cst.ClassDef,
    parameters: Sequence[cst.Param],
    gone: Sequence[cst.CSTNode],
) -> Sequence[cst.Param]:
    """The parameters of `__init__` that are read elsewhere than in what is `gone`, or that classes below may give by their names."""
    init, classes = own_method(node, "__init__"), below(workspace, module, node)
    if init is None or classes is None:
        return parameters
    others = [other for _, cls in classes if (other := own_method(cls, "__init__")) is not None]
    named = {item.value for other in others for item in descend(other) if type(item) is cst.Name}
    inside = {item for one in gone for item in descend(one)}
    reads = module.table.reads_in(init)
    read = {one.name for one in reads if one.node in inside}
    elsewhere = named | {one.name for one in reads if one.node not in inside}
    return [one for one in parameters if one.name.value in elsewhere or one.name.value not in read]


def _template_fields(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> Iterator[str]:
    """The names that the class and its bases in the folder write into their `template_fields`."""
    for _, cls in ancestry(workspace, module, node):
        for statement in statements(cls.body):
            small = statement.body[0] if type(statement) is cst.SimpleStatementLine else None
            if small is not None and assigned(small) == "template_fields":
                texts = [item for item in descend(small) if type(item) is cst.SimpleString]
                yield from (text.raw_value for text in texts)


def holds_template(node: cst.BaseExpression) -> bool:
    """Whether text with Jinja's brackets stands in an expression; in formatted text each of these is written twice."""
    for item in descend(node):
        if type(item) is cst.FormattedStringText and ("{{{{" in item.value or "{{%" in item.value):
            return True
        if type(item) is cst.SimpleString and ("{{" in item.value or "{%" in item.value):
            return True
    return False

"""Templates that an `__init__` itself writes into its object, or computes: `self.path = f"/data/{{{{ ds }}}}/{table}.csv"`, `self.order = asdict(order)`,
where `path` and `order` are template fields.

In: a class of an operator. Out: those attributes, with the expressions that they are set to: what they come to is an argument of the plain class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import libcst as cst

from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of, own_method, set_in
from migrator.analyzers.callables.classes.hierarchy import ancestry, below
from migrator.analyzers.callables.classes.initializers import assigned, pairs_of
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend, statements

_PURE = frozenset("Path PurePath PurePosixPath asdict deepcopy dict list sorted str tuple".split())
_PURE_METHODS = frozenset(
    "copy format get items join keys lower lstrip replace rstrip split strip upper values".split()
)


def written_templates(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, others: frozenset[str], computed: Set[str]
) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The template fields that `__init__` sets once, for all objects, to an expression with the text of a template, and does not read again; those that
    are `computed` whatever they are set to. `others` are attributes of an operator of Airflow's, which are left alone."""
    init = own_method(node, "__init__")
    if init is None:
        return
    instance, set_there = instance_of(init), [*set_in(init)]
    fields = {*_template_fields(workspace, module, node)} - others
    read = [item for item in descend(init.body) if type(item) is cst.Attribute and is_attribute_of(item, instance)]
    for statement in statements(init.body):
        small = statement.body[0] if type(statement) is cst.SimpleStatementLine and len(statement.body) == 1 else None
        if not isinstance(small, (cst.Assign, cst.AnnAssign)):
            continue
        for target, value in pairs_of(small):
            if type(target) is not cst.Attribute or not is_attribute_of(target, instance):
                continue
            name = target.attr.value
            once = set_there.count(name) == 1 == sum(item.attr.value == name for item in read)
            if not once or name not in fields or not isinstance(value, cst.BaseExpression):
                continue
            if name in computed or holds_template(value):
                yield name, value


def templates_of_tasks(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> frozenset[str]:
    """The attributes that hold a template in some task of the class, or of one that derives from it."""
    if not workspace.templates:
        return frozenset()
    classes = [(module, node), *(below(workspace, module, node) or ())]
    places = [(where.file, where.places.offsets(cls)[0]) for where, cls in classes]
    return frozenset().union(*(workspace.templates.get(place, frozenset()) for place in places))


def _calls_nothing(node: cst.CSTNode) -> bool:
    """Whether an expression calls no more than what only makes a value of others."""
    calls = [item.func for item in descend(node) if type(item) is cst.Call]
    named = [func.value for func in calls if type(func) is cst.Name]
    methods = [func.attr.value for func in calls if type(func) is cst.Attribute]
    return len(named) + len(methods) == len(calls) and _PURE.issuperset(named) and {*methods} <= _PURE_METHODS | _PURE


def read_alone(module: ModuleInfo, init: cst.FunctionDef, value: cst.BaseExpression) -> frozenset[str]:
    """The variables of `__init__` that nothing but an expression reads, and that would be left behind."""
    bindings, inside = module.table.scopes[init].bindings, set(descend(value))
    reads = module.table.reads_in(init)
    local = {name for name, found in bindings.items() if any(one.kind != "parameter" for one in found)}
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
        if name and once and read and all(read) and _calls_nothing(statement):
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

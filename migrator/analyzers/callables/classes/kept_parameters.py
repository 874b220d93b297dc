"""What an `__init__` keeps of its parameters: which attributes are one of them as it is, and which are text that is put together of them.

Airflow renders template fields after `__init__`, generated code before: that is the same where `__init__` only keeps a template, has something else in
the place of one that is missing, puts it into a list where it is none, or puts it together with other text.

In: an `__init__` in its module. Out: `Fields`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of, set_in
from migrator.analyzers.callables.classes.initializers import lines_of, pairs_of, super_init
from migrator.analyzers.callables.facts import Fields
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.tree import descend, dotted, keywords, statements
from migrator.model.frozen import dataclass

_JOINS = frozenset({"os.path.join", "path.join", "posixpath.join"})


@dataclass(frozen=True, slots=True)
class _Value:
    """An expression that keeps parameters: one as it is (`alone`), or some put together; `reads` says how often their names stand in it."""

    reads: Mapping[str, int]
    alone: bool = True
    doubted: bool = False
    wrapped: bool = False
    """It is put into a list or tuple where it is none."""


def fields_of(
    module: ModuleInfo,
    init: cst.FunctionDef,
    gone: frozenset[cst.CSTNode],
    taken: Mapping[cst.CSTNode, str],
    base: Fields,
) -> Fields:
    """What `__init__` keeps. `gone` is what is cut out of it, `taken` what takes arguments out of its `**kwargs`, and `base` what the base's `__init__`
    keeps that it calls."""
    given, star = _given_to_base(init)
    scope = module.table.scopes[init]
    params = init.params
    names = {param.name.value for param in (*params.posonly_params, *params.params, *params.kwonly_params)}
    instead = _instead(init)
    bound = {name for name in names if len(scope.bindings.get(name, ())) == 1 + len(instead.get(name, ()))}
    others = frozenset(scope.bindings) - bound
    kept, built = dict[str, str](), dict[str, frozenset[str]]()
    values: list[tuple[str, _Value]] = []
    doubted = {name for name, found in instead.items() if any(one.doubted for one in found)}
    wrapped = {name for name, found in instead.items() if any(one.wrapped for one in found)}
    plain = {name for name in taken.values() if [*taken.values()].count(name) == 1}
    places = [(attribute, value, "") for attribute, value in _assigned(init)]
    places += [(attribute, given[name], name) for attribute, name in base.kept.items() if name in given]
    for attribute, node, of_base in places:
        if node in gone:
            continue
        if node in taken:
            kept[attribute] = taken[node]
            continue
        value = _kept(node, bound, others)
        if value is None or (of_base and of_base not in base.plain):
            continue
        values.append((attribute, value))
        doubted |= value.reads.keys() if value.doubted else set()
        wrapped |= value.reads.keys() if value.wrapped else set()
        if value.alone:
            kept[attribute] = next(iter(value.reads))
        else:
            built[attribute] = frozenset(value.reads)
    for name in bound:
        reads = [
            read
            for read in module.table.reads_in(init)
            if read.name == name and read.node not in gone and module.table.scope_of(read) is scope
        ]
        holders = [(attribute, value) for attribute, value in values if name in value.reads]
        known = sum(one.reads[name] for one in (*(value for _, value in holders), *instead.get(name, ())))
        again = all(value.alone for _, value in holders) and len({attribute for attribute, _ in holders}) == 1
        if (len(holders) == 1 or again) and len(reads) == known:
            plain.add(name)
    if star:
        for attribute, name in base.kept.items():
            if name not in given:
                kept.setdefault(attribute, name)
                plain |= {name} & base.plain
                doubted |= {name} & base.doubted
                wrapped |= {name} & base.wrapped
        built |= {one: found for one, found in base.built.items() if not found & given.keys() and one not in built}
    set_often = {one for one in kept | built if [*set_in(init)].count(one) > 1}
    several = frozenset(set_often) | base.several
    return Fields(kept, built, frozenset(plain), frozenset(doubted), several, frozenset(wrapped))


def _assigned(init: cst.FunctionDef) -> Iterator[tuple[str, cst.CSTNode]]:
    """The attributes that `__init__` sets, with the expressions."""
    instance = instance_of(init)
    for line in lines_of(init):
        for target, value in pairs_of(line.body[0] if len(line.body) == 1 else None):
            if type(target) is cst.Attribute and is_attribute_of(target, instance) and value is not None:
                yield target.attr.value, value


def _given_to_base(init: cst.FunctionDef) -> tuple[dict[str, cst.BaseExpression], bool]:
    """What `__init__` gives that of its base by name, and whether its `**kwargs` go there, too."""
    calls = [call for line in lines_of(init) if (call := super_init(line)) is not None]
    given = {name: value for call in calls for name, value in keywords(call).items()}
    return given, any(arg.star == "**" for call in calls for arg in call.args)


def _instead(init: cst.FunctionDef) -> dict[str, list[_Value]]:
    """Variables that get something else where they are missing, or are no list: `if table is None: table = "x"`, `table = table or "x"`,
    `if isinstance(table, str): table = [table]`."""
    found: dict[str, list[_Value]] = {}
    for statement in statements(init.body):
        name, value = "", None
        if type(statement) is cst.If and statement.orelse is None:
            inner = list(statements(statement.body))
            asked = _missing(statement.test)
            target, given = _sole_assignment(inner[0]) if len(inner) == 1 else ("", None)
            if asked is not None and target == asked[0] and given is not None and target not in _names(given):
                name, value = target, _Value({target: 1}, doubted=asked[1] and not _is_collection(given))
            elif given is not None and _type_asked(statement.test) == target == _wrapped(given):
                name, value = target, _Value({target: 2}, wrapped=True)
        else:
            target, given = _sole_assignment(statement)
            alone = _alone(given) if given is not None and type(given) is not cst.Name else None
            if alone is not None and target in alone.reads:
                name, value = target, alone
        if value is not None:
            found.setdefault(name, []).append(value)
    return found


def _sole_assignment(statement: cst.CSTNode) -> tuple[str, cst.CSTNode | None]:
    """Name and value of a line that is nothing but `name = value`, or of what stands so behind a condition in its line."""
    small: cst.CSTNode | None = statement if isinstance(statement, cst.Assign) else None
    if type(statement) is cst.SimpleStatementLine and len(statement.body) == 1:
        small = statement.body[0]
    pairs = [*pairs_of(small)]
    target, value = pairs[0] if len(pairs) == 1 else (None, None)
    return (target.value, value) if type(target) is cst.Name else ("", None)


def _kept(node: cst.CSTNode, bound: set[str], others: frozenset[str]) -> _Value | None:
    """What an expression keeps of the parameters that are `bound` once; None where it does something else, or reads `others` of the variables."""
    alone = _alone(node)
    if alone is not None:
        return alone if alone.reads.keys() <= bound else None
    names = _together(node)
    if names is None or others.intersection(names):
        return None
    reads = {name: names.count(name) for name in names if name in bound}
    return _Value(reads, alone=False) if reads else None


def _alone(node: cst.CSTNode) -> _Value | None:
    """`path`, `str(path)`, `path or "x"`, `path if path is not None else "x"`, `[path] if isinstance(path, str) else path`."""
    if type(node) is cst.Name:
        return _Value({node.value: 1})
    if type(node) is cst.Call and type(node.func) is cst.Name and node.func.value == "str" and len(node.args) == 1:
        return _alone(node.args[0].value) if type(node.args[0].value) is cst.Name else None
    if type(node) is cst.BooleanOperation and type(node.operator) is cst.Or and type(node.left) is cst.Name:
        name = node.left.value
        return None if name in _names(node.right) else _Value({name: 1}, doubted=not _is_collection(node.right))
    if type(node) is not cst.IfExp:
        return None
    if (name := _type_asked(node.test)) and {name} == {_one(node.body), _one(node.orelse)}:
        return _Value({name: 3}, wrapped=True)
    missing, present = _missing(node.test), _present(node.test)
    asked = missing or present
    kept, other = (node.body, node.orelse) if present is not None else (node.orelse, node.body)
    if asked is None or type(kept) is not cst.Name or kept.value != asked[0] or asked[0] in _names(other):
        return None
    return _Value({asked[0]: 2}, doubted=asked[1] and not _is_collection(other))


def _type_asked(test: cst.BaseExpression) -> str:
    """The name of which a test asks what type it is, which is the same once it is rendered; empty for other tests."""
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        return _type_asked(test.expression)
    if type(test) is not cst.Call or type(test.func) is not cst.Name or test.func.value != "isinstance":
        return ""
    first = test.args[0].value if len(test.args) == 2 else None
    return first.value if type(first) is cst.Name else ""


def _wrapped(node: cst.CSTNode) -> str:
    """The name that is all that a list or tuple holds; empty for others."""
    elements = node.elements if isinstance(node, (cst.List, cst.Tuple)) else ()
    only = elements[0] if len(elements) == 1 else None
    return only.value.value if type(only) is cst.Element and type(only.value) is cst.Name else ""


def _one(node: cst.CSTNode) -> str:
    """The name that an expression is, be it in a list."""
    return node.value if type(node) is cst.Name else _wrapped(node)


def _missing(test: cst.BaseExpression) -> tuple[str, bool] | None:
    """The name that a test finds missing (`x is None`, `not x`), and whether an empty one is missing, too."""
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not and type(test.expression) is cst.Name:
        return test.expression.value, True
    return _compared_with_none(test, cst.Is)


def _present(test: cst.BaseExpression) -> tuple[str, bool] | None:
    """The same of a test that finds it there: `x is not None`, `x`."""
    return (test.value, True) if type(test) is cst.Name else _compared_with_none(test, cst.IsNot)


def _compared_with_none(test: cst.BaseExpression, operator: type) -> tuple[str, bool] | None:
    if type(test) is not cst.Comparison or type(test.left) is not cst.Name or len(test.comparisons) != 1:
        return None
    right = test.comparisons[0]
    with_none = type(right.comparator) is cst.Name and right.comparator.value == "None"
    return (test.left.value, False) if with_none and type(right.operator) is operator else None


def _together(node: cst.CSTNode) -> list[str] | None:
    """The names of which an expression puts text together, so that it makes no difference whether they are rendered before or after; None for others."""
    if type(node) is cst.Name:
        return [node.value]
    if type(node) in (cst.SimpleString, cst.ConcatenatedString, cst.FormattedStringText):
        texts = [item for item in descend(node) if isinstance(item, (cst.SimpleString, cst.FormattedStringText))]
        plain = all("{" not in text.value and "}" not in text.value for text in texts)
        return [] if (plain and type(node) is not cst.ConcatenatedString) or (plain and len(texts) == 2) else None
    parts: list[cst.CSTNode] = []
    if type(node) is cst.FormattedString:
        for part in node.parts:
            if type(part) is cst.FormattedStringExpression:
                if part.format_spec is not None or part.conversion is not None or part.equal is not None:
                    return None
                parts.append(part.expression)
            else:
                parts.append(part)
    elif type(node) is cst.BinaryOperation and type(node.operator) is cst.Add:
        parts = [node.left, node.right]
    elif (
        type(node) is cst.Call and dotted(node.func) in _JOINS and not any(arg.keyword or arg.star for arg in node.args)
    ):
        # What comes behind may be a path of its own once it is rendered.
        rest = [arg.value for arg in node.args[1:]]
        parts = [node.args[0].value, *(part for part in rest if type(part) is not cst.Name)] if node.args else []
    if not parts:
        return None
    found = [_together(part) for part in parts]
    return None if None in found else [name for names in found for name in names or ()]


def _names(node: cst.CSTNode) -> set[str]:
    return {item.value for item in descend(node) if type(item) is cst.Name}


def _is_collection(node: cst.CSTNode) -> bool:
    """Whether an expression is a collection without templates."""
    texts = (part.value for part in descend(node) if isinstance(part, (cst.SimpleString, cst.FormattedStringText)))
    return isinstance(node, (cst.Dict, cst.List, cst.Tuple)) and not any("{" in text for text in texts)

"""Templates that an `__init__` itself writes into its object: `self.path = f"/data/{{{{ ds }}}}/{table}.csv"`, where `path` is a template field.

In: a class of an operator. Out: those attributes, with the expressions that they are set to: what they come to is an argument of the plain class.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.classes.class_members import instance_of, is_attribute_of, own_method, set_in
from migrator.analyzers.callables.classes.hierarchy import ancestry
from migrator.analyzers.callables.classes.initializers import assigned, pairs_of
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend, statements


def written_templates(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, others: frozenset[str]
) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The template fields that `__init__` sets once, for all objects, to an expression with the text of a template, and does not read again. `others` are
    attributes of an operator of Airflow's, which are left alone."""
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
            if _holds_template(value) and not _reads_alone(module, init, value):
                yield name, value


def _reads_alone(module: ModuleInfo, init: cst.FunctionDef, value: cst.BaseExpression) -> bool:
    """Whether an expression is all that reads some variable of `__init__`, which would be left behind."""
    bindings, inside = module.table.scopes[init].bindings, set(descend(value))
    reads = module.table.reads_in(init)
    local = {name for name, found in bindings.items() if any(one.kind != "parameter" for one in found)}
    names = {read.name for read in reads if read.node in inside} & local
    return any(all(read.node in inside for read in reads if read.name == name) for name in names)


def _template_fields(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> Iterator[str]:
    """The names that the class and its bases in the folder write into their `template_fields`."""
    for _, cls in ancestry(workspace, module, node):
        for statement in statements(cls.body):
            small = statement.body[0] if type(statement) is cst.SimpleStatementLine else None
            if small is not None and assigned(small) == "template_fields":
                texts = [item for item in descend(small) if type(item) is cst.SimpleString]
                yield from (text.raw_value for text in texts)


def _holds_template(node: cst.BaseExpression) -> bool:
    """Whether text with Jinja's brackets stands in an expression; in formatted text each of these is written twice."""
    for item in descend(node):
        if type(item) is cst.FormattedStringText and ("{{{{" in item.value or "{{%" in item.value):
            return True
        if type(item) is cst.SimpleString and ("{{" in item.value or "{%" in item.value):
            return True
    return False

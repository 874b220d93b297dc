"""How an object of an operator's class is made outside Airflow, and how its method takes its arguments.

In: the class, as the plain one that it becomes, and the method. Out: `InstanceFacts`.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.classes.class_text import first_of
from migrator.analyzers.callables.classes.hierarchy import owner_of
from migrator.analyzers.callables.classes.own_objects import facts_of
from migrator.analyzers.callables.classes.plain_classes import PlainClass, plain_class
from migrator.analyzers.callables.facts import InstanceFacts
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.signatures import end_of_parameter
from migrator.model.changed import replace


def facts_of_operator(
    workspace: Workspace, module: ModuleInfo, root: cst.ClassDef, plain: PlainClass, method: cst.FunctionDef | None
) -> InstanceFacts:
    """Of a class whose `method` Airflow calls, with its context; None where a new method of the class calls those that Airflow does."""
    facts = _made(workspace, module, root, plain)
    facts = replace(facts, work=plain.work, changed=plain.changed)
    if method is None:
        return facts
    given = method.params
    names = [*given.posonly_params, *given.params]
    rest = [*names[1:], *given.kwonly_params, *([given.star_kwarg] if given.star_kwarg is not None else [])]
    signature = None
    if names:
        start, end = (end_of_parameter(module, one) for one in (names[0], (names[:1] + rest)[-1]))
        signature = module.between(start, end)
    return replace(facts, method=module.span(method), signature=signature, **first_of(module, method))


def facts_of_called(
    workspace: Workspace, module: ModuleInfo, root: cst.ClassDef, plain: PlainClass, method: cst.FunctionDef
) -> InstanceFacts:
    """Of a class whose `method` is called as any function is: that which an operator of it calls."""
    own = facts_of(module, root, method, frozenset())
    facts = _made(workspace, module, root, plain)
    facts = replace(facts, work=plain.work, method=own.method, signature=own.signature, own=own.own, of_airflow=False)
    return replace(facts, **first_of(module, method))


def _made(workspace: Workspace, module: ModuleInfo, root: cst.ClassDef, plain: PlainClass) -> InstanceFacts:
    """How an object of the class is made, by its `__init__` or that of a base in the folder."""
    made = owner_of(workspace, module, root, "__init__")
    if made is not None and made[1] is not root:
        plain = plain_class(workspace, made[0], made[1]) or plain
    frame = Frame(workspace, made[0] if made is not None else module)
    return InstanceFacts(
        tuple(param.name.value for param in plain.parameters),
        {param.name.value: frame.value(param.default) for param in plain.parameters if param.default is not None},
        plain.fields,
        plain.forwarded,
        plain.asked,
    )

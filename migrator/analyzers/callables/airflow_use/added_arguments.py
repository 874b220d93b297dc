"""Operators of the team's own that give their function more than Airflow's context holds, in a `determine_kwargs` which calls that of `PythonOperator`.

In: `super().determine_kwargs({**context, "month": ...})`. Out: the changes by which the method gives what is added, and the names of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.callables.classes.plain_classes import PlainClass
from migrator.analyzers.callables.source.resolve import sole_return
from migrator.analyzers.callables.source.tree import literal_key, positional

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner

METHOD = "determine_kwargs"


def adds_arguments(scanner: ClassScanner, node: cst.Call, plain: PlainClass) -> bool:
    """Notes what a method returns in such a call, if it returns that and nothing else, with names that are none of the context's."""
    own, module, given = scanner.own_node, scanner.module, positional(node)
    if plain.work != "PythonOperator" or not isinstance(own, cst.FunctionDef) or own.name.value != METHOD:
        return False
    called = isinstance(node.func, cst.Attribute) and node.func.attr.value == METHOD and METHOD not in plain.inherited
    if not called or sole_return(own) is not node or len(node.args) != len(given) or len(given) != 1:
        return False
    elements = given[0].elements if isinstance(given[0], cst.Dict) else ()
    whole = elements[0] if elements and isinstance(elements[0], cst.StarredDictElement) else None
    part = scanner.reader.part(whole.value) if whole is not None else None
    added = [one for one in elements[1:] if isinstance(one, cst.DictElement)]
    names = [literal_key(one.key) for one in added]
    known = all(isinstance(name, str) and name not in CONTEXT_KEYS for name in names)
    if part is None or not part.is_whole or not added or len(added) != len(elements) - 1 or not known:
        return False
    places = module.places.offsets
    start, end = places(node)[0], places(node)[1]
    opening, closing = module.between(start, places(added[0].key)[0]), module.between(places(given[0])[1], end)
    scanner.use("rewrite", METHOD, opening, text="{", names=names)
    scanner.use("rewrite", METHOD, closing, text="")
    scanner.consume(node.func)
    scanner.consume(elements[0])
    for one in added:
        scanner.visit(one.value)
    return True

"""Functions that ask Airflow for its context themselves, as they take what they use of it: whoever calls them, and whether anyone does."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import plain_decorators
from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.handing import FORMED, form_of
from migrator.analyzers.callables.airflow_use.scan import scan_function
from migrator.analyzers.callables.facts import ContextUse
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace


def reform(workspace: Workspace, module: ModuleInfo, function: cst.FunctionDef, found: Scan) -> None:
    """Puts the form of a function in the place of all that it uses of the context, where it has one. `found` is what the code that it stands in uses."""
    span = module.span(function)
    inside = [use for use in found.uses if span.start <= use.span.start and use.span.end <= span.end]
    if not any(use.kind in FORMED for use in inside) or not _is_formable(module, function):
        return
    form = form_of(workspace, module, function, (), frozenset(), scan_function)
    if form is not None:
        found.uses = [use for use in found.uses if use not in inside or use.kind not in FORMED]
        found.uses.append(ContextUse("reform", form.name, form.function, {"form": form}))


def _is_formable(module: ModuleInfo, function: cst.FunctionDef) -> bool:
    """Whether nothing else stands for what a method is called by: another one of its name (`@folder.setter`), or what a decorator makes of it."""
    around = module.enclosing(function)[:1]
    if not around or not isinstance(around[0], cst.ClassDef):
        return True
    alone = len(module.table.scopes[around[0]].bindings[function.name.value]) == 1
    return alone and plain_decorators(module, function) is not None

"""Sensors of the team's own that do something around Airflow's wait, in an `execute` which calls that of `BaseSensorOperator`.

In: the class. Out: its `poke` as it takes what it uses of the context, for the function that waits to ask.
"""

from __future__ import annotations

from migrator.analyzers.callables.airflow_use.context import context_parameters
from migrator.analyzers.callables.airflow_use.handing import Scanning, form_of
from migrator.analyzers.callables.classes.class_members import own_method
from migrator.analyzers.callables.classes.plain_classes import PlainClass
from migrator.analyzers.callables.facts import HandedForm
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace


def poke_form(workspace: Workspace, module: ModuleInfo, plain: PlainClass, scan: Scanning) -> HandedForm | None:
    """The form of the `poke` that a class defines itself; None where it does more with the context than to read it."""
    method = own_method(plain.node, "poke")
    if method is None:
        return None
    parameters = context_parameters(module, method, (), "", True)
    parts = tuple(sorted((name, part) for _, name, part, _ in parameters))
    return form_of(workspace, module, method, parts, frozenset(), scan)

"""Attributes of objects of the team's own that are computed of Airflow's context each time they are read (`@property`).

In: such an attribute. Out: a use, as of a call: the method takes what it uses of the context by parameters, so that it is a property no more, and who
read it calls it.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import is_own, property_read
from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.context_need import needs_context
from migrator.analyzers.callables.airflow_use.handing import form_of, form_of_any


def reads_property(scanner: ClassScanner, node: cst.Attribute) -> bool:
    """Whether an attribute is a property that uses the context."""
    frame, given = scanner.frame, scanner.reader.given
    workspace, module = frame.workspace, frame.module
    found = property_read(workspace, module, node)
    if found is None or not needs_context(workspace, *found):
        return False
    if is_own(node):
        form = form_of_any(workspace, *found, (), given, scanner.scanned, frame.line)
    else:
        form = form_of(workspace, *found, (), given, scanner.scanned)
    if form is None or not form.parameters:
        return False
    end = module.places.offsets(node)[1]
    place = module.between(end, end)
    scanner.use(
        "handed", "context", module.span(node), node, form=form, kept=(), cuts=(), place=place, after=False, calls=True
    )
    scanner.found.handing.add(node)
    scanner.visit(node.value)
    return True

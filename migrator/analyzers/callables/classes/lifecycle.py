"""What Airflow calls of an operator besides its work: `pre_execute` before it, `post_execute` after it, all on one object. What a class does in
`render_template_fields` once its templates are rendered comes before the work as well.

In: a class of an operator in its module. Out: `Step`s, methods as they take what they use of the context, and the use that stands for the calls
of all of them, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import libcst as cst

from migrator.analyzers.callables.airflow_use.context import ContextReader, context_parameters
from migrator.analyzers.callables.airflow_use.handing import form_of, form_of_any
from migrator.analyzers.callables.airflow_use.scan import scan_function
from migrator.analyzers.callables.classes.base_calls import does_nothing, meant_by_super
from migrator.analyzers.callables.classes.class_members import own_method
from migrator.analyzers.callables.classes.class_text import margin_of
from migrator.analyzers.callables.classes.hierarchy import ancestry, method_of
from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.signatures import parameters_of
from migrator.analyzers.callables.source.tree import descend, statements
from migrator.model.frozen import dataclass
from migrator.model.values import Value

BEFORE, WORK, AFTER = "pre_execute", "execute", "post_execute"
RENDERING = "render_template_fields"
CALLING_FUNCTION = "execute_callable"
"""The method by which a PythonOperator calls its function: where a class has its own, that is its work."""
ENTRY = "run"
"""The method that calls them all. (Airflow's operators have one of that name, which no class overrides that moves.)"""


@dataclass(frozen=True, slots=True)
class Step:
    """A method that an operator's class has, itself or of a class in another module, and as it takes what it uses of the context."""

    module: ModuleInfo
    method: cst.FunctionDef
    form: HandedForm


def step_of(workspace: Workspace, where: ModuleInfo, method: cst.FunctionDef, alone: bool = False) -> Step | None:
    """The method as a step; None where it does something else with the context than to read what is known of it. All that override it take the same,
    unless it is called as the method of this class `alone`."""
    parameters = context_parameters(where, method, (), "", True)
    if method.name.value == AFTER:
        # The other one is the work's result.
        parameters = parameters[:1]
    parts = tuple(sorted((name, part) for _, name, part, _ in parameters))
    making = form_of if alone else form_of_any
    form = making(workspace, where, method, parts, frozenset(), scan_function)
    return Step(where, method, form) if form is not None else None


def steps_of(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> dict[str, Step] | str:
    """The class's methods among those that Airflow calls, by their names; or why it cannot be told what they do."""
    found: dict[str, Step] = {}
    rendering = method_of(workspace, module, node, RENDERING)
    if rendering is not None:
        if method_of(workspace, module, node, BEFORE) is not None:
            return f"it defines both `{RENDERING}` and `{BEFORE}`"
        if not _renders_first(workspace, *rendering):
            return f"its `{RENDERING}` does something before the templates are rendered"
    for key in (BEFORE, WORK, AFTER):
        name = RENDERING if key == BEFORE and rendering is not None else key
        if key == WORK and method_of(workspace, module, node, WORK) is None:
            name = CALLING_FUNCTION
        owners = [(where, cls) for where, cls in ancestry(workspace, module, node) if _defines(cls, name)]
        method = method_of(workspace, module, node, name)
        if method is None:
            continue
        for owner, (_, following) in pairwise(owners):
            meant = meant_by_super(workspace, *owner, name) or []
            # In a mixin it depends on what else the classes derive from.
            if [own and own[1] for own in meant] != [own_method(following, name)]:
                return f"several of its bases define `{name}`"
        step = step_of(workspace, *method, alone=True)
        if step is None:
            to = _handed_to(workspace, *method)
            if not to:
                return f"its `{name}` does more with Airflow's context than to read it"
            return f"its `{name}` hands Airflow's context on to `{to}`, of which it is not known what that takes of it"
        found[key] = step
    return found


def _handed_to(workspace: Workspace, where: ModuleInfo, method: cst.FunctionDef) -> str:
    """What a method calls with the context, if that cannot be followed."""
    parameters = context_parameters(where, method, (), "", True)
    reader = ContextReader(where, method, [(scope, name, part) for scope, name, part, _ in parameters])
    found = scan_function(method, reader, Frame(workspace, where, reader))
    return next((str(use.detail["to"]) for use in found.uses if use.kind == "escape" and use.detail.get("to")), "")


def use_of(module: ModuleInfo, node: cst.ClassDef, steps: Mapping[str, Step], name: str) -> ContextUse:
    """The use that stands for the call of `name`: the one step of that name, or all of them. That has its place at the end of the class, where the
    method that makes the calls is to stand."""
    if name != ENTRY:
        form = steps[name].form
        return ContextUse("inherited", form.name, module.span(node), {"form": form})
    end = module.source.text.find("\n", module.places.offsets(statements(node.body)[-1])[1])
    end = end if end >= 0 else len(module.source.text)
    place = module.between(end, end)
    detail: dict[str, Value] = {one: step.form for one, step in steps.items()}
    if WORK not in steps:
        detail["base"] = ContextUse("base", WORK, place)
    after = steps[AFTER].method if AFTER in steps else None
    detail["result"] = after is not None and len(parameters_of(after.params)) > len(("self", "context"))
    return ContextUse("lifecycle", ENTRY, place, {**detail, "margin": margin_of(module, node)})


def _renders_first(workspace: Workspace, module: ModuleInfo, method: cst.FunctionDef) -> bool:
    """Whether a method has the templates rendered before it does anything else, and does nothing with Jinja itself."""
    lines = list(statements(method.body))[method.get_docstring() is not None :]
    first = lines[0] if lines else None
    if type(first) is not cst.SimpleStatementLine or not does_nothing(workspace, module, first):
        return False
    jinja = {param.name.value for param in method.params.params[2:]} | {"render_template", RENDERING}
    names = (item for line in lines[1:] for item in descend(line) if type(item) is cst.Name)
    return jinja.isdisjoint(item.value for item in names)


def _defines(cls: cst.ClassDef, name: str) -> bool:
    return any(type(one) is cst.FunctionDef and one.name.value == name for one in statements(cls.body))

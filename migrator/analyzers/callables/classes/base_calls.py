"""`super().method(...)` in classes of the team's own: which method of the folder that is, or one of Airflow's that does nothing."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.classes.class_members import own_method
from migrator.analyzers.callables.classes.hierarchy import ancestry, following
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace

_DOING_NOTHING = frozenset({"post_execute", "pre_execute", "render_template_fields"})
"""Methods of Airflow's operators that only stand there to be overridden, or whose work is done before any of the class is called."""


def method_of_base(
    workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The method of the nearest base in the folder that `super().name` means; in a mixin, that of the class which comes after it wherever it is used."""
    found = _methods_of_base(workspace, module, func)
    return found[0] if found is not None and len(found) == 1 else None


def _methods_of_base(
    workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression
) -> list[tuple[ModuleInfo, cst.FunctionDef] | None] | None:
    """The methods that an expression means, as `meant_by_super` says; None for any but `super().name`."""
    inner = func.value if isinstance(func, cst.Attribute) else None
    if not isinstance(inner, cst.Call) or not isinstance(inner.func, cst.Name) or inner.func.value != "super":
        return None
    read = module.table.by_node.get(inner.func)
    around = module.enclosing(read.scope.node) if read is not None else []
    cls = next((item for item in around if isinstance(item, cst.ClassDef)), None)
    assert isinstance(func, cst.Attribute)
    return meant_by_super(workspace, module, cls, func.attr.value) if cls is not None else None


def meant_by_super(
    workspace: Workspace, module: ModuleInfo, cls: cst.ClassDef, name: str
) -> list[tuple[ModuleInfo, cst.FunctionDef] | None] | None:
    """The methods that `super().name` may mean in a class, None for one of Airflow's: in a mixin there may be several. None where it cannot be told."""
    for where, base in ancestry(workspace, module, cls)[1:]:
        if (own := own_method(base, name)) is not None:
            return [(where, own)]
    found = following(workspace, module, cls, name) if name != "__init__" else []
    return [None] if found == [] else found


def does_nothing(workspace: Workspace, module: ModuleInfo, line: cst.SimpleStatementLine) -> bool:
    """Whether a statement only calls `super().pre_execute(...)` or `super().post_execute(...)` of Airflow's class."""
    small = line.body[0] if len(line.body) == 1 else None
    call = small.value if isinstance(small, cst.Expr) else None
    func = call.func if isinstance(call, cst.Call) else None
    named = isinstance(func, cst.Attribute) and func.attr.value in _DOING_NOTHING
    return named and func is not None and _methods_of_base(workspace, module, func) == [None]

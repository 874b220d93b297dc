"""`super().method(...)` in classes of the team's own: which method of the folder that is, or one of Airflow's that does nothing."""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.classes.hierarchy import ancestry, method_of
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace

_DOING_NOTHING = frozenset({"post_execute", "pre_execute", "render_template_fields"})
"""Methods of Airflow's operators that only stand there to be overridden, or whose work is done before any of the class is called."""


def method_of_base(
    workspace: Workspace, module: ModuleInfo, func: cst.BaseExpression
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The method of the nearest base in the folder that `super().name` means."""
    inner = func.value if isinstance(func, cst.Attribute) else None
    if not isinstance(inner, cst.Call) or not isinstance(inner.func, cst.Name) or inner.func.value != "super":
        return None
    read = module.table.by_node.get(inner.func)
    around = module.enclosing(read.scope.node) if read is not None else []
    cls = next((item for item in around if isinstance(item, cst.ClassDef)), None)
    bases = ancestry(workspace, module, cls)[1:] if cls is not None else []
    assert isinstance(func, cst.Attribute)
    return next((found for where, base in bases if (found := method_of(workspace, where, base, func.attr.value))), None)


def does_nothing(workspace: Workspace, module: ModuleInfo, line: cst.SimpleStatementLine) -> bool:
    """Whether a statement only calls `super().pre_execute(...)` or `super().post_execute(...)` of Airflow's class."""
    small = line.body[0] if len(line.body) == 1 else None
    call = small.value if isinstance(small, cst.Expr) else None
    func = call.func if isinstance(call, cst.Call) else None
    inner = func.value if isinstance(func, cst.Attribute) and func.attr.value in _DOING_NOTHING else None
    is_super = isinstance(inner, cst.Call) and isinstance(inner.func, cst.Name) and inner.func.value == "super"
    return is_super and func is not None and method_of_base(workspace, module, func) is None

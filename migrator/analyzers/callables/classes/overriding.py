"""Methods of the team's own classes that stand in for one of a base: `self.name(...)` may mean any of them.

In: a method. Out: those of its name in the classes of the folder that derive from its own.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.classes.base_calls import method_of_base
from migrator.analyzers.callables.classes.hierarchy import ancestry, classes_in
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend, statements

MAX_FILES = 50
"""Files that are looked through for classes that override a method."""


def overriding(
    workspace: Workspace, module: ModuleInfo, method: cst.FunctionDef
) -> list[tuple[ModuleInfo, cst.FunctionDef]] | None:
    """The methods that override this one, file by file; none for a function. None where more files than are looked through may have one."""
    around = module.enclosing(method)[:1]
    owner = around[0] if around else None
    if type(owner) is not cst.ClassDef:
        return []
    files = [file for file, source in workspace.sources.items() if f"def {method.name.value}(" in source.text]
    if len(files) > MAX_FILES:
        return None
    found: list[tuple[ModuleInfo, cst.FunctionDef]] = []
    for file in files:
        for where, cls in classes_in(workspace, file):
            own = [
                one
                for one in statements(cls.body)
                if type(one) is cst.FunctionDef and one.name.value == method.name.value
            ]
            if own and cls is not owner and any(base is owner for _, base in ancestry(workspace, where, cls)):
                found += [(where, one) for one in own]
    return found


def is_called_by_super(workspace: Workspace, module: ModuleInfo, method: cst.FunctionDef) -> bool:
    """Whether a method that overrides this one calls it (`super().name(...)`)."""
    others = overriding(workspace, module, method) or []
    return any(
        type(item) is cst.Attribute
        and item.attr.value == method.name.value
        and method_of_base(workspace, where, item) is not None
        for where, other in others
        for item in descend(other.body)
    )


def is_abstract(module: ModuleInfo, decorator: cst.Decorator) -> bool:
    """Whether a decorator only says that the classes below have to define the method."""
    return module.qualified(decorator.decorator) == "abc.abstractmethod"

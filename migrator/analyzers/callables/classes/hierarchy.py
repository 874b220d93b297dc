"""A class of the folder with its bases in the folder: what they define, and who defines it.

In: a class in its module. Out: the classes of its line, methods by name, names of members.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables.classes.class_members import methods_of, own_method, set_in
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.tree import descend

MAX_BASES = 20
MAX_FILES = 50
"""Files that are looked through for classes below one."""


def method_of(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, name: str
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The method of that name, the class's own or that of its nearest base in the folder, with its module."""
    found = owner_of(workspace, module, node, name)
    return (found[0], found[2]) if found is not None else None


def owner_of(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, name: str
) -> tuple[ModuleInfo, cst.ClassDef, cst.FunctionDef] | None:
    """The same with the class that defines it."""
    for where, cls in ancestry(workspace, module, node):
        found = own_method(cls, name)
        if found is not None:
            return where, cls, found
    return None


def ancestry(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> list[tuple[ModuleInfo, cst.ClassDef]]:
    """The class and its bases in the folder, in the order in which Python asks them for a method. (Bases that lie in a circle, or that Python could
    put into no order, come as they are found.)"""
    return _line(workspace, module, node, [])


def _line(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, above: list[cst.ClassDef]
) -> list[tuple[ModuleInfo, cst.ClassDef]]:
    bases = (
        [] if len(above) >= MAX_BASES else [base for base in _bases(workspace, module, node) if base[1] not in above]
    )
    lines = [_line(workspace, *base, [*above, node]) for base in bases]
    lines = [line for line in [*lines, bases] if line]
    found = [(module, node)]
    while lines and len(found) < MAX_BASES:
        later = [cls for line in lines for _, cls in line[1:]]
        # The first that none of the others has before it; where there is none, the first.
        following = next((line[0] for line in lines if line[0][1] not in later), lines[0][0])
        found.append(following)
        lines = [left for line in lines if (left := [one for one in line if one[1] is not following[1]])]
    return found


def _bases(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> Iterator[tuple[ModuleInfo, cst.ClassDef]]:
    for base in node.bases:
        meant = named(workspace, module, base.value) if type(base.value) is cst.Name else None
        target = meant[1].node if meant is not None and meant[1] is not None else None
        if meant is not None and type(target) is cst.ClassDef and target is not node:
            yield meant[0], target


def following(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, name: str
) -> list[tuple[ModuleInfo, cst.FunctionDef] | None] | None:
    """What `super().name` of a class means that has no base of its own with that method: by classes of the folder that derive from it, the method of the
    class that comes after it there, None for one of Airflow's; each once. None where not all classes below it are known."""
    derived = below(workspace, module, node)
    if derived is None:
        return None
    found: list[tuple[ModuleInfo, cst.FunctionDef] | None] = []
    for where, cls in derived:
        line = ancestry(workspace, where, cls)
        after = line[[one for _, one in line].index(node) + 1 :]
        method = next(((at, own) for at, one in after if (own := own_method(one, name)) is not None), None)
        if not any(method == one or (method and one and method[1] is one[1]) for one in found):
            found.append(method)
    return found


def below(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> list[tuple[ModuleInfo, cst.ClassDef]] | None:
    """The classes of the folder that derive from this one. None where more files than are looked through may have some."""
    found: list[tuple[ModuleInfo, cst.ClassDef]] = []
    queue, files = [node], set[str]()
    while queue:
        name = queue.pop(0).name.value
        for file in [file for file, source in workspace.sources.items() if name in source.text]:
            files.add(file)
            if len(files) > MAX_FILES:
                return None
            for where, cls in classes_in(workspace, file):
                known = cls is node or any(cls is one for _, one in found)
                if not known and any(base is node for _, base in ancestry(workspace, where, cls)):
                    found.append((where, cls))
                    queue.append(cls)
    return found


def classes_in(workspace: Workspace, file: str) -> list[tuple[ModuleInfo, cst.ClassDef]]:
    """The classes of a file, also those within others; none where it cannot be read."""
    try:
        module = workspace.module(file)
    except ModuleUnreadable:
        return []
    known = workspace.classes.get(file)
    if known is None:
        known = workspace.classes[file] = [item for item in descend(module.tree) if type(item) is cst.ClassDef]
    return [(module, item) for item in known]


def members_of(module: ModuleInfo, node: cst.ClassDef) -> Iterator[str]:
    """What a class defines, and the attributes that its methods set."""
    yield from module.table.scopes[node].bindings
    for method in methods_of(node):
        yield from set_in(method)

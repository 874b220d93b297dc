"""Names mean what Python's own symbol table says."""

import inspect
import symtable

import libcst as cst
import pytest

from migrator.analyzers.callables.source.scopes import Scope, ScopeTable, build

SCOPING = """
import a.b, c as d
from e import f as g
total = 0

def outer(x, /, y=total, *args, z: g = d, **kwargs):
    global shared
    count = 0
    def inner(y):
        nonlocal count
        count += y + x
        return [item for item in args if item in kwargs and item != total]
    class Local:
        field = count
        other = [field for _ in range(3)]
        def method(self):
            return field, self, Local
    shared = inner(y)
    squares = {k: (n := v) for k, v in z.items() for _ in v}
    try:
        pass
    except ValueError as error:
        print(error)
    with open(n) as (first, *rest):
        for first.attribute in rest:
            del squares[first]
    match x:
        case {"key": captured, **others} if captured:
            return others
        case [Local(field=fields), *tail] | str() as whole:
            return lambda whole, default=tail: (whole, default, fields, undefined)
    text = f"{x!r:>{y}} {missing}"
    return text, a.b

async def coroutine():
    async with thing() as handle:
        return [row async for row in handle if await row]
"""


def globals_by_symtable(code: str) -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = {}

    def visit(table: symtable.SymbolTable) -> None:
        for child in table.get_children():
            if isinstance(child, symtable.Function) and child.get_name() not in COMPREHENSIONS:
                names = {s.get_name() for s in child.get_symbols() if s.is_global() and s.is_referenced()}
                for inner in child.get_children():
                    if inner.get_name() in COMPREHENSIONS:
                        names |= {s.get_name() for s in inner.get_symbols() if s.is_global() and s.is_referenced()}
                found.setdefault((child.get_name(), child.get_lineno()), set()).update(names)
            visit(child)

    visit(symtable.symtable(code, "<test>", "exec"))
    return found


COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr", "lambda"}


def globals_by_scopes(table: ScopeTable) -> dict[str, set[str]]:
    """By function name: names that its own body (and comprehensions directly in it) takes from the module or builtins."""
    found: dict[str, set[str]] = {}
    for read in table.reads:
        owner: Scope | None = read.scope
        depth = 0
        while owner is not None and owner.kind in ("comprehension", "lambda"):
            owner, depth = owner.parent, depth + 1
        if owner is None or not isinstance(owner.node, cst.FunctionDef) or depth > 1 or read.annotation:
            continue
        if owner.node.name.value.startswith("__") or read.name.startswith("__"):
            continue
        names = found.setdefault(owner.node.name.value, set())
        if table.scope_of(read) in (None, table.module):
            names.add(read.name)
    return found


def source_of(module: str) -> str:
    return inspect.getsource(__import__(module, fromlist=["x"]))


@pytest.mark.parametrize(
    "code",
    [
        SCOPING,
        *map(source_of, ["argparse", "dataclasses", "functools", "json.decoder", "pathlib", "tarfile", "typing"]),
    ],
    ids=["scoping", "argparse", "dataclasses", "functools", "decoder", "pathlib", "tarfile", "typing"],
)
def test_globals_are_those_of_the_symbol_table(code: str) -> None:
    ours = globals_by_scopes(build(cst.parse_module(code)))
    theirs: dict[str, set[str]] = {}
    for (name, _), names in globals_by_symtable(code).items():
        theirs.setdefault(name, set()).update(names)
    assert len(ours) >= 2
    for name, names in ours.items():
        expected = {found for found in theirs[name] if not found.startswith("__")}
        assert names - CONSTANTS == expected, name


CONSTANTS = {"True", "False", "None"}


def test_what_only_a_program_runs_binds_and_changes_nothing() -> None:
    code = """
names = []
def fill(): names.append(1)
if __name__ == "__main__":
    if names:
        found = 1
    names.append(found)
    def inside(): local = names
else:
    other = 2
"""
    scope = build(cst.parse_module(code)).module
    assert set(scope.bindings) == {"names", "fill", "other"}
    assert not scope.touches

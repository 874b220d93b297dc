"""`eval`, `exec` and `compile` of a text that is known: read and evaluated as a file's code is, never run.

Findings about it stand where the text is evaluated. An unknown text gives an unknown value, and a finding where it may define DAGs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.libraries.builtin_functions import GlobalsDict, no
from migrator.analyzers.interpreter.values import Call, Env, LoadedModule, RaiseSignal
from migrator.analyzers.parsing import parse_module
from migrator.diagnostics import Diagnostic
from migrator.model.source import SourceFile

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_LONGEST = 50_000
"""Characters of a text that is read as code."""


def _names(value: Any) -> dict[str, Any] | None:
    if isinstance(value, GlobalsDict):
        return value.written
    return value if isinstance(value, dict) else None


def _scope(machine: Machine, text: str, call: Call) -> tuple[cst.Module, Env]:
    """The text's syntax tree, and the names that it sees. Raises RaiseSignal (SyntaxError) where it cannot be read."""
    tree = parse_module(SourceFile("<text>", text))
    if isinstance(tree, Diagnostic):
        raise RaiseSignal("SyntaxError", tree.message)
    machine.charge(50 + len(text) // 5)
    given, inner = _names(call.argument(1, "globals")), _names(call.argument(2, "locals"))
    seen = call.env.module.globals if given is None else given
    module = LoadedModule(call.env.module.name, "<text>", tree, text, seen, is_library=True)
    if given is None:
        return tree, Env(module, call.env.names if inner is None else inner, call.env.enclosing)
    return tree, Env(module, seen if inner is None else inner)


def _text(machine: Machine, call: Call) -> str | None:
    text = machine.settle(call.argument(0, "source"), call.node, call.env)
    return text if isinstance(text, str) and len(text) <= _LONGEST else None


def _exec(machine: Machine, call: Call) -> Any:
    """`exec(text, globals, locals)`: its statements, in those names."""
    text = _text(machine, call)
    if text is None:
        machine.report(
            "MIG105", call.node, call.env, "code that is made when the file runs is not known: DAGs of it are missing"
        )
        return no(machine, call)
    tree, env = _scope(machine, text, call)
    machine.call_sites.append((call.node, call.env))
    try:
        machine.run(tree, env)
    finally:
        machine.call_sites.pop()
    return None


def _eval(machine: Machine, call: Call) -> Any:
    """`eval(text, globals, locals)`."""
    text = _text(machine, call)
    if text is None:
        return no(machine, call)
    tree, env = _scope(machine, f"({text.strip()})\n", call)
    line = tree.body[0] if tree.body else None
    only = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(only, cst.Expr) or len(tree.body) != 1:
        raise RaiseSignal("SyntaxError", "invalid syntax")
    machine.call_sites.append((call.node, call.env))
    try:
        return machine.eval(only.value, env)
    finally:
        machine.call_sites.pop()


def _compile(machine: Machine, call: Call) -> Any:
    """`compile(text, name, mode)`: the text, which `exec` and `eval` take."""
    text = _text(machine, call)
    return no(machine, call) if text is None else text


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "builtins.exec": _exec,
    "builtins.eval": _eval,
    "builtins.compile": _compile,
}
"""By canonical path."""

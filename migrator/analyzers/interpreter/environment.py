"""Environment variables: those that the user gave or the code sets are known, the others are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.language.open_dicts import merged
from migrator.analyzers.interpreter.values import MISSING, Call, Env, External
from migrator.model.values import Symbolic

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def variable(machine: Machine, key: Any, default: Any, node: cst.CSTNode, env: Env) -> Any:
    """An environment variable: what the user gave, else symbolic with the code's own default."""
    key = machine.settle(key, node, env)
    if not isinstance(key, str):
        return machine.unknown(node, env, "the variable's name is not known")
    if key in machine.environment:
        return machine.environment[key]
    if key in machine.config.env:
        machine.was_told = True
        return machine.config.env[key]
    machine.ask("env", key, machine.span(node, env))
    if key == "AIRFLOW_HOME" and not isinstance(default, str):
        # What lies below it is looked for as a path of the deployment, and so it needs one; names keep the variable.
        default = "/opt/airflow"
    has_default = default is not MISSING
    return Symbolic(
        "env",
        machine.source(node, env)[:200],
        f"environment variable `{key}` is not known",
        key,
        default if has_default else None,
        has_default,
        machine.span(node, env),
    )


def _environ_get(machine: Machine, call: Call) -> Any:
    return variable(machine, call.argument(0, "key"), call.argument(1, "default"), call.node, call.env)


def _set_environment(machine: Machine, call: Call) -> Any:
    """`os.environ.setdefault(key, value)`: a variable that is not known may be set already."""
    return variable(machine, call.args[0], call.argument(1, "default"), call.node, call.env)


def _update_environment(machine: Machine, call: Call) -> Any:
    given = {**(call.args[0] if call.args and isinstance(call.args[0], dict) else {}), **call.kwargs}
    machine.environment.update({k: v for k, v in given.items() if isinstance(k, str) and isinstance(v, str)})


def _pop_environment(machine: Machine, call: Call) -> Any:
    found = variable(machine, call.args[0], call.argument(1, "default"), call.node, call.env)
    machine.environment.pop(call.args[0] if isinstance(call.args[0], str) else "", None)
    return found


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "os.environ.get": _environ_get,
    "os.getenv": _environ_get,
    "os.environ.setdefault": _set_environment,
    "os.environ.update": _update_environment,
    "os.environ.pop": _pop_environment,
    "os.environ.copy": lambda machine, call: merged([External("os.environ")]),
}
"""By canonical path."""

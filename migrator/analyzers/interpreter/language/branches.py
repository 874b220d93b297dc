"""Conditions that are not known: every branch runs on the same names, then names that differ become symbolic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow import objects as af
from migrator.analyzers.interpreter.language.choices import by_condition
from migrator.analyzers.interpreter.language.operations import weigh
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    BranchEnd,
    Class,
    ContinueSignal,
    Env,
    External,
    Function,
    Instance,
    ModuleValue,
    RaiseSignal,
    ReturnSignal,
    is_symbolic,
    unknown,
)
from migrator.model.changed import replace
from migrator.model.values import AssetValue

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


def explore_branches(
    machine: Machine, branches: list[Callable[[], None]], node: cst.CSTNode, env: Env, condition: Any = None
) -> None:
    """Runs branches of which one will be taken, of two the first where the `condition` holds, then merges their names. Raises BranchEnd or ReturnSignal if
    all ended."""
    machine.charge(50 * len(branches) + len(env.names))
    before = dict(env.names)
    outcomes: list[dict[str, Any]] = []
    raised: RaiseSignal | None = None
    for branch in branches:
        env.names.clear()
        env.names.update(before)
        env.uncertain += 1
        machine.uncertain += 1
        try:
            branch()
            outcomes.append(dict(env.names))
        except BranchEnd:
            pass
        except RaiseSignal as signal:
            raised = signal
        finally:
            env.uncertain -= 1
            machine.uncertain -= 1
    env.names.clear()
    env.names.update(before)
    if not outcomes:
        if env.returns:
            if env.uncertain:
                raise BranchEnd
            raise ReturnSignal(merged_returns(machine, env, node))
        if raised is not None:
            raise raised
        raise BranchEnd if env.uncertain else ContinueSignal
    names = {name for outcome in outcomes for name in outcome}
    for name in names:
        values = [outcome.get(name, MISSING) for outcome in outcomes]
        merged = values[0]
        for value in values[1:]:
            merged = merge_values(
                machine, merged, value, node, env, condition if len(outcomes) == len(branches) else None
            )
        env.names[name] = merged


def merged_returns(machine: Machine, env: Env, node: cst.CSTNode) -> Any:
    """The one value of several possible returns."""
    merged = env.returns[0]
    for value in env.returns[1:]:
        merged = merge_values(machine, merged, value, node, env)
    env.returns.clear()
    return merged


def merge_values(machine: Machine, first: Any, second: Any, node: cst.CSTNode, env: Env, condition: Any = None) -> Any:
    """One value for a name that may have either: symbolic unless they agree; of Airflow objects and code the first is kept.

    It has the first where the `condition` holds, if one is given.
    """
    if first is second or second is MISSING:
        return first
    if first is MISSING:
        return second
    for value in (first, second):
        if isinstance(
            value, (af.AirflowObject, Function, Class, BoundMethod, ModuleValue, Instance, AssetValue, External)
        ):
            return value
    for value in (first, second):
        if isinstance(value, (list, tuple)) and any(isinstance(item, (af.AirflowObject, AssetValue)) for item in value):
            return value
    try:
        if type(first) is type(second) and not is_symbolic(first):
            weigh(machine, first)
            weigh(machine, second)
            if first == second:
                return first
    except (RaiseSignal, TypeError, ValueError, RecursionError):
        pass
    span = machine.span(node, env)
    why = "it depends on a condition that is not known"
    found = unknown(machine.source(node, env)[:120], why, span, machine.origins(span, env))
    choice = by_condition(condition, first, second)
    return found if choice is None else replace(found, choice=choice)

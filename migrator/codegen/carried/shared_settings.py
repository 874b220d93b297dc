"""Dictionaries of settings that a team keeps under one name and that several tasks get, such as `COMMON_ENV_VARS`.

The plan holds their entries with each task. Here they are found again: a dictionary of a module's top level whose keys several tasks have, all with
the same values that are read when the code runs. It becomes one function of the team's name, in the project's module `shared_settings`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import identifier, unique
from migrator.codegen.python.serialize import Environment, serialize
from migrator.model.airflow import AirflowProject
from migrator.model.expressions import EnvValue
from migrator.model.frozen import dataclass
from migrator.model.plan import MigrationPlan
from migrator.model.walk import walk

_FEW = 4
"""Fewer entries are as short as a name for them."""


@dataclass(frozen=True, slots=True)
class SharedSettings:
    """The function `name` gives these entries."""

    name: str
    entries: Mapping[str, Any]


def shared_settings(plan: MigrationPlan, project: AirflowProject) -> tuple[SharedSettings, ...]:
    """The named dictionaries of which several operations have all entries, those with most entries first."""
    given = [
        part
        for dag in plan.dags
        for part in walk(dag.operations)
        if isinstance(part, Mapping) and sum(isinstance(value, EnvValue) for value in part.values()) >= _FEW
    ]
    if len(given) < 2:
        return ()
    found: list[SharedSettings] = []
    taken: set[str] = set()
    for name, keys in _named(project, given):
        holders = [part for part in given if keys <= part.keys()]
        entries = {key: holders[0][key] for key in holders[0] if key in keys} if holders else {}
        same = [part for part in holders if all(part[key] == value for key, value in entries.items())]
        if len(same) > 1 and all(entries != other.entries for other in found):
            chosen = unique(identifier(name).lower(), taken)
            taken.add(chosen)
            found.append(SharedSettings(chosen, entries))
    return tuple(sorted(found, key=lambda shared: (-len(shared.entries), shared.name)))


def settings_module(package: str, shared: Sequence[SharedSettings], modules: Sequence[Module]) -> Module | None:
    """The module of those functions that `modules` import; None where they import none."""
    module = Module(f"src/{package}/shared_settings.py", f"{package}.shared_settings")
    module.docstring = "Settings that several jobs hand to what they run, read from the environment when they do."
    for one in shared:
        if any(import_of(package, one) in other.imports for other in modules):
            code = serialize(one.entries, Environment(package))
            module.need(code.imports)
            module.blocks.append(f"def {one.name}() -> dict[str, str]:\n    return {code.text}")
    return None if module.empty else module


def import_of(package: str, shared: SharedSettings) -> str:
    """The statement by which a module knows the function."""
    return f"from {package}.shared_settings import {shared.name}"


def _named(project: AirflowProject, given: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, set[str]]]:
    """The dictionaries at the top level of the team's modules, by name, whose keys some of the `given` ones may have."""
    often = {key for key, count in Counter(key for part in given for key in part).items() if count > 1}
    for _, source in sorted(project.sources.items()):
        if sum(f'"{key}"' in source.text or f"'{key}'" in source.text for key in often) < _FEW:
            continue
        try:
            tree = ast.parse(source.text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if not isinstance(target, ast.Name) or not isinstance(value, ast.Dict):
                continue
            keys = {key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
            if len(keys) == len(value.keys) >= _FEW and keys <= often:
                yield target.id, keys

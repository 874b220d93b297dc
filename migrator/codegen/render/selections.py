"""What jobs of assets select.

Comes in: the plan of a project, and one DAG of it. Goes out: the expression that selects what the DAG makes, and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.dag import DagCode, key_expression
from migrator.model.assets import AssetKey
from migrator.model.plan import CreateAsset, CreateCheck, MigrationPlan


class Selections:
    """The assets and checks of a plan, by what jobs ask for."""

    def __init__(self, plan: MigrationPlan) -> None:
        self._members: dict[str, set[AssetKey]] = defaultdict(set)
        """The keys of each group."""
        self._checks: dict[AssetKey, list[tuple[str, str]]] = defaultdict(list)
        """The DAG and the name of each check on an asset."""
        for dag in plan.dags:
            for operation in dag.operations:
                if isinstance(operation, CreateAsset):
                    self._members[operation.group].update(output.key for output in operation.outputs)
                elif isinstance(operation, CreateCheck):
                    self._checks[operation.asset].append((dag.dag_id, operation.name))

    def of(self, dag: DagCode) -> str:
        """The assets and checks that the DAG made, and no others."""
        assets = [operation for operation in dag.plan.operations if isinstance(operation, CreateAsset)]
        keys = [output.key for operation in assets for output in operation.outputs]
        own = set(keys)
        checks = [operation for operation in dag.plan.operations if isinstance(operation, CreateCheck)]
        own_elsewhere = [(check.asset, check.name) for check in checks if check.asset not in own]
        others_here = [
            (key, name) for key in own for dag_id, name in self._checks.get(key, ()) if dag_id != dag.plan.dag_id
        ]
        parts = [self._assets(keys, {operation.group for operation in assets})] if keys else []
        if own_elsewhere:
            parts.append(f"dg.AssetSelection.checks({_check_keys(own_elsewhere)})")
        text = " | ".join(parts) or "dg.AssetSelection.assets()"
        if others_here:
            text = f"({text})" if len(parts) > 1 else text
            text = f"{text} - dg.AssetSelection.checks({_check_keys(others_here)})"
        return text

    def _assets(self, keys: list[AssetKey], groups: set[str]) -> str:
        members = {key for group in groups for key in self._members[group]}
        if "" not in groups and members == set(keys):
            return f"dg.AssetSelection.groups({', '.join(text_literal(group) for group in sorted(groups))})"
        return f"dg.AssetSelection.assets({', '.join(key_expression(key) for key in keys)})"


def _check_keys(keys: Iterable[tuple[AssetKey, str]]) -> str:
    return ", ".join(
        f"dg.AssetCheckKey(dg.AssetKey({literal(list(key))}), {text_literal(name)})" for key, name in sorted(keys)
    )

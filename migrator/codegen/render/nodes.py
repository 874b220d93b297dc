"""Decorators of nodes, and the arguments that the nodes of a module have in common."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from migrator.codegen.factories.nodes import Factory, make_factories
from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import Environment, literal, serialize
from migrator.codegen.render.dag import key_literal
from migrator.codegen.render.many import with_short_lists
from migrator.codegen.render.node import Node
from migrator.model.assets import AssetKey
from migrator.model.plan import AssetOut

_SHARED = ("group_name", "owners", "tags", "partitions_def", "retry_policy", "freshness_policy", "pool")
_AT_LEAST = 3
"""So many nodes, and so many arguments, have to be alike for a common dictionary to be worth its name."""
_LONG = 100
"""So many characters that two nodes would repeat are worth one as well."""
_DATABASES = frozenset(
    "bigquery clickhouse databricks db2 duckdb hive mssql mysql oracle postgres presto redshift snowflake sqlite teradata trino".split()
)


def render_nodes(
    nodes: Iterable[Node], module: Module, of_dags: bool = False, keys: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Adds the nodes to the module, those that a loop made as factories; what all assets have in common goes to a dictionary above them,
    unless the module is a row of a factory of DAGs (`of_dags`). `keys` are the assets' keys as source, by operation.

    Returns how to refer to each node that is no function of the module, by the name of its operation.
    """
    parts = _in_short(make_factories(list(nodes), module, of_dags), keys)
    written = [node for part in parts for node in (part.nodes if isinstance(part, Factory) else (part,))]
    plain = [node for node in written if node.decorator == "dg.asset"]
    counts = Counter(argument for node in plain for argument in node.arguments)
    common = {name: value for (name, value), count in counts.items() if name in _SHARED and count == len(plain)}
    common = {name: common[name] for name in _SHARED if name in common}
    repeated = sum(map(len, common.values())) * (len(plain) - 1)
    many = len(plain) >= _AT_LEAST and len(common) >= _AT_LEAST
    if of_dags or not (many or repeated >= _LONG):
        common = {}
    if common:
        module.need(["from typing import Any"])
        rows = "".join(f'"{name}": {value}, ' for name, value in common.items())
        module.setup.append(f"common: dict[str, Any] = {{{rows}}}")
    references: dict[str, str] = {}
    tables: set[str] = set()
    for part in parts:
        text = part.render(common or None)
        if isinstance(part, Factory):
            # Several factories may have one list of rows.
            text = text.removeprefix(part.table.definition).lstrip("\n") if part.table.definition in tables else text
            tables.add(part.table.definition)
        module.blocks.append(text)
        if isinstance(part, Factory):
            references |= part.references()
        else:
            references[part.operation] = part.function_name
    return references


def _in_short(parts: Iterable[Node | Factory], keys: Mapping[str, str]) -> list[Node | Factory]:
    """The parts, with long lists of dependencies in short: on all that a factory above makes by its name."""
    found: list[Node | Factory] = []
    made: dict[str, list[str]] = {}
    for part in parts:
        if isinstance(part, Factory):
            found.append(replace(part, nodes=tuple(with_short_lists(node, made) for node in part.nodes)))
            operations = [name for names in part.operations for name in names]
            if all(node.decorator == "dg.asset" for node in part.nodes) and keys.keys() >= set(operations):
                made[part.all] = [keys[name] for name in operations]
        else:
            found.append(with_short_lists(part, made))
    return found


def spec_arguments(
    output: AssetOut, task_metadata: Mapping[str, object], more: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Arguments that say what an asset is: kinds and metadata; `more` are entries of it whose values are expressions."""
    arguments: list[tuple[str, str]] = []
    if output.kinds:
        arguments.append(("kinds", literal(set(output.kinds))))
    metadata = {**task_metadata, **whereabouts(output)}
    if metadata or more:
        entries = [f"{literal(name)}: {literal(value)}" for name, value in metadata.items()]
        entries += [f"{literal(name)}: {text}" for name, text in (more or {}).items()]
        arguments.append(("metadata", f"{{{', '.join(entries)}}}"))
    return arguments


def freshness_argument(output: AssetOut, module: Module) -> list[tuple[str, str]]:
    """The `freshness_policy` argument of an asset that has to be there by some time."""
    policy = output.freshness
    if policy is None:
        return []
    delta = serialize(dt.timedelta(seconds=policy.seconds), Environment())
    module.need(["import dagster as dg", *delta.imports])
    if not policy.cron:
        return [("freshness_policy", f"dg.FreshnessPolicy.time_window(fail_window={delta.text})")]
    zone = f", timezone={literal(policy.timezone)}" if policy.timezone != "UTC" else ""
    cron = literal(policy.cron)
    text = f"dg.FreshnessPolicy.cron(deadline_cron={cron}, lower_bound_delta={delta.text}{zone})"
    return [("freshness_policy", text)]


def whereabouts(output: AssetOut) -> dict[str, str]:
    """Where the data is, in the entries that Dagster's own pages show."""
    name = output.name
    if not name or "{" in name:
        return {}
    if "://" in name:
        return {"dagster/uri": name}
    if output.system in _DATABASES and "/" not in name:
        return {"dagster/table_name": name, "dagster/storage_kind": output.system or ""}
    return {}


def key_argument(key: AssetKey, function: str) -> list[tuple[str, str]]:
    """The `key` argument, unless the function's name says it."""
    if key == (function,):
        return []
    return [("key", key_literal(key))]

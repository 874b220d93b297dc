"""Everything that is inside the operations of a plan: expressions, bodies, calls."""

from __future__ import annotations

from typing import Any

from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction
from migrator.model.expressions import ConfigValue, Construct, EnvValue, Expr, PartitionsOf, RunDate, TemplateText
from migrator.model.plan import CreateResource, DagPlan
from migrator.model.walk import walk


def calls(value: Any) -> list[CallFunction]:
    """All calls of the team's own functions."""
    return [part for part in walk(value) if isinstance(part, CallFunction)]


def dates(value: Any) -> list[RunDate]:
    return [part for part in walk(value) if isinstance(part, RunDate)]


def template_files(dag: DagPlan) -> list[TemplateText]:
    """The template files that a DAG reads, each once, by path."""
    found = {part.file: part for part in walk(dag.operations) if isinstance(part, TemplateText) and part.file}
    return [found[path] for path in sorted(found)]


def constructed(value: Any) -> list[str]:
    """The modules of the classes that expressions make instances of, each once, sorted."""
    return sorted({part.type.rpartition(".")[0] for part in walk(value) if isinstance(part, Construct)})


def uses_config(value: Any) -> bool:
    return any(isinstance(part, ConfigValue) for part in walk(value))


def may_lack(value: Any) -> bool:
    """Whether an expression reads something of the environment that has no fallback."""
    return any(isinstance(part, EnvValue) and not part.has_default for part in walk(value))


def own_defaults(value: Any) -> dict[str, Expr]:
    """The defaults that a task has of its own for fields of the DAG's configuration, by field."""
    return {part.name: part.default for part in walk(value) if isinstance(part, ConfigValue) and part.has_default}


def partitions_told(value: Any) -> dict[AssetKey, str]:
    """The assets of which a body tells the partitions that it makes, each with the name of these."""
    return {part.key: part.name for part in walk(value) if isinstance(part, PartitionsOf)}


def resource_names(value: Any) -> list[str]:
    """Names of the resources that a body uses, each once, in order."""
    found = [getattr(part, "resource", "") for part in walk(value) if not isinstance(part, CreateResource)]
    return list(dict.fromkeys(name for name in found if isinstance(name, str) and name))

"""Loads a Dagster project in a process of its own and writes down what it holds.

    python -m migrator.verify.probe PACKAGE OUTPUT.json

Comes in: the name of an importable package with a `definitions` module. Goes out: a `Loaded` as JSON. Whatever the project
prints while it loads stays on standard output and error, apart from the result.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from migrator.verify.loaded import Asset, Check, Job, Loaded, Origin, Step, Trigger

PREFIX = "airflow/"


def main() -> None:
    package, output = sys.argv[1], Path(sys.argv[2])
    try:
        loaded = describe(load(package))
    except BaseException:
        loaded = Loaded(error=traceback.format_exc())
    output.write_text(json.dumps(dataclasses.asdict(loaded)), encoding="utf-8")


def load(package: str) -> dg.Definitions:
    """The project's definitions, after Dagster's own check that all of them can be resolved."""
    definitions: Any = importlib.import_module(f"{package}.definitions").defs
    if not isinstance(definitions, dg.Definitions):
        definitions = definitions()
    loaded: dg.Definitions = definitions
    dg.Definitions.validate_loadable(loaded)
    return loaded


def describe(definitions: dg.Definitions) -> Loaded:
    repository = definitions.get_repository_def()
    return Loaded(
        assets=_assets(repository.asset_graph),
        checks=_checks(repository.asset_graph),
        jobs=[_job(job) for job in sorted(repository.get_all_jobs(), key=lambda job: job.name)],
        triggers=sorted(
            [
                *(_trigger(sensor, "sensor", _targets(sensor)) for sensor in repository.sensor_defs),
                *(_trigger(schedule, "schedule", [schedule.job_name]) for schedule in repository.schedule_defs),
            ],
            key=lambda trigger: (trigger.kind, trigger.name),
        ),
    )


def _assets(graph: Any) -> list[Asset]:
    nodes = (graph.get(key) for key in sorted(graph.get_all_asset_keys(), key=lambda key: key.path))
    return [
        Asset(
            key=list(node.key.path),
            deps=sorted(list(key.path) for key in node.parent_keys),
            step=node.assets_def.node_def.name if node.is_executable else None,
            origin=_origin(node.tags, node.metadata),
        )
        for node in nodes
    ]


def _checks(graph: Any) -> list[Check]:
    checks = []
    for key in sorted(graph.asset_check_keys, key=lambda key: (key.asset_key.path, key.name)):
        definition = graph.assets_def_for_key(key)
        metadata = definition.get_spec_for_check_key(key).metadata
        origin = _origin(definition.node_def.tags, metadata)
        checks.append(Check(list(key.asset_key.path), key.name, definition.node_def.name, origin))
    return checks


def _job(job: Any) -> Job:
    of_assets = bool(
        job.asset_layer and (job.asset_layer.executable_asset_keys or job.asset_layer.asset_graph.asset_check_keys)
    )
    after = {
        invocation.alias or invocation.name: sorted(
            {output.node for dependency in inputs.values() for output in dependency.get_node_dependencies()}
        )
        for invocation, inputs in job.dependencies.items()
    }
    steps = [
        Step(name, after.get(name, []), _origin(node.tags, getattr(node.definition, "metadata", {})))
        for name, node in sorted(job.graph.node_dict.items())
    ]
    return Job(job.name, of_assets, steps, _origin(job.tags, job.metadata))


def _trigger(definition: Any, kind: str, targets: list[str]) -> Trigger:
    return Trigger(
        name=definition.name,
        kind=kind,
        running=definition.default_status.value == "RUNNING",
        targets=targets,
        origin=_origin(definition.tags, definition.metadata),
        monitors=sorted(job.name for job in getattr(definition, "_monitored_jobs", None) or []),
    )


def _targets(sensor: Any) -> list[str]:
    return sorted({target.job_name for target in sensor.targets})


def _origin(*sources: Mapping[str, Any]) -> Origin:
    """The entries about Airflow; of two with one name the later source wins (metadata takes any text, tags do not)."""
    origin: Origin = {}
    for key, value in (item for source in sources for item in source.items()):
        value = getattr(value, "value", value)
        if key.startswith(PREFIX):
            name = key.removeprefix(PREFIX)
            origin[name] = value if isinstance(value, str) else [str(part) for part in _parts(value)]
    return origin


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):  # tasks by the key of the partition that each makes
        return value.values()
    return value if isinstance(value, list | tuple) else [value]


if __name__ == "__main__":
    main()

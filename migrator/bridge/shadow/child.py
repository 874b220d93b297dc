"""The shadow run itself, in a process of its own: `python -m migrator.bridge.shadow.child SPEC.json RESULT.json`.

The environment and the working folder are set by who starts it. Comes in: the package, the keys of the assets, the partition, values of other tasks.
Goes out: an error, or the value that the assets returned and what they wrote, compared.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from migrator.bridge.shadow.guard import Guard
from migrator.bridge.shadow.sql import NotRedirected, Redirection


class ShadowValues(dg.IOManager):
    """Inputs are what tasks made in Airflow, or what Dagster keeps of them; outputs are kept here alone."""

    def __init__(self, values: Mapping[str, Any], kept: dg.IOManager | None) -> None:
        self.values, self.kept, self.made = values, kept, {}  # type: ignore[var-annotated]

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        if obj is not None:
            self.made[context.asset_key.to_user_string()] = obj

    def load_input(self, context: dg.InputContext) -> Any:
        key = context.asset_key.to_user_string()
        if key in self.made:
            return self.made[key]
        if key in self.values:
            return self.values[key]
        if self.kept is None:
            raise NotRedirected(f"the value of `{key}` is neither in Airflow nor in DAGSTER_HOME")
        return self.kept.load_input(context)


def main() -> None:
    spec, output = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    try:
        result = run(spec)
    except BaseException as error:
        result = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    output.write_text(json.dumps(result), encoding="utf-8")


def run(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What `spec` asks for, as JSON."""
    guard = Guard(map(Path, spec["writable"]), spec["commands"], spec["network"])
    guard.prepare()
    found: Any = importlib.import_module(f"{spec['package']}.definitions").defs
    definitions: dg.Definitions = found if isinstance(found, dg.Definitions) else found()
    keys = [dg.AssetKey(key) for key in spec["keys"]]
    assets = [
        item
        for item in definitions.assets or ()
        if isinstance(item, dg.AssetsDefinition | dg.AssetSpec | dg.SourceAsset)
    ]
    made = {key for item in assets if isinstance(item, dg.AssetsDefinition) and item.is_executable for key in item.keys}
    for key in keys:
        if key not in made:
            return {
                "refused": f"the project has no asset `{key.to_user_string()}` that Dagster can make: is it behind the inventory?"
            }
    # A try that failed is the answer: none waits for another one.
    dg.JobDefinition.get_retry_policy_for_handle = lambda *_: None  # type: ignore[method-assign]
    redirection = Redirection(spec["schema"], Path(spec["folder"]))
    with contextlib.suppress(ImportError):
        redirection.install()
    values = ShadowValues(spec["values"], _kept(spec["dagster_home"]))
    with dg.DagsterInstance.ephemeral(tempdir=spec["folder"]) as instance:
        guard.install()
        done = dg.materialize(
            assets,
            selection=dg.AssetSelection.assets(*keys),
            partition_key=spec["partition"] or None,
            instance=instance,
            raise_on_error=False,
            resources={**(definitions.resources or {}), "io_manager": values},
            tags={"migration/shadow": "true", **spec["tags"]},
        )
        guard.on = False
    problems = [*redirection.problems, *guard.problems]
    try:
        if problems:
            return {"refused": "; ".join(dict.fromkeys(problems))}
        if not done.success:
            return {"error": _why(done)}
        tables = [dataclasses.asdict(compared) for compared in redirection.compare()]
    finally:
        redirection.drop()
    return {"tables": tables, "values": {key: _plain(value) for key, value in values.made.items()}}


def _kept(home: str) -> dg.IOManager | None:
    """What keeps the values of assets that Dagster made before."""
    if not home:
        return None
    kept: dg.IOManager = dg.FilesystemIOManager(base_dir=os.path.join(home, "storage")).create_io_manager(  # noqa: PTH118
        dg.build_init_resource_context()
    )
    return kept


def _why(done: dg.ExecuteInProcessResult) -> str:
    for event in done.all_events:
        error = getattr(event.event_specific_data, "error", None)
        if event.is_failure and error is not None:
            last = error
            while last.cause is not None:
                last = last.cause
            return str(last.message).strip()[:1000]
    return "the run failed"


def _plain(value: Any) -> dict[str, Any]:
    """A value as JSON, or why it cannot be."""
    try:
        return {"value": json.loads(json.dumps(value))}
    except (TypeError, ValueError):
        return {"problem": f"a {type(value).__name__} is not JSON"}


if __name__ == "__main__":
    main()

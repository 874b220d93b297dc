"""What a Dagster project turned out to hold when it was loaded: plain data, written by `probe` and read by `checks`.

Of tags and metadata only the entries under `airflow/` are kept: what a node says about where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Origin = dict[str, str | list[str]]
"""The `airflow/...` entries of a node's tags and metadata, without that prefix (`dag_id`, `task_id`)."""


@dataclass(frozen=True)
class Asset:
    """An asset spec. `step` is the name of the op that makes it, None for an asset that something else makes."""

    key: list[str]
    deps: list[list[str]]
    step: str | None
    origin: Origin


@dataclass(frozen=True)
class Check:
    asset: list[str]
    name: str
    step: str
    origin: Origin


@dataclass(frozen=True)
class Step:
    """A node of a job's graph; `after` names the nodes of the same job that it waits for."""

    name: str
    after: list[str]
    origin: Origin


@dataclass(frozen=True)
class Job:
    """`of_assets` tells a job over assets and checks from a job of ops. The job that holds every asset is named `__ASSET_JOB`."""

    name: str
    of_assets: bool
    steps: list[Step]
    origin: Origin


@dataclass(frozen=True)
class Trigger:
    """A schedule or sensor. `monitors` names the jobs whose end a run-status sensor reacts to."""

    name: str
    kind: str
    running: bool
    targets: list[str]
    origin: Origin
    monitors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Loaded:
    """The whole project; `error` holds a traceback when it could not be loaded, and then all else is empty."""

    error: str = ""
    assets: list[Asset] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)

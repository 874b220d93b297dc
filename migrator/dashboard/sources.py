"""What Airflow and Dagster themselves say, as far as they can be reached; never an exception because one cannot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from migrator.diagnostics import MigratorError

if TYPE_CHECKING:
    import dagster as dg

TIMEOUT = 20.0
"""Seconds to wait for Dagster's webserver."""


@dataclass(frozen=True)
class AirflowNow:
    """`problem` says why Airflow was not reached, and is empty where it was. `paused` tells each DAG that it has, paused or not."""

    url: str = ""
    problem: str = ""
    paused: Mapping[str, bool] = field(default_factory=dict)

    @property
    def configured(self) -> bool:
        return bool(self.url)


@dataclass(frozen=True)
class LastRun:
    """The newest run of a job: Dagster's word for its status, and when it was asked for (seconds since the epoch)."""

    status: str
    at: float


@dataclass(frozen=True)
class DagsterNow:
    """`problem` as in `AirflowNow`. `running` are the names of the schedules and sensors that are switched on."""

    problem: str = ""
    running: frozenset[str] = frozenset()
    last_runs: Mapping[str, LastRun] = field(default_factory=dict)


def ask_airflow(environment: Mapping[str, str]) -> AirflowNow:
    """Which DAGs the Airflow at AIRFLOW_URL has, and which of them are paused."""
    url = environment.get("AIRFLOW_URL", "").strip().rstrip("/")
    if not url:
        return AirflowNow(problem="AIRFLOW_URL is not set")
    from migrator.bridge.client import AirflowClient

    try:
        client = AirflowClient.from_environment(environment)
        dags = client.dags() if client is not None else []
    except MigratorError as error:
        return AirflowNow(url, error.message)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return AirflowNow(url, f"its answer is not what Airflow's API says ({type(error).__name__})")
    return AirflowNow(url, "", {dag.dag_id: dag.paused for dag in dags})


def ask_instance(instance: dg.DagsterInstance, location: str | None, jobs: frozenset[str]) -> DagsterNow:
    """What the Dagster that this process runs in says of a code location (of all, where its name is not known)."""
    import dagster as dg

    try:
        running = frozenset(
            state.instigator_name
            for state in instance.all_instigator_state()
            if state.is_running and location in (None, _location(state.origin))
        )
        last = {}
        for job in sorted(jobs):
            records = instance.get_run_records(dg.RunsFilter(job_name=job), limit=1)
            if records:
                last[job] = LastRun(records[0].dagster_run.status.value, records[0].create_timestamp.timestamp())
        return DagsterNow("", running, last)
    except Exception as error:  # storages of many kinds raise errors of many kinds
        return DagsterNow(f"its storage cannot be asked ({type(error).__name__})")


def _location(origin: Any) -> str | None:
    return getattr(origin.repository_origin.code_location_origin, "location_name", None)


_QUERY = """
{ workspaceOrError { __typename ... on Workspace { locationEntries { name locationOrLoadError { __typename ... on RepositoryLocation {
  repositories { schedules { name scheduleState { status } } sensors { name sensorState { status } }
                 pipelines { name runs(limit: 1) { status creationTime } } } } } } } } }
"""


def ask_webserver(environment: Mapping[str, str], marker: str) -> DagsterNow:
    """What the Dagster at DAGSTER_URL says of the one code location that has a schedule of the name `marker`."""
    import urllib.error
    import urllib.request

    url = environment.get("DAGSTER_URL", "").strip().rstrip("/")
    if not url:
        return DagsterNow("DAGSTER_URL is not set")
    if not url.startswith(("http://", "https://")):
        return DagsterNow("DAGSTER_URL is not an address that starts with http:// or https://")
    headers = {"Content-Type": "application/json"}
    if token := environment.get("DAGSTER_TOKEN", ""):
        headers["Dagster-Cloud-Api-Token"] = token
    request = urllib.request.Request(f"{url}/graphql", json.dumps({"query": _QUERY}).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            document = json.load(answer)
        return _webserver_answer(document, marker)
    except urllib.error.HTTPError as error:
        return DagsterNow(f"{url} answers HTTP {error.code}")
    except OSError as error:
        return DagsterNow(f"{url} does not answer ({getattr(error, 'reason', error)})")
    except (KeyError, TypeError, ValueError, AttributeError):
        return DagsterNow(f"{url} is not a Dagster webserver")


def _webserver_answer(document: Any, marker: str) -> DagsterNow:
    found = []
    for entry in document["data"]["workspaceOrError"]["locationEntries"]:
        for repository in (entry["locationOrLoadError"] or {}).get("repositories", ()):
            if marker in {schedule["name"] for schedule in repository["schedules"]}:
                found.append(repository)
    if len(found) != 1:
        return DagsterNow(f"{len(found)} of its code locations are of a migration: this one cannot be told apart")
    running = {item["name"] for item in found[0]["schedules"] if item["scheduleState"]["status"] == "RUNNING"}
    running |= {item["name"] for item in found[0]["sensors"] if item["sensorState"]["status"] == "RUNNING"}
    last = {
        job["name"]: LastRun(str(job["runs"][0]["status"]), float(job["runs"][0]["creationTime"]))
        for job in found[0]["pipelines"]
        if job["runs"]
    }
    return DagsterNow("", frozenset(running), last)

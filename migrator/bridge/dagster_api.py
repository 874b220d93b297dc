"""Dagster's webserver, as the commands use it: which schedules and sensors are on, and switching them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from migrator.diagnostics import MigratorError

TIMEOUT = 20.0
"""Seconds to wait for an answer."""

_STARTERS = """{ workspaceOrError { __typename ... on PythonError { message } ... on Workspace { locationEntries { name locationOrLoadError {
  __typename ... on PythonError { message } ... on RepositoryLocation { repositories { name
    schedules { name scheduleState { id status } } sensors { name sensorState { id status } } } } } } } } }"""
_START_SCHEDULE = """mutation($s:ScheduleSelector!){startSchedule(scheduleSelector:$s){__typename ... on PythonError{message}
  ... on UnauthorizedError{message} ... on ScheduleNotFoundError{message}}}"""
_STOP_SCHEDULE = """mutation($i:String!){stopRunningSchedule(id:$i){__typename ... on PythonError{message} ... on UnauthorizedError{message}
  ... on ScheduleNotFoundError{message}}}"""
_START_SENSOR = """mutation($s:SensorSelector!){startSensor(sensorSelector:$s){__typename ... on PythonError{message}
  ... on UnauthorizedError{message} ... on SensorNotFoundError{message}}}"""
_STOP_SENSOR = """mutation($i:String!){stopSensor(id:$i){__typename ... on PythonError{message} ... on UnauthorizedError{message}}}"""


@dataclass(frozen=True)
class Starter:
    """A schedule or a sensor. `identity` is what Dagster calls its state."""

    name: str
    sensor: bool
    on: bool
    identity: str
    repository: str
    location: str


@dataclass(frozen=True)
class DagsterApi:
    """One webserver. All problems are MigratorError MIG633."""

    url: str
    token: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> DagsterApi | None:
        """The one that DAGSTER_URL and DAGSTER_TOKEN name; None where it is not set."""
        url = environment.get("DAGSTER_URL", "").strip().rstrip("/")
        if not url:
            return None
        if not url.startswith(("http://", "https://")):
            raise MigratorError("MIG633", "DAGSTER_URL is not an address that starts with http:// or https://")
        return cls(url, environment.get("DAGSTER_TOKEN", ""))

    def starters(self, names: Iterable[str]) -> tuple[Starter, ...]:
        """The schedules and sensors of these names, of the one code location that has all of them."""
        wanted = set(names)
        workspace = self._ask(_STARTERS)["workspaceOrError"]
        if workspace["__typename"] != "Workspace":
            raise MigratorError("MIG633", f"{self.url}: {workspace.get('message', 'it has no workspace')}"[:500])
        broken, found = [], []
        for entry in workspace["locationEntries"]:
            loaded = entry["locationOrLoadError"] or {}
            if "repositories" not in loaded:
                broken.append(entry["name"])
            for repository in loaded.get("repositories", ()):
                own = [
                    Starter(
                        item["name"],
                        kind == "sensor",
                        item[f"{kind}State"]["status"] == "RUNNING",
                        item[f"{kind}State"]["id"],
                        repository["name"],
                        entry["name"],
                    )
                    for kind in ("schedule", "sensor")
                    for item in repository[f"{kind}s"]
                    if item["name"] in wanted
                ]
                if {starter.name for starter in own} == wanted:
                    found.append(tuple(own))
        if len(found) == 1:
            return found[0]
        told = f"; {', '.join(f'`{name}`' for name in broken)} did not load" if broken else ""
        named = ", ".join(f"`{name}`" for name in sorted(wanted))
        how_many = "several code locations have" if found else "no code location has"
        raise MigratorError(
            "MIG633",
            f"{self.url}: {how_many} {named}{told}",
            "load the generated project there, once, and reload it after `migrate generate`",
        )

    def switch(self, starter: Starter, on: bool) -> None:
        """Switches a schedule or sensor on or off; nothing happens where it is so already."""
        if starter.on is on:
            return
        if on:
            name = "sensorName" if starter.sensor else "scheduleName"
            selector = {"repositoryName": starter.repository, "repositoryLocationName": starter.location}
            query = _START_SENSOR if starter.sensor else _START_SCHEDULE
            answer = self._ask(query, s={**selector, name: starter.name})
        else:
            answer = self._ask(_STOP_SENSOR if starter.sensor else _STOP_SCHEDULE, i=starter.identity)
        (result,) = answer.values()
        if "message" in result or result["__typename"].endswith("Error"):
            told = result.get("message") or result["__typename"]
            raise MigratorError("MIG633", f"{self.url}: `{starter.name}` cannot be switched: {told}"[:500])

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        headers = {"Dagster-Cloud-Api-Token": self.token} if self.token else {}
        body: dict[str, Any] = {"query": query, "variables": variables}
        try:
            answer = requests.post(f"{self.url}/graphql", json=body, headers=headers, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise MigratorError("MIG633", f"{self.url} does not answer ({type(error).__name__})") from None
        if answer.status_code in (401, 403):
            raise MigratorError(
                "MIG633", f"{self.url} refuses the login: HTTP {answer.status_code}", "set DAGSTER_TOKEN"
            )
        try:
            document = answer.json()
            if document.get("errors"):
                raise MigratorError("MIG633", f"{self.url}: {document['errors'][0].get('message')}"[:500])
            if not answer.ok:
                raise MigratorError("MIG633", f"{self.url} answers HTTP {answer.status_code}")
            data: dict[str, Any] = document["data"]
            return data
        except (ValueError, AttributeError, KeyError, TypeError):
            what = f"HTTP {answer.status_code}, {answer.headers.get('Content-Type', 'of no type')}"
            raise MigratorError("MIG633", f"{self.url} is not a Dagster webserver ({what})") from None

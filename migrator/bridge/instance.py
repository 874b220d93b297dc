"""An Airflow 2 instance as dagster-airlift sees it, made to bear what real instances hold.

The stock classes raise at each of these, and then the sensor stands still for ever: a mapped task has many instances, and what a
person marked as a success has no start. Requests end after a while.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import requests
from dagster_airlift.core import AirflowBasicAuthBackend, AirflowInstance
from dagster_airlift.core.runtime_representations import DagRun, TaskInstance
from requests.adapters import HTTPAdapter

PAGE = 100
"""Airflow gives at most this many task instances in one answer, unless its administrator allowed more."""

TIMEOUT = 20.0
"""Seconds to wait for an answer; a sensor's tick may take sixty in all."""


class TimeoutAdapter(HTTPAdapter):
    """Gives every request that has no timeout of its own one: requests waits for ever by default."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        return super().send(request, *args, **kwargs)


class BasicAuth(AirflowBasicAuthBackend):
    """Basic authentication over one session."""

    def __init__(self, url: str, username: str, password: str) -> None:
        super().__init__(url, username, password)
        self._session = requests.Session()
        self._session.auth = (username, password)
        self._session.mount("http://", TimeoutAdapter())
        self._session.mount("https://", TimeoutAdapter())

    def get_session(self) -> requests.Session:
        return self._session


class EndedRun(DagRun):
    """A DAG run that may never have started: then it took no time."""

    @property
    def start_date(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.metadata["start_date"] or self.metadata["end_date"])


class EndedTask(TaskInstance):
    """A task instance that may never have started: then it took no time."""

    @property
    def start_date(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.metadata["start_date"] or self.metadata["end_date"])


class Airflow2(AirflowInstance):
    """Airflow 2.7 or newer, by its REST API v1."""

    def get_dag_runs_batch(self, *args: Any, **kwargs: Any) -> tuple[list[DagRun], int]:
        runs, total = super().get_dag_runs_batch(*args, **kwargs)
        ended: list[DagRun] = [
            EndedRun(webserver_url=run.webserver_url, dag_id=run.dag_id, run_id=run.run_id, metadata=run.metadata)
            for run in runs
        ]
        return ended, total

    def get_task_instance_batch(
        self, dag_id: str, task_ids: Sequence[str], run_id: str, states: Sequence[str]
    ) -> list[TaskInstance]:
        """One instance per task, also where the task is mapped."""
        found: list[TaskInstance] = []
        for start in range(0, len(task_ids), self.batch_task_instance_limit):
            chunk = list(task_ids[start : start + self.batch_task_instance_limit])
            found += self._task_instances({"dag_ids": [dag_id], "task_ids": chunk, "dag_run_ids": [run_id]})
        return one_per_task(found, states)

    def _task_instances(self, selection: dict[str, Any]) -> Iterable[TaskInstance]:
        url = self.auth_backend.get_webserver_url()
        offset = 0
        while True:
            response = self.auth_backend.get_session().post(
                f"{self.get_api_url()}/dags/~/dagRuns/~/taskInstances/list",
                json={**selection, "page_offset": offset, "page_limit": PAGE},
            )
            response.raise_for_status()
            page = response.json()
            for instance in page["task_instances"]:
                yield EndedTask(
                    webserver_url=url,
                    dag_id=instance["dag_id"],
                    task_id=instance["task_id"],
                    run_id=instance["dag_run_id"],
                    metadata=instance,
                )
            offset += len(page["task_instances"])
            if not page["task_instances"] or offset >= page["total_entries"]:
                return


def one_per_task(instances: Iterable[TaskInstance], states: Sequence[str]) -> list[TaskInstance]:
    """The instance that ended last, of each task that ended in one of the states.

    A mapped task has an instance per element: it counts when at least one ended in these states and the rest were skipped.
    """
    by_task: dict[str, list[TaskInstance]] = {}
    for instance in instances:
        by_task.setdefault(instance.task_id, []).append(instance)
    ended = []
    for group in by_task.values():
        in_states = [instance for instance in group if instance.state in states and instance.metadata["end_date"]]
        others = {instance.state for instance in group} - set(states)
        if in_states and others <= {"skipped"}:
            ended.append(max(in_states, key=lambda instance: str(instance.metadata["end_date"])))
    return ended

"""Airflow's REST API, v1 (Airflow 2.7 and newer) and v2 (Airflow 3), behind one interface.

The version is found by asking the server. Every problem is a MigratorError (MIG620 the server or its answer, MIG621 the login) that says what was
asked, what came back and what to do; nothing is half done. Moments are datetimes with a zone, as Airflow's own clock tells them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from migrator.bridge.auth import TIMEOUT, Login, Settings, login_for
from migrator.diagnostics import MigratorError

_PRESETS = {"@quarterly": "0 0 1 */3 *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *"} | {
    f"@{name}": f"@{name}" for name in ("hourly", "daily", "weekly", "monthly")
}
PAGE = 100
"""What one answer holds at most, unless an administrator allowed more."""
ATTEMPTS = 4
WAIT = 30.0
"""Seconds to wait at most when Airflow asks to come back later."""
_RENEW = 60.0
T = TypeVar("T")


class AirflowError(MigratorError):
    """Airflow cannot be asked, or refuses. `status` is that of HTTP, None where there was no answer."""

    def __init__(self, code: str, message: str, help: str = "", status: int | None = None) -> None:
        super().__init__(code, message, help)
        self.status = status

    @property
    def temporary(self) -> bool:
        """Whether it may be over in a while: no answer, too many requests, a server that has a problem."""
        return self.code == "MIG620" and (self.status is None or self.status == 429 or self.status >= 500)


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG. `logical_date` is None where Airflow 3 gave none (runs by hand or by an asset)."""

    dag_id: str
    run_id: str
    state: str
    logical_date: dt.datetime | None
    start: dt.datetime | None
    end: dt.datetime | None
    run_type: str
    partition_key: str | None = None
    """Airflow's own (3.2), or the one in the run's configuration: `{"dagster/partition": key}`."""

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.dag_id, self.run_id, self.state, str(self.end))


@dataclass(frozen=True)
class TaskInstance:
    """One try of a task in a run; `map_index` is -1 where the task is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    state: str | None
    logical_date: dt.datetime | None
    start: dt.datetime | None
    end: dt.datetime | None

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.dag_id, self.run_id, self.task_id, str(self.map_index), str(self.end))


@dataclass(frozen=True)
class DagInfo:
    """A DAG as the server lists it."""

    dag_id: str
    paused: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """When a DAG runs. `cron` is empty where no cron expression says it; `intervals`: whether a run has an interval of data that begins
    at its logical date (Airflow 2, and what is set so in 3), not a moment."""

    cron: str = ""
    timezone: str = "UTC"
    intervals: bool = False


class Window(list[T]):
    """What ended in a span of time, in order. `until` is its end; None where it goes up to now."""

    def __init__(self, items: Iterable[T], until: dt.datetime | None) -> None:
        super().__init__(items)
        self.until = until


@dataclass
class AirflowClient:
    """One Airflow. `requests_made` counts the requests since it was made."""

    settings: Settings
    sleep: Callable[[float], None] = time.sleep
    requests_made: int = 0
    _session: requests.Session = field(default_factory=requests.Session, repr=False)
    _version: int = 0
    _login: Login | None = field(default=None, repr=False)
    _valid_until: float | None = field(default=None, repr=False)
    _ahead: dt.timedelta = dt.timedelta()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> AirflowClient | None:
        """The Airflow that AIRFLOW_URL and its companions name; None where it is not set."""
        settings = Settings.of(environment)
        return cls(settings) if settings else None

    # --- what the server is --------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """2 or 3."""
        if not self._version:
            self._version = self._find_version()
        return self._version

    def _find_version(self) -> int:
        """Airflow 3 tells its version to anybody. A server behind another login (IAP, MWAA) tells it only after that."""
        answers = []
        for major, path in ((3, "/api/v2/version"), (2, "/api/v1/version")):
            answer = self._send("GET", f"{self.settings.url}{path}")
            if answer.ok and _is_json(answer):
                return major
            answers.append((major, path, answer))
        if self.settings.token or ":" in self.settings.auth or self.settings.auth == "composer":
            for major, path, _ in answers:
                login_for(self.settings, major)(self._session)
                answer = self._send("GET", f"{self.settings.url}{path}")
                if answer.ok and _is_json(answer):
                    return major
        by_login = [major for major, _, answer in answers if answer.status_code in (401, 403)]
        if by_login:
            return by_login[-1]
        codes = ", ".join(f"{path}: HTTP {answer.status_code}" for _, path, answer in answers)
        raise AirflowError(
            "MIG620",
            f"`{self.settings.url}` is not an Airflow whose API can be used ({codes})",
            "set AIRFLOW_URL to the address of Airflow's UI, without a page's path",
        )

    @property
    def _api(self) -> str:
        return f"{self.settings.url}/api/v{1 if self.version == 2 else 2}"

    def server_time(self) -> dt.datetime:
        """The time on Airflow's server, as its last answer told it."""
        return dt.datetime.now(dt.timezone.utc) + self._ahead

    # --- requests ------------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The JSON that the server answers to `path` below its API. MigratorError where it cannot be had."""
        url = f"{self._api}{path}"
        self._log_in(again=False)
        answer = self._send(method, url, **options)
        if answer.status_code == 401 or (answer.status_code == 403 and "token" in answer.text.lower()):
            self._log_in(again=True)
            answer = self._send(method, url, **options)
        if not answer.ok:
            code = "MIG621" if answer.status_code in (401, 403) else "MIG620"
            raise AirflowError(code, *_refusal(method, url, answer), answer.status_code)
        if not _is_json(answer):
            kind = answer.headers.get("Content-Type", "nothing").partition(";")[0]
            raise AirflowError(
                "MIG620",
                f"{method} {url}: the answer is {kind}, not JSON",
                "a page to log in stands before the API, or AIRFLOW_URL is not that of Airflow",
            )
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise AirflowError("MIG620", f"{method} {url}: the answer is not complete") from None

    def _log_in(self, again: bool) -> None:
        if self._login is None:
            self._login = login_for(self.settings, self.version)
            again = True
        if again or (self._valid_until is not None and time.time() > self._valid_until - _RENEW):
            with _connection_errors(self.settings.url):
                self._valid_until = self._login(self._session)

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        """Tries again where the server is overloaded, and where it fails to answer a question (which may be asked twice)."""
        harmless = method == "GET" or url.endswith("/list")
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            self.requests_made += 1
            try:
                answer = self._session.request(method, url, timeout=TIMEOUT, **options)
            except requests.ConnectionError:
                if last or not harmless or attempt:
                    with _connection_errors(url):
                        raise
                self.sleep(0.5)
                continue
            except requests.RequestException:
                with _connection_errors(url):
                    raise
            with contextlib.suppress(KeyError, TypeError, ValueError):
                self._ahead = parsedate_to_datetime(answer.headers["Date"]) - dt.datetime.now(dt.timezone.utc)
            later = answer.status_code == 429 or (answer.status_code in (502, 503, 504) and harmless)
            if not later or last:
                return answer
            self.sleep(_retry_after(answer, attempt))
        raise AssertionError("the loop returns or raises")

    # --- what happened -------------------------------------------------------------------------------------------------

    def dags(self) -> list[DagInfo]:
        """All DAGs that the user may see and that are not deleted, in the order of their ids."""
        found: dict[str, DagInfo] = {}
        offset = 0
        while True:
            page = self.call("GET", "/dags", params={"limit": PAGE, "offset": offset, "order_by": "dag_id"})
            for dag in page["dags"]:
                tags = tuple(tag["name"] for tag in dag.get("tags") or ())
                found[dag["dag_id"]] = DagInfo(dag["dag_id"], bool(dag["is_paused"]), tags)
            offset += len(page["dags"])
            if not page["dags"] or offset >= page["total_entries"]:
                return [found[dag_id] for dag_id in sorted(found)]

    def dag(self, dag_id: str) -> DagInfo | None:
        """One DAG; None where Airflow has none of that id."""
        answer = self._optional("GET", f"/dags/{_q(dag_id)}")
        if answer is None:
            return None
        return DagInfo(dag_id, bool(answer["is_paused"]), tuple(tag["name"] for tag in answer.get("tags") or ()))

    def task_ids(self, dag_id: str) -> list[str]:
        """The ids of a DAG's tasks as Airflow has it now, sorted."""
        return sorted(task["task_id"] for task in self.call("GET", f"/dags/{_q(dag_id)}/tasks")["tasks"])

    def ended_runs(self, since: dt.datetime, until: dt.datetime | None = None, limit: int = 2000) -> Window[DagRun]:
        """The runs that ended (well or not) between two moments, both included, in the order in which they ended.

        Where they are more than `limit` the span is made shorter: `Window.until` says up to when it is complete.
        """
        body = {"states": ["success", "failed"]}
        return self._window("/dags/~/dagRuns/list", "dag_runs", body, _dag_run, since, until, limit)

    def run_of_day(self, dag_id: str, day: str) -> str | None:
        """The id of the last successful run whose `ds` begins the key of a partition (`2026-03-01`, `2026-03-01-05:00`)."""
        try:
            start = dt.datetime.fromisoformat(day[:10]).replace(tzinfo=dt.timezone.utc)
        except ValueError:
            return None
        name = "execution_date" if self.version == 2 else "logical_date"
        span = {f"{name}_gte": start.isoformat(), f"{name}_lte": (start + dt.timedelta(days=1)).isoformat()}
        rows, _ = self._pages(
            "/dags/~/dagRuns/list", "dag_runs", {"dag_ids": [dag_id], "states": ["success"], **span}, None
        )
        runs = [run for run in map(_dag_run, rows) if _is_of(run, day)]
        return max(runs, key=lambda run: str(run.end)).run_id if runs else None

    def last_run(self, dag_id: str) -> str | None:
        """The id of the last successful run of a DAG."""
        rows, _ = self._pages("/dags/~/dagRuns/list", "dag_runs", {"dag_ids": [dag_id], "states": ["success"]}, None)
        runs = [_dag_run(row) for row in rows]
        return max(runs, key=lambda run: str(run.end)).run_id if runs else None

    def unfinished_runs(self, dag_id: str) -> list[DagRun]:
        """The runs of a DAG that are queued or running."""
        body = {"dag_ids": [dag_id], "states": ["queued", "running"]}
        rows, _ = self._pages("/dags/~/dagRuns/list", "dag_runs", body, None)
        return [_dag_run(row) for row in rows]

    def ended_tasks(
        self, since: dt.datetime, until: dt.datetime | None = None, limit: int = 2000
    ) -> Window[TaskInstance]:
        """The task instances that succeeded or were skipped between two moments; as `ended_runs`."""
        body = {"state": ["success", "skipped"]}
        path = "/dags/~/dagRuns/~/taskInstances/list"
        return self._window(path, "task_instances", body, _task_instance, since, until, limit)

    def task_instances(
        self, dag_id: str, run_ids: Sequence[str], task_ids: Sequence[str] | None = None
    ) -> list[TaskInstance]:
        """The instances of tasks in some runs, whatever their state."""
        body: dict[str, Any] = {"dag_ids": [dag_id], "dag_run_ids": list(run_ids)}
        if task_ids is not None:
            body["task_ids"] = list(task_ids)
        rows, _ = self._pages("/dags/~/dagRuns/~/taskInstances/list", "task_instances", body, None)
        return [_task_instance(row) for row in rows]

    def _window(
        self,
        path: str,
        name: str,
        body: Mapping[str, Any],
        make: Callable[[Mapping[str, Any]], Any],
        since: dt.datetime,
        until: dt.datetime | None,
        limit: int,
    ) -> Window[Any]:
        while True:
            span = {"end_date_gte": since.isoformat(), **({"end_date_lte": until.isoformat()} if until else {})}
            rows, total = self._pages(path, name, {**body, **span}, limit)
            if total <= limit:
                made = [make(row) for row in rows]
                return Window(sorted(made, key=lambda item: (item.end, item.identity)), until)
            end = until or dt.datetime.now(dt.timezone.utc)
            half = (end - since) / 2
            if half < dt.timedelta(milliseconds=1):
                limit = total  # so many at one moment: there is no shorter span
                continue
            until = since + half

    def _pages(
        self, path: str, name: str, body: Mapping[str, Any], limit: int | None
    ) -> tuple[list[dict[str, Any]], int]:
        """All rows of a list; none where they are more than `limit`.

        API v1 lists task instances in no order, so that a row may come twice and another one never: the list is read again where
        its rows are not as many as it says.
        """
        for _ in range(ATTEMPTS):
            rows: dict[tuple[Any, ...], dict[str, Any]] = {}
            offset = 0
            while True:
                answer = self.call("POST", path, json={**body, "page_limit": PAGE, "page_offset": offset})
                total = int(answer["total_entries"])
                if limit is not None and total > limit:
                    return [], total
                for row in answer[name]:
                    rows[row["dag_id"], row["dag_run_id"], row.get("task_id"), row.get("map_index")] = row
                offset += len(answer[name])
                if not answer[name] or offset >= total:
                    break
            if len(rows) >= total:
                return list(rows.values()), total
        raise AirflowError(
            "MIG620", f"POST {path}: the list changed while it was read, {ATTEMPTS} times", "try again in a moment"
        )

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """The value of an XCom, None where there is none. API v1 gives text of the value's Python form, API v2 the value."""
        path = f"/dags/{_q(dag_id)}/dagRuns/{_q(run_id)}/taskInstances/{_q(task_id)}/xcomEntries/{_q(key)}"
        parameters = {"map_index": map_index} if map_index >= 0 else {}
        answer = self._optional("GET", path, params=parameters)
        return None if answer is None else answer.get("value")

    def log(self, instance: TaskInstance) -> str:
        """The text of the log of a task instance's try."""
        path = (
            f"/dags/{_q(instance.dag_id)}/dagRuns/{_q(instance.run_id)}/taskInstances/{_q(instance.task_id)}"
            f"/logs/{max(instance.try_number, 1)}"
        )
        parameters = {"map_index": instance.map_index} if instance.map_index >= 0 else {}
        headers = {"Accept": "application/json"}
        content = self.call("GET", path, params={"full_content": "true", **parameters}, headers=headers)["content"]
        if isinstance(content, str):
            return content
        return "\n".join(line if isinstance(line, str) else str(line.get("event", "")) for line in content)

    # --- what can be done ----------------------------------------------------------------------------------------------

    def trigger(
        self,
        dag_id: str,
        logical_date: dt.datetime | None = None,
        conf: Mapping[str, Any] | None = None,
        run_id: str = "",
        interval: tuple[dt.datetime, dt.datetime] | None = None,
    ) -> str:
        """The id of a new run. A DAG that is paused starts it only when it is unpaused.

        Airflow chooses the id and the interval of data that are not given.
        """
        body: dict[str, Any] = {"conf": dict(conf or {})}
        if self.version == 3 or logical_date is not None:
            body["logical_date"] = logical_date.isoformat() if logical_date else None
        if run_id:
            body["dag_run_id"] = run_id
        if interval:
            body |= {"data_interval_start": interval[0].isoformat(), "data_interval_end": interval[1].isoformat()}
        return str(self.call("POST", f"/dags/{_q(dag_id)}/dagRuns", json=body)["dag_run_id"])

    def dag_run(self, dag_id: str, run_id: str) -> DagRun | None:
        """One run; None where there is none."""
        answer = self._optional("GET", f"/dags/{_q(dag_id)}/dagRuns/{_q(run_id)}")
        return None if answer is None else _dag_run(answer)

    def run_of(self, dag_id: str, logical_date: dt.datetime) -> DagRun | None:
        """The run that has this logical date; None where there is none."""
        name = "execution_date" if self.version == 2 else "logical_date"
        moment = logical_date.isoformat()
        body = {"dag_ids": [dag_id], f"{name}_gte": moment, f"{name}_lte": moment}
        rows, _ = self._pages("/dags/~/dagRuns/list", "dag_runs", body, None)
        return _dag_run(rows[0]) if rows else None

    def clear_run(self, dag_id: str, run_id: str) -> None:
        """Lets a run that has ended run once more, all of its tasks."""
        self.call("POST", f"/dags/{_q(dag_id)}/dagRuns/{_q(run_id)}/clear", json={"dry_run": False})

    def schedule(self, dag_id: str) -> Schedule:
        """When a DAG runs. AirflowError where Airflow has no such DAG."""
        row = self.call("GET", f"/dags/{_q(dag_id)}/details")
        told = row.get("timetable_summary") or (row.get("schedule_interval") or {}).get("value")
        cron = _PRESETS.get(str(told), str(told) if len(str(told).split()) == 5 else "")
        zone = re.search(r"[A-Za-z_]+(?:/[A-Za-z_+-]+\d*)*(?='?\)?$)", str(row.get("timezone") or "UTC"))
        start, end = row.get("next_dagrun_data_interval_start"), row.get("next_dagrun_data_interval_end")
        intervals = start != end if start and end else self.version == 2 and bool(cron)
        return Schedule(cron, zone.group() if zone else "UTC", intervals)

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pauses or unpauses the DAG of exactly this id."""
        self.call("PATCH", f"/dags/{_q(dag_id)}", params={"update_mask": "is_paused"}, json={"is_paused": paused})

    def _optional(self, method: str, path: str, **options: Any) -> Any:
        try:
            return self.call(method, path, **options)
        except AirflowError as error:
            if error.status == 404:
                return None
            raise

    # --- pages of the UI -----------------------------------------------------------------------------------------------

    def dag_link(self, dag_id: str) -> str:
        return dag_link(self.settings.url, dag_id)

    def run_link(self, dag_id: str, run_id: str) -> str:
        """The page of a run in the UI of the server's version."""
        if self.version == 3:
            return f"{self.dag_link(dag_id)}/runs/{_q(run_id)}"
        return f"{self.dag_link(dag_id)}/grid?dag_run_id={_q(run_id)}"

    def task_link(self, instance: TaskInstance) -> str:
        """The page of a task instance."""
        if self.version == 3:
            mapped = f"/mapped/{instance.map_index}" if instance.map_index >= 0 else ""
            return f"{self.run_link(instance.dag_id, instance.run_id)}/tasks/{_q(instance.task_id)}{mapped}/details"
        mapped = f"&map_index={instance.map_index}" if instance.map_index >= 0 else ""
        return f"{self.run_link(instance.dag_id, instance.run_id)}&task_id={_q(instance.task_id)}{mapped}&tab=details"

    def log_link(self, instance: TaskInstance) -> str:
        """The page of a task instance's log."""
        if self.version == 3:
            return f"{self.task_link(instance).removesuffix('/details')}?try_number={max(instance.try_number, 1)}"
        return f"{self.task_link(instance).removesuffix('&tab=details')}&tab=logs"


def dag_link(url: str, dag_id: str) -> str:
    """The page of a DAG; the same in both UIs."""
    return f"{url}/dags/{_q(dag_id)}"


def _q(text: str) -> str:
    return quote(text, safe="")


def _dag_run(row: Mapping[str, Any]) -> DagRun:
    return DagRun(
        dag_id=row["dag_id"],
        run_id=row["dag_run_id"],
        state=row["state"],
        logical_date=_moment(row.get("logical_date") or row.get("execution_date")),
        start=_moment(row.get("start_date")),
        end=_moment(row.get("end_date")),
        run_type=str(row.get("run_type") or ""),
        partition_key=row.get("partition_key") or (row.get("conf") or {}).get("dagster/partition"),
    )


def _is_of(run: DagRun, key: str) -> bool:
    """Whether a run is of a partition: by its own key, or by its logical date in the key's form."""
    if run.partition_key:
        return run.partition_key == key
    if run.logical_date is None:
        return False
    form = "%Y-%m-%d-%H:%M" if len(key) > 10 else "%Y-%m-%d"
    return run.logical_date.strftime(form) == key


def _task_instance(row: Mapping[str, Any]) -> TaskInstance:
    return TaskInstance(
        dag_id=row["dag_id"],
        run_id=row["dag_run_id"],
        task_id=row["task_id"],
        map_index=-1 if row.get("map_index") is None else int(row["map_index"]),
        try_number=int(row.get("try_number") or 0),
        state=row.get("state"),
        logical_date=_moment(row.get("logical_date") or row.get("execution_date")),
        start=_moment(row.get("start_date")),
        end=_moment(row.get("end_date")),
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def _is_json(answer: requests.Response) -> bool:
    return not answer.content or "json" in answer.headers.get("Content-Type", "")


def _retry_after(answer: requests.Response, attempt: int) -> float:
    """Seconds that the server asks to wait, or a second that doubles."""
    told = answer.headers.get("Retry-After", "")
    return min(float(told), WAIT) if told.isdigit() else min(2.0**attempt, WAIT)


def _refusal(method: str, url: str, answer: requests.Response) -> tuple[str, str]:
    """What to tell of an answer that is an error: the message and what to do."""
    code = answer.status_code
    detail = ""
    if _is_json(answer):
        with contextlib.suppress(ValueError, AttributeError):
            body = answer.json()
            detail = str(body.get("detail") or body.get("title") or body.get("error") or "")[:300]
    helps = {
        401: "check AIRFLOW_USERNAME and AIRFLOW_PASSWORD, or AIRFLOW_TOKEN",
        403: "the login is wrong or has expired, or its user may not do this: give it a role that may",
        404: "Airflow has no such DAG, run or task (any more), or AIRFLOW_URL is wrong",
        429: "Airflow, or what stands before it, allows no more requests now: make the sensor's interval longer",
    }
    return f"{method} {url}: HTTP {code}{f': {detail}' if detail else ''}", helps.get(
        code, "look into the log of Airflow's API server" if code >= 500 else ""
    )


@contextlib.contextmanager
def _connection_errors(url: str) -> Iterator[None]:
    try:
        yield
    except requests.Timeout:
        raise AirflowError("MIG620", f"{url} did not answer within {TIMEOUT:g} s") from None
    except requests.exceptions.InvalidURL as error:
        raise AirflowError("MIG620", f"AIRFLOW_URL cannot be used: {error}") from None
    except requests.RequestException as error:
        told = type(error).__name__
        raise AirflowError(
            "MIG620", f"{url} cannot be reached ({told})", "check AIRFLOW_URL, and that Airflow is running"
        ) from None

"""Asks a running Airflow what it has, by its REST API: v1 of Airflow 2, v2 of Airflow 3.

Comes in: the URL of the web server. Goes out: DAGs and import errors in the form that `load` writes. Credentials come from the environment
alone (`AIRFLOW_TOKEN`, or `AIRFLOW_USERNAME` and `AIRFLOW_PASSWORD`) and are sent to the host of that URL only. Reads; changes nothing.
"""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.against.compare import UNTOLD
from migrator.diagnostics import MigratorError

PAGE = 100
"""Airflow gives at most this many of anything in one answer, unless its administrator allowed more."""

TIMEOUT = 30.0
"""Seconds to wait for one answer."""

_MAX_BYTES = 50_000_000
_MAX_PAGES = 10_000
_CRON = re.compile(r"[^\s:]+(?: [^\s:]+){4,5}")
_LOGIN = "set AIRFLOW_TOKEN, or AIRFLOW_USERNAME and AIRFLOW_PASSWORD"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could carry the credentials to another host; it is reported instead."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(slots=True)
class Airflow:
    """One web server. `url` without a trailing slash, a query or credentials."""

    url: str
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    timeout: float = TIMEOUT
    api: str = ""
    version: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    def connect(self) -> None:
        """Finds out which API there is, and logs in. MigratorError MIG014 where that does not work."""
        for api in ("/api/v2", "/api/v1"):
            status, body = self._send(f"{api}/version")
            if status == 200 and isinstance(body, dict) and "version" in body:
                self.api, self.version = api, str(body["version"])
                break
            if status in (401, 403) and isinstance(body, dict):
                self.api = api
                break
        else:
            raise self._failed(
                f"no Airflow answers at `{self.url}`", "give the URL that the Airflow UI has in a browser"
            )
        self.headers = self._login()

    def _login(self) -> dict[str, str]:
        token = self.environment.get("AIRFLOW_TOKEN")
        username, password = self.environment.get("AIRFLOW_USERNAME"), self.environment.get("AIRFLOW_PASSWORD")
        if token:
            return {"Authorization": f"Bearer {token}"}
        if self.api == "/api/v1":
            if not username:
                return {}
            given = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            return {"Authorization": f"Basic {given}"}
        body = None if not username else {"username": username, "password": password or ""}
        status, answer = self._send("/auth/token", body)
        if status in (200, 201) and isinstance(answer, dict) and isinstance(answer.get("access_token"), str):
            return {"Authorization": f"Bearer {answer['access_token']}"}
        if username:
            raise self._failed(f"`{self.url}` refuses the login (status {status})", _LOGIN)
        return {}

    def get(self, path: str, **query: str | int | bool) -> Any:
        """The JSON at a path below the API. MigratorError MIG014 for anything but a good answer."""
        text = urllib.parse.urlencode({name: str(value).lower() for name, value in query.items()})
        status, body = self._send(f"{self.api}{path}{f'?{text}' if text else ''}")
        if status == 401:
            raise self._failed(f"`{self.url}` wants a login (401)", _LOGIN)
        if status == 403:
            raise self._failed(f"the login may not read `{path}` at `{self.url}` (403)", "use a user who may read DAGs")
        if status != 200:
            raise self._failed(
                f"`{self.url}{self.api}{path}` answers with status {status}", "see the log of its web server"
            )
        if not isinstance(body, dict):
            raise self._failed(
                f"`{self.url}{self.api}{path}` does not answer with JSON", "give the URL of Airflow's web server"
            )
        return body

    def pages(self, path: str, key: str, **query: str | int | bool) -> Iterator[dict[str, Any]]:
        """All entries of a collection."""
        offset = 0
        for _ in range(_MAX_PAGES):
            page = self.get(path, limit=PAGE, offset=offset, **query)
            entries = page.get(key) or []
            yield from entries
            offset += len(entries)
            if not entries or offset >= page.get("total_entries", 0):
                return

    def _send(self, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON (None where it is none) of an answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "Accept": "application/json", "User-Agent": "airflow-dagster-migrator"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(f"{self.url}{path}", data, headers)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.timeout) as answer:
                return answer.status, _parsed(answer.read(_MAX_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _parsed(error.read(_MAX_BYTES))
        except TimeoutError:
            raise self._failed(f"`{self.url}` does not answer within {self.timeout:g} seconds", "try again") from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._failed(
                    f"`{self.url}` does not answer within {self.timeout:g} seconds", "try again"
                ) from None
            raise self._failed(f"`{self.url}` cannot be reached: {error.reason}", "check the URL") from None
        except (OSError, ValueError) as error:
            raise self._failed(f"`{self.url}` cannot be read: {type(error).__name__}", "check the URL") from None

    def _failed(self, message: str, help: str) -> MigratorError:
        return MigratorError("MIG014", message, help)


def ask(
    url: str,
    files: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """What the Airflow at a URL has: `{"airflow": version, "files": [...]}`, as `local.load_with` gives it.

    `files` are those that were analyzed, to know the server's paths by. MigratorError MIG014 for a server that cannot be asked.
    """
    airflow = Airflow(checked(url), os.environ if environment is None else environment, timeout)
    airflow.connect()
    active = {"only_active": True} if airflow.api == "/api/v1" else {"exclude_stale": True}
    dags = list(airflow.pages("/dags", "dags", **active))
    records: dict[str, dict[str, Any]] = {}
    for number, dag in enumerate(dags):
        if progress is not None:
            progress("loading in Airflow", number, len(dags))
        file = _file(dag.get("relative_fileloc"), dag.get("fileloc"), files)
        record = records.setdefault(file, {"file": file, "loaded": True, "error": None, "dags": []})
        record["dags"].append(_dag(airflow, dag))
    refused: list[dict[str, Any]] = []
    for error in airflow.pages("/importErrors", "import_errors"):
        file = _file(None, error.get("filename"), files)
        refused.append({"file": file, "loaded": False, "error": error.get("stack_trace"), "dags": []})
    return {"airflow": airflow.version, "files": [*(records[file] for file in sorted(records)), *refused]}


def checked(url: str) -> str:
    """The URL without a trailing slash and query. MigratorError MIG014 if it is none, or holds a password."""
    parts = urllib.parse.urlsplit(url)
    if parts.username or parts.password:
        raise MigratorError("MIG014", "the URL holds a password", f"give it without, and {_LOGIN}")
    if not parts.hostname:
        raise MigratorError("MIG014", f"`{url}` is not a URL", "give it as https://airflow.example.com")
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _file(relative: str | None, absolute: str | None, files: Sequence[str]) -> str:
    """The analyzed file that the server's path means: the longest one that it ends with."""
    if relative in files and relative is not None:
        return relative
    path = (absolute or relative or "").replace("\\", "/")
    fitting = [file for file in files if path == file or path.endswith(f"/{file}")]
    return max(fitting, key=len, default=path)


def _dag(airflow: Airflow, dag: Mapping[str, Any]) -> dict[str, Any]:
    quoted = urllib.parse.quote(dag["dag_id"], safe="")
    details = airflow.get(f"/dags/{quoted}/details")
    tasks = airflow.get(f"/dags/{quoted}/tasks").get("tasks") or []
    upstream: dict[str, list[str]] = {}
    for task in tasks:
        for below in task.get("downstream_task_ids") or ():
            upstream.setdefault(below, []).append(task["task_id"])
    return {
        "dag_id": dag["dag_id"],
        "schedule": schedule_of({**dag, **details}),
        "catchup": details.get("catchup"),
        "tasks": [_task(task, sorted(upstream.get(task["task_id"], ()))) for task in tasks],
    }


def _task(task: Mapping[str, Any], upstream: list[str]) -> dict[str, Any]:
    retries = task.get("retries", UNTOLD)
    return {
        "task_id": task["task_id"],
        "operator": task.get("operator_name") or (task.get("class_ref") or {}).get("class_name", UNTOLD),
        "mapped": task.get("is_mapped", UNTOLD),
        "trigger_rule": task.get("trigger_rule", UNTOLD),
        "retries": int(retries) if isinstance(retries, float) and retries == int(retries) else retries,
        "pool": task.get("pool", UNTOLD),
        "upstream": upstream,
    }


def schedule_of(dag: Mapping[str, Any]) -> str | None:
    """The schedule as `load` spells it; `UNTOLD` where the API only describes it in words."""
    given = dag.get("schedule_interval")
    if isinstance(given, Mapping):
        if given.get("__type") == "CronExpression":
            return str(given.get("value"))
        if given.get("__type") == "TimeDelta":
            seconds = (given.get("days") or 0) * 86400 + (given.get("seconds") or 0)
            return f"timedelta:{seconds + (given.get('microseconds') or 0) / 1_000_000:g}"
    summary = dag.get("timetable_summary")
    if summary is None or summary == "None":
        return None
    text = str(summary)
    if text in ("Dataset", "Asset"):
        return "assets:"
    return text if text in ("@once", "@continuous") or _CRON.fullmatch(text) else UNTOLD

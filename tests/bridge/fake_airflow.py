"""Airflow's REST API, v1 or v2, as far as the bridge uses it. The rows have the fields that Airflow 2.11.2 and 3.3.2 answered."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

START = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
PAGE_LIMIT = 100


def token(lives: float) -> str:
    """A JSON web token that ends in so many seconds."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + lives}).encode()).decode().rstrip("=")
    return f"h.{claims}.s"


@dataclass
class FakeAirflow:
    """What it holds, and how it fails. `faults`: answers to give instead, one per request: (status, headers, body)."""

    version: int = 3
    runs: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    dags: dict[str, bool] = field(default_factory=dict)
    """Which are paused."""
    task_ids: dict[str, list[str]] = field(default_factory=dict)
    faults: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    dag_faults: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    """The same for requests about one DAG."""
    asked: list[str] = field(default_factory=list)
    valid: str = ""
    lives: float = 3600.0
    url: str = ""
    _found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    still: bool = False
    """Nothing changes any more, so that what was found once can be given again."""
    now: dt.datetime = START + dt.timedelta(minutes=2)
    schedule: dict[str, Any] = field(default_factory=dict)
    """What the page of a DAG's details says more."""
    xcoms: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What tasks returned, by the ids of run and task."""
    failing: set[str] = field(default_factory=set)
    """The logical dates of which runs fail (their first ten characters)."""
    most: int = 0
    """How many runs were not at their end at the same time."""

    @property
    def api(self) -> str:
        return f"/api/v{self.version - 1}"

    def add_run(self, dag_id: str, run_id: str, end: dt.datetime, state: str = "success", **more: Any) -> None:
        self.runs.append(self._row(dag_id, run_id, end, state, {"run_type": "scheduled", "conf": {}, **more}))

    def add_task(
        self, dag_id: str, run_id: str, task_id: str, end: dt.datetime, state: str = "success", **more: Any
    ) -> None:
        added = {"task_id": task_id, "map_index": -1, "try_number": 1, "operator": "PythonOperator", **more}
        self.tasks.append(self._row(dag_id, run_id, end, state, added))

    def _row(self, dag_id: str, run_id: str, end: dt.datetime, state: str, more: dict[str, Any]) -> dict[str, Any]:
        date = more.pop("logical_date", START)
        row = {
            "dag_id": dag_id,
            "dag_run_id": run_id,
            "state": state,
            "start_date": (end - dt.timedelta(seconds=5)).isoformat(),
            "end_date": end.isoformat(),
            **more,
        }
        name = "execution_date" if self.version == 2 else "logical_date"
        return {**row, name: date.isoformat() if date else None}

    def answer(self, method: str, path: str, body: dict[str, Any], login: str) -> tuple[int, Any]:
        path, _, _ = path.partition("?")
        if path == "/auth/token":
            if self.version == 2 or body.get("password") != "admin":
                return 401, {"detail": "Invalid credentials"}
            self.valid = token(self.lives)
            return 201, {"access_token": self.valid}
        if path == f"{self.api}/version":
            return 200, {"version": {2: "2.11.2", 3: "3.3.2"}[self.version]}
        if not path.startswith(self.api):
            return 404, {"detail": "no such page"}
        if self.version == 3 and login != f"Bearer {self.valid}":
            return 403, {"detail": "Invalid JWT token"}
        if self.version == 2 and not login.startswith("Basic "):
            return 401, {"detail": "Unauthorized"}
        path = path.removeprefix(self.api)
        if path == "/dags/~/dagRuns/list":
            return 200, self._page("dag_runs", self.runs, body, "states")
        if path == "/dags/~/dagRuns/~/taskInstances/list":
            return 200, self._page("task_instances", self.tasks, body, "state")
        if path == "/dags":
            rows = [{"dag_id": dag_id, "is_paused": paused, "tags": []} for dag_id, paused in self.dags.items()]
            return 200, {"dags": rows, "total_entries": len(rows)}
        dag_id, _, rest = path.removeprefix("/dags/").partition("/")
        if rest.endswith("/xcomEntries/return_value"):
            _, run_id, _, task_id, *_ = map(unquote, rest.split("/"))
            if (run_id, task_id) not in self.xcoms:
                return 404, {"detail": "XCom entry not found"}
            value = self.xcoms[run_id, task_id]
            return 200, {"key": "return_value", "value": str(value) if self.version == 2 else value}
        if rest.startswith("dagRuns") and dag_id in self.dags:
            return self._run(method, dag_id, unquote(rest.removeprefix("dagRuns").lstrip("/")), body)
        if rest == "tasks" and dag_id in self.dags:
            rows = [{"task_id": task_id} for task_id in self.task_ids.get(dag_id, ())]
            return 200, {"tasks": rows, "total_entries": len(rows)}
        if rest == "details" and dag_id in self.dags:
            return 200, {"dag_id": dag_id, "is_paused": self.dags[dag_id], **self.schedule}
        if dag_id in self.dags and not rest:
            if method == "PATCH":
                self.dags[dag_id] = body["is_paused"]
            return 200, {"dag_id": dag_id, "is_paused": self.dags[dag_id], "tags": []}
        return 404, {"detail": f"DAG with dag_id: '{dag_id}' not found"}

    def _run(self, method: str, dag_id: str, run_id: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Starts a run, runs it again, or tells of it: each time that it is asked for it is a step further."""
        run_id, _, verb = run_id.partition("/")
        name = "execution_date" if self.version == 2 else "logical_date"
        if not run_id:
            if any(
                row["dag_id"] == dag_id and row[name] and row[name] == body.get("logical_date") for row in self.runs
            ):
                return 409, {"detail": "a run of that date exists"}
            new = {"dag_id": dag_id, "start_date": None, "end_date": None, "run_type": "manual", "state": "queued"}
            self.runs.append({**new, **body, name: body.get("logical_date")})
            row = self.runs[-1]
        else:
            found = [row for row in self.runs if (row["dag_id"], row["dag_run_id"]) == (dag_id, run_id)]
            if not found:
                return 404, {"detail": "no such run"}
            row = found[0]
        if verb == "clear":
            row |= {"state": "queued", "end_date": None}
        elif run_id and row["state"] == "queued":
            row |= {"state": "running", "start_date": self.now.isoformat()}
        elif run_id and row["state"] == "running":
            failed = (row[name] or "")[:10] in self.failing
            row |= {"state": "failed" if failed else "success", "end_date": self.now.isoformat()}
        self.most = max(self.most, sum(row["state"] in ("queued", "running") for row in self.runs))
        return 200, row

    def _page(self, name: str, rows: list[dict[str, Any]], body: dict[str, Any], states: str) -> dict[str, Any]:
        asked = name + json.dumps({**body, "page_offset": 0})
        found = self._found.get(asked)
        if found is None:
            found = self._filtered(rows, body, states)
            if self.still:
                self._found[asked] = found
        offset, limit = body["page_offset"], min(body["page_limit"], PAGE_LIMIT)
        return {name: found[offset : offset + limit], "total_entries": len(found)}

    def _filtered(self, rows: list[dict[str, Any]], body: dict[str, Any], states: str) -> list[dict[str, Any]]:
        low, high = body.get("end_date_gte", ""), body.get("end_date_lte", "9")
        date = "execution_date" if self.version == 2 else "logical_date"
        wanted = {"dag_id": body.get("dag_ids"), "dag_run_id": body.get("dag_run_ids"), "task_id": body.get("task_ids")}
        return [
            row
            for row in rows
            if ((row["end_date"] is None and not low) or low <= (row["end_date"] or "") <= high)
            and body.get(f"{date}_gte", "") <= (row.get(date) or "") <= body.get(f"{date}_lte", "9")
            and (states not in body or row["state"] in body[states])
            and all(values is None or row[key] in values for key, values in wanted.items())
        ]


@contextmanager
def serving(airflow: FakeAirflow) -> Iterator[FakeAirflow]:
    """Answers at `airflow.url` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            self.reply()

        do_POST = do_PATCH = do_GET

        def reply(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            airflow.asked.append(f"{self.command} {self.path}")
            faults = airflow.dag_faults if "/dags/" in self.path and "~" not in self.path else []
            if faults := faults or airflow.faults:
                status, headers, text = faults.pop(0)
            else:
                status, document = airflow.answer(
                    self.command, self.path, body, self.headers.get("Authorization") or ""
                )
                headers, text = {"Content-Type": "application/json"}, json.dumps(document)
            data = text.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(airflow.now, usegmt=True)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    airflow.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield airflow
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Airflow's REST API, as far as the bridge uses it, answering what a real Airflow 2.11.2 answered (`airflow2.json`)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORDED = json.loads(Path(__file__).with_name("airflow2.json").read_text())


class FakeAirflow:
    """State that a test may change, and what was asked. `major` 3 answers as Airflow 3 does."""

    def __init__(self, major: int = 2) -> None:
        self.major = major
        self.recorded: dict[str, Any] = json.loads(json.dumps(RECORDED))
        self.asked: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        version = f"/api/v{2 if self.major == 3 else 1}/version"
        if path == version:
            return 200, {"version": "3.3.2" if self.major == 3 else self.recorded["version"]}
        if self.major == 3:
            return 404, {"detail": "/api/v1 has been removed in Airflow 3"}
        if path == "/api/v1/dags/~/dagRuns/list":
            runs = [run for run in self.recorded["dag_runs"] if run["dag_id"] in body["dag_ids"]]
            return 200, {"dag_runs": runs[body["page_offset"] :], "total_entries": len(runs)}
        if path == "/api/v1/dags/~/dagRuns/~/taskInstances/list":
            wanted = [
                instance
                for instance in self.recorded["task_instances"]
                if instance["dag_run_id"] in body["dag_run_ids"] and instance["task_id"] in body["task_ids"]
            ]
            page = wanted[body["page_offset"] :][: min(body["page_limit"], 2)]
            return 200, {"task_instances": page, "total_entries": len(wanted)}
        return 404, {}


@contextmanager
def serving(airflow: FakeAirflow) -> Iterator[FakeAirflow]:
    """Serves on a free port of this machine; `airflow.url` says where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body: dict[str, Any]) -> None:
            status, answer = airflow.answer(self.command, self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    airflow.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield airflow
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

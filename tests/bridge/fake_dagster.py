"""Dagster's webserver, as far as the commands that move DAGs use it. The answers have the form that Dagster 1.13 gave."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeDagster:
    """Its schedules and sensors, on or off. `answer`: a status, type and body to give instead of everything."""

    schedules: dict[str, bool] = field(default_factory=dict)
    sensors: dict[str, bool] = field(default_factory=dict)
    answer: tuple[int, str, str] | None = None
    refuse: str = ""
    """Why it does not switch anything."""
    url: str = ""

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "workspaceOrError" in query:
            repository = {
                "name": "__repository__",
                "schedules": [
                    {
                        "name": name,
                        "scheduleState": {"id": f"schedule {name}", "status": "RUNNING" if on else "STOPPED"},
                    }
                    for name, on in self.schedules.items()
                ],
                "sensors": [
                    {"name": name, "sensorState": {"id": f"sensor {name}", "status": "RUNNING" if on else "STOPPED"}}
                    for name, on in self.sensors.items()
                ],
            }
            loaded = {"__typename": "RepositoryLocation", "repositories": [repository]}
            entry = {"name": "shop", "locationOrLoadError": loaded}
            return {"workspaceOrError": {"__typename": "Workspace", "locationEntries": [entry]}}
        if self.refuse:
            return {"change": {"__typename": "UnauthorizedError", "message": self.refuse}}
        if "startSchedule" in query:
            self.schedules[variables["s"]["scheduleName"]] = True
        elif "startSensor" in query:
            self.sensors[variables["s"]["sensorName"]] = True
        else:
            kind, name = variables["i"].split(" ")
            (self.schedules if kind == "schedule" else self.sensors)[name] = False
        return {"change": {"__typename": "Done"}}


@contextmanager
def serving(dagster: FakeDagster) -> Iterator[FakeDagster]:
    """Answers at `dagster.url` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, kind, text = dagster.answer or (
                200,
                "application/json",
                json.dumps({"data": dagster.ask(body["query"], body["variables"])}),
            )
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    dagster.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield dagster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

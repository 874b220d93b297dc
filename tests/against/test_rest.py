"""Airflow's REST API as it answers, and as it does not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner

from migrator.against.rest import PAGE, ask
from migrator.cli import app
from migrator.diagnostics import MigratorError

Answer = tuple[int, Any]


@contextmanager
def serving(answer: Callable[[str, str, Any], Answer]) -> Iterator[str]:
    """The URL of a server; `answer` gets method, path and headers, and gives a status and JSON (or text)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.command, self.path, self.headers)
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def version2(path: str) -> Answer | None:
    """An Airflow 2: it has no v2."""
    if path == "/api/v1/version":
        return 200, {"version": "2.11.2"}
    return (404, "<html>") if path.startswith("/api/v2") else None


def test_all_pages_are_read_and_files_are_known_by_their_ends() -> None:
    ids = [f"d{number:03}" for number in range(PAGE + 30)]

    def answer(method: str, path: str, headers: Any) -> Answer:
        if (found := version2(path)) is not None:
            return found
        if path.startswith("/api/v1/dags?"):
            offset = int(path.partition("offset=")[2].partition("&")[0])
            page = [
                {"dag_id": dag_id, "fileloc": f"/srv/dags/team/{dag_id}.py"} for dag_id in ids[offset : offset + PAGE]
            ]
            return 200, {"dags": page, "total_entries": len(ids)}
        if path.startswith("/api/v1/importErrors"):
            return 200, {
                "import_errors": [{"filename": "/srv/dags/bad.py", "stack_trace": "Traceback\nOops"}],
                "total_entries": 1,
            }
        if path.endswith("/details"):
            return 200, {"catchup": True, "schedule_interval": {"__type": "CronExpression", "value": "0 1 * * *"}}
        tasks = [
            {
                "task_id": "a",
                "class_ref": {"class_name": "BashOperator"},
                "retries": 1.0,
                "downstream_task_ids": ["b"],
            },
            {"task_id": "b", "class_ref": {"class_name": "BashOperator"}, "retries": 0.0, "downstream_task_ids": []},
        ]
        return 200, {"tasks": tasks}

    with serving(answer) as url:
        found = ask(url, ["d000.py", "team/d000.py", "bad.py"], environment={})
    assert found["airflow"] == "2.11.2"
    assert [record["file"] for record in found["files"]][-2:] == ["team/d000.py", "bad.py"]
    dags = {dag["dag_id"]: dag for record in found["files"] for dag in record["dags"]}
    assert sorted(dags) == ids
    assert dags["d000"]["schedule"] == "0 1 * * *"
    assert dags["d000"]["tasks"][1]["upstream"] == ["a"]
    assert dags["d000"]["tasks"][0]["retries"] == 1


def test_login_of_airflow_3_by_name_and_by_token() -> None:
    asked = []

    def answer(method: str, path: str, headers: Any) -> Answer:
        asked.append((method, path, headers.get("Authorization")))
        if path == "/api/v2/version":
            return 200, {"version": "3.3.2"}
        if path == "/auth/token":
            return 201, {"access_token": "made"}
        return 200, {"dags": [], "import_errors": [], "total_entries": 0}

    with serving(answer) as url:
        ask(url, [], environment={"AIRFLOW_USERNAME": "me", "AIRFLOW_PASSWORD": "hunter2"})
        assert ("POST", "/auth/token", None) in asked
        assert asked[-1][2] == "Bearer made"
        asked.clear()
        ask(url, [], environment={"AIRFLOW_TOKEN": "given"})
        assert {authorization for _, path, authorization in asked if "version" not in path} == {"Bearer given"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda method, path, headers: (404, "<html>nothing</html>"), "no Airflow answers"),
        (lambda method, path, headers: (200, "<html>login</html>"), "no Airflow answers"),
        (lambda method, path, headers: (302, ""), "no Airflow answers"),
        (lambda method, path, headers: version2(path) or (401, {}), "wants a login"),
        (lambda method, path, headers: version2(path) or (403, {}), "may not read"),
        (lambda method, path, headers: version2(path) or (500, {}), "status 500"),
        (lambda method, path, headers: version2(path) or (200, "<html>"), "does not answer with JSON"),
    ],
)
def test_servers_that_cannot_be_asked(answer: Callable[[str, str, Any], Answer], says: str) -> None:
    with serving(answer) as url, pytest.raises(MigratorError) as error:
        ask(url, [], environment={"AIRFLOW_USERNAME": "me", "AIRFLOW_PASSWORD": "hunter2"})
    assert error.value.code == "MIG014"
    assert says in error.value.message
    assert "hunter2" not in f"{error.value.message}{error.value.help}"


def test_a_server_that_never_answers() -> None:
    def answer(method: str, path: str, headers: Any) -> Answer:
        time.sleep(1.5)
        return 200, {}

    with serving(answer) as url, pytest.raises(MigratorError, match="does not answer within"):
        ask(url, [], environment={}, timeout=0.5)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:9", "cannot be reached"),
        ("http://me:hunter2@127.0.0.1:9", "holds a password"),
        ("http://", "is not a URL"),
    ],
)
def test_urls_that_are_none(url: str, says: str) -> None:
    with pytest.raises(MigratorError) as error:
        ask(url, [], environment={})
    assert says in error.value.message
    assert "hunter2" not in error.value.message


def test_a_python_that_is_none(tmp_path: Any) -> None:
    (tmp_path / "dag.py").write_text("from airflow import DAG\nDAG('d')\n")
    result = CliRunner().invoke(app, ["analyze", str(tmp_path), "--against", str(tmp_path / "python")])
    assert result.exit_code == 2

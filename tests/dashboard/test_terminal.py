"""`migrate status`."""

from __future__ import annotations

import contextlib
import http.server
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from migrator.cli import app
from migrator.dashboard.sources import ask_webserver
from tests.dashboard.worlds import dag, stays, write


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW_URL", "DAGSTER_URL", "MIGRATION_DAGS_FOLDER"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["status", *arguments])


def test_it_tells_how_far_it_is_and_what_was_not_reached(tmp_path: Path) -> None:
    write(tmp_path, dag("d"), stays("stuck"))
    done = run(str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "0% of 2 DAGs off Airflow" in done.output
    assert "1 DAG: no rule translates `HttpSensor`" in done.output
    assert "Airflow was not reached: AIRFLOW_URL is not set." in done.output
    assert "Dagster was not reached: DAGSTER_URL is not set." in done.output


def test_json_says_the_same_and_the_exit_code_is_one_while_something_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, dag("d"), states={"gone": {"stage": "observed"}})
    done = run(str(tmp_path), "--json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told["consistent"] is False
    assert told["problems"] == ["`state/gone.json` is of a DAG that is not in the inventory"]
    assert told["dags"][0]["scheduler"]["level"] == "unknown"
    assert told["sources"]["airflow"] == {"reached": False, "problem": "AIRFLOW_URL is not set"}


def test_it_goes_on_until_it_is_interrupted_and_then_says_whether_all_is_well(tmp_path: Path) -> None:
    write(tmp_path, dag("d", effort=(2, 6)), stays("s"), states={"gone": {"stage": "observed"}})
    command = [sys.executable, "-m", "migrator", "status", str(tmp_path), "--watch", "--every", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        while not lines or ("were all read" not in lines[-1] and "was not reached" not in lines[-1]):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended by itself"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    shown = "".join(lines)
    assert "Work left: 2-6 h" in shown
    assert "Blocked (1)\n  s: no rule translates" in shown
    assert process.returncode == 1, "a state file is of no DAG"


def test_names_cannot_draw_on_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, dag("[red]x\x1b[31m"), stays("s", reason="a\x1b[2Jb [bold]"))
    done = run(str(tmp_path), "--all")
    assert done.exit_code == 1, done.output  # no state file can have such a name
    assert "\x1b[2J" not in done.output
    assert "[bold]" in done.output
    assert "[red]x" in done.output


@pytest.mark.parametrize("arguments", [("--json", "--watch"), ("--watch", "--every", "0")])
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write(tmp_path, dag("d"))
    assert run(str(tmp_path), *arguments).exit_code == 2


def test_a_folder_without_project(tmp_path: Path) -> None:
    assert run(str(tmp_path)).exit_code == 2


SCHEDULE = {"name": "migration_status_hourly", "scheduleState": {"status": "RUNNING"}}
OURS = {
    "schedules": [SCHEDULE, {"name": "d_schedule", "scheduleState": {"status": "STOPPED"}}],
    "sensors": [{"name": "s", "sensorState": {"status": "RUNNING"}}],
    "pipelines": [{"name": "d", "runs": [{"status": "SUCCESS", "creationTime": 1.5}]}, {"name": "e", "runs": []}],
}


def workspace(*repositories: object) -> bytes:
    location = {"__typename": "RepositoryLocation", "repositories": repositories}
    entries = [{"name": "x", "locationOrLoadError": location}, {"name": "broken", "locationOrLoadError": None}]
    return json.dumps({"data": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": entries}}}).encode()


@pytest.mark.parametrize(
    ("code", "body", "problem"),
    [
        (200, workspace(OURS), ""),
        (200, workspace(OURS, OURS), "2 of its code locations are of a migration"),
        (200, workspace(), "0 of its code locations are of a migration"),
        (200, b"<html>", "is not a Dagster webserver"),
        (200, b"[]", "is not a Dagster webserver"),
        (200, b'{"data": null}', "is not a Dagster webserver"),
        (500, b"", "answers HTTP 500"),
    ],
)
def test_what_the_webserver_may_answer(code: int, body: bytes, problem: str) -> None:
    with answering(code, body) as url:
        found = ask_webserver({"DAGSTER_URL": url}, "migration_status_hourly")
    assert problem in found.problem
    if not problem:
        assert found.problem == ""
        assert found.running == {"migration_status_hourly", "s"}
        assert found.last_runs["d"].status == "SUCCESS"


def test_a_webserver_that_is_down_or_no_address() -> None:
    assert "does not answer" in ask_webserver({"DAGSTER_URL": "http://127.0.0.1:9"}, "m").problem
    assert "is not an address" in ask_webserver({"DAGSTER_URL": "file:///etc/passwd"}, "m").problem


@contextlib.contextmanager
def answering(code: int, body: bytes) -> Iterator[str]:
    """The address of a server that answers this to everything."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()

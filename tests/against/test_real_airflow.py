"""`migrate analyze --against`: both versions of Airflow, as an environment and as a running server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from migrator.cli import app
from tests.integration.worlds import find_airflow_python

pytestmark = pytest.mark.integration

DAGS = Path(__file__).with_name("dags")
START_SECONDS = 180


def compared(dags: Path, target: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["analyze", str(dags), "--against", target, "--format", "json"])
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.mark.parametrize("version", [2, 3])
def test_an_environment(version: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = compared(DAGS, str(find_airflow_python(version)))
    assert found["airflow"].startswith(f"{version}.")
    assert found["same"] == {"dags": 3, "tasks": 3, "edges": 1}
    assert found["summary"] == {}
    # What depends on the environment is what the analysis reports as unknown.
    assert [(item["dag_id"], item["what"]) for item in found["differences"]] == [
        ("differs", "schedule"),
        ("differs", "task"),
        ("differs", "task"),
        ("differs", "task"),
    ]
    assert {item["file"]: item["error"] for item in found["not_imported"]} == {
        "broken.py": "RuntimeError: no postgresql://user:***@host/db here",
        "dies.py": "its code ended the process",
    }


def test_a_wrong_answer_is_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    python = str(find_airflow_python(3))
    (tmp_path / "dag.py").write_text(
        "import os\nfrom airflow import DAG\ndag = DAG(os.environ['STAGE'], schedule=None)\n"
    )
    monkeypatch.setenv("STAGE", "live")
    command = ["analyze", str(tmp_path), "--against", python, "--env"]
    assert CliRunner().invoke(app, [*command, "STAGE=live"]).exit_code == 0
    wrong = CliRunner().invoke(app, [*command, "STAGE=other"])
    assert wrong.exit_code == 1
    assert "DAG live: only in Airflow" in wrong.output
    assert CliRunner().invoke(app, [*command, "STAGE=other", "--fail-on", "never"]).exit_code == 0


@pytest.mark.parametrize("version", [2, 3])
def test_a_server(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(version, tmp_path) as url:
        monkeypatch.setenv("AIRFLOW_USERNAME", "admin")
        monkeypatch.setenv("AIRFLOW_PASSWORD", "admin")
        found = compared(tmp_path / "dags", url)
        assert found["airflow"].startswith(f"{version}.")
        assert found["same"] == {"dags": 3, "tasks": 3, "edges": 1}
        assert found["summary"] == {}
        assert [(item["dag_id"], item["what"]) for item in found["differences"]] == [
            ("differs", "schedule"),
            ("differs", "task"),
            ("differs", "task"),
            ("differs", "task"),
        ]
        monkeypatch.setenv("AIRFLOW_PASSWORD", "wrong")
        refused = CliRunner().invoke(app, ["analyze", str(DAGS), "--against", url])
        assert refused.exit_code == 2
        assert "login" in refused.output


@contextmanager
def server(version: int, home: Path) -> Iterator[str]:
    """The URL of a web server that has the DAGs in its database; no scheduler runs."""
    airflow = str(find_airflow_python(version).with_name("airflow"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dags = home / "dags"
    dags.mkdir()
    for name in ("same.py", "differs.py"):  # Airflow's own command would die of the others
        (dags / name).write_text((DAGS / name).read_text())
    (home / "passwords.json").write_text('{"admin": "admin"}')
    variables = {
        "PATH": f"{Path(airflow).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
        "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
        "AIRFLOW__WEBSERVER__WORKERS": "1",
        "AIRFLOW__WEBSERVER__SECRET_KEY": "test",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "test",
        "AIRFLOW__API_AUTH__JWT_SECRET": "t" * 64,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    user = ["--username=admin", "--password=admin", "--firstname=a", "--lastname=b", "--role=Admin", "--email=a@b.c"]
    steps = [["db", "migrate"], *([["users", "create", *user]] if version == 2 else []), ["dags", "reserialize"]]
    with (home / "airflow.log").open("w") as log:
        for arguments in steps:
            subprocess.run([airflow, *arguments], env=variables, stdout=log, stderr=log, check=True)
        command = [airflow, "webserver" if version == 2 else "api-server"]
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/api/v{version - 1}/version", process)
            yield url
        finally:
            stop(process)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    pytest.fail(f"Airflow did not answer within {START_SECONDS} seconds")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server and its workers, which are in a process group of their own."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, end)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)

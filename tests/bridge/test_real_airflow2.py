"""The bridge against a real Airflow 2: a run there shows up here. `airflow2.json` was recorded from the same DAG."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest
import requests
from dagster_shared.error import DagsterError

from migrator.bridge.observe import airflow_definitions
from tests.bridge.test_observe import ALIGNED, DAGS, environment, tick
from tests.integration.worlds import find_airflow_python

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore::dagster.BetaWarning")]

START_SECONDS = 120


@pytest.fixture(scope="module")
def airflow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A webserver over a database in which the DAG `nightly` ran just now, without a scheduler."""
    home = tmp_path_factory.mktemp("airflow2")
    command = str(find_airflow_python(2).with_name("airflow"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "PATH": f"{Path(command).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).with_name("dags")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
        "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
        "AIRFLOW__WEBSERVER__WORKERS": "1",
        "AIRFLOW__WEBSERVER__SECRET_KEY": "test",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    user = ["--username=admin", "--password=admin", "--firstname=a", "--lastname=b", "--role=Admin", "--email=a@b.c"]
    with (home / "airflow.log").open("w") as log:
        for arguments in (["db", "migrate"], ["users", "create", *user], ["dags", "reserialize"]):
            subprocess.run([command, *arguments], env=variables, stdout=log, stderr=log, check=True)
        server = subprocess.Popen([command, "webserver"], env=variables, stdout=log, stderr=log, start_new_session=True)
        try:
            subprocess.run(
                [command, "dags", "test", "nightly", "2026-11-20"], env=variables, stdout=log, stderr=log, check=True
            )
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/api/v1/version", server)
            yield url
        finally:
            stop(server)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(requests.RequestException):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.5)
    pytest.fail(f"Airflow did not answer within {START_SECONDS} seconds")


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ends the server and its workers, which are in a process group of their own."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, end)
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)


def test_a_run_in_airflow_shows_up_in_dagster(airflow_url: str) -> None:
    assert tick(airflow_definitions(DAGS, environment(airflow_url))) == [
        ("AssetMaterialization", "airflow/dag/nightly", None, ALIGNED),
        ("AssetMaterialization", "exports", None, ALIGNED),
        ("AssetMaterialization", "regions", "2026-11-20", ALIGNED),
        ("AssetMaterialization", "totals", None, ALIGNED),
    ]


def test_a_wrong_password_fails_the_tick_only(airflow_url: str) -> None:
    definitions = airflow_definitions(DAGS, {**environment(airflow_url), "AIRFLOW_PASSWORD": "wrong"})
    dg.Definitions.validate_loadable(definitions)
    with pytest.raises(DagsterError, match=r"40[13]"):
        tick(definitions)

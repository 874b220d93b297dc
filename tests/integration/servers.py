"""Real servers for a test: Airflow 2 or 3 with its scheduler, and Dagster's webserver; each stopped by its process group."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

T = TypeVar("T")
USER = "admin"
START_SECONDS = 600.0
PATIENCE = 900.0
"""Seconds to wait for what is sure to come; a loaded machine may need many."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(found: Callable[[], T | None], what: str, seconds: float = PATIENCE, every: float = 0.5) -> T:
    """The first result of `found` that is true; servers that do not answer yet are asked again."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            last = found()
            if last:
                return last  # type: ignore[return-value]
        except (requests.RequestException, KeyError, TypeError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"{what}: not within {seconds:g} s (last: {last!r})")


@contextmanager
def process(command: Sequence[str], log: Path, env: Mapping[str, str], cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a session of its own; at the end it and its children are stopped."""
    with log.open("ab") as out:
        started = subprocess.Popen(
            command, env=env, cwd=cwd, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        yield started
    finally:
        stop(started)


def stop(started: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        started.wait(8)
    # children that made a process group of their own are still in the session
    listing = subprocess.run(["ps", "-o", "pid=", "-s", str(started.pid)], capture_output=True, text=True, check=False)
    for pid in [started.pid, *map(int, listing.stdout.split())]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    started.wait()


@dataclass
class Airflow:
    """A running Airflow. `env` is that of all its processes."""

    version: int
    python: Path
    root: Path
    port: int
    env: dict[str, str]
    session: requests.Session = field(default_factory=requests.Session)
    _api: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api/v{1 if self.version == 2 else 2}"

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python.with_name("airflow")), *arguments]

    def start_api(self) -> None:
        """Starts the server of the API (and the UI), and waits until it answers."""
        name = "webserver" if self.version == 2 else "api-server"
        self._api.enter_context(process(self.command(name), self.root / f"{name}.log", self.env, self.root))
        if self.version == 2:
            self.session.auth = (USER, USER)
        until(self._ready, f"{name} of Airflow {self.version}", START_SECONDS)

    def stop_api(self) -> None:
        self._api.close()

    def _ready(self) -> bool:
        if self.version == 3:
            body = {"username": USER, "password": USER}
            token = requests.post(f"{self.url}/auth/token", json=body, timeout=5).json()["access_token"]
            self.session.headers["Authorization"] = f"Bearer {token}"
        return self.session.get(f"{self.api}/dags", timeout=5).status_code == 200

    def get(self, path: str) -> dict[str, Any]:
        answer = self.session.get(f"{self.api}{path}", timeout=300)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def wait_for_dag(self, dag_id: str) -> None:
        until(lambda: self.session.get(f"{self.api}/dags/{dag_id}", timeout=5).ok, f"the DAG {dag_id}", START_SECONDS)

    def trigger(self, dag_id: str, logical_date: str | None = None, conf: Mapping[str, Any] | None = None) -> str:
        """The id of a new run."""
        body: dict[str, Any] = {"conf": dict(conf or {})}
        if self.version == 3 or logical_date:
            body["logical_date"] = logical_date
        answer = self.session.post(f"{self.api}/dags/{dag_id}/dagRuns", json=body, timeout=300)
        assert answer.ok, answer.text
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def state(self, dag_id: str, run_id: str) -> str:
        found: str = self.get(f"/dags/{dag_id}/dagRuns/{requests.utils.quote(run_id, safe='')}")["state"]
        return found

    def wait(self, dag_id: str, run_id: str, seconds: float = PATIENCE) -> str:
        """The state in which a run ends."""
        ended = ("success", "failed")
        return until(
            lambda: state if (state := self.state(dag_id, run_id)) in ended else None,
            f"{dag_id} {run_id}",
            seconds,
        )

    def run(
        self, dag_id: str, logical_date: str | None = None, conf: Mapping[str, Any] | None = None
    ) -> tuple[str, str]:
        """A new run: its id and the state in which it ended."""
        run_id = self.trigger(dag_id, logical_date, conf)
        return run_id, self.wait(dag_id, run_id)

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str]:
        """The states of the task instances of a run; those of a mapped task as `task[0]`."""
        path = f"/dags/{dag_id}/dagRuns/{requests.utils.quote(run_id, safe='')}/taskInstances"
        return {
            item["task_id"] + (f"[{item['map_index']}]" if item["map_index"] >= 0 else ""): item["state"]
            for item in self.get(path)["task_instances"]
        }

    def try_number(self, dag_id: str, run_id: str, task_id: str) -> int:
        path = f"/dags/{dag_id}/dagRuns/{requests.utils.quote(run_id, safe='')}/taskInstances/{task_id}"
        return int(self.get(path)["try_number"])

    def fail_task(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Marks a task as failed, as a person does in the UI."""
        path = f"/dags/{dag_id}/dagRuns/{requests.utils.quote(run_id, safe='')}/taskInstances/{task_id}"
        body: dict[str, Any] = {"new_state": "failed"}
        if self.version == 2:
            body["dry_run"] = False
        answer = self.session.patch(f"{self.api}{path}", json=body, timeout=300)
        assert answer.ok, answer.text

    def pause(self, dag_id: str, paused: bool = True) -> None:
        """Pauses a DAG, or lets it go on, as a person does in the UI."""
        answer = self.session.patch(f"{self.api}/dags/{dag_id}", json={"is_paused": paused}, timeout=300)
        assert answer.ok, answer.text

    def paused(self, dag_id: str) -> bool:
        return bool(self.get(f"/dags/{dag_id}")["is_paused"])

    def delete(self, dag_id: str) -> None:
        """Deletes what Airflow knows of a DAG, as a person does in the UI."""
        answer = self.session.delete(f"{self.api}/dags/{dag_id}", timeout=300)
        assert answer.ok, answer.text

    def log_of(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> str:
        """The text of a task's log, as its files hold it."""
        folder = self.root / "home" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        return "\n".join(path.read_text() for path in sorted(folder.rglob(f"attempt={try_number}.log")))


@contextmanager
def airflow(
    version: int, python: Path, root: Path, dags: Path, extra: Mapping[str, str], triggerer: bool = False
) -> Iterator[Airflow]:
    """An Airflow with its scheduler, on SQLite, that knows nothing of this machine's settings."""
    port, home = free_port(), root / "home"
    (home / "config").mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    env = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(root),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "3",
        # new DAG files are seen after seconds, not minutes
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "5",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        **extra,
    }
    if version == 3:
        (home / "passwords.json").write_text(json.dumps({USER: USER}))
        env |= {
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": "s" * 32,
            "AIRFLOW__API_AUTH__JWT_SECRET": "j" * 64,
            # a worker gives up after five seconds otherwise; the first answer takes longer on a loaded machine
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
        }
        others = ["scheduler", "dag-processor"]
    else:
        env |= {
            # Airflow's own tests let LocalExecutor use SQLite so; SequentialExecutor stops its scheduler while a task runs
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=120",
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
            "AIRFLOW__WEBSERVER__WORKERS": "1",
            "AIRFLOW__WEBSERVER__SECRET_KEY": "s" * 32,
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        }
        others = ["scheduler"]
    server = Airflow(version, python, root, port, env)
    with (root / "setup.log").open("w") as log:
        setup = [["db", "migrate"]]
        if version == 2:
            names = ["--firstname=a", "--lastname=b", "--email=a@b.c"]
            setup.append(["users", "create", f"--username={USER}", f"--password={USER}", "--role=Admin", *names])
        for arguments in setup:
            subprocess.run(server.command(*arguments), env=env, cwd=root, stdout=log, stderr=log, check=True)
    if version == 2:
        with closing(sqlite3.connect(home / "airflow.db")) as database:
            database.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
            # else each request costs most of a second for the password's hash
            cheap = hashlib.pbkdf2_hmac("sha256", USER.encode(), b"salt", 1).hex()
            database.execute("UPDATE ab_user SET password = ?", (f"pbkdf2:sha256:1$salt${cheap}",))
            database.commit()
    with ExitStack() as stack:
        stack.callback(server.stop_api)
        for name in [*others, *(["triggerer"] if triggerer else [])]:
            stack.enter_context(process(server.command(name), root / f"{name}.log", env, root))
        server.start_api()
        yield server


@dataclass
class Dagster:
    """A running Dagster webserver over a generated project; runs need no daemon."""

    project: Path
    home: Path
    port: int
    env: dict[str, str]
    _server: ExitStack = field(default_factory=ExitStack)
    _daemon: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "dagster_webserver", "-m", f"{self._package}.definitions"]
        command += ["-h", "127.0.0.1", "-p", str(self.port)]
        log = self.home / "webserver.log"
        self._webserver = self._server.enter_context(process(command, log, self.env, self.project))
        query = "{repositoriesOrError{... on RepositoryConnection{nodes{name}} ... on PythonError{message}}}"
        until(lambda: self.query(query)["repositoriesOrError"]["nodes"], "Dagster", START_SECONDS)

    def stop(self) -> None:
        self._server.close()

    def start_daemon(self) -> None:
        """Starts what evaluates the sensors."""
        command = [sys.executable, "-m", "dagster._daemon", "run", "-m", f"{self._package}.definitions"]
        self._daemon.enter_context(process(command, self.home / "daemon.log", self.env, self.project))

    def stop_daemon(self) -> None:
        self._daemon.close()

    @property
    def _package(self) -> str:
        (found,) = self.project.glob("src/*/definitions.py")
        return found.parent.name

    def query(self, text: str, **variables: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/graphql", json={"query": text, "variables": variables}, timeout=180).json()
        assert not answer.get("errors"), answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def runs(self, **tags: str) -> list[dict[str, Any]]:
        """Id, status and tags of the runs that have these tags (`__` for `/`), the last one first."""
        wanted = [{"key": key.replace("__", "/"), "value": value} for key, value in tags.items()]
        text = "query($f:RunsFilter!){runsOrError(filter:$f){... on Runs{results{runId status tags{key value}}}}}"
        found: list[dict[str, Any]] = self.query(text, f={"tags": wanted})["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def events(self, key: str) -> list[Event]:
        """What is recorded for an asset, the last one first."""
        fields = "runId partition metadataEntries{label ... on TextMetadataEntry{text} ... on UrlMetadataEntry{url}"
        fields += " ... on TimestampMetadataEntry{timestamp} ... on BoolMetadataEntry{boolValue}}"
        text = "query($k:AssetKeyInput!){assetOrError(assetKey:$k){... on Asset{"
        text += (
            "".join(f"{kind}(limit:100){{{fields}}}" for kind in ("assetMaterializations", "assetObservations")) + "}}}"
        )
        asset = self.query(text, k={"path": key.split("/")})["assetOrError"]
        return [
            Event(
                kind == "assetMaterializations",
                item["runId"] or "",
                item["partition"],
                {
                    entry["label"]: next((value for name, value in entry.items() if name != "label"), None)
                    for entry in item["metadataEntries"]
                },
            )
            for kind in ("assetMaterializations", "assetObservations")
            for item in asset.get(kind, ())
        ]

    def stop_webserver(self) -> None:
        """Stops the webserver alone: runs that it launched go on, as they do where each is a container of its own."""
        self._webserver.send_signal(signal.SIGTERM)
        self._webserver.wait()

    def backfill(self, key: str, partitions: Sequence[str], config: Mapping[str, Any] | None = None) -> str:
        """Starts a backfill of an asset, as a person does who selects partitions and presses "Materialize"; its id."""
        text = """mutation($p:LaunchBackfillParams!){launchPartitionBackfill(backfillParams:$p){__typename
            ... on LaunchBackfillSuccess{backfillId} ... on PythonError{message}}}"""
        wanted = {"assetSelection": [{"path": key.split("/")}], "partitionNames": list(partitions)}
        if config:
            wanted["runConfigData"] = json.dumps(config)
        answer = self.query(text, p=wanted)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        found: str = answer["backfillId"]
        return found

    def backfill_state(self, backfill_id: str) -> tuple[str, dict[str, int]]:
        """The status of a backfill, and how many of its partitions are where."""
        counts = "numPartitionsTargeted numPartitionsInProgress numPartitionsMaterialized numPartitionsFailed"
        text = "query($b:String!){partitionBackfillOrError(backfillId:$b){... on PartitionBackfill{status assetBackfillData{"
        text += f"assetBackfillStatuses{{... on AssetPartitionsStatusCounts{{{counts}}}}}}}}}}}}}"
        answer = self.query(text, b=backfill_id)["partitionBackfillOrError"]
        (found,) = answer["assetBackfillData"]["assetBackfillStatuses"]
        return answer["status"], {name.removeprefix("numPartitions"): number for name, number in found.items()}

    def launch(self, job: str, partition: str = "") -> str:
        """Starts a run of a job, for a partition if one is named, as its schedule does; its id."""
        text = """mutation($p:ExecutionParams!){launchPipelineExecution(executionParams:$p){__typename
            ... on LaunchRunSuccess{run{runId}} ... on PythonError{message}}}"""
        tags = [{"key": "dagster/partition", "value": partition}] if partition else []
        selector = {**self._place(), "pipelineName": job}
        answer = self.query(text, p={"mode": "default", "selector": selector, "executionMetadata": {"tags": tags}})
        found: str = answer["launchPipelineExecution"]["run"]["runId"]
        return found

    def run_status(self, run_id: str) -> str:
        """Dagster's word for where a run is."""
        found: str = self.query("query($r:ID!){runOrError(runId:$r){... on Run{status}}}", r=run_id)["runOrError"][
            "status"
        ]
        return found

    def is_on(self, job: str) -> bool:
        """Whether a schedule of a job is switched on."""
        text = """query($r:RepositorySelector!){schedulesOrError(repositorySelector:$r){... on Schedules{results{pipelineName
            scheduleState{status}}}}}"""
        found = self.query(text, r=self._place())["schedulesOrError"]["results"]
        return any(item["scheduleState"]["status"] == "RUNNING" for item in found if item["pipelineName"] == job)

    def check(self, key: str, name: str) -> bool | None:
        """Whether an asset check passed when it was made last; None where it never was."""
        text = """query($k:AssetKeyInput!,$n:String!){assetCheckExecutions(assetKey:$k,checkName:$n,limit:9){status}}"""
        found = self.query(text, k={"path": key.split("/")}, n=name)["assetCheckExecutions"]
        made = [item["status"] for item in found if item["status"] in ("SUCCEEDED", "FAILED")]
        return made[0] == "SUCCEEDED" if made else None

    def _place(self) -> dict[str, str]:
        place = self.query("{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}")
        (node,) = place["repositoriesOrError"]["nodes"]
        return {"repositoryName": node["name"], "repositoryLocationName": node["location"]["name"]}

    def ticks(self, sensor: str) -> list[dict[str, Any]]:
        """Status and error of the last evaluations of a sensor."""
        text = """query($s:SensorSelector!){sensorOrError(sensorSelector:$s){... on Sensor{sensorState{ticks(limit:20){status timestamp
            error{message causes{message}}}}}}}"""
        selector = {**self._place(), "sensorName": sensor}
        found: list[dict[str, Any]] = self.query(text, s=selector)["sensorOrError"]["sensorState"]["ticks"]
        return found


@dataclass(frozen=True)
class Event:
    """A materialization, or else an observation."""

    materialized: bool
    run_id: str
    partition: str | None
    metadata: dict[str, Any]


@contextmanager
def dagster(project: Path, home: Path, extra: Mapping[str, str], port: int, at_once: int = 0) -> Iterator[Dagster]:
    """Dagster's webserver over the project. `at_once`: how many runs the daemon starts at once; 0: all at once, without a daemon."""
    home.mkdir(parents=True, exist_ok=True)
    coordinator = "{module: dagster._core.run_coordinator, class: DefaultRunCoordinator}"
    if at_once:
        queue = f"class: QueuedRunCoordinator, config: {{max_concurrent_runs: {at_once}}}"
        coordinator = f"{{module: dagster._core.run_coordinator, {queue}}}"
    (home / "dagster.yaml").write_text(
        f"telemetry: {{enabled: false}}\nnux: {{enabled: false}}\nrun_coordinator: {coordinator}\n"
        f"code_servers: {{local_startup_timeout: {START_SECONDS:.0f}}}\n"
    )
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "DAGSTER_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(project / "src"), str(Path(__file__).parents[2])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        **extra,
    }
    server = Dagster(project, home, port, env)
    try:
        server.start()
        yield server
    finally:
        server.stop_daemon()
        server.stop()

"""The file for Airflow's workers, without Airflow: what it reads, and how it speaks to a Dagster that fails."""

from __future__ import annotations

import ast
import datetime as dt
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.bridge.airflow_side import dagster_proxy as proxy
from migrator.bridge.events import dag_tag
from migrator.bridge.values import AirflowValues
from migrator.state.stages import DagState, Stage, change_state

Answer = Callable[[str, dict[str, Any]], Any]


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIGRATION_STATE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy.time, "sleep", lambda seconds: None)


@contextmanager
def dagster(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Iterator[proxy.Dagster]:
    """A server that answers GraphQL. `answer` gives the data, an HTTP status, or None to break the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given = answer(body["query"], body["variables"])
            if given is None:
                self.connection.close()
                return
            data = json.dumps({"data": given}).encode() if isinstance(given, dict) else b"broken"
            self.send_response(200 if isinstance(given, dict) else given)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv("DAGSTER_URL", f"http://127.0.0.1:{server.server_port}/")
    try:
        yield proxy.Dagster(patience=5)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_it_needs_nothing_but_python_and_airflow() -> None:
    text = resources.files("migrator.bridge").joinpath("airflow_side/dagster_proxy.py").read_text()
    names = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names - {"airflow"} <= sys.stdlib_module_names
    ast.parse(text, feature_version=(3, 9))


def test_it_reads_what_promote_writes(states: Path) -> None:
    assert proxy.proxied_tasks("etl") == frozenset()
    state = DagState(dag_id="etl", stage=Stage.PROXIED, proxied_tasks=("load", "group.transform"))
    change_state(states, "etl", lambda _: state, what="promote")
    assert proxy.proxied_tasks("etl") == {"load", "group.transform"}
    change_state(states, "etl", lambda _: DagState(dag_id="etl", stage=Stage.MIGRATED), what="promote")
    assert proxy.proxied_tasks("etl") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"stage": "proxied"',
        '{"schema_version": 1, "dag_id": "other", "stage": "proxied", "proxied_tasks": []}',
        '{"schema_version": 1, "dag_id": "etl", "stage": "both", "proxied_tasks": []}',
        '{"schema_version": 2, "dag_id": "etl", "stage": "proxied", "proxied_tasks": []}',
        '{"schema_version": 1, "dag_id": "etl", "stage": "proxied", "proxied_tasks": "load"}',
    ],
)
def test_a_state_that_is_none_is_an_error(states: Path, text: str) -> None:
    (states / "etl.json").write_text(text)
    with pytest.raises(ValueError, match="not a state file of the DAG etl"):
        proxy.proxied_tasks("etl")


def test_the_policy_never_raises(states: Path) -> None:
    (states / "etl.json").write_text("nonsense")
    proxy.task_policy(SimpleNamespace(dag_id="etl", task_id="load"))
    proxy.task_policy(object())


@pytest.mark.parametrize("dag_id", ["etl", "über.dag", "x" * 100])
def test_both_sides_write_the_tag_of_a_dag_alike(dag_id: str) -> None:
    assert proxy.dag_tag(dag_id) == dag_tag(dag_id)


NIGHT = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("description", "fmt", "key"),
    [
        ("Daily, starting 2026-01-01 UTC. End offsetted by 1 partition.", "%Y-%m-%d", "2026-03-01"),
        ("Daily, starting 2026-01-01 Europe/Berlin.", "%Y-%m-%d", "2026-03-02"),
        ("Hourly, starting 2026-01-01-00:00 Europe/Berlin.", "%Y-%m-%d-%H:%M", "2026-03-02-00:30"),
        ("0 0 * * 1-5, starting 2026-01-01 America/Argentina/Buenos_Aires.", "%Y-%m-%d", "2026-03-01"),
    ],
)
def test_the_partition_is_what_ds_was(description: str, fmt: str, key: str) -> None:
    partitions = {"type": "TIME_WINDOW", "fmt": fmt, "description": description}
    assert proxy.partition_key(partitions, SimpleNamespace(conf={}), NIGHT) == key


def test_a_partition_may_be_told() -> None:
    static = {"type": "STATIC", "fmt": None, "description": "'a', 'b'"}
    assert proxy.partition_key(static, SimpleNamespace(conf={"dagster/partition": "b"}), None) == "b"
    assert proxy.partition_key(static, SimpleNamespace(conf=None, partition_key="a"), None) == "a"
    with pytest.raises(proxy.DagsterError, match="no dates"):
        proxy.partition_key(static, SimpleNamespace(conf={}), NIGHT)
    daily = {"type": "TIME_WINDOW", "fmt": "%Y-%m-%d", "description": ""}
    with pytest.raises(proxy.DagsterError, match="no logical date"):
        proxy.partition_key(daily, SimpleNamespace(conf={}), None)


WORK = proxy.Work({"pipelineName": "etl"}, {}, None)
TAGS = {proxy.DAG: "etl", proxy.RUN: "r", proxy.TASK: "load", proxy.TRY: "1"}
LAUNCHED = {"launchPipelineExecution": {"__typename": "LaunchRunSuccess", "run": {"runId": "new"}}}


def test_a_launch_whose_answer_is_lost_is_not_done_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    launches: list[object] = []

    def answer(query: str, variables: dict[str, Any]) -> Any:
        if "mutation" in query:
            launches.append(variables)
            return None
        return {"runsOrError": {"results": [{"runId": "launched before"}]}}

    with dagster(monkeypatch, answer) as server:
        assert proxy.launch(server, WORK, TAGS) == "launched before"
    assert len(launches) == 1


def test_a_launch_that_did_not_arrive_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [503, LAUNCHED]
    with dagster(monkeypatch, lambda query, variables: answers.pop(0)) as server:
        assert proxy.launch(server, WORK, TAGS) == "new"
    lost = [None, {"runsOrError": {"results": []}}, LAUNCHED]
    with dagster(monkeypatch, lambda query, variables: lost.pop(0)) as server:
        assert proxy.launch(server, WORK, TAGS) == "new"


def test_a_refused_launch_tells_why(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"__typename": "RunConfigValidationInvalid", "errors": [{"message": "Invalid config for io_manager"}]}
    with (
        dagster(monkeypatch, lambda query, variables: {"launchPipelineExecution": refused}) as server,
        pytest.raises(proxy.DagsterError, match=r"Invalid config for io_manager.*AIRFLOW_URL"),
    ):
        proxy.launch(server, WORK, TAGS)


def test_a_refused_login_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(query: str, variables: dict[str, Any]) -> int:
        asked.append(query)
        return 401

    with dagster(monkeypatch, answer) as server, pytest.raises(proxy.DagsterError, match="DAGSTER_TOKEN"):
        server.status("r")
    assert len(asked) == 1


def test_a_dagster_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_URL", "http://127.0.0.1:9")
    with pytest.raises(proxy.DagsterError, match="could not be reached"):
        proxy.Dagster(patience=0).status("r")
    monkeypatch.setenv("DAGSTER_URL", "")
    with pytest.raises(proxy.DagsterError, match="DAGSTER_URL is not set"):
        proxy.Dagster()


def test_a_retry_of_dagster_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = [{"key": "dagster/will_retry", "value": "true"}, {"key": "dagster/auto_retry_run_id", "value": "second"}]
    runs = {"first": {"status": "FAILURE", "tags": tags}, "second": {"status": "SUCCESS", "tags": []}}
    with dagster(
        monkeypatch, lambda query, variables: {"runOrError": {"__typename": "Run", **runs[variables["r"]]}}
    ) as server:
        assert server.status("first") == ("second", "SUCCESS")


def task(**more: object) -> SimpleNamespace:
    return SimpleNamespace(dag_id="etl", task_id="load", retries=1, **more)


def context(try_number: int, max_tries: int) -> dict[str, Any]:
    instance = SimpleNamespace(map_index=-1, try_number=try_number, max_tries=max_tries)
    return {"ti": instance, "dag_run": SimpleNamespace(run_id="r", conf={})}


def test_a_retry_attaches_to_what_succeeded_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(query: str, variables: dict[str, Any]) -> Any:
        succeeded = variables["f"]["statuses"] == ["SUCCESS"]
        return {"runsOrError": {"results": [{"runId": "done"}] if succeeded else []}}

    with dagster(monkeypatch, answer) as server:
        assert proxy.launch_or_attach(server, task(), context(try_number=2, max_tries=1)) == "done"


def test_a_cleared_task_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "find_work", lambda *arguments: WORK)

    def answer(query: str, variables: dict[str, Any]) -> Any:
        return LAUNCHED if "mutation" in query else {"runsOrError": {"results": []}}

    with dagster(monkeypatch, answer) as server:
        assert proxy.launch_or_attach(server, task(), context(try_number=2, max_tries=2)) == "new"


def test_a_run_is_told_its_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The data interval of a run that somebody triggered does not begin at its date."""
    monkeypatch.setattr(proxy, "find_work", lambda *arguments: WORK)
    told: dict[str, str] = {}

    def answer(query: str, variables: dict[str, Any]) -> Any:
        if "mutation" not in query:
            return {"runsOrError": {"results": []}}
        told.update({tag["key"]: tag["value"] for tag in variables["p"]["executionMetadata"]["tags"]})
        return LAUNCHED

    dates = {"logical_date": 9, "data_interval_start": 2, "data_interval_end": 8}
    given = context(try_number=1, max_tries=1)
    given["dag_run"] = SimpleNamespace(
        run_id="r", conf={}, **{name: dt.datetime(2026, 3, day) for name, day in dates.items()}
    )
    with dagster(monkeypatch, answer) as server:
        assert proxy.launch_or_attach(server, task(), given) == "new"
    assert {name: told[f"airflow/{name}"] for name in dates} == {
        name: f"2026-03-0{day}T00:00:00" for name, day in dates.items()
    }


def test_values_as_configuration_of_an_op() -> None:
    def maker(task_id: str) -> list[dict[str, Any]]:
        return [{"solid": {"definition": {"metadata": [{"key": "airflow/task_id", "value": task_id}]}}}]

    def item(name: str, kind: str, makers: list[dict[str, Any]]) -> dict[str, Any]:
        return {"definition": {"name": name, "type": {"displayName": kind}}, "dependsOn": makers}

    inputs = [
        item("counts", "[Any]", maker("count")),
        item("raw", "Any", maker("extract")),
        item("shelf", "Any", [{"solid": {"definition": {"metadata": []}}}]),
        item("after", "Nothing", maker("extract")),
        item("unknown", "Any", []),
    ]
    made = {"count": [1, 2], "extract": [3]}
    assert proxy._inputs_of({"inputs": inputs}, {"shelf": 7}, made.get) == {
        "counts": [{"value": 1}, {"value": 2}],
        "raw": {"value": [3]},
        "shelf": {"value": 7},
    }


def reading(dependencies: list[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The assets of a DAG, of which `load` reads others, and what is asked of that."""
    nodes = [
        {
            "assetKey": {"path": ["wh", name]},
            "isExecutable": True,
            "tags": [{"key": "airflow/dag_id", "value": "etl"}],
            "metadataEntries": [{"label": "airflow/task_id", "text": name}],
            "dependencyKeys": [{"path": ["wh", above]} for above in dependencies if name == "load"],
        }
        for name in ("extract", "transform", "load")
    ]
    details = {
        "assetKey": {"path": ["wh", "load"]},
        "opNames": ["load"],
        "isPartitioned": False,
        "partitionDefinition": None,
        "op": {"inputDefinitions": [{"type": {"displayName": "Any"}}]},
        "jobs": [{"name": "etl", "tags": [], "repository": {"name": "r", "location": {"name": "l"}}}],
    }
    return nodes, details


@pytest.mark.parametrize(("problem", "given"), [("", ["wh/extract", "wh/transform"]), ("no JSON", ["wh/extract"])])
def test_none_is_handed_over_but_for_what_dagster_keeps(
    states: Path, monkeypatch: pytest.MonkeyPatch, problem: str, given: list[str]
) -> None:
    """`extract` is done in Airflow, `transform` in Dagster: there is no value of either in Airflow."""
    change_state(
        states,
        "etl",
        lambda _: DagState(dag_id="etl", stage=Stage.PROXIED, proxied_tasks=("load", "transform")),
        what="promote",
    )
    nodes, details = reading(["extract", "transform"])
    launched: dict[str, Any] = {}

    def answer(query: str, variables: dict[str, Any]) -> Any:
        if "mutation" in query:
            launched.update(variables["p"])
            return LAUNCHED
        if "runsOrError" in query:
            wanted = {"key": proxy.TASK, "value": "transform"} in variables["f"]["tags"]
            return {"runsOrError": {"results": [{"runId": "made"}] if wanted else []}}
        if "logsForRun" in query:
            told = [{"label": "airflow/xcom_problem", "text": problem}] if problem else []
            return {"logsForRun": {"hasMore": False, "events": [{"__typename": "", "metadataEntries": told}]}}
        return {"assetNodes": [details] if "isPartitioned" in query else nodes}

    of_run = context(try_number=1, max_tries=1)
    of_run["ti"].xcom_pull = lambda task_ids: None
    with dagster(monkeypatch, answer) as server:
        assert proxy.launch_or_attach(server, SimpleNamespace(dag_id="etl", task_id="load", retries=0), of_run) == "new"
    assert json.loads(launched["runConfigData"]) == {"resources": {"io_manager": {"config": {"without_value": given}}}}


def test_an_op_cannot_take_what_another_run_keeps() -> None:
    made = [{"solid": {"definition": {"metadata": [{"key": "airflow/task_id", "value": "extract"}]}}}]
    inputs = [{"definition": {"name": "raw", "type": {"displayName": "Any"}}, "dependsOn": made}]
    assert proxy._inputs_of({"inputs": inputs}, {}, lambda _: None) == {"raw": {"value": None}}
    with pytest.raises(proxy.DagsterError, match="extract made in Dagster cannot be handed to another run"):
        proxy._inputs_of({"inputs": inputs}, {}, lambda _: proxy.KEPT)


@pytest.mark.parametrize(("moved", "refused"), [(("transform", "load"), False), (("transform",), True)])
def test_a_result_is_only_needed_by_tasks_that_are_still_airflows(
    states: Path, moved: tuple[str, ...], refused: bool
) -> None:
    change_state(
        states, "etl", lambda _: DagState(dag_id="etl", stage=Stage.PROXIED, proxied_tasks=moved), what="promote"
    )
    answers = SimpleNamespace(run_link=lambda run_id: run_id, value=lambda run_id: (None, "it is no JSON"))
    task = proxy.ProxiedTask()
    task.dag_id, task.do_xcom_push, task.downstream_task_ids = "etl", True, {"load"}

    if refused:
        with pytest.raises(proxy.DagsterError, match="Let these tasks move together"):
            task._end(answers, {}, "1", "SUCCESS")
    else:
        assert task._end(answers, {}, "1", "SUCCESS") is None


NODE = {
    "assetKey": {"path": ["airflow", "dag", "audit_north"]},
    "isExecutable": True,
    "tags": [{"key": "airflow/dag_id", "value": "audit.north"}],
    "metadataEntries": [],
    "dependencyKeys": [],
}
DAYS = {"type": "TIME_WINDOW", "fmt": "%Y-%m-%d", "description": "Daily, starting 2026-01-01 UTC."}


@pytest.mark.parametrize("observed", [True, False])
def test_an_op_of_a_partitioned_job(monkeypatch: pytest.MonkeyPatch, observed: bool) -> None:
    """Its partitions are those of the asset that stands for the DAG, and params are its configuration."""
    job = {"name": "audit", "tags": [{"key": "airflow/dag_id", "value": "audit.north"}]}
    look = {
        "name": "look",
        "definition": {
            "metadata": [{"key": "airflow/task_id", "value": "look"}],
            "configField": {"configType": {"fields": [{"name": "most"}]}},
        },
        "inputs": [{"definition": {"name": "room", "type": {"displayName": "Any"}}, "dependsOn": []}],
    }

    def answer(query: str, variables: dict[str, Any]) -> Any:
        if "repositoriesOrError" in query:
            return {"repositoriesOrError": {"nodes": [{"name": "r", "location": {"name": "l"}, "jobs": [job]}]}}
        if "pipelineOrError" in query:
            assert variables["r"] == {"repositoryLocationName": "l", "repositoryName": "r"}
            return {"pipelineOrError": {"solids": [look]}, "partitionSetsOrError": {"results": [{"name": "days"}]}}
        if "isPartitioned" in query:
            return {"assetNodes": [{"isPartitioned": True, "partitionDefinition": DAYS}]}
        return {"assetNodes": [NODE] if observed else []}

    arguments = {"room": 2, "most": 7, "other": 1}
    with dagster(monkeypatch, answer) as server:
        if not observed:
            with pytest.raises(proxy.DagsterError, match="set AIRFLOW_URL"):
                proxy.find_work(server, "audit.north", "look", arguments, lambda task: None)
            return
        work = proxy.find_work(server, "audit.north", "look", arguments, lambda task: None)
    assert work.config == {"ops": {"look": {"config": {"most": 7}, "inputs": {"room": {"value": 2}}}}}
    assert (work.partitions, work.partitioned) == (DAYS, NODE["assetKey"])
    assert work.selector["solidSelection"] == ["look"]


def by_region(name: str, tasks: dict[str, str], above: list[str]) -> dict[str, Any]:
    """An asset of which each task of a loop makes the part of its key."""
    return {
        "assetKey": {"path": ["wh", name]},
        "isExecutable": True,
        "tags": [{"key": "airflow/dag_id", "value": "sales"}],
        "metadataEntries": [{"label": "airflow/task_id", "jsonString": json.dumps(tasks)}],
        "dependencyKeys": [{"path": ["wh", name]} for name in above],
    }


@pytest.mark.parametrize(("day", "known"), [(5, True), (6, False)])
def test_a_task_of_a_loop_makes_its_part(monkeypatch: pytest.MonkeyPatch, day: int, known: bool) -> None:
    """The run is for the date and the key of the task, and takes what the task of the same key made in Airflow."""
    nodes = [
        by_region("counts", {"eu": "count_eu", "us": "count_us"}, []),
        by_region("parts", {"eu": "load_eu", "us": "load_us"}, ["counts"]),
    ]
    dimensions = [
        {"name": "region", "type": "STATIC", "description": "'eu', 'us'"},
        {"name": "date", "type": "TIME_WINDOW", "description": "Daily, starting 2026-01-01 Europe/Berlin."},
    ]
    details = {
        "assetKey": {"path": ["wh", "parts"]},
        "opNames": ["parts"],
        "isPartitioned": True,
        "partitionDefinition": {"type": "MULTIPARTITIONED", "fmt": None, "dimensionTypes": dimensions},
        "op": {"inputDefinitions": [{"type": {"displayName": "Any"}}]},
        "jobs": [{"name": "sales", "tags": [], "repository": {"name": "r", "location": {"name": "l"}}}],
    }
    launched: dict[str, Any] = {}

    def answer(query: str, variables: dict[str, Any]) -> Any:
        if "mutation" in query:
            launched.update(variables["p"])
            return LAUNCHED
        if "runsOrError" in query:
            return {"runsOrError": {"results": []}}
        if "partitionKeys" in query:
            return {"assetNodes": [{"partitionKeys": ["2026-03-05|eu", "2026-03-05|us"]}]}
        return {"assetNodes": [details] if "isPartitioned" in query else nodes}

    given = context(try_number=1, max_tries=1)
    given["ti"].xcom_pull = lambda task_ids: {"count_eu": 2, "count_us": 3}[task_ids]
    given["logical_date"] = dt.datetime(2026, 3, day, 23, tzinfo=dt.timezone.utc) - dt.timedelta(days=1)
    proxied = SimpleNamespace(dag_id="sales", task_id="load_us", retries=0)
    with dagster(monkeypatch, answer) as server:
        if not known:
            with pytest.raises(proxy.DagsterError, match=r"no partition 2026-03-06\|us"):
                proxy.launch_or_attach(server, proxied, given)
            return
        assert proxy.launch_or_attach(server, proxied, given) == "new"
    tags = {tag["key"]: tag["value"] for tag in launched["executionMetadata"]["tags"]}
    assert {key.removeprefix("dagster/partition"): value for key, value in tags.items() if "partition" in key} == {
        "": "2026-03-05|us",
        "/date": "2026-03-05",
        "/region": "us",
    }
    assert json.loads(launched["runConfigData"]) == {
        "resources": {"io_manager": {"config": {"values": {"wh/counts": 3}}}}
    }


@pytest.mark.parametrize(
    ("config", "read"), [({}, 1), ({"without_value": ["kept"]}, None), ({"values": {"kept": 2}}, 2)]
)
def test_what_airflow_has_no_value_of_is_none(tmp_path: Path, config: dict[str, Any], read: int | None) -> None:
    """And not what Dagster keeps of an earlier run."""
    found: list[int | None] = []

    @dg.asset
    def kept() -> int:
        return 1

    @dg.asset
    def reader(kept: Any) -> None:
        found.append(kept)

    def run(name: str, config: dict[str, Any]) -> None:
        given = {"resources": {"io_manager": {"config": config}}}
        resources = {"io_manager": AirflowValues.configure_at_launch()}
        assert dg.materialize([kept, reader], given, instance, resources, selection=name).success

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run("kept", {})
        run("reader", config)
    assert found == [read]

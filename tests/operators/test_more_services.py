"""Services that run or check something: what more of their operators become, and what the generated classes ask."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.services import service_source
from migrator.model.bodies import PollUntil, RunSql, UseResource
from migrator.model.expressions import ResourceValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import rest, service, stand_in

EXPECTATIONS = "great_expectations_provider.operators.great_expectations.GreatExpectationsOperator"
DATABRICKS = "airflow.providers.databricks."


def used(operator: str, **arguments: Any) -> UseResource:
    body = lower(make_task(operator, arguments))[0].body
    body = body.condition if isinstance(body, PollUntil) else body
    assert isinstance(body, UseResource)
    return body


def test_checkpoints_and_suites() -> None:
    run = used(EXPECTATIONS, checkpoint_name="a", checkpoint_kwargs={"b": 1}, fail_task_on_validation_failure=False)
    assert (run.resource, run.method) == ("great_expectations", "run_checkpoint")
    assert run.arguments == {"name": "a", "options": {"b": 1}, "fail": False}
    table = {"conn_id": "dwh", "expectation_suite_name": "s", "data_asset_name": "t", "data_context_root_dir": "/gx"}
    checked = used(EXPECTATIONS, **table)
    wanted = {"database": ResourceValue("dwh"), "suite": "s", "table": "t", "folder": "/gx"}
    assert (checked.method, checked.arguments) == ("validate_data", wanted)
    for arguments in ({"data_asset_name": "t"}, {**table, "dataframe_to_validate": "frame()"}):
        with pytest.raises(Untranslatable):
            used(EXPECTATIONS, **arguments)


def test_what_great_expectations_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    results = [{"success": True}, {"success": False}, {"success": False}, {"success": True}, {"success": True}]

    class Context:
        sources = SimpleNamespace(add_or_update_sql=lambda name, connection_string: Source())

        def run_checkpoint(self, checkpoint_name: str, **options: Any) -> Any:
            asked.append((checkpoint_name, options))
            return results.pop(0)

        def get_validator(self, batch_request: Any, expectation_suite_name: str) -> Any:
            asked.append((batch_request, expectation_suite_name))
            return SimpleNamespace(validate=lambda: results.pop(0))

    class Source:
        def add_table_asset(self, **given: Any) -> Any:
            return SimpleNamespace(build_batch_request=lambda: given)

        add_query_asset = add_table_asset

    def get_context(context_root_dir: str | None) -> Context:
        asked.append(context_root_dir)
        return Context()

    stand_in(monkeypatch, great_expectations={"get_context": get_context})
    checks = service("great_expectations", "run_checkpoint", "validate_data", folder="/gx")
    checks.run_checkpoint("a", options={"b": 1})
    with pytest.raises(dg.Failure, match="the checkpoint a failed"):
        checks.run_checkpoint("a", folder="/other")
    checks.run_checkpoint("a", fail=False)
    database = SimpleNamespace(url="postgresql://dwh")
    checks.validate_data(database, "s", "mart.t")
    checks.validate_data(database, "s", "q", query="SELECT 1")
    table = {"name": "mart.t", "table_name": "t", "schema_name": "mart"}
    assert asked[:4] == ["/gx", ("a", {"b": 1}), "/other", ("a", {})]
    assert asked[6:] == ["/gx", (table, "s"), "/gx", ({"name": "q", "query": "SELECT 1"}, "s")]
    assert service_source("great_expectations", ("run_checkpoint",)).packages == ("great-expectations<1",)


def test_sensors_of_services() -> None:
    fivetran = used("fivetran_provider.sensors.fivetran.FivetranSensor", connector_id="c")
    assert (fivetran.method, fivetran.arguments) == ("sync_is_done", {"connector_id": "c"})
    livy = used("airflow.providers.apache.livy.sensors.livy.LivySensor", batch_id=3)
    assert (livy.resource, livy.method, livy.arguments) == ("livy_default", "batch_is_done", {"batch_id": 3})
    rows = lower(
        make_task(DATABRICKS + "sensors.databricks_sql.DatabricksSqlSensor", {"sql": "SELECT 1", "catalog": "c"})
    )
    assert isinstance(rows[0].body, PollUntil) and isinstance(rows[0].body.condition, RunSql)
    assert [delta.airflow for delta in rows[0].deltas][1] == "the statements run in catalog c, as the task says"


def test_names_under_which_values_are_handed_over() -> None:
    factory = "airflow.providers.microsoft.azure.operators.data_factory.AzureDataFactoryRunPipelineOperator"
    run = used(factory, pipeline_name="p")
    assert (run.keys, run.annotation, run.gives) == (("run_id",), "str", False)
    assert used(DATABRICKS + "operators.databricks.DatabricksRunNowOperator", job_id=1).keys == ("run_id",)


def test_states_of_syncs_and_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    fivetran = service("fivetran", "sync_is_done", url="https://key:secret@api")
    states = [
        {"status": {"sync_state": "syncing"}},
        {"status": {"sync_state": "scheduled"}, "failed_at": None, "succeeded_at": "2024"},
        {"status": {"sync_state": "scheduled"}, "failed_at": "2025", "succeeded_at": "2024"},
    ]
    states += [{**states[1], "succeeded_at": f"2024-05-01T00:0{minute}:00.000000Z"} for minute in (0, 2)]
    monkeypatch.setattr(type(fivetran), "_send", lambda self, method, path: states.pop(0))
    assert not fivetran.sync_is_done("c")
    assert fivetran.sync_is_done("c")
    with pytest.raises(dg.Failure, match="failed at 2025"):
        fivetran.sync_is_done("c")
    assert [fivetran.sync_is_done("c", "2024-05-01 00:01:00+00:00") for _ in range(2)] == [False, True]
    rest(monkeypatch, {"state": "running"}, {"state": "success"}, {"state": "dead"})
    livy = service("livy", "batch_is_done", url="http://livy:8998")
    assert [livy.batch_is_done(1) for _ in range(3)] == [False, True, True]


def test_artifacts_and_git_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = rest(monkeypatch, {"nodes": {}}, {"object_id": 9}, {"head_commit_id": "abc"})
    dbt = service("dbt_cloud", "download_artifact", url="https://12:T@cloud")
    assert dbt.download_artifact(3, "manifest.json", file=str(tmp_path / "a/m.json")) == str(tmp_path / "a/m.json")
    assert (tmp_path / "a/m.json").read_text() == '{"nodes": {}}'
    assert asked[0][1] == "https://cloud/api/v2/accounts/12/runs/3/artifacts/manifest.json Token T"
    assert (
        service("databricks", "update_repo", url="https://token:T@dbc").update_repo("/Repos/a", branch="main") == "abc"
    )
    assert asked[2] == ("PATCH", "https://dbc/api/2.0/repos/9 Bearer T", {"branch": "main"})


def test_the_place_of_a_data_factory(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []

    class Client:
        def __init__(self, credential: Any, subscription: str) -> None:
            assert subscription == "sub"
            self.pipelines = self
            self.pipeline_runs = SimpleNamespace(get=lambda *place: SimpleNamespace(status="Succeeded"))

        def create_run(self, *place: str, parameters: Any) -> Any:
            ran.append(place)
            return SimpleNamespace(run_id="r")

    stand_in(
        monkeypatch,
        azure__identity={"DefaultAzureCredential": lambda: None},
        azure__mgmt__datafactory={"DataFactoryManagementClient": Client},
    )
    factory = service("azure_data_factory", "run_pipeline", "pipeline_is_done", subscription="sub/group/acme")
    assert factory.run_pipeline("copy") == "r" and factory.run_pipeline("copy", factory="other", wait=False) == "r"
    assert ran == [("group", "acme", "copy"), ("group", "other", "copy")]
    assert factory.pipeline_is_done("r")
    with pytest.raises(ValueError, match="no resource group"):
        service("azure_data_factory", "run_pipeline", subscription="sub").run_pipeline("copy", factory="a")


def test_tasks_and_warehouses_of_databricks(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = DATABRICKS + "operators.databricks.DatabricksTaskOperator"
    config = {"sql_task": {"query": {"query_id": "q"}}}
    single = used(operator, task_config=config, existing_cluster_id="c", wait_for_termination=False)
    run = {"run_name": "it", **config, "existing_cluster_id": "c"}
    assert (single.method, single.arguments) == ("submit_run", {"run": run, "wait": False})
    for arguments in ({"task_config": config}, {"task_config": config, "job_cluster_key": "k"}):
        with pytest.raises(Untranslatable):
            used(operator, **arguments)
    stop = used(DATABRICKS + "operators.warehouse.DatabricksStopWarehouseOperator", warehouse_id="w")
    assert (stop.method, stop.arguments) == ("change_warehouse", {"warehouse_id": "w", "action": "stop"})
    with pytest.raises(Untranslatable):
        used(DATABRICKS + "sensors.databricks.DatabricksSQLStatementsSensor", warehouse_id="w", statement="SELECT 1")

    methods = ("change_warehouse", "statement_is_done", "delete_repo")
    databricks = service("databricks", *methods, url="https://token:T@dbc")
    place = "https://dbc/api/2.0/sql/warehouses/w"
    asked = rest(monkeypatch, {"state": "STOPPED"}, {}, {"state": "STARTING"}, {"state": "RUNNING"})
    databricks.change_warehouse("start", "w")
    look = ("GET", f"{place} Bearer T", None)
    assert asked == [look, ("POST", f"{place}/start Bearer T", None), look, look]
    assert len(rest(monkeypatch, {"state": "RUNNING"})) == 0
    databricks.change_warehouse("start", "w")
    rest(monkeypatch, {"status": {"state": "RUNNING"}}, {"status": {"state": "FAILED", "error": "no table"}})
    assert not databricks.statement_is_done("s")
    with pytest.raises(dg.Failure, match="ended as FAILED: no table"):
        databricks.statement_is_done("s")
    asked = rest(monkeypatch, {"object_id": 7}, {})
    databricks.delete_repo("/Repos/a")
    assert asked[-1][:2] == ("DELETE", "https://dbc/api/2.0/repos/7 Bearer T")


def test_rows_and_apex_of_salesforce(monkeypatch: pytest.MonkeyPatch) -> None:
    bulk = "airflow.providers.salesforce.operators.bulk.SalesforceBulkOperator"
    given = {"object_name": "Lead", "payload": [{"Id": "1"}], "use_serial": True}
    body = used(bulk, operation="delete", **given)
    assert body.arguments == {"object_name": "Lead", "rows": [{"Id": "1"}], "use_serial": True, "operation": "delete"}
    for refused in ({"operation": "drop"}, {"operation": "insert", "max_retries": 2}):
        with pytest.raises(Untranslatable):
            lower(make_task(bulk, {**given, **refused}))
    asked: list[Any] = []

    def client(**told: str) -> Any:
        asked.append(told)

        def changes(name: str) -> Any:
            return lambda **options: asked.append((name, options)) or [{"success": True}]

        lead = SimpleNamespace(insert=changes("insert"), upsert=changes("upsert"))
        return SimpleNamespace(
            bulk=SimpleNamespace(Lead=lead), apexecute=lambda action, method, data: f"{method} {action} {data}"
        )

    stand_in(monkeypatch, simple_salesforce={"Salesforce": client})
    org = service("salesforce", "change", "call_apex", url="salesforce://a%40b.c:p@/?security_token=t&domain=test")
    assert org.change("Lead", "insert", [{"Name": "a"}]) == [{"success": True}]
    org.change("Lead", "upsert", [{"Name": "a"}], key="Code__c", batch_size=2)
    assert asked[0] == {"username": "a@b.c", "password": "p", "security_token": "t", "domain": "test"}
    assert asked[1] == ("insert", {"data": [{"Name": "a"}], "batch_size": 10000, "use_serial": False})
    assert asked[3][1]["external_id_field"] == "Code__c"
    assert org.call_apex("User/Activity", {"a": 1}, "POST") == "POST User/Activity {'a': 1}"


def test_messages_of_a_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class WebClient:
        def __init__(self, token: str) -> None:
            assert token == "xoxb"

        def conversations_history(self, **given: Any) -> Any:
            asked.append(given)
            return SimpleNamespace(data={"messages": []})

    stand_in(monkeypatch, slack_sdk={"WebClient": WebClient})
    slack = service("slack_api", "history", token="xoxb")
    assert slack.history("C1", oldest="1.0", limit=5) == {"messages": []}
    assert asked == [{"channel": "C1", "oldest": "1.0", "limit": 5, "inclusive": True, "include_all_metadata": False}]


def test_jobs_and_runs_of_dbt_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [{"id": 1, "status": 10}, {"id": 2, "status": 20}, {"id": 3, "status": 30}]
    count = {"pagination": {"total_count": 3}}
    rest(
        monkeypatch,
        *({"data": rows, "extra": count} for rows in (runs[:2], runs[2:], runs, runs, runs)),
        {"data": [], "extra": count},
    )
    dbt = service("dbt_cloud", "list_jobs", "list_runs", url="https://12:T@cloud")
    assert dbt.list_jobs() == [1, 2, 3]
    assert dbt.list_runs(job_id=7) == runs
    assert [run["id"] for run in dbt.list_runs(status=10)] == [1]
    assert [run["id"] for run in dbt.list_runs(status=[20, 30])] == [2, 3]
    assert dbt.list_runs() == []


def test_a_job_of_dbt_cloud_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = "airflow.providers.dbt.cloud.operators.dbt.DbtCloudRunJobOperator"
    given = {"project_name": "shop", "environment_name": "prod", "job_name": "nightly"}
    body = used(operator, **given, trigger_reason="why", wait_for_termination=False)
    assert (body.method, body.gives) == ("run_job_named", True)
    names = {"project": "shop", "environment": "prod", "job": "nightly"}
    assert body.arguments == {**names, "cause": "why", "wait": False}
    assert used(operator, job_id=1, **given).arguments == {"job_id": 1}
    with pytest.raises(Untranslatable):
        lower(make_task(operator, {"job_name": "nightly"}))

    def page(*names: str) -> dict[str, Any]:
        rows = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
        return {"data": rows, "extra": {"pagination": {"total_count": len(rows)}}}

    started = {"data": {"id": 9}}
    asked = rest(monkeypatch, page("shops", "shop"), page("prod"), page("nightly"), started, page("shops"))
    dbt = service("dbt_cloud", "run_job_named", url="https://12:T@cloud")
    assert dbt.run_job_named(**names, wait=False) == 9
    assert [call[1].removesuffix(" Token T") for call in asked] == [
        "https://cloud/api/v3/accounts/12/projects/",
        "https://cloud/api/v3/accounts/12/projects/2/environments/",
        "https://cloud/api/v2/accounts/12/jobs/",
        "https://cloud/api/v2/accounts/12/jobs/1/run/",
    ]
    with pytest.raises(dg.Failure, match="0 of dbt Cloud's projects have the name shop"):
        dbt.run_job_named(**names)

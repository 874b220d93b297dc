"""Jobs of Batch, routines and buffers of BigQuery, copies of Cloud SQL, endpoints of Vertex AI, and filtered flows of AppFlow."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.services import service_source
from migrator.model.bodies import PollUntil, UseResource
from migrator.model.values import ObjectValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

GOOGLE = "airflow.providers.google.cloud."
BATCH = GOOGLE + "operators.cloud_batch."
VERTEX = GOOGLE + "operators.vertex_ai."
APPFLOW = "airflow.providers.amazon.aws.operators.appflow."


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(operator, arguments))[0].body
    body = body.condition if isinstance(body, PollUntil) else body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_what_is_asked_of_batch_and_workflows() -> None:
    place = {"project_id": "p", "region": "eu", "job_name": "j"}
    spec = ObjectValue("google.cloud.batch_v1.Job", kwargs={"priority": 3})
    run = asked(BATCH + "CloudBatchSubmitJobOperator", **place, job=spec)
    assert run == ("run_batch_job", {"job_name": "j", "region": "eu", "project": "p", "job": {"priority": 3}})
    with pytest.raises(Untranslatable):
        asked(BATCH + "CloudBatchSubmitJobOperator", **place, job=ObjectValue("team.jobs.Job"))
    folder = "projects/p/locations/eu/jobs/j/taskGroups/"
    tasks = asked(BATCH + "CloudBatchListTasksOperator", **place)
    assert tasks == ("ask_batch", {"method": "list_tasks", "parent": folder + "group0"})
    assert asked(BATCH + "CloudBatchListTasksOperator", **place, group_name="g")[1]["parent"] == folder + "g"
    execution = {"workflow_id": "w", "execution_id": "e", "location": "eu"}
    method, ended = asked(GOOGLE + "operators.workflows.WorkflowsCancelExecutionOperator", **execution)
    assert method == "ask_workflow_executions" and ended["method"] == "cancel_execution"
    assert ended["name"] == "projects/$project/locations/eu/workflows/w/executions/e"


def test_what_is_asked_of_vertex_endpoints() -> None:
    place = {"project_id": "p", "region": "eu", "endpoint_id": "e"}
    name = "projects/p/locations/eu/endpoints/e"
    service_operators = VERTEX + "endpoint_service."
    method, deployed = asked(service_operators + "DeployModelOperator", **place, deployed_model={"model": "m"})
    assert method == "ask_vertex_endpoints"
    assert deployed == {"method": "deploy_model", "region": "eu", "endpoint": name, "deployed_model": {"model": "m"}}
    changed = asked(service_operators + "UpdateEndpointOperator", **place, endpoint={"a": 1}, update_mask={"paths": []})
    assert changed[1]["endpoint"] == {"a": 1, "name": name}
    found = asked(VERTEX + "pipeline_job.GetPipelineJobOperator", project_id="p", region="eu", pipeline_job_id="j")[1]
    assert found["name"] == "projects/p/locations/eu/pipelineJobs/j" and found["missing_ok"] is True


def test_jobs_of_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    states = ["RUNNING", "SUCCEEDED", "SUCCEEDED", "FAILED"]

    class Job:
        @staticmethod
        def from_json(text: str) -> Any:
            return SimpleNamespace(text=text)

        @staticmethod
        def to_dict(job: Any) -> dict[str, Any]:
            return {"name": job.name}

    class Client:
        def create_job(self, parent: str, job: Any, job_id: str) -> Any:
            done.append((parent, job.text, job_id))
            return SimpleNamespace(name=f"{parent}/jobs/{job_id}")

        def get_job(self, name: str) -> Any:
            return SimpleNamespace(name=name, status=SimpleNamespace(state=SimpleNamespace(name=states.pop(0))))

    stand_in(
        monkeypatch,
        google__cloud__batch_v1={"BatchServiceClient": Client, "Job": Job},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    cloud = service("google_cloud", "run_batch_job")
    assert cloud.run_batch_job("j", {"priority": 3}, "eu") == {"name": "projects/acme/locations/eu/jobs/j"}
    assert done == [("projects/acme/locations/eu", '{"priority": 3}', "j")]
    with pytest.raises(dg.Failure, match="ended as FAILED"):
        cloud.run_batch_job("j", {}, "eu", project="other")
    assert "google-cloud-batch" in service_source("google_cloud", ("run_batch_job",)).packages


def test_routines_and_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing(Exception):
        pass

    class BigQuery:
        def __init__(self, project: str | None, location: str | None) -> None:
            self.project = project or "acme"

        def get_routine(self, name: str) -> Any:
            if name.endswith("missing"):
                raise Missing(name)
            return SimpleNamespace(to_api_repr=lambda: {"id": name})

        def list_routines(self, place: str, max_results: int | None, page_token: str | None) -> Any:
            return [self.get_routine(f"{place}.{max_results}")]

        def get_table(self, name: str) -> Any:
            return SimpleNamespace(streaming_buffer=None if name == "acme.d.t" else "rows")

    stand_in(
        monkeypatch,
        google__cloud__bigquery={"Client": BigQuery},
        google__api_core__exceptions={"NotFound": Missing},
    )
    names = ("bigquery_routine", "bigquery_routines", "bigquery_routine_exists", "bigquery_buffer_is_empty")
    cloud = service("google_cloud", *names)
    assert cloud.bigquery_routine("d", "r") == {"id": "acme.d.r"}
    assert cloud.bigquery_routines("d", project="p", most=3) == [{"id": "p.d.3"}]
    assert cloud.bigquery_routine_exists("d", "r", "p") and not cloud.bigquery_routine_exists("d", "missing", "p")
    assert cloud.bigquery_buffer_is_empty("d", "t", "acme") and not cloud.bigquery_buffer_is_empty("d", "u", "acme")


def test_copies_of_cloud_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = service("google_cloud", "clone_cloud_sql_instance", "patch_cloud_sql_database", project="acme")
    stand_in(monkeypatch, google__auth={"default": lambda **options: (None, "acme")})
    sent: list[Any] = []

    def send(self: object, *given: Any, **options: Any) -> dict[str, Any]:
        sent.append((*given, options.get("json")))
        return {"name": "op", "status": "DONE"}

    monkeypatch.setattr(type(cloud), "_send", send)
    place = "https://sqladmin.googleapis.com/v1/projects/acme/instances/shop"
    cloud.clone_cloud_sql_instance("shop", "copy", {"pointInTime": "t"})
    told = {"kind": "sql#cloneContext", "destinationInstanceName": "copy", "pointInTime": "t"}
    assert sent[0] == ("POST", f"{place}/clone", {"cloneContext": told})
    cloud.patch_cloud_sql_database("shop", "orders", {"charset": "utf8"})
    assert sent[2] == ("PATCH", f"{place}/databases/orders", {"charset": "utf8"})


def test_flows_of_appflow_get_their_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"flow_name": "sales", "source": "salesforce", "source_field": "col", "filter_date": "2024-01-02"}
    method, daily = asked(APPFLOW + "AppflowRunDailyOperator", **given)
    assert method == "run_filtered_appflow"
    assert daily == {"flow": "sales", "source": "salesforce", "field": "col", "date": "2024-01-02", "rows": "of"}
    full = asked(APPFLOW + "AppflowRunFullOperator", flow_name="sales", source="zendesk", wait_for_completion=False)
    assert full[1] == {"flow": "sales", "source": "zendesk", "wait": False}
    with pytest.raises(Untranslatable):
        asked(APPFLOW + "AppflowRunAfterOperator", **given | {"wait_for_completion": Symbolic("unknown", "wait()")})
    updates: list[Any] = []
    flow = {
        "flowName": "sales",
        "destinationFlowConfigList": ["d"],
        "sourceFlowConfig": {"connectorType": "Salesforce"},
        "triggerConfig": {"triggerType": "Scheduled", "triggerProperties": {}},
        "tasks": [
            {"taskType": "Map"},
            {"taskType": "Filter", "connectorOperator": {"Salesforce": "PROJECTION"}},
            {"taskType": "Filter", "connectorOperator": {"Salesforce": "BETWEEN"}},
        ],
    }

    class Client:
        def describe_flow(self, **given: Any) -> Any:
            return flow

        def update_flow(self, **given: Any) -> None:
            updates.append(given)

        def start_flow(self, **given: Any) -> Any:
            return {"executionId": "e"}

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    aws = service("aws", "run_filtered_appflow")
    assert aws.run_filtered_appflow("sales", "salesforce", wait=False) == "e"
    assert updates[0]["tasks"] == flow["tasks"][:2] and updates[0]["triggerConfig"] == {"triggerType": "Scheduled"}
    aws.run_filtered_appflow("sales", "salesforce", "of", "col", "2024-01-02T00:00:00+00:00", wait=False)
    start = int(dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc).timestamp() * 1000)
    assert updates[1]["tasks"][2] == {
        "taskType": "Filter",
        "connectorOperator": {"Salesforce": "BETWEEN"},
        "sourceFields": ["col"],
        "taskProperties": {
            "DATA_TYPE": "datetime",
            "LOWER_BOUND": str(start - 1),
            "UPPER_BOUND": str(start + 24 * 3600 * 1000),
        },
    }
    aws.run_filtered_appflow("sales", "salesforce", "before", "col", "2024-01-02T00:00:00+00:00", wait=False)
    assert updates[2]["tasks"][2]["taskProperties"] == {"DATA_TYPE": "datetime", "VALUE": str(start)}
    with pytest.raises(dg.Failure, match="reads from Salesforce"):
        aws.run_filtered_appflow("sales", "zendesk")

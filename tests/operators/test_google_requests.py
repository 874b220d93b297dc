"""Operators of Google Cloud that ask for one thing: what they become, and what the generated class asks its clients."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.services import service_source
from migrator.model.bodies import PollUntil, UseResource
from migrator.model.values import CallableValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

GOOGLE = "airflow.providers.google.cloud."
VERTEX = GOOGLE + "operators.vertex_ai."


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(operator, arguments))[0].body
    body = body.condition if isinstance(body, PollUntil) else body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_what_is_waited_for_and_what_is_fine() -> None:
    run = GOOGLE + "operators.dataform.DataformCreateWorkflowInvocationOperator"
    given = {"repository_id": "r", "region": "eu", "workflow_invocation": {"compilation_result": "c"}}
    wanted = {"repository": "r", "region": "eu", "invocation": {"compilation_result": "c"}}
    assert asked(run, **given) == ("run_dataform_workflow", wanted)
    assert asked(run, **given, asynchronous=True)[1]["wait"] is False
    build = asked(GOOGLE + "operators.cloud_build.CloudBuildCreateBuildOperator", build={"steps": []}, wait=False)
    assert build == ("run_build", {"build": {"steps": []}, "wait": False})
    topic = asked(GOOGLE + "operators.pubsub.PubSubCreateTopicOperator", topic="t", fail_if_exists=True)
    assert topic == ("create_topic", {"topic": "t", "exists_ok": False})
    new = asked(GOOGLE + "operators.pubsub.PubSubCreateSubscriptionOperator", topic="t", filter_="f", project_id="p")
    assert new == ("create_subscription", {"topic": "t", "project": "p", "options": {"filter": "f"}})
    machine = asked(GOOGLE + "operators.compute.ComputeEngineStopInstanceOperator", resource_id="m", zone="z")
    assert machine == ("change_machine", {"machine": "m", "zone": "z", "action": "stop"})


def test_states_are_told_by_constants_of_the_clients() -> None:
    done = CallableValue("SUCCEEDED", "SUCCEEDED", "google.cloud.dataform_v1beta1.WorkflowInvocation.State", "library")
    sensor = GOOGLE + "sensors.dataform.DataformWorkflowInvocationStateSensor"
    place = {"workflow_invocation_id": "i", "repository_id": "r", "region": "eu"}
    looked = asked(sensor, **place, expected_statuses=frozenset({done}), failure_statuses=["FAILED"])[1]
    assert (looked["states"], looked["failed"]) == (["SUCCEEDED"], ["FAILED"])
    flow = GOOGLE + "sensors.dataflow.DataflowJobStatusSensor"
    assert asked(flow, job_id="j", expected_statuses="JOB_STATE_DONE")[1]["states"] == ["JOB_STATE_DONE"]
    transfer = GOOGLE + "sensors.bigquery_dts.BigQueryDataTransferServiceTransferRunSensor"
    assert asked(transfer, run_id="r", transfer_config_id="c", expected_statuses=done)[0] == "bigquery_transfer_is_done"
    with pytest.raises(Untranslatable):
        asked(sensor, **place, expected_statuses=Symbolic("unknown", "states()"))


def test_jobs_of_vertex_ai() -> None:
    given = {"display_name": "d", "container_uri": "i", "command": ["run"], "args": ["-v"], "replica_count": 2}
    method, made = asked(VERTEX + "custom_job.CreateCustomContainerTrainingJobOperator", **given, region="eu")
    assert method == "run_vertex_training" and made["kind"] == "CustomContainerTrainingJob"
    assert made["job"] == {"display_name": "d", "container_uri": "i", "command": ["run"]}
    assert made["run"] == {"args": ["-v"], "replica_count": 2}
    pipeline = asked(VERTEX + "pipeline_job.RunPipelineJobOperator", display_name="d", template_path="t", region="eu")
    assert pipeline == ("run_vertex_pipeline", {"display_name": "d", "template_path": "t", "region": "eu"})


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (VERTEX + "custom_job.CreateCustomTrainingJobOperator", {"psc_interface_config": {"a": 1}}),
        (GOOGLE + "operators.cloud_build.CloudBuildCreateBuildOperator", {"build": "build.yaml"}),
        (
            GOOGLE + "operators.cloud_build.CloudBuildCreateBuildOperator",
            {"build": {"source": {"repo_source": "https://source.cloud.google.com/a"}}},
        ),
        (GOOGLE + "operators.pubsub.PubSubPullOperator", {"subscription": "s", "messages_callback": "f"}),
        (
            GOOGLE + "sensors.bigquery_dts.BigQueryDataTransferServiceTransferRunSensor",
            {"run_id": "r", "expected_statuses": "FAILED"},
        ),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


class _Told:
    """What a client tells, which its own class makes a dict of."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    @classmethod
    def to_dict(cls, told: _Told) -> dict[str, Any]:
        return {"name": told.name}


def test_workflows_of_dataform_are_run_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    states = ["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]

    class Client:
        def create_compilation_result(self, request: Any) -> Any:
            done.append(request)
            return _Told(name="c-1")

        def create_workflow_invocation(self, request: Any) -> Any:
            done.append(request)
            return _Told(name="w-1")

        def get_workflow_invocation(self, request: Any) -> Any:
            done.append(request["name"])
            return SimpleNamespace(state=SimpleNamespace(name=states.pop(0)))

    stand_in(
        monkeypatch,
        google__cloud__dataform_v1beta1={"DataformClient": Client},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    methods = ("create_dataform_compilation", "run_dataform_workflow", "dataform_workflow_is_in")
    cloud = service("google_cloud", *methods)
    place = "projects/acme/locations/eu/repositories/models"
    assert cloud.create_dataform_compilation("models", {"git_commitish": "main"}, "eu") == {"name": "c-1"}
    assert done.pop() == {"parent": place, "compilation_result": {"git_commitish": "main"}}
    assert cloud.run_dataform_workflow("models", {"compilation_result": "c-1"}, "eu") == {"name": "w-1"}
    assert done == [{"parent": place, "workflow_invocation": {"compilation_result": "c-1"}}, "w-1", "w-1"]
    with pytest.raises(dg.Failure, match="ended as FAILED"):
        cloud.run_dataform_workflow("models", {}, "eu")
    with pytest.raises(dg.Failure, match="ended as CANCELLED"):
        cloud.dataform_workflow_is_in("models", "w", ["SUCCEEDED"], "eu", failed=["CANCELLED"], project="other")
    assert done[-1] == "projects/other/locations/eu/repositories/models/workflowInvocations/w"
    assert service_source("google_cloud", methods).packages == ("google-auth", "google-cloud-dataform")
    assert "google-cloud-build" in service_source("google_cloud", ("run_build",)).packages


def test_messages_of_pubsub(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Exists(Exception): ...

    class Missing(Exception): ...

    class Client:
        def create_topic(self, request: Any) -> None:
            done.append(request)
            raise Exists

        def delete_topic(self, request: Any) -> None:
            raise Missing

        def create_subscription(self, request: Any) -> None:
            done.append(request)

        def pull(self, request: Any) -> Any:
            done.append(request)
            return SimpleNamespace(received_messages=[_Told(name="m", ack_id="a-1")])

        def acknowledge(self, request: Any) -> None:
            done.append(request)

    stand_in(
        monkeypatch,
        google__cloud__pubsub_v1={"PublisherClient": Client, "SubscriberClient": Client},
        google__auth={"default": lambda **options: (None, "acme")},
        google__api_core__exceptions={"AlreadyExists": Exists, "NotFound": Missing},
    )
    cloud = service("google_cloud", "create_topic", "delete_topic", "create_subscription", "pull_messages")
    cloud.create_topic("orders")
    assert done.pop() == {"name": "projects/acme/topics/orders", "labels": {}}
    with pytest.raises(Exists):
        cloud.create_topic("orders", exists_ok=False)
    cloud.delete_topic("orders")
    with pytest.raises(Missing):
        cloud.delete_topic("orders", missing_ok=False)
    assert cloud.create_subscription(
        "orders", options={"filter": "f"}, project="a", subscription_project="b"
    ).startswith("sub-")
    assert done[-1]["topic"] == "projects/a/topics/orders" and done[-1]["filter"] == "f"
    assert done[-1]["name"].startswith("projects/b/subscriptions/sub-")
    assert cloud.pull_messages("new", most=2, acknowledge=True, at_once=False) == [{"name": "m"}]
    name = "projects/acme/subscriptions/new"
    assert done[-2:] == [
        {"subscription": name, "max_messages": 2, "return_immediately": False},
        {"subscription": name, "ack_ids": ["a-1"]},
    ]


def test_instances_of_cloud_sql_and_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    cloud = service(
        "google_cloud",
        *("create_cloud_sql_instance", "delete_cloud_sql_database", "patch_cloud_sql_instance", "sheets_to_gcs"),
        "dataflow_job_is_in",
    )
    done: list[Any] = []
    uploaded: list[Any] = []
    place = "https://sqladmin.googleapis.com/v1/projects/acme"
    book = "https://sheets.googleapis.com/v4/spreadsheets/1aB"
    missing = requests.HTTPError(response=SimpleNamespace(status_code=404))  # type: ignore[arg-type]
    sheets = [{"properties": {"title": "Q 1"}}, {"properties": {"title": "Q2"}}]
    answers: dict[tuple[str, str], Any] = {
        ("GET", f"{place}/instances/new"): missing,
        ("POST", f"{place}/instances"): {"name": "o-1"},
        ("GET", f"{place}/operations/o-1"): {"status": "DONE"},
        ("GET", f"{place}/instances/shop/databases/old"): missing,
        ("PATCH", f"{place}/instances/shop"): {"name": "o-2"},
        ("GET", f"{place}/operations/o-2"): {"status": "DONE", "error": "quota"},
        ("GET", book): {"properties": {"title": "My plan"}, "sheets": sheets},
        ("GET", f"{book}/values/Q%201"): {"values": [["a", "b"], [1, "x,y"]]},
        ("GET", "https://dataflow.googleapis.com/v1b3/projects/acme/locations/eu/jobs/j"): {
            "currentState": "JOB_STATE_DRAINED"
        },
    }

    def send(self: Any, method: str, url: str, **options: Any) -> Any:
        done.append((method, url, options))
        if isinstance(answer := answers[method, url], Exception):
            raise answer
        return answer

    class Storage:
        def __init__(self, project: str | None) -> None: ...

        def bucket(self, name: str) -> Any:
            def blob(path: str) -> Any:
                return SimpleNamespace(
                    upload_from_string=lambda text, content_type: uploaded.append((name, path, text))
                )

            return SimpleNamespace(blob=blob)

    monkeypatch.setattr(type(cloud), "_send", send)
    stand_in(monkeypatch, google__cloud__storage={"Client": Storage})
    cloud.create_cloud_sql_instance("new", {"name": "new"}, project="acme")
    assert done[1] == ("POST", f"{place}/instances", {"json": {"name": "new"}})
    cloud.delete_cloud_sql_database("shop", "old", project="acme")
    assert all(method != "DELETE" for method, _, _ in done)
    with pytest.raises(dg.Failure, match="quota"):
        cloud.patch_cloud_sql_instance("shop", {"settings": {}}, project="acme")
    written = cloud.sheets_to_gcs("1aB", "lake", "/plans/", ["Q 1"], with_bucket=True)
    assert written == ["gs://lake/plans/My_plan_Q_1.csv"]
    assert uploaded == [("lake", "plans/My_plan_Q_1.csv", 'a,b\r\n1,"x,y"\r\n')]
    assert done[-1][2] == {"scope": "spreadsheets"}
    assert cloud.dataflow_job_is_in("j", ["JOB_STATE_DRAINED"], "eu", "acme")
    with pytest.raises(dg.Failure, match="ended as JOB_STATE_DRAINED"):
        cloud.dataflow_job_is_in("j", ["JOB_STATE_DONE"], "eu", "acme")


def test_builds_transfers_and_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    operation = SimpleNamespace(
        metadata=SimpleNamespace(build=SimpleNamespace(id="b-1")), result=lambda: done.append("waited")
    )

    class Builds:
        def create_build(self, request: Any) -> Any:
            done.append(request)
            return operation

    class Transfers:
        def start_manual_transfer_runs(self, request: Any) -> Any:
            done.append(request)
            return SimpleNamespace(runs=[SimpleNamespace(name="projects/1/transferConfigs/c/runs/r-1")])

        def get_transfer_run(self, request: Any) -> Any:
            return SimpleNamespace(state=SimpleNamespace(name="SUCCEEDED"))

    class Job:
        def __init__(self, **given: Any) -> None:
            done.append(given)

        def run(self, **given: Any) -> Any:
            done.append(given)
            return SimpleNamespace(name="42")

    stand_in(
        monkeypatch,
        google__cloud__devtools__cloudbuild_v1={"CloudBuildClient": Builds},
        google__cloud__bigquery_datatransfer_v1={"DataTransferServiceClient": Transfers},
        google__cloud__aiplatform={"CustomTrainingJob": Job},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    cloud = service("google_cloud", "run_build", "run_bigquery_transfer", "run_vertex_training")
    assert cloud.run_build({"steps": []}, wait=False) == "b-1"
    request = {"parent": "projects/acme/locations/global", "project_id": "acme", "build": {"steps": []}}
    assert done == [request]
    cloud.run_build({"steps": []})
    assert done.pop() == "waited"
    assert cloud.run_bigquery_transfer("c", {"seconds": "7"}, location="eu") == "r-1"
    parent = "projects/acme/locations/eu/transferConfigs/c"
    assert done[-1] == {"parent": parent, "requested_run_time": {"seconds": 7}}
    assert cloud.run_vertex_training("CustomTrainingJob", {"display_name": "d"}, {"args": []}, "eu") == "42"
    assert done[-2:] == [{"display_name": "d", "project": "acme", "location": "eu"}, {"args": []}]


def test_routines_and_scans_are_told_as_the_operators_are() -> None:
    routine = asked(
        GOOGLE + "operators.bigquery.BigQueryCreateRoutineOperator",
        dataset_id="d",
        routine_id="r",
        definition_body="x + 1",
        routine_resource={"language": "SQL"},
        if_exists="replace",
    )
    definition = {"definitionBody": "x + 1", "language": "SQL"}
    wanted = {"dataset": "d", "routine": "r", "definition": definition, "if_exists": "replace"}
    assert routine == ("create_bigquery_routine", wanted)
    scan = asked(
        GOOGLE + "operators.dataplex.DataplexRunDataQualityScanOperator",
        data_scan_id="s",
        region="eu",
        fail_on_dq_failure=True,
    )
    assert scan == ("run_dataplex_scan", {"scan": "s", "region": "eu", "must_pass": True})
    with pytest.raises(Untranslatable):
        asked(GOOGLE + "operators.bigquery.BigQueryCreateRoutineOperator", routine_resource=Symbolic("unknown", "r()"))


def test_jobs_routines_and_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    states = ["RUNNING", "SUCCEEDED", "SUCCEEDED", "FAILED"]

    class Jobs:
        def __getattr__(self, name: str) -> Any:
            def action(request: Any) -> Any:
                done.append((name, request))
                return SimpleNamespace(result=lambda: done.append("waited"))

            return action

    class Scans:
        def run_data_scan(self, request: Any) -> Any:
            done.append(request)
            return SimpleNamespace(job=SimpleNamespace(name=f"{request['name']}/jobs/j-1"))

        def get_data_scan_job(self, request: Any) -> Any:
            quality = SimpleNamespace(passed=False)
            return SimpleNamespace(state=SimpleNamespace(name=states.pop(0)), data_quality_result=quality)

    class BigQuery:
        def __init__(self, project: str | None, location: str | None) -> None:
            self.project = project or "acme"

        def delete_routine(self, *given: Any, **options: Any) -> None:
            done.append((*given, options))

        def create_routine(self, *given: Any, **options: Any) -> None:
            done.append((*given, options))

    def routine(resource: Any) -> Any:
        return SimpleNamespace(reference=resource["routineReference"]["routineId"], resource=resource)

    stand_in(
        monkeypatch,
        google__cloud__run_v2={"JobsClient": Jobs},
        google__cloud__dataplex_v1={"DataScanServiceClient": Scans},
        google__cloud__bigquery={"Client": BigQuery, "Routine": SimpleNamespace(from_api_repr=routine)},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    methods = ("create_cloud_run_job", "update_cloud_run_job", "run_dataplex_scan")
    cloud = service("google_cloud", *methods, "create_bigquery_routine", "delete_bigquery_routine")
    cloud.create_cloud_run_job("load", {"template": {}}, "eu")
    place = "projects/acme/locations/eu"
    assert done == [("create_job", {"parent": place, "job": {"template": {}}, "job_id": "load"}), "waited"]
    cloud.update_cloud_run_job("load", {"template": {}}, "eu")
    assert done[2] == ("update_job", {"job": {"template": {}, "name": f"{place}/jobs/load"}})
    with pytest.raises(dg.Failure, match="do not hold to the rules of the scan orders"):
        cloud.run_dataplex_scan("orders", "eu", must_pass=True)
    with pytest.raises(dg.Failure, match="ended as FAILED"):
        cloud.run_dataplex_scan("orders", "eu")
    assert cloud.run_dataplex_scan("orders", "eu", wait=False) == "j-1"
    del done[:]
    cloud.create_bigquery_routine("d", "r", {"language": "SQL"}, if_exists="replace")
    cloud.delete_bigquery_routine("d", "r", missing_ok=True)
    assert done[0] == ("r", {"not_found_ok": True}) and done[1][1] == {"exists_ok": False}
    assert done[1][0].resource["routineReference"] == {"projectId": "acme", "datasetId": "d", "routineId": "r"}
    assert done[2] == ("acme.d.r", {"not_found_ok": True})

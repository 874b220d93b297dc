"""The Storage Transfer Service, Spanner and what deploys functions: what operators become, and what the generated class asks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import requests

from migrator.model.bodies import PollUntil, UseResource
from migrator.model.expressions import ResourceValue
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

OPERATORS = "airflow.providers.google.cloud.operators."
TRANSFERS = OPERATORS + "cloud_storage_transfer_service.CloudDataTransferService"
API = "https://storagetransfer.googleapis.com/v1"


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(operator, arguments))[0].body
    body = body.condition if isinstance(body, PollUntil) else body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


class Service:
    """Answers requests in order, and keeps what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cloud: Any, *answers: Any) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answers = list(answers)
        stand_in(monkeypatch, google__auth={"default": lambda **options: (None, "acme")})
        monkeypatch.setattr(type(cloud), "_send", lambda _, *given, **options: self.send(*given, options))

    def send(self, *given: Any) -> Any:
        self.asked.append(given)
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            raise requests.HTTPError(response=SimpleNamespace(status_code=answer))
        return answer


def operations(*states: str) -> dict[str, Any]:
    return {"operations": [{"name": f"transferOperations/{state}", "metadata": {"status": state}} for state in states]}


def test_objects_are_fetched_by_a_role_or_by_keys() -> None:
    given = {"s3_bucket": "drops", "s3_path": "a", "gcs_bucket": "lake", "project_id": "p"}
    method, arguments = asked(TRANSFERS + "S3ToGCSOperator", **given, aws_conn_id="shop")
    assert method == "transfer_objects" and arguments["aws"] == ResourceValue("shop")
    assert arguments["source"] == {"awsS3DataSource": {"bucketName": "drops", "path": "a"}}
    assert arguments["sink"] == {"bucketName": "lake"} and arguments["project"] == "p"
    by_role = asked(TRANSFERS + "S3ToGCSOperator", **given, aws_role_arn="arn")[1]
    assert by_role["source"]["awsS3DataSource"]["roleArn"] == "arn" and "aws" not in by_role


def test_how_long_is_waited_and_what_is_deleted() -> None:
    operator, given = TRANSFERS + "GCSToGCSOperator", {"source_bucket": "a", "destination_bucket": "b"}
    assert asked(operator, **given)[1] == {
        "source": {"gcsDataSource": {"bucketName": "a"}},
        "sink": {"bucketName": "b"},
    }
    assert asked(operator, **given, timeout=90.0)[1]["wait_seconds"] == 90
    assert asked(operator, **given, wait=False)[1]["wait"] is False
    assert asked(operator, **given, delete_job_after_completion=True)[1]["delete_job"] is True
    assert "delete_job" not in asked(operator, **given, delete_job_after_completion=True, deferrable=True)[1]
    assert asked(TRANSFERS + "RunJobOperator", job_name="j") == ("run_transfer_job", {"job": "j"})
    assert asked(TRANSFERS + "RunJobOperator", job_name="j", deferrable=True)[1]["wait_seconds"] == 60


def test_jobs_that_read_from_s3_get_its_keys() -> None:
    spec: dict[str, Any] = {"awsS3DataSource": {"bucketName": "drops"}, "gcsDataSink": {"bucketName": "lake"}}
    assert asked(TRANSFERS + "CreateJobOperator", body={"transferSpec": spec})[1]["aws"] == ResourceValue("aws_default")
    changed = asked(TRANSFERS + "UpdateJobOperator", job_name="j", body={"transferJob": {"transferSpec": spec}})
    assert changed[0] == "update_transfer_job" and changed[1]["aws"] == ResourceValue("aws_default")
    spec["awsS3DataSource"]["roleArn"] = "arn"
    assert "aws" not in asked(TRANSFERS + "CreateJobOperator", body={"transferSpec": spec})[1]


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (TRANSFERS + "CreateJobOperator", {"body": Symbolic("unknown", "body()")}),
        (TRANSFERS + "GCSToGCSOperator", {"source_bucket": "a", "google_impersonation_chain": "a@b"}),
        (
            "airflow.providers.google.cloud.sensors.cloud_storage_transfer_service.CloudDataTransferServiceJobStatusSensor",
            {"job_name": "j", "expected_statuses": Symbolic("unknown", "states()")},
        ),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


def test_transfers_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = service("google_cloud", "transfer_objects", project="acme")
    job = {"name": "transferJobs/1", "projectId": "acme"}
    api = Service(monkeypatch, cloud, job, {}, operations("IN_PROGRESS"), operations("FAILED", "SUCCESS"), {})
    aws = SimpleNamespace(access_key=lambda: {"accessKeyId": "a", "secretAccessKey": "b"})
    source = {"awsS3DataSource": {"bucketName": "drops", "path": "orders"}}
    cloud.transfer_objects(source, {"bucketName": "lake", "path": "raw/"}, aws=aws, wait_seconds=9, delete_job=True)
    method, url, options = api.asked[0]
    assert (method, url) == ("POST", f"{API}/transferJobs")
    made, today = options["json"], dt.date.today()
    day = {"year": today.year, "month": today.month, "day": today.day}
    assert made["schedule"] == {"scheduleStartDate": day, "scheduleEndDate": day}
    assert made["transferSpec"]["awsS3DataSource"] == {
        "bucketName": "drops",
        "path": "orders/",
        "awsAccessKey": {"accessKeyId": "a", "secretAccessKey": "b"},
    }
    assert made["transferSpec"]["gcsDataSink"] == {"bucketName": "lake", "path": "raw/"}
    wanted = {"project_id": "acme", "job_names": ["transferJobs/1"]}
    assert json.loads(api.asked[1][2]["params"]["filter"]) == wanted and len(api.asked) == 5
    assert api.asked[-1][2]["json"]["transferJob"] == {"status": "DELETED"}
    api.answers = [job, operations("IN_PROGRESS", "ABORTED")]
    with pytest.raises(dg.Failure, match="ended as ABORTED"):
        cloud.transfer_objects({"gcsDataSource": {"bucketName": "a"}}, {"bucketName": "b"})
    api.answers = [job, operations("IN_PROGRESS")]
    with pytest.raises(dg.Failure, match="takes longer than 0 seconds"):
        cloud.transfer_objects({"gcsDataSource": {"bucketName": "a"}}, {"bucketName": "b"}, wait_seconds=0)


def test_jobs_that_are_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = service("google_cloud", "create_transfer_job", project="acme")
    job = {"name": "transferJobs/daily", "schedule": {"startTimeOfDay": dt.time(4, 30)}}
    api = Service(monkeypatch, cloud, 409, {"status": "ENABLED"})
    assert cloud.create_transfer_job(job) == {"status": "ENABLED"}
    assert api.asked[0][2]["json"]["schedule"] == {"startTimeOfDay": {"hours": 4, "minutes": 30, "seconds": 0}}
    api.answers = [409, {"status": "DISABLED"}, {"name": "on"}]
    assert cloud.create_transfer_job(job) == {"name": "on"}
    assert api.asked[-1][2]["json"]["transferJob"] == {"status": "ENABLED"}
    monkeypatch.setattr(cloud.create_transfer_job.__globals__["time"], "time", lambda: 7.5, raising=False)
    api.answers = [409, {"status": "DELETED"}, {"name": "new"}]
    assert cloud.create_transfer_job(job) == {"name": "new"}
    assert api.asked[-1][2]["json"]["name"] == "transferJobs/daily_7"
    api.answers = [409]
    with pytest.raises(requests.HTTPError):
        cloud.create_transfer_job({})


def test_runs_and_operations_of_transfers(monkeypatch: pytest.MonkeyPatch) -> None:
    methods = ("run_transfer_job", "update_transfer_job", "change_transfer_operation", "transfer_operations")
    cloud = service("google_cloud", *methods, project="acme")
    done = {"name": "op", "done": True, "metadata": {"@type": "t", "transferJobName": "j", "counters": [{"aB": 1}]}}
    api = Service(monkeypatch, cloud, {"name": "op"}, {}, done)
    told = cloud.run_transfer_job("transferJobs/1", wait_seconds=60)
    metadata = {"@type": "t", "transfer_job_name": "j", "counters": [{"a_b": 1}]}
    assert told == {"name": "op", "metadata": metadata, "response": {}}
    assert api.asked[0] == ("POST", f"{API}/transferJobs/1:run", {"json": {"projectId": "acme"}})
    api.answers = [{"name": "op"}, {}, {}, {**operations("PAUSED"), "nextPageToken": "2"}, operations("SUCCESS")]
    assert cloud.run_transfer_job("transferJobs/1") == {"name": "op"}
    cloud.update_transfer_job("transferJobs/1", {"transfer_job": {"description": "d"}})
    assert api.asked[-1][:2] == ("PATCH", f"{API}/transferJobs/1")
    assert api.asked[-1][2]["json"] == {"projectId": "acme", "transfer_job": {"description": "d"}}
    cloud.change_transfer_operation("pause", "transferOperations/1")
    assert api.asked[-1][1] == f"{API}/transferOperations/1:pause"
    found = cloud.transfer_operations({"job_names": ["j"]})
    assert [operation["metadata"]["status"] for operation in found] == ["PAUSED", "SUCCESS"]
    assert api.asked[-1][2]["params"]["pageToken"] == "2"


class Database:
    """A database, or an instance, of Spanner."""

    def __init__(self, done: list[Any], there: bool, *given: Any, **options: Any) -> None:
        self.done, self.there, self.given, self.options = done, there, given, options

    def exists(self) -> bool:
        return self.there

    def database(self, name: str, **options: Any) -> Database:
        return Database(self.done, name != "new", name, **options)

    def __getattr__(self, name: str) -> Any:
        def act(*given: Any, **options: Any) -> Any:
            self.done.append((name, *self.given, *given, {**self.options, **options}))
            return SimpleNamespace(result=lambda: None)

        return act

    def run_in_transaction(self, work: Any) -> Any:
        return work(SimpleNamespace(execute_update=lambda statement: self.done.append(statement) or len(statement)))


def test_instances_and_databases_of_spanner(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    def client(project: str) -> Any:
        return SimpleNamespace(instance=lambda name, **options: Database(done, name != "none", name, **options))

    stand_in(
        monkeypatch,
        google__cloud__spanner={"Client": client},
        google__api_core__exceptions={"AlreadyExists": KeyError},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    methods = ("deploy_spanner_instance", "delete_spanner_instance", "run_spanner_dml")
    databases = ("create_spanner_database", "update_spanner_database", "delete_spanner_database")
    cloud = service("google_cloud", *methods, *databases, project="acme")
    told = {"configuration_name": "eu", "node_count": 1, "display_name": "Shop"}
    cloud.deploy_spanner_instance("shop", "eu", 1, "Shop")
    cloud.deploy_spanner_instance("none", "eu", 1, "Shop")
    assert done == [("update", "shop", told), ("create", "none", told)]
    del done[:]
    cloud.delete_spanner_instance("none")
    cloud.create_spanner_database("shop", "orders", ["CREATE TABLE t"])
    assert done == []
    cloud.create_spanner_database("shop", "new", ["CREATE TABLE t"])
    cloud.update_spanner_database("shop", "orders", ["ALTER TABLE t"], operation_id="o")
    assert cloud.delete_spanner_database("shop", "new") and cloud.delete_spanner_database("shop", "orders")
    assert done == [
        ("create", "new", {"ddl_statements": ["CREATE TABLE t"]}),
        ("update_ddl", "orders", ["ALTER TABLE t"], {"operation_id": "o"}),
        ("drop", "orders", {}),
    ]
    with pytest.raises(dg.Failure, match="there is no database new"):
        cloud.update_spanner_database("shop", "new", [])
    with pytest.raises(dg.Failure, match="there is no instance none"):
        cloud.create_spanner_database("none", "orders", [])
    del done[:]
    assert cloud.run_spanner_dml("shop", "orders", "DELETE FROM a; SELECT 1;\n") == [13]
    assert done == ["DELETE FROM a", "SELECT 1"]
    assert cloud.run_spanner_dml("shop", "orders", ["DELETE FROM a;"]) == [14]


def test_functions_are_made_or_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cloud = service("google_cloud", "deploy_cloud_function", "delete_cloud_function", project="acme")
    name = "projects/acme/locations/eu/functions/load"
    api = Service(monkeypatch, cloud, 404, {"name": "operations/1"}, {}, {"done": True})
    cloud.deploy_cloud_function({"name": name, "runtime": "python312"}, "eu")
    place = "https://cloudfunctions.googleapis.com/v1/projects/acme/locations/eu/functions"
    assert api.asked[1] == ("POST", place, {"json": {"name": name, "runtime": "python312"}})
    sent: list[Any] = []
    answer = SimpleNamespace(raise_for_status=lambda: None)
    monkeypatch.setattr(requests, "put", lambda url, data, **options: sent.append((url, data.read())) or answer)
    (tmp_path / "load.zip").write_bytes(b"code")
    api.answers = [{"uploadUrl": "https://up"}, {}, {"name": "operations/2"}, {"done": True, "error": {"code": 3}}]
    with pytest.raises(dg.Failure, match="'code': 3"):
        cloud.deploy_cloud_function({"name": name, "sourceUploadUrl": ""}, "eu", source=str(tmp_path / "load.zip"))
    assert sent == [("https://up", b"code")]
    changed = {"name": name, "sourceUploadUrl": "https://up"}
    assert api.asked[-2][2] == {"params": {"updateMask": "name,sourceUploadUrl"}, "json": changed}
    api.answers = [404]
    cloud.delete_cloud_function(name)
    api.answers = [{"name": "operations/3"}, {"done": True}]
    cloud.delete_cloud_function(name)
    assert api.asked[-1][1].endswith("/operations/3")

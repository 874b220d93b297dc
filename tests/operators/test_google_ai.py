"""Operators of Google Cloud that read texts and images, copy buckets, set up transfers, stop jobs and keep models: what the generated class asks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import UseResource
from migrator.model.values import ObjectValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

OPERATORS = "airflow.providers.google.cloud.operators."


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(OPERATORS + operator, arguments))[0].body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_what_texts_and_images_become() -> None:
    document = ObjectValue("google.cloud.language_v1.types.Document", (), {"content": "a", "type": "PLAIN_TEXT"})
    text = asked("natural_language.CloudNaturalLanguageAnalyzeSentimentOperator", document=document)
    wanted = {"method": "analyze_sentiment", "document": {"content": "a", "type": "PLAIN_TEXT"}, "as_json": True}
    assert text == ("ask_language", wanted)
    video = asked("video_intelligence.CloudVideoIntelligenceDetectVideoShotsOperator", input_uri="gs://a/b")[1]
    assert video["features"] == ["SHOT_CHANGE_DETECTION"] and "location_id" not in video
    image = ObjectValue("google.cloud.vision_v1.types.Image", (), {"source": {"image_uri": "gs://a/b"}})
    found = asked("vision.CloudVisionDetectTextOperator", image=image, max_results=5)
    given = {"image": {"source": {"image_uri": "gs://a/b"}}, "max_results": 5, "feature": "text"}
    assert found == ("detect_in_image", given)


def test_a_transfer_runs_when_it_is_asked_to() -> None:
    create = "bigquery_dts.BigQueryCreateDataTransferOperator"
    config = asked(create, transfer_config={"display_name": "t"}, project_id="p")[1]["config"]
    assert config == {"display_name": "t", "schedule_options": {"disable_auto_scheduling": True}}
    by_clock = {"schedule_options": {"disable_auto_scheduling": False}}
    assert asked(create, transfer_config=by_clock)[1]["config"] == by_clock
    with pytest.raises(Untranslatable):
        asked(create, transfer_config=Symbolic("unknown", "config()"))


def test_answers_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    message = SimpleNamespace(_pb={"label": "cat"})
    seen: list[Any] = []

    class Images:
        def annotate_image(self, request: Any) -> Any:
            seen.append(request)
            return message

        def batch_annotate_images(self, requests: Any) -> Any:
            seen.append(requests)
            return message

        def text_detection(self, image: Any, max_results: Any, **more: Any) -> Any:
            seen.append((image, max_results, more))
            return SimpleNamespace(_pb={"error": "no image"} if more else {"label": "dog"})

    class Texts:
        def classify_text(self, request: Any) -> Any:
            return message

    stand_in(
        monkeypatch,
        google__api_core__exceptions={
            name: type(name, (Exception,), {}) for name in ("Aborted", "Conflict", "InvalidArgument", "NotFound")
        },
        google__cloud__vision_v1={"ImageAnnotatorClient": Images},
        google__cloud__language_v1={"LanguageServiceClient": Texts},
        google__protobuf__json_format={"MessageToDict": lambda told: told},
    )
    cloud = service("google_cloud", "annotate_image", "detect_in_image", "ask_language")
    assert cloud.annotate_image({"image": {}}) == {"label": "cat"} == cloud.annotate_image([{"image": {}}])
    assert seen == [{"image": {}}, [{"image": {}}]]
    assert cloud.detect_in_image("text", {"content": b"x"}, 3) == {"label": "dog"}
    assert seen[-1] == ({"content": b"x"}, 3, {})
    with pytest.raises(dg.Failure, match="no image"):
        cloud.detect_in_image("text", {}, additional_properties={"image_context": {}})
    assert cloud.ask_language("classify_text", document={}, as_json=True) == {"label": "cat"}


class _Blob:
    def __init__(self, bucket: Any, name: str, crc32c: str = "", kms_key_name: str = "") -> None:
        self.bucket, self.name, self.crc32c, self.kms_key_name, self.generation = bucket, name, crc32c, kms_key_name, 1

    def rewrite(self, source: _Blob, token: str | None = None) -> tuple[str | None, int, int]:
        if token is None and source.name.endswith("big"):
            return "more", 1, 2
        self.bucket.blobs[self.name] = source.crc32c
        return None, 2, 2

    def delete(self) -> None:
        del self.bucket.blobs[self.name]


class _Bucket:
    def __init__(self, **blobs: str) -> None:
        self.blobs = {name.replace("__", "/"): content for name, content in blobs.items()}

    def list_blobs(self, prefix: str, delimiter: str | None) -> list[_Blob]:
        names = [name for name in self.blobs if name.startswith(prefix)]
        shown = [name for name in names if not delimiter or "/" not in name[len(prefix) :]]
        return [
            _Blob(self, name, "" if name.endswith("key") else self.blobs[name], "k" * name.endswith("key"))
            for name in shown
        ]

    def get_blob(self, name: str, generation: int) -> _Blob:
        return _Blob(self, name, self.blobs[name])

    def blob(self, name: str) -> _Blob:
        return _Blob(self, name)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"to/a": "1", "to/key": "old", "to/same": "3", "to/x": "9", "to/sub/b": "4", "to/big": "5"}),
        ({"recursive": False}, {"to/a": "1", "to/key": "old", "to/same": "3", "to/x": "9", "to/big": "5"}),
        (
            {"overwrite": True, "delete_extra": True},
            {"to/a": "1", "to/key": "", "to/same": "3", "to/sub/b": "4", "to/big": "5"},
        ),
    ],
)
def test_buckets_are_kept_alike(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: dict[str, str]
) -> None:
    source = _Bucket(from__="", from__a="1", from__key="2", from__same="3", from__sub__b="4", from__big="5")
    target = _Bucket(to__key="old", to__same="3", to__x="9")
    buckets = {"s": source, "t": target}
    stand_in(monkeypatch, google__cloud__storage={"Client": lambda **given: SimpleNamespace(bucket=buckets.get)})
    service("google_cloud", "sync_buckets").sync_buckets("s", "t", "from", "to/", **options)
    assert target.blobs == expected


def test_a_bucket_with_other_properties(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}
    bucket = SimpleNamespace(_patch_property=made.__setitem__)
    client = SimpleNamespace(
        bucket=lambda name: bucket, create_bucket=lambda new, location: made.update(where=location)
    )
    stand_in(
        monkeypatch,
        google__api_core__exceptions={"Conflict": type("Conflict", (Exception,), {})},
        google__cloud__storage={"Client": lambda **given: client},
    )
    access = {"uniformBucketLevelAccess": {"enabled": True}}
    service("google_cloud", "create_bucket").create_bucket("b", properties={"iamConfiguration": access, "name": "x"})
    assert made == {"iamConfiguration": access, "where": "US"} and bucket.storage_class == "MULTI_REGIONAL"


def test_jobs_of_dataflow_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, Any]] = []
    jobs = {
        "1": {"id": "1", "name": "load-1", "currentState": "JOB_STATE_RUNNING", "type": "JOB_TYPE_STREAMING"},
        "2": {"id": "2", "name": "load-2", "currentState": "JOB_STATE_RUNNING", "type": "JOB_TYPE_BATCH"},
        "3": {"id": "3", "name": "load-3", "currentState": "JOB_STATE_DONE"},
        "4": {"id": "4", "name": "other", "currentState": "JOB_STATE_RUNNING"},
    }
    cloud = service("google_cloud", "stop_dataflow_jobs", project="acme")

    def send(method: str, url: str, **options: Any) -> Any:
        name = url.rpartition("/")[2]
        asked.append((method, name, options.get("json")))
        if method == "PUT":
            jobs[name]["currentState"] = options["json"]["requestedState"]
        elif name == "jobs":
            first = not options["params"]
            return {"jobs": [*jobs.values()][:2], "nextPageToken": "n"} if first else {"jobs": [*jobs.values()][2:]}
        return jobs[name]

    stand_in(monkeypatch, google__auth={})
    monkeypatch.setattr(type(cloud), "_send", lambda self, *args, **options: send(*args, **options))
    cloud.stop_dataflow_jobs(prefix="Load")
    assert [(name, body["requestedState"]) for method, name, body in asked if method == "PUT"] == [
        ("1", "JOB_STATE_DRAINED"),
        ("2", "JOB_STATE_CANCELLED"),
    ]
    asked.clear()
    cloud.stop_dataflow_jobs(job_id="3")
    assert asked == [("GET", "3", None)]


def test_spreadsheets_and_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    cloud = service("google_cloud", "create_sheet", "create_bigquery_table")

    def send(self: Any, method: str, url: str, **options: Any) -> dict[str, Any]:
        sent.append((url, options))
        return {"spreadsheetId": "s-1", "id": "f-1"}

    monkeypatch.setattr(type(cloud), "_send", send)
    sheet = {"properties": {"title": "targets"}}
    assert cloud.create_sheet(sheet) == "s-1" and sent.pop()[1] == {"json": sheet, "scope": "spreadsheets"}
    assert cloud.create_sheet(sheet, "drive") == "f-1"
    assert sent[0][1]["json"]["parents"] == ["drive"] and sent[0][1]["json"]["name"] == "targets"
    made: list[Any] = []
    client = SimpleNamespace(create_table=lambda table, exists_ok: made.append(table))
    stand_in(monkeypatch, google__cloud__bigquery={"Table": SimpleNamespace(from_api_repr=dict)})
    monkeypatch.setattr(type(cloud), "bigquery_client", lambda self, *place: client)
    monkeypatch.setattr(type(cloud), "_table", lambda self, table, project: {"tableId": table})
    monkeypatch.setattr(type(cloud), "_read", lambda self, uri: b'[{"name": "a"}]')
    cloud.create_bigquery_table("t", {"view": {}}, schema_uri="gs://a/s.json")
    assert made == [{"view": {}, "tableReference": {"tableId": "t"}, "schema": {"fields": [{"name": "a"}]}}]


def test_transfers_and_models(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Transfers:
        def create_transfer_config(self, request: Any) -> Any:
            done.append(request)
            return SimpleNamespace(name="projects/acme/transferConfigs/7")

    class Run:
        @classmethod
        def create(cls, **given: Any) -> None:
            done.append(given)

        def __init__(self, **given: Any) -> None:
            self.given = given

        def run(self, **given: Any) -> Any:
            done.append(given)
            return SimpleNamespace(name="m-1")

        def delete(self, **given: Any) -> None:
            done.append({**self.given, **given})

    class Models:
        def __init__(self, client_options: Any) -> None:
            pass

        def delete_model(self, request: Any) -> None:
            done.append(request)

    states = SimpleNamespace(State=SimpleNamespace(RUNNING="running", NEW="new"))
    stand_in(
        monkeypatch,
        google__api_core__exceptions={
            name: type(name, (Exception,), {}) for name in ("Aborted", "Conflict", "InvalidArgument", "NotFound")
        },
        google__auth={},
        google__cloud__bigquery_datatransfer_v1={"DataTransferServiceClient": Transfers},
        google__cloud__aiplatform={
            "CustomTrainingJob": Run,
            "Experiment": Run,
            "ExperimentRun": Run,
            "init": Run.create,
        },
        google__cloud__aiplatform_v1={"Dataset": dict, "Execution": states, "ModelServiceClient": Models},
    )
    names = ("create_vertex_experiment", "delete_vertex_experiment", "create_vertex_experiment_run")
    names = (
        *names,
        "delete_vertex_experiment_run",
        "delete_vertex_model",
        "run_vertex_training",
        "create_bigquery_transfer",
    )
    cloud = service("google_cloud", *names, project="acme")
    assert cloud.create_bigquery_transfer({"display_name": "t"}, location="eu") == "7"
    assert done.pop()["parent"] == "projects/acme/locations/eu"
    assert cloud.run_vertex_training("CustomTrainingJob", {}, {"parent_model": "5@2"}, "eu", dataset_id="d") == "m-1"
    assert done.pop() == {"parent_model": "5", "dataset": {"name": "d"}}
    cloud.delete_vertex_model("5@2", "eu")
    assert done.pop() == {"name": "projects/acme/locations/eu/models/5"}
    place = {"project": "acme", "location": "eu"}
    cloud.create_vertex_experiment("e", "eu")
    assert done.pop() == {"experiment": "e", "experiment_description": "", "experiment_tensorboard": False, **place}
    cloud.delete_vertex_experiment("e", "eu")
    assert done.pop() == {"experiment_name": "e", "delete_backing_tensorboard_runs": False, **place}
    cloud.create_vertex_experiment_run("e", "r", "eu", run_after_creation=True)
    assert done.pop()["state"] == "running"
    cloud.delete_vertex_experiment_run("e", "r", "eu")
    assert done.pop() == {"run_name": "r", "experiment": "e", **place}

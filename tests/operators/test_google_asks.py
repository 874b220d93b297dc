"""Operators of Google Cloud that send one request: what the request is, and what the generated class makes of the answer."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest

from migrator.codegen.resources.services import service_source, service_text
from migrator.model.bodies import UseResource
from migrator.model.expressions import Format, Merged
from migrator.model.values import CallableValue, ObjectValue, Text
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

OPERATORS = "airflow.providers.google.cloud.operators."


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(OPERATORS + operator, arguments))[0].body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_names_are_put_together_of_arguments() -> None:
    place = {"project_id": "acme", "region": "eu", "lake_id": "sales"}
    zone = asked("dataplex.DataplexCreateZoneOperator", **place, zone_id="raw", body={"type_": "RAW"})
    parent = "projects/acme/locations/eu/lakes/sales"
    wanted = {"method": "create_zone", "parent": parent, "zone_id": "raw", "zone": {"type_": "RAW"}}
    assert zone == ("ask_dataplex", wanted)
    named = asked("dataplex.DataplexDeleteLakeOperator", **{**place, "lake_id": Text(("lake-", "{{ ds }}"))})[1]
    assert named["name"] == Format(("projects/", "acme", "/locations/", "eu", "/lakes/", Format(("lake-", "{{ ds }}"))))
    without = asked("dataplex.DataplexDeleteLakeOperator", region="eu", lake_id="sales")[1]
    assert without["name"] == "projects/$project/locations/eu/lakes/sales"
    parts = asked("dataplex.DataplexDeleteLakeOperator", region="eu", lake_id=Text(("lake-", "{{ ds }}")))[1][
        "name"
    ].parts
    assert "{" not in "".join(part for part in parts if isinstance(part, str)), "a brace stands twice in an f-string"
    with pytest.raises(Untranslatable):
        asked("dataplex.DataplexDeleteLakeOperator", project_id="acme", region="eu")


def test_what_belongs_to_an_organization_or_a_project() -> None:
    made = asked("dlp.CloudDLPGetInspectTemplateOperator", template_id="t", organization_id="1")[1]
    assert made["name"] == "organizations/1/inspectTemplates/t"
    made = asked("dlp.CloudDLPGetInspectTemplateOperator", template_id="t", project_id="p")[1]
    assert made["name"] == "projects/p/inspectTemplates/t"
    new = asked("dlp.CloudDLPCreateInspectTemplateOperator", inspect_template={"display_name": "t"}, project_id="p")[1]
    assert new == {
        "method": "create_inspect_template",
        "parent": "projects/p",
        "inspect_template": {"display_name": "t"},
    }


def test_members_of_a_field() -> None:
    place = {"project_id": "p", "location": "eu", "cluster_id": "c"}
    name = "projects/p/locations/eu/clusters/c"
    update = "managed_kafka.ManagedKafkaUpdateClusterOperator"
    changed = asked(update, **place, cluster={"labels": {}}, update_mask={"paths": ["labels"]})[1]
    assert changed["cluster"] == {"labels": {}, "name": name}
    given = Format(("x",))
    assert asked(update, **place, cluster=Text(("x",)))[1]["cluster"] == Merged((given, {"name": name}))
    scaled = asked(
        "cloud_memorystore.CloudMemorystoreScaleInstanceOperator",
        project_id="p",
        location="eu",
        instance_id="i",
        memory_size_gb=3,
    )[1]
    assert scaled["instance"] == {"memory_size_gb": 3, "name": "projects/p/locations/eu/instances/i"}
    task = asked("tasks.CloudTasksTaskCreateOperator", project_id="p", location="eu", queue_name="q", task={})[1]
    assert task["task"] == {}


@pytest.mark.parametrize(
    ("operator", "arguments", "labels"),
    [
        (
            "cloud_memorystore.CloudMemorystoreCreateInstanceOperator",
            {"location": "eu", "instance_id": "i"},
            "instance",
        ),
        ("kubernetes_engine.GKECreateClusterOperator", {"location": "eu"}, "body"),
        ("gcs.GCSCreateBucketOperator", {"bucket_name": "b"}, ""),
        ("pubsub.PubSubCreateTopicOperator", {"topic": "t"}, ""),
        ("pubsub.PubSubCreateSubscriptionOperator", {"topic": "t", "subscription": "s"}, ""),
        ("dataproc.DataprocCreateClusterOperator", {"region": "eu", "cluster_name": "c"}, ""),
    ],
)
def test_a_label_that_is_of_airflow(operator: str, arguments: dict[str, Any], labels: str) -> None:
    def told(given: dict[str, Any]) -> list[str]:
        held = {labels: {"labels": given, "resource_labels": given}} if labels else {"labels": given}
        lowering = lower(make_task(OPERATORS + operator, {**arguments, **held}))[0]
        return [delta.airflow for delta in lowering.deltas]

    assert told({"team": "a"}) == ["what it makes has a label `airflow-version`"]
    assert told({"airflow-version": "v2"}) == []


def test_a_switch_that_means_another_method() -> None:
    create, place = "alloy_db.AlloyDBCreateClusterOperator", {"project_id": "p", "location": "eu", "cluster_id": "c"}
    assert asked(create, **place, cluster_configuration={})[1]["method"] == "create_cluster"
    second = asked(create, **place, cluster_configuration={}, is_secondary=True)[1]
    assert second["method"] == "create_secondary_cluster" and second["or_get"] == "projects/p/locations/eu/clusters/c"


def message(type_: str, *args: Any, **fields: Any) -> ObjectValue:
    return ObjectValue(type_, args, fields, source="made()")


def test_messages_of_the_libraries_are_dicts() -> None:
    queue = message("google.cloud.tasks_v2.types.Queue", retry_config={"max_attempts": 3})
    create = {"project_id": "p", "location": "eu", "queue_name": "q"}
    made = asked("tasks.CloudTasksQueueCreateOperator", **create, task_queue=queue)[1]
    assert made["queue"] == {"retry_config": {"max_attempts": 3}, "name": "projects/p/locations/eu/queues/q"}
    value = message("google.protobuf.struct_pb2.Value", string_value="images")
    data = {"display_name": "d", "metadata": value}
    dataset = asked("vertex_ai.dataset.CreateDatasetOperator", project_id="p", region="eu", dataset=data)[1]
    assert dataset["dataset"] == {"display_name": "d", "metadata": "images"} and dataset["id_only"] is True
    parsed = message("google.protobuf.json_format.ParseDict", {"a": 1}, message("google.protobuf.struct_pb2.Value"))
    dataset = asked(
        "vertex_ai.dataset.CreateDatasetOperator", project_id="p", region="eu", dataset={"metadata": parsed}
    )[1]
    assert dataset["dataset"] == {"metadata": {"a": 1}}
    mode = CallableValue(
        "FORCE", "FORCE", "google.cloud.redis_v1.FailoverInstanceRequest.DataProtectionMode", "library"
    )
    failover = {"project_id": "p", "location": "eu", "instance": "i"}
    found = asked("cloud_memorystore.CloudMemorystoreFailoverInstanceOperator", **failover, data_protection_mode=mode)
    assert found[1]["data_protection_mode"] == "FORCE"


@pytest.mark.parametrize(
    "value",
    [
        message("acme.Queue", name="q"),
        message("google.cloud.tasks_v2.types.Queue", "a", "b"),
        message("google.cloud.tasks_v2.types.Queue", name="{{ ds }}"),
        message("google.protobuf.json_format.ParseDict", {"a": 1}, message("google.cloud.tasks_v2.types.Queue")),
        message("google.protobuf.struct_pb2.Value", struct_value={}),
    ],
)
def test_other_objects_stay(value: ObjectValue) -> None:
    with pytest.raises(Untranslatable):
        asked("tasks.CloudTasksQueueCreateOperator", project_id="p", location="eu", task_queue=value)


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        ("dataplex.DataplexCreateLakeOperator", {"asynchronous": True}),
        ("alloy_db.AlloyDBCreateClusterOperator", {"validate_request": True, "location": "eu"}),
        ("workflows.WorkflowsCreateWorkflowOperator", {"workflow": {}, "location": "eu"}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


class _Message:
    def __init__(self, **fields: Any) -> None:
        self.fields, self.result = fields, "a field of that name, as some messages have"

    @classmethod
    def to_dict(cls, told: _Message) -> dict[str, Any]:
        return told.fields


class _Pages(list[Any]):
    pages = ()


class _Conflict(Exception):
    pass


class _Aborted(_Conflict):
    pass


class _Invalid(Exception):
    pass


class _Missing(Exception):
    pass


ERRORS = {"Aborted": _Aborted, "Conflict": _Conflict, "InvalidArgument": _Invalid, "NotFound": _Missing}


class _Client:
    def __init__(self, client_options: Any = None) -> None:
        self.options = client_options
        self.done: list[tuple[str, Any]] = DONE

    def __getattr__(self, method: str) -> Any:
        def asks(request: Any) -> Any:
            self.done.append((method, request))
            answer = ANSWERS.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return asks


DONE: list[tuple[str, Any]] = []
ANSWERS: list[Any] = []


def test_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    DONE.clear()
    stand_in(
        monkeypatch,
        google__api_core__exceptions=ERRORS,
        google__cloud__dlp_v2={"DlpServiceClient": _Client},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    cloud = service("google_cloud", "ask_dlp")
    lake = _Message(name="projects/acme/lakes/sales")
    ANSWERS[:] = [SimpleNamespace(result=lambda: lake), _Pages([lake, lake]), lake, None]
    assert cloud.ask_dlp("create_lake", parent="projects/$project/l", lake={"name": "$project"}) == lake.fields
    assert DONE.pop() == ("create_lake", {"parent": "projects/acme/l", "lake": {"name": "acme"}})
    assert cloud.ask_dlp("list_lakes", parent="x $project") == [lake.fields, lake.fields]
    assert DONE.pop()[1] == {"parent": "x $project"}
    assert cloud.ask_dlp("create_lake", id_only=True) == "sales"
    assert cloud.ask_dlp("delete_lake") is None
    ANSWERS[:] = [_Conflict(), lake, _Invalid("it is already in use"), lake, _Conflict(), _Missing()]
    for _ in range(2):
        assert cloud.ask_dlp("create_lake", or_get="projects/$project/lakes/sales", id_only=True) == "sales"
        assert DONE[-1] == ("get_lake", {"name": "projects/acme/lakes/sales"})
    ANSWERS[:0] = [_Conflict(), lake]
    assert cloud.ask_dlp("create_secondary_lake", or_get="sales") == lake.fields and DONE[-1][0] == "get_lake"
    assert cloud.ask_dlp("create_lake", exists_ok=True) is None
    assert cloud.ask_dlp("delete_lake", missing_ok=True) is None
    ANSWERS[:] = [_Aborted("another request is under way")]
    with pytest.raises(_Aborted):
        cloud.ask_dlp("create_lake", exists_ok=True)
    ANSWERS[:] = [_Conflict(), _Invalid("no such field"), _Missing()]
    for error in (_Conflict, _Invalid, _Missing):
        with pytest.raises(error):
            cloud.ask_dlp("create_lake", **({"or_get": "x"} if error is _Invalid else {}))


def test_regions_have_addresses_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Client(_Client):
        def __init__(self, client_options: Any = None) -> None:
            super().__init__()
            seen.append(client_options)

    stand_in(
        monkeypatch,
        google__api_core__exceptions=ERRORS,
        google__cloud__aiplatform_v1={"DatasetServiceClient": Client},
        google__cloud__devtools__cloudbuild_v1={"CloudBuildClient": Client},
        google__cloud__dataproc={"ClusterControllerClient": Client},
    )
    cloud = service("google_cloud", "ask_vertex_datasets", "ask_cloud_build", "ask_dataproc_clusters")
    ANSWERS[:] = [None, None, None, None]
    cloud.ask_vertex_datasets("delete_dataset", region="eu", name="n")
    cloud.ask_cloud_build("get_build", id="b")
    cloud.ask_cloud_build("get_build", location="eu", id="b")
    assert seen == [
        {"api_endpoint": "eu-aiplatform.googleapis.com:443"},
        {},
        {"api_endpoint": "eu-cloudbuild.googleapis.com:443"},
    ]
    assert DONE[-1] == ("get_build", {"id": "b"})
    cloud.ask_dataproc_clusters("update_cluster", region="eu", cluster_name="c")
    assert DONE[-1] == ("update_cluster", {"region": "eu", "cluster_name": "c"})
    ANSWERS[:] = [None, None]
    cloud.ask_dataproc_clusters("update_cluster", region="global", cluster_name="c")
    cloud.ask_vertex_datasets("delete_dataset", region="global", name="n")
    assert seen[3:] == [{"api_endpoint": "eu-dataproc.googleapis.com:443"}, {}, {}]


def test_each_client_tells_what_has_to_be_installed() -> None:
    tree = ast.parse(service_text("google_cloud"))
    own = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    clients = {node.name for node in own.body if isinstance(node, ast.FunctionDef) and node.name.startswith("ask_")}
    for client in clients:
        assert any(name.startswith("google-cloud-") for name in service_source("google_cloud", (client,)).packages)
    names = service_source("google_cloud", ("ask_composer", "ask_metastore")).packages
    assert {"google-cloud-orchestration-airflow", "google-cloud-dataproc-metastore"} <= {*names}

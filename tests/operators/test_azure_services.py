"""Services of Azure with a client of their own: what their operators become, and what the generated classes ask the clients."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.services import service_source
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_more_services import used
from tests.operators.test_services import service, stand_in

AZURE = "airflow.providers.microsoft.azure."
BUS = AZURE + "operators.asb."


class Missing(Exception):
    pass


def client(asked: list[Any], **answers: Any) -> Any:
    """A client that notes what it is asked, and gives these answers."""

    class Client:
        def __getattr__(self, name: str) -> Any:
            def ask(*given: Any, **named: Any) -> Any:
                asked.append((name, *given, *named.items()))
                answer = answers.get(name)
                return answer(*given) if callable(answer) else answer

            return ask

    return Client()


def test_arguments_go_to_the_methods() -> None:
    place = {"database_name": "d", "collection_name": "c"}
    made = used(AZURE + "operators.cosmos.AzureCosmosInsertDocumentOperator", **place, document={"id": "a"})
    wanted: dict[str, Any] = {"database": "d", "collection": "c", "document": {"id": "a"}}
    assert (made.resource, made.method, made.arguments) == ("azure_cosmos_default", "write_document", wanted)
    topic = used(BUS + "AzureServiceBusTopicCreateOperator", topic_name="t", enable_partitioning=False)
    assert (topic.arguments, topic.annotation) == ({"topic": "t", "options": {"enable_partitioning": False}}, "str")
    subscription = {"topic_name": "t", "subscription_name": "s"}
    plain = used(BUS + "AzureServiceBusSubscriptionCreateOperator", **subscription)
    assert plain.arguments == {"topic": "t", "subscription": "s"}
    update = used(BUS + "AzureServiceBusUpdateSubscriptionOperator", **subscription, max_delivery_count=5)
    assert update.arguments == {"topic": "t", "subscription": "s", "changes": {"max_delivery_count": 5}}
    pipeline = used(
        AZURE + "operators.synapse.AzureSynapseRunPipelineOperator",
        azure_synapse_conn_id="synapse",
        pipeline_name="p",
        azure_synapse_workspace_dev_endpoint="https://acme",
        is_recovery=True,
        wait_for_termination=False,
    )
    wanted = {"pipeline": "p", "endpoint": "https://acme", "wait": False, "options": {"is_recovery": True}}
    assert (pipeline.keys, pipeline.arguments) == (("run_id",), wanted)
    refresh = used(AZURE + "operators.powerbi.PowerBIDatasetRefreshOperator", group_id="g", dataset_id="d")
    assert refresh.keys == ("it.powerbi_dataset_refresh_id",)


def test_limits_of_waits_are_told() -> None:
    refresh = make_task(AZURE + "operators.powerbi.PowerBIDatasetRefreshOperator", {"dataset_id": "d", "timeout": 60})
    assert "gives up work" in lower(refresh)[0].deltas[0].airflow


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (BUS + "AzureServiceBusReceiveMessageOperator", {"queue_name": "q", "message_callback": "work"}),
        (BUS + "AzureServiceBusSubscriptionCreateOperator", {"topic_name": "t", "filter_rule": "rule"}),
        (AZURE + "operators.powerbi.PowerBIDatasetListOperator", {"group_id": "g", "proxies": {"https": "p"}}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        used(operator, **arguments)


def test_documents_of_cosmos(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def read(document_id: str) -> None:
        if document_id == "gone":
            raise Missing

    container = client(asked, read_item=read)
    database = client(asked, list_containers=[{"id": "there"}], get_container_client=container)
    account = client(asked, create_database_if_not_exists=database, get_database_client=database)

    def connect(place: str, keys: Mapping[str, str]) -> Any:
        asked.append((place, keys))
        return account

    stand_in(
        monkeypatch,
        azure__cosmos={"CosmosClient": connect, "PartitionKey": lambda path: path},
        azure__cosmos__exceptions={"CosmosHttpResponseError": Missing},
    )
    url = "https://:a%2Fb%3D@acme.documents.azure.com:443/"
    cosmos = service("azure_cosmos", "write_document", "has_document", url=f"{url}?partition_key=/id")
    cosmos.write_document("d", "new", {"id": "a"})
    assert asked[0] == ("https://acme.documents.azure.com:443/", {"masterKey": "a/b="})
    assert asked[3] == ("create_container", "new", "/id") and asked[-1] == ("upsert_item", {"id": "a"})
    asked.clear()
    service("azure_cosmos", "write_document", url=url).write_document("d", "there", {"state": "loaded"})
    assert "create_container" not in {name for name, *_ in asked}
    assert set(asked[-1][1]) == {"id", "state"}
    assert cosmos.has_document("d", "there", "a") and not cosmos.has_document("d", "there", "gone")
    assert asked[-1] == ("read_item", "gone", ("partition_key", "/id"))
    with pytest.raises(ValueError, match="no partition key"):
        service("azure_cosmos", "has_document", url=url).has_document("d", "c", "a")


def test_messages_of_a_service_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    topics = {"there": SimpleNamespace(name="there")}

    def get_topic(name: str) -> Any:
        if name not in topics:
            raise Missing
        return topics[name]

    properties = SimpleNamespace(max_delivery_count=10)
    admin = client(
        asked,
        get_topic=get_topic,
        create_topic=lambda name: SimpleNamespace(name=name),
        get_subscription=properties,
    )
    pack = client(asked)
    ends = client(asked, create_message_batch=pack, receive_messages=["a", "b"])
    bus = client(asked, get_queue_sender=nullcontext(ends), get_queue_receiver=nullcontext(ends))
    bus_class = client(asked, from_connection_string=nullcontext(bus))
    admin_class = client(asked, from_connection_string=nullcontext(admin))
    stand_in(
        monkeypatch,
        azure__core__exceptions={"ResourceNotFoundError": Missing},
        azure__identity={"DefaultAzureCredential": lambda: "credential"},
        azure__servicebus={"ServiceBusClient": bus_class, "ServiceBusMessage": lambda body, **more: body},
        azure__servicebus__management={"ServiceBusAdministrationClient": admin_class},
    )
    methods = ("send", "receive", "create_topic", "create_subscription", "update_subscription")
    queues = service("azure_service_bus", *methods, connection_string="Endpoint=sb://acme;SharedAccessKey=k")
    queues.send("q", ["a", "b"], batch=True)
    queues.send("q", "a")
    assert ("from_connection_string", "Endpoint=sb://acme;SharedAccessKey=k") in asked
    assert [entry for entry in asked if entry[0] in ("add_message", "send_messages")] == [
        ("add_message", "a"),
        ("add_message", "b"),
        ("send_messages", pack),
        ("send_messages", ["a"]),
    ]
    with pytest.raises(ValueError, match="one id for several"):
        queues.send("q", ["a", "b"], message_id="1")
    queues.receive("q", most=2)
    assert [entry for entry in asked if entry[0] == "complete_message"] == [
        ("complete_message", "a"),
        ("complete_message", "b"),
    ]
    assert queues.create_topic("there") == "there"
    assert queues.create_topic("new") == "new" and asked[-1] == ("create_topic", "new")
    queues.create_subscription("t", "s", {"max_delivery_count": 3})
    assert ("max_delivery_count", 3) in asked[-1] and ("enable_batched_operations", True) in asked[-1]
    queues.update_subscription("t", "s", {"max_delivery_count": 5})
    assert properties.max_delivery_count == 5 and asked[-1] == ("update_subscription", "t", properties)
    assert service_source("azure_service_bus", ("receive",)).packages == ("azure-identity", "azure-servicebus")


def test_a_service_bus_by_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def connect(host: str, credential: str) -> Any:
        asked.append((host, credential))
        return nullcontext(client(asked))

    stand_in(
        monkeypatch,
        azure__identity={"DefaultAzureCredential": lambda: "credential"},
        azure__servicebus__management={"ServiceBusAdministrationClient": connect},
    )
    service("azure_service_bus", "delete_queue", connection_string="acme.servicebus.windows.net").delete_queue("q")
    assert asked == [("acme.servicebus.windows.net", "credential"), ("delete_queue", "q")]


def test_files_of_the_data_lake(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def remove(path: str) -> None:
        raise FileNotFoundError(path)

    file = client(asked, upload_data={"etag": "e"})
    system = client(asked, create_file=file, get_paths=[SimpleNamespace(name="a/b")])
    lake = client(asked, get_file_system_client=system)
    old = client(asked, remove=remove)

    def connect(*place: str) -> Any:
        asked.append(place)
        return lake

    stand_in(
        monkeypatch,
        azure__identity={"DefaultAzureCredential": lambda: "credential"},
        azure__storage__filedatalake={"DataLakeServiceClient": connect},
        azure__datalake__store={
            "core": SimpleNamespace(AzureDLFileSystem=lambda *place, **named: old),
            "multithread": SimpleNamespace(ADLUploader=lambda *given, **named: asked.append(named)),
        },
    )
    methods = ("create_file", "list_paths", "remove", "upload")
    store = service("azure_data_lake", *methods, account="acme")
    assert store.create_file("raw", "a/b", "text", replace=True) == {"etag": "e"}
    assert asked[0] == ("https://acme.dfs.core.windows.net", "credential")
    assert asked[-1] == ("upload_data", "text", ("length", None), ("overwrite", True))
    assert store.list_paths("raw", "a") == ["a/b"]
    store.remove("gone")
    with pytest.raises(FileNotFoundError):
        store.remove("gone", missing_ok=False)
    store.upload("/data/*.csv", "raw")
    assert asked[-1] == {"lpath": "/data/*.csv", "rpath": "raw", "nthreads": 64, "overwrite": True}
    with pytest.raises(ValueError, match="is not known"):
        store.upload("/data/**", "raw")
    packages = ("azure-datalake-store", "azure-identity")
    assert service_source("azure_data_lake", ("remove",)).packages == packages


def test_runs_of_synapse(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    states = ["InProgress", "Succeeded", "Failed"]
    jobs = ["running", "dead"]
    artifacts = SimpleNamespace(
        pipeline=client(asked, create_pipeline_run=SimpleNamespace(run_id="r")),
        pipeline_run=SimpleNamespace(get_pipeline_run=lambda run_id: SimpleNamespace(status=states.pop(0))),
    )
    spark = SimpleNamespace(
        create_spark_batch_job=lambda batch: SimpleNamespace(id=7),
        get_spark_batch_job=lambda number: SimpleNamespace(state=jobs.pop(0)),
    )

    def connect(*given: Any, **named: Any) -> Any:
        asked.append(given)
        return artifacts if len(given) == 2 else SimpleNamespace(spark_batch=spark)

    stand_in(
        monkeypatch,
        azure__identity={"DefaultAzureCredential": lambda: "credential"},
        azure__synapse__artifacts={"ArtifactsClient": connect},
        azure__synapse__spark={"SparkClient": connect},
    )
    synapse = service("azure_synapse", "run_pipeline", "run_spark_batch", url="https://acme")
    assert synapse.run_pipeline("p", endpoint="https://other", parameters={"a": 1}) == "r"
    assert asked == [("credential", "https://other"), ("create_pipeline_run", "p", ("parameters", {"a": 1}))]
    with pytest.raises(dg.Failure, match="the pipeline p ended as Failed"):
        synapse.run_pipeline("p")
    assert synapse.run_spark_batch("small", {"name": "n"}, wait=False) == 7
    assert asked[-1] == ("credential", "https://acme", "small")
    with pytest.raises(dg.Failure, match="the job 7 ended as dead"):
        synapse.run_spark_batch("small", {"name": "n"})


def test_what_power_bi_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    token = SimpleNamespace(get_token=lambda scope: SimpleNamespace(token="T"))
    stand_in(monkeypatch, azure__identity={"DefaultAzureCredential": lambda: token})
    asked: list[Any] = []
    answers: list[Any] = [{}, {"value": []}, {"value": [{"requestId": "r", "status": "Unknown"}]}]
    answers += [{"value": [{"requestId": "q", "status": "Failed"}, {"requestId": "r", "status": "Completed"}]}]
    answers += [{}, {"value": [{"requestId": "r", "status": "Disabled"}]}, {"value": [{"id": "w"}]}, {}]

    def request(method: str, url: str, headers: Mapping[str, str], json: Any, timeout: int) -> Any:
        asked.append((method, url, headers["Authorization"], json))
        answer = answers.pop(0)
        return SimpleNamespace(headers={"RequestId": "r"}, json=lambda: answer, raise_for_status=lambda: None)

    monkeypatch.setattr("requests.request", request)
    reports = service("powerbi", "refresh_dataset", "list_workspaces")
    assert reports.refresh_dataset("g", "d", {"type": "full"}) == "r"
    url = "https://api.powerbi.com/v1.0/myorg/groups/g/datasets/d/refreshes"
    assert asked[0] == ("POST", url, "Bearer T", {"type": "full"}) and len(asked) == 4
    with pytest.raises(dg.Failure, match="ended as Disabled"):
        reports.refresh_dataset("g", "d")
    assert reports.list_workspaces() == ["w"]
    assert reports.refresh_dataset("g", "d", wait=False) == "r" and answers == []

"""Services of Azure that have a client of their own: Cosmos DB, Service Bus, the data lake, Synapse, Data Explorer and Power BI."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import RUN_LIMIT, Call, Client, call_rule, options, passed
from migrator.operators.common import flag, required
from migrator.operators.rule import Example, LoweringContext

_AZURE = "airflow.providers.microsoft.azure."
_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_WAITING = {
    "check_interval": "the resource looks in intervals of its own",
    "deferrable": "there is no triggerer",
    "timeout": RUN_LIMIT,
}


# ----------------------------------------------------------------------------------------------------------- Cosmos DB

_COSMOS = Client("azure_cosmos", ("azure_cosmos_conn_id",), "azure_cosmos_default")
_COLLECTION = {"database_name": "database", "collection_name": "collection"}
_COSMOS_EXAMPLE = Example(
    title="A document, and the wait for another",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.cosmos import AzureCosmosInsertDocumentOperator
from airflow.providers.microsoft.azure.sensors.cosmos import AzureCosmosDocumentSensor

with DAG("profiles", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    place = {{"database_name": "shop", "collection_name": "days"}}
    there = AzureCosmosDocumentSensor(task_id="there", document_id="{{{{ ds }}}}", timeout=3600, **place)
    there >> AzureCosmosInsertDocumentOperator(task_id="note", document={{"id": "latest", "state": "loaded"}}, **place)
""",
    expected=(
        "azure_cosmos_default.write_document(",
        'document={"id": "latest", "state": "loaded"}',
        "def has_document(",
    ),
)
_COSMOS_CALLS = (
    Call(
        "cosmos-document",
        (_AZURE + "operators.cosmos.AzureCosmosInsertDocumentOperator",),
        "write_document",
        {**_COLLECTION, "document": "document"},
        summary="Writes the same document; a database or collection that is not there is made.",
        kind="azure",
        examples=(_COSMOS_EXAMPLE,),
    ),
    Call(
        "cosmos-sensor",
        (_AZURE + "sensors.cosmos.AzureCosmosDocumentSensor",),
        "has_document",
        {**_COLLECTION, "document_id": "document_id"},
        kind="azure",
        waits=True,
    ),
)

# --------------------------------------------------------------------------------------------------------- Service Bus

_BUS = Client("azure_service_bus", ("azure_service_bus_conn_id",), "azure_service_bus_default")
_SUBSCRIPTION = {"topic_name": "topic", "subscription_name": "subscription"}
_TAKEN = {"max_message_count": "most", "max_wait_time": "seconds"}
_QUEUE_OPTIONS = ("max_delivery_count", "dead_lettering_on_message_expiration", "enable_batched_operations")
_TOPIC_OPTIONS = (
    "default_message_time_to_live",
    "max_size_in_megabytes",
    "requires_duplicate_detection",
    "duplicate_detection_history_time_window",
    "enable_batched_operations",
    "size_in_bytes",
    "filtering_messages_before_publishing",
    "support_ordering",
    "auto_delete_on_idle",
    "enable_partitioning",
    "enable_express",
    "user_metadata",
    "max_message_size_in_kilobytes",
)
_SUBSCRIPTION_OPTIONS = (
    *_QUEUE_OPTIONS,
    "lock_duration",
    "requires_session",
    "default_message_time_to_live",
    "dead_lettering_on_filter_evaluation_exceptions",
    "forward_to",
    "user_metadata",
    "forward_dead_lettered_messages_to",
    "auto_delete_on_idle",
)


def _options(names: Iterable[str]) -> Callable[[Task, LoweringContext], dict[str, Expr]]:
    """`options`, of arguments that the service's API names as the operator does."""

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        given = options(task, context, {name: name for name in names})
        return {"options": given} if given else {}

    return built


def _changes(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"changes": options(task, context, {name: name for name in _QUEUE_OPTIONS})}


_BUS_EXAMPLE = Example(
    title="Messages of a queue",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.asb import (
    AzureServiceBusCreateQueueOperator,
    AzureServiceBusReceiveMessageOperator,
    AzureServiceBusSendMessageOperator,
)

with DAG("orders", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    create = AzureServiceBusCreateQueueOperator(task_id="create", queue_name="orders-{{{{ ds }}}}", max_delivery_count=3)
    send = AzureServiceBusSendMessageOperator(task_id="send", queue_name="orders-{{{{ ds }}}}", message=["a", "b"], batch=True)
    take = AzureServiceBusReceiveMessageOperator(task_id="take", queue_name="orders-{{{{ ds }}}}", max_message_count=20)
    create >> send >> take
""",
    expected=(
        "azure_service_bus_default.create_queue(",
        'queue=f"orders-{context.partition_key}", messages=["a", "b"], batch=True',
        "most=20",
        "azure_service_bus_default: AzureServiceBus",
    ),
    disposition="step",
)
_BUS_CALLS = (
    Call(
        "service-bus-create-queue",
        (_AZURE + "operators.asb.AzureServiceBusCreateQueueOperator",),
        "create_queue",
        {"queue_name": "queue", **{name: name for name in _QUEUE_OPTIONS}},
        kind="azure",
        examples=(_BUS_EXAMPLE,),
    ),
    Call(
        "service-bus-delete-queue",
        (_AZURE + "operators.asb.AzureServiceBusDeleteQueueOperator",),
        "delete_queue",
        {"queue_name": "queue"},
        kind="azure",
    ),
    Call(
        "service-bus-send",
        (_AZURE + "operators.asb.AzureServiceBusSendMessageOperator",),
        "send",
        {
            "queue_name": "queue",
            "message": "messages",
            "batch": "batch",
            "message_id": "message_id",
            "reply_to": "reply_to",
            "message_headers": "headers",
        },
        kind="azure",
    ),
    Call(
        "service-bus-receive",
        (_AZURE + "operators.asb.AzureServiceBusReceiveMessageOperator",),
        "receive",
        {"queue_name": "queue", **_TAKEN},
        summary="Takes the same messages off the queue and logs them. With a function for them, the task stays in Airflow.",
        refused=("message_callback",),
        kind="azure",
    ),
    Call(
        "service-bus-receive-of-topic",
        (_AZURE + "operators.asb.ASBReceiveSubscriptionMessageOperator",),
        "receive_of_topic",
        {**_SUBSCRIPTION, **_TAKEN},
        summary="Takes the same messages off the subscription and logs them. With a function for them, the task stays in Airflow.",
        refused=("message_callback",),
        kind="azure",
    ),
    Call(
        "service-bus-create-topic",
        (_AZURE + "operators.asb.AzureServiceBusTopicCreateOperator",),
        "create_topic",
        {"topic_name": "topic"},
        built=_options(_TOPIC_OPTIONS),
        reads=_TOPIC_OPTIONS,
        gives="str",
        refused=("authorization_rules",),
        kind="azure",
    ),
    Call(
        "service-bus-delete-topic",
        (_AZURE + "operators.asb.AzureServiceBusTopicDeleteOperator",),
        "delete_topic",
        {"topic_name": "topic"},
        kind="azure",
    ),
    Call(
        "service-bus-subscribe",
        (_AZURE + "operators.asb.AzureServiceBusSubscriptionCreateOperator",),
        "create_subscription",
        _SUBSCRIPTION,
        summary="Makes the same subscription. One with a filter stays in Airflow.",
        built=_options(_SUBSCRIPTION_OPTIONS),
        reads=_SUBSCRIPTION_OPTIONS,
        refused=("filter_rule",),
        ignored={"filter_rule_name": "goes with `filter_rule`"},
        kind="azure",
    ),
    Call(
        "service-bus-update-subscription",
        (_AZURE + "operators.asb.AzureServiceBusUpdateSubscriptionOperator",),
        "update_subscription",
        _SUBSCRIPTION,
        built=_changes,
        reads=_QUEUE_OPTIONS,
        kind="azure",
    ),
    Call(
        "service-bus-unsubscribe",
        (_AZURE + "operators.asb.AzureServiceBusSubscriptionDeleteOperator",),
        "delete_subscription",
        _SUBSCRIPTION,
        kind="azure",
    ),
)

# ----------------------------------------------------------------------------------------------------------- data lake

_LAKE = Client("azure_data_lake", ("azure_data_lake_conn_id",), "azure_data_lake_default")
_LAKE_EXAMPLE = Example(
    title="A file, and the list of all",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.adls import ADLSCreateObjectOperator, ADLSListOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    create = ADLSCreateObjectOperator(
        task_id="create", file_system_name="raw", file_name="days/{{{{ ds }}}}", data="{{{{ ds }}}}", replace=True
    )
    create >> ADLSListOperator(task_id="days", file_system_name="raw", path="days")
""",
    expected=(
        "azure_data_lake_default.create_file(",
        'name=f"days/{context.partition_key}"',
        'azure_data_lake_default.list_paths(file_system="raw", folder="days")',
    ),
)
_CHUNKS = "the client decides how it writes"
_LAKE_CALLS = (
    Call(
        "adls-create",
        (_AZURE + "operators.adls.ADLSCreateObjectOperator",),
        "create_file",
        {
            "file_system_name": "file_system",
            "file_name": "name",
            "data": "data",
            "replace": "replace",
            "length": "length",
        },
        gives="dict",
        kind="azure",
        examples=(_LAKE_EXAMPLE,),
    ),
    Call(
        "adls-list",
        (_AZURE + "operators.adls.ADLSListOperator",),
        "list_paths",
        {"file_system_name": "file_system", "path": "folder"},
        gives="list[str]",
        kind="azure",
    ),
    Call(
        "adls-delete",
        (_AZURE + "operators.adls.ADLSDeleteOperator",),
        "remove",
        {"path": "path", "recursive": "recursive", "ignore_not_found": "missing_ok"},
        kind="azure",
    ),
    Call(
        "adls-upload",
        (_AZURE + "transfers.local_to_adls.LocalFilesystemToADLSOperator",),
        "upload",
        {"local_path": "path", "remote_path": "target", "overwrite": "replace", "nthreads": "threads"},
        refused=("extra_upload_options",),
        ignored={"buffersize": _CHUNKS, "blocksize": _CHUNKS},
        kind="azure",
    ),
)

# -------------------------------------------------------------------------------------------------------- Data Explorer

_EXPLORER = Client("azure_data_explorer", ("azure_data_explorer_conn_id",), "azure_data_explorer_default")
_EXPLORER_EXAMPLE = Example(
    title="A query of Kusto",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.adx import AzureDataExplorerQueryOperator

with DAG("signals", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    AzureDataExplorerQueryOperator(
        task_id="rollup", database="iot", query=".set-or-append daily <| signals | where day == '{{{{ ds }}}}'"
    )
""",
    expected=("azure_data_explorer_default.run_query(", 'database="iot"', ".set-or-append daily <| signals"),
    disposition="step",
)
_EXPLORER_CALLS = (
    Call(
        "azure-data-explorer",
        (_AZURE + "operators.adx.AzureDataExplorerQueryOperator",),
        "run_query",
        {"database": "database", "options": "options"},
        built=lambda task, context: {"query": context.files(required(task, "query"), (".kql",))[0]},
        reads=("query",),
        gives="str",
        kind="azure",
        examples=(_EXPLORER_EXAMPLE,),
    ),
)

# ------------------------------------------------------------------------------------------------------------- Synapse

_SYNAPSE = Client("azure_synapse", ("azure_synapse_conn_id",), "azure_synapse_default", ignored=_WAITING)
_PIPELINE_OPTIONS = ("reference_pipeline_run_id", "is_recovery", "start_activity_name")


def _waits(task: Task, name: str) -> dict[str, Expr]:
    return {} if flag(task, name, True) else {"wait": False}


def _pipeline(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {**_waits(task, "wait_for_termination"), **_options(_PIPELINE_OPTIONS)(task, context)}


_SYNAPSE_EXAMPLE = Example(
    title="A pipeline, and a job of Spark",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.synapse import (
    AzureSynapseRunPipelineOperator,
    AzureSynapseRunSparkBatchOperator,
)

with DAG("warehouse", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    copy = AzureSynapseRunPipelineOperator(
        task_id="copy",
        pipeline_name="copy-sales",
        azure_synapse_conn_id="azure_synapse",
        azure_synapse_workspace_dev_endpoint="https://acme.dev.azuresynapse.net",
        parameters={{"full": True}},
    )
    copy >> AzureSynapseRunSparkBatchOperator(
        task_id="count",
        azure_synapse_conn_id="azure_synapse",
        spark_pool="small",
        payload={{"name": "count", "file": "abfss://jobs@acme.dfs.core.windows.net/count.py", "numExecutors": 2}},
        wait_for_termination=False,
    )
""",
    expected=(
        "azure_synapse.run_pipeline(",
        'parameters={"full": True}',
        "azure_synapse.run_spark_batch(",
        "wait=False",
    ),
    disposition="step",
)
_SYNAPSE_CALLS = (
    Call(
        "synapse-pipeline",
        (_AZURE + "operators.synapse.AzureSynapseRunPipelineOperator",),
        "run_pipeline",
        {
            "pipeline_name": "pipeline",
            "azure_synapse_workspace_dev_endpoint": "endpoint",
            "parameters": "parameters",
        },
        summary="Runs the same pipeline, waits for its end, and fails where it fails. A run of Dagster's that is ended cancels it.",
        built=_pipeline,
        reads=("wait_for_termination", *_PIPELINE_OPTIONS),
        keys={"run_id": "str"},
        kind="azure",
        examples=(_SYNAPSE_EXAMPLE,),
    ),
    Call(
        "synapse-spark",
        (_AZURE + "operators.synapse.AzureSynapseRunSparkBatchOperator",),
        "run_spark_batch",
        {"spark_pool": "pool", "payload": "batch"},
        summary="Runs the same job, waits for its end, and fails where it fails. A run of Dagster's that is ended cancels it.",
        built=lambda task, context: _waits(task, "wait_for_termination"),
        reads=("wait_for_termination",),
        keys={"job_id": "int"},
        kind="spark",
    ),
)

# ------------------------------------------------------------------------------------------------------------ Power BI

_POWER_BI = Client("powerbi", ("conn_id",), "powerbi_default", ignored=_WAITING)


def _refresh(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {**passed(task, context, {"request_body": "body"}), **_waits(task, "wait_for_completion")}


_POWER_BI_EXAMPLE = Example(
    title="The refresh of a dataset",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.powerbi import PowerBIDatasetRefreshOperator

with DAG("reports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PowerBIDatasetRefreshOperator(task_id="refresh", conn_id="powerbi", group_id="sales", dataset_id="daily")
""",
    expected=('powerbi.refresh_dataset(group="sales", dataset="daily")', "powerbi: PowerBi"),
    disposition="step",
)
_POWER_BI_CALLS = (
    Call(
        "powerbi-refresh",
        (_AZURE + "operators.powerbi.PowerBIDatasetRefreshOperator",),
        "refresh_dataset",
        {"group_id": "group", "dataset_id": "dataset"},
        summary="Refreshes the same dataset, waits for its end, and fails where it fails. A run of Dagster's that is ended cancels it.",
        built=_refresh,
        reads=("request_body", "wait_for_completion"),
        keys={"{task_id}.powerbi_dataset_refresh_id": "str"},
        refused=("proxies", "api_version"),
        kind="powerbi",
        examples=(_POWER_BI_EXAMPLE,),
    ),
    Call(
        "powerbi-workspaces",
        (_AZURE + "operators.powerbi.PowerBIWorkspaceListOperator",),
        "list_workspaces",
        keys={"{task_id}.powerbi_workspace_ids": "list[str]"},
        refused=("proxies", "api_version"),
        kind="powerbi",
    ),
    Call(
        "powerbi-datasets",
        (_AZURE + "operators.powerbi.PowerBIDatasetListOperator",),
        "list_datasets",
        {"group_id": "group"},
        keys={"{task_id}.powerbi_dataset_ids": "list[str]"},
        refused=("proxies", "api_version"),
        kind="powerbi",
    ),
)

RULES = tuple(
    call_rule(client, call)
    for client, calls in (
        (_COSMOS, _COSMOS_CALLS),
        (_BUS, _BUS_CALLS),
        (_LAKE, _LAKE_CALLS),
        (_SYNAPSE, _SYNAPSE_CALLS),
        (_EXPLORER, _EXPLORER_CALLS),
        (_POWER_BI, _POWER_BI_CALLS),
    )
    for call in calls
)

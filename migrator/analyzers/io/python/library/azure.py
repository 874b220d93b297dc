"""Azure's clients: blobs, data lake, event hubs, Cosmos DB."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

_STEP = "get_blob_client|BlobClient|from_connection_string"
_BLOB = f"object abfs://{{{_STEP}@container|container_name}}/{{{_STEP}@blob|blob_name}}"
_SERVICE = "object abfs://{get_blob_client@container:0}/{get_blob_client@blob:1}"
_CONTAINER = "get_container_client|ContainerClient|from_connection_string"
_IN_CONTAINER = f"object abfs://{{{_CONTAINER}@container|container_name:0}}/{{name|blob:0}}"
_FILE = "object abfs://{get_file_system_client@file_system:0}/{get_file_client|create_file@file_path|file:0}"

PACKAGES = (
    Package(
        ("azure.storage.blob.BlobServiceClient", "airflow.hook.WasbHook"),
        methods={
            "upload_blob": (f"write {_SERVICE}", f"write {_IN_CONTAINER}"),
            "download_blob": (f"read {_SERVICE}", "read object abfs://{get_container_client@container:0}/{blob:0}"),
        },
        system="azure",
    ),
    Package(
        ("azure.storage.blob.ContainerClient",),
        methods={"upload_blob": f"write {_IN_CONTAINER}", "download_blob": f"read {_IN_CONTAINER}"},
        system="azure",
    ),
    Package(
        ("azure.storage.blob.BlobClient",),
        methods={"upload_blob": f"write {_BLOB}", "download_blob": f"read {_BLOB}"},
        system="azure",
    ),
    Package(
        ("azure.storage.filedatalake",),
        methods={"upload_data": f"write {_FILE}", "append_data": f"write {_FILE}", "download_file": f"read {_FILE}"},
        system="azure",
    ),
    Package(
        ("azure.cosmos",),
        methods={
            "upsert_item": "write table {get_container_client@container:0}",
            "create_item": "write table {get_container_client@container:0}",
            "query_items": "read table {get_container_client@container:0}",
        },
        system="azure",
    ),
    Package(
        ("azure.storage.blob",),
        methods={
            "list_blobs": "read object abfs://{get_container_client|ContainerClient|from_connection_string@container|container_name:0}/{name_starts_with:0}",
            **dict.fromkeys(
                ("start_copy_from_url", "upload_blob_from_url"), ("read object {source_url:0}", f"write {_SERVICE}")
            ),
        },
        system="azure",
    ),
    Package(
        ("azure.eventhub",),
        methods={
            "send_batch": "write stream {from_connection_string|EventHubProducerClient@eventhub_name}",
            "send_event": "write stream {from_connection_string|EventHubProducerClient@eventhub_name}",
            "receive": "read stream {from_connection_string|EventHubConsumerClient@eventhub_name}",
            "receive_batch": "read stream {from_connection_string|EventHubConsumerClient@eventhub_name}",
        },
        system="azure",
    ),
    Package(
        ("azure.servicebus",),
        methods={
            "send_messages": "write stream {get_queue_sender|get_topic_sender@queue_name|topic_name:0}",
            "receive_messages": "read stream {get_queue_receiver|get_subscription_receiver@queue_name|topic_name:0}",
        },
        system="azure",
    ),
    Package(
        ("azure.storage.queue",),
        methods={
            "send_message": "write stream {get_queue_client|from_connection_string|QueueClient@queue|queue_name}",
            "receive_messages": "read stream {get_queue_client|from_connection_string|QueueClient@queue|queue_name}",
        },
        system="azure",
    ),
    Package(
        ("azure.data.tables",),
        methods={
            **dict.fromkeys(
                ("upsert_entity", "create_entity", "update_entity", "submit_transaction"),
                "write table {get_table_client|from_connection_string|TableClient@table_name:0}",
            ),
            **dict.fromkeys(
                ("query_entities", "list_entities", "get_entity"),
                "read table {get_table_client|from_connection_string|TableClient@table_name:0}",
            ),
        },
        system="azure",
    ),
)

"""boto3 and aioboto3: clients and resources, by the service that they are made for. A hook's `get_conn()` gives the same."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package, Table

_ROOTS = ("airflow.hook.DynamoDBHook", "boto3", "aioboto3", "aiobotocore.session", "botocore.session")
_PUT = "write object s3://{Bucket}/{Key}"
_GET = "read object s3://{Bucket}/{Key}"
_S3: Table = {
    "put_object": _PUT,
    "get_object": _GET,
    "head_object": _GET,
    "select_object_content": _GET,
    "delete_object": "remove object s3://{Bucket}/{Key}",
    "list_objects": "read object s3://{Bucket}/[{Prefix}]",
    "list_objects_v2": "read object s3://{Bucket}/[{Prefix}]",
    "upload_file": ("read file {Filename:0}", "write object s3://{Bucket:1}/{Key:2}"),
    "upload_fileobj": "write object s3://{Bucket:1}/{Key:2}",
    "download_file": ("read object s3://{Bucket:0}/{Key:1}", "write file {Filename:2}"),
    "download_fileobj": "read object s3://{Bucket:0}/{Key:1}",
    "copy_object": ("read object {CopySource}", _PUT),
    "copy": ("read object {CopySource:0}", "write object s3://{Bucket:1}/{Key:2}"),
    "paginate": "read object s3://{Bucket}/[{Prefix}]",
    "create_multipart_upload": _PUT,
}
_BUCKET = "s3://{Bucket@name:0}"
_RESOURCE: Table = {
    "upload_file": ("read file {Filename:0}", f"write object {_BUCKET}/{{Key:1}}"),
    "upload_fileobj": f"write object {_BUCKET}/{{Key:1}}",
    "download_file": (f"read object {_BUCKET}/{{Key:0}}", "write file {Filename:1}"),
    "download_fileobj": f"read object {_BUCKET}/{{Key:0}}",
    "put_object": f"write object {_BUCKET}/{{Key}}",
    "filter": f"read object {_BUCKET}/[{{Prefix}}]",
}
_OBJECT = "object s3://{Object@bucket_name:0}/{Object@key:1}"
_BUCKET_OBJECT = "object s3://{Bucket@name:0}/{Object@key:0}"
_TABLE = "table {Table@name:0}"

PACKAGES = (
    Package(
        _ROOTS,
        methods={
            "put": (f"write {_BUCKET_OBJECT}",),
            "get": (f"read {_BUCKET_OBJECT}",),
            "upload_file": ("read file {Filename:0}", f"write {_BUCKET_OBJECT}"),
            "download_file": (f"read {_BUCKET_OBJECT}", "write file {Filename:0}"),
        },
        system="s3",
        through=("Bucket", "Object"),
    ),
    Package(
        _ROOTS,
        methods={
            "put": (f"write {_OBJECT}",),
            "get": (f"read {_OBJECT}",),
            "upload_file": ("read file {Filename:0}", f"write {_OBJECT}"),
            "upload_fileobj": (f"write {_OBJECT}",),
            "download_file": (f"read {_OBJECT}", "write file {Filename:0}"),
            "download_fileobj": (f"read {_OBJECT}",),
            "load": (f"read {_OBJECT}",),
            "copy_from": (f"write {_OBJECT}", "read object {CopySource}"),
        },
        system="s3",
        through=("Object",),
    ),
    Package(
        _ROOTS,
        methods={
            "put_item": f"write {_TABLE}",
            "update_item": f"write {_TABLE}",
            "delete_item": f"write {_TABLE}",
            "batch_writer": f"write {_TABLE}",
            "get_item": f"read {_TABLE}",
            "query": f"read {_TABLE}",
            "scan": f"read {_TABLE}",
        },
        system="dynamodb",
        through=("Table",),
    ),
    Package(
        _ROOTS,
        methods={
            "put_item": "write table {create_table@TableName}",
            "update_item": "write table {create_table@TableName}",
            "batch_writer": "write table {create_table@TableName}",
        },
        system="dynamodb",
        service="dynamodb",
        through=("create_table",),
    ),
    Package(_ROOTS, methods=_RESOURCE, system="s3", through=("Bucket",)),
    Package(
        ("airflow.hook.S3Hook",),
        methods={
            "put_object": "write object s3://{get_bucket@bucket_name:0}/{Key}",
            "upload_file": ("read file {Filename:0}", "write object s3://{get_bucket@bucket_name:0}/{Key:1}"),
            "upload_fileobj": "write object s3://{get_bucket@bucket_name:0}/{Key:1}",
            "download_file": ("read object s3://{get_bucket@bucket_name:0}/{Key:0}", "write file {Filename:1}"),
            "filter": "read object s3://{get_bucket@bucket_name:0}/[{Prefix}]",
        },
        system="s3",
        through=("get_bucket",),
    ),
    Package(_ROOTS, methods=_S3, system="s3", service="s3"),
    Package(("airflow.hook.S3Hook",), methods=_S3, system="s3"),
    Package(
        _ROOTS,
        methods={
            "put_item": "write table {TableName}",
            "update_item": "write table {TableName}",
            "delete_item": "write table {TableName}",
            "get_item": "read table {TableName}",
            "query": "read table {TableName}",
            "scan": "read table {TableName}",
            "paginate": "read table {TableName}",
        },
        system="dynamodb",
        service="dynamodb",
    ),
    Package(
        _ROOTS,
        methods={
            "send_message": "write stream {QueueUrl}",
            "send_message_batch": "write stream {QueueUrl}",
            "receive_message": "read stream {QueueUrl}",
        },
        system="sqs",
        service="sqs",
    ),
    Package(_ROOTS, methods={"publish": "write stream {TopicArn|TargetArn}"}, system="sns", service="sns"),
    Package(
        _ROOTS,
        methods={
            "put_record": "write stream {StreamName}",
            "put_records": "write stream {StreamName}",
            "get_shard_iterator": "read stream {StreamName}",
        },
        system="kinesis",
        service="kinesis",
    ),
    Package(
        _ROOTS,
        methods={
            "put_record": "write stream {DeliveryStreamName}",
            "put_record_batch": "write stream {DeliveryStreamName}",
        },
        system="kinesis",
        service="firehose",
    ),
    Package(
        _ROOTS,
        methods={"write_records": "write table {DatabaseName}.{TableName}"},
        system="timestream",
        service="timestream-write",
    ),
    Package(_ROOTS, methods={"query": "sql {QueryString}"}, system="timestream", service="timestream-query"),
    Package(_ROOTS, methods={"execute_statement": "sql {sql}"}, service="rds-data"),
    Package(_ROOTS, methods={"start_query_execution": "sql {QueryString}"}, system="athena", service="athena"),
    Package(
        _ROOTS,
        methods={"execute_statement": "sql {Sql}", "batch_execute_statement": "sql {Sqls}"},
        system="redshift",
        service="redshift-data",
    ),
)

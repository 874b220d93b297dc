"""Objects that come from servers, web services and databases of documents, and files that objects become."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Value
from migrator.operators.calls import Call, Client, call_rule, known, passed, refuse
from migrator.operators.common import argument, first_argument, flag, required
from migrator.operators.remote_files import FTP
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.storage import located

_AWS = "airflow.providers.amazon.aws."
_GOOGLE = "airflow.providers.google.cloud.transfers."


def _s3(
    task: Task, context: LoweringContext, *methods: str, names: tuple[str, ...] = ("aws_conn_id",)
) -> ResourceValue:
    store = context.resource(first_argument(task, names, "aws_default"), "object_store", "s3")
    context.use_methods(store, methods)
    return ResourceValue(store)


# ----------------------------------------------------------------------------------------------------------------- FTP


def _from_ftp(task: Task, context: LoweringContext) -> dict[str, Expr]:
    files = argument(task, "ftp_filenames")
    if argument(task, "s3_filenames") or files not in (None, "", "*"):
        raise Untranslatable("MIG201", "it gives its files other names", task.argument_spans.get("ftp_filenames"))
    bucket, key = located(task, context, "s3_bucket", "s3_key")
    given: dict[str, Expr] = {"store": _s3(task, context), "bucket": bucket, "key": key}
    if files == "*":
        given["all_files"] = True
    if flag(task, "replace"):
        given["replace"] = True
    return given


def _to_ftp(task: Task, context: LoweringContext) -> dict[str, Expr]:
    bucket, key = located(task, context, "s3_bucket", "s3_key")
    return {"store": _s3(task, context, "download_as"), "bucket": bucket, "key": key}


_FTP_CALLS = (
    Call(
        "ftp-to-s3",
        (_AWS + "transfers.ftp_to_s3.FTPToS3Operator",),
        "copy_to_store",
        {"ftp_path": "path"},
        summary="Copies the same file, or all of a folder, through a temporary one. Files that get other names stay in Airflow.",
        built=_from_ftp,
        reads=("ftp_filenames", "s3_filenames", "s3_bucket", "s3_key", "aws_conn_id", "replace"),
        refused=("encrypt", "gzip", "acl_policy"),
        ignored={"fail_on_file_not_exist": "a file that is not there fails the step"},
        kind="ftp",
    ),
    Call(
        "s3-to-ftp",
        (_AWS + "transfers.s3_to_ftp.S3ToFTPOperator",),
        "copy_from_store",
        {"ftp_path": "path"},
        built=_to_ftp,
        reads=("s3_bucket", "s3_key", "aws_conn_id"),
        refused=("s3_filenames", "ftp_filenames"),
        ignored={"fail_on_file_not_exist": "an object that is not there fails the step"},
        kind="ftp",
    ),
)

# ---------------------------------------------------------------------------------------------------------------- HTTP


def _from_http(task: Task, context: LoweringContext) -> Lowering:
    refuse(
        task,
        "auth_type",
        "gzip",
        "encrypt",
        "acl_policy",
        "extra_options",
        "impersonation_chain",
        "user_project",
        "cache_control",
    )
    to_s3 = task.operator.startswith("HttpToS3")
    if to_s3:
        store = _s3(task, context, "write")
        bucket, key = located(task, context, "s3_bucket", "s3_key")
        replaces = flag(task, "replace")
    else:
        name = context.resource(argument(task, "gcp_conn_id", "google_cloud_default"), "object_store", "gcs")
        context.use_methods(name, ("write",))
        store, replaces = ResourceValue(name), True
        bucket, key = context.template(required(task, "bucket_name")), context.template(required(task, "object_name"))
    service = context.resource(argument(task, "http_conn_id", "http_default"), "http")
    context.use_methods(service, ("save",))
    given: dict[str, Expr] = {"store": store, "bucket": bucket, "key": key, "method": str(known(task, "method", "GET"))}
    given |= passed(task, context, {"endpoint": "endpoint", "data": "data", "headers": "headers"})
    if replaces:
        given["replace"] = True
    return Lowering("work", UseResource(service, "save", given))


def _http_rule(name: str, operator: str, *more: str) -> Rule:
    return Rule(
        name=name,
        operators=(operator,),
        summary="Makes an object of the response to the same request.",
        lower=_from_http,
        carried=frozenset(
            {
                *("http_conn_id", "endpoint", "method", "data", "headers", "auth_type", "extra_options", *more),
            }
        ),
        ignored={
            "log_response": "values are shown as metadata, not in logs",
            "tcp_keep_alive": "connections are as short as a request",
            "tcp_keep_alive_idle": "connections are as short as a request",
            "tcp_keep_alive_count": "connections are as short as a request",
            "tcp_keep_alive_interval": "connections are as short as a request",
            "mime_type": "the store's client tells the type",
            "chunk_size": "the store's client decides",
            "encoding": "the object has the response's bytes",
            "num_max_attempts": "retries follow the asset's policy",
            "verify": "the store's client decides",
            "timeout": "the store's client decides",
            "metadata": "an object has no metadata of its own",
        },
        connection=("http_conn_id",),
        default_connection="http_default",
        examples=(_HTTP_EXAMPLE,) if name == "http-to-s3" else (),
    )


# ------------------------------------------------------------------------------------------------------------- MongoDB

MONGO = Client("mongo", ("mongo_conn_id",), "mongo_default")


def _from_mongo(task: Task, context: LoweringContext) -> dict[str, Expr]:
    query: Value = required(task, "mongo_query")
    given: dict[str, Expr] = {"query": context.template(query)}
    given |= {
        "store": _s3(task, context, "write"),
        "bucket": context.template(required(task, "s3_bucket")),
        "key": context.template(required(task, "s3_key")),
    }
    if argument(task, "mongo_projection") and not isinstance(query, (list, tuple)):
        given["projection"] = context.template(argument(task, "mongo_projection"))
    for name in ("replace", "allow_disk_use"):
        if flag(task, name):
            given[name] = True
    return given


def _query(task: Task, context: LoweringContext) -> dict[str, Expr]:
    query = required(task, "query")
    if not isinstance(query, Mapping):
        raise Untranslatable("MIG207", "the document that it waits for is only known at run time", task.span)
    return {"query": context.template(query)}


_MONGO_CALLS = (
    Call(
        "mongo-to-s3",
        (_AWS + "transfers.mongo_to_s3.MongoToS3Operator",),
        "write_documents",
        {"mongo_collection": "collection", "mongo_db": "database"},
        summary="Makes an object of the same documents, one in JSON a line. Compressed ones stay in Airflow.",
        built=_from_mongo,
        reads=("mongo_query", "mongo_projection", "s3_bucket", "s3_key", "aws_conn_id", "replace", "allow_disk_use"),
        refused=("compression",),
        kind="mongodb",
    ),
    Call(
        "mongo-sensor",
        ("airflow.providers.mongo.sensors.mongo.MongoSensor",),
        "has_document",
        {"collection": "collection", "mongo_db": "database"},
        built=_query,
        reads=("query",),
        kind="mongodb",
        waits=True,
    ),
)

# --------------------------------------------------------------------------------------------------------------- Azure


def _from_azure(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "delimiter", "dest_verify", "dest_s3_extra_args", "s3_acl_policy", "wasb_extra_args", "gzip")
    refuse(task, "impersonation_chain")
    source = context.resource(argument(task, "wasb_conn_id", "wasb_default"), "object_store", "azure")
    container = context.template(required(task, "container_name"))
    if task.operator.startswith("AzureBlobStorageToS3"):
        target = _s3(task, context, "copy_from").resource
        bucket, prefix = located(task, context, "", "dest_s3_key")
        given: dict[str, Expr] = {"source": ResourceValue(source), "source_bucket": container}
        given["source_prefix"] = context.template(argument(task, "prefix") or "")
        given |= {"bucket": bucket, "prefix": f"{prefix.rstrip('/')}/" if isinstance(prefix, str) else prefix}
        if flag(task, "replace"):
            given["replace"] = True
        return Lowering("work", UseResource(target, "copy_from", given, gives=True, annotation="list[str]"))
    target = context.resource(argument(task, "gcp_conn_id", "google_cloud_default"), "object_store", "gcs")
    context.use_methods(target, ("copy_object_from",))
    given = {
        "source": ResourceValue(source),
        "source_bucket": container,
        "source_key": context.template(required(task, "blob_name")),
        "bucket": context.template(required(task, "bucket_name")),
        "key": context.template(required(task, "object_name")),
    }
    return Lowering("work", UseResource(target, "copy_object_from", given))


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_HTTP_EXAMPLE = Example(
    title="A response that becomes an object",
    dag=f"""{_HEAD}from airflow.providers.amazon.aws.transfers.http_to_s3 import HttpToS3Operator

with DAG("rates", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    HttpToS3Operator(
        task_id="rates",
        http_conn_id="rates_api",
        endpoint="rates/{{{{ ds }}}}",
        s3_bucket="lake",
        s3_key="rates/{{{{ ds }}}}.json",
        replace=True,
    )
""",
    expected=("rates_api.save(", 'method="GET"', "store=aws_default", "def save("),
)
_SUMMARY = (
    "Copies the same objects, those that are there already only with `replace`; its value is the list of their keys."
)

RULES: tuple[Rule, ...] = (
    *(call_rule(FTP, call) for call in _FTP_CALLS),
    _http_rule(
        "http-to-s3",
        _AWS + "transfers.http_to_s3.HttpToS3Operator",
        *("s3_bucket", "s3_key", "aws_conn_id", "encrypt", "acl_policy", "replace"),
    ),
    _http_rule(
        "http-to-gcs",
        _GOOGLE + "http_to_gcs.HttpToGCSOperator",
        *("bucket_name", "object_name", "gcp_conn_id", "gzip", "impersonation_chain", "user_project"),
        "cache_control",
    ),
    *(call_rule(MONGO, call) for call in _MONGO_CALLS),
    Rule(
        name="azure-to-s3",
        operators=(_AWS + "transfers.azure_blob_to_s3.AzureBlobStorageToS3Operator",),
        summary=_SUMMARY,
        lower=_from_azure,
        carried=frozenset(
            {
                *("wasb_conn_id", "container_name", "prefix", "delimiter", "aws_conn_id", "dest_s3_key", "dest_verify"),
                *("dest_s3_extra_args", "replace", "s3_acl_policy", "wasb_extra_args"),
            }
        ),
        connection=("wasb_conn_id",),
        default_connection="wasb_default",
    ),
    Rule(
        name="azure-to-gcs",
        operators=(_GOOGLE + "azure_blob_to_gcs.AzureBlobStorageToGCSOperator",),
        summary="Copies the same blob.",
        lower=_from_azure,
        carried=frozenset(
            {
                *("wasb_conn_id", "container_name", "blob_name", "gcp_conn_id", "bucket_name", "object_name", "gzip"),
                "impersonation_chain",
            }
        ),
        ignored={"file_path": "no file is between both", "filename": "no file is between both"},
        connection=("wasb_conn_id",),
        default_connection="wasb_default",
    ),
)

"""Google Cloud: the Storage Transfer Service, databases of Spanner, and what deploys Cloud Functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Value
from migrator.operators.calls import Call, call_rule, options
from migrator.operators.common import argument, first_argument, flag, required, seconds
from migrator.operators.google import GOOGLE, label_of_airflow
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.google.cloud.operators."
_TRANSFERS = _OPERATORS + "cloud_storage_transfer_service.CloudDataTransferService"
_PROJECT = {"project_id": "project"}
_BESIDE = ("google_impersonation_chain",)
_HEAD = """
from datetime import datetime

from airflow import DAG
"""

# -------------------------------------------------------------------------------------------- Storage Transfer Service


def _aws(task: Task, context: LoweringContext) -> ResourceValue:
    """The resource whose keys open a bucket of S3."""
    aws = context.resource(first_argument(task, ("aws_conn_id",), "aws_default"), "aws")
    context.use_methods(aws, ("access_key",))
    return ResourceValue(aws)


def _body(task: Task, context: LoweringContext) -> dict[str, Expr]:
    body = required(task, "body")
    if not isinstance(body, Mapping):
        raise Untranslatable("MIG207", "its argument `body` is only known at run time", task.argument_spans.get("body"))
    found: dict[str, Expr] = {"body": context.template(body)}
    if _needs_keys(next((body[name] for name in ("transfer_job", "transferJob") if name in body), body)):
        found["aws"] = _aws(task, context)
    return found


def _needs_keys(job: Value) -> bool:
    """Whether a job reads a bucket of S3 for which it names no role."""
    spec = job.get("transferSpec") if isinstance(job, Mapping) else None
    bucket = spec.get("awsS3DataSource") if isinstance(spec, Mapping) else None
    return isinstance(bucket, Mapping) and "roleArn" not in bucket


def _limit(task: Task) -> float:
    """How many seconds the operator waits."""
    found = seconds(task, "timeout", 60)
    return int(found) if found == int(found) else found


def _run(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"wait_seconds": _limit(task) or 60} if flag(task, "deferrable") else {}


def _objects(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if task.operator.endswith("S3ToGCSOperator"):
        more: dict[str, Expr] = {}
        role = argument(task, "aws_role_arn")
        if role is None:
            more["aws"] = _aws(task, context)
        source = options(task, context, {"s3_bucket": "bucketName", "s3_path": "path", "aws_role_arn": "roleArn"})
        sink = options(task, context, {"gcs_bucket": "bucketName", "gcs_path": "path"})
        found: dict[str, Expr] = {"source": {"awsS3DataSource": source}, "sink": sink, **more}
    else:
        source = options(task, context, {"source_bucket": "bucketName", "source_path": "path"})
        sink = options(task, context, {"destination_bucket": "bucketName", "destination_path": "path"})
        found = {"source": {"gcsDataSource": source}, "sink": sink}
    if not flag(task, "wait", True):
        return {**found, "wait": False}
    if (limit := _limit(task)) != 60:
        found["wait_seconds"] = limit
    # A task that is deferred leaves the job where it is.
    if flag(task, "delete_job_after_completion") and not flag(task, "deferrable"):
        found["delete_job"] = True
    return found


def _states(task: Task, context: LoweringContext) -> dict[str, Expr]:
    value = required(task, "expected_statuses")
    states = sorted(map(str, value)) if isinstance(value, (list, tuple, frozenset)) else [value]
    if not all(isinstance(state, str) and state.isidentifier() for state in states):
        span = task.argument_spans.get("expected_statuses")
        raise Untranslatable("MIG207", "its argument `expected_statuses` is only known at run time", span)
    return {"states": states}


def _transfer(
    name: str,
    operator: str,
    method: str,
    arguments: Mapping[str, str],
    *,
    built: Callable[[Task, LoweringContext], dict[str, Expr]] | None = None,
    reads: tuple[str, ...] = (),
    fixed: Mapping[str, Expr] | None = None,
    gives: str = "",
    unread: tuple[str, ...] = (),
    examples: tuple[Example, ...] = (),
) -> Call:
    return Call(
        f"storage-transfer-{name}",
        (f"{_TRANSFERS}{operator}Operator",),
        method,
        arguments,
        built=built,
        reads=reads,
        fixed=fixed or {},
        gives=gives,
        refused=_BESIDE,
        ignored=dict.fromkeys(unread, "the service finds the project by itself"),
        kind="gcs",
        examples=examples,
    )


_OBJECTS = {
    "description": "description",
    "schedule": "schedule",
    "object_conditions": "conditions",
    "transfer_options": "options",
    **_PROJECT,
}
_READ = ("wait", "timeout", "deferrable", "delete_job_after_completion")
_BODY = ("body", "aws_conn_id")
_OPERATION = {"operation_name": "operation"}
_S3_EXAMPLE = Example(
    title="A bucket of S3 that Google fetches itself",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.cloud_storage_transfer_service import CloudDataTransferServiceS3ToGCSOperator

with DAG("mirror", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    CloudDataTransferServiceS3ToGCSOperator(
        task_id="fetch",
        s3_bucket="drops",
        s3_path="orders/{{{{ ds }}}}",
        gcs_bucket="lake",
        gcs_path="raw/orders",
        project_id="acme",
        transfer_options={{"overwriteObjectsAlreadyExistingInSink": True}},
        timeout=3600,
    )
""",
    expected=(
        "google_cloud_default.transfer_objects(",
        '"awsS3DataSource": {"bucketName": "drops", "path": f"orders/{context.partition_key}"}',
        "aws=aws_default",
        "wait_seconds=3600",
    ),
)
_JOB_EXAMPLE = Example(
    title="A job that is told by the provider's names, and waited for",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.hooks.cloud_storage_transfer_service import (
    BUCKET_NAME,
    DESCRIPTION,
    GCS_DATA_SINK,
    GCS_DATA_SOURCE,
    SCHEDULE,
    SCHEDULE_START_DATE,
    STATUS,
    TRANSFER_SPEC,
    GcpTransferJobsStatus,
    GcpTransferOperationStatus,
)
from airflow.providers.google.cloud.operators.cloud_storage_transfer_service import CloudDataTransferServiceCreateJobOperator
from airflow.providers.google.cloud.sensors.cloud_storage_transfer_service import CloudDataTransferServiceJobStatusSensor

JOB = {{
    DESCRIPTION: "archive",
    STATUS: GcpTransferJobsStatus.ENABLED,
    SCHEDULE: {{SCHEDULE_START_DATE: datetime(2024, 1, 1).date()}},
    TRANSFER_SPEC: {{GCS_DATA_SOURCE: {{BUCKET_NAME: "lake"}}, GCS_DATA_SINK: {{BUCKET_NAME: "archive"}}}},
}}

with DAG("archive", schedule="@monthly", start_date=datetime(2024, 1, 1), catchup=False):
    create = CloudDataTransferServiceCreateJobOperator(task_id="create", body=JOB)
    done = CloudDataTransferServiceJobStatusSensor(
        task_id="done",
        job_name="{{{{ task_instance.xcom_pull('create')['name'] }}}}",
        expected_statuses={{GcpTransferOperationStatus.SUCCESS}},
        poke_interval=60,
    )
    create >> done
""",
    expected=(
        "google_cloud_default.create_transfer_job(",
        '"gcsDataSource": {"bucketName": "lake"}',
        "google_cloud_default.transfer_operations_in(",
        'states=["SUCCESS"]',
    ),
)
_STORAGE_TRANSFERS = (
    _transfer(
        "s3",
        "S3ToGCS",
        "transfer_objects",
        _OBJECTS,
        built=_objects,
        reads=("s3_bucket", "s3_path", "aws_role_arn", "gcs_bucket", "gcs_path", "aws_conn_id", *_READ),
        examples=(_S3_EXAMPLE,),
    ),
    _transfer(
        "gcs",
        "GCSToGCS",
        "transfer_objects",
        _OBJECTS,
        built=_objects,
        reads=("source_bucket", "source_path", "destination_bucket", "destination_path", *_READ),
    ),
    _transfer(
        "create",
        "CreateJob",
        "create_transfer_job",
        {},
        built=_body,
        reads=_BODY,
        gives="dict",
        unread=("project_id",),
        examples=(_JOB_EXAMPLE,),
    ),
    _transfer(
        "update",
        "UpdateJob",
        "update_transfer_job",
        {"job_name": "job"},
        built=_body,
        reads=_BODY,
        gives="dict",
        unread=("project_id",),
    ),
    _transfer("delete", "DeleteJob", "delete_transfer_job", {"job_name": "job", **_PROJECT}),
    _transfer(
        "run",
        "RunJob",
        "run_transfer_job",
        {"job_name": "job", **_PROJECT},
        built=_run,
        reads=("timeout", "deferrable"),
        gives="dict",
    ),
    _transfer("operation", "GetOperation", "transfer_operation", _OPERATION, gives="dict", unread=("project_id",)),
    _transfer(
        "operations",
        "ListOperations",
        "transfer_operations",
        {"request_filter": "request_filter"},
        gives="list",
        unread=("project_id",),
    ),
    *(
        _transfer(
            action, f"{action.title()}Operation", "change_transfer_operation", _OPERATION, fixed={"action": action}
        )
        for action in ("pause", "resume", "cancel")
    ),
    Call(
        "storage-transfer-sensor",
        (
            "airflow.providers.google.cloud.sensors.cloud_storage_transfer_service.CloudDataTransferServiceJobStatusSensor",
        ),
        "transfer_operations_in",
        {"job_name": "job", **_PROJECT},
        built=_states,
        reads=("expected_statuses",),
        keys={"sensed_operations": "list"},
        kind="gcs",
        waits=True,
    ),
)

# -------------------------------------------------------------------------------------------------------------- Spanner


def _queries(task: Task, context: LoweringContext) -> dict[str, Expr]:
    query = required(task, "query")
    entries = context.files(query, (".sql",))
    return {"queries": list(entries) if isinstance(query, (list, tuple)) else entries[0]}


def _statements(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"statements": list(context.files(required(task, "ddl_statements"), (".sql",)))}


_INSTANCE = {"instance_id": "instance", **_PROJECT}
_DATABASE = {"database_id": "database", **_INSTANCE}
_SPANNER_EXAMPLE = Example(
    title="Rows of Spanner that are too old",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.spanner import SpannerQueryDatabaseInstanceOperator

with DAG("cleanup", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SpannerQueryDatabaseInstanceOperator(
        task_id="forget",
        instance_id="shop",
        database_id="orders",
        query="DELETE FROM carts WHERE day < '{{{{ ds }}}}'; DELETE FROM visits WHERE day < '{{{{ ds }}}}'",
    )
""",
    expected=("google_cloud_default.run_spanner_dml(", 'instance="shop"', 'database="orders"', "DELETE FROM carts"),
)
_SPANNER = (
    Call(
        "spanner-deploy-instance",
        (_OPERATORS + "spanner.SpannerDeployInstanceOperator",),
        "deploy_spanner_instance",
        {
            "configuration_name": "configuration",
            "node_count": "nodes",
            "display_name": "display_name",
            **_INSTANCE,
        },
        kind="gcp",
    ),
    Call(
        "spanner-delete-instance",
        (_OPERATORS + "spanner.SpannerDeleteInstanceOperator",),
        "delete_spanner_instance",
        _INSTANCE,
        kind="gcp",
    ),
    Call(
        "spanner-create-database",
        (_OPERATORS + "spanner.SpannerDeployDatabaseInstanceOperator",),
        "create_spanner_database",
        _DATABASE,
        built=_statements,
        reads=("ddl_statements",),
        kind="gcp",
    ),
    Call(
        "spanner-update-database",
        (_OPERATORS + "spanner.SpannerUpdateDatabaseInstanceOperator",),
        "update_spanner_database",
        {"operation_id": "operation_id", **_DATABASE},
        built=_statements,
        reads=("ddl_statements",),
        kind="gcp",
    ),
    Call(
        "spanner-delete-database",
        (_OPERATORS + "spanner.SpannerDeleteDatabaseInstanceOperator",),
        "delete_spanner_database",
        _DATABASE,
        gives="bool",
        kind="gcp",
    ),
    Call(
        "spanner-query",
        (_OPERATORS + "spanner.SpannerQueryDatabaseInstanceOperator",),
        "run_spanner_dml",
        _DATABASE,
        summary="Runs the same statements in one transaction; its value is how many rows each of them changed.",
        built=_queries,
        reads=("query",),
        gives="list",
        kind="gcp",
        examples=(_SPANNER_EXAMPLE,),
    ),
)

# ------------------------------------------------------------------------------------------------------ Cloud Functions

_FUNCTIONS = (
    Call(
        "cloud-function-deploy",
        (_OPERATORS + "functions.CloudFunctionDeployFunctionOperator",),
        "deploy_cloud_function",
        {"body": "body", "location": "location", "zip_path": "source", **_PROJECT},
        made_up=label_of_airflow("body.labels"),
        kind="gcp",
    ),
    Call(
        "cloud-function-delete",
        (_OPERATORS + "functions.CloudFunctionDeleteFunctionOperator",),
        "delete_cloud_function",
        {"name": "name"},
        ignored={"project_id": "the name says where it is"},
        kind="gcp",
    ),
)

RULES = tuple(call_rule(GOOGLE, call) for call in (*_STORAGE_TRANSFERS, *_SPANNER, *_FUNCTIONS))

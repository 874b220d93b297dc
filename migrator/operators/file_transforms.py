"""Objects that a program makes of others: it gets the path of a file with the object, and that of one that becomes the new object."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Value
from migrator.operators.calls import refuse
from migrator.operators.common import argument, first_argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.storage import split_url

_S3 = "airflow.providers.amazon.aws.operators.s3.S3FileTransformOperator"
_GCS = "airflow.providers.google.cloud.operators.gcs.GCSFileTransformOperator"


def _transform(context: LoweringContext, store: str, given: dict[str, Expr]) -> Lowering:
    context.use_methods(store, ("transform",))
    return Lowering("work", UseResource(store, "transform", given))


def _s3(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "select_expression", "source_verify", "dest_verify")
    source = context.resource(first_argument(task, ("source_aws_conn_id",), "aws_default"), "object_store", "s3")
    target = context.resource(first_argument(task, ("dest_aws_conn_id",), "aws_default"), "object_store", "s3")
    (source_bucket, source_key), (bucket, key) = (
        split_url(task, name, required(task, name)) for name in ("source_s3_key", "dest_s3_key")
    )
    script: Value = required(task, "transform_script")
    more = argument(task, "script_args") or []
    if not isinstance(more, (list, tuple)):
        raise Untranslatable("MIG207", "the arguments of its program are only known at run time", task.span)
    given: dict[str, Expr] = {
        "command": [context.template(script)],
        "source_bucket": context.template(source_bucket),
        "source_key": context.template(source_key),
        "bucket": context.template(bucket),
        "key": context.template(key),
    }
    if more:
        given["arguments"] = [context.template(word) for word in more]
    if source != target:
        given["source"] = ResourceValue(source)
    if flag(task, "replace"):
        given["replace"] = True
    return _transform(context, target, given)


def _gcs(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "impersonation_chain")
    store = context.resource(argument(task, "gcp_conn_id", "google_cloud_default"), "object_store", "gcs")
    bucket, key, script = (required(task, name) for name in ("source_bucket", "source_object", "transform_script"))
    given: dict[str, Expr] = {
        "command": [context.template(word) for word in (script if isinstance(script, (list, tuple)) else [script])],
        "source_bucket": context.template(bucket),
        "source_key": context.template(key),
        "bucket": context.template(argument(task, "destination_bucket") or bucket),
        "key": context.template(argument(task, "destination_object") or key),
        "replace": True,
    }
    return _transform(context, store, given)


_EXAMPLE = Example(
    title="A program that makes one object of another",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.s3_file_transform_operator import S3FileTransformOperator

with DAG("clean", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    S3FileTransformOperator(
        task_id="orders",
        source_s3_key="s3://drops/orders/{{ ds }}.csv",
        dest_s3_key="s3://lake/orders/{{ ds }}.csv",
        transform_script="/opt/scripts/clean.py",
        replace=True,
    )
""",
    expected=("aws_default.transform(", 'command=["/opt/scripts/clean.py"]', 'bucket="lake"', "replace=True"),
)
_SUMMARY = "Runs the same program between the same two objects."

RULES = (
    Rule(
        name="s3-transform",
        operators=(_S3,),
        summary=f"{_SUMMARY} What S3 itself selects (`select_expression`) stays in Airflow.",
        lower=_s3,
        carried=frozenset(
            {
                *("source_s3_key", "dest_s3_key", "transform_script", "script_args", "select_expression", "replace"),
                *("source_aws_conn_id", "dest_aws_conn_id", "source_verify", "dest_verify"),
            }
        ),
        ignored={"select_expr_serialization_config": "goes with `select_expression`"},
        connection=("dest_aws_conn_id",),
        default_connection="aws_default",
        system="s3",
        examples=(_EXAMPLE,),
    ),
    Rule(
        name="gcs-transform",
        operators=(_GCS,),
        summary=_SUMMARY,
        lower=_gcs,
        carried=frozenset(
            {
                *("source_bucket", "source_object", "destination_bucket", "destination_object", "transform_script"),
                *("gcp_conn_id", "impersonation_chain"),
            }
        ),
        connection=("gcp_conn_id",),
        default_connection="google_cloud_default",
        system="gcs",
    ),
)

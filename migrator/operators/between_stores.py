"""Objects that go from one cloud's storage to another's."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Value, show
from migrator.operators.calls import refuse
from migrator.operators.common import argument, first_argument, flag, required, text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_PROVIDERS = "airflow.providers."
_SUMMARY = (
    "Copies the same objects, those that are there already only with `replace`; its value is the list of their keys."
)


def _copy(
    task: Task,
    context: LoweringContext,
    source: str,
    target: str,
    bucket: Value,
    prefix: Value,
    address: Value,
    **more: Expr,
) -> Lowering:
    """The copy of all objects below a prefix to an address (`s3://bucket/prefix`)."""
    place = show(address)
    if not isinstance(address, str) or "://" not in place or "{" in place.partition("://")[2].partition("/")[0]:
        raise Untranslatable("MIG207", "the bucket that it copies to is only known at run time", task.span)
    to, _, below = address.partition("://")[2].partition("/")
    context.use_methods(target, ("copy_from",))
    arguments: dict[str, Expr] = {
        "source": ResourceValue(source),
        "source_bucket": context.template(bucket),
        "source_prefix": context.template(prefix),
        "bucket": to,
        "prefix": context.template(below),
        **more,
    }
    if flag(task, "replace"):
        arguments["replace"] = True
    body = UseResource(target, "copy_from", arguments, gives=True, annotation="list[str]")
    return Lowering("work", body)


def _store(task: Task, context: LoweringContext, names: tuple[str, ...], default: str, system: str) -> str:
    return context.resource(first_argument(task, names, default), "object_store", system)


def _to_gcs(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "delimiter", "gzip", "verify", "google_impersonation_chain", "return_gcs_uris")
    source = _store(task, context, ("aws_conn_id",), "aws_default", "s3")
    target = _store(task, context, ("gcp_conn_id",), "google_cloud_default", "gcs")
    more: dict[str, Expr] = {"in_place_of_prefix": True} if flag(task, "apply_gcs_prefix") else {}
    prefix = argument(task, "prefix", "")
    return _copy(task, context, source, target, required(task, "bucket"), prefix, required(task, "dest_gcs"), **more)


def _to_s3(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "match_glob", "flatten_structure", "dest_s3_extra_args", "s3_acl_policy", "dest_verify")
    refuse(task, "google_impersonation_chain", "gcp_user_project")
    if not flag(task, "keep_directory_structure", True):
        raise Untranslatable("MIG201", "it puts its objects into other folders", task.span)
    source = _store(task, context, ("gcp_conn_id",), "google_cloud_default", "gcs")
    target = _store(task, context, ("dest_aws_conn_id",), "aws_default", "s3")
    address = required(task, "dest_s3_key")
    address = text(address, "/") if isinstance(address, str) and not address.endswith("/") else address
    return _copy(task, context, source, target, required(task, "gcs_bucket"), argument(task, "prefix", ""), address)


_EXAMPLE = Example(
    title="The objects of a day",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.transfers.s3_to_gcs import S3ToGCSOperator

with DAG("mirror", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    S3ToGCSOperator(
        task_id="copy", bucket="drops", prefix="orders/{{ ds }}", dest_gcs="gs://lake/raw/", replace=True
    )
""",
    expected=("google_cloud_default.copy_from(", "source=aws_default", 'bucket="lake"', 'prefix="raw/"'),
)
RULES = (
    Rule(
        name="s3-to-gcs",
        operators=(_PROVIDERS + "google.cloud.transfers.s3_to_gcs.S3ToGCSOperator",),
        summary=_SUMMARY,
        lower=_to_gcs,
        carried=frozenset(
            {
                *("bucket", "prefix", "delimiter", "aws_conn_id", "verify", "gcp_conn_id", "dest_gcs", "replace"),
                *("gzip", "google_impersonation_chain", "apply_gcs_prefix", "return_gcs_uris"),
            }
        ),
        ignored={"deferrable": "there is no triggerer", "poll_interval": "there is no triggerer"},
        connection=("aws_conn_id",),
        default_connection="aws_default",
        examples=(_EXAMPLE,),
    ),
    Rule(
        name="gcs-to-s3",
        operators=(_PROVIDERS + "amazon.aws.transfers.gcs_to_s3.GCSToS3Operator",),
        summary=_SUMMARY,
        lower=_to_s3,
        carried=frozenset(
            {
                *("gcs_bucket", "prefix", "match_glob", "gcp_conn_id", "dest_aws_conn_id"),
                *("dest_s3_key", "dest_verify", "replace", "google_impersonation_chain", "dest_s3_extra_args"),
                *("s3_acl_policy", "keep_directory_structure", "flatten_structure", "gcp_user_project"),
            }
        ),
        connection=("gcp_conn_id",),
        default_connection="google_cloud_default",
    ),
)

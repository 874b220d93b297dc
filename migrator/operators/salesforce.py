"""Rows that Salesforce's Bulk API changes, those of queries as objects, and endpoints of Apex."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, ResourceValue
from migrator.operators.calls import Call, Client, call_rule, known
from migrator.operators.common import first_argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.salesforce.operators."
_ORG = Client("salesforce", ("salesforce_conn_id",), "salesforce_default")
_GOOGLE = "google_cloud_default"
_OPERATIONS = ("insert", "update", "upsert", "delete", "hard_delete")


def _operation(task: Task, context: LoweringContext) -> dict[str, Expr]:
    operation = known(task, "operation")
    if operation not in _OPERATIONS:
        raise Untranslatable("MIG207", f"its operation is none of {', '.join(_OPERATIONS)}", task.span)
    return {"operation": operation}


def _payload(task: Task, context: LoweringContext) -> dict[str, Expr]:
    # Airflow renders nothing of it.
    return {
        "endpoint": context.expression(required(task, "endpoint")),
        "payload": context.expression(required(task, "payload")),
    }


def _rows(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if not flag(task, "unwrap_single", True):
        raise Untranslatable("MIG201", "its value is a list", task.argument_spans.get("unwrap_single"))
    file_format = str(known(task, "export_format", "csv")).lower()
    to_s3 = task.operator.startswith("SalesforceToS3")
    names, default, system = (("aws_conn_id",), "aws_default", "s3") if to_s3 else (("gcp_conn_id",), _GOOGLE, "gcs")
    store = context.resource(first_argument(task, names, default), "object_store", system)
    query = context.files(required(task, "salesforce_query" if to_s3 else "query"), (".sql",))[0]
    found: dict[str, Expr] = {"store": ResourceValue(store), "query": query}
    if file_format != "csv":
        found["file_format"] = file_format
    return found if to_s3 else {**found, "replace": True}


_EXAMPLE = Example(
    title="Rows that are made or changed, by a field of one's own",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.salesforce.operators.bulk import SalesforceBulkOperator

with DAG("crm", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SalesforceBulkOperator(
        task_id="accounts",
        operation="upsert",
        object_name="Account",
        payload=[{"Code__c": "a1", "Name": "acme"}],
        external_id_field="Code__c",
    )
""",
    expected=(
        "salesforce_default.change(",
        'object_name="Account"',
        'operation="upsert"',
        'key="Code__c"',
        "salesforce_default: SalesforceOrg",
    ),
)
_CALLS = (
    Call(
        "salesforce-bulk",
        (_OPERATORS + "bulk.SalesforceBulkOperator",),
        "change",
        {
            "object_name": "object_name",
            "payload": "rows",
            "external_id_field": "key",
            "batch_size": "batch_size",
            "use_serial": "use_serial",
        },
        summary="Has the Bulk API change the same rows; what became of each row is its value, and no failure of the step, as in Airflow.",
        built=_operation,
        reads=("operation",),
        gives="list",
        refused=("max_retries",),
        ignored={
            "bulk_retry_delay": "goes with `max_retries`",
            "transient_error_codes": "goes with `max_retries`",
        },
        kind="salesforce",
        examples=(_EXAMPLE,),
    ),
    Call(
        "salesforce-apex",
        (_OPERATORS + "salesforce_apex_rest.SalesforceApexRestOperator",),
        "call_apex",
        {"method": "method"},
        built=_payload,
        reads=("endpoint", "payload"),
        gives="dict",
        kind="salesforce",
    ),
)
_ROWS = {"query_params": "options", "include_deleted": "deleted", "record_time_added": "with_time"}
_REFUSED = ("coerce_to_timestamp", "gzip")
_ROWS_EXAMPLE = Example(
    title="The accounts of an org as an object",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.amazon.aws.transfers.salesforce_to_s3 import SalesforceToS3Operator

with DAG("crm", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SalesforceToS3Operator(
        task_id="accounts",
        salesforce_conn_id="crm",
        salesforce_query="SELECT Id, Name FROM Account WHERE CreatedDate < {{ ds }}T00:00:00Z",
        s3_bucket_name="lake",
        s3_key="accounts/{{ ds }}.csv",
        replace=True,
    )
""",
    expected=(
        "crm.copy_query_to_store(",
        "store=aws_default",
        'key=f"accounts/{context.partition_key}.csv"',
        "replace=True",
    ),
)
_TRANSFERS = (
    Call(
        "salesforce-to-s3",
        ("airflow.providers.amazon.aws.transfers.salesforce_to_s3.SalesforceToS3Operator",),
        "copy_query_to_store",
        {"s3_bucket_name": "bucket", "s3_key": "key", "replace": "replace", **_ROWS},
        summary="Makes an object of the rows of the same query, through pandas.",
        built=_rows,
        reads=("export_format", "salesforce_query", "aws_conn_id"),
        fixed={"scheme": "s3"},
        gives="str",
        refused=(*_REFUSED, "encrypt", "acl_policy"),
        kind="salesforce",
        examples=(_ROWS_EXAMPLE,),
    ),
    Call(
        "salesforce-to-gcs",
        ("airflow.providers.google.cloud.transfers.salesforce_to_gcs.SalesforceToGcsOperator",),
        "copy_query_to_store",
        {"bucket_name": "bucket", "object_name": "key", **_ROWS},
        summary="Makes an object of the rows of the same query, through pandas.",
        built=_rows,
        reads=("export_format", "query", "gcp_conn_id", "unwrap_single"),
        fixed={"scheme": "gs"},
        gives="str",
        refused=_REFUSED,
        kind="salesforce",
    ),
)
RULES = tuple(call_rule(_ORG, call) for call in (*_CALLS, *_TRANSFERS))

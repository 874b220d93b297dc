"""Rows that Salesforce's Bulk API changes, and endpoints of Apex."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, Client, call_rule, known
from migrator.operators.common import required
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.salesforce.operators."
_ORG = Client("salesforce", ("salesforce_conn_id",), "salesforce_default")
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
RULES = tuple(call_rule(_ORG, call) for call in _CALLS)

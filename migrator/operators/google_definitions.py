"""Google Cloud: jobs of Cloud Run, routines of BigQuery and scans of Dataplex, which are made, run or deleted."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, call_rule, known, options
from migrator.operators.common import argument, flag
from migrator.operators.google import GOOGLE
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.google.cloud.operators."
_PLACE = {"project_id": "project", "region": "region"}
_LIMIT = {"timeout": "the client's own limit counts"}
_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_JOB_EXAMPLE = Example(
    title="A job of Cloud Run for a day",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.cloud_run import (
    CloudRunCreateJobOperator,
    CloudRunDeleteJobOperator,
    CloudRunExecuteJobOperator,
)

with DAG("containers", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    place = {{"project_id": "acme", "region": "europe-west1", "job_name": "load-{{{{ ds_nodash }}}}"}}
    make = CloudRunCreateJobOperator(
        task_id="make", job={{"template": {{"template": {{"containers": [{{"image": "acme/load:2"}}]}}}}}}, **place
    )
    make >> CloudRunExecuteJobOperator(task_id="run", **place) >> CloudRunDeleteJobOperator(task_id="end", **place)
""",
    expected=(
        "google_cloud_default.create_cloud_run_job(",
        '"containers": [{"image": "acme/load:2"}]',
        "google_cloud_default.delete_cloud_run_job(",
    ),
    disposition="step",
)
_ROUTINE = {
    "routine_type": "routineType",
    "language": "language",
    "definition_body": "definitionBody",
    "arguments": "arguments",
    "return_type": "returnType",
    "return_table_type": "returnTableType",
    "imported_libraries": "importedLibraries",
    "determinism_level": "determinismLevel",
    "security_mode": "securityMode",
    "data_governance_type": "dataGovernanceType",
    "description": "description",
    "remote_function_options": "remoteFunctionOptions",
    "spark_options": "sparkOptions",
}
_NAMED = {"dataset_id": "dataset", "routine_id": "routine", "project_id": "project", "location": "location"}


def _routine(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = argument(task, "routine_resource") or {}
    if not isinstance(given, Mapping):
        raise Untranslatable("MIG207", "what its routine is made of is only known at run time", task.span)
    found: dict[str, Expr] = {"definition": {**options(task, context, _ROUTINE), **context.template(given)}}
    exists = known(task, "if_exists", "fail")
    return found if exists == "fail" else {**found, "if_exists": exists}


def _deleted_routine(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"missing_ok": True} if flag(task, "ignore_if_missing") else {}


def _scan(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Expr] = {"wait": False} if flag(task, "asynchronous") else {}
    return {**found, "must_pass": True} if flag(task, "fail_on_dq_failure") else found


_CALLS = (
    *(
        Call(
            f"cloud-run-{action}",
            (f"{_OPERATORS}cloud_run.CloudRun{action.title()}JobOperator",),
            f"{action}_cloud_run_job",
            {"job_name": "job_name", **({} if action == "delete" else {"job": "job"}), **_PLACE},
            refused=("use_regional_endpoint",),
            kind="cloudrun",
            examples=(_JOB_EXAMPLE,) if action == "create" else (),
        )
        for action in ("create", "update", "delete")
    ),
    Call(
        "bigquery-create-routine",
        (_OPERATORS + "bigquery.BigQueryCreateRoutineOperator",),
        "create_bigquery_routine",
        _NAMED,
        built=_routine,
        reads=("routine_resource", "if_exists", *_ROUTINE),
        ignored=_LIMIT,
        kind="bigquery",
    ),
    Call(
        "bigquery-delete-routine",
        (_OPERATORS + "bigquery.BigQueryDeleteRoutineOperator",),
        "delete_bigquery_routine",
        _NAMED,
        built=_deleted_routine,
        reads=("ignore_if_missing",),
        ignored=_LIMIT,
        kind="bigquery",
    ),
    *(
        Call(
            f"dataplex-{rule}",
            (f"{_OPERATORS}dataplex.DataplexRunData{rule.title()}ScanOperator",),
            "run_dataplex_scan",
            {"data_scan_id": "scan", **_PLACE},
            built=_scan,
            reads=("asynchronous", *(("fail_on_dq_failure",) if rule == "quality" else ())),
            gives="str",
            ignored={
                **_LIMIT,
                "result_timeout": "the run's own limit counts",
                "polling_interval_seconds": "the resource looks in intervals of its own",
            },
            kind="gcp",
        )
        for rule in ("quality", "profile")
    ),
)
RULES = tuple(call_rule(GOOGLE, call) for call in _CALLS)

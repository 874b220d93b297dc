"""Google Cloud: jobs of Batch, executions of Workflows, routines and buffers of BigQuery, and copies of Cloud SQL."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import RUN_LIMIT, Call, call_rule
from migrator.operators.common import required
from migrator.operators.google import GOOGLE
from migrator.operators.google_asks import Ask, ask_rules, plain
from migrator.operators.rule import Example, LoweringContext

_OPERATORS = "airflow.providers.google.cloud.operators."
_SENSORS = "airflow.providers.google.cloud.sensors."
_PROJECT = {"project_id": "project"}
_REGION = "projects/{project_id}/locations/{region}"
_JOB = _REGION + "/jobs/{job_name}"
_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_BATCH = (
    Ask("CloudBatchDeleteJob", "delete_job", {"name": _JOB}, gives=""),
    Ask("CloudBatchListJobs", "list_jobs", {"parent": _REGION, "filter": "filter"}, gives="list", refused=("limit",)),
    Ask(
        "CloudBatchListTasks",
        "list_tasks",
        {
            "parent": f"{_JOB}/taskGroups/{{group_name}} or {_JOB}/taskGroups/group0",
            "filter": "filter",
        },
        gives="list",
        refused=("limit",),
    ),
)
_EXECUTIONS = (
    Ask(
        "WorkflowsCancelExecution",
        "cancel_execution",
        {"name": "projects/{project_id}/locations/{location}/workflows/{workflow_id}/executions/{execution_id}"},
    ),
)


def _job(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"job": context.template(plain(required(task, "job"), task))}


_BATCH_EXAMPLE = Example(
    title="A container that Batch runs",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.cloud_batch import CloudBatchSubmitJobOperator

with DAG("reports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    CloudBatchSubmitJobOperator(
        task_id="render",
        project_id="acme",
        region="europe-west1",
        job_name="render-{{{{ ds_nodash }}}}",
        job={{"task_groups": [{{"task_spec": {{"runnables": [{{"container": {{"image_uri": "render:1"}}}}]}}}}]}},
    )
""",
    expected=("google_cloud_default.run_batch_job(", '"image_uri": "render:1"', 'region="europe-west1"'),
    disposition="step",
)
_ROUTINE = {"dataset_id": "dataset", "routine_id": "routine", **_PROJECT}
_CALLS = (
    Call(
        "cloud-batch",
        (_OPERATORS + "cloud_batch.CloudBatchSubmitJobOperator",),
        "run_batch_job",
        {"job_name": "job_name", "region": "region", **_PROJECT},
        summary="Runs the same job, waits for its end, and fails where it fails.",
        built=_job,
        reads=("job",),
        gives="dict",
        ignored={"timeout_seconds": RUN_LIMIT},
        kind="gcp",
        examples=(_BATCH_EXAMPLE,),
    ),
    Call(
        "bigquery-routine",
        (_OPERATORS + "bigquery.BigQueryGetRoutineOperator",),
        "bigquery_routine",
        {"location": "location", **_ROUTINE},
        gives="dict",
        ignored={"timeout": "the client's own limit counts"},
        kind="bigquery",
    ),
    Call(
        "bigquery-routines",
        (_OPERATORS + "bigquery.BigQueryListRoutinesOperator",),
        "bigquery_routines",
        {
            "dataset_id": "dataset",
            "max_results": "most",
            "page_token": "page_token",
            "location": "location",
            **_PROJECT,
        },
        gives="list",
        ignored={"timeout": "the client's own limit counts"},
        kind="bigquery",
    ),
    Call(
        "bigquery-routine-sensor",
        (_SENSORS + "bigquery.BigQueryRoutineExistenceSensor",),
        "bigquery_routine_exists",
        _ROUTINE,
        kind="bigquery",
        waits=True,
    ),
    Call(
        "bigquery-buffer-sensor",
        (_SENSORS + "bigquery.BigQueryStreamingBufferEmptySensor",),
        "bigquery_buffer_is_empty",
        {"dataset_id": "dataset", "table_id": "table", **_PROJECT},
        kind="bigquery",
        waits=True,
    ),
    Call(
        "cloud-sql-clone",
        (_OPERATORS + "cloud_sql.CloudSQLCloneInstanceOperator",),
        "clone_cloud_sql_instance",
        {
            "instance": "instance",
            "destination_instance_name": "target",
            "clone_context": "options",
            **_PROJECT,
        },
        kind="gcp",
    ),
    Call(
        "cloud-sql-patch-database",
        (_OPERATORS + "cloud_sql.CloudSQLPatchInstanceDatabaseOperator",),
        "patch_cloud_sql_database",
        {"instance": "instance", "database": "database", "body": "body", **_PROJECT},
        kind="gcp",
    ),
)
RULES = (
    *(call_rule(GOOGLE, call) for call in _CALLS),
    *ask_rules("cloud-batch", "cloud_batch", "ask_batch", _BATCH),
    *ask_rules("workflows", "workflows", "ask_workflow_executions", _EXECUTIONS),
)

"""Google Cloud: machines and clusters, messages, Dataform, transfers of BigQuery, workflows, builds, Cloud SQL, spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import CallableValue, Value
from migrator.operators.calls import Call, call_rule, known, passed
from migrator.operators.common import argument, flag, required
from migrator.operators.google import GOOGLE, label_of_airflow
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.google.cloud.operators."
_SENSORS = "airflow.providers.google.cloud.sensors."
_PROJECT = {"project_id": "project"}
_LOCATION = {**_PROJECT, "location": "location"}
_REGION = {**_PROJECT, "region": "region"}
_ONCE = {"request_id": "Dagster's run tells the requests apart", "timeout": "the client's own limit counts"}
_INTERVAL = {"wait_time": "the resource looks in intervals of its own", **_ONCE}
_HEAD = """
from datetime import datetime

from airflow import DAG
"""
Built = Callable[[Task, LoweringContext], dict[str, Expr]]


def _waits(name: str, says_no: bool = False) -> Built:
    """`wait`, by an argument that says whether the operator waits, or with `says_no` that it does not."""
    return lambda task, context: {} if flag(task, name, not says_no) is not says_no else {"wait": False}


def _fine(name: str, parameter: str) -> Built:
    """Whether what is there, or not there, already is fine, by an argument that says that it is not."""
    return lambda task, context: {parameter: False} if flag(task, name) else {}


def _states(task: Task, name: str) -> list[str]:
    """The names of states of an argument that holds constants of the client's, or their names. Raises Untranslatable."""
    value = argument(task, name)
    members = [] if value is None else [*value] if isinstance(value, (list, tuple, frozenset)) else [value]
    found = {member.name if isinstance(member, CallableValue) else member for member in members}
    if not all(isinstance(state, str) and state.isidentifier() for state in found):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return sorted(map(str, found))


# ------------------------------------------------------------------------------------------------ machines, clusters

_MACHINE_EXAMPLE = Example(
    title="A machine that runs while it is needed",
    dag=f"""{_HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.google.cloud.operators.compute import ComputeEngineStartInstanceOperator, ComputeEngineStopInstanceOperator

with DAG("batch", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    place = {{"project_id": "acme", "zone": "europe-west1-b", "resource_id": "batch"}}
    start = ComputeEngineStartInstanceOperator(task_id="start", **place)
    work = BashOperator(task_id="work", bash_command="ssh batch run {{{{ ds }}}}")
    start >> work >> ComputeEngineStopInstanceOperator(task_id="stop", **place)
""",
    expected=("google_cloud_default.change_machine(", 'action="start"', 'machine="batch"', 'zone="europe-west1-b"'),
    disposition="step",
)


def _machine(action: str, examples: tuple[Example, ...] = ()) -> Call:
    return Call(
        f"compute-{action}",
        (f"{_OPERATORS}compute.ComputeEngine{action.title()}InstanceOperator",),
        "change_machine",
        {"resource_id": "machine", "zone": "zone", **_PROJECT},
        fixed={"action": action},
        ignored=_ONCE if action == "delete" else {},
        kind="gcp",
        examples=examples,
    )


_MACHINES = (
    _machine("start", (_MACHINE_EXAMPLE,)),
    _machine("stop"),
    _machine("delete"),
    Call(
        "compute-create",
        (_OPERATORS + "compute.ComputeEngineInsertInstanceOperator",),
        "create_machine",
        {"body": "body", "zone": "zone", **_PROJECT},
        refused=("recreate_if_machine_type_different",),
        ignored={**_ONCE, "resource_id": "the body names the machine"},
        kind="gcp",
    ),
    Call(
        "gke-create-cluster",
        (_OPERATORS + "kubernetes_engine.GKECreateClusterOperator",),
        "create_gke_cluster",
        {"body": "cluster", **_LOCATION},
        made_up=label_of_airflow("body.resource_labels"),
        ignored={
            "delete_cluster_on_failure": "a cluster that fails to start stays, to be looked at",
            "cleanup_timeout_seconds": "a cluster that fails to start stays, to be looked at",
            "use_internal_ip": "only the API of Google Cloud is asked",
            "use_dns_endpoint": "only the API of Google Cloud is asked",
        },
        kind="gcp",
    ),
    Call(
        "gke-delete-cluster",
        (_OPERATORS + "kubernetes_engine.GKEDeleteClusterOperator",),
        "delete_gke_cluster",
        {"cluster_name": "name", **_LOCATION},
        ignored={
            "use_internal_ip": "only the API of Google Cloud is asked",
            "use_dns_endpoint": "only the API of Google Cloud is asked",
        },
        kind="gcp",
    ),
)

# ------------------------------------------------------------------------------------- Dataform, transfers, workflows


_DATAFORM_EXAMPLE = Example(
    title="The models of a repository of Dataform",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.dataform import (
    DataformCreateCompilationResultOperator,
    DataformCreateWorkflowInvocationOperator,
)

with DAG("models", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    place = {{"project_id": "acme", "region": "europe-west1", "repository_id": "models"}}
    compiled = DataformCreateCompilationResultOperator(
        task_id="compiled", compilation_result={{"git_commitish": "main", "code_compilation_config": {{"vars": {{"day": "{{{{ ds }}}}"}}}}}}, **place
    )
    run = DataformCreateWorkflowInvocationOperator(
        task_id="run",
        workflow_invocation={{"compilation_result": "{{{{ task_instance.xcom_pull('compiled')['name'] }}}}"}},
        **place,
    )
    compiled >> run
""",
    expected=(
        "google_cloud_default.create_dataform_compilation(",
        '"vars": {"day": context.partition_key}',
        "google_cloud_default.run_dataform_workflow(",
        '"compilation_result": str(compiled["name"])',
    ),
    disposition="step",
)


def _dataform_states(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Expr] = {"states": _states(task, "expected_statuses")}
    if not found["states"]:
        raise Untranslatable("MIG207", "what it waits for is not known", task.span)
    failed = _states(task, "failure_statuses")
    return found | ({"failed": failed} if failed else {})


def _transfer_states(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if _states(task, "expected_statuses") not in ([], ["SUCCEEDED"]):
        raise Untranslatable("MIG201", "it waits for another state than success", task.span)
    return {}


_REPOSITORY = {"repository_id": "repository", **_REGION}
_EXECUTION = {"workflow_id": "workflow", "execution_id": "execution_id", **_LOCATION}
_JOBS = (
    Call(
        "dataform-compile",
        (_OPERATORS + "dataform.DataformCreateCompilationResultOperator",),
        "create_dataform_compilation",
        {"compilation_result": "compilation", **_REPOSITORY},
        gives="dict",
        ignored=_ONCE,
        kind="dataform",
    ),
    Call(
        "dataform-run",
        (_OPERATORS + "dataform.DataformCreateWorkflowInvocationOperator",),
        "run_dataform_workflow",
        {"workflow_invocation": "invocation", **_REPOSITORY},
        summary="Runs the same workflow, waits for its end, and fails where it fails. A run that is ended cancels it.",
        built=_waits("asynchronous", says_no=True),
        reads=("asynchronous",),
        gives="dict",
        ignored=_INTERVAL,
        kind="dataform",
        examples=(_DATAFORM_EXAMPLE,),
    ),
    Call(
        "dataform-sensor",
        (_SENSORS + "dataform.DataformWorkflowInvocationStateSensor",),
        "dataform_workflow_is_in",
        {"workflow_invocation_id": "invocation_id", **_REPOSITORY},
        built=_dataform_states,
        reads=("expected_statuses", "failure_statuses"),
        kind="dataform",
        waits=True,
    ),
    Call(
        "bigquery-transfer",
        (_OPERATORS + "bigquery_dts.BigQueryDataTransferServiceStartTransferRunsOperator",),
        "run_bigquery_transfer",
        {
            "transfer_config_id": "config_id",
            "requested_run_time": "requested_run_time",
            "requested_time_range": "requested_time_range",
            **_LOCATION,
        },
        keys={"run_id": "str"},
        ignored=_ONCE,
        kind="bigquery",
    ),
    Call(
        "bigquery-transfer-sensor",
        (_SENSORS + "bigquery_dts.BigQueryDataTransferServiceTransferRunSensor",),
        "bigquery_transfer_is_done",
        {"transfer_config_id": "config_id", "run_id": "run_id", **_LOCATION},
        built=_transfer_states,
        reads=("expected_statuses",),
        ignored={"request_timeout": "the client's own limit counts"},
        kind="bigquery",
        waits=True,
    ),
    Call(
        "workflow-start",
        (_OPERATORS + "workflows.WorkflowsCreateExecutionOperator",),
        "start_workflow",
        {"workflow_id": "workflow", "execution": "execution", **_LOCATION},
        keys={"execution_id": "str"},
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "workflow-execution",
        (_OPERATORS + "workflows.WorkflowsGetExecutionOperator",),
        "workflow_execution",
        _EXECUTION,
        gives="dict",
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "workflow-sensor",
        (_SENSORS + "workflows.WorkflowExecutionSensor",),
        "workflow_is_done",
        _EXECUTION,
        refused=("success_states", "failure_states"),
        ignored={"request_timeout": "the client's own limit counts"},
        kind="gcp",
        waits=True,
    ),
    Call(
        "dataproc-batch-sensor",
        (_SENSORS + "dataproc.DataprocBatchSensor",),
        "dataproc_batch_is_done",
        {"batch_id": "batch_id", **_REGION},
        ignored={"wait_timeout": "the sensor's own limit counts"},
        kind="dataproc",
        waits=True,
    ),
    Call(
        "dataproc-delete-batch",
        (_OPERATORS + "dataproc.DataprocDeleteBatchOperator",),
        "delete_dataproc_batch",
        {"batch_id": "batch_id", **_REGION},
        ignored=_ONCE,
        kind="dataproc",
    ),
    Call(
        "dataflow-sensor",
        (_SENSORS + "dataflow.DataflowJobStatusSensor",),
        "dataflow_job_is_in",
        {"job_id": "job_id", **_LOCATION},
        built=lambda task, context: {"states": _states(task, "expected_statuses")},
        reads=("expected_statuses",),
        kind="dataflow",
        waits=True,
    ),
)

# -------------------------------------------------------------------------------------------------- builds, Cloud SQL


def _build(task: Task, context: LoweringContext) -> dict[str, Expr]:
    build = required(task, "build")
    if isinstance(build, str):
        raise Untranslatable("MIG201", "its build is in a file", task.argument_spans.get("build"))
    source: Value = build.get("source") if isinstance(build, Mapping) else None
    if isinstance(source, Mapping) and any(isinstance(place, str) for place in source.values()):
        raise Untranslatable("MIG201", "the source of its build is a URL", task.argument_spans.get("build"))
    return {"build": context.template(build), **_waits("wait")(task, context)}


_BUILDS = (
    Call(
        "cloud-build",
        (_OPERATORS + "cloud_build.CloudBuildCreateBuildOperator",),
        "run_build",
        _LOCATION,
        built=_build,
        reads=("build", "wait"),
        keys={"id": "str"},
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "cloud-build-trigger",
        (_OPERATORS + "cloud_build.CloudBuildRunBuildTriggerOperator",),
        "run_build_trigger",
        {"trigger_id": "trigger_id", "source": "source", **_LOCATION},
        built=_waits("wait"),
        reads=("wait",),
        keys={"id": "str"},
        ignored=_ONCE,
        kind="gcp",
    ),
    *(
        Call(
            f"cloud-sql-{rule}",
            (f"{_OPERATORS}cloud_sql.CloudSQL{name}Operator",),
            method,
            {"instance": "instance", **({} if rule == "delete" else {third: third}), **_PROJECT},
            kind="gcp",
        )
        for rule, name, method, third in (
            ("create", "CreateInstance", "create_cloud_sql_instance", "body"),
            ("patch", "InstancePatch", "patch_cloud_sql_instance", "body"),
            ("delete", "DeleteInstance", "delete_cloud_sql_instance", ""),
            ("create-database", "CreateInstanceDatabase", "create_cloud_sql_database", "body"),
            ("delete-database", "DeleteInstanceDatabase", "delete_cloud_sql_database", "database"),
        )
    ),
)

# ------------------------------------------------------------------------------------------------ messages of Pub/Sub

_SUBSCRIPTION = {
    "ack_deadline_secs": "ack_deadline_seconds",
    "push_config": "push_config",
    "retain_acked_messages": "retain_acked_messages",
    "message_retention_duration": "message_retention_duration",
    "labels": "labels",
    "enable_message_ordering": "enable_message_ordering",
    "expiration_policy": "expiration_policy",
    "filter_": "filter",
    "dead_letter_policy": "dead_letter_policy",
    "message_retry_policy": "retry_policy",
}


def _subscription(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = passed(task, context, _SUBSCRIPTION)
    return _fine("fail_if_exists", "exists_ok")(task, context) | ({"options": given} if given else {})


def _pull(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {} if known(task, "return_immediately", True) else {"at_once": False}


_PULLED = {"subscription": "subscription", "max_messages": "most", "ack_messages": "acknowledge", **_PROJECT}
_PULL_EXAMPLE = Example(
    title="Messages that a function works on",
    dag=f"""{_HEAD}from airflow.operators.python import PythonOperator
from airflow.providers.google.cloud.sensors.pubsub import PubSubPullSensor

def ids(ti):
    return [message["message"]["message_id"] for message in ti.xcom_pull(task_ids="wait")]

with DAG("queue", schedule="@hourly", start_date=datetime(2024, 1, 1), catchup=False):
    wait = PubSubPullSensor(task_id="wait", project_id="acme", subscription="orders", ack_messages=True, timeout=900)
    wait >> PythonOperator(task_id="ids", python_callable=ids)
""",
    expected=("google_cloud_default.pull_messages(", "acknowledge=True", "return answer"),
    disposition="step",
)
_MESSAGES = (
    Call(
        "pubsub-create-topic",
        (_OPERATORS + "pubsub.PubSubCreateTopicOperator",),
        "create_topic",
        {"topic": "topic", "labels": "labels", **_PROJECT},
        built=_fine("fail_if_exists", "exists_ok"),
        reads=("fail_if_exists",),
        refused=("message_storage_policy", "kms_key_name", "schema_settings", "message_retention_duration"),
        made_up=label_of_airflow("labels"),
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "pubsub-delete-topic",
        (_OPERATORS + "pubsub.PubSubDeleteTopicOperator",),
        "delete_topic",
        {"topic": "topic", **_PROJECT},
        built=_fine("fail_if_not_exists", "missing_ok"),
        reads=("fail_if_not_exists",),
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "pubsub-subscribe",
        (_OPERATORS + "pubsub.PubSubCreateSubscriptionOperator",),
        "create_subscription",
        {
            "topic": "topic",
            "subscription": "subscription",
            "subscription_project_id": "subscription_project",
            **_PROJECT,
        },
        built=_subscription,
        reads=("fail_if_exists", *_SUBSCRIPTION),
        made_up=label_of_airflow("labels"),
        gives="str",
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "pubsub-unsubscribe",
        (_OPERATORS + "pubsub.PubSubDeleteSubscriptionOperator",),
        "delete_subscription",
        {"subscription": "subscription", **_PROJECT},
        built=_fine("fail_if_not_exists", "missing_ok"),
        reads=("fail_if_not_exists",),
        ignored=_ONCE,
        kind="gcp",
    ),
    Call(
        "pubsub-pull",
        (_OPERATORS + "pubsub.PubSubPullOperator",),
        "pull_messages",
        _PULLED,
        built=_pull,
        reads=("return_immediately",),
        gives="list",
        refused=("messages_callback", "deferrable"),
        kind="gcp",
    ),
    Call(
        "pubsub-sensor",
        (_SENSORS + "pubsub.PubSubPullSensor",),
        "pull_messages",
        _PULLED,
        summary="Takes messages of the same subscription until there are some, and hands them over.",
        built=_pull,
        reads=("return_immediately",),
        keys={"return_value": "list"},
        refused=("messages_callback",),
        kind="gcp",
        waits=True,
        examples=(_PULL_EXAMPLE,),
    ),
)

# ------------------------------------------------------------------------------------------------------- spreadsheets

_SHEETS_EXAMPLE = Example(
    title="The sheets of a spreadsheet as objects",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.sheets_to_gcs import GoogleSheetsToGCSOperator

with DAG("targets", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GoogleSheetsToGCSOperator(
        task_id="targets", spreadsheet_id="1aB", destination_bucket="lake", destination_path="targets/{{{{ ds }}}}"
    )
""",
    expected=("google_cloud_default.sheets_to_gcs(", 'bucket="lake"', 'folder=f"targets/{context.partition_key}"'),
)
_SHEETS = (
    Call(
        "sheets-to-gcs",
        ("airflow.providers.google.cloud.transfers.sheets_to_gcs.GoogleSheetsToGCSOperator",),
        "sheets_to_gcs",
        {
            "spreadsheet_id": "spreadsheet",
            "destination_bucket": "bucket",
            "destination_path": "folder",
            "sheet_filter": "titles",
            "return_gcs_uris": "with_bucket",
        },
        gives="list",
        keys={"destination_objects": "list"},
        kind="googlesheets",
        examples=(_SHEETS_EXAMPLE,),
    ),
    Call(
        "gcs-to-sheets",
        ("airflow.providers.google.suite.transfers.gcs_to_sheets.GCSToGoogleSheetsOperator",),
        "gcs_to_sheet",
        {
            "bucket_name": "bucket",
            "object_name": "name",
            "spreadsheet_id": "spreadsheet",
            "spreadsheet_range": "cells",
        },
        kind="googlesheets",
    ),
)

RULES = tuple(call_rule(GOOGLE, call) for call in (*_MACHINES, *_JOBS, *_BUILDS, *_MESSAGES, *_SHEETS))

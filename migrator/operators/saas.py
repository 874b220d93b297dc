"""Services with an API of their own that run the work: Databricks, dbt Cloud, Airbyte, Fivetran, Livy, Azure Data Factory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, Client, call_rule, options
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_PROVIDERS = "airflow.providers."
_SHARED = {
    "deferrable": "there is no triggerer",
    "polling_period_seconds": "the resource looks in intervals of its own",
    "check_interval": "the resource looks in intervals of its own",
    "wait_seconds": "the resource looks in intervals of its own",
    "durable": "Dagster's run tells the jobs apart",
    "openlineage_inject_parent_job_info": "Dagster knows the lineage of its assets",
    "openlineage_inject_transport_info": "Dagster knows the lineage of its assets",
}
Built = Callable[[Task, LoweringContext], dict[str, Expr]]


def _waits(name: str) -> Built:
    """`wait`, by the argument that tells whether the operator waits."""
    return lambda task, context: {} if flag(task, name, True) else {"wait": False}


def _merged(task: Task, context: LoweringContext, names: tuple[str, ...]) -> dict[str, Expr]:
    """The argument `json`, with those that stand for members of it."""
    json = argument(task, "json") or {}
    if not isinstance(json, Mapping):
        raise Untranslatable("MIG207", "what its run is made of is only known at run time", task.span)
    return {**context.template(json), **options(task, context, {name: name for name in names})}


# --------------------------------------------------------------------------------------------------------- Databricks

_RETRIES = "retries follow the step's policy"
DATABRICKS = Client(
    "databricks",
    ("databricks_conn_id",),
    "databricks_default",
    ignored={
        **_SHARED,
        "databricks_retry_limit": _RETRIES,
        "databricks_retry_delay": _RETRIES,
        "databricks_retry_args": _RETRIES,
        "caller": "it only names the client",
    },
)
_SUBMIT = (
    *(
        "tasks",
        "spark_jar_task",
        "notebook_task",
        "spark_python_task",
        "spark_submit_task",
        "pipeline_task",
        "dbt_task",
    ),
    *("new_cluster", "existing_cluster_id", "libraries", "environments", "run_name", "timeout_seconds"),
    *("idempotency_token", "access_control_list", "git_source", "performance_target"),
)
_RUN_NOW = (
    *("job_parameters", "dbt_commands", "notebook_params", "python_params", "jar_params", "spark_submit_params"),
    *("python_named_params", "idempotency_token", "performance_target"),
)
_CREATE = (
    *("name", "description", "tags", "tasks", "job_clusters", "environments", "email_notifications"),
    *("webhook_notifications", "notification_settings", "timeout_seconds", "schedule", "trigger"),
    *("max_concurrent_runs", "git_source", "access_control_list", "performance_target"),
)


def _submit(task: Task, context: LoweringContext) -> dict[str, Expr]:
    run = _merged(task, context, _SUBMIT)
    run.setdefault("run_name", task.task_id.rpartition(".")[2])
    return {"run": run, **_waits("wait_for_termination")(task, context)}


def _run_now(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = _merged(task, context, _RUN_NOW)
    found: dict[str, Expr] = {}
    for name in ("job_id", "job_name"):
        value = given.pop(name, None)
        if argument(task, name) is not None:
            value = context.template(argument(task, name))
        if value is not None:
            found[name] = value
    if given:
        found["parameters"] = given
    return {**found, **_waits("wait_for_termination")(task, context)}


def _create_job(task: Task, context: LoweringContext) -> dict[str, Expr]:
    definition = _merged(task, context, _CREATE)
    if "name" not in definition:
        raise Untranslatable("MIG207", "the name of its job is not known", task.span)
    return {"definition": definition}


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_SUBMIT_EXAMPLE = Example(
    title="A notebook on a cluster of its own",
    dag=f"""{_HEAD}from airflow.providers.databricks.operators.databricks import DatabricksSubmitRunOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DatabricksSubmitRunOperator(
        task_id="load",
        new_cluster={{"spark_version": "15.4.x-scala2.12", "num_workers": 2}},
        notebook_task={{"notebook_path": "/jobs/load", "base_parameters": {{"day": "{{{{ ds }}}}"}}}},
        deferrable=True,
    )
""",
    expected=(
        "databricks_default.submit_run(",
        '"base_parameters": {"day": context.partition_key}',
        '"run_name": "load"',
        "databricks_default: Databricks",
    ),
    disposition="step",
)
_RUN_EXAMPLE = Example(
    title="A job that is there",
    dag=f"""{_HEAD}from airflow.providers.databricks.operators.databricks import DatabricksRunNowOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DatabricksRunNowOperator(task_id="load", job_id=42, notebook_params={{"day": "{{{{ ds }}}}"}})
""",
    expected=("databricks_default.run_job(", "job_id=42", '"notebook_params": {"day": context.partition_key}'),
    disposition="step",
)
_DATABRICKS_OPERATORS = _PROVIDERS + "databricks.operators.databricks."
_DATABRICKS_CALLS = (
    Call(
        "databricks-submit-run",
        (_DATABRICKS_OPERATORS + "DatabricksSubmitRunOperator",),
        "submit_run",
        summary="Starts the same run, waits for its end, and fails where it fails. A run of Dagster's that is ended cancels it.",
        built=_submit,
        keys={"run_id": "int"},
        reads=("json", "wait_for_termination", *_SUBMIT),
        kind="databricks",
        examples=(_SUBMIT_EXAMPLE,),
    ),
    Call(
        "databricks-run-now",
        (_DATABRICKS_OPERATORS + "DatabricksRunNowOperator",),
        "run_job",
        summary="Runs the same job, waits for its end, and fails where it fails. A run of Dagster's that is ended cancels it.",
        built=_run_now,
        keys={"run_id": "int"},
        reads=("json", "job_id", "job_name", "wait_for_termination", *_RUN_NOW),
        refused=("repair_run", "cancel_previous_runs", "databricks_repair_reason_new_settings"),
        ignored={"forward_dag_params": "the job gets the parameters that the task names"},
        kind="databricks",
        examples=(_RUN_EXAMPLE,),
    ),
    Call(
        "databricks-create-job",
        (_DATABRICKS_OPERATORS + "DatabricksCreateJobsOperator",),
        "create_job",
        built=_create_job,
        reads=("json", *_CREATE),
        gives="int",
        kind="databricks",
    ),
    Call(
        "databricks-repo",
        (_PROVIDERS + "databricks.operators.databricks_repos.DatabricksReposUpdateOperator",),
        "update_repo",
        {"repo_path": "path", "repo_id": "repo_id", "branch": "branch", "tag": "tag"},
        gives="str",
        kind="databricks",
    ),
    Call(
        "databricks-statement",
        (_DATABRICKS_OPERATORS + "DatabricksSQLStatementsOperator",),
        "run_statement",
        {
            "statement": "statement",
            "warehouse_id": "warehouse_id",
            "catalog": "catalog",
            "schema": "schema",
            "parameters": "parameters",
        },
        built=_waits("wait_for_termination"),
        reads=("wait_for_termination",),
        ignored={
            "timeout": "the run's own limit counts",
            "query_tags": "tags have no effect on the data",
            "include_airflow_query_tags": "tags have no effect on the data",
        },
        kind="databricks",
    ),
)

# ---------------------------------------------------------------------------------------------------------- dbt Cloud

DBT_CLOUD = Client("dbt_cloud", ("dbt_cloud_conn_id",), "dbt_cloud_default", ignored=_SHARED)


def _dbt_job(task: Task, context: LoweringContext) -> Lowering:
    """The job by its id, where one is given, else by its name and where it is."""
    call = _DBT_JOB if argument(task, "job_id") is not None else _DBT_JOB_BY_NAME
    for name in () if call is _DBT_JOB else _DBT_NAMES:
        required(task, name)
    return call_rule(DBT_CLOUD, call).lower(task, context)


_DBT_EXAMPLE = Example(
    title="A job of dbt Cloud",
    dag=f"""{_HEAD}from airflow.providers.dbt.cloud.operators.dbt import DbtCloudRunJobOperator

with DAG("models", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DbtCloudRunJobOperator(
        task_id="build", job_id=1234, steps_override=["dbt build --vars 'day: {{{{ ds }}}}'"], check_interval=30
    )
""",
    expected=("dbt_cloud_default.run_job(", "job_id=1234", "dbt build --vars 'day: {context.partition_key}'"),
    disposition="step",
)
_DBT_NAMES = {"project_name": "project", "environment_name": "environment", "job_name": "job"}
_DBT_JOB = Call(
    "dbt-cloud-job",
    (_PROVIDERS + "dbt.cloud.operators.dbt.DbtCloudRunJobOperator",),
    "run_job",
    {
        "job_id": "job_id",
        "account_id": "account_id",
        "trigger_reason": "cause",
        "steps_override": "steps_override",
        "schema_override": "schema_override",
        "additional_run_config": "options",
    },
    summary="Runs the same job, waits for its end, and fails where it fails. A job that has no id is looked for by its name.",
    built=_waits("wait_for_termination"),
    reads=("wait_for_termination",),
    gives="int",
    refused=("reuse_existing_run", "retry_from_failure"),
    ignored={
        "timeout": "the run's own limit counts",
        "hook_params": "the resource's client decides",
        **dict.fromkeys(_DBT_NAMES, "counts only where there is no `job_id`"),
    },
    kind="dbtcloud",
    examples=(_DBT_EXAMPLE,),
)
_DBT_JOB_BY_NAME = replace(
    _DBT_JOB,
    method="run_job_named",
    arguments={**_DBT_NAMES, **{name: new for name, new in _DBT_JOB.arguments.items() if name != "job_id"}},
)
_DBT_CALLS = (
    Call(
        "dbt-cloud-sensor",
        (_PROVIDERS + "dbt.cloud.sensors.dbt.DbtCloudJobRunSensor",),
        "run_is_done",
        {"run_id": "run_id", "account_id": "account_id"},
        ignored={"hook_params": "the resource's client decides"},
        kind="dbtcloud",
        waits=True,
    ),
    Call(
        "dbt-cloud-jobs",
        (_PROVIDERS + "dbt.cloud.operators.dbt.DbtCloudListJobsOperator",),
        "list_jobs",
        {"project_id": "project_id", "order_by": "order_by", "account_id": "account_id"},
        gives="list",
        ignored={"hook_params": "the resource's client decides"},
        kind="dbtcloud",
    ),
    Call(
        "dbt-cloud-runs",
        (_PROVIDERS + "dbt.cloud.operators.dbt.DbtCloudListJobRunsOperator",),
        "list_runs",
        {name: name for name in ("job_id", "order_by", "include_related", "account_id")} | {"status_filter": "status"},
        gives="list",
        refused=("latest_only",),
        ignored={"hook_params": "the resource's client decides"},
        kind="dbtcloud",
    ),
    Call(
        "dbt-cloud-artifact",
        (_PROVIDERS + "dbt.cloud.operators.dbt.DbtCloudGetJobRunArtifactOperator",),
        "download_artifact",
        {
            "run_id": "run_id",
            "path": "path",
            "output_file_name": "file",
            "step": "step",
            "account_id": "account_id",
        },
        gives="str",
        ignored={"hook_params": "the resource's client decides"},
        kind="dbtcloud",
    ),
)

# -------------------------------------------------------------------------------------------- Airbyte, Fivetran, Livy

AIRBYTE = Client("airbyte", ("airbyte_conn_id",), "airbyte_default", ignored=_SHARED)
FIVETRAN = Client("fivetran", ("fivetran_conn_id",), "fivetran_default", ignored=_SHARED)
LIVY = Client("livy", ("livy_conn_id",), "livy_default", ignored=_SHARED)


def _sync(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"wait": False} if flag(task, "asynchronous") else {}


def _fivetran(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if not argument(task, "connector_id"):
        raise Untranslatable("MIG201", "its connector is looked for by its name", task.span)
    return _waits("wait_for_completion")(task, context)


_BATCH = {
    "file": "file",
    "class_name": "className",
    "args": "args",
    "conf": "conf",
    "jars": "jars",
    "py_files": "pyFiles",
    "files": "files",
    "driver_memory": "driverMemory",
    "driver_cores": "driverCores",
    "executor_memory": "executorMemory",
    "executor_cores": "executorCores",
    "num_executors": "numExecutors",
    "archives": "archives",
    "queue": "queue",
    "name": "name",
    "proxy_user": "proxyUser",
}


def _livy(task: Task, context: LoweringContext) -> dict[str, Expr]:
    required(task, "file")
    found: dict[str, Expr] = {"batch": options(task, context, _BATCH)}
    if not argument(task, "polling_interval") and not flag(task, "deferrable"):
        found["wait"] = False
    return found


_SYNC_EXAMPLE = Example(
    title="A sync of Airbyte",
    dag=f"""{_HEAD}from airflow.providers.airbyte.operators.airbyte import AirbyteTriggerSyncOperator

with DAG("ingest", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    AirbyteTriggerSyncOperator(task_id="sync", airbyte_conn_id="airbyte", connection_id="15bc3800-82e4")
""",
    expected=('airbyte.sync(connection_id="15bc3800-82e4")', "airbyte: Airbyte"),
    disposition="step",
)
_AIRBYTE_CALLS = (
    Call(
        "airbyte-sync",
        (_PROVIDERS + "airbyte.operators.airbyte.AirbyteTriggerSyncOperator",),
        "sync",
        {"connection_id": "connection_id"},
        built=_sync,
        reads=("asynchronous",),
        gives="int",
        ignored={"api_version": "the public API is asked", "timeout": "the run's own limit counts"},
        kind="airbyte",
        examples=(_SYNC_EXAMPLE,),
    ),
    Call(
        "airbyte-sensor",
        (_PROVIDERS + "airbyte.sensors.airbyte.AirbyteJobSensor",),
        "job_is_done",
        {"airbyte_job_id": "job_id"},
        ignored={"api_version": "the public API is asked"},
        kind="airbyte",
        waits=True,
    ),
)
_FIVETRAN_CALLS = (
    Call(
        "fivetran-sync",
        (
            "fivetran_provider_async.operators.FivetranOperator",
            "fivetran_provider_async.operators.FivetranOperatorAsync",
            "fivetran_provider.operators.fivetran.FivetranOperator",
        ),
        "sync",
        {"connector_id": "connector_id"},
        built=_fivetran,
        reads=("wait_for_completion",),
        refused=("connector_name", "destination_name", "schedule_type"),
        ignored={
            "poll_frequency": "the resource looks in intervals of its own",
            "run_name": "Dagster names its runs",
            "timeout": "the run's own limit counts",
            "fivetran_retry_limit": _RETRIES,
            "fivetran_retry_delay": _RETRIES,
            "reschedule_wait_time": _RETRIES,
            "reschedule_time": _RETRIES,
        },
        kind="fivetran",
    ),
    Call(
        "fivetran-sensor",
        (
            "fivetran_provider_async.sensors.FivetranSensor",
            "fivetran_provider_async.sensors.FivetranSensorAsync",
            "fivetran_provider.sensors.fivetran.FivetranSensor",
        ),
        "sync_is_done",
        {"connector_id": "connector_id", "completed_after_time": "completed_after"},
        summary="Waits until no sync of the connector runs; it must have succeeded.",
        refused=("connector_name", "destination_name"),
        ignored={
            "fivetran_retry_limit": _RETRIES,
            "fivetran_retry_delay": _RETRIES,
            "reschedule_wait_time": _RETRIES,
            "always_wait_when_syncing": "it always waits then",
            "propagate_failures_forward": "a sync that failed fails the step",
            "xcom": "the sync that runs is looked at",
        },
        kind="fivetran",
        waits=True,
    ),
)
_LIVY_CALLS = (
    Call(
        "livy-batch",
        (_PROVIDERS + "apache.livy.operators.livy.LivyOperator",),
        "run_batch",
        built=_livy,
        reads=("polling_interval", "deferrable", *(name for name in _BATCH if name != "queue")),
        gives="int",
        refused=("livy_conn_auth_type", "livy_endpoint_prefix", "extra_options", "extra_headers"),
        ignored={"retry_args": _RETRIES},
        kind="spark",
    ),
    Call(
        "livy-sensor",
        (_PROVIDERS + "apache.livy.sensors.livy.LivySensor",),
        "batch_is_done",
        {"batch_id": "batch_id"},
        refused=("livy_conn_auth_type", "endpoint_prefix", "extra_options"),
        kind="spark",
        waits=True,
    ),
)

# ------------------------------------------------------------------------------------------------- Azure Data Factory

FACTORY = Client("azure_data_factory", ("azure_data_factory_conn_id",), "azure_data_factory_default", ignored=_SHARED)
_PLACE = {"resource_group_name": "resource_group", "factory_name": "factory"}
_FACTORY_OPTIONS = {
    "reference_pipeline_run_id": "reference_pipeline_run_id",
    "is_recovery": "is_recovery",
    "start_activity_name": "start_activity_name",
    "start_from_failure": "start_from_failure",
}


def _pipeline(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = options(task, context, _FACTORY_OPTIONS)
    return {**_waits("wait_for_termination")(task, context), **({"options": given} if given else {})}


_FACTORY_EXAMPLE = Example(
    title="A pipeline of a data factory",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.data_factory import AzureDataFactoryRunPipelineOperator

with DAG("ingest", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    AzureDataFactoryRunPipelineOperator(
        task_id="copy",
        pipeline_name="copy-sales",
        resource_group_name="data",
        factory_name="acme",
        parameters={{"day": "{{{{ ds }}}}"}},
    )
""",
    expected=("azure_data_factory_default.run_pipeline(", 'parameters={"day": context.partition_key}'),
    disposition="step",
)
_FACTORY_CALLS = (
    Call(
        "azure-data-factory",
        (_PROVIDERS + "microsoft.azure.operators.data_factory.AzureDataFactoryRunPipelineOperator",),
        "run_pipeline",
        {"pipeline_name": "pipeline", "parameters": "parameters", **_PLACE},
        built=_pipeline,
        keys={"run_id": "str"},
        reads=("wait_for_termination", *_FACTORY_OPTIONS),
        ignored={"timeout": "the run's own limit counts"},
        kind="azure",
        examples=(_FACTORY_EXAMPLE,),
    ),
    Call(
        "azure-data-factory-sensor",
        (_PROVIDERS + "microsoft.azure.sensors.data_factory.AzureDataFactoryPipelineRunStatusSensor",),
        "pipeline_is_done",
        {"run_id": "run_id", **_PLACE},
        kind="azure",
        waits=True,
    ),
)

RULES: tuple[Rule, ...] = (
    replace(call_rule(DBT_CLOUD, _DBT_JOB), lower=_dbt_job),
    *(
        call_rule(client, call)
        for client, calls in (
            (DATABRICKS, _DATABRICKS_CALLS),
            (DBT_CLOUD, _DBT_CALLS),
            (AIRBYTE, _AIRBYTE_CALLS),
            (FIVETRAN, _FIVETRAN_CALLS),
            (LIVY, _LIVY_CALLS),
            (FACTORY, _FACTORY_CALLS),
        )
        for call in calls
    ),
)

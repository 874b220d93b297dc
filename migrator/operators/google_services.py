"""Google Cloud beside BigQuery: Dataproc, Dataflow, Cloud Run, Cloud Functions, Pub/Sub, and buckets."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.calls import Call, call_rule, known
from migrator.operators.common import argument, required
from migrator.operators.google import GOOGLE, NO_TRIGGERER, label_of_airflow
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.google.cloud.operators."
_SENSORS = "airflow.providers.google.cloud.sensors."
_PLACE = {"project_id": "project", "region": "region"}
_ONCE = {
    **NO_TRIGGERER,
    "request_id": "Dagster's run tells the requests apart",
    "timeout": "the client's own limit counts",
    "cancel_on_kill": "a run that is ended cancels the job",
    "openlineage_inject_parent_job_info": "Dagster knows the lineage of its assets",
    "openlineage_inject_transport_info": "Dagster knows the lineage of its assets",
}


def _job(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Expr] = {"job": context.template(required(task, "job"))}
    if known(task, "asynchronous", False):
        found["wait"] = False
    return found


def _batch(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"wait": False} if known(task, "asynchronous", False) else {}


def _legacy_job(kind: str, **names: str) -> Call:
    """Operators for one kind of job, from before DataprocSubmitJobOperator."""
    name = "PySpark" if kind == "pyspark" else kind.title().replace("_", "")

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        place = {"cluster_name": context.template(argument(task, "cluster_name") or "cluster-1")}
        job: dict[str, Expr] = {
            field: context.template(value) for old, field in names.items() if (value := argument(task, old))
        }
        for statement in ("query", "variables"):
            if value := argument(task, statement):
                job |= (
                    {"query_list": {"queries": [context.template(value)]}}
                    if statement == "query"
                    else {"script_variables": context.template(value)}
                )
        more = {field: context.template(v) for old, field in _JOB_FIELDS.items() if (v := argument(task, old))}
        found: dict[str, Expr] = {"job": {"placement": place, f"{kind}_job": {**job, **more}}}
        if value := argument(task, "labels"):
            found["job"]["labels"] = context.template(value)
        if known(task, "asynchronous", False):
            found["wait"] = False
        return found

    return Call(
        f"dataproc-{kind.replace('_', '-')}",
        (f"{_OPERATORS}dataproc.DataprocSubmit{name}JobOperator",),
        "run_dataproc_job",
        _PLACE,
        built=built,
        reads=("cluster_name", "labels", "asynchronous", "query", "variables", *names, *_JOB_FIELDS),
        gives="str",
        ignored={**_ONCE, "job_name": "Dataproc names the job", "job_error_states": "a job that did not succeed fails"},
        kind="dataproc",
    )


_JOB_FIELDS = {"dataproc_properties": "properties", "dataproc_jars": "jar_file_uris"}


def _flow(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Expr] = {}
    wait = known(task, "wait_until_finished")
    if wait is not None:
        found["wait"] = bool(wait)
    if not known(task, "append_job_name", True):
        found["append_job_name"] = False
    return found


_ENVIRONMENT = frozenset(
    {
        *("numWorkers", "maxWorkers", "zone", "serviceAccountEmail", "tempLocation", "bypassTempDirValidation"),
        *("machineType", "additionalExperiments", "network", "subnetwork", "additionalUserLabels", "kmsKeyName"),
        *("ipConfiguration", "workerRegion", "workerZone"),
    }
)
"""Options of a job that Dataflow knows as its environment; the operator leaves the others out."""


def _classic_flow(task: Task, context: LoweringContext) -> dict[str, Expr]:
    name = argument(task, "job_name") or task.task_id.rpartition(".")[2]
    found = {"job_name": context.template(name), **_flow(task, context)}
    given: dict[str, Value] = {}
    for source in ("environment", "dataflow_default_options", "options"):
        value = argument(task, source) or {}
        if not isinstance(value, Mapping):
            raise Untranslatable("MIG207", f"its argument `{source}` is only known at run time", task.span)
        given |= {str(key): item for key, item in value.items() if source == "environment" or key in _ENVIRONMENT}
        # Before there were arguments for both, the options said where the job runs.
        for option, argument_name, parameter in (
            ("project", "project_id", "project"),
            ("region", "location", "location"),
        ):
            if source != "environment" and value.get(option) and argument(task, argument_name) is None:
                found[parameter] = context.template(value[option])
    if given:
        found["environment"] = context.template(given)
    return found


_CLUSTER_EXAMPLE = Example(
    title="A cluster for one job, deleted whatever becomes of the job",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.operators.dataproc import (
    DataprocCreateClusterOperator,
    DataprocDeleteClusterOperator,
    DataprocSubmitJobOperator,
)

with DAG("spark", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    create = DataprocCreateClusterOperator(
        task_id="create",
        cluster_name="daily-{{ ds_nodash }}",
        region="europe-west1",
        cluster_config={"master_config": {"num_instances": 1, "machine_type_uri": "n2-standard-4"}},
    )
    run = DataprocSubmitJobOperator(
        task_id="run",
        region="europe-west1",
        job={
            "placement": {"cluster_name": "daily-{{ ds_nodash }}"},
            "pyspark_job": {"main_python_file_uri": "gs://acme/jobs/load.py", "args": ["{{ ds }}"]},
        },
        deferrable=True,
    )
    delete = DataprocDeleteClusterOperator(
        task_id="delete", cluster_name="daily-{{ ds_nodash }}", region="europe-west1", trigger_rule="all_done"
    )
    create >> run >> delete
""",
    expected=(
        "google_cloud_default.create_dataproc_cluster(",
        "google_cloud_default.run_dataproc_job(",
        '"pyspark_job": {"main_python_file_uri": "gs://acme/jobs/load.py"',
        "google_cloud_default.delete_dataproc_cluster(",
    ),
    disposition="step",
)
_GENERATOR_EXAMPLE = Example(
    title="A cluster whose configuration is made of single settings",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.contrib.operators.dataproc_operator import DataprocClusterCreateOperator
from airflow.providers.google.cloud.operators.dataproc import ClusterGenerator, DataprocCreateClusterOperator

CONFIG = ClusterGenerator(
    project_id="acme", zone="europe-west1-b", num_workers=2, image_version="2.2-debian12", idle_delete_ttl=900
).make()

with DAG("spark", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DataprocCreateClusterOperator(task_id="make", cluster_name="daily", region="europe-west1", cluster_config=CONFIG)
    DataprocClusterCreateOperator(
        task_id="older",
        project_id="acme",
        cluster_name="older",
        region="europe-west1",
        num_workers=0,
        master_machine_type="n2-standard-4",
        init_actions_uris=["gs://acme/init.sh"],
    )
""",
    expected=(
        '"machine_type_uri": "projects/acme/zones/europe-west1-b/machineTypes/n1-standard-4"',
        '"idle_delete_ttl": {"seconds": 900}',
        '"machine_type_uri": "n2-standard-4"',
        '"dataproc:dataproc.allow.zero.workers": "true"',
        '"execution_timeout": {"seconds": 600}',
    ),
    disposition="step",
)
_RUN_EXAMPLE = Example(
    title="A job of Cloud Run with its own arguments",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.operators.cloud_run import CloudRunExecuteJobOperator

with DAG("containers", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    CloudRunExecuteJobOperator(
        task_id="load",
        project_id="acme",
        region="europe-west1",
        job_name="load",
        overrides={"container_overrides": [{"args": ["--day", "{{ ds }}"]}]},
    )
""",
    expected=("google_cloud_default.run_cloud_run_job(", '"args": ["--day", context.partition_key]'),
    disposition="step",
)

_CLOUD_SQL_EXAMPLE = Example(
    title="A table of Cloud SQL as an object",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.operators.cloud_sql import CloudSQLExportInstanceOperator

with DAG("exports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    CloudSQLExportInstanceOperator(
        task_id="users",
        instance="shop",
        body={
            "exportContext": {
                "fileType": "csv",
                "uri": "gs://lake/users/{{ ds }}.csv",
                "databases": ["shop"],
                "csvExportOptions": {"selectQuery": "SELECT * FROM users"},
            }
        },
    )
""",
    expected=("google_cloud_default.transfer_cloud_sql(", 'instance="shop"', 'action="export"', "gs://lake/users/"),
)
CALLS = (
    Call(
        "dataproc-create-cluster",
        (_OPERATORS + "dataproc.DataprocCreateClusterOperator",),
        "create_dataproc_cluster",
        {
            **_PLACE,
            "cluster_name": "cluster_name",
            "cluster_config": "cluster_config",
            "virtual_cluster_config": "virtual_cluster_config",
            "labels": "labels",
            "use_if_exists": "use_if_exists",
            "delete_on_error": "delete_on_error",
        },
        ignored={**_ONCE, "num_retries_if_resource_is_not_ready": "retries follow the step's policy"},
        made_up=label_of_airflow("labels"),
        kind="dataproc",
        examples=(_GENERATOR_EXAMPLE,),
    ),
    Call(
        "dataproc-delete-cluster",
        (_OPERATORS + "dataproc.DataprocDeleteClusterOperator",),
        "delete_dataproc_cluster",
        {**_PLACE, "cluster_name": "cluster_name"},
        refused=("cluster_uuid",),
        ignored=_ONCE,
        kind="dataproc",
    ),
    Call(
        "dataproc-start-cluster",
        (_OPERATORS + "dataproc.DataprocStartClusterOperator",),
        "start_dataproc_cluster",
        {**_PLACE, "cluster_name": "cluster_name"},
        refused=("cluster_uuid",),
        ignored=_ONCE,
        kind="dataproc",
    ),
    Call(
        "dataproc-stop-cluster",
        (_OPERATORS + "dataproc.DataprocStopClusterOperator",),
        "stop_dataproc_cluster",
        {**_PLACE, "cluster_name": "cluster_name"},
        refused=("cluster_uuid",),
        ignored=_ONCE,
        kind="dataproc",
    ),
    Call(
        "dataproc-job",
        (_OPERATORS + "dataproc.DataprocSubmitJobOperator",),
        "run_dataproc_job",
        _PLACE,
        summary="Submits the same job, waits for its end, and fails where it fails. A run that is ended cancels it.",
        built=_job,
        reads=("job", "asynchronous"),
        gives="str",
        ignored={**_ONCE, "wait_timeout": "the run's own limit counts"},
        kind="dataproc",
        examples=(_CLUSTER_EXAMPLE,),
    ),
    _legacy_job(
        "pyspark", main="main_python_file_uri", arguments="args", pyfiles="python_file_uris", files="file_uris"
    ),
    _legacy_job("spark", main_jar="main_jar_file_uri", main_class="main_class", arguments="args", files="file_uris"),
    _legacy_job("spark_sql", query_uri="query_file_uri"),
    _legacy_job("hive", query_uri="query_file_uri"),
    _legacy_job("pig", query_uri="query_file_uri"),
    _legacy_job("hadoop", main_jar="main_jar_file_uri", main_class="main_class", arguments="args", files="file_uris"),
    Call(
        "dataproc-batch",
        (_OPERATORS + "dataproc.DataprocCreateBatchOperator",),
        "run_dataproc_batch",
        {**_PLACE, "batch": "batch", "batch_id": "batch_id"},
        built=_batch,
        reads=("asynchronous",),
        refused=("batch_id_prefix",),
        ignored={
            **_ONCE,
            "num_retries_if_resource_is_not_ready": "retries follow the step's policy",
            "result_retry": "the client retries by itself",
        },
        kind="dataproc",
    ),
    Call(
        "dataproc-workflow",
        (_OPERATORS + "dataproc.DataprocInstantiateWorkflowTemplateOperator",),
        "run_dataproc_workflow",
        {**_PLACE, "template_id": "template_id", "parameters": "parameters"},
        refused=("version",),
        ignored=_ONCE,
        kind="dataproc",
    ),
    Call(
        "dataproc-inline-workflow",
        (_OPERATORS + "dataproc.DataprocInstantiateInlineWorkflowTemplateOperator",),
        "run_dataproc_workflow",
        {**_PLACE, "template": "template"},
        ignored=_ONCE,
        kind="dataproc",
    ),
    Call(
        "dataproc-job-sensor",
        (_SENSORS + "dataproc.DataprocJobSensor",),
        "dataproc_job_is_done",
        {**_PLACE, "dataproc_job_id": "job_id"},
        ignored={"wait_timeout": "the sensor's own limit counts"},
        kind="dataproc",
        waits=True,
    ),
    Call(
        "dataflow-template",
        (_OPERATORS + "dataflow.DataflowTemplatedJobStartOperator",),
        "run_dataflow_template",
        {
            "template": "template",
            "parameters": "parameters",
            "location": "location",
            "project_id": "project",
        },
        built=_classic_flow,
        reads=(
            *("job_name", "append_job_name", "wait_until_finished", "environment", "options"),
            "dataflow_default_options",
        ),
        gives="str",
        refused=("expected_terminal_state",),
        ignored={**_ONCE, "cancel_timeout": "a job that is cancelled is not waited for"},
        kind="dataflow",
    ),
    Call(
        "dataflow-flex-template",
        (_OPERATORS + "dataflow.DataflowStartFlexTemplateOperator",),
        "run_dataflow_flex_template",
        {"body": "body", "location": "location", "project_id": "project"},
        built=_flow,
        reads=("append_job_name", "wait_until_finished"),
        refused=("drain_pipeline", "expected_terminal_state"),
        ignored={**_ONCE, "cancel_timeout": "a job that is cancelled is not waited for"},
        kind="dataflow",
    ),
    Call(
        "cloud-run",
        (_OPERATORS + "cloud_run.CloudRunExecuteJobOperator",),
        "run_cloud_run_job",
        {**_PLACE, "job_name": "job_name", "overrides": "overrides", "timeout_seconds": "timeout"},
        ignored={
            **NO_TRIGGERER,
            "verbose": "the job's log is at Google Cloud",
            "transport": "the client decides",
            "use_regional_endpoint": "the client finds the region",
        },
        kind="cloudrun",
        examples=(_RUN_EXAMPLE,),
    ),
    Call(
        "cloud-function",
        (_OPERATORS + "functions.CloudFunctionInvokeFunctionOperator",),
        "call_cloud_function",
        {"function_id": "function", "input_data": "data", "location": "location", "project_id": "project"},
        gives="dict",
        kind="gcp",
    ),
    *(
        Call(
            f"cloud-sql-{action}",
            (f"{_OPERATORS}cloud_sql.CloudSQL{action.title()}InstanceOperator",),
            "transfer_cloud_sql",
            {"instance": "instance", "body": "body", "project_id": "project"},
            fixed={"action": action},
            kind="gcp",
            examples=examples,
        )
        for action, examples in (("export", (_CLOUD_SQL_EXAMPLE,)), ("import", ()))
    ),
    Call(
        "pubsub-publish",
        (_OPERATORS + "pubsub.PubSubPublishMessageOperator",),
        "publish_messages",
        {"topic": "topic", "messages": "messages", "project_id": "project"},
        gives="list",
        refused=("enable_message_ordering",),
        ignored={"enable_open_telemetry_tracing": "traces have no effect on the data"},
        kind="gcp",
    ),
    Call(
        "gcs-create-bucket",
        (_OPERATORS + "gcs.GCSCreateBucketOperator",),
        "create_bucket",
        {
            "bucket_name": "bucket",
            "storage_class": "storage_class",
            "location": "location",
            "project_id": "project",
            "labels": "labels",
            "resource": "properties",
        },
        made_up=label_of_airflow("labels"),
        kind="gcs",
    ),
    Call(
        "gcs-delete-bucket",
        (_OPERATORS + "gcs.GCSDeleteBucketOperator",),
        "delete_bucket",
        {"bucket_name": "bucket", "force": "force"},
        refused=("user_project",),
        kind="gcs",
    ),
)
RULES = tuple(call_rule(GOOGLE, call) for call in CALLS)

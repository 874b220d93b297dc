"""AWS: Glue, EMR, clusters and tables of Redshift, and buckets of S3."""

from __future__ import annotations

from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.values import Value
from migrator.operators.aws import AWS, HEAD, OPERATORS, PROVIDER, REGION, SENSORS, WAIT, waits
from migrator.operators.calls import Call, call_rule, known, options
from migrator.operators.common import argument, flag, required, text
from migrator.operators.rule import Example, LoweringContext, Untranslatable


def _glue(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found = waits()(task, context) | ({"stop_fails": True} if flag(task, "deferrable") else {})
    script = argument(task, "script_location")
    if isinstance(script, str) and "{" not in script and not script.startswith("s3://"):
        raise Untranslatable("MIG201", "it uploads its script", task.argument_spans.get("script_location"))
    role = argument(task, "iam_role_arn") or argument(task, "iam_role_name")
    if script is None and role is None and not argument(task, "create_job_kwargs"):
        return found
    more = argument(task, "create_job_kwargs") or {}
    if not isinstance(more, dict):
        raise Untranslatable("MIG207", "what its job is made of is only known at run time", task.span)
    definition = options(task, context, {"job_desc": "Description", "num_of_dpus": "MaxCapacity"})
    if role is not None:
        definition["Role"] = context.template(role)
    runs = argument(task, "concurrent_run_limit")
    definition["ExecutionProperty"] = {"MaxConcurrentRuns": 1 if runs is None else context.template(runs)}
    definition["MaxRetries"] = context.template(argument(task, "retry_limit") or 0)
    if script is not None:
        definition["Command"] = {"Name": "glueetl", "ScriptLocation": context.template(script)}
    if bucket := argument(task, "s3_bucket"):
        name = argument(task, "job_name") or "aws_glue_default_job"
        definition["LogUri"] = context.template(text("s3://", bucket, "/logs/glue-logs/", name))
    found["definition"] = {**definition, **context.template(more)}
    if flag(task, "update_config"):
        found["update"] = True
    return found


def _emr_cluster(task: Task, context: LoweringContext) -> dict[str, Expr]:
    policy = argument(task, "wait_policy")
    if policy is not None:
        shown = str(policy).rpartition(".")[2].lower()
        if "completion" not in shown and "steps" not in shown:
            raise Untranslatable("MIG207", "what it waits for is only known at run time", task.span)
        return {"wait": "terminated" if "steps" in shown else "running"}
    waits = flag(task, "wait_for_completion") or flag(task, "deferrable")
    return {"wait": "running"} if waits else {}


def _emr_steps(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found = waits(False)(task, context)
    steps = required(task, "steps")
    if isinstance(steps, str) and steps.endswith(".json"):
        raise Untranslatable("MIG201", "its steps are in a file", task.argument_spans.get("steps"))
    return {**found, "steps": context.template(steps)}


def _redshift_table(task: Task) -> Value:
    table, schema = required(task, "table"), argument(task, "schema")
    return text(schema, ".", table) if schema else table


def _redshift(task: Task, context: LoweringContext) -> ResourceValue:
    connection = argument(task, "redshift_conn_id") or "redshift_default"
    return ResourceValue(context.resource(connection, "database", "redshift"))


def _copy_to_redshift(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if known(task, "method", "APPEND") == "UPSERT" and not argument(task, "upsert_keys"):
        raise Untranslatable("MIG201", "it asks the database for the keys of its table", task.span)
    return {"redshift": _redshift(task, context), "table": context.template(_redshift_table(task))}


def _unload(task: Task, context: LoweringContext) -> dict[str, Expr]:
    query, key = argument(task, "select_query"), required(task, "s3_key")
    if argument(task, "table"):
        if flag(task, "table_as_file_name", True):
            key = text(key, "/", argument(task, "table"), "_")
        query = query or text("SELECT * FROM ", _redshift_table(task))
    if query is None:
        raise Untranslatable("MIG207", "its query is not known", task.span)
    given = argument(task, "unload_options") or []
    if not isinstance(given, (list, tuple)):
        raise Untranslatable("MIG207", "its options are only known at run time", task.span)
    header = flag(task, "include_header") and "HEADER" not in [str(option).upper().strip() for option in given]
    found = {
        "redshift": _redshift(task, context),
        "query": context.files(query, (".sql",))[0],
        "key": context.template(key),
    }
    if unload_options := [*given, *(["HEADER"] if header else [])]:
        found["unload_options"] = context.template(unload_options)
    return found


_GLUE_EXAMPLE = Example(
    title="A job of Glue that is there",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.glue import GlueJobOperator

with DAG("etl", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GlueJobOperator(
        task_id="load",
        job_name="load-sales",
        script_args={{"--day": "{{{{ ds }}}}"}},
        region_name="eu-west-1",
        deferrable=True,
    )
""",
    expected=(
        "aws_default.run_glue_job(",
        'name="load-sales"',
        'arguments={"--day": context.partition_key}',
        'region="eu-west-1"',
    ),
    disposition="step",
)
_EMR_EXAMPLE = Example(
    title="A cluster of EMR for a few steps, ended whatever becomes of them",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.sensors.emr import EmrStepSensor

STEPS = [
    {{"Name": "load", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {{"Jar": "command-runner.jar", "Args": ["spark-submit", "s3://acme/load.py", "{{{{ ds }}}}"]}}}}
]

with DAG("emr", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    create = EmrCreateJobFlowOperator(task_id="create", job_flow_overrides={{"Name": "daily", "ReleaseLabel": "emr-7.1.0"}})
    add = EmrAddStepsOperator(task_id="add", job_flow_id=create.output, steps=STEPS)
    wait = EmrStepSensor(
        task_id="wait",
        job_flow_id="{{{{ task_instance.xcom_pull('create', key='return_value') }}}}",
        step_id="{{{{ task_instance.xcom_pull(task_ids='add', key='return_value')[0] }}}}",
    )
    end = EmrTerminateJobFlowOperator(task_id="end", job_flow_id=create.output, trigger_rule="all_done")
    add >> wait >> end
""",
    expected=(
        'config={"Name": "daily", "ReleaseLabel": "emr-7.1.0"}',
        "ops.end(create=create.result, after=[create.result, wait.result])",
        "aws_default.add_emr_steps(",
        "aws_default.emr_step_is_in(",
        "aws_default.terminate_emr_cluster(",
    ),
    disposition="asset",
)
_COPY_EXAMPLE = Example(
    title="Objects that replace the rows of a table",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator

with DAG("redshift", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    S3ToRedshiftOperator(
        task_id="load",
        schema="raw",
        table="sales",
        s3_bucket="acme",
        s3_key="sales/{{{{ ds }}}}/",
        copy_options=["CSV", "IGNOREHEADER 1"],
        method="REPLACE",
        redshift_conn_id="warehouse",
    )
""",
    expected=(
        "aws_default.copy_to_redshift(",
        "redshift=warehouse",
        'table="raw.sales"',
        'copy_options=["CSV", "IGNOREHEADER 1"]',
        "aws_default: Aws, warehouse: SqlDatabase",
    ),
)

_FROM_DYNAMODB_EXAMPLE = Example(
    title="The items of a table, each day",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.transfers.dynamodb_to_s3 import DynamoDBToS3Operator

with DAG("cards", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DynamoDBToS3Operator(
        task_id="cards",
        dynamodb_table_name="cards",
        s3_bucket_name="lake",
        s3_key_prefix="raw/cards/{{{{ ds }}}}/",
        file_size=20_000_000,
    )
""",
    expected=("aws_default.dynamodb_to_s3(", 'table="cards"', "size=20000000"),
)
CALLS = (
    Call(
        "glue-job",
        (OPERATORS + "glue.GlueJobOperator",),
        "run_glue_job",
        {"job_name": "name", "script_args": "arguments", "run_job_kwargs": "options", **REGION},
        summary="Runs the same job, makes it where it is not there, waits for its end, and fails where it fails.",
        built=_glue,
        reads=(
            *("script_location", "iam_role_arn", "iam_role_name", "create_job_kwargs", "job_desc", "num_of_dpus"),
            *("concurrent_run_limit", "retry_limit", "s3_bucket", "update_config", *WAIT),
        ),
        gives="str",
        refused=("replace_script_file",),
        ignored={
            "stop_job_run_on_kill": "a run that is ended stops the job",
            "resume_glue_job_on_retry": "a retry runs the job anew",
            "sleep_before_return": "nothing waits for the log",
        },
        kind="glue",
        examples=(_GLUE_EXAMPLE,),
    ),
    Call(
        "glue-job-sensor",
        (SENSORS + "glue.GlueJobSensor",),
        "glue_run_is_done",
        {"job_name": "name", "run_id": "run_id", **REGION},
        kind="glue",
        waits=True,
    ),
    Call(
        "glue-crawler",
        (OPERATORS + "glue_crawler.GlueCrawlerOperator",),
        "run_glue_crawler",
        {"config": "config", **REGION},
        built=waits(),
        reads=WAIT,
        gives="str",
        ignored={"fail_on_already_running": "a crawler that runs already fails the step"},
        kind="glue",
    ),
    Call(
        "glue-crawler-run",
        (OPERATORS + "glue_crawler.GlueCrawlerRunOperator",),
        "start_glue_crawler",
        {"crawler_name": "name", **REGION},
        built=waits(),
        reads=WAIT,
        gives="str",
        ignored={"fail_on_already_running": "a crawler that runs already fails the step"},
        kind="glue",
    ),
    Call(
        "emr-create-cluster",
        (OPERATORS + "emr.EmrCreateJobFlowOperator",),
        "create_emr_cluster",
        {"job_flow_overrides": "config", **REGION},
        summary="Starts a cluster with what the task says. What the connection `emr_conn_id` adds to that has to be added by hand.",
        built=_emr_cluster,
        reads=("wait_policy", *WAIT),
        gives="str",
        ignored={
            "emr_conn_id": "what it says of clusters is not known here: see the summary",
            "terminate_job_flow_on_failure": "a run that is ended ends the cluster",
        },
        kind="emr",
        examples=(_EMR_EXAMPLE,),
    ),
    Call(
        "emr-add-steps",
        (OPERATORS + "emr.EmrAddStepsOperator",),
        "add_emr_steps",
        {
            "job_flow_id": "cluster_id",
            "job_flow_name": "cluster_name",
            "cluster_states": "cluster_states",
            "execution_role_arn": "execution_role",
            **REGION,
        },
        built=_emr_steps,
        reads=("steps", *WAIT),
        gives="list",
        kind="emr",
    ),
    Call(
        "emr-step-sensor",
        (SENSORS + "emr.EmrStepSensor",),
        "emr_step_is_in",
        {
            "job_flow_id": "cluster_id",
            "step_id": "step_id",
            "target_states": "states",
            "failed_states": "failed",
            **REGION,
        },
        kind="emr",
        waits=True,
    ),
    Call(
        "emr-cluster-sensor",
        (SENSORS + "emr.EmrJobFlowSensor",),
        "emr_cluster_is_in",
        {"job_flow_id": "cluster_id", "target_states": "states", "failed_states": "failed", **REGION},
        kind="emr",
        waits=True,
    ),
    Call(
        "emr-terminate-cluster",
        (OPERATORS + "emr.EmrTerminateJobFlowOperator",),
        "terminate_emr_cluster",
        {"job_flow_id": "cluster_id", **REGION},
        kind="emr",
    ),
    Call(
        "emr-serverless-application",
        (OPERATORS + "emr.EmrServerlessCreateApplicationOperator",),
        "create_emr_serverless_application",
        {"release_label": "release_label", "job_type": "job_type", "config": "config", **REGION},
        built=waits(),
        reads=WAIT,
        gives="str",
        kind="emr",
    ),
    Call(
        "emr-serverless-job",
        (OPERATORS + "emr.EmrServerlessStartJobOperator",),
        "run_emr_serverless_job",
        {
            "application_id": "application_id",
            "execution_role_arn": "execution_role",
            "job_driver": "job_driver",
            "configuration_overrides": "configuration_overrides",
            "config": "config",
            "name": "name",
            **REGION,
        },
        built=waits(),
        reads=WAIT,
        gives="str",
        ignored={"enable_application_ui_links": "Dagster shows its own page"},
        kind="emr",
    ),
    Call(
        "emr-serverless-stop",
        (OPERATORS + "emr.EmrServerlessStopApplicationOperator",),
        "stop_emr_serverless_application",
        {"application_id": "application_id", "force_stop": "force", **REGION},
        built=waits(),
        reads=WAIT,
        kind="emr",
    ),
    Call(
        "emr-serverless-delete",
        (OPERATORS + "emr.EmrServerlessDeleteApplicationOperator",),
        "delete_emr_serverless_application",
        {"application_id": "application_id", "force_stop": "force", **REGION},
        built=waits(),
        reads=WAIT,
        kind="emr",
    ),
    Call(
        "emr-eks-job",
        (OPERATORS + "emr.EmrContainerOperator",),
        "run_emr_container_job",
        {
            "name": "name",
            "virtual_cluster_id": "virtual_cluster_id",
            "execution_role_arn": "execution_role",
            "release_label": "release_label",
            "job_driver": "job_driver",
            "configuration_overrides": "configuration_overrides",
            "tags": "tags",
            **REGION,
        },
        built=waits(),
        reads=WAIT,
        gives="str",
        refused=("job_retry_max_attempts",),
        kind="emr",
    ),
    Call(
        "redshift-resume",
        (OPERATORS + "redshift_cluster.RedshiftResumeClusterOperator",),
        "resume_redshift_cluster",
        {"cluster_identifier": "cluster", **REGION},
        built=waits(False),
        reads=WAIT,
        kind="redshift",
    ),
    Call(
        "redshift-pause",
        (OPERATORS + "redshift_cluster.RedshiftPauseClusterOperator",),
        "pause_redshift_cluster",
        {"cluster_identifier": "cluster", **REGION},
        built=waits(False),
        reads=WAIT,
        kind="redshift",
    ),
    Call(
        "redshift-cluster-sensor",
        (SENSORS + "redshift_cluster.RedshiftClusterSensor",),
        "redshift_cluster_is",
        {"cluster_identifier": "cluster", "target_status": "state", **REGION},
        kind="redshift",
        waits=True,
    ),
    Call(
        "s3-create-bucket",
        (OPERATORS + "s3.S3CreateBucketOperator",),
        "create_bucket",
        {"bucket_name": "bucket", **REGION},
        refused=("bucket_namespace",),
        kind="s3",
    ),
    Call(
        "s3-delete-bucket",
        (OPERATORS + "s3.S3DeleteBucketOperator",),
        "delete_bucket",
        {"bucket_name": "bucket", "force_delete": "force", **REGION},
        kind="s3",
    ),
    Call(
        "s3-to-redshift",
        (PROVIDER + "transfers.s3_to_redshift.S3ToRedshiftOperator",),
        "copy_to_redshift",
        {
            "s3_bucket": "bucket",
            "s3_key": "key",
            "column_list": "columns",
            "copy_options": "copy_options",
            "method": "method",
            "upsert_keys": "upsert_keys",
        },
        summary="The same COPY, with the credentials that boto3 finds.",
        built=_copy_to_redshift,
        reads=("schema", "table", "redshift_conn_id"),
        refused=("redshift_data_api_kwargs",),
        ignored={"autocommit": "the resource commits after the last statement"},
        kind="redshift",
        examples=(_COPY_EXAMPLE,),
    ),
    Call(
        "redshift-to-s3",
        (PROVIDER + "transfers.redshift_to_s3.RedshiftToS3Operator",),
        "unload_from_redshift",
        {"s3_bucket": "bucket"},
        summary="The same UNLOAD, with the credentials that boto3 finds.",
        built=_unload,
        reads=(
            *("s3_key", "schema", "table", "select_query", "unload_options", "include_header", "table_as_file_name"),
            "redshift_conn_id",
        ),
        refused=("redshift_data_api_kwargs", "parameters"),
        ignored={"autocommit": "the resource commits after the last statement"},
        kind="redshift",
    ),
)
_FROM_DYNAMODB = Call(
    "dynamodb-to-s3",
    (PROVIDER + "transfers.dynamodb_to_s3.DynamoDBToS3Operator",),
    "dynamodb_to_s3",
    {
        "dynamodb_table_name": "table",
        "s3_bucket_name": "bucket",
        "s3_key_prefix": "prefix",
        "file_size": "size",
        "dynamodb_scan_kwargs": "scan",
    },
    summary="Writes the same items as lines of JSON. A function of one's own for an item, or an export to a point in time, stays in Airflow.",
    refused=("process_func", "point_in_time_export", "export_time", "dest_aws_conn_id"),
    ignored={
        "export_format": "goes with `export_time`",
        "export_table_to_point_in_time_kwargs": "goes with `export_time`",
    },
    kind="s3",
    examples=(_FROM_DYNAMODB_EXAMPLE,),
)
_SOURCE = replace(AWS, connection=("source_aws_conn_id", "aws_conn_id"), beside={})
RULES = (*(call_rule(AWS, call) for call in CALLS), call_rule(_SOURCE, _FROM_DYNAMODB))

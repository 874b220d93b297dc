"""Operators of AWS that start, stop or change what runs code: workflows of MWAA, applications of Flink, notebooks and sessions of EMR, environments of
Batch, collections of OpenSearch."""

from __future__ import annotations

from collections.abc import Callable

from migrator.model.airflow import Task
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION, waits
from migrator.operators.aws_asks import (
    WAIT,
    WAITER,
    Ask,
    Instead,
    Look,
    Parameters,
    ask_call,
    further,
    parameters,
)
from migrator.operators.aws_requests import change_machines
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import flag, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

_WORKFLOW = {"workflow_arn": "WorkflowArn"}
_FILTER = {"source_field": "field", "filter_date": "date"}
_CODE = {
    "definition_s3_location": "DefinitionS3Location",
    "code": "Code",
    "role_arn": "RoleArn",
    "description": "Description",
}
_APPLICATION = {"application_name": "ApplicationName"}
FLINK_STARTED, FLINK_STOPPED = ("RUNNING",), ("READY",)
FLINK_NOT_STOPPED = ("DELETING", "ROLLING_BACK", "MAINTENANCE", "ROLLED_BACK")
FLINK_NOT_STARTED = ("STOPPING", "READY", "FORCE_STOPPING", *FLINK_NOT_STOPPED)
"""States of an application of Flink that was to be started or stopped."""
_FLINK_STATE = "ApplicationDetail.ApplicationStatus"
_SESSION = {"application_id": "applicationId", "session_id": "sessionId"}
_NOTEBOOK = {"notebook_execution_id": "NotebookExecutionId"}
_WORKFLOW_EXAMPLE = Example(
    title="A workflow of MWAA that a run starts",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.mwaa_serverless import MwaaServerlessStartWorkflowRunOperator

with DAG("flows", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    MwaaServerlessStartWorkflowRunOperator(
        task_id="start", workflow_arn="arn:flow", override_parameters={{"day": "{{{{ ds }}}}"}}
    )
""",
    expected=('service="mwaa-serverless"', '"OverrideParameters": {"day": context.partition_key}', 'path="RunId"'),
    disposition="step",
)
_ROWS = (
    Ask(
        "mwaa-workflow-start",
        "mwaa_serverless.MwaaServerlessStartWorkflowRunOperator",
        "mwaa-serverless",
        "start_workflow_run",
        {**_WORKFLOW, "override_parameters": "OverrideParameters", "workflow_version": "WorkflowVersion"},
        path="RunId",
        gives="str",
        examples=(_WORKFLOW_EXAMPLE,),
    ),
    Ask(
        "mwaa-workflow-stop",
        "mwaa_serverless.MwaaServerlessStopWorkflowRunOperator",
        "mwaa-serverless",
        "stop_workflow_run",
        {**_WORKFLOW, "run_id": "RunId"},
        path="Status",
        gives="str",
    ),
    Ask(
        "mwaa-workflow",
        "mwaa_serverless.MwaaServerlessCreateWorkflowOperator",
        "mwaa-serverless",
        "create_workflow",
        {"workflow_name": "Name", **_CODE, "tags": "Tags"},
        more="create_workflow_kwargs",
        path="WorkflowArn",
        gives="str",
        instead=Instead("list_workflows", {}, "Workflows[?Name=='{workflow_name}'].WorkflowArn | [0]"),
    ),
    Ask(
        "mwaa-workflow-update",
        "mwaa_serverless.MwaaServerlessUpdateWorkflowOperator",
        "mwaa-serverless",
        "update_workflow",
        {**_WORKFLOW, **_CODE},
        more="update_workflow_kwargs",
        path="WorkflowArn",
        gives="str",
    ),
    Ask(
        "mwaa-workflow-delete",
        "mwaa_serverless.MwaaServerlessDeleteWorkflowOperator",
        "mwaa-serverless",
        "delete_workflow",
        {**_WORKFLOW, "workflow_version": "WorkflowVersion"},
    ),
    Ask(
        "flink-create",
        "kinesis_analytics.KinesisAnalyticsV2CreateApplicationOperator",
        "kinesisanalyticsv2",
        "create_application",
        {
            **_APPLICATION,
            "application_description": "ApplicationDescription",
            "runtime_environment": "RuntimeEnvironment",
            "service_execution_role": "ServiceExecutionRole",
        },
        given={"ApplicationDescription": "Managed Service for Apache Flink application created from Airflow"},
        more="create_application_kwargs",
        path="{ApplicationARN: ApplicationDetail.ApplicationARN}",
        gives="dict",
    ),
    *(
        Ask(
            f"flink-{action}",
            f"kinesis_analytics.KinesisAnalyticsV2{action.capitalize()}ApplicationOperator",
            "kinesisanalyticsv2",
            f"{action}_application",
            {**_APPLICATION, **own},
            look=Look("describe_application", _FLINK_STATE, done, failed, names=_APPLICATION),
        )
        for action, own, done, failed in (
            ("start", {"run_configuration": "RunConfiguration"}, FLINK_STARTED, FLINK_NOT_STARTED),
            ("stop", {"force": "Force"}, FLINK_STOPPED, FLINK_NOT_STOPPED),
        )
    ),
    Ask(
        "batch-environment",
        "batch.BatchCreateComputeEnvironmentOperator",
        "batch",
        "create_compute_environment",
        {
            "compute_environment_name": "computeEnvironmentName",
            "environment_type": "type",
            "state": "state",
            "unmanaged_v_cpus": "unmanagedvCpus",
            "compute_resources": "computeResources",
            "service_role": "serviceRole",
            "tags": "tags",
        },
        path="computeEnvironmentArn",
        gives="str",
        waits=False,
        look=Look(
            "describe_compute_environments",
            "computeEnvironments[0].status",
            ("VALID",),
            ("INVALID", "DELETED"),
            taken={"computeEnvironments": "[computeEnvironmentArn]"},
        ),
    ),
    Ask(
        "emr-on-eks",
        "emr.EmrEksCreateClusterOperator",
        "emr-containers",
        "create_virtual_cluster",
        {
            "virtual_cluster_name": "name",
            "eks_cluster_name": "containerProvider.id",
            "eks_namespace": "containerProvider.info.eksInfo.namespace",
            "tags": "tags",
        },
        given={"containerProvider": {"type": "EKS"}},
        path="id",
        gives="str",
        ignored={"virtual_cluster_id": "the service tells it"},
        kind="emr",
    ),
    Ask(
        "emr-session",
        "emr.EmrServerlessStartSessionOperator",
        "emr-serverless",
        "start_session",
        {
            "application_id": "applicationId",
            "execution_role_arn": "executionRoleArn",
            "name": "name",
            "idle_timeout_minutes": "idleTimeoutMinutes",
            "configuration_overrides": "configurationOverrides",
        },
        path="{application_id: applicationId, session_id: sessionId}",
        gives="dict",
        look=Look(
            "get_session",
            "session.state",
            ("STARTED", "IDLE"),
            ("FAILED", "TERMINATING", "TERMINATED"),
            taken={"applicationId": "applicationId", "sessionId": "sessionId"},
        ),
        kind="emr",
    ),
    Ask(
        "emr-notebook",
        "emr.EmrStartNotebookExecutionOperator",
        "emr",
        "start_notebook_execution",
        {
            "editor_id": "EditorId",
            "relative_path": "RelativePath",
            "notebook_execution_name": "NotebookExecutionName",
            "notebook_params": "NotebookParams",
            "cluster_id": "ExecutionEngine.Id",
            "master_instance_security_group_id": "ExecutionEngine.MasterInstanceSecurityGroupId",
            "service_role": "ServiceRole",
            "notebook_instance_security_group_id": "NotebookInstanceSecurityGroupId",
            "tags": "Tags",
        },
        given={"ExecutionEngine": {"Type": "EMR"}},
        made_up={
            "notebook_execution_name": (
                "the execution of the notebook is named `emr_notebook_` and a random id",
                "it has no name",
            )
        },
        path="NotebookExecutionId",
        gives="str",
        waits=False,
        look=Look(
            "describe_notebook_execution",
            "NotebookExecution.Status",
            ("RUNNING", "FINISHED"),
            ("FAILED",),
            taken={"NotebookExecutionId": "NotebookExecutionId"},
        ),
        kind="emr",
    ),
    Ask(
        "emr-session-stop",
        "emr.EmrServerlessStopSessionOperator",
        "emr-serverless",
        "terminate_session",
        _SESSION,
        look=Look("get_session", "session.state", ("TERMINATED",), ("FAILED",), names=_SESSION),
        kind="emr",
    ),
    Ask(
        "emr-session-endpoint",
        "emr.EmrServerlessGetSessionEndpointOperator",
        "emr-serverless",
        "get_session_endpoint",
        _SESSION,
        path="{endpoint: endpoint, auth_token: authToken, auth_token_expires_at: authTokenExpiresAt}",
        gives="dict",
        kind="emr",
    ),
    Ask(
        "emr-notebook-stop",
        "emr.EmrStopNotebookExecutionOperator",
        "emr",
        "stop_notebook_execution",
        _NOTEBOOK,
        waits=False,
        look=Look(
            "describe_notebook_execution",
            "NotebookExecution.Status",
            ("STOPPED", "FINISHED"),
            ("FAILED",),
            names=_NOTEBOOK,
        ),
        kind="emr",
    ),
    Ask(
        "opensearch-collection",
        "opensearch_serverless.OpenSearchServerlessCreateCollectionOperator",
        "opensearchserverless",
        "create_collection",
        {
            "collection_name": "name",
            "collection_type": "type",
            "description": "description",
            "standby_replicas": "standbyReplicas",
            "tags": "tags",
        },
        given={"type": "SEARCH"},
        path="createCollectionDetail.id",
        gives="str",
        instead=Instead("batch_get_collection", {"collection_name": "names[]"}, "collectionDetails[0].id"),
    ),
    Ask(
        "athena-spark",
        "athena_spark.AthenaSparkOperator",
        "athena",
        "start_calculation_execution",
        {"session_id": "SessionId", "code_block": "CodeBlock", "description": "Description"},
        look=Look(
            "get_calculation_execution",
            "Status.State",
            ("COMPLETED",),
            ("FAILED", "CANCELED"),
            taken={"CalculationExecutionId": "CalculationExecutionId"},
        ),
        ignored={"log_query": "the code stands in the step"},
    ),
    Ask(
        "sagemaker-experiment",
        "sagemaker.SageMakerCreateExperimentOperator",
        "sagemaker",
        "create_experiment",
        {"name": "ExperimentName", "description": "Description"},
        refused=("tags", "config"),
        path="ExperimentArn",
        gives="str",
        kind="sagemaker",
    ),
)


def _graph_database(action: str, state: str) -> Callable[[Task, LoweringContext], Parameters]:
    """Starting or stopping a cluster of Neptune; one that is so already is fine."""

    def built(task: Task, context: LoweringContext) -> Parameters:
        place = {"DBClusterIdentifier": context.template(required(task, "db_cluster_id"))}
        found: Parameters = {"service": "neptune", "action": f"{action}_db_cluster", "parameters": place}
        found["fine"] = ["InvalidDBClusterStateFault"]
        if flag(task, "wait_for_completion", True) or flag(task, "deferrable"):
            found |= {"look": "describe_db_clusters", "state": "DBClusters[0].Status", "done": [state]}
            found["failed"] = list(_NEPTUNE_BROKEN)
        return found

    return built


def _learning(task: Task, context: LoweringContext) -> Parameters:
    if flag(task, "wait_for_completion", True):
        raise Untranslatable("MIG201", "it waits for the best model", task.span)
    names = {"job_name": "AutoMLJobName", "s3_output": "OutputDataConfig.S3OutputPath", "role_arn": "RoleArn"}
    names |= {
        "time_limit": "AutoMLJobConfig.CompletionCriteria.MaxAutoMLJobRuntimeInSeconds",
        "autodeploy_endpoint_name": "ModelDeployConfig.EndpointName",
    }
    given = {
        "s3_input": "DataSource.S3DataSource.S3Uri",
        "target_attribute": "TargetAttributeName",
    }
    data = parameters(task, context, given, {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix"}}})
    if flag(task, "compressed_input"):
        data["CompressionType"] = "Gzip"
    asked = {**parameters(task, context, names), "InputDataConfig": [data]} | further(task, context, "extras")
    return {"service": "sagemaker", "action": "create_auto_ml_job", "parameters": asked}


_NEPTUNE_BROKEN = (
    *("cloning-failed", "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable"),
    "migration-failed",
)
_BUILT = (
    *(
        Call(
            f"neptune-{action}",
            (f"{OPERATORS}neptune.Neptune{action.capitalize()}DbClusterOperator",),
            "run",
            dict(REGION),
            built=_graph_database(action, state),
            reads=("db_cluster_id", *WAIT),
            kind="aws",
        )
        for action, state in (("start", "available"), ("stop", "stopped"))
    ),
    Call(
        "sagemaker-pipeline-stop",
        (OPERATORS + "sagemaker.SageMakerStopPipelineOperator",),
        "stop_sagemaker_pipeline",
        {"pipeline_exec_arn": "execution", "fail_if_not_running": "fail_if_not_running", **REGION},
        refused=("wait_for_completion", "config"),
        gives="str",
        kind="sagemaker",
    ),
    Call(
        "appflow-run",
        (OPERATORS + "appflow.AppflowRunOperator",),
        "run_appflow",
        {"flow_name": "flow", **REGION},
        built=waits(),
        reads=WAIT,
        keys={"execution_id": "str"},
        kind="aws",
    ),
    *(
        Call(
            f"appflow-{rule}",
            (f"{OPERATORS}appflow.AppflowRun{rule.title()}Operator",),
            "run_filtered_appflow",
            {"flow_name": "flow", "source": "source", **({} if rows == "all" else _FILTER), **REGION},
            summary="Runs the same flow after its filters are set.",
            built=waits(),
            reads=WAIT,
            fixed={} if rows == "all" else {"rows": rows},
            keys={"execution_id": "str"},
            kind="aws",
        )
        for rule, rows in (("full", "all"), ("before", "before"), ("after", "after"), ("daily", "of"))
    ),
    Call(
        "sagemaker-automl",
        (OPERATORS + "sagemaker.SageMakerAutoMLOperator",),
        "ask",
        dict(REGION),
        summary="Starts the same job. One that waits for the best model stays in Airflow.",
        built=_learning,
        reads=(
            *("job_name", "s3_input", "target_attribute", "s3_output", "role_arn", "compressed_input", "time_limit"),
            *("autodeploy_endpoint_name", "extras", *WAIT),
        ),
        refused=("config",),
        kind="sagemaker",
    ),
    Call(
        "ec2-hibernate",
        (OPERATORS + "ec2.EC2HibernateInstanceOperator",),
        "ask",
        dict(REGION),
        built=change_machines("stop_instances", "instance_stopped", Hibernate=True),
        reads=("instance_ids", *WAITER),
        kind="aws",
    ),
)
RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in (*map(ask_call, _ROWS), *_BUILT))

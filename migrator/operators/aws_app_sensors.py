"""Sensors of AWS that look at a state of what was started: jobs of models, knowledge bases, applications, notebooks, workflows, exports."""

from __future__ import annotations

from collections.abc import Callable

from migrator.model.airflow import Task
from migrator.model.values import Value
from migrator.operators.aws import AWS, HEAD, REGION, SENSORS
from migrator.operators.aws_apps import FLINK_NOT_STARTED, FLINK_NOT_STOPPED, FLINK_STARTED, FLINK_STOPPED
from migrator.operators.aws_asks import Parameters, parameters
from migrator.operators.aws_state_sensors import sensor_call, state_of
from migrator.operators.aws_stores import QUALITY_FAILED
from migrator.operators.calls import Call, call_rule, known
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

_JOB = {"job_name": "jobIdentifier"}
_INGESTION = {
    "knowledge_base_id": "knowledgeBaseId",
    "data_source_id": "dataSourceId",
    "ingestion_job_id": "ingestionJobId",
}
_BATCH_FAILED = ("Failed", "Stopped", "PartiallyCompleted", "Expired")
_EXAMPLE = Example(
    title="A job of Comprehend that is waited for",
    dag=f"""{HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.sensors.comprehend import ComprehendStartPiiEntitiesDetectionJobCompletedSensor

with DAG("names", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    found = ComprehendStartPiiEntitiesDetectionJobCompletedSensor(task_id="found", job_id="j-1")
    found >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}")
""",
    expected=(
        'action="describe_pii_entities_detection_job"',
        'parameters={"JobId": "j-1"}',
        'states=["COMPLETED"]',
        'failed=["FAILED", "STOP_REQUESTED", "STOPPED"]',
    ),
    disposition="sensor",
)


def _scheduled(task: Task, context: LoweringContext) -> Parameters:
    """A job of Bedrock, which may only have to be scheduled."""
    wanted = str(known(task, "success_state", "SCHEDULED")).rpartition(".")[2].upper()
    return {
        "service": "bedrock",
        "action": "get_model_invocation_job",
        "parameters": parameters(task, context, {"job_arn": "jobIdentifier"}),
        "path": "status",
        "states": ["Completed", *(["Scheduled"] if wanted == "SCHEDULED" else [])],
        "failed": list(_BATCH_FAILED),
    }


def _states(task: Task, name: str, default: tuple[str, ...]) -> list[str]:
    """The states that an argument names. Raises Untranslatable where they are only known at run time."""
    given: Value = argument(task, name) or default
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in given):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return sorted(given) if isinstance(given, set | frozenset) else list(given)


def _told(
    service: str,
    action: str,
    names: dict[str, str],
    path: str,
    wanted: tuple[str, tuple[str, ...]],
    failed: tuple[str, tuple[str, ...]],
    absent: str = "",
    upper: bool = False,
) -> Callable[[Task, LoweringContext], Parameters]:
    """What looks at a state, where arguments may name those that are waited for and those that are failures; `upper`: the
    service has them in capitals."""

    def built(task: Task, context: LoweringContext) -> Parameters:
        found: Parameters = {
            "service": service,
            "action": action,
            "parameters": parameters(task, context, names),
            "path": path,
            "states": [one.upper() if upper else one for one in _states(task, *wanted)],
            "failed": [one.upper() if upper else one for one in _states(task, *failed)],
        }
        return found | ({"absent": absent} if absent else {})

    return built


def _replication(task: Task, context: LoweringContext) -> Parameters:
    arn = context.template(required(task, "replication_task_arn"))
    found: Parameters = {
        "service": "dms",
        "action": "describe_replication_tasks",
        "parameters": {"Filters": [{"Name": "replication-task-arn", "Values": [arn]}], "WithoutSettings": True},
        "path": "ReplicationTasks[0].Status",
        "states": _states(task, "target_statuses", ()),
    }
    return found | {"failed": [*_states(task, "termination_statuses", ()), None]}


def _collection(task: Task, context: LoweringContext) -> Parameters:
    return {
        "service": "opensearchserverless",
        "action": "batch_get_collection",
        "parameters": parameters(task, context, {"collection_id": "ids[]", "collection_name": "names[]"}),
        "path": "collectionDetails[0].status",
        "states": ["ACTIVE"],
        "failed": ["DELETING", "FAILED"],
    }


def _verified(task: Task, context: LoweringContext) -> Parameters:
    return {} if flag(task, "verify_result_status", True) else {"verify": False}


_EXPORT_STATES = ("starting", "in_progress", "complete", "canceling", "canceled")
_SENSORS = (
    sensor_call(
        "bedrock-customization-sensor",
        "bedrock.BedrockCustomizeModelCompletedSensor",
        state_of(
            *("bedrock", "get_model_customization_job", _JOB, "status", ("Completed",)),
            failed=("Failed", "Stopping", "Stopped"),
        ),
        ("job_name",),
    ),
    sensor_call(
        "bedrock-throughput-sensor",
        "bedrock.BedrockProvisionModelThroughputCompletedSensor",
        state_of(
            "bedrock",
            "get_provisioned_model_throughput",
            {"model_id": "provisionedModelId"},
            "status",
            ("InService",),
            ("Failed",),
        ),
        ("model_id",),
    ),
    sensor_call(
        "bedrock-knowledge-sensor",
        "bedrock.BedrockKnowledgeBaseActiveSensor",
        state_of(
            "bedrock-agent",
            "get_knowledge_base",
            {"knowledge_base_id": "knowledgeBaseId"},
            "knowledgeBase.status",
            ("ACTIVE",),
            ("DELETING", "FAILED"),
        ),
        ("knowledge_base_id",),
    ),
    sensor_call(
        "bedrock-ingestion-sensor",
        "bedrock.BedrockIngestionJobSensor",
        state_of(
            *("bedrock-agent", "get_ingestion_job", _INGESTION, "ingestionJob.status", ("COMPLETE",)),
            failed=("FAILED",),
        ),
        tuple(_INGESTION),
    ),
    sensor_call(
        "bedrock-batch-sensor", "bedrock.BedrockBatchInferenceSensor", _scheduled, ("job_arn", "success_state")
    ),
    sensor_call(
        "comprehend-pii-sensor",
        "comprehend.ComprehendStartPiiEntitiesDetectionJobCompletedSensor",
        state_of(
            "comprehend",
            "describe_pii_entities_detection_job",
            {"job_id": "JobId"},
            "PiiEntitiesDetectionJobProperties.JobStatus",
            ("COMPLETED",),
            ("FAILED", "STOP_REQUESTED", "STOPPED"),
        ),
        ("job_id",),
        (_EXAMPLE,),
    ),
    sensor_call(
        "comprehend-classifier-sensor",
        "comprehend.ComprehendCreateDocumentClassifierCompletedSensor",
        state_of(
            "comprehend",
            "describe_document_classifier",
            {"document_classifier_arn": "DocumentClassifierArn"},
            "DocumentClassifierProperties.Status",
            ("TRAINED", "TRAINED_WITH_WARNING"),
            ("DELETING", "STOP_REQUESTED", "STOPPED", "IN_ERROR"),
        ),
        ("document_classifier_arn",),
        refused=("fail_on_warnings",),
    ),
    *(
        sensor_call(
            f"flink-{word.lower()}-sensor",
            f"kinesis_analytics.KinesisAnalyticsV2{word}ApplicationCompletedSensor",
            state_of(
                "kinesisanalyticsv2",
                "describe_application",
                {"application_name": "ApplicationName"},
                "ApplicationDetail.ApplicationStatus",
                states,
                failed,
            ),
            ("application_name",),
        )
        for word, states, failed in (
            ("Start", FLINK_STARTED, FLINK_NOT_STARTED),
            ("Stop", FLINK_STOPPED, FLINK_NOT_STOPPED),
        )
    ),
    sensor_call(
        "glue-recommendation-sensor",
        "glue.GlueDataQualityRuleRecommendationRunSensor",
        state_of(
            "glue",
            "get_data_quality_rule_recommendation_run",
            {"recommendation_run_id": "RunId"},
            "Status",
            ("SUCCEEDED",),
            QUALITY_FAILED,
        ),
        ("recommendation_run_id",),
        ignored={"show_results": "the rules are at AWS"},
    ),
    sensor_call(
        "emr-notebook-sensor",
        "emr.EmrNotebookExecutionSensor",
        _told(
            "emr",
            "describe_notebook_execution",
            {"notebook_execution_id": "NotebookExecutionId"},
            "NotebookExecution.Status",
            ("target_states", ("FINISHED",)),
            ("failed_states", ("FAILED",)),
        ),
        ("notebook_execution_id", "target_states", "failed_states"),
    ),
    sensor_call(
        "mwaa-workflow-sensor",
        "mwaa_serverless.MwaaServerlessWorkflowRunSensor",
        _told(
            "mwaa-serverless",
            "get_workflow_run",
            {"workflow_arn": "WorkflowArn", "run_id": "RunId"},
            "RunDetail.RunState",
            ("success_states", ("SUCCESS",)),
            ("failure_states", ("FAILED", "TIMEOUT", "STOPPED")),
        ),
        ("workflow_arn", "run_id", "success_states", "failure_states"),
    ),
    sensor_call(
        "rds-export-sensor",
        "rds.RdsExportTaskExistenceSensor",
        _told(
            "rds",
            "describe_export_tasks",
            {"export_task_identifier": "ExportTaskIdentifier"},
            "ExportTasks[0].Status",
            ("target_statuses", _EXPORT_STATES),
            ("error_statuses", ("failed",)),
            absent="absent",
            upper=True,
        ),
        ("export_task_identifier", "target_statuses", "error_statuses"),
    ),
    sensor_call(
        "dms-task-sensor",
        "dms.DmsTaskBaseSensor",
        _replication,
        ("replication_task_arn", "target_statuses", "termination_statuses"),
    ),
    sensor_call(
        "opensearch-sensor",
        "opensearch_serverless.OpenSearchServerlessCollectionActiveSensor",
        _collection,
        ("collection_id", "collection_name"),
    ),
    sensor_call(
        "athena-spark-sensor",
        "athena_spark.AthenaSparkSensor",
        state_of(
            "athena",
            "get_calculation_execution",
            {"calculation_execution_id": "CalculationExecutionId"},
            "Status.State",
            ("COMPLETED",),
            ("FAILED", "CANCELED"),
        ),
        ("calculation_execution_id",),
    ),
    Call(
        "glue-quality-sensor",
        (SENSORS + "glue.GlueDataQualityRuleSetEvaluationRunSensor",),
        "glue_quality_is_done",
        {"evaluation_run_id": "run_id", **REGION},
        built=_verified,
        reads=("verify_result_status",),
        ignored={"show_results": "the results are at AWS"},
        kind="glue",
        waits=True,
    ),
)
RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in _SENSORS)

"""Operators of AWS that work with models: jobs, guardrails and knowledge bases of Bedrock, jobs of Comprehend, notebooks of SageMaker."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.values import Text
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION
from migrator.operators.aws_asks import Ask, Instead, Look, Parameters, ask_call, further, parameters
from migrator.operators.calls import Call, call_rule, known
from migrator.operators.common import argument, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

_GUARDRAIL = {
    "guardrail_name": "name",
    "blocked_input_messaging": "blockedInputMessaging",
    "blocked_outputs_messaging": "blockedOutputsMessaging",
    "description": "description",
    "topic_policy_config": "topicPolicyConfig",
    "content_policy_config": "contentPolicyConfig",
    "word_policy_config": "wordPolicyConfig",
    "sensitive_information_policy_config": "sensitiveInformationPolicyConfig",
}
_BATCH_FAILED = ("Failed", "Stopped", "PartiallyCompleted", "Expired", "Stopping")
_COMPREHEND = {
    "input_data_config": "InputDataConfig",
    "output_data_config": "OutputDataConfig",
    "mode": "Mode",
    "data_access_role_arn": "DataAccessRoleArn",
    "language_code": "LanguageCode",
}
_NOTEBOOK = {"instance_name": "NotebookInstanceName"}
_GUARDRAIL_EXAMPLE = Example(
    title="A guardrail, made once, of which each run makes a version",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.bedrock import (
    BedrockCreateGuardrailOperator,
    BedrockCreateGuardrailVersionOperator,
)

with DAG("guardrails", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    make = BedrockCreateGuardrailOperator(
        task_id="make",
        guardrail_name="polite",
        blocked_input_messaging="No.",
        blocked_outputs_messaging="No.",
        content_policy_config={{"filtersConfig": [{{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}}]}},
    )
    BedrockCreateGuardrailVersionOperator(task_id="release", guardrail_identifier=make.output)
""",
    expected=(
        'action="create_guardrail"',
        'fine=["ConflictException"]',
        "guardrails[?name=='polite'].id | [0]",
        '"guardrailIdentifier": make',
        'path="version"',
    ),
    disposition="asset",
)
_ROWS = (
    Ask(
        "bedrock-throughput",
        "bedrock.BedrockCreateProvisionedModelThroughputOperator",
        "bedrock",
        "create_provisioned_model_throughput",
        {"model_units": "modelUnits", "provisioned_model_name": "provisionedModelName", "model_id": "modelId"},
        more="create_throughput_kwargs",
        path="provisionedModelArn",
        gives="str",
        look=Look(
            "get_provisioned_model_throughput",
            "status",
            ("InService",),
            ("Failed",),
            taken={"provisionedModelId": "provisionedModelArn"},
        ),
    ),
    Ask(
        "bedrock-batch",
        "bedrock.BedrockBatchInferenceOperator",
        "bedrock",
        "create_model_invocation_job",
        {
            "job_name": "jobName",
            "role_arn": "roleArn",
            "model_id": "modelId",
            "input_uri": "inputDataConfig.s3InputDataConfig.s3Uri",
            "output_uri": "outputDataConfig.s3OutputDataConfig.s3Uri",
        },
        more="invoke_kwargs",
        path="jobArn",
        gives="str",
        look=Look(
            "get_model_invocation_job", "status", ("Completed",), _BATCH_FAILED, taken={"jobIdentifier": "jobArn"}
        ),
    ),
    Ask(
        "bedrock-evaluation",
        "bedrock.BedrockCreateEvaluationJobOperator",
        "bedrock",
        "create_evaluation_job",
        {
            "job_name": "jobName",
            "role_arn": "roleArn",
            "evaluation_config": "evaluationConfig",
            "inference_config": "inferenceConfig",
            "output_data_config": "outputDataConfig",
            "job_description": "jobDescription",
        },
        path="jobArn",
        gives="str",
    ),
    Ask(
        "bedrock-guardrail",
        "bedrock.BedrockCreateGuardrailOperator",
        "bedrock",
        "create_guardrail",
        {
            **_GUARDRAIL,
            "contextual_grounding_policy_config": "contextualGroundingPolicyConfig",
            "kms_key_id": "kmsKeyId",
            "tags": "tags",
        },
        path="guardrailId",
        gives="str",
        instead=Instead("list_guardrails", {}, "guardrails[?name=='{guardrail_name}'].id | [0]"),
        examples=(_GUARDRAIL_EXAMPLE,),
    ),
    Ask(
        "bedrock-guardrail-update",
        "bedrock.BedrockUpdateGuardrailOperator",
        "bedrock",
        "update_guardrail",
        {"guardrail_identifier": "guardrailIdentifier", **_GUARDRAIL},
        path="guardrailId",
        gives="str",
    ),
    Ask(
        "bedrock-guardrail-version",
        "bedrock.BedrockCreateGuardrailVersionOperator",
        "bedrock",
        "create_guardrail_version",
        {"guardrail_identifier": "guardrailIdentifier", "description": "description"},
        path="version",
        gives="str",
    ),
    Ask(
        "bedrock-guardrail-delete",
        "bedrock.BedrockDeleteGuardrailOperator",
        "bedrock",
        "delete_guardrail",
        {"guardrail_identifier": "guardrailIdentifier", "guardrail_version": "guardrailVersion"},
    ),
    Ask(
        "bedrock-agent",
        "bedrock.BedrockCreateAgentRuntimeOperator",
        "bedrock-agentcore-control",
        "create_agent_runtime",
        {
            "agent_runtime_name": "agentRuntimeName",
            "agent_runtime_artifact": "agentRuntimeArtifact",
            "role_arn": "roleArn",
            "network_configuration": "networkConfiguration",
        },
        more="create_agent_runtime_kwargs",
        path="agentRuntimeArn",
        gives="str",
        look=Look(
            "get_agent_runtime",
            "status",
            ("READY",),
            ("CREATE_FAILED", "UPDATE_FAILED", "DELETING"),
            taken={"agentRuntimeId": "agentRuntimeId", "agentRuntimeVersion": "agentRuntimeVersion"},
        ),
    ),
    Ask(
        "bedrock-agent-delete",
        "bedrock.BedrockDeleteAgentRuntimeOperator",
        "bedrock-agentcore-control",
        "delete_agent_runtime",
        {"agent_runtime_id": "agentRuntimeId"},
        look=Look(
            "get_agent_runtime",
            "status",
            ("absent",),
            ("CREATE_FAILED", "UPDATE_FAILED", "READY"),
            absent="absent",
        ),
    ),
    Ask(
        "comprehend-pii",
        "comprehend.ComprehendStartPiiEntitiesDetectionJobOperator",
        "comprehend",
        "start_pii_entities_detection_job",
        _COMPREHEND,
        more="start_pii_entities_kwargs",
        made_up={
            "start_pii_entities_kwargs.JobName": (
                "the job is named `start_pii_entities_detection_job-` and the time",
                "it has no name",
            )
        },
        path="JobId",
        gives="str",
        look=Look(
            "describe_pii_entities_detection_job",
            "PiiEntitiesDetectionJobProperties.JobStatus",
            ("COMPLETED",),
            ("FAILED", "STOP_REQUESTED", "STOPPED"),
            taken={"JobId": "JobId"},
        ),
    ),
    Ask(
        "comprehend-classifier",
        "comprehend.ComprehendCreateDocumentClassifierOperator",
        "comprehend",
        "create_document_classifier",
        {"document_classifier_name": "DocumentClassifierName", **_COMPREHEND},
        more="document_classifier_kwargs",
        path="DocumentClassifierArn",
        gives="str",
        refused=("fail_on_warnings",),
        look=Look(
            "describe_document_classifier",
            "DocumentClassifierProperties.Status",
            ("TRAINED", "TRAINED_WITH_WARNING"),
            ("DELETING", "STOP_REQUESTED", "STOPPED", "IN_ERROR"),
            taken={"DocumentClassifierArn": "DocumentClassifierArn"},
        ),
    ),
    Ask(
        "sagemaker-notebook-create",
        "sagemaker.SageMakerCreateNotebookOperator",
        "sagemaker",
        "create_notebook_instance",
        {
            **_NOTEBOOK,
            "instance_type": "InstanceType",
            "role_arn": "RoleArn",
            "volume_size_in_gb": "VolumeSizeInGB",
            "volume_kms_key_id": "KmsKeyId",
            "lifecycle_config_name": "LifecycleConfigName",
            "direct_internet_access": "DirectInternetAccess",
            "root_access": "RootAccess",
        },
        refused=("create_instance_kwargs",),
        path="NotebookInstanceArn",
        gives="str",
        waiter="notebook_instance_in_service",
        waited=_NOTEBOOK,
        kind="sagemaker",
    ),
    *(
        Ask(
            f"sagemaker-notebook-{action}",
            f"sagemaker.SageMaker{name}Operator",
            "sagemaker",
            f"{action}_notebook_instance",
            _NOTEBOOK,
            waiter=f"notebook_instance_{state}",
            waited=_NOTEBOOK,
            kind="sagemaker",
        )
        for action, name, state in (
            ("start", "StartNoteBook", "in_service"),
            ("stop", "StopNotebook", "stopped"),
            ("delete", "DeleteNotebook", "deleted"),
        )
    ),
)


def _data_source(task: Task, context: LoweringContext) -> Parameters:
    asked = parameters(task, context, {"name": "name", "knowledge_base_id": "knowledgeBaseId"})
    name = required(task, "bucket_name")
    bucket = context.template(f"arn:aws:s3:::{name}" if isinstance(name, str) else Text(("arn:aws:s3:::", name)))
    asked["dataSourceConfiguration"] = {"type": "S3", "s3Configuration": {"bucketArn": bucket}}
    return {
        "service": "bedrock-agent",
        "action": "create_data_source",
        "parameters": asked | further(task, context, "create_data_source_kwargs"),
        "path": "dataSource.dataSourceId",
    }


def _retrieval(task: Task, context: LoweringContext) -> Parameters:
    names = {
        "retrieval_query": "retrievalQuery.text",
        "knowledge_base_id": "knowledgeBaseId",
        "vector_search_config": "retrievalConfiguration.vectorSearchConfiguration",
    }
    asked = parameters(task, context, names) | further(task, context, "retrieve_kwargs")
    return {"service": "bedrock-agent-runtime", "action": "retrieve", "parameters": asked}


_SOURCES = {
    "KNOWLEDGE_BASE": (
        "knowledgeBaseConfiguration",
        {
            "knowledge_base_id": "knowledgeBaseId",
            "vector_search_config": "retrievalConfiguration.vectorSearchConfiguration",
        },
    ),
    "EXTERNAL_SOURCES": ("externalSourcesConfiguration", {"sources": "sources"}),
}


def _generation(task: Task, context: LoweringContext) -> Parameters:
    kind = str(known(task, "source_type")).upper()
    if kind not in _SOURCES:
        raise Untranslatable("MIG207", "what its answer is made of is not known", task.span)
    key, own = _SOURCES[kind]
    if any(argument(task, name) for other, names in _SOURCES.values() for name in names if other != key):
        raise Untranslatable("MIG201", f"its answer is made of `{kind}`, and it names other sources", task.span)
    names = {
        "model_arn": "modelArn",
        "prompt_template": "generationConfiguration.promptTemplate.textPromptTemplate",
        **own,
    }
    asked = {
        "input": {"text": context.template(required(task, "input"))},
        "retrieveAndGenerateConfiguration": {"type": kind, key: parameters(task, context, names)},
    }
    asked |= further(task, context, "rag_kwargs")
    return {"service": "bedrock-agent-runtime", "action": "retrieve_and_generate", "parameters": asked}


_BUILT = (
    Call(
        "bedrock-data-source",
        (OPERATORS + "bedrock.BedrockCreateDataSourceOperator",),
        "ask",
        dict(REGION),
        built=_data_source,
        reads=("name", "knowledge_base_id", "bucket_name", "create_data_source_kwargs"),
        gives="str",
        kind="aws",
    ),
    Call(
        "bedrock-retrieve",
        (OPERATORS + "bedrock.BedrockRetrieveOperator",),
        "ask",
        dict(REGION),
        built=_retrieval,
        reads=("retrieval_query", "knowledge_base_id", "vector_search_config", "retrieve_kwargs"),
        gives="dict",
        kind="aws",
    ),
    Call(
        "bedrock-generate",
        (OPERATORS + "bedrock.BedrockRaGOperator",),
        "ask",
        dict(REGION),
        summary="Asks the same model, with what it finds in the same knowledge base or the same sources.",
        built=_generation,
        reads=(
            *("input", "source_type", "model_arn", "prompt_template", "rag_kwargs"),
            *("knowledge_base_id", "vector_search_config", "sources"),
        ),
        gives="dict",
        kind="aws",
    ),
)
RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in (*map(ask_call, _ROWS), *_BUILT))

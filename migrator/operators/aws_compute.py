"""AWS: ECS, Lambda, Batch, SageMaker, Step Functions, and messages."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION, SENSORS, WAIT, waits, with_options
from migrator.operators.calls import Call, call_rule, known, options
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable


def _ecs(task: Task, context: LoweringContext) -> dict[str, Expr]:
    names = {
        "volume_configurations": "volumeConfigurations",
        "group": "group",
        "placement_constraints": "placementConstraints",
        "placement_strategy": "placementStrategy",
        "platform_version": "platformVersion",
        "network_configuration": "networkConfiguration",
        "propagate_tags": "propagateTags",
    }
    given = options(task, context, names)
    if strategy := argument(task, "capacity_provider_strategy"):
        given["capacityProviderStrategy"] = context.template(strategy)
    else:
        given["launchType"] = context.template(argument(task, "launch_type") or "EC2")
    if tags := argument(task, "tags"):
        if not isinstance(tags, dict):
            raise Untranslatable("MIG207", "its tags are only known at run time", task.span)
        given["tags"] = [{"key": key, "value": context.template(value)} for key, value in tags.items()]
    return {**waits()(task, context), "options": given}


_ECS_READS = (
    *("volume_configurations", "group", "placement_constraints", "placement_strategy", "platform_version", "tags"),
    *("network_configuration", "propagate_tags", "capacity_provider_strategy", "launch_type", *WAIT),
)


_LAMBDA, _LAMBDA_READS = with_options(
    {
        "qualifier": "Qualifier",
        "invocation_type": "InvocationType",
        "client_context": "ClientContext",
        "log_type": "LogType",
    }
)
_BATCH, _BATCH_READS = with_options(
    {
        "container_overrides": "containerOverrides",
        "overrides": "containerOverrides",
        "array_properties": "arrayProperties",
        "ecs_properties_override": "ecsPropertiesOverride",
        "eks_properties_override": "eksPropertiesOverride",
        "node_overrides": "nodeOverrides",
        "share_identifier": "shareIdentifier",
        "scheduling_priority_override": "schedulingPriorityOverride",
        "parameters": "parameters",
        "retry_strategy": "retryStrategy",
        "tags": "tags",
    },
    wait=True,
)
_SNS, _SNS_READS = with_options(
    {"message_deduplication_id": "MessageDeduplicationId", "message_group_id": "MessageGroupId"}
)
_SQS, _SQS_READS = with_options(
    {
        "message_attributes": "MessageAttributes",
        "delay_seconds": "DelaySeconds",
        "message_group_id": "MessageGroupId",
        "message_deduplication_id": "MessageDeduplicationId",
    }
)


def _sagemaker(kind: str, rule: str) -> Call:
    tuning = kind == "HyperParameterTuning"

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        config = required(task, "config")
        if isinstance(config, dict) and f"{kind}JobName" not in config:
            raise Untranslatable("MIG201", "it makes a model before its job", task.argument_spans.get("config"))
        found: dict[str, Expr] = {"config": context.template(config), **waits()(task, context)}
        if flag(task, "deferrable") or (kind == "Training" and flag(task, "print_log", True)):
            found["stop_fails"] = True
        if tuning or known(task, "action_if_job_exists", "timestamp") != "timestamp":
            found["unique_name"] = False
        return found

    name = "Tuning" if tuning else kind
    return Call(
        rule,
        (f"{OPERATORS}sagemaker.SageMaker{name}Operator",),
        "run_sagemaker_job",
        REGION,
        fixed={"kind": kind},
        built=built,
        reads=(
            *("config", *WAIT, *(() if tuning else ("action_if_job_exists",))),
            *(("print_log",) if kind == "Training" else ()),
        ),
        ignored={"check_if_job_exists": "goes with `action_if_job_exists`"},
        refused=("output_files_to_xcom",) if kind == "Processing" else (),
        gives="dict",
        kind="sagemaker",
    )


def _state_machine(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"wait": True} if flag(task, "deferrable") else {}


_ECS_EXAMPLE = Example(
    title="A task of ECS on Fargate",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator

with DAG("ecs", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    EcsRunTaskOperator(
        task_id="load",
        cluster="jobs",
        task_definition="load",
        launch_type="FARGATE",
        overrides={{"containerOverrides": [{{"name": "load", "command": ["--day", "{{{{ ds }}}}"]}}]}},
        network_configuration={{"awsvpcConfiguration": {{"subnets": ["subnet-1"]}}}},
        awslogs_group="/ecs/load",
    )
""",
    expected=("aws_default.run_ecs_task(", '"launchType": "FARGATE"', '"command": ["--day", context.partition_key]'),
    disposition="step",
)


def _sqs_sensor(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {} if flag(task, "delete_message_on_reception", True) else {"delete": False}


_SQS_EXAMPLE = Example(
    title="Messages that a function works on",
    dag=f"""{HEAD}from airflow.operators.python import PythonOperator
from airflow.providers.amazon.aws.sensors.sqs import SqsSensor

def ids(ti):
    return [message["MessageId"] for message in ti.xcom_pull(task_ids="wait", key="messages")]

with DAG("queue", schedule="@hourly", start_date=datetime(2024, 1, 1), catchup=False):
    wait = SqsSensor(task_id="wait", sqs_queue="https://sqs.eu-west-1.amazonaws.com/1234/orders", max_messages=10, timeout=900)
    wait >> PythonOperator(task_id="ids", python_callable=ids)
""",
    expected=("answer = wait_until_true(", "aws_default.receive_from_sqs(", "most=10", "return answer"),
    disposition="step",
)
_APPROVALS = {
    "APPROVED": "Approved",
    "REJECTED": "Rejected",
    "PENDING_MANUAL_APPROVAL": "PendingManualApproval",
}


def _approval(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """What is said of the version: the text, or the name of the provider's constant for it."""
    said = str(known(task, "model_approval", "")).rpartition(".")[2]
    return {"approval": _APPROVALS.get(said, said)} if said else {}


_REGISTER_EXAMPLE = Example(
    title="A version of a model in the registry",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.sagemaker import ApprovalStatus, SageMakerRegisterModelVersionOperator

with DAG("models", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SageMakerRegisterModelVersionOperator(
        task_id="register",
        image_uri="1234.dkr.ecr.eu-west-1.amazonaws.com/churn:1",
        model_url="s3://models/churn/{{{{ ds }}}}/model.tar.gz",
        package_group_name="churn",
        model_approval=ApprovalStatus.APPROVED,
    )
""",
    expected=("aws_default.register_sagemaker_model(", 'group="churn"', 'approval="Approved"'),
)
CALLS = (
    Call(
        "ecs-task",
        (OPERATORS + "ecs.EcsRunTaskOperator",),
        "run_ecs_task",
        {"task_definition": "task_definition", "cluster": "cluster", "overrides": "overrides", **REGION},
        summary="Runs the same task, waits for its end, and fails where a container does. A run that is ended stops it.",
        built=_ecs,
        reads=_ECS_READS,
        keys={"ecs_task_arn": "str"},
        refused=("skip_on_exit_code",),
        ignored={
            "awslogs_group": "the log is at AWS",
            "awslogs_region": "the log is at AWS",
            "awslogs_stream_prefix": "the log is at AWS",
            "awslogs_fetch_interval": "the log is at AWS",
            "container_name": "the log is at AWS",
            "number_logs_exception": "the log is at AWS",
            "quota_retry": "retries follow the step's policy",
            "reattach": "a retry runs the task anew",
            "stop_task_on_failure": "a run that is ended stops the task",
        },
        kind="ecs",
        examples=(_ECS_EXAMPLE,),
    ),
    Call(
        "lambda",
        (OPERATORS + "lambda_function.LambdaInvokeFunctionOperator",),
        "invoke_lambda",
        {"function_name": "function_name", "payload": "payload", **REGION},
        built=_LAMBDA,
        reads=_LAMBDA_READS,
        gives="str",
        ignored={"keep_empty_log_lines": "the log is at AWS"},
        kind="lambda",
    ),
    Call(
        "batch",
        (OPERATORS + "batch.BatchOperator",),
        "run_batch_job",
        {"job_name": "job_name", "job_definition": "job_definition", "job_queue": "job_queue", **REGION},
        built=_BATCH,
        reads=_BATCH_READS,
        gives="str",
        refused=("job_id", "submit_job_timeout"),
        ignored={"awslogs_enabled": "the log is at AWS", "awslogs_fetch_interval": "the log is at AWS"},
        kind="aws",
    ),
    Call(
        "batch-sensor",
        (SENSORS + "batch.BatchSensor",),
        "batch_job_is_done",
        {"job_id": "job_id", **REGION},
        kind="aws",
        waits=True,
    ),
    *(
        _sagemaker(kind, f"sagemaker-{rule}")
        for kind, rule in (
            ("Training", "training"),
            ("Processing", "processing"),
            ("Transform", "transform"),
            ("HyperParameterTuning", "tuning"),
        )
    ),
    Call(
        "sagemaker-model",
        (OPERATORS + "sagemaker.SageMakerModelOperator",),
        "create_sagemaker_model",
        {"config": "config", **REGION},
        gives="dict",
        kind="sagemaker",
    ),
    Call(
        "sagemaker-register",
        (OPERATORS + "sagemaker.SageMakerRegisterModelVersionOperator",),
        "register_sagemaker_model",
        {
            "image_uri": "image",
            "model_url": "model_url",
            "package_group_name": "group",
            "package_group_desc": "group_description",
            "package_desc": "description",
            **REGION,
        },
        built=_approval,
        reads=("model_approval",),
        gives="str",
        refused=("extras",),
        kind="sagemaker",
        examples=(_REGISTER_EXAMPLE,),
    ),
    Call(
        "step-function",
        (OPERATORS + "step_function.StepFunctionStartExecutionOperator",),
        "start_state_machine",
        {"state_machine_arn": "state_machine", "name": "name", "state_machine_input": "content", **REGION},
        built=_state_machine,
        reads=("deferrable",),
        gives="str",
        refused=("is_redrive_execution",),
        kind="aws",
    ),
    Call(
        "step-function-output",
        (OPERATORS + "step_function.StepFunctionGetExecutionOutputOperator",),
        "state_machine_output",
        {"execution_arn": "execution", **REGION},
        gives="dict",
        kind="aws",
    ),
    Call(
        "step-function-sensor",
        (SENSORS + "step_function.StepFunctionExecutionSensor",),
        "state_machine_is_done",
        {"execution_arn": "execution", **REGION},
        kind="aws",
        waits=True,
    ),
    Call(
        "sns",
        (OPERATORS + "sns.SnsPublishOperator",),
        "publish_to_sns",
        {
            "target_arn": "target",
            "message": "message",
            "subject": "subject",
            "message_attributes": "attributes",
            **REGION,
        },
        built=_SNS,
        reads=_SNS_READS,
        gives="str",
        kind="aws",
    ),
    Call(
        "sqs",
        (OPERATORS + "sqs.SqsPublishOperator",),
        "send_to_sqs",
        {"sqs_queue": "queue", "message_content": "message", **REGION},
        built=_SQS,
        reads=_SQS_READS,
        gives="str",
        kind="aws",
    ),
    Call(
        "sqs-sensor",
        (SENSORS + "sqs.SqsSensor",),
        "receive_from_sqs",
        {
            "sqs_queue": "queue",
            "max_messages": "most",
            "num_batches": "batches",
            "wait_time_seconds": "wait_seconds",
            "visibility_timeout": "hidden_seconds",
            **REGION,
        },
        summary="Takes messages off the same queue until there are some; they are what it hands over as `messages`.",
        built=_sqs_sensor,
        reads=("delete_message_on_reception",),
        keys={"messages": "list"},
        refused=("message_filtering", "message_filtering_match_values", "message_filtering_config"),
        kind="aws",
        waits=True,
        examples=(_SQS_EXAMPLE,),
    ),
    Call(
        "eventbridge",
        (OPERATORS + "eventbridge.EventBridgePutEventsOperator",),
        "put_events",
        {"entries": "entries", **REGION},
        gives="list",
        refused=("endpoint_id",),
        kind="aws",
    ),
)
RULES = tuple(call_rule(AWS, call) for call in CALLS)

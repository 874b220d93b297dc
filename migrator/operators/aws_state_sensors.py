"""Sensors of AWS that look at a state, as boto3 names the action that tells it: databases, jobs, endpoints, partitions, items."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.aws import AWS, HEAD, REGION, SENSORS
from migrator.operators.aws_asks import parameters
from migrator.operators.aws_requests import kind_of_database, snapshot_names
from migrator.operators.calls import Call, call_rule, constant, known
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

Parameters = dict[str, Expr]


def state_of(
    service: str,
    action: str,
    names: Mapping[str, str],
    path: str,
    states: tuple[str, ...],
    failed: tuple[str | None, ...] = (),
    pending: tuple[str, ...] = (),
    absent: str = "",
    target: str = "",
    failures: str = "",
) -> Callable[[Task, LoweringContext], Parameters]:
    """What looks at a state; `target` is an argument that names another one to wait for, of which none is a failure, `failures` one that names the failures.
    None among `failed`: that nothing is found."""

    def built(task: Task, context: LoweringContext) -> Parameters:
        wanted = (_state_name(known(task, target)),) if target and task.option(target) is not None else states
        found: Parameters = {
            "service": service,
            "action": action,
            "parameters": parameters(task, context, names),
            "path": path,
            "states": list(wanted),
        }
        told = task.option(failures) if failures else None
        bad = [state for state in (_failures(task, failures, told) if told else failed) if state not in wanted]
        found |= ({"failed": bad} if bad else {}) | ({"pending": list(pending)} if pending else {})
        return found | ({"absent": absent} if absent else {})

    return built


def _state_name(value: Value) -> str:
    """A state that is given as text or as the provider's constant for it."""
    return str(value).rpartition(".")[2].upper()


def _failures(task: Task, name: str, value: Value) -> list[str | None]:
    """The states that an argument names as failures. Raises Untranslatable where one is only known at run time."""
    given = value if isinstance(value, list | tuple | set | frozenset) else ()
    found = [constant(one) for one in given]
    if not found or not all(isinstance(one, str) for one in found):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    names = sorted({_state_name(one) for one in found})
    return [None if one == "NONE" else one for one in names]


def _queue(task: Task, context: LoweringContext) -> Parameters:
    gone = [None] if flag(task, "treat_non_existing_as_deleted") else []
    return {
        "service": "batch",
        "action": "describe_job_queues",
        "parameters": parameters(task, context, {"job_queue": "jobQueues[]"}),
        "path": "jobQueues[0].status",
        "states": ["VALID", "DELETED", *gone],
        "pending": list(_BATCH_PENDING),
    }


def _replication(task: Task, context: LoweringContext) -> Parameters:
    arn = context.template(required(task, "replication_task_arn"))
    return {
        "service": "dms",
        "action": "describe_replication_tasks",
        "parameters": {"Filters": [{"Name": "replication-task-arn", "Values": [arn]}], "WithoutSettings": True},
        "path": "ReplicationTasks[0].Status",
        "states": ["stopped"],
        "failed": ["creating", "deleting", "failed", "failed-move", "modifying", "moving", "ready", "testing", None],
    }


_ABSENT = "absent"
"""The state of something that is not there, where that is waited for."""
_BATCH_PENDING = ("CREATING", "UPDATING", "DELETING")


def _database_state(action: str, paths: Mapping[str, str], name: str) -> Callable[[Task, LoweringContext], Parameters]:
    def built(task: Task, context: LoweringContext) -> Parameters:
        kind = kind_of_database(task)
        wanted = argument(task, "target_statuses") or ["available"]
        if kind not in paths:
            raise Untranslatable("MIG207", "what it waits for is not known", task.span)
        _, source, snapshot = snapshot_names(task)
        parameter = source if name == "db_identifier" else snapshot
        plural = action.format("_cluster" if kind == "cluster" else "_instance" if name == "db_identifier" else "")
        return {
            "service": "rds",
            "action": plural,
            "parameters": {parameter: context.template(required(task, name))},
            "path": paths[kind],
            "states": context.template(wanted),
            "absent": _ABSENT,
        }

    return built


def _partitions(task: Task, context: LoweringContext) -> Parameters:
    table, database = required(task, "table_name"), argument(task, "database_name", "default")
    if isinstance(table, str) and "." in table:
        database, _, table = table.partition(".")
    parameters: Parameters = {
        "DatabaseName": context.template(database),
        "TableName": context.template(table),
        "Expression": context.template(argument(task, "expression", "ds='{{ ds }}'")),
    }
    path = "length(Partitions) > `0`"
    return {"service": "glue", "action": "get_partitions", "parameters": parameters, "path": path, "states": [True]}


def _item(task: Task, context: LoweringContext) -> Parameters:
    key = {
        context.template(required(task, "partition_key_name")): {
            "S": context.template(required(task, "partition_key_value"))
        }
    }
    if argument(task, "sort_key_name") is not None:
        key[context.template(argument(task, "sort_key_name"))] = {
            "S": context.template(required(task, "sort_key_value"))
        }
    wanted = required(task, "attribute_value")
    name = required(task, "attribute_name")
    if not isinstance(name, str):
        raise Untranslatable("MIG207", "the attribute that it looks at is only known at run time", task.span)
    return {
        "service": "dynamodb",
        "action": "get_item",
        "parameters": {"TableName": context.template(required(task, "table_name")), "Key": key},
        "path": f"values(Item.{name})[0]",
        "states": context.template(list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]),
        "absent": _ABSENT,
    }


_SAGEMAKER_JOBS = (
    ("training", "training_job", "TrainingJob", ("Completed",), ("Failed", "Stopped")),
    ("processing", "processing_job", "ProcessingJob", ("Completed",), ("Failed", "Stopped")),
    ("transform", "transform_job", "TransformJob", ("Completed", "Stopped"), ("Failed",)),
    (
        *("tuning", "hyper_parameter_tuning_job", "HyperParameterTuningJob"),
        *(("Completed", "Stopped", "Deleting", "DeleteFailed"), ("Failed",)),
    ),
)
"""A job that somebody stopped has failed for some of the sensors, and is over for the others."""
_EKS_CLUSTER = {"cluster_name": "name"}
_EKS_GROUP = {"cluster_name": "clusterName", "nodegroup_name": "nodegroupName"}
_EKS_PROFILE = {"cluster_name": "clusterName", "fargate_profile_name": "fargateProfileName"}
_EKS_FAILED = ("ACTIVE", "CREATE_FAILED", "DELETE_FAILED", "NONEXISTENT")
_STACK = ("cloudformation", "describe_stacks", {"stack_name": "StackName"}, "Stacks[0].StackStatus")
_PARTITION_EXAMPLE = Example(
    title="A partition of Glue's catalogue",
    dag=f"""{HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.sensors.glue_catalog_partition import GlueCatalogPartitionSensor

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = GlueCatalogPartitionSensor(
        task_id="there", database_name="raw", table_name="sales", expression="day='{{{{ ds }}}}'"
    )
    there >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}")
""",
    expected=("aws_default.is_in(", 'action="get_partitions"', '"DatabaseName": "raw"', "length(Partitions) > `0`"),
    disposition="sensor",
)
_EKS_EXAMPLE = Example(
    title="A cluster of EKS that has to be gone",
    dag=f"""{HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.hooks.eks import ClusterStates
from airflow.providers.amazon.aws.sensors.eks import EksClusterStateSensor

with DAG("jobs", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    gone = EksClusterStateSensor(task_id="gone", cluster_name="jobs", target_state=ClusterStates.NONEXISTENT)
    gone >> BashOperator(task_id="tell", bash_command="echo gone")
""",
    expected=(
        'action="describe_cluster"',
        'states=["NONEXISTENT"]',
        'failed=["ACTIVE", "FAILED"]',
        'absent="NONEXISTENT"',
    ),
    disposition="sensor",
)


def sensor_call(
    rule: str,
    operator: str,
    built: Callable[[Task, LoweringContext], Parameters],
    reads: tuple[str, ...],
    examples: tuple[Example, ...] = (),
    ignored: Mapping[str, str] | None = None,
    refused: tuple[str, ...] = (),
) -> Call:
    """The row of a sensor that looks at a state."""
    return Call(
        rule,
        (SENSORS + operator,),
        "is_in",
        {**({"region": "region"} if operator.startswith("eks.") else {}), **REGION},
        refused=refused,
        built=built,
        reads=reads,
        kind="aws",
        waits=True,
        ignored=ignored or {},
        examples=examples,
    )


_SENSORS = (
    sensor_call(
        "rds-sensor",
        "rds.RdsDbSensor",
        _database_state(
            "describe_db{}s",
            {"instance": "DBInstances[0].DBInstanceStatus", "cluster": "DBClusters[0].Status"},
            "db_identifier",
        ),
        ("db_identifier", "db_type", "target_statuses"),
    ),
    sensor_call(
        "rds-snapshot-sensor",
        "rds.RdsSnapshotExistenceSensor",
        _database_state(
            "describe_db{}_snapshots",
            {"instance": "DBSnapshots[0].Status", "cluster": "DBClusterSnapshots[0].Status"},
            "db_snapshot_identifier",
        ),
        ("db_snapshot_identifier", "db_type", "target_statuses"),
    ),
    *(
        sensor_call(
            f"sagemaker-{word}-sensor",
            f"sagemaker.SageMaker{word.capitalize()}Sensor",
            state_of(
                "sagemaker",
                f"describe_{action}",
                {"job_name": f"{field}Name"},
                f"{field}Status",
                states,
                failed,
            ),
            ("job_name",),
        )
        for word, action, field, states, failed in _SAGEMAKER_JOBS
    ),
    sensor_call(
        "sagemaker-endpoint-sensor",
        "sagemaker.SageMakerEndpointSensor",
        state_of(
            "sagemaker",
            "describe_endpoint",
            {"endpoint_name": "EndpointName"},
            "EndpointStatus",
            ("InService", "OutOfService", "UpdateRollbackFailed"),
            ("Failed",),
        ),
        ("endpoint_name",),
    ),
    sensor_call(
        "glue-partition-sensor",
        "glue_catalog_partition.GlueCatalogPartitionSensor",
        _partitions,
        ("table_name", "database_name", "expression"),
        (_PARTITION_EXAMPLE,),
    ),
    sensor_call(
        "dynamodb-sensor",
        "dynamodb.DynamoDBValueSensor",
        _item,
        (
            *("table_name", "partition_key_name", "partition_key_value", "attribute_name", "attribute_value"),
            *("sort_key_name", "sort_key_value"),
        ),
    ),
    sensor_call(
        "eks-cluster-sensor",
        "eks.EksClusterStateSensor",
        state_of(
            *("eks", "describe_cluster", _EKS_CLUSTER, "cluster.status", ("ACTIVE",)),
            failed=("ACTIVE", "FAILED", "NONEXISTENT"),
            absent="NONEXISTENT",
            target="target_state",
        ),
        ("target_state", *_EKS_CLUSTER),
        (_EKS_EXAMPLE,),
    ),
    sensor_call(
        "eks-nodegroup-sensor",
        "eks.EksNodegroupStateSensor",
        state_of(
            *("eks", "describe_nodegroup", _EKS_GROUP, "nodegroup.status", ("ACTIVE",)),
            failed=_EKS_FAILED,
            absent="NONEXISTENT",
            target="target_state",
        ),
        ("target_state", *_EKS_GROUP),
    ),
    sensor_call(
        "eks-fargate-sensor",
        "eks.EksFargateProfileStateSensor",
        state_of(
            *("eks", "describe_fargate_profile", _EKS_PROFILE, "fargateProfile.status", ("ACTIVE",)),
            failed=_EKS_FAILED,
            absent="NONEXISTENT",
            target="target_state",
        ),
        ("target_state", *_EKS_PROFILE),
    ),
    sensor_call(
        "ecs-cluster-sensor",
        "ecs.EcsClusterStateSensor",
        state_of(
            *("ecs", "describe_clusters", {"cluster_name": "clusters[]"}, "clusters[0].status", ("ACTIVE",)),
            failed=("FAILED", "INACTIVE", None),
            target="target_state",
            failures="failure_states",
        ),
        ("target_state", "cluster_name", "failure_states"),
    ),
    sensor_call(
        "ecs-definition-sensor",
        "ecs.EcsTaskDefinitionStateSensor",
        state_of(
            "ecs",
            "describe_task_definition",
            {"task_definition": "taskDefinition"},
            "taskDefinition.status",
            ("ACTIVE",),
            target="target_state",
        ),
        ("target_state", "task_definition"),
    ),
    sensor_call(
        "ecs-task-sensor",
        "ecs.EcsTaskStateSensor",
        state_of(
            *("ecs", "describe_tasks", {"cluster": "cluster", "task": "tasks[]"}, "tasks[0].lastStatus", ("RUNNING",)),
            failed=("STOPPED", None),
            target="target_state",
            failures="failure_states",
        ),
        ("target_state", "cluster", "task", "failure_states"),
    ),
    sensor_call(
        "cloudformation-created",
        "cloud_formation.CloudFormationCreateStackSensor",
        state_of(*_STACK, ("CREATE_COMPLETE",), pending=("CREATE_IN_PROGRESS", _ABSENT), absent=_ABSENT),
        ("stack_name",),
    ),
    sensor_call(
        "cloudformation-deleted",
        "cloud_formation.CloudFormationDeleteStackSensor",
        state_of(*_STACK, ("DELETE_COMPLETE",), pending=("DELETE_IN_PROGRESS",), absent="DELETE_COMPLETE"),
        ("stack_name",),
    ),
    sensor_call(
        "emr-eks-sensor",
        "emr.EmrContainerSensor",
        state_of(
            "emr-containers",
            "describe_job_run",
            {"virtual_cluster_id": "virtualClusterId", "job_id": "id"},
            "jobRun.state",
            ("COMPLETED",),
            ("FAILED", "CANCELLED", "CANCEL_PENDING"),
        ),
        ("virtual_cluster_id", "job_id"),
    ),
    sensor_call(
        "emr-serverless-application-sensor",
        "emr.EmrServerlessApplicationSensor",
        state_of(
            "emr-serverless",
            "get_application",
            {"application_id": "applicationId"},
            "application.state",
            ("CREATED", "STARTED"),
            ("STOPPED", "TERMINATED"),
        ),
        ("application_id",),
        refused=("target_states",),
    ),
    sensor_call(
        "sagemaker-automl-sensor",
        "sagemaker.SageMakerAutoMLSensor",
        state_of(
            "sagemaker",
            "describe_auto_ml_job",
            {"job_name": "AutoMLJobName"},
            "AutoMLJobStatus",
            ("Completed", "Stopped"),
            ("Failed",),
        ),
        ("job_name",),
    ),
    sensor_call(
        "sagemaker-pipeline-sensor",
        "sagemaker.SageMakerPipelineSensor",
        state_of(
            "sagemaker",
            "describe_pipeline_execution",
            {"pipeline_exec_arn": "PipelineExecutionArn"},
            "PipelineExecutionStatus",
            ("Succeeded", "Stopped"),
            ("Failed",),
        ),
        ("pipeline_exec_arn",),
    ),
    sensor_call(
        "batch-environment-sensor",
        "batch.BatchComputeEnvironmentSensor",
        state_of(
            "batch",
            "describe_compute_environments",
            {"compute_environment": "computeEnvironments[]"},
            "computeEnvironments[0].status",
            ("VALID", "DELETED"),
            pending=_BATCH_PENDING,
        ),
        ("compute_environment",),
    ),
    sensor_call(
        "batch-queue-sensor",
        "batch.BatchJobQueueSensor",
        _queue,
        ("job_queue", "treat_non_existing_as_deleted"),
    ),
    sensor_call(
        "lambda-sensor",
        "lambda_function.LambdaFunctionStateSensor",
        state_of(
            "lambda",
            "get_function",
            {"function_name": "FunctionName", "qualifier": "Qualifier"},
            "Configuration.State",
            ("Active",),
            ("Failed",),
        ),
        ("function_name", "qualifier"),
        refused=("target_states",),
    ),
    sensor_call(
        "dms-sensor",
        "dms.DmsTaskCompletedSensor",
        _replication,
        ("replication_task_arn",),
    ),
)

RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in _SENSORS)

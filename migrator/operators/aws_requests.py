"""Operators of AWS that ask a service for one thing, as boto3 names it: databases, clusters, endpoints, machines, stacks.

The rows of `aws_asks`, and those whose parameters follow from others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION
from migrator.operators.aws_asks import WAIT, WAITER, Ask, Look, Parameters, ask_call, further, waiter_config
from migrator.operators.calls import Call, call_rule, known, options
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

# --------------------------------------------------------------------------------------------------------------- rows

_CLUSTER = {
    "cluster_identifier": "ClusterIdentifier",
    "node_type": "NodeType",
    "master_username": "MasterUsername",
    "master_user_password": "MasterUserPassword",
    "cluster_type": "ClusterType",
    "db_name": "DBName",
    "number_of_nodes": "NumberOfNodes",
    "cluster_security_groups": "ClusterSecurityGroups",
    "vpc_security_group_ids": "VpcSecurityGroupIds",
    "cluster_subnet_group_name": "ClusterSubnetGroupName",
    "availability_zone": "AvailabilityZone",
    "port": "Port",
    "publicly_accessible": "PubliclyAccessible",
    "encrypted": "Encrypted",
    "kms_key_id": "KmsKeyId",
    "enhanced_vpc_routing": "EnhancedVpcRouting",
    "iam_roles": "IamRoles",
    "default_iam_role_arn": "DefaultIamRoleArn",
    "tags": "Tags",
}
_IDENTIFIER = {"cluster_identifier": "ClusterIdentifier"}
_INSTANCE = {"db_instance_identifier": "DBInstanceIdentifier"}
_FAMILY = {"family": "family", "container_definitions": "containerDefinitions"}
_CLUSTER_EXAMPLE = Example(
    title="A cluster of Redshift for the time of a load",
    dag=f"""{HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.operators.redshift_cluster import RedshiftCreateClusterOperator, RedshiftDeleteClusterOperator

with DAG("loads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    make = RedshiftCreateClusterOperator(
        task_id="make",
        cluster_identifier="loads",
        node_type="ra3.xlplus",
        cluster_type="single-node",
        master_username="loader",
        master_user_password="{{{{ var.value.loader_password }}}}",
        wait_for_completion=True,
    )
    end = RedshiftDeleteClusterOperator(task_id="end", cluster_identifier="loads")
    make >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}") >> end
""",
    expected=(
        "aws_default.ask(",
        'action="create_cluster"',
        '"NodeType": "ra3.xlplus"',
        'waiter="cluster_available"',
        'waiter="cluster_deleted"',
        '"SkipFinalClusterSnapshot": True',
    ),
    disposition="step",
)
_ENDPOINT_EXAMPLE = Example(
    title="A model that is put behind an endpoint",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.sagemaker import SageMakerEndpointOperator

with DAG("deploy", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SageMakerEndpointOperator(
        task_id="deploy",
        operation="update",
        config={{
            "Model": {{
                "ModelName": "churn-{{{{ ds }}}}",
                "PrimaryContainer": {{"Image": "kmeans:1", "ModelDataUrl": "s3://models/churn/{{{{ ds }}}}/model.tar.gz"}},
                "ExecutionRoleArn": "arn:aws:iam::1:role/sagemaker",
            }},
            "EndpointConfig": {{
                "EndpointConfigName": "churn-{{{{ ds }}}}",
                "ProductionVariants": [{{"ModelName": "churn-{{{{ ds }}}}", "VariantName": "all"}}],
            }},
            "Endpoint": {{"EndpointConfigName": "churn-{{{{ ds }}}}", "EndpointName": "churn"}},
        }},
    )
""",
    expected=(
        "aws_default.deploy_sagemaker_endpoint(",
        '"ModelName": f"churn-{context.partition_key}"',
        "update=True",
    ),
    disposition="step",
)
_ROWS = (
    Ask(
        "redshift-create-cluster",
        "redshift_cluster.RedshiftCreateClusterOperator",
        "redshift",
        "create_cluster",
        _CLUSTER,
        waiter="cluster_available",
        waited=_IDENTIFIER,
        waits=False,
        ignored={
            "delete_cluster_on_failure": "a cluster that fails to start stays, to be looked at",
            "cleanup_timeout_seconds": "a cluster that fails to start stays, to be looked at",
        },
        examples=(_CLUSTER_EXAMPLE,),
    ),
    Ask(
        "redshift-snapshot",
        "redshift_cluster.RedshiftCreateClusterSnapshotOperator",
        "redshift",
        "create_cluster_snapshot",
        {
            "snapshot_identifier": "SnapshotIdentifier",
            "retention_period": "ManualSnapshotRetentionPeriod",
            "tags": "Tags",
            **_IDENTIFIER,
        },
        waiter="snapshot_available",
        waited={"snapshot_identifier": "SnapshotIdentifier"},
        waits=False,
    ),
    Ask(
        "rds-create",
        "rds.RdsCreateDbInstanceOperator",
        "rds",
        "create_db_instance",
        {**_INSTANCE, "db_instance_class": "DBInstanceClass", "engine": "Engine"},
        more="rds_kwargs",
        waiter="db_instance_available",
        waited=_INSTANCE,
    ),
    Ask(
        "rds-delete",
        "rds.RdsDeleteDbInstanceOperator",
        "rds",
        "delete_db_instance",
        _INSTANCE,
        more="rds_kwargs",
        waiter="db_instance_deleted",
        waited=_INSTANCE,
    ),
    Ask(
        "rds-export",
        "rds.RdsStartExportTaskOperator",
        "rds",
        "start_export_task",
        {
            "export_task_identifier": "ExportTaskIdentifier",
            "source_arn": "SourceArn",
            "s3_bucket_name": "S3BucketName",
            "iam_role_arn": "IamRoleArn",
            "kms_key_id": "KmsKeyId",
            "s3_prefix": "S3Prefix",
            "export_only": "ExportOnly",
        },
        look=Look(
            "describe_export_tasks",
            "ExportTasks[0].Status",
            ("COMPLETE",),
            ("CANCELED", "FAILED"),
            {"export_task_identifier": "ExportTaskIdentifier"},
        ),
        ignored={"waiter_interval": "the resource looks in intervals of its own"},
    ),
    Ask(
        "ecs-register",
        "ecs.EcsRegisterTaskDefinitionOperator",
        "ecs",
        "register_task_definition",
        _FAMILY,
        more="register_task_kwargs",
        path="taskDefinition.taskDefinitionArn",
        gives="str",
    ),
    Ask(
        "ecs-deregister",
        "ecs.EcsDeregisterTaskDefinitionOperator",
        "ecs",
        "deregister_task_definition",
        {"task_definition": "taskDefinition"},
    ),
    Ask(
        "sagemaker-endpoint-config",
        "sagemaker.SageMakerEndpointConfigOperator",
        "sagemaker",
        "create_endpoint_config",
        {},
        more="config",
    ),
    Ask(
        "sagemaker-delete-model",
        "sagemaker.SageMakerDeleteModelOperator",
        "sagemaker",
        "delete_model",
        {},
        more="config",
    ),
    Ask(
        "dms-start",
        "dms.DmsStartTaskOperator",
        "dms",
        "start_replication_task",
        {
            "replication_task_arn": "ReplicationTaskArn",
            "start_replication_task_type": "StartReplicationTaskType",
        },
        more="start_task_kwargs",
    ),
    Ask(
        "databrew-job",
        "glue_databrew.GlueDataBrewStartJobOperator",
        "databrew",
        "start_job_run",
        {"job_name": "Name"},
        path="RunId",
        gives="str",
        refused=("wait_for_completion",),
        ignored={"delay": "the resource looks in intervals of its own"},
    ),
    Ask(
        "cloudformation-create",
        "cloud_formation.CloudFormationCreateStackOperator",
        "cloudformation",
        "create_stack",
        {"stack_name": "StackName"},
        more="cloudformation_parameters",
    ),
    Ask(
        "cloudformation-delete",
        "cloud_formation.CloudFormationDeleteStackOperator",
        "cloudformation",
        "delete_stack",
        {"stack_name": "StackName"},
        more="cloudformation_parameters",
    ),
    Ask(
        "emr-modify-cluster",
        "emr.EmrModifyClusterOperator",
        "emr",
        "modify_cluster",
        {"cluster_id": "ClusterId", "step_concurrency_level": "StepConcurrencyLevel"},
        path="StepConcurrencyLevel",
        gives="int",
    ),
)

# ------------------------------------------------------------------------------ those whose parameters follow from others


def _delete_cluster(task: Task, context: LoweringContext) -> Parameters:
    parameters = options(
        task, context, {**_IDENTIFIER, "final_cluster_snapshot_identifier": "FinalClusterSnapshotIdentifier"}
    )
    parameters["SkipFinalClusterSnapshot"] = flag(task, "skip_final_cluster_snapshot", True)
    found: Parameters = {"service": "redshift", "action": "delete_cluster", "parameters": parameters}
    if flag(task, "wait_for_completion", True) or flag(task, "deferrable"):
        waited = options(task, context, _IDENTIFIER)
        found |= {"waiter": "cluster_deleted", "waited": waited | waiter_config(task, context)}
    return found


def kind_of_database(task: Task) -> str:
    """What kind of database of RDS a task works on: `instance` or `cluster`. Raises Untranslatable."""
    return str(known(task, "db_type", "instance")).rpartition(".")[2].lower()


_BROKEN = (
    *("deleting", "failed", "incompatible-network", "incompatible-parameters", "incompatible-restore", "restore-error"),
    *("insufficient-capacity", "inaccessible-encryption-credentials", "migration-failed", "storage-full"),
)
"""States of a database in which it neither starts nor stops."""


def _power(action: str, state: str) -> Callable[[Task, LoweringContext], Parameters]:
    """Starting or stopping a database or a cluster of them."""

    def built(task: Task, context: LoweringContext) -> Parameters:
        kind = kind_of_database(task)
        name = "DBClusterIdentifier" if kind == "cluster" else "DBInstanceIdentifier"
        place = {name: context.template(required(task, "db_identifier"))}
        parameters = {**place, **options(task, context, {"db_snapshot_identifier": "DBSnapshotIdentifier"})}
        found: Parameters = {"service": "rds", "action": f"{action}_db_{kind}", "parameters": parameters}
        if flag(task, "wait_for_completion", True) or flag(task, "deferrable"):
            path = "DBClusters[0].Status" if kind == "cluster" else "DBInstances[0].DBInstanceStatus"
            found |= {"look": f"describe_db_{kind}s", "looked": place, "state": path, "done": [state]}
            found["failed"] = list(_BROKEN)
        return found

    return built


_SNAPSHOTS = {
    "instance": ("db_snapshot", "DBInstanceIdentifier", "DBSnapshotIdentifier"),
    "cluster": ("db_cluster_snapshot", "DBClusterIdentifier", "DBClusterSnapshotIdentifier"),
}


def snapshot_names(task: Task) -> tuple[str, str, str]:
    """How RDS names a snapshot of the kind that a task works on, and the identifiers of what it is of and of itself. Raises Untranslatable."""
    kind = kind_of_database(task)
    if kind not in _SNAPSHOTS:
        raise Untranslatable("MIG207", "what its snapshot is of is not known", task.span)
    return _SNAPSHOTS[kind]


def _database_snapshot(task: Task, context: LoweringContext) -> Parameters:
    what, source, name = snapshot_names(task)
    waited = options(task, context, {"db_snapshot_identifier": name})
    parameters = {**options(task, context, {"db_identifier": source, "tags": "Tags"}), **waited}
    found: Parameters = {"service": "rds", "action": f"create_{what}", "parameters": parameters}
    if flag(task, "wait_for_completion", True):
        found |= {"waiter": f"{what}_available", "waited": waited | waiter_config(task, context)}
    return found


def _machines(task: Task, context: LoweringContext) -> Parameters:
    names = {"image_id": "ImageId", "max_count": "MaxCount", "min_count": "MinCount"}
    parameters = {"MaxCount": 1, "MinCount": 1} | options(task, context, names) | further(task, context, "config")
    return {
        "service": "ec2",
        "action": "run_instances",
        "parameters": parameters,
        "path": "Instances[].InstanceId",
        **(
            {"waiter": "instance_running", "taken": {"InstanceIds": "Instances[].InstanceId"}}
            if flag(task, "wait_for_completion")
            else {}
        ),
    }


def change_machines(action: str, waiter: str, **more: Expr) -> Callable[[Task, LoweringContext], Parameters]:
    """An action on machines of EC2 by their ids, with further parameters, and what waits for its end."""

    def built(task: Task, context: LoweringContext) -> Parameters:
        given: Value = required(task, "instance_ids")
        ids = {"InstanceIds": context.template([given] if isinstance(given, str) else given)}
        found: Parameters = {"service": "ec2", "action": action, "parameters": ids | more}
        if not flag(task, "wait_for_completion"):
            return found
        return found | {"waiter": waiter, "waited": ids | waiter_config(task, context)}

    return built


def _endpoint(task: Task, context: LoweringContext) -> Parameters:
    operation = str(known(task, "operation", "create"))
    if operation not in ("create", "update"):
        raise Untranslatable("MIG201", f"its operation is `{operation}`", task.span)
    waits = flag(task, "wait_for_completion", True) or flag(task, "deferrable")
    return ({"update": True} if operation == "update" else {}) | ({} if waits else {"wait": False})


def _pipeline(task: Task, context: LoweringContext) -> Parameters:
    names = {"pipeline_name": "PipelineName", "display_name": "PipelineExecutionDisplayName"}
    parameters = options(task, context, names)
    if given := argument(task, "pipeline_params"):
        if not isinstance(given, Mapping):
            raise Untranslatable("MIG207", "the parameters of its pipeline are only known at run time", task.span)
        parameters["PipelineParameters"] = [
            {"Name": context.template(name), "Value": context.template(value)} for name, value in given.items()
        ]
    if flag(task, "wait_for_completion") or flag(task, "deferrable"):
        raise Untranslatable("MIG201", "it waits for the end of its pipeline", task.span)
    return {
        "service": "sagemaker",
        "action": "start_pipeline_execution",
        "parameters": parameters,
        "path": "PipelineExecutionArn",
    }


_POWER = ("db_identifier", "db_type", "db_snapshot_identifier", *WAIT)
_BUILT = (
    Call(
        "redshift-delete-cluster",
        (OPERATORS + "redshift_cluster.RedshiftDeleteClusterOperator",),
        "ask",
        dict(REGION),
        built=_delete_cluster,
        reads=(*_IDENTIFIER, "skip_final_cluster_snapshot", "final_cluster_snapshot_identifier", *WAITER),
        kind="aws",
    ),
    Call(
        "rds-start",
        (OPERATORS + "rds.RdsStartDbOperator",),
        "run",
        dict(REGION),
        built=_power("start", "available"),
        reads=("db_identifier", "db_type", *WAIT),
        kind="aws",
    ),
    Call(
        "rds-stop",
        (OPERATORS + "rds.RdsStopDbOperator",),
        "run",
        dict(REGION),
        built=_power("stop", "stopped"),
        reads=_POWER,
        kind="aws",
    ),
    Call(
        "rds-snapshot",
        (OPERATORS + "rds.RdsCreateDbSnapshotOperator",),
        "ask",
        dict(REGION),
        built=_database_snapshot,
        reads=("db_type", "db_identifier", "db_snapshot_identifier", "tags", *WAITER),
        kind="aws",
    ),
    Call(
        "ec2-create",
        (OPERATORS + "ec2.EC2CreateInstanceOperator",),
        "ask",
        dict(REGION),
        built=_machines,
        reads=("image_id", "max_count", "min_count", "config", "wait_for_completion"),
        gives="list",
        kind="aws",
    ),
    Call(
        "ec2-terminate",
        (OPERATORS + "ec2.EC2TerminateInstanceOperator",),
        "ask",
        dict(REGION),
        built=change_machines("terminate_instances", "instance_terminated"),
        reads=("instance_ids", *WAITER),
        kind="aws",
    ),
    Call(
        "sagemaker-endpoint",
        (OPERATORS + "sagemaker.SageMakerEndpointOperator",),
        "deploy_sagemaker_endpoint",
        {"config": "config", **REGION},
        summary="Makes the same model and configuration, where there are such beside the endpoint, and makes or updates that.",
        built=_endpoint,
        reads=("operation", *WAIT),
        gives="dict",
        kind="sagemaker",
        examples=(_ENDPOINT_EXAMPLE,),
    ),
    Call(
        "sagemaker-pipeline",
        (OPERATORS + "sagemaker.SageMakerStartPipelineOperator",),
        "ask",
        dict(REGION),
        built=_pipeline,
        reads=("pipeline_name", "display_name", "pipeline_params", *WAIT),
        gives="str",
        kind="sagemaker",
    ),
)

RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in (*map(ask_call, _ROWS), *_BUILT))

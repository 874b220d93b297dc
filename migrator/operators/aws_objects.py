"""Operators of AWS that make, change, run or delete one thing of a service's: clusters of EKS and ECS, entries of Glue's catalogue, functions, rules,
commands on machines, transfers."""

from __future__ import annotations

import re

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION, WAIT, waits
from migrator.operators.aws_asks import WAITER, Ask, Look, Parameters, ask_call, further, parameters, waiter_config
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

# ---------------------------------------------------------------------------------------------------------------- EKS

_PLACE = {"region": "region", **REGION}
_GROUP = {
    "nodegroup_name": "nodegroupName",
    "nodegroup_subnets": "subnets",
    "nodegroup_role_arn": "nodeRole",
}
_PROFILE = {
    "fargate_profile_name": "fargateProfileName",
    "fargate_pod_execution_role_arn": "podExecutionRoleArn",
    "pod_execution_role_arn": "podExecutionRoleArn",
    "fargate_selectors": "selectors",
    "selectors": "selectors",
}


def _group(task: Task, context: LoweringContext) -> Parameters:
    found: Parameters = {"nodegroupName": "nodegroup", **parameters(task, context, _GROUP)}
    return found | further(task, context, "create_nodegroup_kwargs")


def _profile(task: Task, context: LoweringContext) -> Parameters:
    found: Parameters = {"fargateProfileName": "profile", "selectors": [{"namespace": "default"}]}
    return found | parameters(task, context, _PROFILE) | further(task, context, "create_fargate_profile_kwargs")


def _eks_cluster(task: Task, context: LoweringContext) -> Parameters:
    names = {
        "cluster_name": "name",
        "cluster_role_arn": "roleArn",
        "resources_vpc_config": "resourcesVpcConfig",
    }
    cluster = parameters(task, context, names) | further(task, context, "create_cluster_kwargs")
    found: Parameters = {"cluster": cluster, **waits(False)(task, context)}
    compute = task.arguments.get("compute", "nodegroup")
    if compute == "nodegroup":
        network = argument(task, "resources_vpc_config")
        if not isinstance(network, dict):
            raise Untranslatable("MIG207", "its subnets are only known at run time", task.span)
        found["nodegroup"] = {"subnets": context.template(network.get("subnetIds") or []), **_group(task, context)}
    elif compute == "fargate":
        found["fargate_profile"] = _profile(task, context)
    elif compute is not None:
        raise Untranslatable("MIG207", "what its pods run on is only known at run time", task.span)
    return found


def _eks_group(task: Task, context: LoweringContext) -> Parameters:
    if isinstance(argument(task, "nodegroup_subnets"), str):
        raise Untranslatable(
            "MIG201", "its subnets are the text of a list", task.argument_spans.get("nodegroup_subnets")
        )
    return {"nodegroup": _group(task, context), **waits(False)(task, context)}


def _eks_profile(task: Task, context: LoweringContext) -> Parameters:
    return {"profile": _profile(task, context), **waits(False)(task, context)}


_EKS_EXAMPLE = Example(
    title="A cluster of EKS for the time of a job",
    dag=f"""{HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.operators.eks import EksCreateClusterOperator, EksDeleteClusterOperator
from airflow.providers.amazon.aws.sensors.eks import EksClusterStateSensor

with DAG("jobs", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    make = EksCreateClusterOperator(
        task_id="make",
        cluster_name="jobs",
        cluster_role_arn="arn:aws:iam::1:role/eks",
        resources_vpc_config={{"subnetIds": ["subnet-1", "subnet-2"]}},
        nodegroup_role_arn="arn:aws:iam::1:role/nodes",
    )
    there = EksClusterStateSensor(task_id="there", cluster_name="jobs")
    end = EksDeleteClusterOperator(task_id="end", cluster_name="jobs", force_delete_compute=True, trigger_rule="all_done")
    make >> there >> BashOperator(task_id="run", bash_command="kubectl apply -f job.yaml") >> end
""",
    expected=(
        "aws_default.create_eks_cluster(",
        '"subnets": ["subnet-1", "subnet-2"]',
        '"nodegroupName": "nodegroup"',
        'aws_default.delete_eks_cluster(name="jobs", force=True)',
    ),
    disposition="step",
)
_CLUSTER_READS = ("cluster_name", "cluster_role_arn", "resources_vpc_config", "create_cluster_kwargs", "compute")
_GROUP_READS = ("nodegroup_name", "nodegroup_role_arn", "create_nodegroup_kwargs")
_PROFILE_READS = ("fargate_profile_name", "create_fargate_profile_kwargs")
_DELETES = {"delete_nodegroup_on_failure": "a group that does not start is deleted"}
_EKS = (
    Call(
        "eks-create-cluster",
        (OPERATORS + "eks.EksCreateClusterOperator",),
        "create_eks_cluster",
        _PLACE,
        summary="Makes the same cluster, and what its pods run on as soon as it is there.",
        built=_eks_cluster,
        reads=(
            *_CLUSTER_READS,
            *_GROUP_READS,
            *_PROFILE_READS,
            *("fargate_pod_execution_role_arn", "fargate_selectors", *WAIT),
        ),
        ignored=_DELETES,
        kind="aws",
        examples=(_EKS_EXAMPLE,),
    ),
    Call(
        "eks-create-nodegroup",
        (OPERATORS + "eks.EksCreateNodegroupOperator",),
        "create_eks_nodegroup",
        {"cluster_name": "cluster", **_PLACE},
        built=_eks_group,
        reads=("nodegroup_subnets", *_GROUP_READS, *WAIT),
        ignored=_DELETES,
        kind="aws",
    ),
    Call(
        "eks-create-fargate-profile",
        (OPERATORS + "eks.EksCreateFargateProfileOperator",),
        "create_eks_fargate_profile",
        {"cluster_name": "cluster", **_PLACE},
        built=_eks_profile,
        reads=("pod_execution_role_arn", "selectors", *_PROFILE_READS, *WAIT),
        kind="aws",
    ),
    Call(
        "eks-delete-cluster",
        (OPERATORS + "eks.EksDeleteClusterOperator",),
        "delete_eks_cluster",
        {"cluster_name": "name", "force_delete_compute": "force", **_PLACE},
        built=waits(False),
        reads=WAIT,
        kind="aws",
    ),
)
_MEMBER = {"cluster_name": "clusterName", "nodegroup_name": "nodegroupName"}
_FARGATE = {"cluster_name": "clusterName", "fargate_profile_name": "fargateProfileName"}

# ------------------------------------------------------------------------------------------------------- plain requests

_TABLE = {"catalog_id": "CatalogId", "database_name": "DatabaseName"}
_EXISTS = ("AlreadyExistsException",)
_FUNCTION = {
    "function_name": "FunctionName",
    "runtime": "Runtime",
    "role": "Role",
    "handler": "Handler",
    "code": "Code",
    "description": "Description",
    "timeout": "Timeout",
}
_RULE = {"name": "Name", "event_bus_name": "EventBusName"}
_ROWS = (
    Ask(
        "eks-delete-nodegroup",
        "eks.EksDeleteNodegroupOperator",
        "eks",
        "delete_nodegroup",
        _MEMBER,
        waiter="nodegroup_deleted",
        waited=_MEMBER,
        waits=False,
    ),
    Ask(
        "eks-delete-fargate-profile",
        "eks.EksDeleteFargateProfileOperator",
        "eks",
        "delete_fargate_profile",
        _FARGATE,
        waiter="fargate_profile_deleted",
        waited=_FARGATE,
        waits=False,
    ),
    Ask(
        "ecs-create-cluster",
        "ecs.EcsCreateClusterOperator",
        "ecs",
        "create_cluster",
        {"cluster_name": "clusterName"},
        more="create_cluster_kwargs",
        look=Look(
            "describe_clusters",
            "clusters[0].status",
            ("ACTIVE",),
            ("FAILED", "INACTIVE"),
            {"cluster_name": "clusters[]"},
        ),
        kind="ecs",
    ),
    Ask(
        "ecs-delete-cluster",
        "ecs.EcsDeleteClusterOperator",
        "ecs",
        "delete_cluster",
        {"cluster_name": "cluster"},
        look=Look(
            "describe_clusters", "clusters[0].status", ("INACTIVE",), ("FAILED",), {"cluster_name": "clusters[]"}
        ),
        kind="ecs",
    ),
    Ask(
        "glue-create-database",
        "glue_catalog.GlueCatalogCreateDatabaseOperator",
        "glue",
        "create_database",
        {
            "database_name": "DatabaseInput.Name",
            "description": "DatabaseInput.Description",
            "location_uri": "DatabaseInput.LocationUri",
            "parameters": "DatabaseInput.Parameters",
            "catalog_id": "CatalogId",
            "tags": "Tags",
        },
        fine=_EXISTS,
        refused=("if_exists",),
        kind="glue",
    ),
    Ask(
        "glue-delete-database",
        "glue_catalog.GlueCatalogDeleteDatabaseOperator",
        "glue",
        "delete_database",
        {"database_name": "Name", "catalog_id": "CatalogId"},
        kind="glue",
    ),
    Ask(
        "glue-delete-table",
        "glue_catalog.GlueCatalogDeleteTableOperator",
        "glue",
        "delete_table",
        {**_TABLE, "table_name": "Name"},
        kind="glue",
    ),
    Ask(
        "glue-create-partition",
        "glue_catalog.GlueCatalogCreatePartitionOperator",
        "glue",
        "create_partition",
        {**_TABLE, "table_name": "TableName", "partition_input": "PartitionInput"},
        fine=_EXISTS,
        refused=("if_exists",),
        kind="glue",
    ),
    Ask(
        "glue-create-crawler",
        "glue_crawler.GlueCrawlerCreateOperator",
        "glue",
        "create_crawler",
        {},
        more="config",
        kind="glue",
    ),
    Ask(
        "glue-delete-crawler",
        "glue_crawler.GlueCrawlerDeleteOperator",
        "glue",
        "delete_crawler",
        {"crawler_name": "Name"},
        kind="glue",
    ),
    Ask(
        "lambda-create",
        "lambda_function.LambdaCreateFunctionOperator",
        "lambda",
        "create_function",
        _FUNCTION,
        waiter="function_active_v2",
        waited={"function_name": "FunctionName"},
        waits=False,
        path="FunctionArn",
        gives="str",
        refused=("config",),
        kind="lambda",
    ),
    Ask(
        "ec2-reboot",
        "ec2.EC2RebootInstanceOperator",
        "ec2",
        "reboot_instances",
        {"instance_ids": "InstanceIds[]"},
        waiter="instance_running",
        waited={"instance_ids": "InstanceIds[]"},
        waits=False,
    ),
    Ask(
        "dms-stop",
        "dms.DmsStopTaskOperator",
        "dms",
        "stop_replication_task",
        {"replication_task_arn": "ReplicationTaskArn"},
    ),
    Ask(
        "eventbridge-rule",
        "eventbridge.EventBridgePutRuleOperator",
        "events",
        "put_rule",
        {
            **_RULE,
            "description": "Description",
            "event_pattern": "EventPattern",
            "role_arn": "RoleArn",
            "schedule_expression": "ScheduleExpression",
            "state": "State",
            "tags": "Tags",
        },
    ),
    Ask("eventbridge-enable", "eventbridge.EventBridgeEnableRuleOperator", "events", "enable_rule", _RULE),
    Ask("eventbridge-disable", "eventbridge.EventBridgeDisableRuleOperator", "events", "disable_rule", _RULE),
    Ask(
        "datasync",
        "datasync.DataSyncOperator",
        "datasync",
        "start_task_execution",
        {"task_arn": "TaskArn"},
        more="task_execution_kwargs",
        look=Look(
            "describe_task_execution",
            "Status",
            ("SUCCESS",),
            ("ERROR",),
            taken={"TaskExecutionArn": "TaskExecutionArn"},
        ),
        refused=(
            *("source_location_uri", "destination_location_uri", "update_task_kwargs", "create_task_kwargs"),
            *("create_source_location_kwargs", "create_destination_location_kwargs", "delete_task_after_execution"),
        ),
        ignored={
            "wait_interval_seconds": "the resource looks in intervals of its own",
            "max_iterations": "the run's own limit counts",
            "allow_random_task_choice": "the task is named by its ARN",
            "allow_random_location_choice": "the task is named by its ARN",
        },
    ),
    Ask(
        "redshift-delete-snapshot",
        "redshift_cluster.RedshiftDeleteClusterSnapshotOperator",
        "redshift",
        "delete_cluster_snapshot",
        {"cluster_identifier": "SnapshotClusterIdentifier", "snapshot_identifier": "SnapshotIdentifier"},
        ignored={"wait_for_completion": "nothing in Dagster depends on the moment at which a snapshot is gone"},
        kind="redshift",
    ),
    Ask(
        "rds-delete-subscription",
        "rds.RdsDeleteEventSubscriptionOperator",
        "rds",
        "delete_event_subscription",
        {"subscription_name": "SubscriptionName"},
    ),
    Ask(
        "s3-delete-tags",
        "s3.S3DeleteBucketTaggingOperator",
        "s3",
        "delete_bucket_tagging",
        {"bucket_name": "Bucket"},
        fine=("NoSuchBucket",),
        kind="s3",
    ),
    Ask(
        "s3-read-tags",
        "s3.S3GetBucketTaggingOperator",
        "s3",
        "get_bucket_tagging",
        {"bucket_name": "Bucket"},
        path="TagSet",
        gives="list",
        fine=("NoSuchBucket",),
        kind="s3",
    ),
)

# ------------------------------------------------------------------------------ those whose parameters follow from others


def _catalogue_table(task: Task, context: LoweringContext) -> Parameters:
    table = {**further(task, context, "table_input"), **parameters(task, context, {"table_name": "Name"})}
    asked = parameters(task, context, _TABLE) | {"TableInput": table}
    return {"service": "glue", "action": "create_table", "parameters": asked, "fine": list(_EXISTS)}


def _tags(task: Task, context: LoweringContext) -> Parameters:
    given: Value = argument(task, "tag_set") or []
    if isinstance(given, dict):
        given = [{"Key": key, "Value": value} for key, value in given.items()]
    if not isinstance(given, (list, tuple)):
        raise Untranslatable("MIG207", "its tags are only known at run time", task.span)
    tags = [*given]
    if argument(task, "key") is not None:
        tags.append({"Key": argument(task, "key"), "Value": required(task, "value")})
    asked = {**parameters(task, context, {"bucket_name": "Bucket"}), "Tagging": {"TagSet": context.template(tags)}}
    return {"service": "s3", "action": "put_bucket_tagging", "parameters": asked, "fine": ["NoSuchBucket"]}


def _replication(arn: Expr) -> list[Expr]:
    """The filter by which DMS finds a task."""
    return [{"Name": "replication-task-arn", "Values": [arn]}]


def _delete_replication(task: Task, context: LoweringContext) -> Parameters:
    arn = context.template(required(task, "replication_task_arn"))
    found: Parameters = {"service": "dms", "action": "delete_replication_task"}
    found |= {"parameters": {"ReplicationTaskArn": arn}, "waiter": "replication_task_deleted"}
    return found | {"waited": {"Filters": _replication(arn), **waiter_config(task, context)}}


_ADDRESS = re.compile(r"[,;]\s*")


def _addresses(task: Task, context: LoweringContext, name: str) -> Expr:
    value = argument(task, name)
    if isinstance(value, str) and "{" not in value:
        value = [part for part in _ADDRESS.split(value) if part]
    return context.template([value] if isinstance(value, str) else value)


def _mail(task: Task, context: LoweringContext) -> Parameters:
    to: Parameters = {"ToAddresses": _addresses(task, context, "to")}
    for name, field in (("cc", "CcAddresses"), ("bcc", "BccAddresses")):
        if argument(task, name):
            to[field] = _addresses(task, context, name)
    text = {"subject": "Message.Subject.Data", "html_content": "Message.Body.Html.Data"}
    asked = parameters(task, context, {"mail_from": "Source"}) | {"Destination": to} | parameters(task, context, text)
    asked |= parameters(task, context, {"reply_to": "ReplyToAddresses[]", "return_path": "ReturnPath"})
    return {"service": "ses", "action": "send_email", "parameters": asked}


def _command(task: Task, context: LoweringContext) -> Parameters:
    if not flag(task, "fail_on_nonzero_exit", True):
        raise Untranslatable("MIG201", "it goes on where the command fails", task.span)
    return waits()(task, context)


def _done_command(task: Task, context: LoweringContext) -> Parameters:
    _command(task, context)
    return {}


_MAIL_EXAMPLE = Example(
    title="A mail by SES",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.ses import SesEmailOperator

with DAG("report", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SesEmailOperator(
        task_id="tell",
        mail_from="etl@acme.example",
        to="a@acme.example, b@acme.example",
        subject="Loaded {{{{ ds }}}}",
        html_content="<p>done</p>",
    )
""",
    expected=(
        'action="send_email"',
        '"ToAddresses": ["a@acme.example", "b@acme.example"]',
        '"Subject": {"Data": f"Loaded {context.partition_key}"}',
    ),
    disposition="step",
)
_BUILT = (
    Call(
        "glue-create-table",
        (OPERATORS + "glue_catalog.GlueCatalogCreateTableOperator",),
        "ask",
        REGION,
        built=_catalogue_table,
        reads=("table_input", "table_name", *_TABLE),
        refused=("if_exists",),
        kind="glue",
    ),
    Call(
        "s3-tag",
        (OPERATORS + "s3.S3PutBucketTaggingOperator",),
        "ask",
        REGION,
        built=_tags,
        reads=("bucket_name", "tag_set", "key", "value"),
        kind="s3",
    ),
    Call(
        "dms-delete",
        (OPERATORS + "dms.DmsDeleteTaskOperator",),
        "ask",
        REGION,
        built=_delete_replication,
        reads=("replication_task_arn", *WAITER),
        kind="aws",
    ),
    Call(
        "ses",
        (OPERATORS + "ses.SesEmailOperator",),
        "ask",
        REGION,
        summary="Sends the same mail by SES. One with files or headers of its own stays in Airflow.",
        built=_mail,
        reads=("mail_from", "to", "subject", "html_content", "cc", "bcc", "reply_to", "return_path"),
        refused=("files", "custom_headers"),
        ignored={"mime_subtype": "SES makes the message", "mime_charset": "SES makes the message"},
        kind="aws",
        examples=(_MAIL_EXAMPLE,),
    ),
    Call(
        "ssm-command",
        (OPERATORS + "ssm.SsmRunCommandOperator",),
        "run_ssm_command",
        {"document_name": "document", "run_command_kwargs": "options", **REGION},
        built=_command,
        reads=("fail_on_nonzero_exit", *WAIT),
        gives="str",
        kind="aws",
    ),
    Call(
        "ssm-sensor",
        ("airflow.providers.amazon.aws.sensors.ssm.SsmRunCommandCompletedSensor",),
        "ssm_command_is_done",
        {"command_id": "command", **REGION},
        built=_done_command,
        reads=("fail_on_nonzero_exit",),
        kind="aws",
        waits=True,
    ),
    Call(
        "quicksight",
        (OPERATORS + "quicksight.QuickSightCreateIngestionOperator",),
        "run_quicksight_ingestion",
        {"data_set_id": "data_set", "ingestion_id": "ingestion", "ingestion_type": "kind", **REGION},
        built=waits(),
        reads=WAIT,
        kind="aws",
    ),
    Call(
        "quicksight-sensor",
        ("airflow.providers.amazon.aws.sensors.quicksight.QuickSightSensor",),
        "quicksight_ingestion_is_done",
        {"data_set_id": "data_set", "ingestion_id": "ingestion", **REGION},
        kind="aws",
        waits=True,
    ),
    Call(
        "bedrock-model",
        (OPERATORS + "bedrock.BedrockInvokeModelOperator",),
        "invoke_bedrock_model",
        {
            "model_id": "model",
            "input_data": "body",
            "content_type": "content_type",
            "accept_type": "accept",
            **REGION,
        },
        gives="dict",
        kind="aws",
    ),
)

RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in (*_EKS, *map(ask_call, _ROWS), *_BUILT))

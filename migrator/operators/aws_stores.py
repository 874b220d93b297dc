"""Operators of AWS that make, change or delete where data is kept: tables and vectors of S3, snapshots and subscriptions of RDS, graphs of Neptune,
repositories of ECR, replications of DMS, results of Glue's data quality."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION, waits, with_options
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
    waiter_config,
)
from migrator.operators.aws_requests import snapshot_names
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import flag
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

# ----------------------------------------------------------------------------------------------------------------- S3

_BUCKET = {"table_bucket_arn": "tableBucketARN"}
_NAMESPACE = {**_BUCKET, "namespace": "namespace"}
_TABLE = {**_NAMESPACE, "table_name": "name"}
_VECTORS = {"vector_bucket_name": "vectorBucketName"}
_INDEX = {**_VECTORS, "index_name": "indexName"}
_VECTOR_EXAMPLE = Example(
    title="Vectors, looked for by what is near",
    dag=f"""{HEAD}from airflow.providers.amazon.aws.operators.s3_vectors import (
    S3VectorsCreateIndexOperator,
    S3VectorsQueryVectorsOperator,
)

with DAG("search", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    make = S3VectorsCreateIndexOperator(
        task_id="make", vector_bucket_name="texts", index_name="words", data_type="float32", dimension=2
    )
    near = S3VectorsQueryVectorsOperator(
        task_id="near",
        vector_bucket_name="texts",
        index_name="words",
        top_k=3,
        query_vector={{"float32": [0.1, 0.2]}},
    )
    make >> near
""",
    expected=(
        'service="s3vectors"',
        '"distanceMetric": "cosine"',
        '"action": "get_index"',
        '"topK": 3',
        'path="vectors"',
    ),
    disposition="step",
)
_S3 = (
    Ask(
        "s3-table-bucket",
        "s3_tables.S3TablesCreateTableBucketOperator",
        "s3tables",
        "create_table_bucket",
        {"table_bucket_name": "name", "encryption_configuration": "encryptionConfiguration", "tags": "tags"},
        path="arn",
        gives="str",
        instead=Instead("list_table_buckets", {}, "tableBuckets[?name=='{table_bucket_name}'].arn | [0]"),
    ),
    Ask(
        "s3-table-bucket-delete",
        "s3_tables.S3TablesDeleteTableBucketOperator",
        "s3tables",
        "delete_table_bucket",
        _BUCKET,
    ),
    Ask(
        "s3-table-policy",
        "s3_tables.S3TablesPutTableBucketPolicyOperator",
        "s3tables",
        "put_table_bucket_policy",
        {**_BUCKET, "resource_policy": "resourcePolicy"},
    ),
    Ask(
        "s3-table-policy-delete",
        "s3_tables.S3TablesDeleteTableBucketPolicyOperator",
        "s3tables",
        "delete_table_bucket_policy",
        _BUCKET,
    ),
    Ask(
        "s3-table-namespace",
        "s3_tables.S3TablesCreateNamespaceOperator",
        "s3tables",
        "create_namespace",
        {**_BUCKET, "namespace": "namespace[]"},
        path="namespace[0]",
        gives="str",
        instead=Instead("get_namespace", _NAMESPACE, "namespace[0]"),
    ),
    Ask(
        "s3-table-namespace-delete",
        "s3_tables.S3TablesDeleteNamespaceOperator",
        "s3tables",
        "delete_namespace",
        _NAMESPACE,
    ),
    Ask(
        "s3-table",
        "s3_tables.S3TablesCreateTableOperator",
        "s3tables",
        "create_table",
        {**_TABLE, "format": "format", "metadata": "metadata"},
        given={"format": "ICEBERG"},
        path="tableARN",
        gives="str",
    ),
    Ask(
        "s3-table-rename",
        "s3_tables.S3TablesRenameTableOperator",
        "s3tables",
        "rename_table",
        {
            **_TABLE,
            "new_name": "newName",
            "new_namespace_name": "newNamespaceName",
            "version_token": "versionToken",
        },
    ),
    Ask(
        "s3-table-delete",
        "s3_tables.S3TablesDeleteTableOperator",
        "s3tables",
        "delete_table",
        {**_TABLE, "version_token": "versionToken"},
    ),
    Ask(
        "s3-vector-bucket",
        "s3_vectors.S3VectorsCreateVectorBucketOperator",
        "s3vectors",
        "create_vector_bucket",
        {**_VECTORS, "encryption_configuration": "encryptionConfiguration", "tags": "tags"},
        path="vectorBucketArn",
        gives="str",
        instead=Instead("get_vector_bucket", _VECTORS, "vectorBucket.vectorBucketArn"),
    ),
    Ask(
        "s3-vector-bucket-delete",
        "s3_vectors.S3VectorsDeleteVectorBucketOperator",
        "s3vectors",
        "delete_vector_bucket",
        _VECTORS,
    ),
    Ask(
        "s3-vector-index",
        "s3_vectors.S3VectorsCreateIndexOperator",
        "s3vectors",
        "create_index",
        {
            **_INDEX,
            "data_type": "dataType",
            "dimension": "dimension",
            "distance_metric": "distanceMetric",
            "metadata_configuration": "metadataConfiguration",
        },
        given={"distanceMetric": "cosine"},
        path="indexArn",
        gives="str",
        instead=Instead("get_index", _INDEX, "index.indexArn"),
        examples=(_VECTOR_EXAMPLE,),
    ),
    Ask("s3-vector-index-delete", "s3_vectors.S3VectorsDeleteIndexOperator", "s3vectors", "delete_index", _INDEX),
    Ask(
        "s3-vectors",
        "s3_vectors.S3VectorsPutVectorsOperator",
        "s3vectors",
        "put_vectors",
        {**_INDEX, "vectors": "vectors"},
    ),
    Ask(
        "s3-vectors-query",
        "s3_vectors.S3VectorsQueryVectorsOperator",
        "s3vectors",
        "query_vectors",
        {
            **_INDEX,
            "top_k": "topK",
            "query_vector": "queryVector",
            "filter": "filter",
            "return_metadata": "returnMetadata",
            "return_distance": "returnDistance",
        },
        given={"returnMetadata": True, "returnDistance": True},
        path="vectors",
        gives="list",
    ),
)

# ---------------------------------------------------------------------------------------------------------- databases

_GRAPH = {
    "graph_name": "graphName",
    "vector_search_config": "vectorSearchConfiguration",
    "replica_count": "replicaCount",
    "public_connectivity": "publicConnectivity",
    "deletion_protection": "deletionProtection",
    "kms_key_id": "kmsKeyIdentifier",
    "tags": "tags",
}
_SUBSCRIPTION = {"subscription_name": "SubscriptionName"}
_EXPORT = {"export_task_identifier": "ExportTaskIdentifier"}
_DATABASES = (
    Ask(
        "rds-export-cancel",
        "rds.RdsCancelExportTaskOperator",
        "rds",
        "cancel_export_task",
        _EXPORT,
        look=Look("describe_export_tasks", "ExportTasks[0].Status", ("CANCELED",), names=_EXPORT),
    ),
    Ask(
        "neptune-graph",
        "neptune_analytics.NeptuneCreateGraphOperator",
        "neptune-graph",
        "create_graph",
        {**_GRAPH, "provisioned_memory": "provisionedMemory"},
        given={"deletionProtection": False},
        waiter="graph_available",
        taken={"graphIdentifier": "id"},
        path="{graph_id: id}",
        gives="dict",
    ),
    Ask(
        "neptune-graph-delete",
        "neptune_analytics.NeptuneDeleteGraphOperator",
        "neptune-graph",
        "delete_graph",
        {"graph_id": "graphIdentifier", "skip_snapshot": "skipSnapshot"},
        waiter="graph_deleted",
        waited={"graph_id": "graphIdentifier"},
        fine=("ResourceNotFoundException",),
    ),
    Ask(
        "neptune-endpoint-delete",
        "neptune_analytics.NeptuneDeletePrivateGraphEndpointOperator",
        "neptune-graph",
        "delete_private_graph_endpoint",
        {"graph_identifier": "graphIdentifier", "vpc_id": "vpcId"},
        waiter="private_graph_endpoint_deleted",
        waited={"graph_identifier": "graphIdentifier", "vpc_id": "vpcId"},
    ),
    Ask(
        "neptune-import",
        "neptune_analytics.NeptuneStartImportTaskOperator",
        "neptune-graph",
        "start_import_task",
        {
            "graph_identifier": "graphIdentifier",
            "role_arn": "roleArn",
            "source": "source",
            "blank_node_handling": "blankNodeHandling",
            "fail_on_error": "failOnError",
            "format": "format",
            "import_options": "importOptions",
            "parquet_type": "parquetType",
        },
        given={"failOnError": True, "parquetType": "COLUMNAR"},
        waiter="import_task_successful",
        taken={"taskIdentifier": "taskId"},
        path="{import_task_id: taskId, graph_id: graphId}",
        gives="dict",
    ),
    Ask(
        "neptune-import-cancel",
        "neptune_analytics.NeptuneCancelImportTaskOperator",
        "neptune-graph",
        "cancel_import_task",
        {"import_task_id": "taskIdentifier"},
        waiter="import_task_cancelled",
        waited={"import_task_id": "taskIdentifier"},
        path="{import_task_id: taskId}",
        gives="dict",
    ),
    Ask(
        "rds-subscription",
        "rds.RdsCreateEventSubscriptionOperator",
        "rds",
        "create_event_subscription",
        {
            **_SUBSCRIPTION,
            "sns_topic_arn": "SnsTopicArn",
            "source_type": "SourceType",
            "event_categories": "EventCategories",
            "source_ids": "SourceIds",
            "enabled": "Enabled",
        },
        refused=("tags",),
        look=Look("describe_event_subscriptions", "EventSubscriptionsList[0].Status", ("active",), names=_SUBSCRIPTION),
    ),
)


def _imported_graph(task: Task, context: LoweringContext) -> Parameters:
    names = {
        **_GRAPH,
        "source": "source",
        "role_arn": "roleArn",
        "format": "format",
        "min_provisioned_memory": "minProvisionedMemory",
        "max_provisioned_memory": "maxProvisionedMemory",
        "fail_on_error": "failOnError",
    }
    return {"config": parameters(task, context, names)} | waits()(task, context)


_ENDPOINT, _ENDPOINT_READS = with_options(
    {"vpc_id": "vpcId", "subnet_ids": "subnetIds", "vpc_security_group_ids": "vpcSecurityGroupIds"}, wait=True
)


def _deleted_snapshot(task: Task, context: LoweringContext) -> Parameters:
    what, _, name = snapshot_names(task)
    place = parameters(task, context, {"db_snapshot_identifier": name})
    found: Parameters = {"service": "rds", "action": f"delete_{what}", "parameters": place}
    if flag(task, "wait_for_completion", True):
        found |= {"waiter": f"{what}_deleted", "waited": place | waiter_config(task, context)}
    return found


def _copied_snapshot(task: Task, context: LoweringContext) -> Parameters:
    what, _, name = snapshot_names(task)
    names = {
        "source_db_snapshot_identifier": f"Source{name}",
        "target_db_snapshot_identifier": f"Target{name}",
        "kms_key_id": "KmsKeyId",
        "copy_tags": "CopyTags",
        "pre_signed_url": "PreSignedUrl",
        "source_region": "SourceRegion",
        "tags": "Tags",
    }
    if what == "db_snapshot":
        names |= {
            "option_group_name": "OptionGroupName",
            "target_custom_availability_zone": "TargetCustomAvailabilityZone",
        }
    if isinstance(task.option("tags"), dict):
        raise Untranslatable("MIG201", "its tags are a dictionary", task.argument_spans.get("tags"))
    asked = parameters(task, context, names)
    found: Parameters = {"service": "rds", "action": f"copy_{what}", "parameters": asked}
    if flag(task, "wait_for_completion", True):
        waited = parameters(task, context, {"target_db_snapshot_identifier": name})
        found |= {"waiter": f"{what}_available", "waited": waited}
    return found


# ------------------------------------------------------------------------------------------- repositories, replications

QUALITY_FAILED = ("FAILED", "STOPPED", "STOPPING", "TIMEOUT")
"""States of a run of Glue's data quality that has come to nothing."""
_REPOSITORY = {"registry_id": "registryId", "repository_name": "repositoryName"}
_OTHERS = (
    Ask(
        "ecr-create",
        "ecr.EcrCreateRepositoryOperator",
        "ecr",
        "create_repository",
        {
            **_REPOSITORY,
            "tags": "tags",
            "image_tag_mutability": "imageTagMutability",
            "image_tag_mutability_exclusion_filters": "imageTagMutabilityExclusionFilters",
            "image_scanning_configuration": "imageScanningConfiguration",
            "encryption_configuration": "encryptionConfiguration",
        },
        gives="dict",
    ),
    Ask(
        "ecr-policy",
        "ecr.EcrSetRepositoryPolicyOperator",
        "ecr",
        "set_repository_policy",
        {**_REPOSITORY, "policy_text": "policyText", "force": "force"},
        gives="dict",
    ),
    Ask(
        "ecr-delete",
        "ecr.EcrDeleteRepositoryOperator",
        "ecr",
        "delete_repository",
        {**_REPOSITORY, "force": "force"},
        gives="dict",
    ),
    Ask(
        "dms-create",
        "dms.DmsCreateTaskOperator",
        "dms",
        "create_replication_task",
        {
            "replication_task_id": "ReplicationTaskIdentifier",
            "source_endpoint_arn": "SourceEndpointArn",
            "target_endpoint_arn": "TargetEndpointArn",
            "replication_instance_arn": "ReplicationInstanceArn",
            "migration_type": "MigrationType",
            "table_mappings": "TableMappings{}",
        },
        more="create_task_kwargs",
        given={"MigrationType": "full-load"},
        path="ReplicationTask.ReplicationTaskArn",
        gives="str",
        waiter="replication_task_ready",
        taken={"Filters": "[{Name: 'replication-task-arn', Values: [ReplicationTask.ReplicationTaskArn]}]"},
    ),
    Ask(
        "dms-tasks",
        "dms.DmsDescribeTasksOperator",
        "dms",
        "describe_replication_tasks",
        {},
        more="describe_tasks_kwargs",
        path="[Marker, ReplicationTasks]",
        gives="list",
    ),
    Ask(
        "dms-config",
        "dms.DmsCreateReplicationConfigOperator",
        "dms",
        "create_replication_config",
        {
            "replication_config_id": "ReplicationConfigIdentifier",
            "source_endpoint_arn": "SourceEndpointArn",
            "target_endpoint_arn": "TargetEndpointArn",
            "compute_config": "ComputeConfig",
            "replication_type": "ReplicationType",
            "table_mappings": "TableMappings",
        },
        more="additional_config_kwargs",
        path="ReplicationConfig.ReplicationConfigArn",
        gives="str",
    ),
    *(
        Ask(
            f"dms-{word}",
            f"dms.DmsDescribe{name}Operator",
            "dms",
            f"describe_{action}",
            {"filter": "Filters"},
            given={"Filters": []},
            path=name,
            gives="list",
        )
        for word, name, action in (
            ("configs", "ReplicationConfigs", "replication_configs"),
            ("replications", "Replications", "replications"),
        )
    ),
    Ask(
        "glue-quality-recommendation",
        "glue.GlueDataQualityRuleRecommendationRunOperator",
        "glue",
        "start_data_quality_rule_recommendation_run",
        {"datasource": "DataSource", "role": "Role", "number_of_workers": "NumberOfWorkers", "timeout": "Timeout"},
        given={"NumberOfWorkers": 5, "Timeout": 2880},
        more="recommendation_run_kwargs",
        path="RunId",
        gives="str",
        look=Look(
            "get_data_quality_rule_recommendation_run",
            "Status",
            ("SUCCEEDED",),
            QUALITY_FAILED,
            taken={"RunId": "RunId"},
        ),
        ignored={"show_results": "the rules are at AWS"},
        kind="glue",
    ),
    Ask(
        "glue-quality-rules",
        "glue.GlueDataQualityOperator",
        "glue",
        "create_data_quality_ruleset",
        {"name": "Name", "ruleset": "Ruleset", "description": "Description"},
        given={"Description": "AWS Glue Data Quality Rule Set With Airflow"},
        more="data_quality_ruleset_kwargs",
        refused=("update_rule_set",),
        kind="glue",
    ),
)


def _quality(task: Task, context: LoweringContext) -> Parameters:
    names = {"number_of_workers": "NumberOfWorkers", "timeout": "Timeout"}
    asked = parameters(task, context, names, {"NumberOfWorkers": 5, "Timeout": 2880})
    found: Parameters = {"options": asked | further(task, context, "rule_set_evaluation_run_kwargs")}
    if not flag(task, "verify_result_status", True):
        found["verify"] = False
    return found | waits()(task, context)


_BUILT = (
    Call(
        "neptune-graph-import",
        (OPERATORS + "neptune_analytics.NeptuneCreateGraphWithImportOperator",),
        "import_neptune_graph",
        dict(REGION),
        built=_imported_graph,
        reads=(
            *(*_GRAPH, "source", "role_arn", "format", "min_provisioned_memory", "max_provisioned_memory"),
            *("fail_on_error", *WAIT),
        ),
        refused=("blank_node_handling", "parquet_type", "import_options"),
        gives="dict",
        kind="aws",
    ),
    Call(
        "neptune-endpoint",
        (OPERATORS + "neptune_analytics.NeptuneCreatePrivateGraphEndpointOperator",),
        "create_neptune_endpoint",
        {"graph_identifier": "graph", **REGION},
        built=_ENDPOINT,
        reads=_ENDPOINT_READS,
        gives="dict",
        kind="aws",
    ),
    Call(
        "glue-quality",
        (OPERATORS + "glue.GlueDataQualityRuleSetEvaluationRunOperator",),
        "run_glue_quality",
        {"datasource": "data_source", "role": "role", "rule_set_names": "rule_sets", **REGION},
        summary="Has the same rules evaluated, and fails where one fails.",
        built=_quality,
        reads=(
            *("number_of_workers", "timeout", "rule_set_evaluation_run_kwargs", "verify_result_status"),
            *WAIT,
        ),
        ignored={"show_results": "the results are at AWS"},
        gives="str",
        kind="glue",
    ),
    Call(
        "rds-snapshot-delete",
        (OPERATORS + "rds.RdsDeleteDbSnapshotOperator",),
        "ask",
        dict(REGION),
        built=_deleted_snapshot,
        reads=("db_type", "db_snapshot_identifier", *WAITER),
        kind="aws",
    ),
    Call(
        "rds-snapshot-copy",
        (OPERATORS + "rds.RdsCopyDbSnapshotOperator",),
        "ask",
        dict(REGION),
        built=_copied_snapshot,
        reads=(
            *("db_type", "source_db_snapshot_identifier", "target_db_snapshot_identifier", "tags", "copy_tags"),
            *("kms_key_id", "pre_signed_url", "option_group_name", "target_custom_availability_zone"),
            *("source_region", *WAIT),
        ),
        kind="aws",
    ),
)
RULES: tuple[Rule, ...] = tuple(
    call_rule(AWS, call) for call in (*map(ask_call, (*_S3, *_DATABASES, *_OTHERS)), *_BUILT)
)

"""Operators of AWS that ask for one thing: the actions and states that they come to, and the methods that ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import PollUntil, UseResource
from migrator.model.values import CallableValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

AWS = "airflow.providers.amazon.aws."
RDS = AWS + "operators.rds."
EKS = AWS + "operators.eks."
SAGEMAKER = AWS + "operators.sagemaker."


def asked(operator: str, **arguments: Any) -> Any:
    body = lower(make_task(operator, arguments))[0].body
    if isinstance(body, PollUntil):
        body = body.condition
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_actions_are_waited_for_as_the_operator_does() -> None:
    cluster = {"cluster_identifier": "a", "node_type": "b", "master_username": "c", "master_user_password": "d"}
    operator = AWS + "operators.redshift_cluster.RedshiftCreateClusterOperator"
    parameters = {"ClusterIdentifier": "a", "NodeType": "b", "MasterUsername": "c", "MasterUserPassword": "d"}
    made = {"service": "redshift", "action": "create_cluster", "parameters": parameters}
    assert asked(operator, **cluster) == ("ask", made)
    waited = {"waiter": "cluster_available", "waited": {"ClusterIdentifier": "a"}}
    assert asked(operator, **cluster, wait_for_completion=True) == ("ask", made | waited)
    method, export = asked(
        RDS + "RdsStartExportTaskOperator",
        export_task_identifier="e",
        source_arn="s",
        s3_bucket_name="b",
        iam_role_arn="r",
        kms_key_id="k",
    )
    assert method == "run" and export["looked"] == {"ExportTaskIdentifier": "e"} and export["done"] == ["COMPLETE"]


def test_names_that_airflow_makes_up() -> None:
    notebook = AWS + "operators.emr.EmrStartNotebookExecutionOperator"
    pii = AWS + "operators.comprehend.ComprehendStartPiiEntitiesDetectionJobOperator"
    for operator, named in (
        (notebook, {"notebook_execution_name": "n"}),
        (pii, {"start_pii_entities_kwargs": {"JobName": "n"}}),
    ):
        (told,) = lower(make_task(operator, {}))[0].deltas
        assert " is named `" in told.airflow and told.dagster == "it has no name"
        assert lower(make_task(operator, named))[0].deltas == ()


def test_databases_and_clusters_of_them() -> None:
    method, stopped = asked(RDS + "RdsStopDbOperator", db_identifier="a", db_type="cluster")
    assert (method, stopped["action"], stopped["look"]) == ("run", "stop_db_cluster", "describe_db_clusters")
    assert stopped["parameters"] == {"DBClusterIdentifier": "a"} and stopped["done"] == ["stopped"]
    started = asked(RDS + "RdsStartDbOperator", db_identifier="a", wait_for_completion=False)[1]
    assert "failed" in stopped["failed"]
    assert started == {"service": "rds", "action": "start_db_instance", "parameters": {"DBInstanceIdentifier": "a"}}
    given = {"db_type": "instance", "db_identifier": "a", "db_snapshot_identifier": "b"}
    kept = asked(RDS + "RdsCreateDbSnapshotOperator", **given)[1]
    assert kept["parameters"] == {"DBInstanceIdentifier": "a", "DBSnapshotIdentifier": "b"}
    assert kept["waiter"] == "db_snapshot_available"
    there = asked(AWS + "sensors.rds.RdsDbSensor", db_identifier="a", db_type="cluster")
    assert there[0] == "is_in" and there[1]["action"] == "describe_db_clusters" and there[1]["states"] == ["available"]
    assert there[1]["absent"] not in there[1]["states"]
    snapshot = asked(AWS + "sensors.rds.RdsSnapshotExistenceSensor", db_type="instance", db_snapshot_identifier="b")[1]
    assert (snapshot["action"], snapshot["parameters"]) == ("describe_db_snapshots", {"DBSnapshotIdentifier": "b"})


def test_endpoints_and_machines() -> None:
    endpoint = {"EndpointName": "a", "EndpointConfigName": "b"}
    method, made = asked(SAGEMAKER + "SageMakerEndpointOperator", config={"Endpoint": endpoint}, operation="update")
    assert (method, made) == ("deploy_sagemaker_endpoint", {"config": {"Endpoint": endpoint}, "update": True})
    whole = {"Model": {"ModelName": "m"}, "Endpoint": endpoint}
    made = asked(SAGEMAKER + "SageMakerEndpointOperator", config=whole, wait_for_completion=False)[1]
    assert made == {"config": whole, "wait": False}
    run = asked(SAGEMAKER + "SageMakerStartPipelineOperator", pipeline_name="a", pipeline_params={"b": "c"})[1]
    assert run["parameters"] == {"PipelineName": "a", "PipelineParameters": [{"Name": "b", "Value": "c"}]}
    ended = asked(AWS + "operators.ec2.EC2TerminateInstanceOperator", instance_ids="i-1", wait_for_completion=True)[1]
    assert ended["parameters"] == ended["waited"] == {"InstanceIds": ["i-1"]}
    machines = asked(AWS + "operators.ec2.EC2CreateInstanceOperator", image_id="a", config={"MaxCount": 2})[1]
    assert machines["parameters"] == {"MaxCount": 2, "MinCount": 1, "ImageId": "a"}


def test_states_are_looked_at() -> None:
    partition = asked(AWS + "sensors.glue_catalog_partition.GlueCatalogPartitionSensor", table_name="a.b")[1]
    wanted = {"DatabaseName": "a", "TableName": "b", "Expression": "ds='{{ ds }}'"}
    assert partition["parameters"] == wanted and partition["states"] == [True]
    training = asked(AWS + "sensors.sagemaker.SageMakerTrainingSensor", job_name="a")[1]
    assert training["action"] == "describe_training_job" and training["failed"] == ["Failed", "Stopped"]
    for word, states in (("Transform", ["Completed", "Stopped"]), ("Endpoint", ["InService", "OutOfService"])):
        name = {"endpoint_name" if word == "Endpoint" else "job_name": "a"}
        over = asked(f"{AWS}sensors.sagemaker.SageMaker{word}Sensor", **name)[1]
        assert over["states"][:2] == states and over["failed"] == ["Failed"] and "absent" not in over
    names = {"table_name": "t", "partition_key_name": "k", "partition_key_value": "v", "attribute_name": "a"}
    item = asked(
        AWS + "sensors.dynamodb.DynamoDBValueSensor",
        **names,
        attribute_value="b",
        sort_key_name="s",
        sort_key_value="w",
    )
    assert item[1]["parameters"] == {"TableName": "t", "Key": {"k": {"S": "v"}, "s": {"S": "w"}}}


def test_how_long_work_may_take() -> None:
    """A waiter of boto3 is told; where a resource looks itself, that is a difference, of a sensor only if it is deferred."""
    given = {"cluster_identifier": "a", "node_type": "b", "master_username": "c", "master_user_password": "d"}
    operator = AWS + "operators.redshift_cluster.RedshiftCreateClusterOperator"
    body = asked(operator, **given, wait_for_completion=True, max_attempt=20, poll_interval=60)[1]
    assert body["waited"]["WaiterConfig"] == {"Delay": 60, "MaxAttempts": 20}
    deltas = lower(make_task(operator, {**given, "max_attempt": 20}))[0].deltas
    assert deltas == ()

    def told(operator: str, **arguments: Any) -> list[str]:
        return [delta.airflow for delta in lower(make_task(AWS + operator, arguments))[0].deltas]

    job = {"config": {"TrainingJobName": "a"}, "max_ingestion_time": 3600, "check_interval": 10}
    assert told("operators.sagemaker.SageMakerTrainingOperator", **job) == [
        "its argument `max_ingestion_time` is `3600`: it gives up work that takes longer"
    ]
    assert told("sensors.batch.BatchSensor", job_id="j", max_retries=3) == []
    assert len(told("sensors.batch.BatchSensor", job_id="j", max_retries=3, deferrable=True)) == 1


def test_jobs_that_somebody_stops() -> None:
    """Where nothing else says so, only a training whose log is followed has failed then; a deferred task always."""

    def stop_fails(operator: str, **given: Any) -> bool:
        return asked(operator, **given)[1].get("stop_fails", False)

    config = {f"{kind}JobName": "a" for kind in ("Training", "Processing", "Transform", "HyperParameterTuning")}
    assert stop_fails(SAGEMAKER + "SageMakerTrainingOperator", config=config)
    assert not stop_fails(SAGEMAKER + "SageMakerTrainingOperator", config=config, print_log=False)
    for kind in ("Processing", "Transform", "Tuning"):
        assert not stop_fails(f"{SAGEMAKER}SageMaker{kind}Operator", config=config)
        assert stop_fails(f"{SAGEMAKER}SageMaker{kind}Operator", config=config, deferrable=True)
    assert not stop_fails(AWS + "operators.glue.GlueJobOperator", job_name="a")
    assert stop_fails(AWS + "operators.glue.GlueJobOperator", job_name="a", deferrable=True)


def test_clusters_of_containers() -> None:
    network = {"subnetIds": ["s-1"]}
    given = {"cluster_name": "a", "cluster_role_arn": "r", "resources_vpc_config": network}
    method, made = asked(EKS + "EksCreateClusterOperator", **given, nodegroup_role_arn="n", wait_for_completion=True)
    cluster = {"name": "a", "roleArn": "r", "resourcesVpcConfig": network}
    group = {"subnets": ["s-1"], "nodegroupName": "nodegroup", "nodeRole": "n"}
    assert (method, made) == ("create_eks_cluster", {"cluster": cluster, "nodegroup": group, "wait": True})
    assert asked(EKS + "EksCreateClusterOperator", **given, compute=None)[1] == {"cluster": cluster}
    profile = asked(EKS + "EksCreateClusterOperator", **given, compute="fargate", fargate_pod_execution_role_arn="p")[1]
    on_fargate = {"fargateProfileName": "profile", "selectors": [{"namespace": "default"}]}
    assert profile["fargate_profile"] == {**on_fargate, "podExecutionRoleArn": "p"}
    gone = asked(EKS + "EksDeleteNodegroupOperator", cluster_name="a", nodegroup_name="b", wait_for_completion=True)[1]
    assert (gone["waiter"], gone["waited"]) == ("nodegroup_deleted", {"clusterName": "a", "nodegroupName": "b"})
    made = asked(AWS + "operators.ecs.EcsCreateClusterOperator", cluster_name="a")[1]
    assert made["parameters"] == {"clusterName": "a"} and made["looked"] == {"clusters": ["a"]}


def test_entries_of_catalogues_tags_and_mails() -> None:
    glue = AWS + "operators.glue_catalog.GlueCatalog"
    database = asked(glue + "CreateDatabaseOperator", database_name="a", location_uri="s3://b")[1]
    assert database["parameters"] == {"DatabaseInput": {"Name": "a", "LocationUri": "s3://b"}}
    assert database["fine"] == ["AlreadyExistsException"]
    table = asked(glue + "CreateTableOperator", database_name="a", table_name="t", table_input={"Name": "u", "x": 1})[1]
    assert table["parameters"] == {"DatabaseName": "a", "TableInput": {"Name": "t", "x": 1}}
    tags = asked(
        AWS + "operators.s3.S3PutBucketTaggingOperator", bucket_name="b", tag_set={"a": "1"}, key="k", value="v"
    )
    pairs = [{"Key": "a", "Value": "1"}, {"Key": "k", "Value": "v"}]
    assert tags[1]["parameters"] == {"Bucket": "b", "Tagging": {"TagSet": pairs}}
    transfer = asked(AWS + "operators.datasync.DataSyncOperator", task_arn="t", task_execution_kwargs={"a": 1})
    assert transfer[0] == "run" and transfer[1]["parameters"] == {"TaskArn": "t", "a": 1}
    assert transfer[1]["taken"] == {"TaskExecutionArn": "TaskExecutionArn"}
    ended = asked(AWS + "operators.dms.DmsDeleteTaskOperator", replication_task_arn="r")[1]
    assert ended["waited"] == {"Filters": [{"Name": "replication-task-arn", "Values": ["r"]}]}
    mail = {"mail_from": "f", "to": ["a", "b"], "cc": "c;d", "subject": "s", "html_content": "h", "reply_to": "r"}
    sent = asked(AWS + "operators.ses.SesEmailOperator", **mail)[1]["parameters"]
    assert sent["Destination"] == {"ToAddresses": ["a", "b"], "CcAddresses": ["c", "d"]}
    assert sent["ReplyToAddresses"] == ["r"] and sent["Message"]["Body"] == {"Html": {"Data": "h"}}


def test_states_of_what_may_be_gone() -> None:
    there = asked(AWS + "sensors.eks.EksClusterStateSensor", cluster_name="a")[1]
    assert there["states"] == ["ACTIVE"] and there["failed"] == ["FAILED", "NONEXISTENT"]
    gone = asked(
        AWS + "sensors.eks.EksNodegroupStateSensor", cluster_name="a", nodegroup_name="b", target_state="nonexistent"
    )[1]
    assert gone["states"] == ["NONEXISTENT"] == [gone["absent"]] and "NONEXISTENT" not in gone["failed"]
    assert gone["parameters"] == {"clusterName": "a", "nodegroupName": "b"}
    deleted = asked(AWS + "sensors.cloud_formation.CloudFormationDeleteStackSensor", stack_name="a")[1]
    assert (deleted["pending"], deleted["absent"]) == (["DELETE_IN_PROGRESS"], "DELETE_COMPLETE")
    created = asked(AWS + "sensors.cloud_formation.CloudFormationCreateStackSensor", stack_name="a")[1]
    assert created["absent"] in created["pending"]
    queue = asked(AWS + "sensors.batch.BatchJobQueueSensor", job_queue="q", treat_non_existing_as_deleted=True)[1]
    assert queue["parameters"] == {"jobQueues": ["q"]} and queue["states"] == ["VALID", "DELETED", None]
    task = asked(AWS + "sensors.ecs.EcsTaskStateSensor", cluster="c", task="t", target_state="STOPPED")[1]
    assert task["states"] == ["STOPPED"] and task["failed"] == [None]
    moved = asked(AWS + "sensors.dms.DmsTaskCompletedSensor", replication_task_arn="r")[1]
    assert moved["parameters"]["Filters"] == [{"Name": "replication-task-arn", "Values": ["r"]}]


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (EKS + "EksCreateClusterOperator", {"cluster_name": "a", "resources_vpc_config": Symbolic("unknown", "vpc()")}),
        (EKS + "EksCreateNodegroupOperator", {"cluster_name": "a", "nodegroup_subnets": "['s-1']"}),
        (AWS + "operators.datasync.DataSyncOperator", {"source_location_uri": "a", "destination_location_uri": "b"}),
        (AWS + "operators.ses.SesEmailOperator", {"to": "a", "files": ["b"]}),
        (AWS + "operators.ssm.SsmRunCommandOperator", {"document_name": "a", "fail_on_nonzero_exit": False}),
        (
            AWS + "sensors.ecs.EcsTaskStateSensor",
            {"cluster": "c", "task": "t", "failure_states": [Symbolic("unknown", "a()")]},
        ),
        (SAGEMAKER + "SageMakerEndpointOperator", {"config": {"EndpointName": "a"}, "operation": "delete"}),
        (SAGEMAKER + "SageMakerStartPipelineOperator", {"pipeline_name": "a", "wait_for_completion": True}),
        (SAGEMAKER + "SageMakerDeleteModelOperator", {"config": Symbolic("unknown", "config()")}),
        (
            RDS + "RdsCreateDbSnapshotOperator",
            {"db_type": "other", "db_identifier": "a", "db_snapshot_identifier": "b"},
        ),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


class _ClientError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


def test_actions_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    looked: list[Any] = []
    states: list[Any] = ["starting", "available", "failed", "available", "starting", _ClientError("DBInstanceNotFound")]
    states += [_ClientError("AccessDenied")]

    class Client:
        exceptions = SimpleNamespace(ClientError=_ClientError)

        def create_cluster(self, **given: Any) -> Any:
            done.append(given)
            return {"Cluster": {"Id": "c-1"}}

        def describe(self, **given: Any) -> Any:
            looked.append(given)
            if isinstance(state := states.pop(0), _ClientError):
                raise state
            return {"State": state}

        def get_waiter(self, name: str) -> Any:
            return SimpleNamespace(wait=lambda **given: done.append((name, given)))

    def search(path: str, answer: Any) -> Any:
        for part in path.split("."):
            answer = answer if part == "@" else answer[part]
        return answer

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(
        monkeypatch,
        boto3={"Session": lambda profile_name, region_name: session},
        jmespath={"search": search},
    )
    aws = service("aws", "ask", "run", "is_in")
    assert aws.ask("redshift", "create_cluster", {"A": 1}, path="Cluster.Id", waiter="w", waited={"B": 2}) == "c-1"
    assert aws.ask("ec2", "create_cluster", {}, "Cluster.Id", "running", taken={"Ids": "Cluster.Id"}) == "c-1"
    assert done == [{"A": 1}, ("w", {"B": 2}), {}, ("running", {"Ids": "c-1"})]
    look = {"look": "describe", "state": "State", "done": ["available"], "failed": ["failed"]}
    assert aws.run("rds", "create_cluster", {}, **look) == {"Cluster": {"Id": "c-1"}}
    with pytest.raises(dg.Failure, match="ended as failed"):
        aws.run("rds", "create_cluster", {}, **look)
    assert aws.is_in("rds", "describe", {}, "State", ["available"])
    assert not aws.is_in("rds", "describe", {}, "State", ["available"])
    assert not aws.is_in("rds", "describe", {}, "State", ["available"], absent="absent")
    with pytest.raises(_ClientError, match="AccessDenied"):
        aws.is_in("rds", "describe", {}, "State", ["available"])
    states += [_ClientError("ResourceNotFound"), _ClientError("ResourceNotFound")]
    states += ["starting", "odd", _ClientError("AlreadyExists"), "running", "done"]
    with pytest.raises(_ClientError, match="NotFound"):
        aws.is_in("lambda", "describe", {}, "State", ["Active"])
    assert aws.is_in("eks", "describe", {}, "State", ["gone"], absent="gone")
    assert not aws.is_in("eks", "describe", {}, "State", ["gone"], pending=["starting"])
    with pytest.raises(dg.Failure, match="tells of odd"):
        aws.is_in("eks", "describe", {}, "State", ["gone"], pending=["starting"])
    assert aws.ask("glue", "describe", {}, fine=["AlreadyExists"]) is None
    del done[:]
    aws.run("datasync", "create_cluster", {}, "describe", None, {"Id": "Cluster.Id"}, "State", ["done"])
    assert looked[-1] == {"Id": "c-1"}


def test_clusters_of_eks_are_made_and_deleted_with_what_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class WaiterError(Exception): ...

    class Client:
        def __getattr__(self, name: str) -> Any:
            def action(**given: Any) -> Any:
                done.append((name, given))
                return {"nodegroups": ["g"], "fargateProfileNames": ["p"]}

            return action

        def get_waiter(self, name: str) -> Any:
            def wait(**given: Any) -> None:
                done.append((name, given))
                if "broken" in given.values():
                    raise WaiterError

            return SimpleNamespace(wait=wait)

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(
        monkeypatch,
        boto3={"Session": lambda profile_name, region_name: session},
        botocore__exceptions={"WaiterError": WaiterError},
    )
    aws = service("aws", "create_eks_cluster", "delete_eks_cluster")
    aws.create_eks_cluster({"name": "c"}, nodegroup={"nodegroupName": "g"}, wait=True)
    group = {"nodegroupName": "g", "clusterName": "c", "tags": {"kubernetes.io/cluster/c": "owned"}}
    place = {"clusterName": "c", "nodegroupName": "g"}
    assert done[:3] == [
        ("create_cluster", {"name": "c"}),
        ("cluster_active", {"name": "c"}),
        ("create_nodegroup", group),
    ]
    assert done[3:] == [("nodegroup_active", place)]
    del done[:]
    with pytest.raises(WaiterError):
        aws.create_eks_cluster({"name": "broken"}, fargate_profile={"fargateProfileName": "p"})
    assert done[-1] == ("delete_cluster", {"name": "broken"})
    del done[:]
    aws.delete_eks_cluster("c", force=True, wait=True)
    assert [name for name, _ in done] == [
        *("list_nodegroups", "delete_nodegroup", "nodegroup_deleted"),
        *("list_fargate_profiles", "delete_fargate_profile", "fargate_profile_deleted"),
        *("delete_cluster", "cluster_deleted"),
    ]


def test_commands_on_machines_and_ingestions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    states = ["InProgress", "Success", "Failed"]

    class Client:
        def send_command(self, **given: Any) -> Any:
            asked.append(given)
            return {"Command": {"CommandId": "c", "InstanceIds": ["i-1", "i-2"]}}

        def list_command_invocations(self, CommandId: str) -> Any:
            return {"CommandInvocations": [{"Status": "Success"}, {"Status": states.pop(0)}]}

        def get_waiter(self, name: str) -> Any:
            return SimpleNamespace(wait=lambda **given: asked.append((name, given["InstanceId"])))

        def get_caller_identity(self) -> Any:
            return {"Account": "1"}

        def create_ingestion(self, **given: Any) -> None:
            asked.append(given)

        def describe_ingestion(self, **given: Any) -> Any:
            return {"Ingestion": {"IngestionStatus": given["IngestionId"]}}

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    methods = ("run_ssm_command", "ssm_command_is_done", "run_quicksight_ingestion", "quicksight_ingestion_is_done")
    aws = service("aws", *methods)
    assert aws.run_ssm_command("AWS-RunShellScript", {"Targets": []}) == "c"
    assert asked == [
        {"DocumentName": "AWS-RunShellScript", "Targets": []},
        ("command_executed", "i-1"),
        ("command_executed", "i-2"),
    ]
    assert [aws.ssm_command_is_done("c"), aws.ssm_command_is_done("c")] == [False, True]
    with pytest.raises(dg.Failure, match="ended as Failed"):
        aws.ssm_command_is_done("c")
    aws.run_quicksight_ingestion("sales", "COMPLETED")
    given = {"AwsAccountId": "1", "DataSetId": "sales", "IngestionId": "COMPLETED", "IngestionType": "FULL_REFRESH"}
    assert asked[-1] == given
    assert not aws.quicksight_ingestion_is_done("sales", "RUNNING")
    with pytest.raises(dg.Failure, match="ended as FAILED"):
        aws.quicksight_ingestion_is_done("sales", "FAILED")


def test_what_is_there_already_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = {"table_bucket_name": "Symbol"}
    operator = AWS + "operators.s3_tables.S3TablesCreateTableBucketOperator"
    made = asked(operator, **bucket)[1]
    look = {"action": "list_table_buckets", "parameters": {}, "path": "tableBuckets[?name=='Symbol'].arn | [0]"}
    assert (made["fine"], made["instead"]) == (["ConflictException"], look)
    assert "fine" not in asked(operator, **bucket, if_exists="fail")[1]

    class Client:
        exceptions = SimpleNamespace(ClientError=_ClientError)
        pages = True
        found: Any = "arn:1"

        def create(self, **given: Any) -> None:
            raise _ClientError("ConflictException")

        def list(self, **given: Any) -> Any:
            return {"value": self.found}

        def can_paginate(self, action: str) -> bool:
            return self.pages

        def get_paginator(self, action: str) -> Any:
            all_pages = SimpleNamespace(build_full_result=lambda: {"value": f"all {self.found}"})
            return SimpleNamespace(paginate=lambda **given: all_pages)

    client = Client()
    session = SimpleNamespace(client=lambda name: client)
    stand_in(
        monkeypatch,
        boto3={"Session": lambda profile_name, region_name: session},
        jmespath={"search": lambda path, answer: answer["value"]},
    )
    aws = service("aws", "ask")
    given: dict[str, Any] = {
        "fine": ["ConflictException"],
        "instead": {"action": "list", "parameters": {}, "path": "v"},
    }
    assert aws.ask("s3tables", "create", {}, **given) == "all arn:1"
    client.pages = False
    assert aws.ask("s3tables", "create", {}, **given) == "arn:1"
    client.found = None
    with pytest.raises(_ClientError):
        aws.ask("s3tables", "create", {}, **given)
    with pytest.raises(_ClientError):
        aws.ask("s3tables", "create", {}, instead=given["instead"])


def test_models_tables_and_applications() -> None:
    index = {"vector_bucket_name": "b", "index_name": "i", "data_type": "float32", "dimension": 2}
    made = asked(AWS + "operators.s3_vectors.S3VectorsCreateIndexOperator", **index)[1]
    assert made["parameters"]["distanceMetric"] == "cosine"
    euclidean = asked(AWS + "operators.s3_vectors.S3VectorsCreateIndexOperator", **index, distance_metric="euclidean")
    assert euclidean[1]["parameters"]["distanceMetric"] == "euclidean"
    cluster = {"virtual_cluster_name": "v", "eks_cluster_name": "e", "eks_namespace": "n"}
    virtual = asked(AWS + "operators.emr.EmrEksCreateClusterOperator", **cluster)[1]["parameters"]
    assert virtual["containerProvider"] == {"type": "EKS", "id": "e", "info": {"eksInfo": {"namespace": "n"}}}
    agent = AWS + "operators.bedrock.BedrockDeleteAgentRuntimeOperator"
    method, gone = asked(agent, agent_runtime_id="a")
    assert (method, gone["done"], gone["absent"]) == ("run", ["absent"], "absent")
    source = {"name": "s", "knowledge_base_id": "k", "bucket_name": "b"}
    data = asked(AWS + "operators.bedrock.BedrockCreateDataSourceOperator", **source)[1]["parameters"]
    assert data["dataSourceConfiguration"]["s3Configuration"] == {"bucketArn": "arn:aws:s3:::b"}
    generation = {"input": "?", "model_arn": "m", "source_type": "external_sources", "sources": [{"sourceType": "S3"}]}
    answer = asked(AWS + "operators.bedrock.BedrockRaGOperator", **generation)[1]["parameters"]
    config = {"modelArn": "m", "sources": [{"sourceType": "S3"}]}
    assert answer["retrieveAndGenerateConfiguration"] == {
        "type": "EXTERNAL_SOURCES",
        "externalSourcesConfiguration": config,
    }
    with pytest.raises(Untranslatable, match="names other sources"):
        asked(AWS + "operators.bedrock.BedrockRaGOperator", **generation, knowledge_base_id="k")
    copied = {"db_type": "cluster", "source_db_snapshot_identifier": "s", "target_db_snapshot_identifier": "t"}
    copy = asked(RDS + "RdsCopyDbSnapshotOperator", **copied)[1]
    assert (copy["action"], copy["waiter"]) == ("copy_db_cluster_snapshot", "db_cluster_snapshot_available")
    assert copy["waited"] == {"DBClusterSnapshotIdentifier": "t"}
    started = asked(AWS + "operators.neptune.NeptuneStartDbClusterOperator", db_cluster_id="c")[1]
    assert (started["fine"], started["done"]) == (["InvalidDBClusterStateFault"], ["available"])
    learning = {"job_name": "j", "s3_input": "i", "s3_output": "o", "target_attribute": "t", "role_arn": "r"}
    job = asked(SAGEMAKER + "SageMakerAutoMLOperator", **learning, wait_for_completion=False)[1]["parameters"]
    data_source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "i"}}
    assert job["InputDataConfig"] == [{"DataSource": data_source, "TargetAttributeName": "t"}]
    with pytest.raises(Untranslatable, match="best model"):
        asked(SAGEMAKER + "SageMakerAutoMLOperator", **learning)
    machines = asked(AWS + "operators.ec2.EC2HibernateInstanceOperator", instance_ids="i-1")[1]["parameters"]
    assert machines == {"InstanceIds": ["i-1"], "Hibernate": True}


def test_states_that_arguments_name() -> None:
    export = asked(
        AWS + "sensors.rds.RdsExportTaskExistenceSensor", export_task_identifier="e", target_statuses=["canceled"]
    )
    assert (export[1]["states"], export[1]["failed"], export[1]["absent"]) == (["CANCELED"], ["FAILED"], "absent")
    notebook = asked(AWS + "sensors.emr.EmrNotebookExecutionSensor", notebook_execution_id="n")[1]
    assert (notebook["states"], notebook["failed"]) == (["FINISHED"], ["FAILED"])
    batch = AWS + "sensors.bedrock.BedrockBatchInferenceSensor"
    assert asked(batch, job_arn="j")[1]["states"] == ["Completed", "Scheduled"]
    assert asked(batch, job_arn="j", success_state="completed")[1]["states"] == ["Completed"]
    replication = {"replication_task_arn": "r", "target_statuses": ["running"], "termination_statuses": ["failed"]}
    task = asked(AWS + "sensors.dms.DmsTaskBaseSensor", **replication)[1]
    assert (task["states"], task["failed"]) == (["running"], ["failed", None])
    with pytest.raises(Untranslatable):
        asked(AWS + "sensors.dms.DmsTaskBaseSensor", replication_task_arn="r", target_statuses="running")


def test_failures_that_arguments_name() -> None:
    states = {CallableValue(name, name, AWS + "hooks.ecs.EcsTaskStates", "library") for name in ("NONE", "STOPPING")}
    given = {"cluster": "c", "task": "t", "target_state": "STOPPED", "failure_states": states}
    task = asked(AWS + "sensors.ecs.EcsTaskStateSensor", **given)[1]
    assert (task["states"], task["failed"]) == (["STOPPED"], [None, "STOPPING"])


def test_quality_of_data(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[Any] = []
    runs = [{"Status": "RUNNING"}, {"Status": "SUCCEEDED", "ResultIds": ["r"]}, {"Status": "TIMEOUT"}]

    class Client:
        def start_data_quality_ruleset_evaluation_run(self, **given: Any) -> Any:
            asked_for.append(given)
            return {"RunId": "run-1"}

        def get_data_quality_ruleset_evaluation_run(self, RunId: str) -> Any:
            return runs.pop(0)

        def batch_get_data_quality_result(self, ResultIds: list[str]) -> Any:
            rules = [{"Name": "Rule_1", "Result": "PASS"}, {"Name": "Rule_2", "Result": "FAIL"}]
            return {"Results": [{"RuleResults": rules}]}

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    aws = service("aws", "run_glue_quality", "glue_quality_is_done")
    table = {"GlueTable": {"DatabaseName": "d", "TableName": "t"}}
    assert aws.run_glue_quality(table, "role", ["rules"], {"Timeout": 1}, verify=False) == "run-1"
    assert asked_for == [{"DataSource": table, "Role": "role", "RulesetNames": ["rules"], "Timeout": 1}]
    with pytest.raises(dg.Failure, match="ended as TIMEOUT"):
        aws.glue_quality_is_done("run-1")
    runs.append({"Status": "SUCCEEDED", "ResultIds": ["r"]})
    with pytest.raises(dg.Failure, match="failed Rule_2"):
        aws.glue_quality_is_done("run-1")
    operator = AWS + "operators.glue.GlueDataQualityRuleSetEvaluationRunOperator"
    given = {"datasource": table, "role": "r", "rule_set_names": ["s"], "wait_for_completion": False}
    assert asked(operator, **given)[1]["wait"] is False


def test_graphs_of_neptune(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Client:
        def __getattr__(self, name: str) -> Any:
            def action(**given: Any) -> Any:
                done.append((name, given))
                status = "FAILED" if given.get("vpcId") == "broken" else "CREATING"
                return {"graphId": "g-1", "taskId": "t-1", "vpcId": "v-1", "vpcEndpointId": "e-1", "status": status}

            return action

        def get_waiter(self, name: str) -> Any:
            return SimpleNamespace(wait=lambda **given: done.append((name, given)))

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    aws = service("aws", "import_neptune_graph", "create_neptune_endpoint")
    assert aws.import_neptune_graph({"graphName": "n"}) == {"graph_id": "g-1"}
    assert done[1:] == [
        ("graph_available", {"graphIdentifier": "g-1"}),
        ("import_task_successful", {"taskIdentifier": "t-1"}),
    ]
    del done[:]
    made = aws.create_neptune_endpoint("g-1", {"subnetIds": ["s"]}, wait=False)
    assert made == {"vpc_endpoint_id": "e-1", "graph_id": "g-1", "vpc_id": "v-1"}
    assert [name for name, _ in done] == ["create_private_graph_endpoint", "get_private_graph_endpoint"]
    with pytest.raises(dg.Failure, match="no private endpoint"):
        aws.create_neptune_endpoint("g-1", {"vpcId": "broken"})
    operators = AWS + "operators.neptune_analytics.Neptune"
    graph = {"graph_name": "n", "vector_search_config": {"dimension": 1}, "source": "s3://b", "role_arn": "r"}
    method, given = asked(operators + "CreateGraphWithImportOperator", **graph, wait_for_completion=False)
    assert method == "import_neptune_graph" and given["wait"] is False
    assert given["config"]["vectorSearchConfiguration"] == {"dimension": 1} and given["config"]["source"] == "s3://b"
    endpoint = asked(operators + "CreatePrivateGraphEndpointOperator", graph_identifier="g", vpc_id="v")
    assert endpoint == ("create_neptune_endpoint", {"graph": "g", "options": {"vpcId": "v"}})


def test_flows_and_calculations(monkeypatch: pytest.MonkeyPatch) -> None:
    states = ["InProgress", "Successful", "Error"]

    class Client:
        def start_flow(self, flowName: str) -> Any:
            return {"executionId": "e-2"}

        def describe_flow_execution_records(self, flowName: str) -> Any:
            other = {"executionId": "e-1", "executionStatus": "Error"}
            return {"flowExecutions": [other, {"executionId": "e-2", "executionStatus": states.pop(0)}]}

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    aws = service("aws", "run_appflow")
    assert aws.run_appflow("sales") == "e-2"
    with pytest.raises(dg.Failure, match="ended as Error"):
        aws.run_appflow("sales")
    assert aws.run_appflow("sales", wait=False) == "e-2"
    flow = asked(AWS + "operators.appflow.AppflowRunOperator", flow_name="sales", wait_for_completion=False)
    assert flow == ("run_appflow", {"flow": "sales", "wait": False})
    spark = asked(AWS + "operators.athena_spark.AthenaSparkOperator", session_id="s", code_block="print(1)")
    assert spark[0] == "run" and spark[1]["parameters"] == {"SessionId": "s", "CodeBlock": "print(1)"}
    assert spark[1]["taken"] == {"CalculationExecutionId": "CalculationExecutionId"}


def test_pipelines_that_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    over = "Only pipelines with 'Executing' status can be stopped"
    answers: list[tuple[str, str]] = [("ConflictException", ""), ("", ""), ("ValidationException", over)]
    answers += [("ValidationException", over), ("ValidationException", "bad name")]

    class Client:
        exceptions = SimpleNamespace(ClientError=_ClientError)

        def stop_pipeline_execution(self, **given: Any) -> None:
            code, message = answers.pop(0)
            if code:
                error = _ClientError(code)
                error.response["Error"]["Message"] = message
                raise error

        def describe_pipeline_execution(self, **given: Any) -> Any:
            return {"PipelineExecutionStatus": "Stopping"}

    session = SimpleNamespace(client=lambda name: Client())
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    aws = service("aws", "stop_sagemaker_pipeline")
    assert [aws.stop_sagemaker_pipeline("p"), aws.stop_sagemaker_pipeline("p")] == ["Stopping", "Stopping"]
    with pytest.raises(_ClientError):
        aws.stop_sagemaker_pipeline("p", fail_if_not_running=True)
    with pytest.raises(_ClientError):
        aws.stop_sagemaker_pipeline("p")
    stop = asked(SAGEMAKER + "SageMakerStopPipelineOperator", pipeline_exec_arn="p")
    assert stop == ("stop_sagemaker_pipeline", {"execution": "p"})

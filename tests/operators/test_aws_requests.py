"""Operators of AWS that ask for one thing: the actions and states that they come to, and the methods that ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import PollUntil, UseResource
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

AWS = "airflow.providers.amazon.aws."
RDS = AWS + "operators.rds."
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


def test_databases_and_clusters_of_them() -> None:
    method, stopped = asked(RDS + "RdsStopDbOperator", db_identifier="a", db_type="cluster")
    assert (method, stopped["action"], stopped["look"]) == ("run", "stop_db_cluster", "describe_db_clusters")
    assert stopped["parameters"] == {"DBClusterIdentifier": "a"} and stopped["done"] == ["stopped"]
    started = asked(RDS + "RdsStartDbOperator", db_identifier="a", wait_for_completion=False)[1]
    assert started == {"service": "rds", "action": "start_db_instance", "parameters": {"DBInstanceIdentifier": "a"}}
    given = {"db_type": "instance", "db_identifier": "a", "db_snapshot_identifier": "b"}
    kept = asked(RDS + "RdsCreateDbSnapshotOperator", **given)[1]
    assert kept["parameters"] == {"DBInstanceIdentifier": "a", "DBSnapshotIdentifier": "b"}
    assert kept["waiter"] == "db_snapshot_available"
    there = asked(AWS + "sensors.rds.RdsDbSensor", db_identifier="a", db_type="cluster")
    assert there[0] == "is_in" and there[1]["action"] == "describe_db_clusters" and there[1]["states"] == ["available"]
    snapshot = asked(AWS + "sensors.rds.RdsSnapshotExistenceSensor", db_type="instance", db_snapshot_identifier="b")[1]
    assert (snapshot["action"], snapshot["parameters"]) == ("describe_db_snapshots", {"DBSnapshotIdentifier": "b"})


def test_endpoints_and_machines() -> None:
    endpoint = {"EndpointName": "a", "EndpointConfigName": "b"}
    made = asked(SAGEMAKER + "SageMakerEndpointOperator", config={"Endpoint": endpoint}, operation="update")[1]
    assert (made["action"], made["parameters"], made["waited"]) == ("update_endpoint", endpoint, {"EndpointName": "a"})
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
    names = {"table_name": "t", "partition_key_name": "k", "partition_key_value": "v", "attribute_name": "a"}
    item = asked(
        AWS + "sensors.dynamodb.DynamoDBValueSensor",
        **names,
        attribute_value="b",
        sort_key_name="s",
        sort_key_value="w",
    )
    assert item[1]["parameters"] == {"TableName": "t", "Key": {"k": {"S": "v"}, "s": {"S": "w"}}}


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (SAGEMAKER + "SageMakerEndpointOperator", {"config": {"Model": {"a": 1}, "Endpoint": {}}}),
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
    states: list[Any] = ["starting", "available", "failed", "available", "starting", _ClientError("DBInstanceNotFound")]
    states += [_ClientError("AccessDenied")]

    class Client:
        exceptions = SimpleNamespace(ClientError=_ClientError)

        def create_cluster(self, **given: Any) -> Any:
            done.append(given)
            return {"Cluster": {"Id": "c-1"}}

        def describe(self, **given: Any) -> Any:
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
    assert aws.ask("ec2", "create_cluster", {}, "Cluster.Id", "running", waited_by_value="Ids") == "c-1"
    assert done == [{"A": 1}, ("w", {"B": 2}), {}, ("running", {"Ids": "c-1"})]
    look = {"look": "describe", "state": "State", "done": ["available"], "failed": ["failed"]}
    assert aws.run("rds", "create_cluster", {}, **look) == {"Cluster": {"Id": "c-1"}}
    with pytest.raises(dg.Failure, match="ended as failed"):
        aws.run("rds", "create_cluster", {}, **look)
    assert aws.is_in("rds", "describe", {}, "State", ["available"])
    assert not aws.is_in("rds", "describe", {}, "State", ["available"])
    assert not aws.is_in("rds", "describe", {}, "State", ["available"])
    with pytest.raises(_ClientError, match="AccessDenied"):
        aws.is_in("rds", "describe", {}, "State", ["available"])

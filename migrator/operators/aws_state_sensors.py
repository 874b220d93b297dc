"""Sensors of AWS that look at a state, as boto3 names the action that tells it: databases, jobs, endpoints, partitions, items."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.aws import AWS, HEAD, REGION, SENSORS
from migrator.operators.aws_requests import SNAPSHOT, kind_of_database
from migrator.operators.calls import Call, call_rule, options
from migrator.operators.common import argument, required
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

Parameters = dict[str, Expr]


def _state(
    service: str,
    action: str,
    names: Mapping[str, str],
    path: str,
    states: tuple[str, ...],
    failed: tuple[str, ...] = (),
) -> Callable[[Task, LoweringContext], Parameters]:
    def built(task: Task, context: LoweringContext) -> Parameters:
        found: Parameters = {
            "service": service,
            "action": action,
            "parameters": options(task, context, dict(names)),
            "path": path,
            "states": list(states),
        }
        return found | ({"failed": list(failed)} if failed else {})

    return built


def _database_state(action: str, paths: Mapping[str, str], name: str) -> Callable[[Task, LoweringContext], Parameters]:
    def built(task: Task, context: LoweringContext) -> Parameters:
        kind = kind_of_database(task)
        wanted = argument(task, "target_statuses") or ["available"]
        if kind not in paths:
            raise Untranslatable("MIG207", "what it waits for is not known", task.span)
        parameter = f"DB{kind.capitalize()}Identifier" if name == "db_identifier" else SNAPSHOT[kind][1]
        plural = action.format("_cluster" if kind == "cluster" else "_instance" if name == "db_identifier" else "")
        return {
            "service": "rds",
            "action": plural,
            "parameters": {parameter: context.template(required(task, name))},
            "path": paths[kind],
            "states": context.template(wanted),
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
    }


_JOB_FAILED = ("Failed", "Stopped")
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


def _sensor(
    rule: str,
    operator: str,
    built: Callable[[Task, LoweringContext], Parameters],
    reads: tuple[str, ...],
    examples: tuple[Example, ...] = (),
    ignored: Mapping[str, str] | None = None,
) -> Call:
    return Call(
        rule,
        (SENSORS + operator,),
        "is_in",
        dict(REGION),
        built=built,
        reads=reads,
        kind="aws",
        waits=True,
        ignored=ignored or {},
        examples=examples,
    )


_SENSORS = (
    _sensor(
        "rds-sensor",
        "rds.RdsDbSensor",
        _database_state(
            "describe_db{}s",
            {"instance": "DBInstances[0].DBInstanceStatus", "cluster": "DBClusters[0].Status"},
            "db_identifier",
        ),
        ("db_identifier", "db_type", "target_statuses"),
    ),
    _sensor(
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
        _sensor(
            f"sagemaker-{word}-sensor",
            f"sagemaker.SageMaker{word.capitalize()}Sensor",
            _state(
                "sagemaker",
                f"describe_{action}",
                {"job_name": f"{field}Name"},
                f"{field}Status",
                ("Completed",),
                _JOB_FAILED,
            ),
            ("job_name",),
        )
        for word, action, field in (
            ("training", "training_job", "TrainingJob"),
            ("transform", "transform_job", "TransformJob"),
            ("tuning", "hyper_parameter_tuning_job", "HyperParameterTuningJob"),
        )
    ),
    _sensor(
        "sagemaker-endpoint-sensor",
        "sagemaker.SageMakerEndpointSensor",
        _state(
            "sagemaker",
            "describe_endpoint",
            {"endpoint_name": "EndpointName"},
            "EndpointStatus",
            ("InService",),
            ("Failed",),
        ),
        ("endpoint_name",),
    ),
    _sensor(
        "glue-partition-sensor",
        "glue_catalog_partition.GlueCatalogPartitionSensor",
        _partitions,
        ("table_name", "database_name", "expression"),
        (_PARTITION_EXAMPLE,),
    ),
    _sensor(
        "dynamodb-sensor",
        "dynamodb.DynamoDBValueSensor",
        _item,
        (
            *("table_name", "partition_key_name", "partition_key_value", "attribute_name", "attribute_value"),
            *("sort_key_name", "sort_key_value"),
        ),
    ),
)

RULES: tuple[Rule, ...] = tuple(call_rule(AWS, call) for call in _SENSORS)

"""Services of AWS that are started, stopped, or waited for until they are in some state."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.aws import AWS, HEAD, OPERATORS, REGION, SENSORS
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import flag
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_EXAMPLE = Example(
    title="A machine that runs while it is needed",
    dag=f"""{HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.amazon.aws.operators.ec2 import EC2StartInstanceOperator, EC2StopInstanceOperator

with DAG("batch", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    start = EC2StartInstanceOperator(task_id="start", instance_id="i-0abc", region_name="eu-west-1")
    work = BashOperator(task_id="work", bash_command="ssh batch run {{{{ ds }}}}")
    start >> work >> EC2StopInstanceOperator(task_id="stop", instance_id="i-0abc", region_name="eu-west-1")
""",
    expected=(
        'aws_default.start_ec2_instance(instance="i-0abc", region="eu-west-1")',
        "aws_default.stop_ec2_instance(",
    ),
    disposition="step",
)
_INSTANCE = {"instance_id": "instance", **REGION}


def _deletes(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if not flag(task, "allow_delete", True):
        raise Untranslatable("MIG201", "it fails where an object is deleted while it waits", task.span)
    return {}


CALLS = (
    Call(
        "ec2-start",
        (OPERATORS + "ec2.EC2StartInstanceOperator",),
        "start_ec2_instance",
        _INSTANCE,
        summary="Starts the same machine, and waits until it runs.",
        kind="aws",
        examples=(_EXAMPLE,),
    ),
    Call(
        "ec2-stop",
        (OPERATORS + "ec2.EC2StopInstanceOperator",),
        "stop_ec2_instance",
        _INSTANCE,
        summary="Stops the same machine, and waits until it is stopped.",
        kind="aws",
    ),
    Call(
        "ec2-sensor",
        (SENSORS + "ec2.EC2InstanceStateSensor",),
        "ec2_instance_is",
        {"target_state": "state", **_INSTANCE},
        kind="aws",
        waits=True,
    ),
    Call(
        "athena-sensor",
        (SENSORS + "athena.AthenaSensor",),
        "athena_query_is_done",
        {"query_execution_id": "query", **REGION},
        ignored={"sleep_time": "the resource looks in intervals of its own"},
        kind="aws",
        waits=True,
    ),
    Call(
        "emr-serverless-sensor",
        (SENSORS + "emr.EmrServerlessJobSensor",),
        "emr_serverless_job_is_done",
        {"application_id": "application_id", "job_run_id": "job_id", **REGION},
        refused=("target_states",),
        kind="emr",
        waits=True,
    ),
    Call(
        "s3-keys-unchanged",
        (SENSORS + "s3.S3KeysUnchangedSensor",),
        "objects_rest",
        {
            "bucket_name": "bucket",
            "prefix": "prefix",
            "inactivity_period": "seconds",
            "min_objects": "least",
            **REGION,
        },
        summary="Waits until no object below the prefix was changed for that time, as S3 tells it.",
        built=_deletes,
        reads=("allow_delete",),
        refused=("previous_objects",),
        kind="s3",
        waits=True,
    ),
    Call(
        "glue-crawler-sensor",
        (SENSORS + "glue_crawler.GlueCrawlerSensor",),
        "glue_crawler_is_done",
        {"crawler_name": "name", **REGION},
        kind="glue",
        waits=True,
    ),
)
RULES = tuple(call_rule(AWS, call) for call in CALLS)

"""What all operators of AWS share."""

from __future__ import annotations

from collections.abc import Callable

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import RUN_LIMIT, Client, options
from migrator.operators.common import flag
from migrator.operators.rule import LoweringContext

PROVIDER = "airflow.providers.amazon.aws."
OPERATORS = PROVIDER + "operators."
SENSORS = PROVIDER + "sensors."
INTERVALS = dict.fromkeys(
    ("poll_interval", "waiter_delay", "job_poll_interval", "check_interval", "waiters"),
    "the resource looks in intervals of its own",
)
LIMITS = dict.fromkeys(
    (
        *("waiter_max_attempts", "max_attempts", "max_attempt", "max_ingestion_time", "max_retries", "status_retries"),
        "max_polling_attempts",
    ),
    RUN_LIMIT,
)
AWS = Client(
    "aws",
    ("aws_conn_id",),
    "aws_default",
    ignored={
        **INTERVALS,
        **LIMITS,
        "deferrable": "there is no triggerer",
        "verbose": "the log is at AWS",
        "print_log": "the log is at AWS",
        "durable": "Dagster's run tells the jobs apart",
        "openlineage_inject_parent_job_info": "Dagster knows the lineage of its assets",
        "openlineage_inject_transport_info": "Dagster knows the lineage of its assets",
        "cancel_on_kill": "a run that is ended cancels the job",
        "client_request_token": "each run asks anew",
    },
    beside={
        "verify": "boto3's own configuration counts",
        "botocore_config": "boto3's own configuration counts",
    },
)
REGION = {"region_name": "region"}


def waits(default: bool = True) -> Callable[[Task, LoweringContext], dict[str, Expr]]:
    """`wait`, where the operator says otherwise than the method does by itself. A deferred task always waits."""

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        wanted = flag(task, "wait_for_completion", default) or flag(task, "deferrable")
        return {} if wanted is default else {"wait": wanted}

    return built


WAIT = ("wait_for_completion", "deferrable")


def with_options(
    names: dict[str, str], wait: bool = False
) -> tuple[Callable[[Task, LoweringContext], dict[str, Expr]], tuple[str, ...]]:
    """What makes `options` of arguments that a service's API has names of its own for, and what it reads."""

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        found = waits()(task, context) if wait else {}
        given = options(task, context, names)
        return {**found, "options": given} if given else found

    return built, (*names, *(WAIT if wait else ()))


HEAD = """
from datetime import datetime

from airflow import DAG
"""

"""Databricks beside its jobs: single tasks, SQL warehouses, statements that run already, Git folders."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, call_rule, options
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable
from migrator.operators.saas import DATABRICKS

_OPERATORS = "airflow.providers.databricks.operators."
_LIMIT = "the run's own limit counts"


def _waits(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {} if flag(task, "wait_for_termination", True) else {"wait": False}


def _task(task: Task, context: LoweringContext) -> dict[str, Expr]:
    config = required(task, "task_config")
    if not isinstance(config, Mapping):
        raise Untranslatable("MIG207", "what its task is made of is only known at run time", task.span)
    if (not argument(task, "new_cluster")) == (not argument(task, "existing_cluster_id")):
        raise Untranslatable("MIG201", "its group runs as one workflow of Databricks", task.span)
    cluster = options(task, context, {"new_cluster": "new_cluster", "existing_cluster_id": "existing_cluster_id"})
    name = context.template(argument(task, "databricks_task_key") or task.task_id.rpartition(".")[2])
    return {"run": {"run_name": name, **context.template(config), **cluster}, **_waits(task, context)}


_EXAMPLE = Example(
    title="A task on a cluster that is there, with its SQL warehouse",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.databricks.operators.databricks import DatabricksTaskOperator
from airflow.providers.databricks.operators.warehouse import DatabricksStartWarehouseOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    start = DatabricksStartWarehouseOperator(task_id="start", warehouse_id="abc")
    load = DatabricksTaskOperator(
        task_id="load",
        existing_cluster_id="c-1",
        task_config={"python_wheel_task": {"package_name": "load", "parameters": ["{{ ds }}"]}},
    )
    start >> load
""",
    expected=(
        "databricks_default.submit_run(",
        '"python_wheel_task": {"package_name": "load", "parameters": [context.partition_key]}',
        '"existing_cluster_id": "c-1"',
        'databricks_default.change_warehouse(warehouse_id="abc", action="start")',
    ),
    disposition="step",
)
_CALLS = (
    Call(
        "databricks-task",
        (_OPERATORS + "databricks.DatabricksTaskOperator",),
        "submit_run",
        summary="Runs the same task as a run of its own. One of a workflow of Databricks stays in Airflow.",
        built=_task,
        keys={"databricks_run_id": "int"},
        reads=("task_config", "new_cluster", "existing_cluster_id", "wait_for_termination"),
        refused=(
            *("job_cluster_key", "workflow_run_metadata", "max_retries", "min_retry_interval_millis"),
            "retry_on_timeout",
        ),
        kind="databricks",
        examples=(_EXAMPLE,),
    ),
    *(
        Call(
            f"databricks-{action}-warehouse",
            (f"{_OPERATORS}warehouse.Databricks{action.title()}WarehouseOperator",),
            "change_warehouse",
            {"warehouse_id": "warehouse_id"},
            built=_waits,
            reads=("wait_for_termination",),
            fixed={"action": action},
            ignored={"timeout": _LIMIT},
            kind="databricks",
        )
        for action in ("start", "stop")
    ),
    Call(
        "databricks-statement-sensor",
        ("airflow.providers.databricks.sensors.databricks.DatabricksSQLStatementsSensor",),
        "statement_is_done",
        {"statement_id": "statement_id"},
        summary="Waits for the same statement, by its id. One that starts a statement of its own stays in Airflow.",
        refused=("statement", "parameters"),
        ignored={
            "warehouse_id": "the statement's id tells it",
            "catalog": "the statement's id tells it",
            "schema": "the statement's id tells it",
            "wait_for_termination": "a sensor waits",
            "query_tags": "tags have no effect on the data",
            "include_airflow_query_tags": "tags have no effect on the data",
        },
        kind="databricks",
        waits=True,
    ),
    Call(
        "databricks-delete-repo",
        (_OPERATORS + "databricks_repos.DatabricksReposDeleteOperator",),
        "delete_repo",
        {"repo_path": "path", "repo_id": "repo_id"},
        kind="databricks",
    ),
)
RULES = tuple(call_rule(DATABRICKS, call) for call in _CALLS)

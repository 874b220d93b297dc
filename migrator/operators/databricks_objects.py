"""Databricks beside its jobs: SQL warehouses, statements that run already, Git folders."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable
from migrator.operators.saas import DATABRICKS

_OPERATORS = "airflow.providers.databricks.operators."
_LIMIT = "the run's own limit counts"


def _waits(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {} if flag(task, "wait_for_termination", True) else {"wait": False}


_PROVIDERS = {
    "github.com": "gitHub",
    "dev.azure.com": "azureDevOpsServices",
    "gitlab.com": "gitLab",
    "bitbucket.org": "bitbucketCloud",
}
_CODE_COMMIT = re.compile(r"git-codecommit\.[^.]+\.amazonaws\.com")


def _repo(task: Task, context: LoweringContext) -> dict[str, Expr]:
    url = required(task, "git_url")
    provider = argument(task, "git_provider")
    if provider is None:
        if not isinstance(url, str):
            raise Untranslatable("MIG207", "whose Git repository it is is only known at run time", task.span)
        host = urlsplit(url).netloc.lower().rpartition("@")[2]
        provider = "awsCodeCommit" if _CODE_COMMIT.fullmatch(host) else _PROVIDERS.get(host)
        if provider is None:
            raise Untranslatable(
                "MIG201", "whose Git repository it is is not told, which fails in Airflow too", task.span
            )
    found: dict[str, Expr] = {"provider": context.template(provider)}
    return found | ({"exist_ok": True} if flag(task, "ignore_existing_repo") else {})


_REPO_EXAMPLE = Example(
    title="A Git folder that may be there",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.databricks.operators.databricks_repos import DatabricksReposCreateOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DatabricksReposCreateOperator(
        task_id="code",
        git_url="https://github.com/acme/jobs",
        repo_path="/Repos/etl/jobs",
        branch="main",
        ignore_existing_repo=True,
    )
""",
    expected=("databricks_default.create_repo(", 'provider="gitHub"', "exist_ok=True"),
    disposition="step",
)
_CALLS = (
    Call(
        "databricks-create-repo",
        (_OPERATORS + "databricks_repos.DatabricksReposCreateOperator",),
        "create_repo",
        {"git_url": "git_url", "repo_path": "path", "branch": "branch", "tag": "tag"},
        summary="Makes the same Git folder, and checks out the same branch or tag.",
        built=_repo,
        reads=("git_provider", "ignore_existing_repo"),
        gives="int",
        kind="databricks",
        examples=(_REPO_EXAMPLE,),
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

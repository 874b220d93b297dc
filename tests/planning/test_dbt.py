"""One command that makes many models of dbt: each depends on what its own SQL reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.plan import CreateAsset, CreateOp
from migrator.pipeline import analyze

DAG = """
from datetime import datetime
from airflow.operators.bash import BashOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow import DAG

with DAG("shop", start_date=datetime(2024, 1, 1), schedule="@daily"):
    first = SQLExecuteQueryOperator(task_id="first", conn_id="dwh", sql="INSERT INTO log.runs SELECT * FROM log.all_runs")
    load = SQLExecuteQueryOperator(task_id="load", conn_id="dwh", sql="INSERT INTO raw.orders SELECT * FROM landing.orders")
    dbt = BashOperator(task_id="dbt", bash_command="dbt run --project-dir dbt"{options})
    {order}
"""
MODELS = {
    "a_report": "SELECT * FROM {{ ref('sales') }} JOIN {{ ref('between') }} USING (id)",
    "between": "{{ config(materialized='ephemeral') }} SELECT * FROM {{ source('raw', 'costs') }}",
    "sales": "SELECT * FROM {{ source('raw', 'orders') }}",
}


def planned(folder: Path, models: dict[str, str], order: str, options: str = "") -> CreateAsset | CreateOp:
    (folder / "dag.py").write_text(DAG.replace("{options}", options).replace("{order}", order))
    (folder / "dbt" / "models").mkdir(parents=True)
    (folder / "dbt" / "dbt_project.yml").write_text("name: shop\nversion: '1'\nprofile: shop\n")
    (folder / "dbt" / "models" / "sources.yml").write_text(
        "version: 2\nsources: [{name: raw, tables: [{name: orders}, {name: costs}]}]\n"
    )
    for name, sql in models.items():
        (folder / "dbt" / "models" / f"{name}.sql").write_text(sql)
    (dag,) = analyze(folder, Config()).plan.dags
    return next(
        found for found in dag.operations if isinstance(found, (CreateAsset, CreateOp)) and found.task_id == "dbt"
    )


def deps(operation: CreateAsset | CreateOp) -> dict[str, list[str]]:
    outputs = operation.outputs if isinstance(operation, CreateAsset) else operation.materializes
    return {"/".join(one.key): ["/".join(key) for key in one.deps or ()] for one in outputs}


@pytest.mark.parametrize(("order", "kept"), [("first >> dbt", ["dwh/log/runs"]), ("", [])])
def test_models_of_one_command_depend_on_each_other(tmp_path: Path, order: str, kept: list[str]) -> None:
    # What a model is made of stands before it, as Dagster wants it; the order of tasks holds for all of them.
    assert list(deps(planned(tmp_path, MODELS, order)).items()) == [
        ("dwh/sales", [*kept, "dwh/raw/orders"]),
        ("dwh/a_report", [*kept, "dwh/raw/costs", "dwh/sales"]),
    ]


def test_models_that_a_jobs_op_makes(tmp_path: Path) -> None:
    found = planned(tmp_path, MODELS, "load >> dbt", ', trigger_rule="all_done"')
    assert isinstance(found, CreateOp)
    assert deps(found) == {"dwh/sales": ["dwh/raw/orders"], "dwh/a_report": ["dwh/raw/costs", "dwh/sales"]}


def test_models_in_a_circle_depend_on_what_the_task_reads(tmp_path: Path) -> None:
    models = {**MODELS, "sales": "SELECT * FROM {{ ref('a_report') }} JOIN {{ source('raw', 'orders') }} USING (id)"}
    operation = planned(tmp_path, models, "")
    assert isinstance(operation, CreateAsset)
    assert [one.deps for one in operation.outputs] == [None, None]
    assert sorted(operation.deps) == [("dwh", "raw", "costs"), ("dwh", "raw", "orders")]

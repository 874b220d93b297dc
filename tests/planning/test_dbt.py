"""One command that makes many models of dbt: each depends on what its own SQL reads."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from migrator.config import Config
from migrator.model.bodies import RunDbt, RunShell
from migrator.model.expressions import EnvValue, RunDate
from migrator.model.plan import CreateAsset, CreateDbtProject, CreateOp
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


FIXTURE = Path(__file__).parent.parent / "fixtures" / "dbt_shop"


def test_a_project_with_its_profile_is_run_by_dagster_dbt() -> None:
    plan = analyze(FIXTURE, Config()).plan
    (dag,) = plan.dags
    bodies = {found.task_id: found.body for found in dag.operations if isinstance(found, CreateAsset)}
    target = EnvValue("DBT_TARGET", "dev", has_default=True, origin="Variable dbt_target")
    assert plan.dbt_projects == (
        CreateDbtProject(
            "shop",
            "dbt/shop",
            "duckdb",
            target=target,
            keys={name: ("duckdb", name) for name in ("raw_orders", "stg_orders", "daily_sales")},
        ),
    )
    assert {task_id: body for task_id, body in bodies.items() if isinstance(body, RunDbt)} == {
        "dbt_seed": RunDbt(
            "shop", "dbt", (("deps",), ("seed",)), "resource_type:seed", after=(("shop_daily", "tell"),)
        ),
        "run_staging": RunDbt(
            "shop", "dbt", (("run", "--vars", {"run_date": RunDate("ds"), "full": False}),), "staging"
        ),
        "build_marts": RunDbt("shop", "dbt", (("build", "--vars", {"run_date": RunDate("ds")}),), "marts"),
    }
    assert [(one.name, one.kind) for one in plan.resources] == [("dbt", "dbt")]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("dbt/shop/profiles.yml", "shop:", "other:"),  # no such profile here
        ("daily.py", "--select staging --project-dir", "--select staging --store-failures-as table --project-dir"),
        ("daily.py", "--profiles-dir {DBT} --target {TARGET}", "--profiles-dir {DBT} --target d{{{{ ds_nodash }}}}"),
        ("daily.py", "dbt run --select staging", "dbt run --select staging marts"),  # marts are made again below
    ],
)
def test_what_dagster_dbt_is_not_sure_to_do_is_left_to_the_shell(tmp_path: Path, file: str, old: str, new: str) -> None:
    copytree(FIXTURE, tmp_path / "dags")
    text = (tmp_path / "dags" / file).read_text()
    assert old in text
    (tmp_path / "dags" / file).write_text(text.replace(old, new))
    (dag,) = analyze(tmp_path / "dags", Config()).plan.dags
    staging = next(one for one in dag.operations if isinstance(one, CreateAsset) and one.task_id == "run_staging")
    assert isinstance(staging.body, RunShell)

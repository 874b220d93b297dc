"""Loads the curated files of a day into the raw layer of the warehouse.

The load works in a scratch folder that is created before and removed after the load, whatever happens in between.
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta

import pandas as pd
import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, TaskGroup, chain, setup, task, teardown

from fernwood.operators import LoadFileToTableOperator
from fernwood_common import paths
from fernwood_common.alerts import dag_failed
from fernwood_common.cleaning import normalise_customers

SCRATCH = str(paths.DATA_ROOT / "tmp" / "warehouse_load_{{ ds_nodash }}")


@setup
def make_scratch_folder(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)


@task
def flatten_customers(folder: str) -> str:
    """The customer export is nested JSON; the warehouse wants flat rows."""
    records = json.loads(paths.CUSTOMERS_JSON.read_text(encoding="utf-8"))
    target = os.path.join(folder, "customers.csv")
    normalise_customers(records).to_csv(target, index=False)
    return target


@task
def trim_products(folder: str) -> str:
    columns = ["sku", "name", "category", "price_eur", "cost_eur"]
    target = os.path.join(folder, "products.csv")
    pd.read_csv(paths.PRODUCTS_CSV, usecols=columns)[columns].to_csv(target, index=False)
    return target


@teardown
def remove_scratch_folder(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)


with DAG(
    dag_id="warehouse_load",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    max_active_runs=1,
    template_searchpath=[os.path.join(os.path.dirname(__file__), "sql")],
    on_failure_callback=dag_failed,
    default_args={"owner": "data-platform", "retries": 1, "retry_delay": timedelta(minutes=3), "pool": "warehouse"},
    tags=["warehouse", "core"],
) as dag:
    create_tables = SQLExecuteQueryOperator(
        task_id="create_raw_tables",
        conn_id="warehouse",
        sql="ddl/raw_tables.sql",
        split_statements=True,
        autocommit=True,
    )

    scratch = make_scratch_folder(SCRATCH)

    with TaskGroup("load", tooltip="one task per raw table") as load:
        LoadFileToTableOperator(
            task_id="raw_orders",
            file_path=str(paths.STAGED / "orders" / "{{ ds }}.parquet"),
            table="raw_orders",
            day="{{ ds }}",
            outlets=[Asset("fernwood://warehouse/raw_orders")],
        )
        LoadFileToTableOperator(
            task_id="raw_stock",
            file_path=f"{paths.RAW}/stock/stock_{{{{ ds }}}}.csv",
            table="raw_stock",
            columns=["sku", "warehouse", "on_hand"],
        )
        LoadFileToTableOperator(
            task_id="raw_customers",
            file_path=flatten_customers(SCRATCH),
            table="raw_customers",
            outlets=[Asset("fernwood://warehouse/raw_customers")],
        )
        LoadFileToTableOperator(
            task_id="raw_products",
            file_path=trim_products(SCRATCH),
            table="raw_products",
        )

    cleanup = remove_scratch_folder(SCRATCH)
    loaded = EmptyOperator(task_id="loaded")

    chain(create_tables, scratch, load, cleanup)
    scratch >> cleanup
    load >> loaded

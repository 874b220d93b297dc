"""Columns of tables in generated code."""

from __future__ import annotations

import dagster as dg
import pytest

from migrator.model.bodies import RunShell, RunSql
from migrator.model.plan import AssetOut, CreateAsset, CreateResource
from tests.codegen.plans import asset, dag, module, plan

DATABASE = CreateResource("warehouse", "database", "warehouse", "WAREHOUSE_URL", "postgres")
RAW, ORDERS = ("warehouse", "raw_orders"), ("warehouse", "orders")
OUT = AssetOut(
    ORDERS,
    columns=("day", "total"),
    column_lineage=(("day", ((RAW, "created_at"),)), ("total", ((RAW, "amount"), (RAW, "tax")))),
)


def constants(*operations: CreateAsset) -> dict[str, object]:
    """What the module `columns` defines."""
    names: dict[str, object] = {}
    exec(module(plan(dag(*operations), resources=(DATABASE,)), name="columns"), names)
    return names


@pytest.fixture
def with_sql() -> CreateAsset:
    return asset("orders", RunSql("warehouse", ("select 1",), returns=False), outputs=(OUT,))


def test_constants_are_what_dagster_shows(with_sql: CreateAsset) -> None:
    found = constants(with_sql)
    raw = dg.AssetKey(list(RAW))
    assert found["ORDERS_SCHEMA"] == dg.TableSchema(
        [dg.TableColumn("day", type="?"), dg.TableColumn("total", type="?")]
    )
    assert found["ORDERS_LINEAGE"] == dg.TableColumnLineage(
        {
            "day": [dg.TableColumnDep(raw, "created_at")],
            "total": [dg.TableColumnDep(raw, "amount"), dg.TableColumnDep(raw, "tax")],
        }
    )


def test_a_run_reports_the_lineage_where_the_code_is_ours(with_sql: CreateAsset) -> None:
    text = module(plan(dag(with_sql), resources=(DATABASE,)))
    assert '"dagster/column_schema": ORDERS_SCHEMA}' in text
    assert '    context.add_output_metadata({"dagster/column_lineage": ORDERS_LINEAGE})' in text


def test_the_lineage_is_metadata_of_the_asset_elsewhere() -> None:
    text = module(plan(dag(asset("orders", RunShell("true"), outputs=(OUT,)))))
    assert '"dagster/column_lineage": ORDERS_LINEAGE' in text
    assert "add_output_metadata" not in text


def test_two_tables_of_one_name_have_their_own_constants() -> None:
    other = AssetOut(("archive", "orders"), columns=("day",))
    found = constants(
        asset("orders", RunShell("true"), outputs=(OUT,)), asset("old_orders", RunShell("true"), outputs=(other,))
    )
    schemas = [value for value in found.values() if isinstance(value, dg.TableSchema)]
    assert sorted(len(schema.columns) for schema in schemas) == [1, 2]

import dagster as dg

TAGS = {"airflow/dag_id": "etl"}
DAILY = dg.DailyPartitionsDefinition("2026-01-01")


@dg.asset(tags=TAGS, metadata={"airflow/task_id": "extract"}, partitions_def=DAILY)
def raw_orders() -> None: ...


@dg.multi_asset(
    name="split",
    specs=[
        dg.AssetSpec("domestic", deps=["raw_orders"], tags=TAGS, metadata={"airflow/task_id": "split"}),
        dg.AssetSpec("abroad", deps=["raw_orders"], tags=TAGS, metadata={"airflow/task_id": "split"}),
    ],
    partitions_def=DAILY,
)
def split(): ...


@dg.asset_check(
    asset=raw_orders,
    blocking=True,
    metadata={"airflow/dag_id": "etl", "airflow/task_id": "validate"},
    partitions_def=DAILY,
)
def orders_are_valid() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


invoices = dg.AssetSpec("invoices", deps=["domestic"], tags=TAGS, metadata={"airflow/task_id": "bill"})

"""Weekly housekeeping: old rows out of the warehouse, old files off the data volume."""

from __future__ import annotations

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
from airflow.sdk import cross_downstream, dag, task

from fernwood_common import paths

# table -> (date column, days to keep)
RETENTION = {
    "raw_orders": ("order_date", 400),
    "stg_orders": ("order_date", 400),
    "mart_daily_revenue": ("order_date", 1100),
}


@dag(
    dag_id="warehouse_maintenance",
    schedule="0 1 * * 0",
    start_date=pendulum.datetime(2026, 1, 4, tz="UTC"),
    default_args={"owner": "data-platform", "retries": 0, "pool": "warehouse", "priority_weight": 1},
    tags=["maintenance"],
)
def warehouse_maintenance():
    latest = LatestOnlyOperator(task_id="latest_only", pool="default_pool")

    deletions = [
        SQLExecuteQueryOperator(
            task_id=f"delete_old_{table}",
            conn_id="warehouse",
            sql=f"DELETE FROM {table} WHERE {column} < " + "'{{ macros.ds_add(ds, -params.keep_days) }}'",
            params={"keep_days": keep_days},
        )
        for table, (column, keep_days) in RETENTION.items()
    ]

    @task.bash(env={"ROOT": str(paths.DATA_ROOT)}, append_env=True)
    def remove_scratch(days: int) -> str:
        return f'mkdir -p "$ROOT/tmp" && find "$ROOT/tmp" -mindepth 1 -mtime +{days} -delete'

    @task.bash
    def disk_usage() -> str:
        return f"du -sk {paths.DATA_ROOT} | cut -f1"

    @task(trigger_rule="all_done")
    def report(used_kb: str, ds: str) -> None:
        target = paths.ensure_parent(paths.REPORTS / "disk_usage.csv")
        with target.open("a") as lines:
            lines.write(f"{ds},{int(used_kb)}\n")

    used = disk_usage()
    scratch = remove_scratch(days=14)
    latest >> deletions
    latest >> scratch
    cross_downstream([*deletions, scratch], [used])
    report(used)


warehouse_maintenance()

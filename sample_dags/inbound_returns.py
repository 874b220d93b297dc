"""Waits for the file of the returns desk, books it and starts the warehouse load again."""

import json
from datetime import timedelta

import pandas as pd
import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG

from fernwood.sensors import FileSettledSensor
from fernwood_common import paths

COLUMNS = ["return_id", "order_id", "sku", "reason", "received_at"]


def header_is_valid(day):
    """The desk sometimes uploads an empty workbook first and the real file a minute later."""
    with paths.raw_returns(day).open() as lines:
        return lines.readline().strip().split(",") == COLUMNS


def book_returns(day, out_dir):
    """Match returns with their orders and write the refunds to be paid."""
    returns = pd.read_csv(paths.raw_returns(day))
    orders = pd.read_parquet(paths.staged_orders(day))[["order_id", "customer_id", "amount_eur"]]
    refunds = returns.merge(orders, on="order_id", how="left", validate="one_to_one")
    missing = int(refunds["amount_eur"].isna().sum())
    if missing:
        raise ValueError(f"{missing} returns without an order on {day}")
    target = paths.ensure_parent(paths.DATA_ROOT / out_dir / f"refunds_{day}.csv")
    refunds.sort_values("return_id").to_csv(target, index=False)
    return {"refunds": len(refunds), "amount_eur": round(float(refunds["amount_eur"].sum()), 2)}


def summarise(**context):
    booked = context["ti"].xcom_pull(task_ids="book_returns")
    target = paths.ensure_parent(paths.REPORTS / "refunds" / f"{context['ds']}.json")
    target.write_text(json.dumps({"day": context["ds"], **booked}))


with DAG(
    dag_id="inbound_returns",
    schedule="0 18 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    default_args={
        "owner": "orders-team",
        "email": ["orders@fernwood.example"],
        "retries": 1,
        "retry_delay": timedelta(minutes=1),
    },
    tags=["returns", "sensors"],
) as dag:
    wait_for_file = FileSensor(
        task_id="wait_for_file",
        fs_conn_id="fs_fernwood",
        filepath="raw/returns/returns_{{ ds }}.csv",
        poke_interval=60,
        timeout=6 * 3600,
        mode="reschedule",
    )
    wait_until_settled = FileSettledSensor(
        task_id="wait_until_settled",
        file_path=f"{paths.RAW}/returns/returns_" + "{{ ds }}.csv",
        quiet_seconds=0,
        poke_interval=10,
    )
    check_header = PythonSensor(
        task_id="check_header",
        python_callable=header_is_valid,
        op_kwargs={"day": "{{ ds }}"},
        poke_interval=30,
        timeout=1800,
        soft_fail=True,
    )
    book = PythonOperator(
        task_id="book_returns",
        python_callable=book_returns,
        op_kwargs={"day": "{{ ds }}", "out_dir": "exports/refunds"},
    )
    summary = PythonOperator(task_id="summarise", python_callable=summarise)
    archive = BashOperator(
        task_id="archive",
        bash_command=(
            "mkdir -p {{ params.archive }}/{{ macros.ds_format(ds, '%Y-%m-%d', '%Y/%m') }} && "
            "cp $RAW/returns/returns_{{ ds }}.csv {{ params.archive }}/{{ macros.ds_format(ds, '%Y-%m-%d', '%Y/%m') }}/"
        ),
        params={"archive": str(paths.DATA_ROOT / "archive" / "returns")},
        env={"RAW": str(paths.RAW)},
        append_env=True,
    )
    latest_only = LatestOnlyOperator(task_id="latest_only")
    reload_warehouse = TriggerDagRunOperator(
        task_id="reload_warehouse",
        trigger_dag_id="warehouse_load",
        conf={"reason": "returns booked", "day": "{{ ds }}"},
        logical_date="{{ logical_date }}",
        reset_dag_run=True,
        wait_for_completion=False,
    )

    wait_for_file >> wait_until_settled >> check_header >> book >> [summary, archive]
    book >> latest_only >> reload_warehouse

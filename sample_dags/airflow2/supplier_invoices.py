"""Books the suppliers' invoices of the day and tells other DAGs through a dataset."""

import json
import logging
from datetime import timedelta

import pendulum
from airflow import DAG
from airflow.datasets import Dataset
from airflow.exceptions import AirflowSkipException
from airflow.models import Variable
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator
from airflow.sensors.filesystem import FileSensor
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule

from fernwood_common import paths

logger = logging.getLogger(__name__)

OPEN_INVOICES = Dataset("file://fernwood/curated/open_invoices.json")

SUPPLIERS = ["greenhouse_nord", "cactushof", "polder_plants", "tuin_co_uk"]


def load_invoices(day):
    return json.loads((paths.RAW / "invoices" / f"invoices_{day}.json").read_text())


def choose_path(ds, **_):
    """Large sums go through a second pair of eyes."""
    limit = float(Variable.get("invoice_review_limit", default_var=5000))
    total = sum(invoice["net"] for invoice in load_invoices(ds))
    return "review.request_review" if total > limit else "book_directly"


def request_review(ds):
    target = paths.ensure_parent(paths.EXPORTS / "invoices" / f"review_{ds}.json")
    target.write_text(json.dumps([i["invoice_no"] for i in load_invoices(ds)]))


def book_supplier(supplier, day):
    invoices = [invoice for invoice in load_invoices(day) if invoice["supplier"] == supplier]
    if not invoices:
        raise AirflowSkipException(f"no invoices of {supplier} on {day}")
    gross = sum(invoice["net"] * (1 + invoice["vat_rate"]) for invoice in invoices)
    logger.info("%s: %d invoices, %.2f EUR", supplier, len(invoices), gross)
    return round(gross, 2)


def write_open_invoices(ds, ti):
    booked = ti.xcom_pull(task_ids=[f"book.{supplier}" for supplier in SUPPLIERS])
    still_open = [invoice for invoice in load_invoices(ds) if not invoice["paid"]]
    target = paths.ensure_parent(paths.CURATED / "open_invoices.json")
    target.write_text(json.dumps({"day": ds, "booked": [b for b in booked if b], "open": still_open}, indent=1))


with DAG(
    dag_id="supplier_invoices",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    schedule_interval="0 20 * * 1-5",
    catchup=False,
    default_args={"owner": "finance", "retries": 2, "retry_delay": timedelta(minutes=10), "sla": timedelta(hours=2)},
    tags=["finance"],
) as dag:
    wait_for_invoices = FileSensor(
        task_id="wait_for_invoices",
        fs_conn_id="fs_fernwood",
        filepath="raw/invoices/invoices_{{ ds }}.json",
        poke_interval=120,
        timeout=60 * 60 * 3,
        mode="reschedule",
    )

    branch = BranchPythonOperator(task_id="choose_path", python_callable=choose_path)

    book_directly = EmptyOperator(task_id="book_directly")

    with TaskGroup("review") as review:
        request = PythonOperator(task_id="request_review", python_callable=request_review, op_kwargs={"ds": "{{ ds }}"})

    with TaskGroup("book") as book:
        for supplier in SUPPLIERS:
            PythonOperator(task_id=supplier, python_callable=book_supplier, op_args=[supplier, "{{ ds }}"])

    join = EmptyOperator(task_id="join", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)

    write_open = PythonOperator(
        task_id="write_open_invoices",
        python_callable=write_open_invoices,
        trigger_rule=TriggerRule.NONE_FAILED,
        outlets=[OPEN_INVOICES],
    )

    wait_for_invoices >> branch >> [book_directly, review] >> join >> book >> write_open

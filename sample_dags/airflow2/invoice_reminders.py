"""Payment reminders, whenever the list of open invoices was written (TaskFlow, Airflow 2 imports)."""

from __future__ import annotations

import csv
import json

import pendulum
from airflow.datasets import Dataset
from airflow.decorators import dag, task
from airflow.operators.email import EmailOperator
from airflow.operators.python import get_current_context
from airflow.utils.edgemodifier import Label

from fernwood_common import paths


@dag(
    schedule=[Dataset("file://fernwood/curated/open_invoices.json")],
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    default_args={"owner": "finance"},
    params={"warn_days": 7},
    tags=["finance"],
)
def invoice_reminders():
    @task
    def due_soon() -> list[dict]:
        warn_days = get_current_context()["params"]["warn_days"]
        content = json.loads((paths.CURATED / "open_invoices.json").read_text())
        today = pendulum.parse(content["day"])
        return [i for i in content["open"] if (pendulum.parse(i["due_on"]) - today).in_days() <= warn_days]

    @task(multiple_outputs=True)
    def totals(invoices: list[dict]) -> dict:
        return {"count": len(invoices), "net": round(sum(i["net"] for i in invoices), 2)}

    @task
    def write_list(invoices: list[dict], count: int) -> str:
        target = paths.ensure_parent(paths.REPORTS / "invoices_due.csv")
        with target.open("w", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(["invoice_no", "supplier", "net", "due_on"])
            writer.writerows([i["invoice_no"], i["supplier"], i["net"], i["due_on"]] for i in invoices)
        print(f"{count} invoices are due")
        return str(target)

    @task.branch
    def anything_due(count: int):
        return "mail_finance" if count else None

    invoices = due_soon()
    numbers = totals(invoices)
    written = write_list(invoices, numbers["count"])
    mail = EmailOperator(
        task_id="mail_finance",
        to="finance@fernwood.example",
        subject="{{ ti.xcom_pull(task_ids='totals', key='count') }} invoices are due",
        html_content="Net {{ ti.xcom_pull(task_ids='totals')['net'] }} EUR, see {{ var.value.get('finance_share', 'share') }}",
    )
    anything_due(numbers["count"]) >> Label("yes") >> mail
    written >> mail


reminders = invoice_reminders()

# Splits the newsletter's readers into segments. Only ever started by shop_kpis or by hand.
import json
import os

from airflow import models
from airflow.operators.python import PythonOperator, ShortCircuitOperator
from airflow.utils.dates import days_ago

from fernwood_common import paths

SEGMENTS = {
    "berlin": lambda c: c["city"] == "Berlin",
    "abroad": lambda c: c["country"].upper() != "DE",
    "everyone": lambda c: True,
}


def readers():
    with open(paths.CUSTOMERS_JSON, encoding="utf-8") as f:
        return [c for c in json.load(f) if c["newsletter"]]


def has_readers():
    return len(readers()) > 0


def write_segment(segment, **context):
    # day comes from whoever triggered us
    day = (context["dag_run"].conf or {}).get("day", context["ds"])
    emails = sorted(c["email"] for c in readers() if SEGMENTS[segment](c))
    out = paths.ensure_parent(paths.EXPORTS / "newsletter" / day / f"{segment}.txt")
    out.write_text("\n".join(emails) + "\n")
    return len(emails)


def compare(**context):
    counts = {s: context["ti"].xcom_pull(task_ids="segment_%s" % s) for s in SEGMENTS}
    assert counts["everyone"] >= max(counts.values()), counts
    print(counts)


with models.DAG(
    "newsletter_segments",
    schedule_interval=None,
    start_date=days_ago(2),
    default_args={"owner": os.environ.get("FERNWOOD_CRM_OWNER", "crm")},
    is_paused_upon_creation=False,
) as dag:
    check = ShortCircuitOperator(task_id="has_readers", python_callable=has_readers)
    compare_segments = PythonOperator(task_id="compare", python_callable=compare)
    for name in SEGMENTS:
        task = PythonOperator(task_id="segment_%s" % name, python_callable=write_segment, op_kwargs={"segment": name})
        check >> task
        task >> compare_segments

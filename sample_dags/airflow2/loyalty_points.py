# -*- coding: utf-8 -*-
"""
Loyalty points of the plant club.

2019 (mk): first version
2021 (sv): ported to Airflow 2, imports only
"""

import csv
import json
import os
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.python_operator import PythonOperator

from fernwood_common import paths

default_args = {
    "owner": "mk",
    "depends_on_past": False,
    "start_date": datetime(2026, 1, 1),
    "email": ["crm@fernwood.example"],
    "email_on_failure": True,
    "email_on_retry": False,
    "retries": 1,
    "retry_delay": timedelta(minutes=5),
}

dag = DAG(
    "loyalty_points",
    default_args=default_args,
    description="points per customer and day",
    schedule_interval="0 4 * * *",
    catchup=False,
    max_active_runs=1,
)

POINTS_PER_EURO = 2


def collect_points(**kwargs):
    ds = kwargs["ds"]
    points = {}
    seen = set()
    with open(paths.raw_orders(ds)) as f:
        for row in csv.DictReader(f):
            if row["status"] != "paid" or not row["customer_id"] or row["order_id"] in seen:
                continue
            seen.add(row["order_id"])
            euros = float(row["unit_price_eur"]) * int(row["quantity"])
            points[row["customer_id"]] = points.get(row["customer_id"], 0) + int(euros) * POINTS_PER_EURO
    kwargs["ti"].xcom_push(key="points", value=points)
    return len(points)


def apply_bonus(bonus_day, factor, **context):
    """Double points on bonus days."""
    points = context["ti"].xcom_pull(task_ids="collect_points", key="points")
    if context["execution_date"].strftime("%A") == bonus_day:
        points = {customer: p * factor for customer, p in points.items()}
    return points


def write_points(**context):
    points = context["ti"].xcom_pull(task_ids="apply_bonus")
    out_dir = os.path.join(str(paths.EXPORTS), "loyalty")
    if not os.path.exists(out_dir):
        os.makedirs(out_dir)
    with open(os.path.join(out_dir, "points_%s.json" % context["ds"]), "w") as f:
        json.dump(points, f, sort_keys=True)


start = DummyOperator(task_id="start", dag=dag)

t1 = PythonOperator(
    task_id="collect_points",
    python_callable=collect_points,
    provide_context=True,
    dag=dag,
)

t2 = PythonOperator(
    task_id="apply_bonus",
    python_callable=apply_bonus,
    op_kwargs={"bonus_day": "Friday", "factor": 2},
    provide_context=True,
    dag=dag,
)

t3 = PythonOperator(task_id="write_points", python_callable=write_points, provide_context=True, dag=dag)

t4 = BashOperator(
    task_id="count_customers",
    bash_command="echo {{ ds }} {{ ti.xcom_pull(task_ids='collect_points') }} >> {{ params.log }}",
    params={"log": os.path.join(str(paths.EXPORTS), "loyalty", "log.txt")},
    dag=dag,
)

end = DummyOperator(task_id="end", trigger_rule="all_done", dag=dag)

start >> t1
t1.set_downstream(t2)
t3.set_upstream(t2)
t4.set_upstream(t3)
end.set_upstream([t3, t4])

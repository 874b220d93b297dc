"""XComs whose keys are made in loops, at run time, or pushed in some runs only."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")
TABLES = ["a", "b"]


def scan(limit, ti, ds):
    for name in TABLES:
        ti.xcom_push(key=f"{name}_rows", value=len(name) * limit)
    if ds > "2024-01-05":
        ti.xcom_push(key="late", value=True)
    prefix = OUT.rpartition("/")[2][:1]
    ti.xcom_push(key="x_" + prefix, value=[1])
    return "done"


def show(ti, ds, **kw):
    rows = [ti.xcom_pull(task_ids="scan", key=f"{t}_rows") for t in TABLES]
    late = ti.xcom_pull(task_ids="scan", key="late")
    x = ti.xcom_pull("scan", key="x_d")
    Path(f"{OUT}/show_{ds}").write_text(f"{rows} {late} {x} {ti.xcom_pull(task_ids='scan')}")


def sizes(ti, ds):
    ti.xcom_push("count", len(ds))
    return {"day": ds, "n": 2}


def sizes_of(day, n, ti):
    return f"{day} {n} {ti.xcom_pull('sizes', key='count')} {ti.xcom_pull('sizes', key='no')} {ti.xcom_pull('sizes')}"


with DAG("pushes_by_keys", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    s = PythonOperator(task_id="scan", python_callable=scan, op_kwargs={"limit": 3})
    s >> PythonOperator(task_id="show", python_callable=show)
    s >> BashOperator(
        task_id="b", bash_command=f'echo \'{{{{ ti.xcom_pull(task_ids="scan", key="late") }}}}\' > {OUT}/b_{{{{ ds }}}}'
    )
    sized = PythonOperator(task_id="sizes", python_callable=sizes, multiple_outputs=True)
    PythonOperator(task_id="sizes_of", python_callable=sizes_of, op_args=[sized.output["day"], sized.output["n"]])

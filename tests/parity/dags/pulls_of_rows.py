"""XComs of tasks whose ids and keys stand in a row that the function is given, some by a member that a row may lack; one of them hands over nothing."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
ROWS = [
    {"name": "count", "size": 3},
    {"name": "price", "size": 5, "mark": "cents"},
    {"name": "sold", "after": ["count", "price"]},
    {"name": "one", "after": "price"},
    {"name": "late", "after": ["begin", "sold"]},
    {"name": "cents", "of": {"task": "price", "key": "cents"}},
    {"name": "units", "of": {"task": "price"}},
]


def work(row, ti, ds):
    before = ti.xcom_pull(task_ids=row.get("after", []))
    if "mark" in row:
        ti.xcom_push(key="cents", value=100 * row["size"])
    Path(DATA_DIR, f"{row['name']}_{ds}.json").write_text(json.dumps(before))
    return row.get("size", before)


def pick(row, ti, ds):
    found = ti.xcom_pull(task_ids=row["of"]["task"], key=row["of"].get("key", "return_value"))
    beside = ti.xcom_pull(task_ids=f"{row['name']}_before")
    Path(DATA_DIR, f"{row['name']}_{ds}.json").write_text(json.dumps([found, beside]))


def before(row, ds):
    return f"{row['name']} {ds}"


with DAG("pulls_of_rows", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    made = {"begin": EmptyOperator(task_id="begin")}
    for row in ROWS:
        name, after = row["name"], row.get("after", ["begin"])
        if "of" in row:
            ahead = PythonOperator(task_id=f"{name}_before", python_callable=before, op_kwargs={"row": row})
            made[name] = PythonOperator(task_id=name, python_callable=pick, op_args=[row])
            [ahead, made[row["of"]["task"]]] >> made[name]
            continue
        made[name] = PythonOperator(task_id=name, python_callable=work, op_kwargs={"row": row})
        for other in [after] if isinstance(after, str) else after:
            made[other] >> made[name]

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


def combine(row, ti, ds):
    after = ti.xcom_pull(task_ids=row.get("after") or [])
    first = ti.xcom_pull(task_ids=row["first"] if "first" in row else "count")
    ids = sorted(part["name"] for part in row["parts"] if part.get("on", True))
    Path(DATA_DIR, f"{row['name']}_{ds}.json").write_text(json.dumps([after, first, ti.xcom_pull(task_ids=ids)]))


class Desk:
    def __init__(self, spec):
        self.spec = spec

    def sum_up(self, ti, ds):
        last = self.spec["steps"][-1]
        ids = [f"{part}{last}" for part in self.spec["parts"]]
        found = {"all": ti.xcom_pull(task_ids=ids)}
        for part in self.spec["parts"]:
            found[part] = ti.xcom_pull(task_ids=part)
        Path(DATA_DIR, f"{self.spec['name']}_{ds}.json").write_text(json.dumps(found))


PARTS = [{"name": "sold"}, {"name": "price"}, {"name": "count", "on": False}]

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
    rows = [
        {"name": "combined", "parts": PARTS, "after": ["price"], "first": "price", "note": "{{ ds }}"},
        {"name": "combined_again", "parts": PARTS[:1]},
    ]
    desk = Desk({"name": "desk", "steps": ["begin", "_before"], "parts": ["cents", "units"]})
    list(made.values()) >> PythonOperator(task_id="desk", python_callable=desk.sum_up)
    for row in rows:
        list(made.values()) >> PythonOperator(task_id=row["name"], python_callable=combine, op_args=[row])

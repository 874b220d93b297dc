"""Methods that take the context, classes that keep it, functions that get it whole."""

import json
import os
from dataclasses import dataclass
from datetime import datetime

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, get_current_context

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dataclass
class RunInfo:
    dag_id: str
    task_id: str
    ds: str
    attempt: int = 1

    @classmethod
    def from_context(cls, context):
        ti = context["ti"]
        return cls(dag_id=ti.dag_id, task_id=ti.task_id, ds=context["ds"], attempt=ti.try_number)

    def path(self, kind):
        return os.path.join(OUT, f"{kind}_{self.task_id}_{self.ds}.json")


class Job:
    name = "job"

    def __init__(self, table, options=None):
        self.table = table
        self.options = options or {}

    def run(self, **context):
        info = RunInfo.from_context(context)
        with open(info.path(self.name), "w") as f:
            json.dump({**self.options, "table": self.table, "dag": info.dag_id, "n": info.attempt}, f)
        return self.finish(context["logical_date"])

    def finish(self, when):
        return f"{self.table}@{when:%Y-%m-%d}"

    def summarize(self, ti, params, **_):
        value = ti.xcom_pull(task_ids=f"run_{self.table}")
        with open(f"{OUT}/summary_{self.table}", "w") as f:
            f.write(f"{value} {params['mode']}")


class SpecialJob(Job):
    name = "special"

    def finish(self, when):
        return super().finish(when).upper()


def plain():
    context = get_current_context()
    info = RunInfo.from_context(context)
    return info.path("plain").split("/")[-1]


with DAG(
    "objects_with_context", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False, params={"mode": "full"}
):
    for job in (Job("users"), SpecialJob("orders", {"a": 1})):
        r = PythonOperator(task_id=f"run_{job.table}", python_callable=job.run)
        s = PythonOperator(task_id=f"summarize_{job.table}", python_callable=job.summarize)
        r >> s
    PythonOperator(task_id="plain", python_callable=plain)

"""What a DAG file reads of the clock, arguments that functions ask for first, and operators of own classes that functions execute themselves."""

from __future__ import annotations

import os
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
TODAY = date.today()
RUN = uuid.uuid4()


def note(name, *values):
    with Path(DATA_DIR, name).open("a") as file:
        file.write(" ".join(map(str, values)) + "\n")


def path_of(name, at=datetime.now()):
    return f"{name}/{at.isoformat(timespec='minutes')}"


class Write(BaseOperator):
    template_fields = ("text",)

    def __init__(self, text, **kwargs):
        super().__init__(**kwargs)
        self.text = text

    def execute(self, context):
        self.log.info("writes %s", self.text)
        note("written.txt", self.text, context["ds"])
        return len(self.text)


def dates(year, yesterday, path, run):
    now = datetime.now()
    near = abs(now - datetime.fromisoformat(path.rpartition("/")[2])) < timedelta(minutes=30)
    note("dates.txt", year == f"{now:%Y}", yesterday < str(now.date()), near, len(run[0]), run[0] == run[1])


def writing(**kwargs):
    size = kwargs["size"] if "size" in kwargs else 3
    total = 0
    for number in range(size):
        one = Write(task_id=f"write_{number}", text=f"text {number}")
        total += one.execute(kwargs)
    return total


def limited(**kwargs):
    if "limit" in kwargs:
        limit = kwargs["limit"]
    else:
        limit = "none"
    note("limits.txt", limit, kwargs["ds"])


with DAG("clock_and_own_operators", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(
        task_id="dates",
        python_callable=dates,
        op_kwargs={
            "year": f"{TODAY:%Y}",
            "yesterday": str(TODAY - timedelta(days=1)),
            "path": path_of("x"),
            "run": [str(RUN), f"{RUN}"],
        },
    )
    PythonOperator(task_id="three", python_callable=writing)
    PythonOperator(task_id="two", python_callable=writing, op_kwargs={"size": 2})
    PythonOperator(task_id="free", python_callable=limited)
    PythonOperator(task_id="bound", python_callable=limited, op_kwargs={"limit": 5})

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.models import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

HERE = Path(__file__).parent


def specs():
    return json.loads((HERE / "specs.json").read_text())


class WaitOperator(BaseOperator):
    """Says for how long it would wait."""

    def __init__(self, *, seconds, **kwargs):
        super().__init__(**kwargs)
        self.seconds = seconds

    def execute(self, context):
        return {"waited": self.seconds, "day": context["ds"]}


class Builder:
    kinds: dict[str, type[Builder]] = {}
    factor = 1

    def __init_subclass__(cls, kind, **kwargs):
        super().__init_subclass__(**kwargs)
        Builder.kinds[kind] = cls

    @classmethod
    def of(cls, spec):
        return cls.kinds[spec["kind"]](spec)

    def __init__(self, spec):
        self.spec = spec
        self.zone = spec.get("zone", "UTC")

    def build(self):
        with DAG(
            self.spec["id"],
            schedule="0 20 * * *",
            start_date=datetime(2024, 1, 1),
            catchup=False,
            user_defined_macros={"local": lambda moment: moment.in_timezone(self.zone).format("YYYY-MM-DD HH")},
        ) as dag:
            label = BashOperator(task_id="label", bash_command="echo '{{ local(logical_date) }}'")
            publish = PythonOperator(
                task_id="publish", python_callable=self.publish, op_kwargs={"name": "{{ dag.dag_id }}"}
            )
            self.middle(label, publish)
        return dag

    def middle(self, first, last):
        raise NotImplementedError

    def publish(self, name, ti):
        text = "|".join([name, ti.xcom_pull(task_ids="label"), *self.lines(ti)])
        (Path(os.environ["DATA_DIR"]) / f"{name}.txt").write_text(text)
        return text

    def lines(self, ti):
        return []


class PlainBuilder(Builder, kind="plain"):
    factor = 3

    def middle(self, first, last):
        first >> WaitOperator(task_id="wait", seconds=self.factor, retries=1) >> last

    def lines(self, ti):
        return [f"waited {ti.xcom_pull(task_ids='wait')['waited']}"]


class SummedBuilder(Builder, kind="summed"):
    def middle(self, first, last):
        total = PythonOperator(task_id="total", python_callable=sum, op_args=[self.spec["rows"]])
        first >> total >> last

    def lines(self, ti):
        return [f"total {self.factor * ti.xcom_pull(task_ids='total')}"]

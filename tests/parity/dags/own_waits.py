"""Sensors of the team's own that do something before and after the wait, and count while they wait."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseSensorOperator, PokeReturnValue

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class CountedSensor(BaseSensorOperator):
    """Is true at the third look, and says how often it looked."""

    template_fields = ("name",)

    def __init__(self, name, goal=3, **kwargs):
        super().__init__(**kwargs)
        self.name, self.goal = name, goal
        self._seen = None

    def execute(self, context):
        self._seen = [self.name]
        found = super().execute(context)
        (Path(DATA_DIR) / f"{self.name}.txt").write_text(" ".join(self._seen))
        return found

    def poke(self, context):
        self._seen.append(f"{context['ds']}:{self.goal}")
        return PokeReturnValue(len(self._seen) > self.goal, {"looks": len(self._seen) - 1})


class FreshSensor(BaseSensorOperator):
    """Starts to look from nothing."""

    def execute(self, context):
        self.looks = 0
        return super().execute(context)

    def poke(self, context):
        self.looks += 1
        return self.looks == 2


def report(ti):
    values = [ti.xcom_pull(task_ids=name) for name in ("counted", "fresh")]
    (Path(DATA_DIR) / "report.txt").write_text(str(values))


with DAG("own_waits", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    counted = CountedSensor(name="counted_{{ ds_nodash }}", task_id="counted", poke_interval=0.1, timeout=20)
    fresh = FreshSensor(task_id="fresh", poke_interval=0.1, timeout=20)
    late = CountedSensor(name="late", goal=1000, task_id="late", poke_interval=0.1, timeout=0.5)
    [counted, fresh] >> PythonOperator(task_id="report", python_callable=report) >> late

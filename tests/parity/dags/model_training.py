"""Asset-driven: inlets, outlets on several tasks, extras read by a later task, alias."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))
features = Asset("features", uri="file:///data/features.csv", group="ml")
model = Asset("model")


def build(**context):
    ds = context["ds"]
    (DATA_DIR / f"features_{ds}.csv").write_text("x,y\n1,2\n")
    context["outlet_events"][features].extra = {"rows": 1, "file": f"features_{ds}.csv"}


with DAG("model_training", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    built = PythonOperator(task_id="build", python_callable=build, outlets=[features])

    @task(inlets=[features], outlets=[model])
    def train(inlet_events=None, outlet_events=None, ds=None):
        events = inlet_events[features]
        name = events[-1].extra["file"]
        score = len((DATA_DIR / name).read_text())
        (DATA_DIR / f"model_{ds}").write_text(f"{name} {score}")
        outlet_events[model].extra["score"] = score
        return score

    announce = BashOperator(
        task_id="announce",
        bash_command=f"echo {{{{ ds }}}} > {DATA_DIR}/announced_{{{{ ds }}}}",
        outlets=[Asset("announced")],
    )
    built >> train() >> announce

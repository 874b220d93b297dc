"""Tasks that call functions by the names under which decorators have registered them, with the context; others that only use functions beside them."""

import os
from datetime import datetime
from functools import partial
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, task
from kitchen.steps import STEPS, weighed

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
RECIPES = {
    "soup": {"steps": ["take", "season", "stir"], "take": ["water", "leek"]},
    "stew": {"steps": ["take", "wait", "stir"], "take": ["beef"]},
}


def cook(name, recipe, before, **context):
    pot = context["ti"].xcom_pull(task_ids=before) if before else []
    step = STEPS[name]
    return step(pot, recipe=recipe, **context)


with DAG(
    "registered_steps",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"spice": Param("salt", type="string")},
):
    for dish, recipe in RECIPES.items():
        before = None
        for name in recipe["steps"]:
            current = PythonOperator(
                task_id=f"{dish}_{name}",
                python_callable=partial(cook, name, recipe, before.task_id if before else None),
            )
            if before:
                before >> current
            before = current

    @task
    def weigh(ds=None):
        Path(DATA_DIR, f"weight_{ds}.txt").write_text(weighed(0.5))

    weigh() >> TriggerDagRunOperator(
        task_id="serve", trigger_dag_id="registered_steps_serving", conf={"plates": "{{ logical_date.day }}"}
    )


with DAG("registered_steps_serving", schedule=None, start_date=datetime(2024, 1, 1), params={"plates": 1}):

    @task
    def serve(params=None):
        Path(DATA_DIR, "served.txt").write_text(f"{int(params['plates'])} plates")

    serve()

"""DAGs of a loop, with functions that keep the loop variable as the default of a parameter."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

OUT = os.environ.get("DATA_DIR", "/tmp/data")
CONF = [{"name": "a", "cron": "0 1 * * *", "steps": ["x", "y"]}, {"name": "b", "cron": None, "steps": ["z"]}]


def make(conf):
    with DAG(
        f"loop_{conf['name']}",
        schedule=conf["cron"],
        start_date=datetime(2024, 1, 1),
        catchup=False,
        tags=[conf["name"]],
    ) as dag:
        prev = None
        for step in conf["steps"]:

            def run(step=step, **ctx):
                Path(OUT, f"{ctx['dag'].dag_id}_{step}_{ctx['ds']}").write_text(ctx["ti"].task_id)
                return step

            cur = PythonOperator(task_id=f"run_{step}", python_callable=run)
            if prev:
                prev >> cur
            prev = cur
        prev >> BashOperator(
            task_id="end",
            bash_command="echo {{ ti.xcom_pull(task_ids='run_"
            + conf["steps"][-1]
            + "') }} > "
            + OUT
            + "/end_{{ dag.dag_id }}",
        )
    return dag


for c in CONF:
    globals()[f"loop_{c['name']}"] = make(c)

"""XComs of other DAGs and of earlier runs: in code and in templates."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, dag, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))
DAILY = {"schedule": "@daily", "start_date": datetime(2024, 1, 1), "catchup": False}


@dag(**DAILY)
def values_model():
    @task
    def fit(ds: str | None = None) -> dict[str, object]:
        return {"version": ds, "score": int(ds[-2:]) / 10}

    @task
    def watermark(ti=None, ds: str | None = None) -> str:
        """How far the run before this one came."""
        before = ti.xcom_pull(task_ids="load", include_prior_dates=True)
        (DATA_DIR / f"watermark_{ds}").write_text(f"from {before}")
        return f"{before}..{ds}"

    @task
    def load(span: str, ds: str | None = None) -> str:
        (DATA_DIR / f"load_{ds}").write_text(span)
        return ds

    show = BashOperator(
        task_id="show",
        bash_command=(
            "echo {{ ti.xcom_pull(task_ids='load', include_prior_dates=True, key='return_value') }}"
            f" > {DATA_DIR}/show_{{{{ ds }}}}"
        ),
    )
    span = watermark()
    fit() >> show >> span
    load(span)


def _score(ti, ds):
    model = ti.xcom_pull(dag_id="values_model", task_ids="fit", include_prior_dates=True)
    same_day = ti.xcom_pull(task_ids="count", dag_id="values_counts")
    (DATA_DIR / f"score_{ds}").write_text(f"{model and model['score']} {same_day}")


PLANTS = ("lyon", "turin")


def _round(ti, ds):
    """What each plant counted last, and by a part of its name that only the run tells."""
    found = [ti.xcom_pull(dag_id="values_counts", task_ids=f"of_{plant}", include_prior_dates=True) for plant in PLANTS]
    today = Path("/".join(["turin", ds])).parts[0]
    last = ti.xcom_pull(dag_id="values_counts", task_ids=f"of_{today}", include_prior_dates=True)
    (DATA_DIR / f"round_{ds}").write_text(f"{found} {last}")


with DAG("values_counts", **DAILY):
    BashOperator(task_id="count", bash_command="echo 7{{ ds_nodash }}")
    for plant in PLANTS:
        BashOperator(task_id=f"of_{plant}", bash_command=f"echo {plant} {{{{ ds_nodash }}}}")

with DAG("values_scores", **DAILY):
    PythonOperator(task_id="score", python_callable=_score)
    PythonOperator(task_id="round", python_callable=_round)

values_model()

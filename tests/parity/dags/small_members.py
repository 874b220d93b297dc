"""Small members of the context: what started a run, the DAG's tags, XComs with a default, all params at once."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


@dag(
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    tags=["finance"],
    params={"table": "orders", "limit": 10},
)
def small_members():
    @task
    def started(dag_run=None, dag=None, ds: str | None = None) -> str:
        kind = "by hand" if dag_run.run_type == "manual" else str(dag_run.run_type)
        (DATA_DIR / f"started_{ds}").write_text(f"{kind} {'finance' in dag.tags}")
        return kind

    @task
    def everything(params: dict, ds: str | None = None) -> None:
        (DATA_DIR / f"params_{ds}").write_text(json.dumps({**params}, sort_keys=True))

    @task
    def pulled(ti=None, ds: str | None = None) -> None:
        value = ti.xcom_pull(task_ids="started", default="nobody")
        (DATA_DIR / f"pulled_{ds}").write_text(str(value))

    show = BashOperator(
        task_id="show",
        bash_command=(
            f"echo '{{{{ dag_run.run_type }}}} {{{{ dag.tags | join }}}} {{{{ ti.xcom_pull(task_ids=\"started\", default=1) }}}}'"
            f" > {DATA_DIR}/show_{{{{ ds }}}}"
        ),
    )

    @task
    def key_or_day(dag_run=None, ds: str | None = None) -> None:
        (DATA_DIR / f"key_{ds}").write_text(dag_run.partition_key or f"the day {ds}")

    key_or_day()
    started() >> [show, pulled(), everything()]


small_members()

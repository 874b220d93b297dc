"""Runs the dbt project in dbt/fernwood after the marts are there."""

import os
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG, TaskGroup, chain

DBT_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dbt", "fernwood")
DBT_FLAGS = f"--project-dir {DBT_DIR} --profiles-dir {DBT_DIR} --target {{{{ var.value.get('dbt_target', 'dev') }}}}"

with DAG(
    "dbt_fernwood",
    schedule="15 7 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={
        "owner": "analytics-engineering",
        "retries": 1,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=1),
    },
    tags=["dbt"],
) as dag:
    wait_for_marts = ExternalTaskSensor(
        task_id="wait_for_marts",
        external_dag_id="marts_daily",
        external_task_group_id="marts",
        execution_delta=timedelta(minutes=45),
        mode="reschedule",
        timeout=7200,
    )

    dbt_deps = BashOperator(task_id="dbt_deps", bash_command=f"dbt deps --project-dir {DBT_DIR}")

    with TaskGroup("models") as models:
        layers = []
        for layer in ["staging", "marts"]:
            run = BashOperator(
                task_id=f"dbt_run_{layer}",
                bash_command=f"dbt run --select {layer} {DBT_FLAGS} " + '--vars \'{"run_date": "{{ ds }}"}\'',
            )
            test = BashOperator(task_id=f"dbt_test_{layer}", bash_command=f"dbt test --select {layer} {DBT_FLAGS}")
            run >> test
            layers += [run, test]
        chain(*layers)

    docs = BashOperator(
        task_id="dbt_docs",
        bash_command=f"dbt docs generate {DBT_FLAGS}",
        trigger_rule="all_done",
    )

    chain(wait_for_marts, dbt_deps, models, docs)

"""Copies that are called with whatever their rows hold, starts of many runs whose conf overrides params, names that Dagster forbids."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def write(name, text, times=1):
    with Path(OUT, name).open("w") as file:
        file.write(text * times)
    return len(text * times)


with DAG("rows_of_arguments", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def rows(ds=None):
        return [{"name": f"{ds}_{number}", "text": "x" * number} for number in (1, 2)]

    @task
    def more_rows():
        return [{"name": "plain", "text": "a"}, {"name": "thrice", "text": "b", "times": 3}]

    @task
    def total(meta, output, input):
        with Path(OUT, "total").open("w") as file:
            file.write(f"{sum(meta)} {sum(output)} {input}")

    @task
    def confs():
        return [{"table": "a"}, {"table": "b", "full": True}]

    @task
    def each(conf, type):
        with Path(OUT, f"each_{conf}").open("w") as file:
            file.write(type)

    written = PythonOperator.partial(task_id="written", python_callable=write).expand(op_kwargs=rows())
    sizes = task(write, task_id="sizes").expand_kwargs(more_rows())
    total(written.output, sizes, 7)
    each.partial(type="t").expand(conf=[1, 2])
    TriggerDagRunOperator.partial(task_id="start", trigger_dag_id="loads_a_table").expand(conf=confs())

with DAG(
    "loads_a_table",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    params={"table": "none", "full": False, "folder": OUT},
):

    def load(params, logical_date):
        with Path(params["folder"], f"loaded_{params['table']}").open("w") as file:
            file.write(f"{params['full']} {logical_date.year > 2000}")

    PythonOperator(task_id="load", python_callable=load) >> BashOperator(
        task_id="tell",
        bash_command="echo {{ params.table }} {{ dag_run.conf.get('full', 'unset') }} >> $DATA_DIR/told_{{ params.table }}",
    )

"""Functions that a task calls first: they prepare, read the context, and may skip the task; a sensor that gives up."""

import os
from datetime import datetime, timedelta

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def log(line):
    with open(os.path.join(DATA_DIR, "log.txt"), "a") as file:
        file.write(line + "\n")


def before(context):
    log("pre " + context["task"].task_id + " " + context["ds"])


def only_first(context):
    if context["ds"].endswith("2"):
        raise AirflowSkipException("not today")


def work(ds):
    log("work " + ds)
    return len(ds)


def maybe(ds):
    if ds.endswith("3"):
        raise AirflowSkipException
    log("maybe " + ds)


def there(ds):
    return ds.endswith("1")


with DAG(
    "called_first",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1)},
):
    worked = PythonOperator(task_id="worked", python_callable=work, pre_execute=before)
    shell = BashOperator(
        task_id="shell",
        bash_command="echo shell {{ ds }} >> $DATA_DIR/log.txt",
        append_env=True,
        pre_execute=only_first,
    )
    skipping = PythonOperator(task_id="skipping", python_callable=maybe, trigger_rule="none_failed", pre_execute=before)
    waiting = PythonSensor(
        task_id="waiting", python_callable=there, poke_interval=0.5, timeout=1, soft_fail=True, mode="reschedule"
    )
    end = PythonOperator(task_id="end", python_callable=log, op_args=["end {{ ds }}"], trigger_rule="none_failed")
    worked >> shell >> skipping >> waiting >> end

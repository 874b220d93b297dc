"""A factory of task groups from a config; cross_downstream; a watcher that fails the run; dependencies by functions."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowException
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup, TriggerRule, chain, cross_downstream, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))
EXPORTS = {
    "orders": {"format": "json", "targets": ["s3", "sftp"]},
    "users": {"format": "csv", "targets": ["s3"]},
}


def extract(table, fmt, ds):
    (DATA_DIR / f"{table}_{ds}.{fmt}").write_text(json.dumps({"table": table}))
    return f"{table}_{ds}.{fmt}"


def deliver(target, file, ds):
    if target == "sftp" and ds == "2024-01-03":
        raise AirflowException("sftp is down")
    (DATA_DIR / f"{target}_{file}").touch()


def export_group(table, settings):
    with TaskGroup(f"export_{table}") as group:
        source = PythonOperator(task_id="extract", python_callable=extract, op_args=[table, settings["format"]])
        for target in settings["targets"]:
            source >> PythonOperator(
                task_id=f"to_{target}", python_callable=deliver, op_kwargs={"target": target, "file": source.output}
            )
    return group


@task(trigger_rule=TriggerRule.ONE_FAILED, retries=0)
def watcher():
    raise AirflowException("something failed")


with DAG("nightly_exports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    begin, ready = EmptyOperator(task_id="begin"), EmptyOperator(task_id="ready")
    groups = [export_group(table, settings) for table, settings in EXPORTS.items()]
    marks = [
        PythonOperator(
            task_id=f"mark_{n}", python_callable=lambda n=n: (DATA_DIR / f"mark_{n}").touch(), trigger_rule="all_done"
        )
        for n in (1, 2)
    ]
    chain(begin, ready, groups)
    cross_downstream(groups, marks)
    groups >> watcher()

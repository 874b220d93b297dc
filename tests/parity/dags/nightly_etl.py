"""A nightly load of classic operators: groups from a table, a short circuit that pushes, a branch on weekdays."""

import csv
import json
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule

log = logging.getLogger(__name__)
DATA = os.environ.get("DATA_DIR", "/tmp/data")
SOURCES = {"orders": {"rows": 4, "key": "order_id"}, "users": {"rows": 2, "key": "user_id"}}

default_args = {
    "owner": "etl",
    "depends_on_past": False,
    "retries": 2,
    "retry_delay": timedelta(seconds=0),
    "email_on_failure": False,
}


def extract_source(name, rows, key, **context):
    ti = context["task_instance"]
    day = context["data_interval_start"].strftime("%Y%m%d")
    path = f"{DATA}/{name}_{day}.csv"
    with Path(path).open("w", newline="") as fh:
        writer = csv.DictWriter(fh, fieldnames=[key, "day"])
        writer.writeheader()
        for n in range(rows):
            writer.writerow({key: n, "day": context["ds"]})
    ti.xcom_push(key="path", value=path)
    log.info("wrote %s", path)
    return rows


def validate(**context):
    counts = {}
    for name in SOURCES:
        counts[name] = context["ti"].xcom_pull(task_ids=f"extract.{name}")
        if counts[name] < 1:
            raise ValueError(f"no rows in {name}")
    context["ti"].xcom_push("counts", counts)
    return sum(counts.values()) > int(Variable.get("min_rows", default_var=3))


def choose_load(**kwargs):
    dow = kwargs["execution_date"].isoweekday() if "execution_date" in kwargs else kwargs["logical_date"].isoweekday()
    if dow == 1:
        return "load.full"
    if dow in (6, 7):
        return "skip_load"
    return ["load.delta", "load.stats"]


def summary(ti, **kw):
    counts = ti.xcom_pull(task_ids="validate", key="counts")
    files = ti.xcom_pull(task_ids=["extract.orders", "extract.users"], key="path")
    Path(f"{DATA}/summary_{kw['ds']}.json").write_text(
        json.dumps({"counts": counts, "files": [Path(f).name for f in files]}, sort_keys=True)
    )


with DAG(
    "nightly_etl",
    default_args=default_args,
    description="nightly",
    schedule="0 1 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["etl", "nightly"],
) as dag:
    start = EmptyOperator(task_id="start")
    with TaskGroup("extract", tooltip="all sources") as extract:
        for source, conf in SOURCES.items():
            PythonOperator(task_id=source, python_callable=extract_source, op_kwargs={"name": source, **conf})
    check = ShortCircuitOperator(task_id="validate", python_callable=validate)
    branch = BranchPythonOperator(task_id="choose_load", python_callable=choose_load)
    with TaskGroup("load") as load:
        full = BashOperator(
            task_id="full",
            bash_command="cat {{ ti.xcom_pull(task_ids='extract.orders', key='path') }} > $DATA_DIR/full_{{ ds_nodash }}",
        )
        delta = BashOperator(
            task_id="delta",
            bash_command="tail -n 1 {{ ti.xcom_pull(task_ids='extract.users', key='path') }} > $DATA_DIR/delta_{{ ds_nodash }}",
        )
        stats = BashOperator(
            task_id="stats",
            bash_command="wc -l < {{ ti.xcom_pull(task_ids='extract.orders', key='path') }} | tr -d ' '",
        )
    skip_load = EmptyOperator(task_id="skip_load")
    done = PythonOperator(
        task_id="summary", python_callable=summary, trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
    )
    notify = BashOperator(
        task_id="notify",
        bash_command="echo done {{ dag_run.logical_date | ds }} {{ ti.xcom_pull(task_ids='load.stats') }} >> $DATA_DIR/notify",
        trigger_rule="all_done",
    )
    start >> extract >> check >> branch >> [full, delta, stats, skip_load] >> done >> notify

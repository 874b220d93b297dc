"""Short circuits of classic operators, a lambda and TaskFlow; their two ways with what comes after."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import ShortCircuitOperator
from airflow.sdk import DAG, chain, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def is_even(**context):
    return context["logical_date"].day % 2 == 0


def touch(task_id, **arguments):
    return BashOperator(task_id=task_id, bash_command=f"touch $DATA_DIR/{task_id}_{{{{ ds }}}}", **arguments)


with DAG("short_circuits_of_all_kinds", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    hard = ShortCircuitOperator(task_id="hard", python_callable=is_even)
    chain(hard, touch("hard_first"), touch("hard_last", trigger_rule="all_done"))
    soft = ShortCircuitOperator(task_id="soft", python_callable=is_even, ignore_downstream_trigger_rules=False)
    soft_first = touch("soft_first")
    chain(soft, soft_first, touch("soft_last", trigger_rule="all_done"))
    [soft_first, touch("other")] >> touch("mixed", trigger_rule="none_failed")
    ShortCircuitOperator(task_id="never", python_callable=lambda: 0) >> touch("not_reached")

    @task
    def rows(ds=None):
        return [] if ds.endswith("5") else [1]

    @task.short_circuit
    def any_rows(found):
        return found

    @task
    def use(ds=None):
        Path(DATA_DIR, f"used_{ds}").touch()

    any_rows(rows()) >> use()

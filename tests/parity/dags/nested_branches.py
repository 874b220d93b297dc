"""Branches within branches: to a task, to several, into a group, to none; joins by several rules."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.sdk import DAG, TaskGroup


def choose(**context):
    day = context["logical_date"].day
    if day == 5:
        return "left"
    if day == 6:
        return ["left", "group.inner"]
    if day == 7:
        return None
    return "again"


def choose_again(ds_nodash, **_):
    return "deep_a" if ds_nodash.endswith("8") else "deep_b"


def touch(task_id, **arguments):
    return BashOperator(task_id=task_id, bash_command=f"touch $DATA_DIR/{task_id}_{{{{ ds }}}}", **arguments)


with DAG("nested_branches", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchPythonOperator(task_id="branch", python_callable=choose)
    left = touch("left")
    with TaskGroup("group") as group:
        touch("inner") >> touch("after")
    again = BranchPythonOperator(task_id="again", python_callable=choose_again)
    deep_join = EmptyOperator(task_id="deep_join", trigger_rule="none_failed_min_one_success")
    branch >> [left, group, again]
    again >> [touch("deep_a"), touch("deep_b")] >> deep_join
    join = touch("join", trigger_rule="none_failed_min_one_success")
    [left, group, deep_join] >> join >> touch("finish", trigger_rule="none_failed") >> touch("strict")

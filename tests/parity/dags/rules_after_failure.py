"""Trigger rules after tasks that fail, in a loop over rules and cases."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

RULES = [
    "all_success",
    "all_done",
    "one_success",
    "none_failed",
    "one_failed",
    "all_failed",
    "all_done_min_one_success",
    "none_skipped",
]

with DAG("rules_after_failure", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):
    good = BashOperator(task_id="good", bash_command="true")
    bad = BashOperator(task_id="bad", bash_command="exit 1")
    worse = BashOperator(task_id="worse", bash_command="exit 1")
    for rule in RULES:
        for name, upstream in {"one": [bad, good], "all": [bad, worse]}.items():
            upstream >> BashOperator(
                task_id=f"{rule}_{name}", trigger_rule=rule, bash_command=f"touch $DATA_DIR/{rule}_{name}"
            )

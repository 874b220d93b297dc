"""Joins that want one success and get none, as what the branch before them chose failed: what becomes of the tasks after them, and of the run."""

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG, TaskGroup, chain_linear

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def pick(ds):
    return {"1": "small", "2": "small", "3": "large.load"}.get(ds[-1], [])


def load(size, ds):
    if (
        (size == "small" and ds.endswith("2"))
        or (size == "apart" and ds > "2024-01-01")
        or (size == "below" and ds.endswith("2"))
    ):
        raise AirflowException("nothing came")
    Path(DATA_DIR, f"{size}_{ds}").touch()


def skip(ds):
    if ds < "2024-01-03":
        raise AirflowSkipException("nothing to do")


def tell(name, rule, **options):
    return BashOperator(task_id=name, bash_command=f"touch $DATA_DIR/{name}_{{{{ ds }}}}", trigger_rule=rule, **options)


with DAG("waits_in_vain", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchPythonOperator(task_id="choose", python_callable=pick)
    small = PythonOperator(task_id="small", python_callable=load, op_args=["small"])
    with TaskGroup("large") as large:
        PythonOperator(task_id="load", python_callable=load, op_args=["large"]) >> EmptyOperator(task_id="loaded")
    join = EmptyOperator(task_id="join", trigger_rule="one_success")
    branch >> [small, large] >> join >> tell("after_join", "all_success")
    join >> tell("alert", "one_failed") >> tell("after_alert", "all_success")

with DAG("waits_in_vain_of_work", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchPythonOperator(task_id="choose", python_callable=pick)
    small = PythonOperator(task_id="small", python_callable=load, op_args=["small"])
    with TaskGroup("large") as large:
        PythonOperator(task_id="load", python_callable=load, op_args=["large"])
    other = tell("other", "all_success")
    branch >> [small, large]
    [small, large, other] >> EmptyOperator(task_id="any_loaded", trigger_rule="one_success")
    join = EmptyOperator(task_id="loaded", trigger_rule="one_success")
    [small, large] >> join
    count = tell("count", "one_success")
    [small, large] >> count
    [count, other] >> tell("alarm", "one_failed") >> tell("after_alarm", "all_success")
    chain_linear([join, other], [tell("all_well", "none_failed"), tell("one_well", "none_failed_min_one_success")])

with DAG("waits_for_none", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    branch = BranchPythonOperator(task_id="choose", python_callable=pick)
    small = PythonOperator(task_id="small", python_callable=load, op_args=["small"])
    with TaskGroup("large") as large:
        heavy = PythonOperator(task_id="load", python_callable=load, op_args=["large"])
    branch >> [small, heavy]
    first, second = (EmptyOperator(task_id=f"join_{name}", trigger_rule="one_success") for name in ("a", "b"))
    [small, heavy] >> first >> tell("nobody", "all_skipped")
    [small, heavy] >> second >> EmptyOperator(task_id="idle") >> tell("nobody_either", "all_skipped")

with DAG("waits_behind_gates", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    gate = ShortCircuitOperator(task_id="gate", python_callable=lambda ds: ds[-1] != "3")
    apart = PythonOperator(task_id="apart", python_callable=load, op_args=["apart"])
    below = PythonOperator(task_id="below", python_callable=load, op_args=["below"])
    either = EmptyOperator(task_id="either", trigger_rule="one_success")
    gate >> below
    [apart, below] >> either >> tell("after_gate", "all_success")

with DAG("joins_of_joins", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    small = PythonOperator(task_id="small", python_callable=load, op_args=["small"])
    apart = PythonOperator(task_id="apart", python_callable=load, op_args=["apart"])
    other = PythonOperator(task_id="other", python_callable=skip)
    fine = EmptyOperator(task_id="fine", trigger_rule="none_failed")
    [small, other] >> fine >> tell("after_fine", "all_success")
    [apart, fine] >> tell("either_fine", "one_success") >> tell("last", "all_success")

with DAG("rules_below_gates", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    small = PythonOperator(task_id="small", python_callable=load, op_args=["small"])
    gate = ShortCircuitOperator(
        task_id="gate", python_callable=lambda ds: ds[-1] != "3", ignore_downstream_trigger_rules=False
    )
    small >> gate >> [tell("never", "all_skipped"), tell("over", "all_done"), tell("both", "none_skipped")]
    gate >> tell("never_either", "all_skipped") >> tell("after_never", "all_done")

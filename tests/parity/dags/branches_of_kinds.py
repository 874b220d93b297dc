"""Branches by SQL, by the day of the week, by dates and times; into a group; `all_skipped`, `one_done`, `none_skipped`."""

import os
from datetime import datetime, time

from airflow.exceptions import AirflowSkipException
from airflow.providers.common.sql.operators.sql import BranchSQLOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.datetime import BranchDateTimeOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.providers.standard.operators.weekday import BranchDayOfWeekOperator
from airflow.providers.standard.utils.weekday import WeekDay
from airflow.sdk import DAG, TaskGroup

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def touch(name, **arguments):
    return BashOperator(task_id=name, bash_command=f"touch {OUT}/{name}_{{{{ ds }}}}", **arguments)


def choose(logical_date):
    return {5: "left", 6: ["left", "right"], 7: "heavy"}.get(logical_date.day)


def skip():
    raise AirflowSkipException("nothing today")


with DAG("branches_of_kinds", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    by_function = BranchPythonOperator(task_id="by_function", python_callable=choose)
    left, right = touch("left"), touch("right")
    with TaskGroup("heavy") as heavy:
        touch("one") >> touch("three")
        touch("two")
    by_function >> [left, right, heavy]
    [left, right] >> touch("neither", trigger_rule="all_skipped")
    [left, right] >> EmptyOperator(task_id="not_needed", trigger_rule="all_skipped")
    [left, right] >> touch("both", trigger_rule="none_skipped")
    [left, right, heavy] >> touch("join", trigger_rule="none_failed_min_one_success")
    PythonOperator(task_id="skip", python_callable=skip) >> touch("after_skip", trigger_rule="all_skipped")

    by_sql = BranchSQLOperator(
        task_id="by_sql",
        conn_id="warehouse",
        sql="SELECT CASE WHEN '{{ ds_nodash }}' < '20240106' THEN 1 ELSE 0 END",
        follow_task_ids_if_true="full",
        follow_task_ids_if_false=["delta", "note"],
    )
    by_sql >> [touch("full"), touch("delta"), touch("note")]
    by_day = BranchDayOfWeekOperator(
        task_id="by_day",
        week_day={WeekDay.SATURDAY, WeekDay.SUNDAY},
        use_task_logical_date=True,
        follow_task_ids_if_true="rest",
        follow_task_ids_if_false="work",
    )
    by_day >> [touch("rest"), touch("work")]
    by_date = BranchDateTimeOperator(
        task_id="by_date",
        target_lower=datetime(2024, 1, 1),
        target_upper=datetime(2024, 1, 5, 12),
        use_task_logical_date=True,
        follow_task_ids_if_true=["old"],
        follow_task_ids_if_false=["new"],
    )
    by_date >> [touch("old"), touch("new")]
    by_time = BranchDateTimeOperator(
        task_id="by_time",
        target_lower=time(23, 0),
        target_upper=time(1, 0),
        use_task_logical_date=True,
        follow_task_ids_if_true="dark",
        follow_task_ids_if_false="bright",
    )
    by_time >> [touch("dark"), touch("bright")]

"""Working days in Airflow 2: the data interval of a Friday ends on Monday, and a timetable of the team's own."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow import DAG
from airflow.decorators import task
from airflow.operators.bash import BashOperator
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("working_days_of_airflow2", schedule="15 6 * * 1-5", start_date=datetime(2024, 1, 1), catchup=False):
    BashOperator(
        task_id="show",
        bash_command="echo {{ ds }} {{ data_interval_start }} {{ data_interval_end }} {{ data_interval_end | ds_nodash }} "
        "> $DATA_DIR/show_{{ ts_nodash }}",
    )

    BashOperator(task_id="before", bash_command="echo {{ prev_ds_nodash }} > $DATA_DIR/before_{{ ds }}")

    @task
    def length(data_interval_start=None, data_interval_end=None, ts_nodash=None):
        Path(DATA_DIR, f"length_{ts_nodash}").write_text(
            str((data_interval_end - data_interval_start).total_seconds() / 3600)
        )

    @task
    def since(prev_execution_date=None, prev_ds=None, ds=None):
        Path(DATA_DIR, f"since_{ds}").write_text(f"{prev_ds} {prev_execution_date.weekday()} {prev_execution_date}")

    length()
    since()


class TwoDays(Timetable):
    """Every other day, for two days each."""

    def infer_manual_data_interval(self, *, run_after):
        return DataInterval(run_after, run_after + timedelta(days=2))

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        begin = last_automated_data_interval.end if last_automated_data_interval else restriction.earliest
        return DagRunInfo.interval(begin, begin + timedelta(days=2))


with DAG("two_days", schedule=TwoDays(), start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def days(data_interval_start=None, data_interval_end=None):
        return (data_interval_end - data_interval_start).days

    days()

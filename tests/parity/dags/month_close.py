"""A trigger's timetable whose data interval has a length of its own."""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task
from airflow.timetables.trigger import CronTriggerTimetable

SCHEDULE = CronTriggerTimetable("0 6 1 * *", timezone="Europe/Vienna", interval=timedelta(days=1))

with DAG(
    "month_close", schedule=SCHEDULE, start_date=pendulum.datetime(2023, 12, 1, tz="Europe/Vienna"), catchup=False
):

    @task
    def closing(data_interval_start=None, data_interval_end=None):
        """The month before that of the run, in the team's time zone."""
        local = data_interval_end.in_timezone("Europe/Vienna")
        return [local.start_of("month").subtract(days=1).format("YYYY-MM"), str(data_interval_start)]

    show = BashOperator(
        task_id="show",
        bash_command=(
            "echo {{ ds }} {{ data_interval_start | ts_nodash }}-{{ data_interval_end | ts_nodash }}"
            " > $DATA_DIR/{{ data_interval_end.in_timezone('Europe/Vienna') | ds }}.txt"
        ),
    )
    closing() >> show

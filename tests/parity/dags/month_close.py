"""Triggers' timetables whose data intervals have a length of their own: days, months of the calendar, months that pendulum counts."""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task
from airflow.timetables.trigger import CronTriggerTimetable
from dateutil.relativedelta import relativedelta

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


def of_months(dag_id, cron, interval, timezone="UTC"):
    """A DAG that writes down for which time it runs."""
    with DAG(
        dag_id,
        schedule=CronTriggerTimetable(cron, timezone=timezone, interval=interval),
        start_date=pendulum.datetime(2023, 12, 1, tz="UTC"),
        catchup=False,
    ):

        @task
        def span(ds=None, data_interval_start=None, data_interval_end=None):
            return [
                ds,
                str(data_interval_start),
                str(data_interval_end),
                (data_interval_end - data_interval_start).days,
            ]

        write = BashOperator(
            task_id="write",
            bash_command=(
                "echo {{ ds_nodash }} {{ data_interval_start }}-{{ data_interval_end.strftime('%d.%m.') }} >> $DATA_DIR/"
                f"{dag_id}.txt"
            ),
        )
        span() >> write


of_months("quarter_close", "0 6 1 */3 *", relativedelta(months=3))
of_months("trailing_month", "0 6 * * *", relativedelta(months=1), "Europe/Vienna")
of_months("thirty_days_close", "0 6 1 * *", pendulum.duration(months=1))

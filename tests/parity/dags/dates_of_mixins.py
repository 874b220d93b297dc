"""Dates that methods of a mixin, and the functions these hand them to, use as pendulum's."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, BaseOperator

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def local_day(moment):
    return moment.in_timezone("Europe/Vienna").to_date_string()


class Audited:
    """Notes the local day of each run."""

    def pre_execute(self, context):
        self.month = context["logical_date"].format("YYYY-MM")

    def post_execute(self, context, result=None):
        with (OUT / f"audit_{self.task_id}.log").open("a") as file:
            file.write(f"{local_day(context['data_interval_start'])} of {self.month}\n")


class ReadMeter(Audited, BaseOperator):
    template_fields = ("day",)

    def __init__(self, *, meter, day="{{ ds }}", **kwargs):
        super().__init__(**kwargs)
        self.meter, self.day = meter, day

    def execute(self, context):
        return f"{self.meter} {self.day}"


with DAG("dates_of_mixins", schedule="0 22 * * *", start_date=datetime(2024, 1, 1), catchup=False):
    ReadMeter(task_id="read_north", meter="north") >> ReadMeter(task_id="read_south", meter="south")

"""Branches by times of day in the DAG's timezone, over midnight, with one bound, and in a timezone of their own."""

import os
from datetime import time, timezone
from zoneinfo import ZoneInfo

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.datetime import BranchDateTimeOperator
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")
BOUNDS = {
    "evening": (time(20, 0), time(23, 59)),
    "night": (time(22, 0), time(5, 30)),
    "late": (time(21), None),
    "early": (None, pendulum.time(9)),
    "abroad": (time(9, tzinfo=ZoneInfo("Asia/Tokyo")), time(17, 30, tzinfo=ZoneInfo("Asia/Tokyo"))),
    "anywhere": (time(12, tzinfo=timezone.utc), None),
}

with DAG("local_bounds", schedule=None, start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Vienna"), catchup=False):
    for name, (lower, upper) in BOUNDS.items():
        branch = BranchDateTimeOperator(
            task_id=name,
            target_lower=lower,
            target_upper=upper,
            use_task_logical_date=True,
            follow_task_ids_if_true=[f"in_{name}"],
            follow_task_ids_if_false=[f"not_{name}"],
        )
        branch >> [
            BashOperator(task_id=f"{answer}_{name}", bash_command=f"touch {OUT}/{answer}_{name}_{{{{ ts_nodash }}}}")
            for answer in ("in", "not")
        ]

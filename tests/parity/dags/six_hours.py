"""A schedule by `timedelta` whose runs come one after the other."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "six_hours",
    schedule=timedelta(hours=6),
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"depends_on_past": True},
):
    first = BashOperator(
        task_id="first",
        bash_command="echo {{ ds }} {{ ts }} {{ data_interval_start }} {{ data_interval_end }} "
        "> $DATA_DIR/first_{{ ts_nodash }}",
    )
    first >> BashOperator(
        task_id="second",
        wait_for_downstream=True,
        bash_command="echo {{ macros.ds_format(macros.ds_add(ds, -6), '%Y-%m-%d', '%Y%m%d') }} > $DATA_DIR/second_{{ ts_nodash }}",
    )

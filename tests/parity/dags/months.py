"""Monthly runs with an end, and ways to the month before."""

from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "months", schedule="@monthly", start_date=datetime(2024, 1, 1), end_date=datetime(2024, 12, 31), catchup=False
):
    BashOperator(
        task_id="show",
        bash_command="echo {{ ds }} {{ data_interval_start | ds }} {{ data_interval_end | ds }} "
        "{{ (logical_date - macros.dateutil.relativedelta.relativedelta(months=1)).strftime('%Y-%m') }} "
        "{{ logical_date.subtract(months=1).format('YYYY-MM') }} {{ logical_date.end_of('month').to_date_string() }} "
        "{{ logical_date.replace(day=15) | ds }} > $DATA_DIR/show_{{ ds_nodash }}",
    )

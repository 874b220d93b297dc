"""The date family, macros, filters, params and Variables in commands."""

import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def twice(text):
    return text + text


def shout(text):
    return text.upper()


with DAG(
    dag_id="template_zoo",
    schedule="@daily",
    start_date=datetime(2024, 2, 1),
    catchup=False,
    params={"limit": Param(10, type="integer", minimum=1), "mode": Param("full", enum=["full", "delta"])},
    user_defined_macros={"shout": shout, "suffix": "_v2"},
    user_defined_filters={"twice": twice},
) as dag:
    dates = BashOperator(
        task_id="dates",
        bash_command=(
            "printf '%s\\n' {{ ds }} {{ ds_nodash }} {{ ts }} {{ ts_nodash }} {{ ts_nodash_with_tz }} "
            "{{ logical_date.strftime('%d/%m/%Y') }} {{ macros.ds_add(ds, -7) }} "
            "{{ macros.ds_format(ds, '%Y-%m-%d', '%Y/%m') }} {{ (logical_date - macros.timedelta(days=1)) | ds }} "
            "{{ logical_date.year }} {{ logical_date.month }} {{ '%02d' % logical_date.day }} "
            "{{ logical_date.add(days=3).to_date_string() }} {{ logical_date | ds_nodash }} "
            "{{ data_interval_start | ts }} {{ data_interval_end.isoformat() }} "
            "{{ logical_date.weekday() }} {{ logical_date.day_of_week }} "
            "> $OUT/dates_{{ ds }}.txt"
        ),
        env={"OUT": OUT},
        append_env=True,
    )
    values = BashOperator(
        task_id="values",
        bash_command=(
            "printf '%s\\n' {{ params.limit }} {{ params['mode'] }} {{ var.value.region }} "
            "{{ var.json.limits.max_rows }} {{ var.value.get('missing', 'fallback') }} {{ shout('abc') }}{{ suffix }} "
            "{{ 'xy' | twice }} {{ dag.dag_id }} {{ task.task_id }} {{ (params.limit * 2) | string }} "
            "{{ var.value.region | upper }} {{ var.json.country_codes | join('-') }} "
            "{% if params.mode == 'full' %}everything{% else %}new{% endif %} "
            "{% for code in var.json.country_codes %}{{ code }};{% endfor %} "
            "> $OUT/values_{{ ds }}.txt"
        ),
        env={"OUT": OUT},
        append_env=True,
    )
    dates >> values

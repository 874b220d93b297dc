"""Functions of a DAG as macros and filters: with keywords, of a class, with members of Airflow's own objects beside them."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def fiscal_week(ds, offset=0):
    d = datetime.strptime(ds, "%Y-%m-%d") + timedelta(weeks=offset)
    return f"FY{d.year}W{d.isocalendar()[1]:02d}"


def shout(text, times=1):
    return text.upper() + "!" * times


class Paths:
    root = OUT

    @staticmethod
    def partition(ds):
        return f"year={ds[:4]}/month={ds[5:7]}"


def show(week, first, last, where, since, **kw):
    Path(OUT, where).mkdir(parents=True, exist_ok=True)
    Path(OUT, where, f"show_{kw['ds']}").write_text(
        "|".join([week, first, last, where, since, str(kw["dag"].timezone), kw["data_interval_end"].isoformat()])
    )


with DAG(
    "macros_and_filters",
    schedule="30 6 * * MON-FRI",
    start_date=pendulum.datetime(2024, 1, 1, tz="America/New_York"),
    catchup=False,
    user_defined_macros={"fiscal_week": fiscal_week, "paths": Paths, "env": {"stage": "prod"}},
    user_defined_filters={"shout": shout},
):
    a = PythonOperator(
        task_id="show",
        python_callable=show,
        op_kwargs={
            "week": "{{ fiscal_week(ds, offset=-1) }}",
            "first": "{{ data_interval_start.start_of('month').to_date_string() }}",
            "last": "{{ (logical_date + macros.timedelta(days=3)).strftime('%d/%m/%Y') }}",
            "where": "{{ paths.partition(ds) }}",
            "since": "{{ dag.start_date }} {{ dag.start_date.year }}-{{ dag.start_date.hour }} {{ dag.end_date }}",
        },
    )
    b = BashOperator(
        task_id="say",
        bash_command=(
            "echo '{{ env.stage | shout(2) }} {{ env['stage'] }} {{ var.value.region }} {{ var.json.limits.max_rows }} "
            "{{ var.value.get('none_such', 'fallback') }} {{ dag.timezone }} {{ data_interval_start.in_timezone('UTC').format('HH:mm') }} "
            "{{ logical_date.in_timezone('America/New_York').hour }} {{ macros.datetime(2024, 2, 1).date() }} {{ ds | replace('-', '/') }}' > "
            + OUT
            + "/say_{{ ds_nodash }}"
        ),
    )
    a >> b

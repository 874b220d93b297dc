"""What pendulum's dates can do, in code and in templates; statements of Jinja; templated arguments of functions."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def window(**context):
    moment = context["logical_date"]
    found = {
        "day": str(moment.date()),
        "week": moment.start_of("week").to_date_string(),
        "month": moment.replace(day=1).isoformat(),
        "next": moment.add(days=1).format("YYYY/MM/DD"),
        "before": moment.subtract(months=1).to_date_string(),
        "yesterday": (moment.date() - timedelta(days=1)).isoformat(),
        "seconds": moment.int_timestamp,
    }
    Path(DATA_DIR, f"window_{context['ds']}.json").write_text(json.dumps(found))


def quarter_of(day, zone="Europe/Berlin"):
    return day.in_timezone(zone).quarter


def quarters(**context):
    Path(DATA_DIR, f"quarter_{context['ds']}").write_text(f"{quarter_of(context['logical_date'])}")


def texts(ds, ds_nodash, ts, ts_nodash, logical_date, **kwargs):
    found = [ds, ds_nodash, ts, ts_nodash, str(logical_date), kwargs["dag"].dag_id, kwargs["task"].task_id]
    Path(DATA_DIR, f"texts_{ds}.json").write_text(json.dumps(found))


def arguments(start, end, year, nested=None):
    Path(DATA_DIR, f"arguments_{start}.txt").write_text(f"{start} {end} {year!r} {nested!r}")


DATES = """
{{ (logical_date + macros.timedelta(hours=36)).isoformat() }}
{{ logical_date.date() }} {{ logical_date.timestamp() | int }} {{ logical_date.isoweekday() }}
{{ logical_date.strftime('%j %U') }} {{ ds.split('-')[0] }} {{ ds[:7] }} {{ ds | replace('-', '/') }}
{{ logical_date.format('dddd DD MMMM YYYY') }} {{ logical_date.start_of('month') | ds }} {{ logical_date.quarter }}
{{ macros.datetime.strptime(ds, '%Y-%m-%d').strftime('%B') }} {{ '{:02d}'.format(logical_date.month) }}
"""
STATEMENTS = """
{% if logical_date.day == 5 %}echo five{% elif logical_date.month == 2 %}echo february{% endif %} > $DATA_DIR/kind_{{ ds }}
{% set parts = ds.split('-') %}
{% for part in parts %}echo {{ loop.index }} {{ part }} >> $DATA_DIR/kind_{{ ds }}
{% endfor %}
{%- raw %}echo '{{ not_a_template }}' > $DATA_DIR/raw{% endraw %}
"""

with DAG("moments", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1), catchup=False):
    PythonOperator(task_id="window", python_callable=window)
    PythonOperator(task_id="quarters", python_callable=quarters)
    PythonOperator(task_id="texts", python_callable=texts)
    PythonOperator(
        task_id="arguments",
        python_callable=arguments,
        op_kwargs={
            "start": "{{ ds }}",
            "end": "{{ macros.ds_add(ds, 1) }}",
            "year": "{{ logical_date.year }}",
            "nested": ["{{ ds_nodash }}", {"moment": "{{ ts }}"}],
        },
    )
    BashOperator(task_id="dates", bash_command=f'echo "{DATES}" > $DATA_DIR/dates_{{{{ ds }}}}')
    BashOperator(task_id="statements", bash_command=STATEMENTS)

    @task
    def decorated(day, before, ds=None):
        Path(DATA_DIR, f"decorated_{ds}").write_text(f"{day} {before}")

    decorated("{{ ds_nodash }}", before="{{ (logical_date - macros.timedelta(days=2)).strftime('%d') }}")

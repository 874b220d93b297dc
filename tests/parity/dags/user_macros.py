import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA = os.environ.get("DATA_DIR", "/tmp/data")
BUCKETS = {"raw": "raw-bucket", "clean": "clean-bucket"}


def fiscal_quarter(ds):
    month = int(ds.split("-")[1])
    return f"FQ{((month - 4) % 12) // 3 + 1}"


def path_of(layer, ds, ext="csv"):
    return f"{BUCKETS[layer]}/{ds.replace('-', '/')}/data.{ext}"


class Paths:
    root = "/lake"

    def __init__(self, team):
        self.team = team

    def of(self, name):
        return f"{self.root}/{self.team}/{name}"


def write(text, target):
    Path(target).write_text(text)


def local_day(moment):
    return moment.in_timezone("Europe/Berlin").format("dddd DD")


with DAG(
    "user_macros",
    start_date=datetime(2024, 1, 1),
    schedule="@daily",
    catchup=False,
    user_defined_macros={
        "fiscal_quarter": fiscal_quarter,
        "local_day": local_day,
        "path_of": path_of,
        "buckets": BUCKETS,
        "paths": Paths("growth"),
        "VERSION": "1.2",
        "week_ago": lambda d: d - timedelta(days=7),
    },
    user_defined_filters={"shout": lambda s: s.upper() + "!", "pad": lambda n, w=5: str(n).zfill(w)},
):
    BashOperator(
        task_id="one",
        bash_command='echo \'{{ fiscal_quarter(ds) }} {{ path_of("raw", ds) }} {{ path_of("clean", ds, ext="parquet") }} {{ buckets.raw }} {{ VERSION | shout }}\' > '
        + DATA
        + "/one_{{ ds }}",
    )
    PythonOperator(
        task_id="two",
        python_callable=write,
        op_kwargs={
            "text": "{{ paths.of('sales') }} {{ 7 | pad }} {{ 7 | pad(3) }} {{ week_ago(logical_date).strftime('%d.%m.') }} {{ logical_date | ds | shout }}",
            "target": DATA + "/two_{{ ds }}",
        },
    )
    BashOperator(
        task_id="four",
        bash_command="echo '{{ local_day(data_interval_end) }} {{ data_interval_start.naive() }}' > "
        + DATA
        + "/four_{{ ds }}",
    )
    BashOperator(
        task_id="three",
        bash_command="""
{%- set start = macros.datetime.strptime(ds, '%Y-%m-%d') - macros.timedelta(days=2) -%}
{%- set months = macros.dateutil.relativedelta.relativedelta(months=1) if false else none -%}
echo "{{ start.strftime('%Y%m%d') }} {{ macros.ds_format(ds, '%Y-%m-%d', '%b %Y') }} {{ dag.dag_id }} {{ task.task_id }} {{ ti.task_id }} {{ logical_date.add(days=3).to_date_string() }} {{ data_interval_end | ts_nodash }}" > """
        + DATA
        + "/three_{{ ds }}",
    )

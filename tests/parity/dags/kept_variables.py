"""Variables that tasks change: a counter, watermarks of several tables, JSON, in code of all kinds and in templates."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable, task

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def note(name, ds, value):
    (OUT / f"{name}_{ds}.json").write_text(json.dumps(value))


def raise_counter(name, by=1):
    number = int(Variable.get(name, default=0)) + by
    Variable.set(name, str(number))
    return number


def count(ds):
    note("count", ds, raise_counter("kept_runs"))


class Loader:
    def __init__(self, table):
        self.table = table

    def load(self, ds, **context):
        since = Variable.get(f"kept_watermark_{self.table}", default=None)
        note(f"load_{self.table}", ds, [since, context["ti"].task_id])
        Variable.set(f"kept_watermark_{self.table}", ds, description="how far it came")


def journal(ds, **context):
    days = Variable.get("kept_days", default=[], deserialize_json=True)
    Variable.set(key="kept_days", value=[*days, ds], serialize_json=True)
    Variable.set("kept_scratch", context["ds_nodash"])
    Variable.delete("kept_scratch")
    note("journal", ds, [days, Variable.get("kept_scratch", default="gone"), Variable.get("region")])


with DAG("kept_variables", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    counted = PythonOperator(task_id="count", python_callable=count)
    loads = [
        PythonOperator(task_id=f"load_{table}", python_callable=Loader(table).load) for table in ("orders", "users")
    ]
    noted = PythonOperator(task_id="journal", python_callable=journal)
    shown = BashOperator(
        task_id="show",
        bash_command='echo \'{{ var.value.kept_runs }} {{ var.json.kept_days | length }} {{ var.value.get("kept_other", "none") }}\''
        " > $DATA_DIR/show_{{ ds }}",
    )

    @task
    def read(table, ds=None):
        note(
            f"read_{table}", ds, Variable.get("kept_watermark_orders" if table == "orders" else "kept_watermark_users")
        )

    counted >> loads >> noted >> shown >> [read.override(task_id="read_orders")("orders"), read("users")]

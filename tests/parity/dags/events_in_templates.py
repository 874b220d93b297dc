"""Templates that ask for the events of the task's inlets: by their numbers, by name and by URI."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

orders = Asset("orders", uri="file:///data/orders")
users = Asset("users", uri="file:///data/users")

with DAG("events_in_templates", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task(outlets=[orders, users])
    def load(ds=None, *, outlet_events=None):
        outlet_events[orders].extra = {"rows": 3, "day": ds}
        outlet_events.for_asset(name="users", uri="file:///data/users").extra = {"rows": 1}

    show = BashOperator(
        task_id="show",
        inlets=[orders, users],
        bash_command=(
            f"echo '{{{{ inlet_events[0][-1].extra.day }}}} {{{{ inlet_events[-1] | length }}}}' >> {DATA_DIR}/shown; "
            f"""echo '{{{{ inlet_events.for_asset(uri="file:///data/orders")[-1].extra | tojson }}}}' >> {DATA_DIR}/shown; """
            f"""echo '{{% for event in inlet_events.for_asset(name="users") %}}{{{{ event.extra.rows }}}} {{% endfor %}}' >> {DATA_DIR}/shown"""
        ),
    )
    load() >> show

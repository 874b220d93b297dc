"""What functions tell of the assets that they update, read by later tasks: in assets, in a function with two of them, and in a DAG that branches."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset, AssetAlias, Metadata, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))
orders = Asset("orders", uri="file:///data/orders.csv")
customers = Asset(name="customers", uri="file:///data/customers.csv")
refunds = Asset("file:///data/refunds.csv")
checked = Asset("checked")
found = AssetAlias("found")
calls = Asset(name="calls", uri="calls://all")
DAILY = {"schedule": "@daily", "start_date": datetime(2024, 1, 1), "catchup": False}


def split(outlet_events, ds):
    for name in ("customers", "refunds"):
        (DATA_DIR / f"{name}_{ds}").write_text(name)
    outlet_events[customers].extra = {"path": f"customers_{ds}", "ok": True}
    outlet_events[refunds].extra["count"] = len(ds)
    outlet_events[refunds].extra.update({"share": 0.5, "of": ["a", "b"]})


with DAG("metadata_of_assets", **DAILY):

    @task(outlets=[orders])
    def write_orders(ds=None):
        (DATA_DIR / f"orders_{ds}").write_text("1")
        yield Metadata(orders, {"rows": int(ds[-2:]), "day": ds})

    splitting = PythonOperator(task_id="split", python_callable=split, outlets=[customers, refunds])

    @task(inlets=[orders, customers, refunds])
    def compare(inlet_events, ds=None):
        rows = [event.extra["rows"] for event in inlet_events[orders]]
        last = inlet_events[refunds][-1].extra
        first = inlet_events[1]
        (DATA_DIR / f"compared_{ds}").write_text(json.dumps([rows, last, len(first), first[-1].extra["path"]]))

    @task(outlets=[found])
    def find(outlet_events, ds=None):
        (DATA_DIR / f"found_{ds}").touch()
        outlet_events[found].add(Asset("parcels"), extra={"of": ds})

    @task(inlets=[Asset("parcels")])
    def list_found(inlet_events, ds=None):
        events = inlet_events[Asset("parcels")]
        (DATA_DIR / f"parcels_{ds}").write_text(str([event.extra["of"] for event in events]))

    @task(outlets=[calls])
    def count_calls(outlet_events, ds=None):
        (DATA_DIR / f"calls_{ds}").write_text(calls.uri)
        outlet_events[calls].extra = {"calls": len(ds)}

    @task(inlets=[calls])
    def show_calls(inlet_events, ds=None):
        (DATA_DIR / f"shown_calls_{ds}").write_text(str([event.extra for event in inlet_events[calls]]))

    [write_orders(), splitting] >> compare()
    count_calls() >> show_calls()
    find() >> list_found()

with DAG("metadata_of_branches", **DAILY):

    @task.branch
    def choose(ds=None):
        return "check" if ds.endswith("1") else "skip_check"

    @task(outlets=[checked])
    def check(ds=None, **context):
        (DATA_DIR / f"checked_{ds}").touch()
        context["outlet_events"][checked].extra = {"day": ds}

    @task
    def skip_check():
        (DATA_DIR / "skipped").touch()

    @task(trigger_rule="none_failed_min_one_success", inlets=[checked])
    def show(inlet_events=None, ds=None):
        (DATA_DIR / f"shown_{ds}").write_text(str([event.extra for event in inlet_events[checked]]))

    choose() >> [check(), skip_check()] >> show()

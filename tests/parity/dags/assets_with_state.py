"""Tasks that keep a state of assets from run to run: values, defaults, what is deleted and cleared."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG, Asset, get_current_context, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

orders = Asset("orders", uri="file:///data/orders")
users = Asset("users", uri="file:///data/users")


def note(name: str, text: object) -> None:
    with (DATA_DIR / name).open("a") as file:
        file.write(f"{text}\n")


with DAG("assets_with_state", schedule=None):

    @task(inlets=[orders], outlets=[orders])
    def load(asset_state_store=None, dag_run=None):
        state = asset_state_store[orders]
        upto = state.get("upto", default=0)
        state.set("upto", upto + 10)
        state.set("runs", state.get("runs", 0) + 1)
        state.set("last", {"from": upto, "rows": [1, 2]})
        if dag_run.conf.get("forget"):
            state.delete("upto")
        note("loaded", [upto, state.get("upto"), state.get("runs")])

    @task(outlets=[users, orders])
    def count():
        context = get_current_context()
        context["asset_state_store"][users].set("seen", context["asset_state_store"][orders].get("runs"))
        if context["dag_run"].conf.get("clear"):
            context["asset_state_store"][users].clear()

    load() >> count()

with DAG("read_state", schedule=[orders]):

    @task(inlets=[Asset.ref(name="orders"), users])
    def read(*, asset_state_store):
        last = asset_state_store[Asset.ref(name="orders")].get("last") or {}
        note("read", [last.get("from"), last.get("rows"), asset_state_store[users].get("seen", "nobody")])

    read()

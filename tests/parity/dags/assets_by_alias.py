"""Assets that are added to an alias, which starts a DAG whose tasks ask for the updates by the alias and by the assets' names."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG, Asset, AssetAlias, Metadata, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))

exports = AssetAlias("exports")
totals = Asset("totals", uri="file:///data/totals")


def note(name: str, text: object) -> None:
    with (DATA_DIR / name).open("a") as file:
        file.write(f"{text}\n")


with DAG("assets_by_alias", schedule=None):

    @task(outlets=[exports])
    def export(*, outlet_events=None, dag_run=None):
        for name in dag_run.conf.get("names", []):
            outlet_events[exports].add(Asset(f"file:///exports/{name}"), extra={"name": name})
            table = Asset(f"table_{name}", uri=f"file:///tables/{name}")
            outlet_events[exports].add(table, extra={"name": f"{name} table"})
            note("tables", table.name)

    @task(outlets=[AssetAlias("exports"), totals])
    def add_up(*, outlet_events=None):
        outlet_events.for_asset(name="totals", uri="file:///data/totals").extra = {"all": True}
        yield Metadata(Asset("file:///exports/sum"), extra={"name": "sum"}, alias=AssetAlias("exports"))

    export() >> add_up()

with DAG("read_exports", schedule=[AssetAlias("exports")]):

    @task(inlets=[AssetAlias("exports"), totals])
    def read(*, inlet_events=None):
        events = inlet_events[AssetAlias("exports")]
        note("read", sorted(event.extra["name"] for event in events))
        note("totals", [event.extra for event in inlet_events.for_asset(uri="file:///data/totals")])

    read()

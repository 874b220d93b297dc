"""A wholesaler's stock: deliveries and sales start the count, which says what started it."""

import datetime as dt
import json
import os
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Asset, dag, get_current_context, task

DELIVERIES = Asset(name="deliveries", uri="file://stock/deliveries")
SALES = Asset(name="sales", uri="file://stock/sales")
RETURNED = Asset("returned_goods")
START = dt.datetime(2024, 1, 1)


def stock(name: str) -> Path:
    folder = Path(os.environ["DATA_DIR"]) / "stock"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


with DAG("stock_deliveries", schedule="0 4 * * *", start_date=START, catchup=False):

    @task(outlets=[DELIVERIES])
    def receive(ds, outlet_events):
        pallets = int(ds[-2:]) + 1
        stock("deliveries.txt").write_text(f"{pallets} {DELIVERIES.uri}\n")
        outlet_events[DELIVERIES].extra = {"pallets": pallets, "day": ds}

    receive()

with DAG("stock_sales", schedule="0 5 * * *", start_date=START, catchup=False):

    @task(outlets=[SALES])
    def sell(ds, outlet_events):
        outlet_events[SALES].extra = {"sold": int(ds[-2:]) * 2}

    sell()


@dag(schedule=(DELIVERIES & SALES), start_date=START, catchup=False)
def stock_count():
    @task
    def started_by(triggering_asset_events=None) -> list[str]:
        if not triggering_asset_events:
            return ["nobody"]
        names = sorted(asset.name for asset in triggering_asset_events)
        stock("started_by.txt").write_text(",".join(names) + "\n")
        return names

    @task
    def totals(ti=None) -> dict:
        context = get_current_context()
        events = context["triggering_asset_events"]
        found = {}
        for asset, happened in events.items():
            found[asset.uri] = [event.extra for event in happened]
        pallets = sum(event.extra["pallets"] for event in events[DELIVERIES])
        sold = events.get(SALES, [])
        return {"found": found, "pallets": pallets, "sold": sold[-1].extra["sold"] if sold else 0}

    @task(inlets=[DELIVERIES])
    def sources(triggering_asset_events, inlet_events) -> list[str]:
        """Who made the events, of which asset."""
        found = [
            f"{event.asset.name} {event.source_dag_id}.{event.source_task_id} {event.source_map_index}"
            for events in triggering_asset_events.values()
            for event in events
        ]
        last = inlet_events[DELIVERIES][-1]
        return [*sorted(found), f"{last.asset.uri} {last.source_dag_id}.{last.source_task_id}"]

    @task
    def write(names: list[str], counted: dict, made_by: list[str], ds=None):
        stock("count.json").write_text(json.dumps({"names": names, "made": made_by, **counted}, sort_keys=True))

    write(started_by(), totals(), sources())


with DAG("stock_label", schedule=[DELIVERIES], start_date=START, catchup=False):
    BashOperator(
        task_id="print_label",
        bash_command=(
            "echo 'pallets {{ (triggering_asset_events.values() | first | first).extra.pallets }}'"
            " > $DATA_DIR/stock/label.txt"
            " && echo '{% for asset, events in triggering_asset_events.items() %}{{ asset.name }}:{{ events | length }}"
            "{% for event in events %} {{ event.asset.uri }} of {{ event.source_dag_id }}.{{ event.source_task_id }}{% endfor %}"
            "{% endfor %}' >> $DATA_DIR/stock/label.txt"
        ),
    )

with DAG("stock_alarm", schedule=(RETURNED | (DELIVERIES & SALES)), start_date=START, catchup=False):

    @task
    def alarm(triggering_asset_events):
        stock("alarm.txt").write_text(f"{len(triggering_asset_events)} {RETURNED.name}\n")

    alarm()

stock_count()

"""Imports the price lists that suppliers leave in the upload folder, however many there are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, Param, dag, task

from fernwood_common import paths

PURCHASE_PRICES = Asset("fernwood://curated/purchase_prices")


@dag(
    schedule="0 3 * * 1",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    default_args={"owner": "purchasing", "retries": 1},
    max_active_tasks=4,
    params={
        "max_increase_percent": Param(10, type="integer", minimum=0, description="dearer than this is flagged"),
    },
    tags=["purchasing", "dynamic-mapping"],
)
def supplier_prices():
    @task
    def list_price_files() -> list[str]:
        return sorted(str(path) for path in (paths.RAW / "suppliers").glob("*.csv"))

    @task(max_active_tis_per_dag=2)
    def to_euro(price_file: str, fx_file: str) -> list[dict]:
        """Prices of one supplier in euro, at the newest exchange rate."""
        rates = pd.read_csv(fx_file).sort_values("date").drop_duplicates("currency", keep="last")
        prices = pd.read_csv(price_file).merge(rates, on="currency")
        prices["purchase_price_eur"] = (prices["price"] * prices["eur_per_unit"]).round(2)
        prices["supplier"] = Path(price_file).stem
        return prices[["supplier", "sku", "purchase_price_eur", "case_size"]].to_dict("records")

    @task(outlets=[PURCHASE_PRICES])
    def cheapest_offer(offers: list[list[dict]]) -> str:
        """Reduce: the best supplier of every product."""
        table = pd.DataFrame([offer for supplier in offers for offer in supplier])
        best = table.sort_values(["sku", "purchase_price_eur", "supplier"]).drop_duplicates("sku")
        target = paths.ensure_parent(paths.CURATED / "purchase_prices.csv")
        best.to_csv(target, index=False)
        return str(target)

    @task
    def flag_increases(best_file: str, params: dict) -> int:
        merged = pd.read_csv(best_file).merge(pd.read_csv(paths.PRODUCTS_CSV), on="sku")
        merged["increase_percent"] = ((merged["purchase_price_eur"] / merged["cost_eur"] - 1) * 100).round(1)
        flagged = merged[merged["increase_percent"] > params["max_increase_percent"]]
        target = paths.ensure_parent(paths.REPORTS / "price_increases.csv")
        flagged[["sku", "name", "supplier", "increase_percent"]].to_csv(target, index=False)
        return len(flagged)

    files = list_price_files()
    offers = to_euro.partial(fx_file=str(paths.FX_RATES_CSV)).expand(price_file=files)

    archive = BashOperator.partial(
        task_id="archive",
        env={"ARCHIVE": str(paths.DATA_ROOT / "archive" / "suppliers")},
        append_env=True,
    ).expand(
        bash_command=files.map(
            lambda name: f'mkdir -p "$ARCHIVE" && gzip -c "{name}" > "$ARCHIVE/$(basename {name}).gz"'
        )
    )

    best = cheapest_offer(offers)
    flag_increases(best)
    offers >> archive


supplier_prices()

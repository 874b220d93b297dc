"""Reference tables as single assets: each function is an asset and a DAG of its own."""

from __future__ import annotations

import json

import pandas as pd
from airflow.sdk import Asset, asset

from fernwood_common import paths
from fernwood_common.cleaning import normalise_customers

PRODUCT_EXPORT = Asset(name="product_export", uri="fernwood://raw/products")


@asset(schedule="0 4 * * *", uri="fernwood://curated/customers", tags=["reference"])
def customers_curated():
    """Customers with normalised countries and e-mail addresses."""
    records = json.loads(paths.CUSTOMERS_JSON.read_text(encoding="utf-8"))
    normalise_customers(records).to_csv(paths.ensure_parent(paths.CURATED / "customers.csv"), index=False)


@asset(schedule=[PRODUCT_EXPORT], tags=["reference"])
def product_margins():
    """Margin of every product, from the buyers' export."""
    products = pd.read_csv(paths.PRODUCTS_CSV)
    products["margin"] = ((products["price_eur"] - products["cost_eur"]) / products["price_eur"]).round(3)
    products.to_csv(paths.ensure_parent(paths.CURATED / "product_margins.csv"), index=False)

"""One report DAG per country: Germany daily, Austria and the Netherlands less often.

Add a country by adding a row to COUNTRIES.
"""

from datetime import timedelta

import pandas as pd
import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

from fernwood_common import paths

COUNTRIES = {
    "de": {"schedule": "0 8 * * *", "tz": "Europe/Berlin", "formats": ["csv", "json"], "owner": "sales-de"},
    "at": {"schedule": "0 8 * * 1-5", "tz": "Europe/Vienna", "formats": ["csv"], "owner": "sales-dach"},
    "nl": {"schedule": "30 8 * * 1", "tz": "Europe/Amsterdam", "formats": ["csv", "json"], "owner": "sales-nl"},
}


def country_orders(country: str, day: str) -> pd.DataFrame:
    """Paid orders of the customers of one country."""
    customers = pd.read_json(paths.CUSTOMERS_JSON)
    customers = customers[customers["country"].str.upper() == country.upper()]
    orders = pd.read_parquet(paths.staged_orders(day))
    return orders[(orders["status"] == "paid") & orders["customer_id"].isin(customers["customer_id"])]


def collect(country: str, day: str) -> str:
    """Top sellers of the day in the country."""
    products = pd.read_csv(paths.PRODUCTS_CSV, usecols=["sku", "name", "category"])
    orders = country_orders(country, day).merge(products, on="sku")
    top = orders.groupby(["sku", "name", "category"], as_index=False)[["quantity", "amount_eur"]].sum()
    top = top.sort_values(["amount_eur", "sku"], ascending=[False, True]).round({"amount_eur": 2})
    target = paths.ensure_parent(paths.CURATED / "top_sellers" / country / f"{day}.parquet")
    top.to_parquet(target, index=False)
    return str(target)


def export(country: str, day: str, fmt: str, source: str) -> None:
    """Write the report in one of the formats that the country's office asked for."""
    target = paths.ensure_parent(paths.REPORTS / country / f"top_sellers_{day}.{fmt}")
    top = pd.read_parquet(source)
    if fmt == "csv":
        top.to_csv(target, index=False)
    elif fmt == "json":
        top.to_json(target, orient="records", indent=1)
    else:
        raise ValueError(f"unknown report format {fmt!r}")


def create_dag(country: str, config: dict) -> DAG:
    with DAG(
        dag_id=f"country_report_{country}",
        description=f"Top sellers in {country.upper()}",
        schedule=config["schedule"],
        start_date=pendulum.datetime(2026, 1, 1, tz=config["tz"]),
        catchup=False,
        default_args={"owner": config["owner"], "retries": 2, "retry_delay": timedelta(minutes=10)},
        tags=["report", country],
    ) as dag:
        collected = PythonOperator(
            task_id="collect_top_sellers",
            python_callable=collect,
            op_kwargs={"country": country, "day": "{{ ds }}"},
        )
        for fmt in config["formats"]:
            exported = PythonOperator(
                task_id=f"export_{fmt}",
                python_callable=export,
                op_kwargs={"country": country, "day": "{{ ds }}", "fmt": fmt, "source": collected.output},
            )
            collected >> exported
    return dag


for code, settings in COUNTRIES.items():
    dag_id = f"country_report_{code}"
    globals()[dag_id] = create_dag(code, settings)

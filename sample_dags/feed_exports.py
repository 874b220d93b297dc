"""Product feeds for marketing partners, one DAG per entry of feed_exports.yaml."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pendulum
import yaml
from airflow.providers.smtp.operators.smtp import EmailOperator
from airflow.sdk import dag, task

from fernwood_common import paths

CONFIG = yaml.safe_load((Path(__file__).parent / "feed_exports.yaml").read_text())
DEFAULTS = CONFIG["defaults"]


def select_products(categories: list[str], in_stock_only: bool, day: str) -> pd.DataFrame:
    """The products of a feed; stock counts both warehouses."""
    products = pd.read_csv(paths.PRODUCTS_CSV)
    products = products[products["category"].isin(categories)]
    if in_stock_only:
        stock = pd.read_csv(paths.raw_stock(day)).groupby("sku")["on_hand"].sum()
        products = products[products["sku"].map(stock).fillna(0) > 0]
    return products.sort_values("sku")


def write_feed(products: pd.DataFrame, target: Path, fmt: str) -> None:
    if fmt == "jsonl":
        products.to_json(target, orient="records", lines=True)
    else:
        products.to_csv(target, index=False, sep="\t" if fmt == "tsv" else ",")


def make_feed_dag(name: str, feed: dict):
    @dag(
        dag_id=f"feed_{name}",
        schedule=feed["schedule"],
        start_date=pendulum.datetime(
            DEFAULTS["start_date"].year, DEFAULTS["start_date"].month, DEFAULTS["start_date"].day, tz="Europe/Berlin"
        ),
        catchup=False,
        default_args={"owner": DEFAULTS["owner"], "retries": DEFAULTS["retries"]},
        tags=["feed", feed["format"]],
    )
    def feed_dag():
        @task
        def build(ds: str) -> str:
            products = select_products(feed["categories"], feed.get("in_stock_only", False), ds)
            if discount := feed.get("discount_percent"):
                products["price_eur"] = (products["price_eur"] * (1 - discount / 100)).round(2)
            target = paths.ensure_parent(paths.EXPORTS / name / f"{ds}.{feed['format']}")
            write_feed(products[feed.get("columns", DEFAULTS["columns"])], target, feed["format"])
            return str(target)

        @task
        def check_not_empty(feed_file: str) -> str:
            if len(Path(feed_file).read_text().splitlines()) < 2:
                raise ValueError(f"{feed_file} has no products")
            return feed_file

        checked = check_not_empty(build())

        if "notify" in feed:
            mail = EmailOperator(
                task_id="notify_partner",
                to=feed["notify"],
                from_email="feeds@fernwood.example",
                subject=f"Fernwood feed {name} " + "{{ ds }}",
                html_content="The new product feed is ready for download.",
            )
            checked >> mail

    return feed_dag()


for feed_name, feed_config in CONFIG["feeds"].items():
    if not feed_config.get("enabled", True):
        continue
    make_feed_dag(feed_name, feed_config)

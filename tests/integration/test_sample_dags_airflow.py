"""The sample DAGs in real Airflow: they load in the version they were written for, and most run to success offline."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from .worlds import AIRFLOW2_RUNS, AIRFLOW3_RUNS, DAY, DAY_BEFORE, SAMPLE_DAGS, AirflowWorld

pytestmark = pytest.mark.integration

AIRFLOW3_DAGS = {
    "churn_scoring.py": {"churn_scoring"},
    "churn_training.py": {"churn_training"},
    "country_reports.py": {"country_report_de", "country_report_at", "country_report_nl"},
    "customer_features.py": {"customer_features"},
    "data_quality.py": {"data_quality"},
    "dbt_fernwood.py": {"dbt_fernwood"},
    "feed_exports.py": {"feed_google_shopping", "feed_price_comparison", "feed_garden_magazine"},
    "inbound_returns.py": {"inbound_returns"},
    "marts_daily.py": {"marts_daily"},
    "orders_daily.py": {"orders_daily"},
    "reference_data.py": {"customers_curated", "product_margins"},
    "stock_replenishment.py": {"stock_replenishment"},
    "supplier_prices.py": {"supplier_prices"},
    "warehouse_load.py": {"warehouse_load"},
    "warehouse_maintenance.py": {"warehouse_maintenance"},
    "web_events_daily.py": {"web_events_daily"},
    "weekly_newsletter.py": {"weekly_newsletter"},
}

AIRFLOW2_DAGS = {
    "ad_spend_import.py": {"ad_spend_searchads", "ad_spend_socialads"},
    "invoice_reminders.py": {"invoice_reminders"},
    "loyalty_points.py": {"loyalty_points"},
    "newsletter_segments.py": {"newsletter_segments"},
    "shop_kpis.py": {"shop_kpis"},
    "supplier_invoices.py": {"supplier_invoices"},
}

# Tasks that a successful run leaves out, and why.
SKIPPED = {
    "data_quality": {"alert_slack", "alert_mail"},  # nothing failed
    "stock_replenishment": {"nothing_to_order", "ask_for_approval"},  # a small order
    "churn_training": {"keep_old_model"},  # the candidate is good enough
    "supplier_invoices": {"book_directly", "book.polder_plants"},  # a sum to be reviewed; a supplier without invoices
}


def dags_by_file(world: AirflowWorld) -> dict[str, set[str]]:
    files: dict[str, set[str]] = {}
    for dag_id, file in world.report["dags"].items():
        files.setdefault(file, set()).add(dag_id)
    return files


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def query(world: AirflowWorld, sql: str) -> list[tuple]:
    with sqlite3.connect(world.warehouse) as connection:
        return connection.execute(sql).fetchall()


def paid_orders(world: AirflowWorld, day: str) -> dict[str, dict[str, str]]:
    """Paid orders of a seed file by their id: the duplicates are gone."""
    rows = read_csv(world.data / "raw" / "orders" / f"orders_{day}.csv")
    return {row["order_id"]: row for row in rows if row["status"] == "paid"}


def revenue(world: AirflowWorld, day: str) -> float:
    paid = paid_orders(world, day).values()
    return round(sum(int(row["quantity"]) * float(row["unit_price_eur"]) for row in paid), 2)


# --- loading ---------------------------------------------------------------------------------------------------------


def test_all_other_files_load_in_airflow_3(airflow3_world: AirflowWorld) -> None:
    assert airflow3_world.report["airflow"].startswith("3.")
    assert airflow3_world.report["import_errors"] == {}
    assert dags_by_file(airflow3_world) == AIRFLOW3_DAGS


def test_files_for_airflow_2_load_in_airflow_2(airflow2_world: AirflowWorld) -> None:
    assert airflow2_world.report["airflow"].startswith("2.")
    assert airflow2_world.report["import_errors"] == {}
    assert dags_by_file(airflow2_world) == AIRFLOW2_DAGS


# --- running ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dag_id", sorted({dag_id for dag_id, _ in AIRFLOW3_RUNS}))
def test_dag_runs_to_success_in_airflow_3(airflow3_world: AirflowWorld, dag_id: str) -> None:
    check_run(airflow3_world, dag_id)


@pytest.mark.parametrize("dag_id", [dag_id for dag_id, _ in AIRFLOW2_RUNS])
def test_dag_runs_to_success_in_airflow_2(airflow2_world: AirflowWorld, dag_id: str) -> None:
    check_run(airflow2_world, dag_id)


def check_run(world: AirflowWorld, dag_id: str) -> None:
    run = world.run_of(dag_id)
    assert run["tasks"], run["error"]
    assert (run["state"], run["error"]) == ("success", None), f"see {world.root}/airflow.log: {run['tasks']}"
    odd = {task_id: state for task_id, state in run["tasks"].items() if state != "success"}
    assert set(odd.values()) <= {"skipped"}
    assert set(odd) == SKIPPED.get(dag_id, set())


# --- what the runs left behind ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [DAY_BEFORE, DAY])
def test_orders_daily_counts_every_paid_order_once(airflow3_world: AirflowWorld, day: str) -> None:
    report = json.loads((airflow3_world.data / "reports" / "orders" / f"{day}.json").read_text())
    assert report["orders"] == len(paid_orders(airflow3_world, day))
    assert report["revenue_eur"] == revenue(airflow3_world, day)

    sales = read_csv(airflow3_world.data / "curated" / "daily_sales" / f"{day}.csv")
    assert round(sum(float(row["revenue_eur"]) for row in sales), 2) == revenue(airflow3_world, day)
    assert (airflow3_world.data / "staged" / "orders" / f"{day}.parquet").is_file()


def test_web_events_daily_works_on_the_data_interval(airflow3_world: AirflowWorld) -> None:
    assert sorted(path.stem for path in (airflow3_world.data / "staged" / "sessions").iterdir()) == [DAY_BEFORE, DAY]
    funnel = read_csv(airflow3_world.data / "curated" / "funnel" / f"{DAY}.csv")
    visitors = [int(row["visitors"]) for row in funnel]
    assert [row["step"] for row in funnel] == ["page_view", "add_to_cart", "checkout", "purchase"]
    assert visitors == sorted(visitors, reverse=True)
    traffic = json.loads((airflow3_world.data / "reports" / "traffic" / f"{DAY}.json").read_text())
    assert traffic["sessions"] > 0
    assert traffic["change"] is not None


def test_warehouse_holds_the_day(airflow3_world: AirflowWorld) -> None:
    counts = {
        table: query(airflow3_world, f"SELECT COUNT(*) FROM {table}")[0][0]
        for table in ("raw_customers", "raw_products", "raw_stock")
    }
    assert counts == {"raw_customers": 60, "raw_products": 20, "raw_stock": 40}
    assert query(airflow3_world, "SELECT DISTINCT order_date FROM raw_orders") == [(DAY,)]
    assert not (airflow3_world.data / "tmp" / f"warehouse_load_{DAY.replace('-', '')}").exists()


def test_marts_agree_with_the_files(airflow3_world: AirflowWorld) -> None:
    in_mart = query(airflow3_world, "SELECT order_date, SUM(revenue_eur) FROM mart_daily_revenue GROUP BY order_date")
    assert in_mart == [(DAY, pytest.approx(revenue(airflow3_world, DAY)))]
    (by_product,) = query(airflow3_world, "SELECT COUNT(*), SUM(revenue_eur) FROM mart_product_performance")
    (by_category,) = query(airflow3_world, "SELECT COUNT(*), SUM(revenue_eur) FROM mart_category_margin")
    assert by_product[0] == 20
    assert by_category[0] == 6
    assert by_product[1] == pytest.approx(by_category[1]) == pytest.approx(revenue(airflow3_world, DAY))
    segments = query(airflow3_world, "SELECT DISTINCT segment FROM mart_customer_value ORDER BY segment")
    assert ("new",) in segments


def test_sql_files_give_the_same_tables_on_duckdb(
    airflow3_world: AirflowWorld, airflow3_python: Path, tmp_path: Path
) -> None:
    script = Path(__file__).with_name("run_sql_on_duckdb.py")
    result = tmp_path / "tables.json"
    arguments = [SAMPLE_DAGS / "sql", airflow3_world.warehouse, DAY, result]
    subprocess.run([str(airflow3_python), str(script), *map(str, arguments)], check=True, timeout=120)

    on_duckdb = json.loads(result.read_text())
    assert on_duckdb["orphan_skus"] is True
    for table, rows in on_duckdb["tables"].items():
        on_sqlite = query(airflow3_world, f"SELECT * FROM {table}")
        assert sorted(map(comparable, rows)) == sorted(map(comparable, on_sqlite)), table


def comparable(row: list | tuple) -> tuple[str, ...]:
    """A row without the two databases' ways of writing numbers and NULL."""
    values = []
    for value in row:
        try:
            values.append(f"{float(value):.2f}")
        except (TypeError, ValueError):
            values.append(str(value))
    return tuple(values)


def test_country_report_lists_top_sellers_in_both_formats(airflow3_world: AirflowWorld) -> None:
    folder = airflow3_world.data / "reports" / "de"
    rows = read_csv(folder / f"top_sellers_{DAY}.csv")
    assert [row["sku"] for row in rows] == [
        row["sku"] for row in json.loads((folder / f"top_sellers_{DAY}.json").read_text())
    ]
    amounts = [float(row["amount_eur"]) for row in rows]
    assert amounts
    assert amounts == sorted(amounts, reverse=True)


def test_feed_holds_only_products_in_stock(airflow3_world: AirflowWorld) -> None:
    stock: dict[str, int] = {}
    for row in read_csv(airflow3_world.data / "raw" / "stock" / f"stock_{DAY}.csv"):
        stock[row["sku"]] = stock.get(row["sku"], 0) + int(row["on_hand"])
    feed = (airflow3_world.data / "exports" / "google_shopping" / f"{DAY}.tsv").read_text().splitlines()
    assert feed[0].split("\t") == ["sku", "name", "category", "price_eur"]
    assert len(feed) > 2
    assert all(stock[line.split("\t")[0]] > 0 for line in feed[1:])


def test_supplier_prices_are_mapped_over_the_files_and_reduced(airflow3_world: AirflowWorld) -> None:
    run = airflow3_world.run_of("supplier_prices")
    assert {f"to_euro[{index}]" for index in range(4)} <= set(run["tasks"])
    prices = read_csv(airflow3_world.data / "curated" / "purchase_prices.csv")
    assert len({row["sku"] for row in prices}) == len(prices) == 20
    assert {row["supplier"] for row in prices} == {"greenhouse_nord", "cactushof", "polder_plants", "tuin_co_uk"}
    archived = airflow3_world.data / "archive" / "suppliers" / "cactushof.csv.gz"
    original = airflow3_world.data / "raw" / "suppliers" / "cactushof.csv"
    assert gzip.decompress(archived.read_bytes()) == original.read_bytes()


def test_stock_replenishment_took_one_branch(airflow3_world: AirflowWorld) -> None:
    decision = (airflow3_world.data / "reports" / "replenishment" / f"{DAY}.txt").read_text()
    assert decision == f"{DAY}.json"
    order = json.loads((airflow3_world.data / "exports" / "purchase_orders" / f"{DAY}.json").read_text())
    assert 0 < order["value_eur"] <= 500


def test_churn_model_is_trained_and_used(airflow3_world: AirflowWorld) -> None:
    metrics = json.loads((airflow3_world.data / "models" / "churn" / "metrics.json").read_text())
    assert metrics["auc"] >= 0.6
    assert metrics["rows"] == 18
    assert (airflow3_world.data / "models" / "churn" / "model.joblib").is_file()
    at_risk = read_csv(airflow3_world.data / "exports" / "retention" / f"{DAY}.csv")
    assert 0 < len(at_risk) < 60
    assert all(float(row["churn_probability"]) >= 0.5 for row in at_risk)


def test_returns_are_booked_and_archived(airflow3_world: AirflowWorld) -> None:
    refunds = read_csv(airflow3_world.data / "exports" / "refunds" / f"refunds_{DAY}.csv")
    assert len(refunds) == 6
    assert all(float(row["amount_eur"]) > 0 for row in refunds)
    assert (airflow3_world.data / "archive" / "returns" / "2026" / "01" / f"returns_{DAY}.csv").is_file()


def test_airflow_2_dags_wrote_their_files(airflow2_world: AirflowWorld) -> None:
    exports = airflow2_world.data / "exports"
    points = json.loads((exports / "loyalty" / f"points_{DAY}.json").read_text())
    known = {row["customer_id"] for row in paid_orders(airflow2_world, DAY).values() if row["customer_id"]}
    assert set(points) == known
    (newsletter,) = (exports / "newsletter").iterdir()
    everyone, berlin = ((newsletter / f"{name}.txt").read_text().splitlines() for name in ("everyone", "berlin"))
    assert set(berlin) < set(everyone)
    invoices = json.loads((airflow2_world.data / "curated" / "open_invoices.json").read_text())
    assert invoices["day"] == DAY
    assert invoices["open"]

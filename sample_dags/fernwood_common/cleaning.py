"""Cleaning rules of the shop exports. Pure pandas, no Airflow."""

from __future__ import annotations

import pandas as pd

VALID_STATUSES = ("paid", "cancelled", "refunded")
SESSION_GAP = pd.Timedelta(minutes=30)
FUNNEL_STEPS = ["page_view", "add_to_cart", "checkout", "purchase"]


def clean_orders(raw: pd.DataFrame) -> pd.DataFrame:
    """Drop duplicates and test orders, normalise channels, add the line amount in euro.

    Market-stall sales have no customer; they keep ``customer_id`` 0 so that the column stays an integer.
    """
    orders = raw.drop_duplicates(subset="order_id").copy()
    orders = orders[orders["status"].isin(VALID_STATUSES)]
    orders["channel"] = orders["channel"].str.strip().str.lower()
    orders["customer_id"] = orders["customer_id"].fillna(0).astype("int64")
    orders["order_date"] = orders["ordered_at"].str[:10]
    orders["amount_eur"] = (orders["quantity"] * orders["unit_price_eur"]).round(2)
    return orders.sort_values("order_id").reset_index(drop=True)


def daily_sales(orders: pd.DataFrame) -> pd.DataFrame:
    """Paid orders, units and revenue by day and channel."""
    paid = orders[orders["status"] == "paid"]
    grouped = paid.groupby(["order_date", "channel"], as_index=False)
    sales = grouped.agg(orders=("order_id", "nunique"), units=("quantity", "sum"), revenue_eur=("amount_eur", "sum"))
    sales["revenue_eur"] = sales["revenue_eur"].round(2)
    return sales.sort_values(["order_date", "channel"]).reset_index(drop=True)


def sessionize(events: pd.DataFrame) -> pd.DataFrame:
    """Split each visitor's events into sessions: 30 minutes without an event start a new one."""
    events = events.sort_values(["visitor_id", "ts", "event_id"]).copy()
    events["ts"] = pd.to_datetime(events["ts"], utc=True)
    new_session = events.groupby("visitor_id")["ts"].diff().gt(SESSION_GAP)
    events["session_no"] = new_session.astype(int).groupby(events["visitor_id"]).cumsum() + 1
    sessions = events.groupby(["visitor_id", "session_no"], as_index=False).agg(
        customer_id=("customer_id", "max"),
        started_at=("ts", "min"),
        ended_at=("ts", "max"),
        events=("event_id", "count"),
        page_views=("event", lambda names: int((names == "page_view").sum())),
        carts=("event", lambda names: int((names == "add_to_cart").sum())),
        purchases=("event", lambda names: int((names == "purchase").sum())),
    )
    sessions["customer_id"] = sessions["customer_id"].fillna(0).astype("int64")
    sessions["session_id"] = sessions["visitor_id"] + "-" + sessions["session_no"].astype(str)
    sessions["session_date"] = sessions["started_at"].dt.strftime("%Y-%m-%d")
    sessions["duration_s"] = (sessions["ended_at"] - sessions["started_at"]).dt.total_seconds().astype("int64")
    columns = ["session_id", "visitor_id", "customer_id", "session_date", "duration_s"]
    columns += ["events", "page_views", "carts", "purchases"]
    return sessions[columns].sort_values("session_id").reset_index(drop=True)


def funnel(events: pd.DataFrame) -> pd.DataFrame:
    """Visitors who reached each step of the purchase funnel, and the share of the step before."""
    reached = [events.loc[events["event"] == step, "visitor_id"].nunique() for step in FUNNEL_STEPS]
    steps = pd.DataFrame({"step": FUNNEL_STEPS, "visitors": reached})
    steps["conversion"] = (steps["visitors"] / steps["visitors"].shift(1)).round(3)
    return steps


def normalise_customers(records: list[dict]) -> pd.DataFrame:
    """Customers of the shop's JSON export as a table; countries in upper case, e-mail addresses in lower case."""
    customers = pd.DataFrame.from_records(records)
    customers["country"] = customers["country"].str.upper()
    customers["email"] = customers["email"].str.lower()
    customers["newsletter"] = customers["newsletter"].astype(int)
    return customers.sort_values("customer_id").reset_index(drop=True)

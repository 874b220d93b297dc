"""Assets that more than one DAG names (Airflow 3)."""

from __future__ import annotations

from airflow.sdk import Asset

ORDERS_CLEAN = Asset("fernwood://staged/orders", group="orders")
WEB_SESSIONS = Asset("fernwood://staged/sessions", group="web")
CUSTOMER_FEATURES = Asset(name="customer_features", uri="fernwood://features/customer_features")
CHURN_MODEL = Asset(name="churn_model", uri="fernwood://models/churn", extra={"owner": "data-science"})

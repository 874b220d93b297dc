"""Customer features and the churn model. Pure pandas and scikit-learn, no Airflow."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FEATURE_COLUMNS = ["orders", "revenue_eur", "recency_days", "sessions", "page_views", "carts", "newsletter"]


def read_days(folder: Path) -> pd.DataFrame:
    """All daily parquet files of a folder in one table."""
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))], ignore_index=True)


def order_features(orders: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency and value of every known customer. Recency counts back from the last order of all."""
    paid = orders[(orders["status"] == "paid") & (orders["customer_id"] > 0)]
    by_customer = paid.groupby("customer_id").agg(
        orders=("order_id", "nunique"), revenue_eur=("amount_eur", "sum"), last_order=("order_date", "max")
    )
    newest = pd.to_datetime(paid["order_date"].max())
    by_customer["recency_days"] = (newest - pd.to_datetime(by_customer.pop("last_order"))).dt.days
    by_customer["revenue_eur"] = by_customer["revenue_eur"].round(2)
    return by_customer.reset_index()


def web_features(sessions: pd.DataFrame) -> pd.DataFrame:
    """How often and how a known customer uses the shop."""
    known = sessions[sessions["customer_id"] > 0]
    by_customer = known.groupby("customer_id").agg(
        sessions=("session_id", "nunique"), page_views=("page_views", "sum"), carts=("carts", "sum")
    )
    return by_customer.reset_index()


def favourite_category(orders: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """The plant category that a customer spent most on; ties go to the first in the alphabet."""
    paid = orders[(orders["status"] == "paid") & (orders["customer_id"] > 0)].merge(products, on="sku")
    spent = paid.groupby(["customer_id", "category"], as_index=False)["amount_eur"].sum()
    spent = spent.sort_values(["customer_id", "amount_eur", "category"], ascending=[True, False, True])
    return spent.drop_duplicates("customer_id")[["customer_id", "category"]].rename(
        columns={"category": "favourite_category"}
    )


def churn_labels(members: pd.DataFrame) -> pd.DataFrame:
    """1 for members of the plant club who cancelled, else 0."""
    labels = members[["customer_id"]].copy()
    labels["churned"] = members["cancelled_on"].notna().astype(int)
    return labels


def split(training: pd.DataFrame, test_size: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test rows, stratified by the label."""
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(training, test_size=test_size, random_state=seed, stratify=training["churned"])
    return train, test


def fit_model(train: pd.DataFrame, regularisation: float):
    """A scaled logistic regression on the numeric features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=regularisation, max_iter=500))
    return model.fit(train[FEATURE_COLUMNS], train["churned"])


def score_model(model, test: pd.DataFrame) -> dict[str, float]:
    """AUC and accuracy on rows that the model has not seen."""
    from sklearn.metrics import accuracy_score, roc_auc_score

    probability = model.predict_proba(test[FEATURE_COLUMNS])[:, 1]
    return {
        "auc": round(float(roc_auc_score(test["churned"], probability)), 4),
        "accuracy": round(float(accuracy_score(test["churned"], probability > 0.5)), 4),
        "rows": len(test),
    }

"""DataFrames handed over between tasks, split, aggregated, and a list of frames_handed_over."""

import os
from datetime import datetime
from pathlib import Path

import pandas as pd
from airflow.sdk import dag, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def frames_handed_over():
    @task
    def extract(ds=None) -> pd.DataFrame:
        day = int(ds[-2:])
        return pd.DataFrame({"customer": ["a", "b", "a"], "amount": [day, 2, 3]})

    @task
    def clean(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["amount"] > 1].reset_index(drop=True)

    @task
    def aggregate(frame: pd.DataFrame) -> dict:
        return {key: int(value) for key, value in frame.groupby("customer")["amount"].sum().items()}

    @task
    def store(frame: pd.DataFrame, totals: dict, ds=None):
        frame.to_csv(DATA_DIR / f"orders_{ds}.csv", index=False)
        pd.DataFrame(sorted(totals.items()), columns=["customer", "amount"]).to_csv(
            DATA_DIR / f"totals_{ds}.csv", index=False
        )

    cleaned = clean(extract())
    store(cleaned, aggregate(cleaned))


frames_handed_over()

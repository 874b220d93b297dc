"""Scores all customers every morning and hands those at risk to the retention team."""

from datetime import timedelta

import joblib
import pandas as pd
import pendulum
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG, Variable, task

from fernwood.hooks import WarehouseHook
from fernwood_common import features, paths

with DAG(
    dag_id="churn_scoring",
    schedule="0 7 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    default_args={"owner": "data-science", "retries": 2, "retry_delay": timedelta(minutes=15)},
    dagrun_timeout=timedelta(hours=3),
    tags=["ml", "churn"],
) as dag:
    wait_for_load = ExternalTaskSensor(
        task_id="wait_for_warehouse_load",
        external_dag_id="warehouse_load",
        external_task_id="loaded",
        execution_delta=timedelta(hours=1),
        mode="reschedule",
        poke_interval=60,
        timeout=2 * 60 * 60,
    )

    @task.sensor(poke_interval=30, timeout=600, mode="poke")
    def wait_for_model() -> bool:
        return (paths.MODELS / "churn" / "model.joblib").exists()

    @task
    def score(ds=None):
        model = joblib.load(paths.MODELS / "churn" / "model.joblib")
        table = pd.read_parquet(paths.FEATURES / "customer_features.parquet")
        table["churn_probability"] = model.predict_proba(table[features.FEATURE_COLUMNS])[:, 1].round(4)
        target = paths.ensure_parent(paths.CURATED / "churn_scores" / f"{ds}.parquet")
        table[["customer_id", "churn_probability"]].to_parquet(target, index=False)
        return str(target)

    @task
    def export_at_risk(scores_file, ds=None):
        threshold = float(Variable.get("churn_risk_threshold", default="0.5"))
        scores = pd.read_parquet(scores_file)
        at_risk = scores[scores["churn_probability"] >= threshold]
        customers = WarehouseHook().read_frame("SELECT customer_id, name, email, country FROM raw_customers")
        at_risk = at_risk.merge(customers, on="customer_id").sort_values(
            ["churn_probability", "customer_id"], ascending=[False, True]
        )
        target = paths.ensure_parent(paths.EXPORTS / "retention" / f"{ds}.csv")
        at_risk.to_csv(target, index=False)
        return len(at_risk)

    scores = score()
    [wait_for_load, wait_for_model()] >> scores
    export_at_risk(scores)

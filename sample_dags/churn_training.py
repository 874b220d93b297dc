"""
# Churn model

Trains a logistic regression that predicts which members of the plant club will cancel.

1. `training_data`: features + labels, split into train and test
2. `train`: fit and save the candidate
3. `evaluate`: AUC and accuracy on the test rows
4. the candidate is promoted when its AUC reaches `min_auc`, otherwise the old model stays

Runs whenever the features were rebuilt; start it by hand with other params to experiment.
"""

from __future__ import annotations

import json
import shutil

import joblib
import pandas as pd
import pendulum
from airflow.sdk import DAG, Param, task

from fernwood_common import features, paths
from fernwood_common.alerts import notify_failure
from fernwood_common.assets import CHURN_MODEL, CUSTOMER_FEATURES

WORK = paths.MODELS / "candidate"

with DAG(
    dag_id="churn_training",
    schedule=[CUSTOMER_FEATURES],
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=False,
    max_active_runs=1,
    params={
        "test_size": Param(0.3, type="number", exclusiveMinimum=0, exclusiveMaximum=1),
        "regularisation": Param(1.0, type="number", description="inverse strength, `C` of scikit-learn"),
        "min_auc": Param(0.6, type="number", minimum=0.5, maximum=1),
        "seed": 42,
    },
    default_args={"owner": "data-science", "retries": 0, "on_failure_callback": notify_failure},
    render_template_as_native_obj=True,
    doc_md=__doc__,
    tags=["ml", "churn"],
):

    @task
    def training_data(test_size: float, seed: int) -> dict[str, str]:
        table = pd.read_parquet(paths.FEATURES / "customer_features.parquet")
        labels = features.churn_labels(pd.read_csv(paths.CLUB_MEMBERS_CSV))
        train, test = features.split(table.merge(labels, on="customer_id"), test_size, seed)
        files = {}
        for name, rows in (("train", train), ("test", test)):
            target = paths.ensure_parent(WORK / f"{name}.parquet")
            rows.to_parquet(target, index=False)
            files[name] = str(target)
        return files

    @task(pool="training", pool_slots=1)
    def train(files: dict[str, str], regularisation: float) -> str:
        model = features.fit_model(pd.read_parquet(files["train"]), regularisation)
        target = WORK / "model.joblib"
        joblib.dump(model, target)
        return str(target)

    @task
    def evaluate(model_file: str, files: dict[str, str]) -> dict[str, float]:
        metrics = features.score_model(joblib.load(model_file), pd.read_parquet(files["test"]))
        (WORK / "metrics.json").write_text(json.dumps(metrics, indent=2))
        return metrics

    @task.branch
    def good_enough(metrics: dict[str, float], min_auc: float) -> str:
        return "promote" if metrics["auc"] >= min_auc else "keep_old_model"

    @task(outlets=[CHURN_MODEL])
    def promote(model_file: str) -> None:
        target = paths.ensure_parent(paths.MODELS / "churn" / "model.joblib")
        shutil.copy(model_file, target)
        shutil.copy(WORK / "metrics.json", target.with_name("metrics.json"))

    @task
    def keep_old_model(metrics: dict[str, float]) -> None:
        print(f"candidate rejected: {metrics}")

    files = training_data(test_size="{{ params.test_size }}", seed="{{ params.seed }}")
    candidate = train(files, regularisation="{{ params.regularisation }}")
    metrics = evaluate(candidate, files)
    good_enough(metrics, min_auc="{{ params.min_auc }}") >> [promote(candidate), keep_old_model(metrics)]

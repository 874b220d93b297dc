"""Defaults that only the code tells: of Variables, and an owner that the environment may name."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import Variable, dag, task

DATA = os.environ.get("DATA_DIR", "/tmp/data")
TEAM = os.environ.get("REPORTING_TEAM", "analysts")
SETTINGS = {"dev": {"cutoff": 3, "limits": {"max_rows": 5}}, "prod": {"cutoff": 30, "limits": {"max_rows": 500}}}[
    os.environ.get("DEPLOY_ENV", "dev")
]


def note(context):
    with Path(DATA, "notes.txt").open("a") as notes:
        notes.write(f"{context['ti'].task_id} of {context['task'].owner}\n")


@dag(
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": TEAM, "on_success_callback": note},
)
def settings_with_defaults():
    @task
    def resolve(ds: str | None = None) -> None:
        cutoff = int(Variable.get("cutoff_of_reports", default=SETTINGS["cutoff"]))
        limits = Variable.get("limits_of_reports", deserialize_json=True, default=dict(SETTINGS["limits"], day=ds))
        known = Variable.get("region", default=max(SETTINGS))
        Path(DATA, f"resolved_{ds}.txt").write_text(f"{cutoff} {limits} {known}")

    resolve()


settings_with_defaults()

"""Different DAGs may have tasks, assets and DAGs of one name; the nodes of a Dagster project may not."""

from __future__ import annotations

from pathlib import Path

from tests.generated.projects import migrate, output_of

DAGS = """
from datetime import datetime

from airflow.sdk import DAG, Asset, asset, task


@asset(schedule="@daily")
def orders():
    return 1


def make(name):
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1)) as dag:

        @task(outlets=[Asset(f"{name}_x"), Asset(f"{name}_y")])
        def split():
            print(1)

        split()
    return dag


first, second = make("first"), make("second")


def branchy(name):
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1)) as dag:

        @task.branch
        def choose():
            return "third"

        @task
        def third():
            print(1)

        @task(trigger_rule="none_failed")
        def join():
            print(2)

        choose() >> third() >> join()
    return dag


third, fourth = branchy("third"), branchy("fourth")
"""


def test_one_name_for_several_things_is_no_conflict(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "dags.py").write_text(DAGS)
    generated = migrate("generate", dags, "-o", tmp_path / "project", "--name", "shop")
    assert generated.returncode == 0, output_of(generated)
    verified = migrate("verify", dags, tmp_path / "project")
    assert verified.returncode == 0, output_of(verified)

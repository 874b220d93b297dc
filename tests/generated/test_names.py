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


RESERVED = """
import datetime as dt

from airflow import DAG
from airflow.decorators import dag, task
from airflow.operators.bash import BashOperator
from airflow.operators.python import BranchPythonOperator


@dag(schedule=None, start_date=dt.datetime(2026, 1, 1))
def names():
    @task
    def output():
        return [1, 2]

    @task
    def take(output, meta, type):
        return output + meta

    @task
    def conf(input):
        return input

    made = output()
    conf(take(made, made, made))


names()


def pick():
    return "output"


with DAG("class", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    branch = BranchPythonOperator(task_id="meta", python_callable=pick)
    branch >> [BashOperator(task_id=name, bash_command="true") for name in ("output", "import", "a-b", "a.b", "a_b")]
with DAG("Class", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    BashOperator(task_id="def", bash_command="true")
with DAG("täglich", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    BashOperator(task_id="self", bash_command="true")
"""


def test_names_that_python_or_dagster_reserves_become_others(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "dags.py").write_text(RESERVED)
    generated = migrate("generate", dags, "-o", tmp_path / "project", "--name", "shop")
    assert generated.returncode == 0, output_of(generated)
    verified = migrate("verify", dags, tmp_path / "project")
    assert verified.returncode == 0, output_of(verified)


def test_one_name_for_several_things_is_no_conflict(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "dags.py").write_text(DAGS)
    generated = migrate("generate", dags, "-o", tmp_path / "project", "--name", "shop")
    assert generated.returncode == 0, output_of(generated)
    verified = migrate("verify", dags, tmp_path / "project")
    assert verified.returncode == 0, output_of(verified)

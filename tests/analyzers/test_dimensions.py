"""Which DAGs are planned with one task for all copies, and what such a task is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.airflow import Dag, Dimension
from migrator.model.expressions import DimensionKey, RunDate
from migrator.model.plan import CreateAsset, DagPlan
from migrator.model.values import Symbolic, Text
from migrator.model.walk import walk
from migrator.pipeline import analyze

DAG = """
from datetime import datetime, timedelta
from airflow.sdk import Asset, dag, get_current_context, task, task_group
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
REGIONS = ["eu", "us"]

def fill(region, ds, factor=1):
    SqliteHook("wh").run(f"INSERT INTO sales SELECT '{region}', '{ds}'")

@dag(dag_id="sales", schedule="{schedule}", start_date=datetime(2024, 1, 1){options})
def sales():
    @task
    def load(region, ds=None):
        SqliteHook("wh").run(f"INSERT INTO sales SELECT '{region}', '{ds}'")
        return region

    @task
    def report(region, ds=None):
        SqliteHook("wh").run(f"INSERT INTO reports SELECT region FROM sales WHERE day = '{ds}' AND region = '{region}'")

    @task
    def total(regions, ds=None):
        SqliteHook("wh").run(f"INSERT INTO totals SELECT COUNT(*) FROM sales WHERE day = '{ds}'")

    @task
    def undated(region):
        SqliteHook("wh").run(f"INSERT INTO sales SELECT '{region}'")

    @task
    def which(region, ds=None):
        number = get_current_context()["ti"].map_index
        SqliteHook("wh").run(f"INSERT INTO sales SELECT '{region}', '{ds}', {number}")

    @task
    def asks(region, ds=None, dag_run=None):
        SqliteHook("wh").run(f"INSERT INTO sales SELECT '{region}', '{ds}', '{dag_run.conf}'")

    @task
    def batch(region, ds=None, run_id=None):
        SqliteHook("wh").run(f"INSERT INTO sales SELECT '{region}', '{ds}', '{run_id}'")

    @task
    def single(region, ds=None):
        SqliteHook("wh").run(f"INSERT INTO sales_{region} SELECT '{ds}'")

    {body}

sales()
"""
SQL = "SQLExecuteQueryOperator.partial(task_id='load', conn_id='wh', sql=\"INSERT INTO sales SELECT :region, '{{ ds }}'\")"


def analyzed(
    tmp_path: Path, body: str, schedule: str = "@daily", options: str = "", more: str = ""
) -> tuple[Dag, DagPlan]:
    text = DAG.replace("{body}", "\n    ".join(body.splitlines())).replace("{schedule}", schedule)
    (tmp_path / "sales.py").write_text(text.replace("{options}", options))
    if more:
        (tmp_path / "more.py").write_text(more)
    analysis = analyze(tmp_path, Config())
    dag = next(dag for dag in analysis.project.dags if dag.dag_id == "sales")
    return dag, next(plan for plan in analysis.plan.dags if plan.dag_id == "sales")


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("load.expand(region=REGIONS)", {"region": DimensionKey("region")}),
        ("load.expand_kwargs([{'region': one} for one in REGIONS])", {"region": DimensionKey("region")}),
        (
            "PythonOperator.partial(task_id='load', python_callable=fill).expand(op_kwargs=[{'region': one, 'factor': 2} for one in REGIONS])",
            {"region": DimensionKey("region"), "factor": 2},
        ),
        (
            "PythonOperator.partial(task_id='load', python_callable=fill, op_kwargs={'ds': '{{ ds }}'}).expand(op_args=[[one] for one in REGIONS])",
            {"ds": RunDate("ds")},
        ),
    ],
)
def test_the_key_of_the_partition_is_what_each_copy_is_called_with(
    tmp_path: Path, body: str, arguments: dict[str, object]
) -> None:
    dag, plan = analyzed(tmp_path, body)
    assert plan.partitions is not None and plan.partitions.dimension == "region"
    assert dag.dimension == Dimension(plan.partitions.dimension, ("eu", "us"))
    ((made),) = (one for one in plan.operations if isinstance(one, CreateAsset))
    assert made.outputs[0].name == "sales"
    given = made.body.kwargs  # type: ignore[union-attr]
    assert {name: given.get(name) for name in arguments} == arguments
    assert any(isinstance(part, DimensionKey) for part in walk(made.body))


def test_a_value_and_texts_in_which_the_key_stands(tmp_path: Path) -> None:
    rows = "[{'region': one, 'source': f'raw_{one}', 'note': 'europe'} for one in REGIONS]"
    dag, plan = analyzed(tmp_path, f"{SQL}.expand(parameters={rows})")
    key = Symbolic("dimension", "region", name="region")
    assert dag.written_out[0].arguments["parameters"] == {
        "region": key,
        "source": Text(("raw_", key)),
        "note": "europe",
    }
    assert plan.form == "assets"


@pytest.mark.parametrize(
    "body",
    [
        "report.expand(region=load.expand(region=REGIONS))",
        "load.expand(region=REGIONS) >> report.expand(region=REGIONS)",
        "EmptyOperator(task_id='start') >> load.expand(region=REGIONS) >> EmptyOperator(task_id='end')",
        "@task_group\ndef each(region):\n    load(region) >> report(region)\neach.expand(region=REGIONS)",
    ],
)
def test_copies_that_follow_each_other(tmp_path: Path, body: str) -> None:
    _, plan = analyzed(tmp_path, body)
    assert plan.form == "assets" and plan.partitions is not None and plan.partitions.dimension == "region"


@pytest.mark.parametrize(
    "body",
    [
        "total(load.expand(region=REGIONS))",
        "load.expand(region=REGIONS) >> total([])",
        "load.expand(region=REGIONS) >> EmptyOperator(task_id='all') >> report.expand(region=REGIONS)",
        "load.expand(region=REGIONS) >> report.expand(region=['eu', 'asia'])",
        "load.expand(region=REGIONS) >> report.override(trigger_rule='all_done').expand(region=REGIONS)",
        "load.expand(region=['eu', 'eu'])",
        "load.expand(region=['eu'])",
        "load.expand(region=['a region', 'another'])",
        "load.expand(region=[1, 2])",
        "load.expand_kwargs([{'region': 'eu', 'ds': '1'}, {'region': 'us', 'ds': '2'}])",
        "which.expand(region=REGIONS)",
        "asks.expand(region=REGIONS)",
        "batch.expand(region=REGIONS)",
        "undated.expand(region=REGIONS)",
        "load.override(depends_on_past=True).expand(region=REGIONS)",
        "single.expand(region=REGIONS)",
        "load.override(outlets=[Asset('done')]).expand(region=REGIONS) >> EmptyOperator(task_id='all', outlets=[Asset('all')])",
    ],
)
def test_what_is_planned_as_it_is(tmp_path: Path, body: str) -> None:
    _, plan = analyzed(tmp_path, body)
    assert plan.partitions is None or not plan.partitions.dimension
    assert not any(isinstance(part, DimensionKey) for part in walk(plan.operations))


TAKES = "PythonOperator(task_id=f'load_{one}', python_callable=fill, op_args=[one, '{{ ti.xcom_pull(\\'' f'read_{one}' '\\') }}'])"


@pytest.mark.parametrize(
    ("body", "tasks"),
    [
        ("for one in REGIONS:\n    load(one)", {"load": ("load", "load__1")}),
        (
            "for one in REGIONS:\n    report.override(task_id=f'report_{one}')(load.override(task_id=f'load_{one}')(one))",
            {"load": ("load_eu", "load_us"), "report": ("report_eu", "report_us")},
        ),
        (
            "start = EmptyOperator(task_id='load')\nfor one in REGIONS:\n"
            "    start >> PythonOperator(task_id=f'load_{one}', python_callable=fill, op_kwargs={'region': one})",
            {"load_2": ("load_eu", "load_us")},
        ),
        (
            "for one in REGIONS:\n    PythonOperator(task_id=f'read_{one}', python_callable=fill, op_args=[one, '{{ ds }}'])"
            f" >> {TAKES}",
            {"read": ("read_eu", "read_us"), "load": ("load_eu", "load_us")},
        ),
        (
            "for number, one in enumerate([{'code': 'eu'}, {'code': 'us'}]):\n    @task_group(group_id=f'group_{number}')\n"
            "    def group():\n        load(one['code']) >> report(one['code'])\n    group()",
            {"group_load": ("group_0.load", "group_1.load"), "group_report": ("group_0.report", "group_1.report")},
        ),
    ],
)
def test_the_tasks_of_a_loop(tmp_path: Path, body: str, tasks: dict[str, tuple[str, ...]]) -> None:
    dag, plan = analyzed(tmp_path, body)
    assert plan.partitions is not None and plan.partitions.keys == ("eu", "us")
    assert {task.task_id: task.stands_for for task in dag.written_out if task.stands_for} == tasks
    made = [operation for operation in plan.operations if isinstance(operation, CreateAsset)]
    assert [tuple(one.of_keys.values()) for one in made] == [*tasks.values()]
    assert {key for one in made for key in one.of_keys} == {"eu", "us"}
    assert {unit.tasks for unit in plan.units if not unit.blocked} == {(one,) for ids in tasks.values() for one in ids}
    told = [text for unit in plan.units for text in unit.conditions]
    assert {name for text in told for name in re.findall(r"`([^`]+)`", text)} <= {task.task_id for task in dag.tasks}
    assert bool(told) == ("xcom_pull" in body)


@pytest.mark.parametrize(
    "body",
    [
        "for one in REGIONS:\n    single.override(task_id=f'load_{one}')(one)",
        "last = None\nfor one in REGIONS:\n    now = load(one)\n    last and last >> now\n    last = now",
        "found = [load.override(task_id=f'load_{one}')(one) for one in REGIONS]\nfound >> total([])",
        "first = [load.override(task_id=f'load_{one}')(one) for one in REGIONS]\n"
        "for one in REGIONS:\n    first >> report.override(task_id=f'report_{one}')(one)",
        "for one in REGIONS:\n    load.override(task_id=f'load_{one}', retries=len(one) if one == 'eu' else 0)(one)",
        "for one, factor in (('eu', 1), ('us', 2)):\n"
        "    PythonOperator(task_id=f'load_{one}', python_callable=fill, op_args=[one, '{{ ds }}', factor])",
        "PythonOperator(task_id='load_eu', python_callable=fill, op_args=['eu', '{{ ds }}'])\n"
        "PythonOperator(task_id='load_us', python_callable=fill, op_args=['us', '{{ ds }}'])",
    ],
)
def test_loops_whose_tasks_stay_apart(tmp_path: Path, body: str) -> None:
    _, plan = analyzed(tmp_path, body)
    assert plan.partitions is not None and not plan.partitions.dimension
    assert all(not operation.of_keys for operation in plan.operations if isinstance(operation, CreateAsset))


AWAITING = """
from datetime import datetime
from airflow.sdk import DAG, Asset
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
with DAG("other", schedule={schedule}, start_date=datetime(2024, 1, 1)):
    {task} >> BashOperator(task_id="after", bash_command="echo {{{{ ds }}}} > /data/after")
"""


@pytest.mark.parametrize(
    ("schedule", "task"),
    [
        ("'@daily'", "TriggerDagRunOperator(task_id='other', trigger_dag_id='sales')"),
        ("'@daily'", "ExternalTaskSensor(task_id='other', external_dag_id='sales')"),
        ("[Asset('sales')]", "BashOperator(task_id='other', bash_command='true')"),
    ],
)
def test_a_dag_of_whose_runs_others_know_has_one_run_for_a_date(tmp_path: Path, schedule: str, task: str) -> None:
    body = "load.override(outlets=[Asset('sales')]).expand(region=REGIONS)"
    _, alone = analyzed(tmp_path, body)
    assert alone.partitions is not None and alone.partitions.dimension == "region"
    _, plan = analyzed(tmp_path, body, more=AWAITING.format(schedule=schedule, task=task))
    assert plan.partitions is not None and not plan.partitions.dimension


def test_a_loop_one_task_of_which_is_awaited(tmp_path: Path) -> None:
    body = "for one in REGIONS:\n    load.override(task_id=f'load_{one}')(one)"
    task = "ExternalTaskSensor(task_id='other', external_dag_id='sales', external_task_id='load_us')"
    _, plan = analyzed(tmp_path, body, more=AWAITING.format(schedule="'@daily'", task=task))
    assert plan.partitions is not None and not plan.partitions.dimension


@pytest.mark.parametrize(
    ("schedule", "options", "divided"),
    [
        ("@hourly", "", True),
        ("*/30 * * * *", "", True),
        ("*/15 * * * *", "", False),
        ("@daily", ", on_failure_callback=print", False),
        ("@daily", ", default_args={'email': 'a@b.c', 'email_on_failure': True}", False),
        ("@daily", ", max_active_runs=1, dagrun_timeout=timedelta(hours=1)", True),
        ("@daily", ", max_active_tasks=1", False),
    ],
)
def test_what_the_dag_says(tmp_path: Path, schedule: str, options: str, divided: bool) -> None:
    _, plan = analyzed(tmp_path, "load.expand(region=REGIONS)", schedule, options)
    assert plan.partitions is not None
    assert plan.partitions.dimension == ("region" if divided else "")

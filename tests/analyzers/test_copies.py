"""Which mapped tasks are written out as a task for each copy, and what these tasks are."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.airflow import Task
from migrator.pipeline import analyze

DAG = """
from datetime import datetime
from airflow.sdk import dag, get_current_context, task
from airflow.providers.standard.operators.bash import BashOperator
REGIONS = ["eu", "us"]

@dag(dag_id="sales", schedule=None, start_date=datetime(2024, 1, 1))
def sales():
    @task
    def extract(region):
        open(f"/data/{region}.csv", "w").write(region)
        return region

    @task
    def load(part):
        open(f"/data/{part}.out", "w").write(part)

    @task
    def total(parts):
        open("/data/total", "w").write(str(list(parts)))

    @task
    def price(currency, day):
        open(f"/data/{currency}_{day}.csv", "w").write(day)

    @task
    def regions():
        return ["eu"]

    @task.branch
    def choose():
        return "extract"

    @task
    def which(region):
        number = get_current_context()["ti"].map_index
        open(f"/data/{region}.csv", "w").write(str(number))

    @task
    def pulls(ti=None):
        open("/data/total", "w").write(str(ti.xcom_pull(task_ids="extract")))

    {body}

sales()
"""


def written(tmp_path: Path, body: str) -> list[Task]:
    (tmp_path / "sales.py").write_text(DAG.replace("{body}", "\n    ".join(body.splitlines())))
    ((dag),) = analyze(tmp_path, Config()).project.dags
    return [*dag.written_out]


def test_each_copy_is_a_task_that_is_called_with_its_element(tmp_path: Path) -> None:
    tasks = written(tmp_path, "total(extract.expand(region=REGIONS))")
    assert [(task.task_id, task.copy_of, dict(task.call_kwargs)) for task in tasks[:2]] == [
        ("extract_eu", "extract", {"region": "eu"}),
        ("extract_us", "extract", {"region": "us"}),
    ]
    assert tasks[2].upstream == ("extract_eu", "extract_us")
    assert [value.task_id for value in tasks[2].call_args[0]] == ["extract_eu", "extract_us"]
    assert [[ref.name for ref in task.refs if ref.kind == "file"] for task in tasks[:2]] == [
        ["/data/eu.csv"],
        ["/data/us.csv"],
    ]


def test_a_copy_that_takes_the_results_of_another_mapped_task_takes_the_one_of_its_element(tmp_path: Path) -> None:
    tasks = written(tmp_path, "load.expand(part=extract.expand(region=REGIONS))")
    assert {task.task_id: task.upstream for task in tasks if task.copy_of == "load"} == {
        "load_eu": ("extract_eu",),
        "load_us": ("extract_us",),
    }


def test_a_copy_may_pull_what_another_task_hands_over(tmp_path: Path) -> None:
    body = "regions() >> BashOperator.partial(task_id='x', env={'N': \"{{ ti.xcom_pull(task_ids='regions') }}\"}).expand(bash_command=['echo > /data/a', 'echo > /data/b'])"
    assert [task.copy_of for task in written(tmp_path, body)] == ["", "x", "x"]


def test_rows_and_several_lists(tmp_path: Path) -> None:
    rows = written(tmp_path, "extract.expand_kwargs([{'region': 'eu'}, {'region': 'us/east'}])")
    assert [task.task_id for task in rows] == ["extract_eu", "extract_us_east"]
    found = written(tmp_path, "price.expand(currency=['eur', 'usd'], day=[1, 2])")
    assert [task.task_id for task in found] == ["price_eur_1", "price_eur_2", "price_usd_1", "price_usd_2"]
    body = "BashOperator.partial(task_id='x').expand(bash_command=['echo > /data/a', 'echo > /data/b'], cwd=['/'])"
    found = written(tmp_path, body)
    assert [(task.task_id, task.arguments["cwd"]) for task in found] == [("x_0", "/"), ("x_1", "/")]


@pytest.mark.parametrize(
    "body",
    [
        "extract.expand(region=regions())",
        "load.expand(part=extract.expand(region=regions()))",
        "load.expand(part=extract.expand(region=REGIONS).map(str.upper))",
        "which.expand(region=REGIONS)",
        "choose() >> extract.expand(region=REGIONS)",
        "extract.expand(region=REGIONS) >> pulls()",
        "extract.override(max_active_tis_per_dag=1).expand(region=REGIONS)",
        "extract.expand(region=[str(number) for number in range(60)])",
        "extract.expand(region=['eu', regions()])",
        "extract('eu')",
    ],
)
def test_what_is_left_as_it_is(tmp_path: Path, body: str) -> None:
    assert written(tmp_path, body) == []


def test_copies_that_make_no_data_are_steps_of_one_mapped_task(tmp_path: Path) -> None:
    body = "BashOperator.partial(task_id='say').expand(bash_command=['echo 1', 'echo 2'])"
    assert written(tmp_path, body) == []


def test_the_report_tells_of_the_mapped_task_once(tmp_path: Path) -> None:
    written(tmp_path, "total(extract.expand(region=REGIONS))")
    plan = analyze(tmp_path, Config()).plan
    assert [(row.task_id, row.kind) for row in plan.dispositions] == [("extract", "asset"), ("total", "asset")]


GROUP = """
from datetime import datetime
from airflow.sdk import dag, task, task_group

@dag(dag_id="sales", schedule=None, start_date=datetime(2024, 1, 1))
def sales():
    @task
    def extract(region, table):
        open(f"/data/{region}.csv", "w").write(table)
        return region

    @task
    def load(part):
        open(f"/data/{part}.out", "w").write(part)
        return part

    @task
    def total(parts):
        open("/data/total", "w").write(str(list(parts)))

    @task.branch
    def choose(region):
        return "etl.load"

    @task_group
    def etl(region):
        {body}

    total(etl.expand(region={regions}))

sales()
"""


def of_group(tmp_path: Path, body: str, regions: str = "['eu', 'us']") -> list[Task]:
    (tmp_path / "sales.py").write_text(GROUP.replace("{body}", body).replace("{regions}", regions))
    ((dag),) = analyze(tmp_path, Config()).project.dags
    return [*dag.written_out]


def test_the_tasks_of_a_mapped_group_go_together(tmp_path: Path) -> None:
    tasks = of_group(tmp_path, "return load(extract(region, f'sales_{region}'))")
    assert {task.task_id: task.upstream for task in tasks} == {
        "etl.extract_eu": (),
        "etl.extract_us": (),
        "etl.load_eu": ("etl.extract_eu",),
        "etl.load_us": ("etl.extract_us",),
        "total": ("etl.load_eu", "etl.load_us"),
    }
    assert [task.call_args for task in tasks[:2]] == [("eu", "sales_eu"), ("us", "sales_us")]


@pytest.mark.parametrize(
    ("body", "regions"),
    [
        ("return choose(region) >> load(region)", "['eu', 'us']"),
        ("return load.expand(part=[region])", "['eu', 'us']"),
        ("return load(region.upper())", "['eu', 'us']"),
        ("return load(region)", "extract.expand(region=['eu'], table=['a'])"),
    ],
)
def test_groups_that_are_left_as_they_are(tmp_path: Path, body: str, regions: str) -> None:
    assert of_group(tmp_path, body, regions) == []


@pytest.mark.parametrize("called", ["where(ti)", "Place(ti).which()", "Place(None).asked"])
def test_a_helper_asks_which_copy_it_is(tmp_path: Path, called: str) -> None:
    (tmp_path / "places.py").write_text(
        "from airflow.sdk import get_current_context\n\n\ndef where(ti):\n    return ti.map_index\n\n\n"
        "class Place:\n    def __init__(self, ti):\n        self.ti = ti\n\n"
        "    def which(self):\n        return self.ti.task_id\n\n"
        "    @property\n    def asked(self):\n        return get_current_context()['ti'].map_index\n"
    )
    body = (
        "@task\ndef located(region, ti=None):\n    from places import Place, where\n"
        f"    open(f'/data/{{region}}.loc', 'w').write(str({called}))\nlocated.expand(region=REGIONS)"
    )
    assert written(tmp_path, body) == []

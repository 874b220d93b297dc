"""`verify` on a small project that is right, and on copies of it with one thing broken."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from migrator.diagnostics import MigratorError
from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.changed import replace
from migrator.model.plan import DagPlan, Disposition, MigrationPlan
from migrator.model.source import Span
from migrator.verify import verify

PROJECT = Path(__file__).parent / "project"

ETL = {
    "wait_for_file": ("sensor", []),
    "extract": ("asset", ["wait_for_file"]),
    "validate": ("check", ["extract"]),
    "join": ("folded", ["validate"]),
    "split": ("asset", ["join"]),
    "bill": ("airflow", ["split"]),
}
BRANCHY = {
    "choose": ("step", []),
    "load.full": ("step", ["choose"]),
    "load.delta": ("step", ["choose"]),
    "report": ("asset", ["load.full", "load.delta"]),
    "start_etl": ("sensor", ["report"]),
}
WAITING = {"wait_for_report": ("sensor", []), "summarize": ("asset", ["wait_for_report"])}
AWAITS = {"wait_for_report": {"external_dag_id": "branchy", "external_task_id": "report"}}
LEGACY = {"spark": ("airflow", []), "publish": ("airflow", ["spark"])}

Tasks = Mapping[str, tuple[str, Sequence[str]]]


def inputs(**dags: Tasks) -> tuple[AirflowProject, MigrationPlan]:
    """The project and plan of DAGs given as `{task_id: (disposition, upstream)}`."""
    project, dispositions = [], []
    for dag_id, tasks in dags.items():
        span = Span(f"{dag_id}.py", 1)
        project.append(
            Dag(
                dag_id,
                span,
                Schedule("none"),
                "3",
                tasks=tuple(
                    Task(
                        dag_id,
                        task_id,
                        "ExternalTaskSensor" if task_id in AWAITS else "EmptyOperator",
                        "airflow",
                        span,
                        arguments=AWAITS.get(task_id, {}),
                        upstream=tuple(upstream),
                    )
                    for task_id, (_, upstream) in tasks.items()
                ),
            )
        )
        dispositions += [Disposition(dag_id, task_id, kind, "") for task_id, (kind, _) in tasks.items()]
    plan = MigrationPlan(tuple(DagPlan(dag_id, dag_id, "assets") for dag_id in dags), tuple(dispositions))
    return AirflowProject("/dags", "3", {}, tuple(project)), plan


def findings(project_dir: Path, **dags: Tasks) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in verify(*inputs(**dags), project_dir)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy to break."""
    return shutil.copytree(PROJECT, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_project_that_keeps_everything_has_no_findings() -> None:
    assert findings(PROJECT, etl=ETL, branchy=BRANCHY, waiting=WAITING, legacy=LEGACY) == []


def test_what_stays_in_airflow_is_still_started_by_airflow() -> None:
    assert findings(PROJECT, etl={**ETL, "bill": ("airflow", ["wait_for_file"])}) == []


def test_what_the_dags_have_and_the_project_lacks_is_found() -> None:
    etl = {**ETL, "publish": ("asset", ["split"]), "extract": ("check", ["wait_for_file"])}
    branchy = {**BRANCHY, "load.full": ("step", ["choose", "load.delta"]), "choose": ("folded", [])}
    assert findings(PROJECT, etl=etl, branchy=branchy, other=LEGACY) == [
        ("MIG511", "task `etl.extract` became `check`, but is an asset in the project"),
        ("MIG511", "task `etl.publish` became `asset`, but nothing in the project is made from it"),
        ("MIG511", "task `branchy.choose` was folded, but is an op in the project"),
        ("MIG512", "`load.delta` leads to `load.full` in DAG `branchy`, but not in the project"),
        ("MIG511", "task `other.spark` became `airflow`, but nothing in the project is made from it"),
        ("MIG511", "task `other.publish` became `airflow`, but nothing in the project is made from it"),
    ]


def test_what_the_project_names_and_the_dags_lack_is_found() -> None:
    etl = {task_id: task for task_id, task in ETL.items() if task_id != "bill"}
    assert findings(PROJECT, etl=etl) == [
        ("MIG511", "the project names a task `bill` that DAG `etl` does not have"),
    ]


def test_a_lost_dependency_is_found_through_tasks_that_became_nothing(project: Path) -> None:
    assets = project / "src/shop/defs/etl/assets.py"
    edit(assets, "blocking=True", "blocking=False")
    edit(assets, 'dg.AssetSpec("domestic", deps=["raw_orders"]', 'dg.AssetSpec("domestic", deps=["nothing"]')
    edit(assets, 'dg.AssetSpec("abroad", deps=["raw_orders"]', 'dg.AssetSpec("abroad"')
    assert findings(project, etl=ETL) == [
        ("MIG512", "`validate` leads to `split` in DAG `etl`, but not in the project"),
        ("MIG512", "`extract` leads to `bill` in DAG `etl`, but not in the project"),
        ("MIG512", "`validate` leads to `bill` in DAG `etl`, but not in the project"),
    ]


def test_a_task_that_waits_for_nothing_has_no_order_to_lose() -> None:
    dags, plan = inputs(branchy={**BRANCHY, "load.full": ("step", ["choose", "load.delta"])})
    assert [found.code for found in verify(dags, plan, PROJECT)] == ["MIG512"]
    (dag,) = dags.dags
    tasks = tuple(replace(task, trigger_rule="always") if task.task_id == "load.full" else task for task in dag.tasks)
    assert verify(replace(dags, dags=(replace(dag, tasks=tasks),)), plan, PROJECT) == []


def test_a_wait_for_another_dag_that_became_nothing_is_found(project: Path) -> None:
    edit(project / "src/shop/defs/waiting/assets.py", 'deps=["report_table"]', "deps=[]")
    assert findings(project, waiting=WAITING) == [
        (
            "MIG512",
            "`waiting.wait_for_report` makes `summarize` wait for another DAG, but in the project it does not depend on it",
        )
    ]


def test_a_task_made_twice_or_run_by_no_job_is_found(project: Path) -> None:
    edit(project / "src/shop/defs/etl/assets.py", '"invoices", deps=["domestic"]', '"invoices", deps=["copy"]')
    with (project / "src/shop/defs/etl/assets.py").open("a") as file:
        file.write(
            '\n@dg.asset(tags=TAGS, deps=["domestic"], metadata={"airflow/task_id": "extract"}, partitions_def=DAILY)\n'
            "def copy() -> None: ...\n"
        )
    assert findings(project, etl=ETL) == [
        ("MIG511", "task `etl.extract` is more than one thing in the project: an asset, an asset"),
        ("MIG511", "task `etl.extract` became `copy`, which no job of the project runs"),
    ]


def test_a_schedule_that_is_on_by_default_is_found(project: Path) -> None:
    edit(
        project / "src/shop/defs/etl/automation.py",
        "(etl, tags=TAGS)",
        "(etl, tags=TAGS, default_status=dg.DefaultScheduleStatus.RUNNING)",
    )
    assert findings(project, etl=ETL) == [
        ("MIG513", "the schedule `etl_schedule` starts by itself when the project is deployed")
    ]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("import nowhere\n", "No module named 'nowhere'"),
        ("import os\nos._exit(7)\n", "the interpreter ended with exit code 7"),
        ("import dagster as dg\njob = dg.define_asset_job('etl')\n", "etl"),
    ],
)
def test_a_project_that_does_not_load_is_found(project: Path, broken: str, told: str) -> None:
    (project / "src/shop/defs/broken.py").write_text(broken)
    ((code, message),) = findings(project, etl=ETL)
    assert code == "MIG510"
    assert told in message


def test_what_the_environment_must_have_is_given_a_value(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_USER", raising=False)
    (project / "src/shop/defs/api.py").write_text('import os\n\nUSER = os.environ["API_USER"]\n')
    assert findings(project, etl=ETL)
    (project / ".env.example").write_text("# read in src/shop/defs/api.py\nAPI_USER=\n")
    assert findings(project, etl=ETL) == []


TABLE = """import os

STAGE = os.getenv("SHOP_STAGE")
SCHEMAS = {"orders": {"prod": "orders", "dev": "orders_dev"}}
SCHEMA = SCHEMAS["orders"][STAGE]
"""


def test_what_looks_a_table_up_is_given_a_key_of_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_STAGE", raising=False)
    (project / "src/shop/defs/stage.py").write_text(TABLE)
    (project / ".env.example").write_text("# read in src/shop/defs/stage.py\nSHOP_STAGE=\n")
    assert findings(project, etl=ETL) == []


def test_what_the_user_tells_of_the_environment_holds_in_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_PORT", raising=False)
    (project / "src/shop/defs/port.py").write_text('import os\n\nassert os.environ["SHOP_PORT"] == "8080"\n')
    (project / ".env.example").write_text("# read in src/shop/defs/port.py\nSHOP_PORT=\n")
    assert findings(project, etl=ETL)
    assert verify(*inputs(etl=ETL), project, {"SHOP_PORT": "8080"}) == []


def test_what_the_project_prints_while_loading_does_no_harm(project: Path) -> None:
    (project / "src/shop/defs/noise.py").write_text("print('{')\n")
    assert findings(project, etl=ETL) == []


def test_a_folder_without_a_project_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(MigratorError) as error:
        verify(*inputs(etl=ETL), tmp_path)
    assert error.value.code == "MIG520"

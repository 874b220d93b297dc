"""Absolute paths of the machine where Airflow runs, and where they are in the analyzed folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.analyzers.deployed_paths import find_deployed
from migrator.analyzers.source import Folder
from migrator.config import Config, load_config
from migrator.pipeline import analyze

DEPLOYED = Path(__file__).parents[1] / "fixtures" / "deployed"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/opt/airflow/dags/conf/a.yml", "conf/a.yml"),
        ("/usr/local/airflow/dags/a.py", "a.py"),
        ("/home/airflow/gcs/dags", "."),
        ("/opt/airflow/other/a.py", None),
        ("/opt/airflow/dags/conf/../../../etc/passwd", None),
        ("/etc/conf/a.yml", None),
        ("/tmp/dags/conf/a.yml", None),
        ("conf/a.yml", None),
        ("/opt/airflow/dags/none/a.yml", None),
    ],
)
def test_takes_the_longest_end_that_is_there(path: str, found: str | None) -> None:
    assert find_deployed(Folder.open(DEPLOYED / "dags"), {}, path) == found


def test_the_settings_say_what_the_deployments_folders_are(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "names.txt").write_text("one\ntwo\n")
    (tmp_path / "migrator.toml").write_text('[paths]\n"/srv/etl" = "settings"\n')
    (tmp_path / "dag.py").write_text(
        "from airflow.sdk import DAG\n"
        "from airflow.providers.standard.operators.empty import EmptyOperator\n"
        'with DAG("named"):\n'
        '    for name in open("/srv/etl/names.txt"):\n'
        "        EmptyOperator(task_id=name.strip())\n"
    )

    analysis = analyze(tmp_path, load_config(None, tmp_path))

    assert [task.task_id for task in analysis.project.tasks()] == ["one", "two"]


@pytest.mark.parametrize("root", ["", "dags"])
def test_code_that_reads_by_the_deployments_paths_is_followed(root: str) -> None:
    analysis = analyze(DEPLOYED / root, Config())

    assert [task.task_id for task in analysis.project.tasks()] == [
        "t_p_0",
        "t_q_1",
        "t_r_2",
        "t_r_3",
        "t_a.yml_4",
        "t_b.json_5",
    ]
    assert "MIG110" in {finding.code for finding in analysis.diagnostics}


def test_a_file_of_the_deployment_that_the_folder_has_not_is_not_there(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / "etl" / name).mkdir(parents=True)
    (tmp_path / "etl" / "one" / "after.sql").write_text("SELECT 1")
    (tmp_path / "dag.py").write_text(
        "import os\n"
        "from airflow.sdk import DAG\n"
        "from airflow.providers.standard.operators.empty import EmptyOperator\n"
        'with DAG("loaded"):\n'
        '    for name in ("one", "two"):\n'
        '        if os.path.isfile("/home/airflow/dags/etl/{}/after.sql".format(name)):\n'
        "            EmptyOperator(task_id=name)\n"
        '    if os.path.exists("/srv/elsewhere/after.sql"):\n'
        '        EmptyOperator(task_id="unknown")\n'
    )

    analysis = analyze(tmp_path, Config())

    assert [task.task_id for task in analysis.project.tasks()] == ["one", "unknown"]
    assert "`/home/airflow/dags/etl/two/after.sql` was taken for a file that is not in the folder" in [
        found.message for found in analysis.diagnostics if found.code == "MIG110"
    ]


def test_the_settings_say_where_templates_are_looked_for(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "load.sql").write_text(f"INSERT INTO {folder} SELECT 1")
    (tmp_path / "migrator.toml").write_text('[paths]\n"/usr/local/airflow/sql" = "two"\n')
    (tmp_path / "dag.py").write_text(
        "from airflow.sdk import DAG\n"
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        'with DAG("loads", template_searchpath=["/usr/local/airflow/sql"]):\n'
        '    SQLExecuteQueryOperator(task_id="load", conn_id="dwh", sql="load.sql")\n'
    )

    analysis = analyze(tmp_path, load_config(None, tmp_path))

    (task,) = analysis.project.tasks()
    assert [ref.name for ref in task.refs] == ["two"]
    assert "MIG110" not in {found.code for found in analysis.diagnostics}

"""`verify --render`: what commands and SQL come to in Airflow and in the generated project, and a project in which one of them was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze
from migrator.report.generated import describe_rendering
from migrator.verify.render import compare_rendered

pytestmark = pytest.mark.integration

DAG = """
import os
from datetime import datetime, timedelta

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronTriggerTimetable

from stages import folder_of

FOLDER = folder_of(os.environ.get("STAGE", "dev"))

with DAG("shown", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"size": 3},
         user_defined_macros={"home": os.environ["HOME_OF_DATA"] + "/days"}):
    export = BashOperator(
        task_id="export",
        bash_command="export --to {{ home }} --day {{ ds }} --before {{ macros.ds_add(ds, -1) }} {{ params.size }} {{ var.value.region }} " + os.path.dirname(__file__),
    )
    load = SQLExecuteQueryOperator(
        task_id="load",
        conn_id="warehouse",
        sql="INSERT INTO days VALUES ('{{ ds }}', {{ logical_date.strftime('%j') }}, '{{ ts_nodash }}');",
    )
    clear = SQLExecuteQueryOperator(
        task_id="clear",
        conn_id="warehouse",
        sql='''
    DELETE FROM days
        WHERE day < '{{ ds }}'
    ''',
    )
    tell = PythonOperator(task_id="tell", python_callable=lambda stage: print(stage, FOLDER), op_args=[os.environ.get("STAGE", "dev")])
    take = BashOperator(task_id="take", bash_command="echo {{ ti.xcom_pull(task_ids='export') }}")
    export >> [clear, load, take, tell]

with DAG("weekly", schedule=CronTriggerTimetable("0 18 * * 5", timezone="UTC", interval=timedelta(days=4, hours=9)), start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="report", bash_command="report {{ data_interval_start }} {{ data_interval_end }}")
"""

STAGES = """
def folder_of(stage):
    return {"dev": "days_dev", "prod": "days"}[stage]
"""


def test_both_sides_are_compared_and_a_change_is_shown(tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text(DAG)
    (tmp_path / "stages.py").write_text(STAGES)
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    project = tmp_path / "project"
    write_project(
        render_project(analysis.plan, analysis.project, "shown", dags_folder="../somewhere"), project, source="dags"
    )
    assets = project / "src" / "shown" / "defs" / "shown" / "assets.py"
    assets.write_text(assets.read_text().replace("INSERT INTO days", "INSERT INTO other_days"))

    found = compare_rendered(analysis.project, analysis.plan, project, 2)

    assert not found.error
    assert str(tmp_path) not in assets.read_text(), "the project can be moved with the DAGs"
    assert (project / "src/shown/dags_folder.py").read_text().count('_PROJECT / "../somewhere"') == 1
    assert (found.tasks, found.compared) == (4, 7)
    assert found.skipped == {"shown.take": "it takes a value of another task"}
    assert [(row.task_id, row.date) for row in found.differences] == [("load", "2024-06-30"), ("load", "2024-07-01")]
    assert found.differences[0].airflow == "INSERT INTO days VALUES ('2024-06-30', 182, '20240630T000000')"
    assert "+INSERT INTO other_days" in describe_rendering(found)

"""`macros` with the functions that a plugin of the folder adds to them, in templates and in functions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

PLUGIN = """
from airflow.plugins_manager import AirflowPlugin

def quarter(date):
    return (date.month - 1) // 3 + 1

class City(AirflowPlugin):
    name = "city"
    macros = [quarter]
"""
DAG = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def report(**context):
    print(context["macros"].city.quarter(context["data_interval_start"]))

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="show", bash_command="echo {{ macros.city.quarter(data_interval_start) }}")
    PythonOperator(task_id="report", python_callable=report)
    BashOperator(task_id="other", bash_command="echo {{ macros.town.quarter(data_interval_start) }}")
"""


def test_macros_of_a_plugin_come_along(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "city.py").write_text(PLUGIN)
    (tmp_path / "dags" / "d.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    assert {row.task_id: row.kind for row in analysis.plan.dispositions} == {
        "show": "step",
        "report": "step",
        "other": "airflow",  # No plugin is called so.
    }
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/assets.py"]
    assert "def quarter(date):" in code and "AirflowPlugin" not in code
    assert '"echo {{ city.quarter(data_interval_start) }}",' in code
    assert 'city={"quarter": quarter}' in code
    assert "city = SimpleNamespace(quarter=quarter)" in code


OWN = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def since(macros, ds):
    return macros.datetime.strptime(ds, "%Y-%m-%d") - macros.timedelta(days=1), macros.uuid.uuid4(), macros.random()

def report(**kwargs):
    macros = kwargs["macros"]
    print(kwargs["macros"].ds_format(kwargs["ds"], "%Y-%m-%d", "%G-W%V"), macros.ds_add(kwargs["ds"], 3))

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="report", python_callable=report)
    PythonOperator(task_id="since", python_callable=since)
    BashOperator(task_id="shown", bash_command="{% for i in [1] %}{{ macros.random() }}{% endfor %}")
"""


def test_functions_call_the_macros_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(OWN)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = files["src/shop/defs/d/ops.py"]
    assert "from shop.macros import ds_add, ds_format" in code
    assert 'print(ds_format(ds, "%Y-%m-%d", "%G-W%V"), ds_add(ds, 3))' in code
    assert "datetime=dt.datetime, timedelta=dt.timedelta, uuid=uuid, random=random.random" in " ".join(code.split())
    names: dict[str, Any] = {}
    exec(files["src/shop/macros.py"], names)
    assert 0 <= names["random"]() < 1, "in Airflow it is the function, too"


DIFFERENCES = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def report(macros, logical_date, data_interval_end):
    print(macros.datetime_diff_for_humans(logical_date, data_interval_end))

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="report", python_callable=report)
    BashOperator(task_id="shown", bash_command="echo {{ macros.datetime_diff_for_humans(logical_date, logical_date.subtract(days=3)) }}")
"""


def test_differences_of_moments_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DIFFERENCES)
    analysis = analyze(tmp_path, Config())
    assert {row.kind for row in analysis.plan.dispositions} == {"step"}
    files = render_project(analysis.plan, analysis.project, "shop")
    code = " ".join(files["src/shop/defs/d/ops.py"].split())
    assert "print(datetime_diff_for_humans(logical_date, data_interval_end))" in code
    assert '"echo {{ datetime_diff_for_humans(logical_date, logical_date.subtract(days=3)) }}"' in code
    assert "datetime_diff_for_humans=datetime_diff_for_humans" in code and "import pendulum" in code
    assert '"pendulum' in files["pyproject.toml"]
    names: dict[str, Any] = {}
    exec(files["src/shop/differences.py"], names)
    day = dt.datetime(2026, 3, 6, tzinfo=dt.timezone.utc)
    assert names["datetime_diff_for_humans"](day, day - dt.timedelta(days=3)) == "3 days after"
    assert names["datetime_diff_for_humans"](dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=2)) == "2 hours ago"

"""Params that no DAG declares: Airflow has all that the conf of a run says among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator

def use(**kwargs):
    {body}

with DAG("asking", start_date=datetime(2024, 1, 1), schedule=None{params}):
    PythonOperator(task_id="t", python_callable=use)
"""


@pytest.mark.parametrize(
    ("body", "params", "expected"),
    [
        ('p = kwargs["params"]\nprint(p["day"] if "day" in p else "")', "", 'run_conf(context).get("day")'),
        ('p = kwargs["params"]\nprint(p["day"] if "day" in p else "")', "", "params = run_conf(context)"),
        ('print(kwargs["params"]["day"])', "", 'run_conf(context)["day"]'),
        ('print(kwargs["params"])', ', params={"day": "x"}', "config.model_dump()"),
        (
            'conf = kwargs["dag_run"].conf\nprint(conf["day"] if "day" in conf else "")',
            "",
            'run_conf(context).get("day")',
        ),
    ],
)
def test_a_run_finds_them_in_its_conf(tmp_path: Path, body: str, params: str, expected: str) -> None:
    (tmp_path / "dags").mkdir()
    text = DAG.replace("{body}", body.replace("\n", "\n    ")).replace("{params}", params)
    (tmp_path / "dags" / "d.py").write_text(text, encoding="utf-8")
    found = analyze(tmp_path / "dags", Config())
    files = render_project(found.plan, found.project, "acme")
    assert expected in "".join(text for name, text in files.items() if name.startswith("src/acme/defs/asking/"))


@pytest.mark.parametrize(
    ("declared", "conf", "kind"),
    [
        ("1", '{"n": "{{ params.m }}"}', "Any"),
        ("1", '{"n": 2}', "int"),
        ("1", '{"n": None}', "int"),
        ("'x'", '{"n": "{{ ds }}"}', "str"),
        ("Param(1, type='integer')", '{"n": "{{ ds }}"}', "int"),
    ],
)
def test_a_param_takes_what_another_dag_of_the_project_gives(
    tmp_path: Path, declared: str, conf: str, kind: str
) -> None:
    text = f"""\
from datetime import datetime
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, task

with DAG("asking", start_date=datetime(2024, 1, 1), schedule=None, params={{"n": {declared}}}):
    @task
    def use(params=None):
        print(params["n"])
    use()

with DAG("starting", start_date=datetime(2024, 1, 1), schedule="@daily", params={{"m": "1"}}):
    TriggerDagRunOperator(task_id="t", trigger_dag_id="asking", conf={conf})
"""
    (tmp_path / "d.py").write_text(text, encoding="utf-8")
    found = analyze(tmp_path, Config())
    files = render_project(found.plan, found.project, "acme")
    asking = "".join(text for name, text in files.items() if name.startswith("src/acme/defs/asking/"))
    assert f"    n: {kind} = " in asking


@pytest.mark.parametrize("name", ["airflow.sdk import ParamsDict", "airflow.models.param import ParamsDict"])
def test_code_that_asks_whether_it_got_params_gets_a_dictionary(tmp_path: Path, name: str) -> None:
    text = DAG.replace("{body}", 'return isinstance(kwargs["params"], ParamsDict)').replace("{params}", "")
    (tmp_path / "dags.py").write_text(f"from {name}\n{text}")
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    assert any("isinstance(params, dict)" in str(text) for text in files.values())
    assert not any("ParamsDict" in str(text) for path, text in files.items() if path.startswith("src/shop/defs"))

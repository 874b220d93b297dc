"""Pulls of a run whose id the conf tells (`xcom_pull(run_id=dag_run.conf["run"])`): of the run that started this one."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
import datetime as dt
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task

def collect(ti):
    ti.xcom_push(key="parcels", value=[1, 2])
    return "done"

with DAG("source", schedule="@daily", start_date=dt.datetime(2026, 1, 1), catchup=False):
    collected = PythonOperator(task_id="collect", python_callable=collect)
    hand_over = TriggerDagRunOperator(task_id="hand_over", trigger_dag_id="taker", conf={"run": "{{ run_id }}"})
    collected >> hand_over

def weigh(run, ti):
    return ti.xcom_pull(dag_id="source", task_ids="collect", run_id=run)

with DAG("taker", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    @task
    def fetch(**context):
        run = context["dag_run"].conf["run"]
        return len(context["ti"].xcom_pull(dag_id="source", task_ids="collect", key="parcels", run_id=run))

    PythonOperator(task_id="weigh", python_callable=weigh, op_kwargs={"run": "{{ dag_run.conf['run'] }}"})
    BashOperator(
        task_id="show",
        bash_command="echo {{ ti.xcom_pull(dag_id='source', task_ids='collect', run_id=dag_run.conf.run) }}",
    )
    BashOperator(
        task_id="named",
        bash_command="echo {{ ti.xcom_pull(dag_id='source', task_ids='collect', run_id='manual__' ~ ds) }}",
    )
    fetch()
"""


def test_a_value_of_the_run_that_the_conf_tells(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    kinds = {row.task_id: (row.kind, row.reason) for row in analysis.plan.dispositions}
    assert [name for name, (kind, _) in kinds.items() if kind == "airflow"] == ["named"]
    files = render_project(analysis.plan, analysis.project, "shop")
    code = re.sub(r"\s|,(?=\s*\))", "", "".join(text for name, text in files.items() if "/defs/taker/" in name))
    code = code.replace("'", '"')
    told = 'value_of_run(context,"source","collect",run_conf(context)["run"],'
    assert f'{told}"parcels")' in code and code.count(f'{told}"return_value")') == 2
    assert [one.dagster for one in analysis.plan.deltas if "whose id the conf tells" in one.airflow] == [
        "it is the id of a run in Dagster, and there is no value of any other"
    ]
    assert _last_values(files) == ["b", None, "b"]


def _last_values(files: dict[str, str]) -> list[Any]:
    """What is found of two runs that keep a value: by the id of the second, of one that there is not, and of another attempt of it."""
    names: dict[str, Any] = {}
    exec(files["src/shop/last_values.py"], names)
    helpers = files["src/shop/last_values.py"]
    assert "def value_of_run(" in helpers and "def last_value(" not in helpers
    found: list[Any] = []
    with dg.DagsterInstance.ephemeral() as instance:
        ids = []
        for value in ("a", "b"):
            result = dg.materialize([_kept(names, value)], instance=instance)
            ids.append(result.run_id)
        again = dg.DagsterRun("again", parent_run_id=ids[1], root_run_id=ids[1])
        instance.add_run(again)
        context = dg.build_asset_context(instance=instance)
        for run_id in (ids[1], "scheduled__2026-01-01", again.run_id):
            found.append(names["value_of_run"](context, "source", "collect", run_id, "x"))
    return found


def _kept(names: dict[str, Any], value: str) -> dg.AssetsDefinition:
    @dg.asset(key=value)
    def keeps(context: dg.AssetExecutionContext) -> None:
        names["keep_value"](context, "source", "collect", dt.datetime(2026, 1, 1), {"x": value})

    return keeps


PUBLISH = """
import datetime as dt
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator

def publish(package, kind="csv", ti=None):
    before = ti.xcom_pull(key=f"sha_{package}_{kind}", task_ids=ti.task_id, include_prior_dates=True)
    ti.xcom_push(key=f"sha_{package}_{kind}", value=package.upper())
    if before == package.upper():
        raise AirflowSkipException("unchanged")

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1), catchup=False):
    PythonOperator(task_id="air", python_callable=publish, op_args=["air"])
    PythonOperator(task_id="dated", python_callable=publish, op_args=["{{ ds }}"])
"""


def test_a_key_that_the_code_puts_together_of_arguments(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(PUBLISH)
    analysis = analyze(tmp_path, Config())
    assert {row.task_id: row.kind for row in analysis.plan.dispositions} == {"air": "step", "dated": "airflow"}
    files = render_project(analysis.plan, analysis.project, "shop")
    code = " ".join("".join(text for name, text in files.items() if "/defs/d/" in name).split())
    assert 'earlier_value(context, "d", "air", window_start, "sha_air_csv")' in code
    assert 'outputs[f"sha_{package}_{kind}"] = package.upper()' in code
    told = [one.dagster for one in analysis.plan.deltas if "pushes is there even if" in one.airflow]
    assert told == ["a step that is skipped hands over nothing, and keeps nothing for later runs"]


COMPARED = """
import datetime as dt
import json
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

NAMES = KNOWN

def load():
    return 1

def compare(ti):
    return {n: ti.xcom_pull(dag_id=f"feed_{n}", task_ids="TASK", include_prior_dates=True) for n in NAMES}

for name in ("a", "b"):
    with DAG(f"feed_{name}", schedule="@daily", start_date=dt.datetime(2026, 1, 1), catchup=False):
        PythonOperator(task_id="load", python_callable=load)

with DAG("report", schedule="@daily", start_date=dt.datetime(2026, 1, 1), catchup=False):
    PythonOperator(task_id="compare", python_callable=compare)
"""


@pytest.mark.parametrize(
    ("known", "task", "dags"),
    [('["a"]', "load", "a"), ('json.loads(open("names.json").read())', "load", "ab"), ("list(NAMED)", "other", "")],
)
def test_a_dag_that_the_code_computes(tmp_path: Path, known: str, task: str, dags: str) -> None:
    (tmp_path / "d.py").write_text(COMPARED.replace("KNOWN", known).replace("TASK", task))
    analysis = analyze(tmp_path, Config())
    kinds = {row.task_id: row.kind for row in analysis.plan.dispositions}
    assert (kinds["compare"] == "airflow") is not bool(dags)
    files = render_project(analysis.plan, analysis.project, "shop")
    code = " ".join("".join(text for name, text in files.items() if "/defs/report/" in name).split())
    found = re.findall(r'"feed_(\w)": last_value\(context, "feed_\1", "load", ', code)
    assert "".join(found) == dags and ('pulled.get(f"feed_{n}")' in code) is bool(dags)

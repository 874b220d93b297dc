"""What functions ask the task for that calls them, and names of their module that they compute."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
import datetime as dt
from airflow.VERSION import DAG
from airflow.operators.python import PythonOperator
from airflow.utils.task_group import TaskGroup

def load_a():
    return 1

def load_b():
    return 2

LIMITS = {"a": 1}

def work(x=None, TAKES):
    return ASKED

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    with TaskGroup("group"):
        PythonOperator(
            task_id="work", python_callable=work, op_kwargs={"x": "{{ ds }}"}, email=["a@b.c"], queue="slow"
        )
"""


def generated(folder: Path, asked: str, takes: str = "**context", version: str = "sdk", dag: str = DAG) -> str:
    """The code of the DAG; empty where the task stays in Airflow."""
    text = dag.replace("ASKED", asked).replace("TAKES", takes).replace("VERSION", version)
    (folder / "d.py").write_text(text.replace("from airflow.models import DAG", "from airflow import DAG"))
    analysis = analyze(folder, Config())
    if "airflow" in {row.kind for row in analysis.plan.dispositions}:
        return ""
    files = render_project(analysis.plan, analysis.project, "shop")
    return " ".join("".join(text for name, text in files.items() if "/defs/d/" in name).split())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("context['task'].op_kwargs['x'] + '!'", 'x_2 = context.partition_key return x_2 + "!"'),
        ("context['ti'].task.op_kwargs.get('z', 3)", "return 3"),
        ("context['task'].python_callable.__name__", 'return "work"'),
        ("context['task'].label, context['task'].email", 'email = ["a@b.c"] return "work", email'),
        ("context['task'].op_kwargs", ""),  # All of the context is among them.
        ("context['task'].op_kwargs['z']", ""),
        ("context['task'].python_callable()", ""),
        ("context['ti'].operator", ""),
    ],
)
def test_what_a_task_has(tmp_path: Path, asked: str, said: str) -> None:
    code = generated(tmp_path, asked)
    assert said in code and bool(code) is bool(said)


def test_what_airflow_does_not_take_none_for(tmp_path: Path) -> None:
    asked = "context['task'].retries, context['task'].pool, context['task'].run_as_user"
    given = DAG.replace('queue="slow"', "retries=None, pool=None, run_as_user=None")
    assert 'return 0, "default_pool", None' in generated(tmp_path, asked, dag=given)


def test_what_only_task_instances_of_airflow_2_have(tmp_path: Path) -> None:
    assert 'return "PythonOperator", "slow"' in generated(tmp_path, "ti.operator, ti.queue", "ti=None", "models")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("[globals()[f'load_{n}']() for n in 'ab']", """{"load_a": load_a, "load_b": load_b}[f"load_{n}"]()"""),
        ("globals().get('LIMITS')['a']", """{"LIMITS": LIMITS}.get("LIMITS")["a"]"""),
        ("globals()['LIMITS']['a'] + x", """{"LIMITS": LIMITS}["LIMITS"]["a"] + x"""),
        ("globals()[f'load_{x}']()", """{"load_a": load_a, "load_b": load_b}[f"load_{x}"]()"""),
        ("globals()[x]()", ""),
        ("sorted(globals())", ""),
        ("globals()['load_c']", ""),
    ],
)
def test_names_of_the_module_that_are_computed(tmp_path: Path, asked: str, said: str) -> None:
    code = generated(tmp_path, asked)
    assert said in code and bool(code) is bool(said)
    names = [name for name in ("load_a", "load_b", "LIMITS") if f"{name}:" in said.replace('"', "")]
    assert all(f"def {name}(" in code or f"{name} = {{" in code for name in names)

"""Macros and filters of the team's own that templates hand an object of Airflow's context."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

HEAD = """
import functools
import jinja2
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

PRICES = {"tea": 250}

def rows(ti, prefix=""):
    return [prefix + row for row in ti.xcom_pull(task_ids="collect")]

def count(ti):
    return ti.xcom_pull(task_ids="collect", key="count")

def weekday(dag_run):
    return dag_run.logical_date.format("dddd")

@jinja2.pass_context
def whole(context, name):
    return context[name]

def started(ti):
    return repr(ti)

def collect(ti):
    ti.xcom_push(key="count", value=2)
    return ["a", "b"]

with DAG(
    "d",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    user_defined_macros={"rows": rows, "count": count, "weekday": weekday, "started": started,
                         "length": lambda ti, x: x + ti.xcom_pull(task_ids="collect", key="count"), "whole": whole,
                         "price": functools.partial(PRICES.get)},
    user_defined_filters={"weekday": weekday, "money": "{:.2f}".format, "named": lambda ti: ti.task_id},
):
"""


def generated(command: str, tmp_path: Path) -> tuple[str, str, str]:
    """What becomes of a task with that command: its disposition, the reason, and the code of its DAG."""
    tasks = f'PythonOperator(task_id="collect", python_callable=collect) >> BashOperator(task_id="show", bash_command={command!r})\n'
    (tmp_path / "d.py").write_text(f"{HEAD}    {tasks}")
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    found = next(row for row in analysis.plan.dispositions if row.task_id == "show")
    return found.kind, found.reason, "\n".join(text for name, text in files.items() if "/defs/d/" in name)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo {{ rows(ti) | join }}", "{{ rows(collect=collect) | join }}"),
        ("echo {{ rows(ti, prefix='-') | join }}", "{{ rows(prefix='-', collect=collect) | join }}"),
        ("echo {{ rows(task_instance, '-') | first }}", "{{ rows('-', collect=collect) | first }}"),
        ("{% for row in rows( ti=ti ) %}{{ row }}{% endfor %}", "{% for row in rows(collect=collect) %}"),
        ("echo {{ count(ti) + 1 | int }}", "{{ count(count=count_2) + 1 | int }}"),
        ("echo {{ dag_run | weekday | upper }}", "{{ weekday(logical_date=logical_date) | upper }}"),
        ("echo {{ weekday(ti.dag_run) | upper }}", "{{ weekday(logical_date=logical_date) | upper }}"),
        ("echo {{ length(ti, 2) | int }}", "{{ length(2, count=count) | int }}"),
        ("echo {% set me = ti %}{{ me | named | upper }}", "{{ named(task_id=task_id) | upper }}"),
        ("echo {{ price('tea') | money }}", "{'{:.2f}'.format({'tea': 250}.get('tea'))}"),
        ("echo {{ price('tea') | money | center(9) }}", 'price={"tea": 250}.get'),
        ("echo {{ price('tea') | money | center(9) }}", '{"money": "{:.2f}".format}'),
        ("echo {{ dag.timezone.name | center(9) }}", 'dag={"timezone": {"name": "UTC"}}'),
    ],
)
def test_they_take_what_they_use(command: str, expected: str, tmp_path: Path) -> None:
    kind, reason, code = generated(command, tmp_path)
    assert kind == "step", reason
    assert expected in code


def test_a_date_is_pendulums_where_the_macro_asks_it_for_that(tmp_path: Path) -> None:
    _, _, code = generated("echo {{ weekday(dag_run) }}", tmp_path)
    assert "def weekday(logical_date):" in code
    assert "logical_date=pendulum.instance(context.partition_time_window.start)" in code


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("echo {{ started(ti) }}", "`started`, which uses it in a way that cannot be followed"),
        ("echo {{ rows(ti) }} {{ rows(other) }}", "does not hand on Airflow's context each time that it calls `rows`"),
        ("echo {{ whole('ds') }}", "Jinja gives `whole` the context of the template"),
        ("echo {{ ti }} | wc", "the template name `ti` is not known"),
    ],
)
def test_what_cannot_be_followed_stays(command: str, reason: str, tmp_path: Path) -> None:
    kind, found, _ = generated(command, tmp_path)
    assert kind == "airflow"
    assert reason in found

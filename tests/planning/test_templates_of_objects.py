"""What templates ask of the run, the task instance, the task and the DAG, and XComs in template files."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.bodies import RunShell
from migrator.model.expressions import (
    ConfigValue,
    Construct,
    Expr,
    Helper,
    InputValue,
    Merged,
    RunConf,
    RunDate,
    TemplateText,
)
from migrator.model.plan import KeepInAirflow
from migrator.pipeline import Analysis, analyze

HEAD = """
from datetime import datetime
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

def numbers():
    return [1]

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1), params={"a": 1}) as dag:
    first = PythonOperator(task_id="first", python_callable=numbers)
    other = PythonOperator(task_id="other", python_callable=numbers)
"""


def analyzed(folder: Path, tasks: str, **files: str) -> Analysis:
    for name, text in files.items():
        (folder / f"{name}.sh").write_text(text)
    (folder / "d.py").write_text(HEAD + tasks)
    return analyze(folder, Config())


def commands(analysis: Analysis) -> list[Expr]:
    plan = analysis.plan.dags[0]
    return [body.command for made in plan.operations if isinstance(body := getattr(made, "body", None), RunShell)]


def kept(analysis: Analysis) -> list[str]:
    operations = analysis.plan.dags[0].operations
    return [found.reason.message for found in operations if isinstance(found, KeepInAirflow)]


def shell(tmp_path: Path, template: str) -> Analysis:
    return analyzed(tmp_path, f'    first >> BashOperator(task_id="t", bash_command={template!r})\n')


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("{{ ('a' if dag_run else 'b') | title }}", {"dag_run": True}),
        ("{% if dag_run and not task_instance is none %}a{% endif %}", {"dag_run": True, "task_instance": True}),
        ("{% if ti.task.task_id == 't' %}{{ 'a' | title }}{% endif %}", {"task": {"task_id": "t"}}),
        ("{{ task.dag.dag_id | title }}", {"dag": {"dag_id": "d"}}),
        ("{{ dag.owner | title }}", {"dag": {"owner": "airflow"}}),
        ("{{ task.upstream_task_ids | length }}", {"task": {"upstream_task_ids": {"first"}}}),
        ("{{ ti.task.pool_slots | title }}", {"task": {"pool_slots": 1}}),
        ("{{ dag.task_ids | join }}", {"dag": {"task_ids": ["first", "other", "t"]}}),
        ("{{ ti.log_url | title }}", {"ti": {"log_url": Helper("run_url", "run_context", ())}}),
        ("{{ ti.hostname | title }}", {"ti": {"hostname": Construct("socket.gethostname")}}),
        ("{{ dag_run.run_after | title }}", {"dag_run": {"run_after": RunDate("data_interval_end")}}),
        ("{{ params.b | default(params.a) | title }}", {"params": Merged((RunConf(), {"a": ConfigValue("a")}))}),
        ("{{ ('b' if params.b is defined else 'none') | title }}", {"params": RunConf()}),
        ("{{ params.b | title }}", {"params": {"b": RunConf(("b",))}}),
    ],
)
def test_members_of_objects(tmp_path: Path, template: str, names: dict[str, Expr]) -> None:
    found = commands(shell(tmp_path, template))[0]
    assert isinstance(found, TemplateText) and found.names == names


def test_dates_of_the_run_have_the_name_that_the_template_has_for_them(tmp_path: Path) -> None:
    found = commands(
        shell(
            tmp_path, "{% if 1 %}{{ dag_run.logical_date | ds | title }} {{ ti.execution_date.add(days=1) }}{% endif %}"
        )
    )[0]
    assert isinstance(found, TemplateText)
    assert found.names["dag_run"].keys() == {"logical_date"}
    assert found.names["ti"].keys() == {"execution_date"}


@pytest.mark.parametrize("version", ["2", "3"])
def test_trigger_rules_are_texts(tmp_path: Path, version: str) -> None:
    (tmp_path / "d.py").write_text(HEAD + "    BashOperator(task_id='t', bash_command='{{ task.trigger_rule }}')\n")
    analysis = analyze(tmp_path, Config(airflow_version=version))
    assert commands(analysis) == ["all_success"]
    assert [row.dagster for row in analysis.plan.deltas if "trigger_rule" in row.airflow] == (
        ["it is the text `all_success`"] if version == "3" else []
    )


@pytest.mark.parametrize(
    "template", ["{{ dag_run }}", "{{ f(ti) if ti else '' }}", "{{ dag_run.get_task_instances() }}"]
)
def test_what_stays_in_airflow(tmp_path: Path, template: str) -> None:
    assert not commands(shell(tmp_path, template))


def test_a_name_stands_for_xcoms_in_files(tmp_path: Path) -> None:
    analysis = analyzed(
        tmp_path,
        '    [first, other] >> BashOperator(task_id="t", bash_command="a.sh")\n',
        a="{% include 'b.sh' %} {{ ti.xcom_pull('first') | length }} {{ ti.try_number }}",
        b="{{ ti.xcom_pull(task_ids='other')[0] }} {{ ti.xcom_pull('first') }}",
    )
    found = commands(analysis)[0]
    assert isinstance(found, TemplateText)
    assert found.text == "{% include 'b.sh' %} {{ first | length }} {{ ti.try_number }}"
    assert found.includes["b.sh"].text == "{{ other[0] }} {{ first }}"
    assert {found.names["first"], found.names["other"]} == {InputValue("first"), InputValue("other")}


def test_tasks_that_pull_other_xcoms_for_one_file(tmp_path: Path) -> None:
    """A pull that does not say from which task takes the one before."""
    analysis = analyzed(
        tmp_path,
        '    first >> BashOperator(task_id="t", bash_command="a.sh")\n'
        '    other >> BashOperator(task_id="u", bash_command="a.sh")\n',
        a="echo {{ ti.xcom_pull() | join }}",
    )
    assert len(commands(analysis)) == 1


def test_a_pull_from_a_task_that_may_not_have_run_yet(tmp_path: Path) -> None:
    text = "    first >> BashOperator(task_id='t', bash_command=\"{{ ti.xcom_pull('first') }} {{ ti.xcom_pull('other') }}\")\n"
    told = [(row.airflow, row.dagster) for row in analyzed(tmp_path, text).plan.deltas if "too early" in row.airflow]
    assert told == [
        ("`t` pulls what `other` hands over without coming after it, and may be too early", "`t` waits for `other`")
    ]

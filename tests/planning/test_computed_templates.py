"""Templates that compute something, as Python says it; what only Jinja says is rendered when the code runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

def quarter(ds):
    return "Q" + ds[5:7]

def next_week(moment):
    return moment.add(weeks=1).to_date_string()

def year(moment, digits=4):
    return str(moment.year)[-digits:]

def short(text, n=2):
    return text[:n]

with DAG(
    "d",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"n": 3, "mode": "full", "all": True, "tables": []},
    user_defined_macros={"quarter": quarter, "next_week": next_week, "year": year, "LIMIT": 5},
    user_defined_filters={"short": short},
):
    BashOperator(task_id="t", bash_command="echo {template}")
"""

START = "context.partition_time_window.start"


def generated(tmp_path: Path, template: str) -> str:
    (tmp_path / "dags.py").write_text(DAG.replace("{template}", template.replace('"', '\\"').replace("\n", "\\n")))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "acme")
    return next(text for path, text in files.items() if path.endswith(("defs/d/ops.py", "defs/d/assets.py")))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "{{ (prev_start_date_success - macros.timedelta(days=7)).strftime('%Y-%m-%d') if prev_start_date_success"
            " else (execution_date - macros.timedelta(days=7)).strftime('%Y-%m-%d') }}",
            f"{{(last_success_start(context) or {START}) - dt.timedelta(days=7):%Y-%m-%d}}",
        ),
        (
            "{{ prev_start_date_success.strftime('%Y') if prev_start_date_success else '1970' }}",
            "{last_success_start(context).strftime('%Y') if last_success_start(context) else '1970'}",
        ),
        ("{{ '{:02}'.format(execution_date.month) }}", f"{{{START}:%m}}"),
        ("{{ '%02d' % execution_date.month }}", f"{{'%02d' % {START}.month}}"),
        ("{{ logical_date.month - 1 if logical_date.month > 1 else 12 }}", "window_start.month - 1 if window_start"),
        ("{{ dag.timezone.name }} {{ dag.timezone.key }} {{ dag.timezone }}", "echo UTC UTC UTC"),
        ("{{ params.n * (2 + params.n) }}", "{config.n * (2 + config.n)}"),
        ("{{ (params.n == 1) == (params.n == 2) }}", "{(config.n == 1) == (config.n == 2)}"),
        ("{{ 'a' if params.all == true else 'b' }}", "{'a' if config.all else 'b'}"),
        ("{{ params.mode | upper }}-{{ ds | replace('-', params.mode) }}", "{config.mode.upper()}-{context.partition_key.replace('-', config.mode)}"),
        ("{{ 2 ** (params.n + 1) }}", "{2 ** (config.n + 1)}"),
        ("{{ 2 ** params.n ** 2 }}", "{(2**config.n) ** 2}"),
        ("{{ params.n is not in [1, 2] }}", "{config.n not in [1, 2]}"),
        ("{{ none != params.mode }}", "{config.mode is not None}"),
        ("{{ dag_run.conf['x'] or ds }}", "{run_conf(context)['x'] or context.partition_key}"),
        ("{{ dag_run.conf.x == params.mode }}", "{run_conf(context)['x'] == config.mode}"),
        ("{{ dag_run.conf.x is not none }}", "{run_conf(context).get('x', '') is not None}"),
        ("{{ dag_run.conf.x | default('y') }}", "{run_conf(context).get('x', 'y')}"),
        ("{{ dag_run.conf.x if dag_run.conf.x is defined else 1 }}", "run_conf(context)['x'] if 'x' in run_conf(context)"),
        ("{{ params.b | default(params.n) }}", "{run_conf(context).get('b', config.n)}"),
        ("{{ quarter(ds) }}/{{ macros.ds_add(ds, params.n) }}", "{quarter(context.partition_key)}/{ds_add(context.partition_key, config.n)}"),
        ("{{ next_week(logical_date) }}", f"{{next_week(pendulum.instance({START}))}}"),
        ("{{ next_week(moment=data_interval_end) }}", "{next_week(moment=pendulum.instance("),
        ("{{ year(logical_date, digits=params.n) }}", f"{{year({START}, digits=config.n)}}"),
        ("{{ params.mode | short }}{{ ds | short(n=params.n) }}", "{short(config.mode)}{short(context.partition_key, n=config.n)}"),
        ("{{ -LIMIT }}/{{ LIMIT }}", "echo -5/5"),
        ("{{ logical_date.start_of('month').strftime('%d') }}", f"{{pendulum.instance({START}).start_of('month'):%d}}"),
        ("{% if params.all %}--all{% else %}{{ ds }}{% endif %}", "{'--all' if config.all else context.partition_key}"),
        ("{% if dag_run %}--all{% endif %}", '"echo --all"'),
        ("{% set x = ds %}{{ x }} {{ x }}", "{context.partition_key} {context.partition_key}"),
        ("{% for t in ['a', 'b'] %}{{ t }}={{ ds }};{% endfor %}", "a={context.partition_key};b={context.partition_key};"),
    ],
)  # fmt: skip
def test_what_python_says(tmp_path: Path, template: str, expected: str) -> None:
    found = generated(tmp_path, template)
    assert expected in found
    assert "render_text" not in found


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' if params.n }}",
        "{{ 'a b' | title }}",
        "{{ params.mode | int }}",
        "{{ data_interval_end - logical_date }}",
        "{{ params.n == true }}",
        "{% for t in params.tables %}{{ t }}{% endfor %}",
        "{% set x = ds.split('-')[0] %}{{ x }} {{ x }}",
        "{% if params.all %}one\nline{% endif %}",
        "{% for t in ['a', 'b'] %}{{ t }}{{ loop.index }}{% endfor %}",
        "{% set x = 'a' %}{% if params.all %}b{% else %}{% set x = 'c' %}{% endif %}{{ x }}",
        "{% set x = ds ~ '-' ~ run_id %}{{ x }} {{ x }}",
        "{% for a in ['a', 'b'] %}{% for b in ['a', 'b'] %}{{ a }}{{ b }}{{ ds }}{% endfor %}{% endfor %}",
        "{{ " + " + ".join(["params.n"] * 50) + " }}",
        "{% raw %}{{ ds }}{% endraw %}{{ ds | wordwrap }}",
    ],
)
def test_what_only_jinja_says(tmp_path: Path, template: str) -> None:
    assert "render_text(" in generated(tmp_path, template)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ logical_date.week_of_year }} {{ prev_start_date_success | title }}", "last_success_start(context),"),
        (
            "{{ prev_start_date_success.add(days=1) | title if prev_start_date_success }}",
            "pendulum.instance(last_success_start(context)) if last_success_start(context) else None",
        ),
        (
            "{% set since = prev_end_date_success or data_interval_start %}{{ since.week_of_year | title }}",
            "pendulum.instance(last_success_end(context)) if last_success_end(context) else None",
        ),
    ],
)
def test_the_last_success_is_pendulums_where_a_template_asks_it_for_more(
    tmp_path: Path, template: str, expected: str
) -> None:
    found = " ".join(generated(tmp_path, template).split())
    assert "render_text(" in found and expected in found.replace("( ", "(").replace(" )", ")")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ dag.timezone.name | wordwrap }}", 'dag={"timezone": {"name": "UTC"}}'),
        ("{{ dag.start_date | wordwrap }} {{ dag.start_date.year | wordwrap }}", 'dag={"start_date": '),
    ],
)
def test_members_of_what_the_dag_has(tmp_path: Path, template: str, expected: str) -> None:
    assert expected in generated(tmp_path, template)

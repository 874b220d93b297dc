"""Names that templates give objects of Airflow's context."""

from __future__ import annotations

import pytest

from migrator.analyzers.templates.objects import with_plain_objects

PAIRS = {
    "{{ ti.task.dag.dag_id }} {{ task.dag.tags }}": "{{ dag.dag_id }} {{ dag.tags }}",
    "{{ task_instance.dag_run.conf.x }}": "{{ dag_run.conf.x }}",
    "{% set run = dag_run %}{{ run.conf.run }} {{ f(run) }}": "{{ dag_run.conf.run }} {{ f(dag_run) }}",
    "{% set me = ti.task %}{% set day = ds %}{{ me.owner }}": "{% set day = ds %}{{ task.owner }}",
    "{% set a = ti %}{% set b = a.task %}{{ b.owner }}": "{{ task.owner }}",
    "x\n{%- set run = dag_run -%}\n{{ run.run_id }}": "x{{ dag_run.run_id }}",
    # These may mean something else.
    "{% set run = dag_run %}{% set run = ds %}{{ run }}": None,
    "{{ run }}{% set run = dag_run %}{{ run.conf }}": None,
    "{% for task in tasks %}{{ task.dag }}{% endfor %}": None,
    "{% set run = dag_run %}{{ f(run=1) }}": None,
    "{{ other.ti.task }} {{ ti.task_id }}": None,
}


@pytest.mark.parametrize("text", PAIRS)
def test_objects_go_by_airflows_names(text: str) -> None:
    expected = PAIRS[text]
    assert with_plain_objects(text) == (text if expected is None else expected)

"""Templates that functions return (`@task.sql`, `@task.bash`): rendered by the step, with what they ask for."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = '''
import datetime as dt
from airflow.sdk import DAG, task

with DAG("staff", schedule="@daily", start_date=dt.datetime(2026, 1, 1), catchup=False):
    @task
    def ids():
        return [1, 2]

    @task.sql(conn_id="warehouse")
    def correct(dept="ops"):
        return f"""UPDATE staff SET fte = 1 WHERE dept = '{dept}' AND since > '{{{{ macros.ds_add(ds, 5) }}}}'
            AND id IN ({{{{ ti.xcom_pull(task_ids='ids') | join(', ') }}}})"""

    @task.bash
    def hello(ti=None):
        first = ti.xcom_pull("ids")[0]
        return f"echo {first} " + "{{ ti.xcom_pull('ids')[1] }}"

    @task.bash
    def escaped():
        return "echo '{{ ti.xcom_pull(task_ids=\\"ids\\") | length }}'"

    @task.bash
    def put_together(task_id="ids"):
        return "echo {{ ti.xcom_pull(\\'%s\\') }}" % task_id

    @task.bash
    def formatted(task_id="ids"):
        return "echo {{{{ ti.xcom_pull('{}') }}}}".format(task_id)

    @task.bash
    def of_a_plugin():
        return "echo {{ macros.city.quarter(ds) }}"

    given = ids()
    given >> [correct(), hello(), escaped(), put_together(), formatted(), of_a_plugin()]
'''


def test_a_template_that_a_function_returns_takes_values_and_macros(tmp_path: Path) -> None:
    (tmp_path / "staff.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    stays = {row.task_id for row in analysis.plan.dispositions if row.kind == "airflow"}
    assert stays == {"formatted", "put_together", "of_a_plugin"}
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for name, text in files.items() if "/defs/staff/" in name)
    assert "AND id IN ({{{{ ids | join(', ') }}}})" in code
    assert "warehouse.run(render_text(correct(), ds=context.partition_key, ids=ids, macros=macros))" in code
    assert "from shop import macros" in code and "def ds_add" in files["src/shop/macros.py"]
    assert 'return f"echo {first} " + "{{ ids[1] }}"' in code
    assert "first = ids[0]" in code
    assert "return \"echo '{{ ids | length }}'\"" in code

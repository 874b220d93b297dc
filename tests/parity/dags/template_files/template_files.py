import os
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get("DATA_DIR", "/tmp/data")


class RenderOperator(BaseOperator):
    template_fields = ("query", "target")
    template_ext = (".sql", ".txt")
    template_fields_renderers = {"query": "sql"}

    def __init__(self, query, target, **kwargs):
        super().__init__(**kwargs)
        self.query = query
        self.target = target

    def execute(self, context):
        Path(self.target).write_text(self.query)


class SqlPython(PythonOperator):
    template_ext = (".sql",)


def keep(query, templates_dict, ds):
    Path(OUT, f"kept_{ds}.txt").write_text(query + templates_dict["more"])


with DAG(
    "template_files",
    start_date=datetime(2024, 1, 1),
    schedule="@daily",
    catchup=False,
    template_searchpath=[os.path.join(HERE, "sql"), os.path.join(HERE, "scripts")],
    params={"schema": "main"},
    user_defined_macros={"table_for": lambda name: f"t_{name}"},
):
    create = SQLExecuteQueryOperator(task_id="create", conn_id="warehouse", sql="create.sql")
    load = SQLExecuteQueryOperator(
        task_id="load", conn_id="warehouse", sql=["common/cleanup.sql", "load.sql"], params={"source": "web"}
    )
    script = BashOperator(
        task_id="script", bash_command="export.sh", env={"OUT": OUT, "DAY": "{{ ds }}"}, append_env=True
    )
    inline = BashOperator(task_id="inline", bash_command="bash " + HERE + "/scripts/plain.sh {{ ds }} ")
    render = RenderOperator(task_id="render", query="report.sql", target=OUT + "/report_{{ ds }}.out")
    SqlPython(task_id="keep", python_callable=keep, op_args=["report.sql"], templates_dict={"more": "report.sql"})
    create >> load >> [script, inline, render]

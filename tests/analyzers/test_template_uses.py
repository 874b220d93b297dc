"""Which arguments are templates, what they use, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.analyzers.source import Folder
from migrator.analyzers.templates.fields import TemplateFields
from migrator.config import Config
from migrator.model.airflow import Task
from migrator.model.source import Span
from migrator.pipeline import Analysis, analyze

HEAD = """
from datetime import datetime
from airflow import DAG
from airflow.models import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

"""


def analyzed(folder: Path, body: str, **files: str) -> Analysis:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_sql", ".sql").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = folder / "team" / "dag.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + body)
    return analyze(folder, Config())


def uses(analysis: Analysis) -> list[tuple[str, str, str]]:
    return [(use.field, use.kind, use.name) for task in analysis.project.tasks() for use in task.templates]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("{{ ds }}", [("date", "ds")]),
        ("{{ data_interval_start | ds }}", [("date", "data_interval_start")]),
        ("{{ macros.ds_add(ds, -1) }}", [("date", "ds")]),
        (
            "{{ (execution_date - macros.timedelta(days=1)).strftime('%Y') }}",
            [("date", "execution_date"), ("macro", "timedelta")],
        ),
        ("{{ var.value.bucket }}", [("variable", "bucket")]),
        ("{{ var.json.cfg.tables[0] }}", [("variable", "cfg.tables.0")]),
        ("{{ var.value.get('bucket', 'x') }}", [("variable", "bucket")]),
        ("{{ conn.warehouse.host }}", [("connection", "warehouse.host")]),
        ("{{ params.limit }}", [("param", "limit")]),
        ("{{ dag_run.conf['day'] }}", [("conf", "day")]),
        ("{{ ti.xcom_pull(task_ids='a') }}", [("xcom", "a")]),
        ("{{ task_instance.xcom_pull('a', key='k')['x'] }}", [("xcom", "a[k]")]),
        ("{{ run_id }}", [("run", "run_id")]),
        ("{{ ti.task.task_id }}", [("run", "ti.task.task_id")]),
        ("{{ 1 if dag_run else 2 }}", [("run", "dag_run")]),
        ("{{ ti.try_number }}", [("run", "ti.try_number")]),
        ("{{ task_instance_key_str }}", [("run", "task_instance_key_str")]),
        ("{{ macros.uuid.uuid4() }}", [("macro", "uuid.uuid4")]),
        ("{{ fiscal_year(ds) }}", [("user_macro", "fiscal_year"), ("date", "ds")]),
        ("{{ ds | quoted }}", [("date", "ds"), ("user_filter", "quoted")]),
        ("{{ nobody_knows }}", [("unknown", "nobody_knows")]),
        ("{{ 'a' }}", [("literal", "")]),
        ("{% for x in params.tables %}{{ x }}{% endfor %}", [("local", "x"), ("param", "tables")]),
        ("{% if var.value.on %}{{ ds }}{% endif %}", [("date", "ds"), ("variable", "on")]),
        ("echo ${HOME}", []),
    ],
)
def test_classes(tmp_path: Path, expression: str, found: list[tuple[str, str]]) -> None:
    body = f"""
with DAG("d", user_defined_macros={{"fiscal_year": str}}, user_defined_filters={{"quoted": repr}}) as dag:
    BashOperator(task_id="a", bash_command="true") >> BashOperator(task_id="b", bash_command={expression!r})
"""
    assert uses(analyzed(tmp_path, body)) == [("bash_command", *use) for use in found]


def test_only_templated_arguments_count_and_they_are_searched_through(tmp_path: Path) -> None:
    body = """
with DAG("d", default_args={"env": {"DAY": "{{ ds }}"}}) as dag:
    BashOperator(task_id="b", bash_command=["echo", "{{ ts }}"], pool="{{ run_id }}", doc_md="{{ params.x }}")
    PythonOperator(task_id="p", python_callable=print, op_args=["{{ ds_nodash }}"], op_kwargs={"a": {"b": "{{ var.value.v }}"}})
"""
    assert uses(analyzed(tmp_path, body)) == [
        ("bash_command", "date", "ts"),
        ("env", "date", "ds"),
        ("op_args", "date", "ds_nodash"),
        ("op_kwargs", "variable", "v"),
    ]


def test_places(tmp_path: Path) -> None:
    body = '''with DAG("d") as dag:
    BashOperator(
        task_id="b",
        bash_command="""
            echo {{ ds }}
            echo {{ run_id }}
        """,
    )
'''
    (task,) = analyzed(tmp_path, body).project.tasks()
    first = len(HEAD.splitlines()) + 5
    assert [(use.file, use.line, use.expression) for use in task.templates] == [
        ("team/dag.py", first, "ds"),
        ("team/dag.py", first + 1, "run_id"),
    ]


def test_files_are_looked_for_next_to_the_dag_first(tmp_path: Path) -> None:
    body = f"""
with DAG("d", template_searchpath=[{str(tmp_path / "sql")!r}]) as dag:
    SQLExecuteQueryOperator(task_id="near", conn_id="c", sql="both.sql")
    SQLExecuteQueryOperator(task_id="far", conn_id="c", sql=["far.sql", "select '{{{{ ds }}}}'"])
"""
    analysis = analyzed(
        tmp_path,
        body,
        team__both_sql="select 1;\nselect '{{ params.near }}'",
        sql__both_sql="select '{{ params.far }}'",
        sql__far_sql="{% include 'part.sql' %}\nselect '{{ run_id }}'",
        sql__part_sql="select '{{ var.value.part }}'",
    )
    near, far = analysis.project.tasks()
    assert [(use.file, use.line, use.name) for use in near.templates] == [("team/both.sql", 2, "near")]
    assert [(use.file, use.name) for use in far.templates] == [
        ("sql/far.sql", "run_id"),
        ("sql/part.sql", "part"),
        ("team/dag.py", "ds"),
    ]


@pytest.mark.parametrize(
    "searched",
    [
        'Variable.get("sql_path")',
        '[os.environ["SQL_PATH"]]',
        'os.path.join(os.environ["AIRFLOW_HOME"], "sql")',
        "f\"{Variable.get('home')}/sql\"",
        '"/usr/local/airflow/sql"',
        '"/usr/local/airflow/templates"',
    ],
)
def test_of_files_in_a_folder_that_is_not_known_the_nearest_is_taken(tmp_path: Path, searched: str) -> None:
    body = f"""
import os
from airflow.models import Variable
with DAG("d", template_searchpath={searched}) as dag:
    SQLExecuteQueryOperator(task_id="load", conn_id="c", sql="load.sql")
    SQLExecuteQueryOperator(task_id="report", conn_id="c", sql="marts/report.sql")
"""
    analysis = analyzed(
        tmp_path,
        body,
        team__sql__load_sql="select '{{ params.near }}'",
        other__sql__load_sql="select '{{ params.far }}'",
        other__sql__marts__report_sql="select '{{ params.only }}'",
    )
    assert [(use.file, use.name) for task in analysis.project.tasks() for use in task.templates] == [
        ("team/sql/load.sql", "near"),
        ("other/sql/marts/report.sql", "only"),
    ]
    assert [found.message for found in analysis.diagnostics if found.code == "MIG110"] == [
        "`template_searchpath` of `d` is no folder here: `load.sql` was taken from `team/sql`",
        "`template_searchpath` of `d` is no folder here: `marts/report.sql` was taken from `other/sql`",
    ]


def test_files_that_are_equally_near_are_named(tmp_path: Path) -> None:
    body = """
from airflow.models import Variable
with DAG("d", template_searchpath=Variable.get("sql_path")) as dag:
    SQLExecuteQueryOperator(task_id="load", conn_id="c", sql="load.sql")
"""
    analysis = analyzed(tmp_path, body, one__load_sql="select 1", two__load_sql="select 2")
    (stays,) = analysis.plan.dispositions
    assert stays.reason == (
        "the file `load.sql` may be any of `one/load.sql`, `two/load.sql`: where Airflow looks for it is not known"
    )


def test_own_operators_say_which_arguments_are_templates(tmp_path: Path) -> None:
    operators = """
from airflow.models import BaseOperator
from airflow.operators.bash import BashOperator

class Plain(BaseOperator):
    template_fields = ("query",)
    def __init__(self, query=None, other=None, **kwargs):
        super().__init__(**kwargs)

class More(Plain):
    template_fields = (*Plain.template_fields, "other")

class Bash(BashOperator):
    template_fields: tuple = BashOperator.template_fields + ("label",)
    def __init__(self, label=None, **kwargs):
        super().__init__(**kwargs)
"""
    body = """
from plugins.ops import Bash, More, Plain
with DAG("d") as dag:
    Plain(task_id="a", query="{{ ds }}", other="{{ ts }}")
    More(task_id="b", query="{{ ds }}", other="{{ ts }}")
    Bash(task_id="c", bash_command="{{ ds }}", label="{{ run_id }}", output_encoding="{{ ts }}")
"""
    assert uses(analyzed(tmp_path, body, plugins__ops_py=operators)) == [
        ("query", "date", "ds"),
        ("other", "date", "ts"),
        ("query", "date", "ds"),
        ("bash_command", "date", "ds"),
        ("label", "run", "run_id"),
    ]


def test_of_an_operator_that_nobody_knows_every_text_is_looked_at(tmp_path: Path) -> None:
    body = """
from acme.airflow import AcmeOperator
with DAG("d") as dag:
    AcmeOperator(task_id="a", what="{{ ds }}", broken="{{ (", plain="x")
"""
    analysis = analyzed(tmp_path, body)
    assert uses(analysis) == [("what", "date", "ds")]
    assert not [finding for finding in analysis.diagnostics if finding.code == "MIG209"]


def test_a_syntax_error_is_a_finding(tmp_path: Path) -> None:
    body = """
with DAG("d") as dag:
    BashOperator(task_id="a", bash_command="echo ${#array[@]}")
    SQLExecuteQueryOperator(task_id="b", conn_id="c", sql="bad.sql")
"""
    analysis = analyzed(tmp_path, body, team__bad_sql="select {{ ds }")
    found = [finding for finding in analysis.diagnostics if finding.code == "MIG209"]
    assert [(finding.span.file, "not a valid template" in finding.message) for finding in found] == [
        ("team/bad.sql", True),
        ("team/dag.py", True),
    ]


def test_values_pulled_from_tasks_that_do_not_come_before(tmp_path: Path) -> None:
    body = """
def pull(ti):
    return ti.xcom_pull(task_ids="late")

with DAG("d") as dag:
    first = BashOperator(task_id="first", bash_command="true")
    middle = BashOperator(task_id="middle", bash_command="true")
    good = BashOperator(task_id="good", bash_command="{{ ti.xcom_pull(task_ids='first') }}")
    late = BashOperator(task_id="late", bash_command="{{ ti.xcom_pull('gone') }}")
    by_function = PythonOperator(task_id="by_function", python_callable=pull)
    other_dag = BashOperator(task_id="other_dag", bash_command="{{ ti.xcom_pull('x', dag_id='other') }}")
    own = BashOperator(task_id="own", bash_command="{{ ti.xcom_pull('own') }}")
    first >> middle >> good
"""
    found = [finding.message for finding in analyzed(tmp_path, body).diagnostics if finding.code == "MIG210"]
    assert found == [
        "`by_function` pulls a value from `late`, which is not upstream of it",
        "`late` pulls a value from `gone`, which is not in the DAG `d`",
    ]


@pytest.mark.parametrize(
    ("module", "operator", "fields", "ending"),
    [
        ("airflow.providers.standard.operators.bash", "BashOperator", {"bash_command", "env"}, ".sh"),
        ("airflow.operators.bash_operator", "BashOperator", {"bash_command", "env"}, ".sh"),
        ("airflow.providers.common.sql.operators.sql", "SQLExecuteQueryOperator", {"sql", "parameters"}, ".sql"),
        ("airflow.providers.cncf.kubernetes.operators.pod", "KubernetesPodOperator", {"cmds", "env_vars"}, None),
        ("airflow.providers.google.cloud.operators.bigquery", "BigQueryInsertJobOperator", {"configuration"}, ".sql"),
        ("airflow.providers.amazon.aws.operators.s3", "S3ListOperator", {"bucket", "prefix"}, None),
    ],
)
def test_recorded_fields(tmp_path: Path, module: str, operator: str, fields: set[str], ending: str | None) -> None:
    task = Task("d", "t", operator, module, Span("dag.py", 1))
    found = TemplateFields(Folder(tmp_path), "dag.py").of(task)
    assert found is not None
    assert fields <= set(found.fields)
    assert ending in found.endings if ending else found.endings == ()

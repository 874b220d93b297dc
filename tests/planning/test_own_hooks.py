"""Hooks of the team's own that were begun as copies of Airflow's, and what tasks of two DAGs need of one class."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

HOOK = """\
import subprocess

from airflow import configuration
from airflow.configuration import conf
from airflow.exceptions import AirflowException
from airflow.hooks.base_hook import BaseHook
from airflow.utils.file import TemporaryDirectory
from airflow.utils.helpers import as_flattened_list
import airflow.security.utils as utils


class ShellHook(BaseHook):
    def __init__(self, conn_id="shell_default"):
        self.conn = self.get_connection(conn_id)

    def words(self, settings):
        principal = self.conn.extra_dejson.get("principal", "")
        if configuration.get("core", "security") == "kerberos" and "_HOST" in principal:
            principal = utils.replace_hostname_pattern(utils.get_components(principal))
        flags = as_flattened_list(("-d", f"{key}={value}") for key, value in settings.items())
        return [conf.get("acme", "shell", fallback="sh"), self.conn.host, principal, *flags]

    def run(self, command, settings):
        with TemporaryDirectory(prefix="shell_") as folder:
            self.process = subprocess.Popen([*self.words(settings), command], cwd=folder)
            if self.process.wait():
                raise AirflowException(command)

    def kill(self):
        if hasattr(self, "process") and getattr(self, "process", None):
            self.process.terminate()
"""
OPERATOR = """\
from airflow.models import BaseOperator
from acme.hooks import ShellHook


class ShellOperator(BaseOperator):
    def __init__(self, command, *args, **kwargs):
        super(ShellOperator, self).__init__(*args, **kwargs)
        self.command = command

    def execute(self, context):
        ShellHook("far").run(self.command, {})
        context["ti"].xcom_push(key="ran", value=self.command)
        return self.command
"""
DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from acme.operators import ShellOperator

with DAG("taken", schedule_interval="@daily", start_date=datetime(2026, 1, 1)):
    ShellOperator(task_id="run", command="load") >> BashOperator(
        task_id="tell", bash_command="echo {{ ti.xcom_pull(task_ids='run', key='ran') }}"
    )
with DAG("alone", schedule_interval="@daily", start_date=datetime(2026, 1, 1)):
    ShellOperator(task_id="run", command="check")
"""


def test_a_copy_of_a_hook_of_airflows_moves_with_the_operators_that_use_it(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    for name, text in {"__init__": "", "hooks": HOOK, "operators": OPERATOR}.items():
        (tmp_path / "acme" / f"{name}.py").write_text(text)
    (tmp_path / "shells.py").write_text(DAG)

    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")

    assert not {item.reason for item in analysis.plan.dispositions if item.kind in ("airflow", "wrapped")}
    hook = files["src/acme/hooks.py"]
    assert "airflow" not in hook.replace("AIRFLOW__", "")
    assert 'if os.getenv("AIRFLOW__CORE__SECURITY", "") == "kerberos" and "_HOST" in principal:' in hook
    assert "principal = replace_hostname_pattern(get_components(principal))" in hook
    assert 'return [os.getenv("AIRFLOW__ACME__SHELL", "sh"), self.conn.host, principal, *flags]' in hook
    assert 'with tempfile.TemporaryDirectory(prefix="shell_") as folder:' in hook
    helpers = files["src/shop/utilities.py"]
    assert "def as_flattened_list(" in helpers and "merge_dicts" not in helpers
    assert "AIRFLOW__ACME__SHELL" in files[".env.example"]
    # What one DAG's task pushes, that of the other does, too: they share the method.
    assert 'outputs["ran"] = self.command' in files["src/shop/lib/operators.py"]
    assert 'ShellOperator(command="check").execute(outputs={})' in files["src/shop/defs/alone/ops.py"]


SEVERAL = """\
from datetime import datetime
from airflow import DAG
from airflow.hooks.postgres_hook import PostgresHook
from airflow.models import BaseOperator


class CopyOperator(BaseOperator):
    def __init__(self, table, source_conn_id, target_conn_id, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.table, self.source_conn_id, self.target_conn_id = table, source_conn_id, target_conn_id

    def execute(self, context):
        execution_date = context["execution_date"].strftime("%Y%m%d")
        source_hook = PostgresHook(postgres_conn_id=self.source_conn_id)
        target = PostgresHook(postgres_conn_id=self.target_conn_id)
        rows = source_hook.get_records(f"SELECT * FROM {self.table}_{execution_date}")
        target.insert_rows(table=self.table, rows=rows)


with DAG("copies", schedule_interval="@daily", start_date=datetime(2026, 1, 1)):
    CopyOperator(task_id="copy", table="orders", source_conn_id="shop", target_conn_id="dwh")
"""


def test_what_a_class_is_given_is_called_as_its_code_calls_it(tmp_path: Path) -> None:
    (tmp_path / "copies.py").write_text(SEVERAL)

    analysis = analyze(tmp_path, Config())
    code = "".join(render_project(analysis.plan, analysis.project, "shop").values())

    assert "def execute(self, logical_date, source, target):" in code
    assert 'execution_date = logical_date.strftime("%Y%m%d")' in code
    assert "target.insert(table=self.table, rows=rows)" in code


SETTINGS = """\
from datetime import datetime
from airflow import DAG
from airflow.configuration import conf
from airflow.operators.python import PythonOperator

def send(to):
    print(conf.get("acme", "sender"), conf.get("smtp", "smtp_host"), to)

def link():
    print(conf.get("acme", "sender"), conf.get("webserver", "base_url"))

with DAG("mails", schedule_interval="@daily", start_date=datetime(2026, 1, 1)):
    PythonOperator(task_id="send", python_callable=send, op_args=["a@acme.com"])
    PythonOperator(task_id="link", python_callable=link)
"""


def test_settings_of_airflow_itself_need_its_library(tmp_path: Path) -> None:
    (tmp_path / "mails.py").write_text(SETTINGS)

    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")

    assert {item.task_id: item.kind for item in analysis.plan.dispositions} == {"send": "step", "link": "wrapped"}
    code = "".join(text for path, text in files.items() if "/defs/mails/" in path)
    assert 'os.environ["AIRFLOW__ACME__SENDER"], os.getenv("AIRFLOW__SMTP__SMTP_HOST", "localhost"), to' in code
    assert "AIRFLOW__ACME__SENDER=" in files[".env.example"] and "AIRFLOW_VAR_" not in files[".env.example"]

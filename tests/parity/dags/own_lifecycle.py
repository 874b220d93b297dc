"""Operators of the team's own that do something before and after their work, and keep in between what they find."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, Context

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def note(name: str, *lines: object) -> None:
    with (DATA_DIR / name).open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


class LoadOperator(BaseOperator):
    """Keeps when it began, and what it did."""

    template_fields = ("table",)

    def __init__(self, *, table: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = table

    def pre_execute(self, context: Context) -> None:
        super().pre_execute(context)
        self.started = time.monotonic()
        self.steps = [f"before {context['ds']} {self.table}"]

    def execute(self, context: Context) -> dict[str, int]:
        self.steps.append(f"work of {self.task_id}")
        context["ti"].xcom_push(key="table", value=self.table)
        return {"rows": len(self.table)}

    def post_execute(self, context: Context, result: Any = None) -> None:
        took = time.monotonic() - self.started
        self.steps.append(f"after {took < 60} {context['ts_nodash']} {context['ti'].task_id}")
        note("steps.txt", *self.steps)
        super().post_execute(context, result)


class CheckedLoadOperator(LoadOperator):
    """Looks at the day first, and then does what any load does."""

    def pre_execute(self, context):
        if context["ds"].endswith("06"):
            raise AirflowSkipException("a Saturday")
        super().pre_execute(context)
        self.steps.append("checked")


class TidyOperator(BaseOperator):
    """Looks at what its templates became."""

    template_fields = ("path",)

    def __init__(self, *, path: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path

    def render_template_fields(self, context, jinja_env=None):
        """Renders, and tidies up."""
        super().render_template_fields(context, jinja_env)
        self.path = self.path.replace("//", "/")
        self.day = context["ds"]

    def execute(self, context):
        note("tidied.txt", self.path, self.day)
        return self.path


class StrictBash(BashOperator):
    def render_template_fields(self, context, jinja_env=None):
        super().render_template_fields(context, jinja_env)
        self.bash_command = f"set -eu; {self.bash_command}"


class AuditMixin:
    """Tells an audit log what is about to run."""

    audit_name = "audit.txt"

    def pre_execute(self, context):
        self.began = time.time()
        note(self.audit_name, f"{self.task_id} of {context['dag_run'].run_type} {context['ds_nodash']}")

    def _close(self, state: str) -> None:
        note(self.audit_name, f"{state} {self.began > 0}")


class AuditedBash(AuditMixin, BashOperator):
    def post_execute(self, context, result=None):
        self._close(f"done {self.bash_command}")


class AuditedPython(AuditMixin, PythonOperator):
    def __init__(self, dataset="none", **kwargs):
        super().__init__(**kwargs)
        self.dataset = dataset

    def execute(self, context):
        rows = super().execute(context)
        self.rows = rows
        return [*rows, self.dataset]

    def post_execute(self, context, result=None):
        self._close(f"{self.dataset} {self.rows}")
        context["ti"].xcom_push(key="dataset", value=self.dataset)


def after(context, result):
    note("after.txt", context["ds"], result)


def measured(context, result=None):
    result.append(context["ti"].task_id)
    note("measured.txt", len(result))


def letters(word, ds=None):
    return [*word, ds]


def fail():
    raise AirflowException("never")


def show(ti):
    values = [ti.xcom_pull(task_ids=name) for name in ("load", "python", "argued", "letters")]
    values += [ti.xcom_pull(task_ids="load", key="table"), ti.xcom_pull(task_ids="python", key="dataset")]
    note("show.txt", json.dumps(values))


with DAG("own_lifecycle", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    load = LoadOperator(task_id="load", table="t_{{ ds_nodash }}")
    checked = CheckedLoadOperator(task_id="checked", table="checked")
    bash = AuditedBash(task_id="bash", bash_command=f"echo {{{{ ds }}}} >> {DATA_DIR}/bash.txt")
    python = AuditedPython(task_id="python", python_callable=letters, op_args=["ab"], dataset="orders")
    argued = BashOperator(task_id="argued", bash_command="echo hello {{ ds }}", post_execute=after)
    letter = PythonOperator(
        task_id="letters", python_callable=letters, op_kwargs={"word": "{{ ds }}"}, post_execute=measured
    )
    failing = PythonOperator(task_id="failing", python_callable=fail, post_execute=after)
    shown = PythonOperator(task_id="show", python_callable=show)
    tidied = TidyOperator(task_id="tidied", path="exports//{{ ds }}//x.csv")
    strict = StrictBash(task_id="strict", bash_command=f"echo {{{{ ds }}}} $- >> {DATA_DIR}/strict.txt")
    load >> checked
    tidied >> strict
    load >> bash >> python >> argued >> letter >> shown >> failing

"""Operators of the team's own that do something before and after what Bash and Python operators do."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.exceptions import AirflowException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Context

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name: str, *lines: object) -> None:
    with Path(DATA_DIR, name).open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


class AuditedBashOperator(BashOperator):
    """Tells an audit log what was run."""

    ui_color = "#abcdef"

    def __init__(self, *, dataset: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset

    def execute(self, context: Context) -> str:
        note("audit.txt", f"start {self.dataset} {self.task_id} {context['ds']}")
        started = time.monotonic()
        result = super().execute(context)
        self.log.info("%s took %.1f s", self.dataset, time.monotonic() - started)
        note("audit.txt", f"end {self.dataset} {result}")
        return f"{self.dataset}:{result}"


class PatientBashOperator(BashOperator):
    """Tries a command again, at once."""

    def __init__(self, tries=2, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tries = tries

    def execute(self, context):
        for number in range(self.tries):
            try:
                return super().execute(context)
            except AirflowException:
                note("tries.txt", f"{self.task_id} {number}")
        raise AirflowException(f"failed {self.tries} times")


class ScriptOperator(BashOperator):
    """A script of the team's; only its name is given."""

    template_fields = (*BashOperator.template_fields, "target")

    def __init__(self, script: str, target: str, **kwargs) -> None:
        super().__init__(
            bash_command=f"echo {script} of {{{{ ds }}}} && echo {script} > $OUT", env={"OUT": target}, **kwargs
        )
        self.target = target

    def execute(self, context):
        Path(self.target).unlink(missing_ok=True)
        super().execute(context)
        if not Path(self.target).exists():
            raise ValueError("nothing was written")
        return Path(self.target).read_text()


class CheckedPythonOperator(PythonOperator):
    def __init__(self, at_least: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.at_least = at_least

    def execute(self, context: Context):
        rows = super().execute(context)
        if len(rows) < self.at_least:
            raise AirflowException(f"only {len(rows)} rows")
        note(f"counts_{self.task_id}.txt", len(rows))
        return rows


class QuietPythonOperator(PythonOperator):
    """Its function may fail."""

    def execute(self, context):
        try:
            return super().execute(context)
        except Exception as error:
            note("errors.txt", f"{context['ts_nodash']} {error}")
            return None


def rows(number, day, ds=None):
    return [f"{day} {ds} {index}" for index in range(number)]


def fail(**context):
    raise ValueError(f"{context['ds']} is no day")


def report(ti, dag_run, **_):
    note("report.txt", ti.xcom_pull(task_ids="audited"), ti.xcom_pull(task_ids="script"), dag_run.run_type)


with DAG("own_work_around", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    audited = AuditedBashOperator(
        task_id="audited", dataset="orders", bash_command="echo {{ ds }} $MODE", env={"MODE": "full"}
    )
    patient = PatientBashOperator(
        task_id="patient",
        tries=3,
        bash_command=f"echo x >> {DATA_DIR}/seen_{{{{ ds }}}}.txt; test $(wc -l < {DATA_DIR}/seen_{{{{ ds }}}}.txt) -ge 2",
    )
    script = ScriptOperator(
        task_id="script", script="refresh", target=f"{DATA_DIR}/{{{{ ds_nodash }}}}.out", append_env=True
    )
    checked = CheckedPythonOperator(
        task_id="checked", python_callable=rows, op_args=[3], op_kwargs={"day": "{{ ds_nodash }}"}, at_least=2
    )
    few = CheckedPythonOperator(task_id="few", python_callable=rows, op_kwargs={"number": 1, "day": "{{ ds }}"})
    quiet = QuietPythonOperator(task_id="quiet", python_callable=fail)
    told = QuietPythonOperator(task_id="told", python_callable=report)
    audited >> patient >> script >> [checked, few] >> quiet >> told

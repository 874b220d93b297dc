"""Operators that functions and other operators make and execute themselves."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowException
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, get_current_context, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, *values):
    with Path(DATA_DIR, name).open("a") as file:
        file.write(" ".join(map(str, values)) + "\n")


def double(number, plus=0):
    return number * 2 + plus


class PipelineOperator(BaseOperator):
    """Several small steps in one."""

    template_fields = ("name",)

    def __init__(self, name, steps=(), **kwargs):
        super().__init__(**kwargs)
        self.name = name
        self.steps = steps

    def execute(self, context):
        found = [BashOperator(task_id="first", bash_command=f"echo {self.name} {context['ds']}").execute(context)]
        for number, step in enumerate(self.steps):
            command = BashOperator(
                task_id=f"{self.task_id}_{number}",
                bash_command=step,
                env={"NAME": self.name},
                append_env=True,
                do_xcom_push=False,
            )
            found.append(command.execute(context=context))
        value = PythonOperator(
            task_id="double", python_callable=double, op_args=[len(found)], op_kwargs={"plus": 1}
        ).execute(context)
        note("pipeline.txt", found, value)
        return value


def query(table, **context):
    rows = SQLExecuteQueryOperator(
        task_id="make",
        conn_id="warehouse",
        sql=f"CREATE TABLE IF NOT EXISTS {table} (day TEXT)",
    ).execute(context)
    SQLExecuteQueryOperator(
        task_id="fill",
        conn_id="warehouse",
        sql=f"INSERT INTO {table} VALUES (:day)",
        parameters={"day": context["ds"]},
    ).execute(context)
    rows = SQLExecuteQueryOperator(
        task_id="read", sql=f"SELECT day FROM {table} ORDER BY day", conn_id="warehouse"
    ).execute(context)
    note("rows.txt", context["ds"], [tuple(row) for row in rows])


def try_all(commands, **context):
    for name, command in commands.items():
        try:
            BashOperator(task_id=name, bash_command=command, cwd=DATA_DIR).execute(context)
        except AirflowException:
            note("failed.txt", name, context["ds"])


with DAG("operators_within_code", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def greet(name):
        context = get_current_context()
        line = BashOperator(task_id="greet", bash_command=f"echo one; echo hello {name}").execute(context)
        Path(DATA_DIR, f"greet_{context['ds']}.txt").write_text(line)
        return line

    pipeline = PipelineOperator(task_id="pipeline", name="n_{{ ds }}", steps=["echo $NAME", "echo 'x y'"])
    asked = PythonOperator(task_id="query", python_callable=query, op_args=["inner_days"])
    tried = PythonOperator(
        task_id="try_all",
        python_callable=try_all,
        op_kwargs={"commands": {"bad": "exit 3", "good": "echo ok > ok.txt"}},
    )
    pipeline >> asked >> tried >> greet("you")

"""Operators of the team's own that change what the operator works with before they have it do its work."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class EnvBash(BashOperator):
    """Gives commands the run's day."""

    def execute(self, context):
        self.env = {**(self.env or {}), "RUN_DAY": context["ds"], "TASK": self.task_id}
        return super().execute(context)


class StrictBash(BashOperator):
    def execute(self, context):
        self.bash_command = f"set -euo pipefail; {self.bash_command}"
        self.log.info("running %s", self.bash_command)
        return super().execute(context)


class DayPython(PythonOperator):
    def execute(self, context):
        self.op_kwargs = {**self.op_kwargs, "run_day": context["ds"]}
        return super().execute(context)


class UpdatePython(PythonOperator):
    def execute(self, context):
        self.op_kwargs.update(run_day=context["ds_nodash"])
        self.op_kwargs["extra"] = 1
        return super().execute(context)


class TaggedSql(SQLExecuteQueryOperator):
    def execute(self, context):
        self.sql = f"/* {self.task_id} {context['ds']} */ {self.sql}"
        return super().execute(context)


class ParamSql(SQLExecuteQueryOperator):
    def execute(self, context):
        self.parameters = {**(self.parameters or {}), "day": context["ds"]}
        return super().execute(context)


def load(table, run_day, extra=0):
    Path(DATA_DIR, f"{table}_{run_day}.txt").write_text(f"{table} {run_day} {extra}")
    return run_day


with DAG("own_changed_work", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    a = EnvBash(
        task_id="a", bash_command=f"echo $RUN_DAY $TASK $MODE > {DATA_DIR}/a_{{{{ ds }}}}.txt", env={"MODE": "x"}
    )
    a2 = EnvBash(task_id="a2", bash_command=f"echo $RUN_DAY $TASK > {DATA_DIR}/a2.txt")
    b = StrictBash(task_id="b", bash_command=f"echo one | cat > {DATA_DIR}/b_{{{{ ds }}}}.txt")
    c = DayPython(task_id="c", python_callable=load, op_kwargs={"table": "c"})
    d = UpdatePython(task_id="d", python_callable=load, op_kwargs={"table": "d_{{ ds }}"})
    f = TaggedSql(task_id="f", conn_id="warehouse", sql="CREATE TABLE IF NOT EXISTS f_days (day TEXT)")
    g = ParamSql(task_id="g", conn_id="warehouse", sql="INSERT INTO f_days VALUES (:day)")
    [a, a2, b] >> c >> d >> f >> g

"""A ledger that operators of the team's own write to, in transactions; around the calls of functions, too (Airflow 2)."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.decorators import task
from ledger.hooks import LedgerHook
from ledger.operators import CountOperator, LoudPython, PatientPython

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def call(number, ds=None):
    return f"call {number} on {ds}"


def at_second_try(name):
    path = Path(DATA_DIR, name)
    path.write_text(path.read_text() + "x" if path.exists() else "x")
    if len(path.read_text()) % 2:
        raise LookupError(name)
    return name


with DAG("own_ledger", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    count = CountOperator(task_id="count", places="north of {{ ds }}", labels="{{ ds_nodash }}")
    counted = CountOperator(task_id="counted", places=["west", "{{ ds }}"], labels=("a", "{{ ds[:4] }}"))
    phone = LoudPython(task_id="phone", greeting="to {{ ds }}:", python_callable=call, op_args=["{{ 6 * 7 }}"])
    mail = LoudPython(task_id="mail", greeting="dear", python_callable=str.title, op_args=["all of you"])
    again = PatientPython(task_id="again", python_callable=at_second_try, op_kwargs={"name": "second.txt"})

    @task
    def broken():
        try:
            with LedgerHook().transaction() as hook:
                hook.execute("INSERT INTO stock VALUES ('', '', 0)")
                raise ValueError("not that")
        except ValueError as error:
            return str(error)

    @task
    def report(ds=None):
        with LedgerHook().transaction() as hook:
            rows = hook.execute("SELECT task, text FROM audit WHERE day = ? ORDER BY 1", ds)
            return [list(row) for row in rows] + [hook.execute("SELECT count(*) FROM stock")[0][0]]

    count >> counted >> phone >> mail >> again >> broken() >> report()

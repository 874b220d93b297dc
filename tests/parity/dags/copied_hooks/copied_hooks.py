"""Writes notes by a hook that was begun as a copy of one of Airflow's."""

from __future__ import annotations

from datetime import datetime

from airflow import DAG
from airflow.models import BaseOperator
from airflow.operators.python import PythonOperator
from helpers.notes import NotesHook


class NoteOperator(BaseOperator):
    template_fields = ("lines",)

    def __init__(self, name, lines=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.name = name
        self.lines = lines
        self.lines = lines or ["nothing"]

    def execute(self, context):
        execution_date = context["execution_date"].strftime("%Y%m%d")
        hook = NotesHook()
        before = hook.written()
        name = hook.write(f"{self.name}_{execution_date}", self.lines)
        context["ti"].xcom_push(key="count", value=hook.written() - before)
        return name


def tell(count, name):
    return f"{name}: {count}"


with DAG("copied_hooks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    write = NoteOperator(task_id="write", name="day", lines=["{{ ds }}", "{{ ds_nodash }}"])
    empty = NoteOperator(task_id="empty", name="empty")
    write >> PythonOperator(
        task_id="tell",
        python_callable=tell,
        op_args=["{{ ti.xcom_pull(task_ids='write', key='count') }}", "{{ ti.xcom_pull(task_ids='write') }}"],
    )
    write >> empty

"""Helpers that are handed the context, `**kwargs` or an object of it, by functions, by other helpers and by operators."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, get_current_context, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def day_of(context, form="%Y-%m-%d"):
    return context["logical_date"].strftime(form)


def write(context, text, *, suffix="txt"):
    """Notes what a task did on a day."""
    name = f"{context['task'].task_id}_{day_of(context)}.{suffix}"
    Path(DATA_DIR, name).write_text(f"{text} {context['params']['size']}")
    return name


def pulled(ti, *names):
    rows = ti.xcom_pull(task_ids="count", key="rows")
    return [f"{name}:{rows}" for name in names]


def push(rows, ti=None, **kwargs):
    ti.xcom_push(key="rows", value=rows * kwargs["dag_run"].conf.get("factor", 1))


def region_of(context):
    return context["var"]["value"].get("region") if "ds" in context else "nowhere"


def month_of(context=None, form="%Y-%m"):
    context = context or get_current_context()
    return context["logical_date"].strftime(form)


def count(source, **kwargs):
    push(len(source), **kwargs)
    return write(kwargs, source, suffix="count")


def spread(ds, source, **_):
    Path(DATA_DIR, f"spread_{ds}.txt").write_text(source)


def collect(ti, **context):
    spread(source=",".join(pulled(ti, "a", "b")), ds=context["ds"])
    write(suffix="md", text=ti.xcom_pull(task_ids="count"), context=context)


class ReportOperator(BaseOperator):
    template_fields = ("title",)

    def __init__(self, *, title, **kwargs):
        super().__init__(**kwargs)
        self.title = title

    def _heading(self, context, level=1):
        return f"{'#' * level} {self.title} {day_of(context, form='%d.%m.%Y')}"

    def execute(self, context):
        self._keep(self._heading(context, level=2), context["ti"])
        write(context, self.title)

    def _keep(self, text, ti):
        ti.xcom_push(key="heading", value=text.upper())


with DAG("handed_context", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"size": 3}):
    first = PythonOperator(task_id="count", python_callable=count, op_args=["orders"])
    second = PythonOperator(task_id="collect", python_callable=collect)
    third = ReportOperator(task_id="report", title="Report of {{ ds }}")

    @task
    def last(heading):
        context = get_current_context()
        months = f"{month_of()} {month_of(context, form='%B')}"
        write(context, f"{heading} {day_of(context)} {months} {region_of(context)}")

    first >> second >> third
    last(third.output["heading"])

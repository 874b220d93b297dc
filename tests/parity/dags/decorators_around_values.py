"""Decorators that read and write XComs around the work, and skip."""

import functools
from datetime import datetime

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.python import PythonOperator, get_current_context


def only_on(*days):
    def deco(fn):
        @functools.wraps(fn)
        def inner(*args, **kwargs):
            if kwargs["logical_date"].weekday() not in days:
                raise AirflowSkipException("not today")
            return fn(*args, **kwargs)

        return inner

    return deco


def remembers(key):
    def deco(fn):
        @functools.wraps(fn)
        def inner(*args, **context):
            value = fn(*args, **context)
            context["ti"].xcom_push(key=key, value=len(value))
            return value

        return inner

    return deco


def takes_from(task_id):
    def deco(fn):
        @functools.wraps(fn)
        def inner(**context):
            rows = context["ti"].xcom_pull(task_ids=task_id)
            return fn(rows, **context)

        return inner

    return deco


def audited(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        context = get_current_context()
        value = fn(*args, **kwargs)
        context["ti"].xcom_push(key="audit", value=f"{context['ds']} {fn.__name__}")
        return value

    return inner


@remembers("size")
def rows(n, **context):
    return [context["ds"]] * n


@takes_from("rows")
def joined(found, sep="-", **context):
    return sep.join(found) + context["dag_run"].dag_id


@only_on(4)
def fridays(logical_date, **_):
    return logical_date.day


@audited
def plain():
    return 1


def read(ti):
    return [ti.xcom_pull(task_ids="rows", key="size"), ti.xcom_pull(task_ids="plain", key="audit")]


with DAG("decorators_around_values", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    a = PythonOperator(task_id="rows", python_callable=rows, op_args=[2])
    b = PythonOperator(task_id="joined", python_callable=joined, op_kwargs={"sep": "+"})
    c = PythonOperator(task_id="fridays", python_callable=fridays)
    d = PythonOperator(task_id="plain", python_callable=plain)
    e = PythonOperator(task_id="read", python_callable=read, trigger_rule="none_failed")
    a >> [b, c, d] >> e

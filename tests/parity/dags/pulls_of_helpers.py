"""Helpers that ask for the context and pull what they are told: of this run, and of runs before."""

import pendulum
from airflow.sdk import dag, get_current_context, task


def previous(task_id, key="return_value", default=None):
    """The newest value of an earlier run, or of this one."""
    ti = get_current_context()["ti"]
    found = ti.xcom_pull(task_ids=task_id, key=key, map_indexes=-1, include_prior_dates=True)
    return default if found is None else found


def of_run(task_id, key="return_value"):
    return get_current_context()["ti"].xcom_pull(task_ids=task_id, key=key)


def described(task_id, *, key="return_value"):
    """Hands on what it is told."""
    return f"{key}={of_run(task_id, key)}"


@dag(dag_id="pulls_of_helpers", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1, tz="UTC"), catchup=False)
def pulls_of_helpers():
    @task
    def load(ds=None, ti=None):
        ti.xcom_push(key="day", value=ds)
        return int(ds[-2:])

    @task
    def add(ti=None):
        total = previous("add", key="total", default=0) + of_run("load")
        ti.xcom_push(key="total", value=total)
        return [total, previous(task_id="load"), previous("load", "nothing", "none")]

    @task
    def tell():
        return [described("load"), described("load", key="day"), described(task_id="add")]

    load() >> add() >> tell()


pulls_of_helpers()

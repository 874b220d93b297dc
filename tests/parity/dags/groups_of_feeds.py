"""Groups of feeds: each asks the task beside it by an id that it makes of its own, and is told of failures by the arguments of its group."""

import os
from functools import partial
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, TaskGroup

DATA = Path(os.environ["DATA_DIR"])


def note(event, context, *, feed):
    with (DATA / f"{feed}.txt").open("a") as file:
        file.write(f"{context['ds']} {event} {context['ti'].task_id}\n")


def count(feed, day):
    if feed == "news" and day.endswith("06"):
        raise ValueError("no news")
    return {"feed": feed, "rows": int(day[-2:])}


class Judge(BaseOperator):
    """Looks at what the task beside it has counted."""

    def __init__(self, *, beside, least, **kwargs):
        super().__init__(**kwargs)
        self.beside, self.least = beside, least

    def execute(self, context):
        group = self.task_id.rpartition(".")[0]
        found = context["ti"].xcom_pull(task_ids=f"{group}.{self.beside}")
        context["ti"].xcom_push(key="verdict", value={"feed": found["feed"], "good": found["rows"] >= self.least})


def report(ti, ds, task, **context):
    verdicts = [ti.xcom_pull(task_ids=one, key="verdict") for one in sorted(task.upstream_task_ids)]
    lines = [f"{verdict['feed']}={verdict['good']}" for verdict in verdicts if verdict]
    (DATA / f"report_{ds}.txt").write_text("\n".join(lines) + "\n")
    return len(lines)


with DAG("groups_of_feeds", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1), catchup=False):
    reported = PythonOperator(task_id="report", python_callable=report, trigger_rule="all_done")
    for feed, least in [("news", 5), ("sport", 6)]:
        told = {"on_failure_callback": partial(note, "failed", feed=feed), "on_success_callback": None}
        with TaskGroup(feed, default_args=told):
            counted = PythonOperator(
                task_id="count", python_callable=count, op_kwargs={"feed": feed, "day": "{{ ds }}"}
            )
            counted >> Judge(task_id="judge", beside="count", least=least) >> reported

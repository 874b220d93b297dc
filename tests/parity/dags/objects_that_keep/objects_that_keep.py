"""Objects that keep Airflow's context, or the task instance: in attributes, in fields of dataclasses, in objects of objects."""

import pendulum
from airflow.sdk import dag, get_current_context, task
from tools.recorder import Marker, Recorder
from tools.steps import Report, Run, Step


def recorded(context, *texts):
    with Recorder(context, kind="extract") as recorder:
        for text in texts:
            recorder.add(text)
    return recorder.lines


@dag(dag_id="objects_that_keep", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1, tz="UTC"), catchup=False)
def objects_that_keep():
    @task
    def extract(**context):
        return recorded(context, "one", "two")

    @task
    def load(lines, ti=None):
        marker = Marker(ti)
        marker.mark("load")
        with Recorder(get_current_context()) as recorder:
            recorder.add(str(lines))
        return marker.before()

    @task
    def count(number, ti=None, ds=None):
        step = Step(ti, "counted", day=ds)
        step.note("one").note(f"two {number} {Marker(ti).mark('count')}")
        return [step.done(), step.notes]

    @task
    def report(counts, **context):
        return Report("lines", context).write("first", "second", *(str(one) for one in counts))

    @task
    def tell(**context):
        run = Run("tell", context)
        pulled = [
            context["ti"].xcom_pull(task_ids=task_id, key=key)
            for task_id, key in [("load", "mark"), ("load", "lines"), ("report", "lines")]
        ]
        return [run.label, run.age(pendulum.datetime(2024, 2, 1)), *pulled]

    loaded = load(extract())
    loaded >> report(count.expand(number=[1, 2])) >> tell()


objects_that_keep()

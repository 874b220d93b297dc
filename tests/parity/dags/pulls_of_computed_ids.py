"""XComs of tasks whose ids the code computes: from arguments, constants, settings, the tasks right before; values of earlier runs; some are skipped."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable, task
from airflow.sdk.exceptions import AirflowSkipException

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
SETTINGS = json.loads('{"sources": {"web": 2, "shop": 3, "app": 4}}')
UNITS = dict(days=1, weeks=7)


def note(name, ds, value):
    Path(DATA_DIR, f"{name}_{ds}.json").write_text(json.dumps(value))


def load(source, factor, ds, ti, **_):
    if source == "app" and ds.endswith("6"):
        raise AirflowSkipException("closed")
    ti.xcom_push(key="day", value=f"{source} {ds}")
    for unit in UNITS:
        ti.xcom_push(key="in_" + unit, value=factor * UNITS[unit])
    return factor * 10


def of_arguments(sources, ti, ds, **_):
    counts = ti.xcom_pull(task_ids=[f"load_{source}" for source in sources])
    note("of_arguments", ds, [count for count in counts if count is not None])


def of_settings(ti, ds, **_):
    ids = ["load_" + source for source in SETTINGS["sources"]]
    days = ti.xcom_pull(key="day", task_ids=ids)
    note("of_settings", ds, dict(zip(ids, days, strict=True)))


def in_a_loop(ds, **context):
    found = {}
    for source in SETTINGS["sources"]:
        found[source] = context["ti"].xcom_pull(task_ids=f"load_{source}")
    wanted = Variable.get("pull", default="web")
    found["wanted"] = context["ti"].xcom_pull(f"load_{wanted}")
    found["missing"] = context["ti"].xcom_pull(task_ids=f"load_{len(found)}")
    note("in_a_loop", ds, found)


def of_units(ti, ds, **_):
    found = {}
    for unit, days in UNITS.items():
        found[unit] = [days, ti.xcom_pull(key="in_" + unit, task_ids=["load_" + one for one in ("web", "app")])]
    note("of_units", ds, found)


def of_upstream(ti, task, ds, **_):
    note("of_upstream", ds, [len(task.upstream_task_ids), sorted(ti.xcom_pull(task_ids=task.upstream_task_ids))])


def of_only_upstream(ti, task, ds, **_):
    (before,) = task.upstream_task_ids
    first = next(iter(task.upstream_task_ids))
    pulled = [ti.xcom_pull(task_ids=before), ti.xcom_pull(task_ids=first), ti.xcom_pull(task_ids=max([before]))]
    alike = ti.xcom_pull(task_ids=[one for one in task.upstream_task_ids if one.startswith("load_")])
    note("of_only_upstream", ds, [before, pulled, alike, task.retries, task.pool])


def of_ids_in_dag(ds, **context):
    ids = sorted(one for one in context["dag"].task_ids if one.startswith("load_") and not one.endswith("_app"))
    values = context["ti"].xcom_pull(task_ids=ids)
    none = context["ti"].xcom_pull(task_ids=[one for one in context["dag"].task_ids if one.startswith("lod_")])
    note("of_ids_in_dag", ds, [ids, list(values), list(none)])


def collected(ti, prefix):
    return ti.xcom_pull(task_ids=[f"{prefix}_{name}" for name in ("web", "shop")])


class Report:
    def __init__(self, title, sources):
        self.title, self.sources = title, sources

    def write(self, ti, ds, **_):
        values = ti.xcom_pull(task_ids=[f"load_{one}" for one in self.sources])
        note(self.title, ds, values)


def totals(ti, ds, **_):
    before = ti.xcom_pull(task_ids="totals", key="sum", map_indexes=-1, include_prior_dates=True) or 0
    today = sum(value or 0 for value in ti.xcom_pull(task_ids=[f"load_{source}" for source in SETTINGS["sources"]]))
    last_app = ti.xcom_pull(task_ids="load_app", key="day", map_indexes=-1, include_prior_dates=True)
    app = ti.xcom_pull(task_ids="load_app", key="day")
    ti.xcom_push(key="sum", value=before + today)
    note("totals", ds, [before, today, last_app, app])


report = Report("report", ["shop", "web"])

with DAG("pulls_of_computed_ids", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    loads = [
        PythonOperator(task_id=f"load_{source}", python_callable=load, op_args=[source, factor])
        for source, factor in SETTINGS["sources"].items()
    ]
    after = [
        PythonOperator(
            task_id="of_arguments",
            python_callable=of_arguments,
            op_kwargs={"sources": ["app", "web"]},
            trigger_rule="none_failed",
        ),
        PythonOperator(task_id="report", python_callable=report.write, trigger_rule="none_failed"),
        *(
            PythonOperator(task_id=function.__name__, python_callable=function, trigger_rule="none_failed")
            for function in (of_settings, of_units, in_a_loop, totals, of_ids_in_dag)
        ),
    ]
    loads >> BashOperator(task_id="joined", bash_command="true", trigger_rule="none_failed") >> after
    [loads[0], loads[1]] >> PythonOperator(task_id="of_upstream", python_callable=of_upstream)
    only = {"retries": None, "pool": None}
    loads[1] >> PythonOperator(task_id="of_only_upstream", python_callable=of_only_upstream, **only)

    @task(trigger_rule="none_failed_min_one_success")
    def handed(ti=None, ds=None):
        note("handed", ds, collected(ti, "load"))

    loads >> handed()

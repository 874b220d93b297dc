"""Notes of what the tasks right before one left, some of which the rule of the note tells not to ask for; lists of them that are picked and added to."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def write(name, ds, values):
    Path(DATA_DIR, f"{name}_{ds}.txt").write_text("".join(f"{key}={values[key]}\n" for key in sorted(values)))


def note_of(rule, title, quiet=()):
    @task(task_id=title, trigger_rule=rule)
    def note(ti=None, ds=None):
        sources = [] if rule.startswith("one_") or title in quiet else sorted(ti.task.upstream_task_ids)
        write(title, ds, {source: ti.xcom_pull(task_ids=source) for source in sources})

    return note()


@task
def count(name, ds=None, ti=None):
    if name == "shop" and ds.endswith("6"):
        raise AirflowSkipException("closed")
    return len(name) + int(ds[-1])


@task(trigger_rule="none_failed")
def others(ti=None, ds=None):
    names = [name for name in ti.task.upstream_task_ids if name != "web"]
    write("others", ds, {name: ti.xcom_pull(task_ids=name) for name in names})
    write("others_at_once", ds, {"sum": sum(value or 0 for value in ti.xcom_pull(task_ids=names))})


@task(trigger_rule="none_failed")
def with_first(ti=None, ds=None):
    names = sorted(ti.task.upstream_task_ids) + ["base"]
    write("with_first", ds, {name: ti.xcom_pull(task_ids=name) for name in names})


@task(trigger_rule="none_failed")
def by_day(ti=None, ds=None):
    even = int(ds[-1]) % 2 == 0
    names = ["base"] if even else sorted(ti.task.upstream_task_ids)
    found = {}
    for name in names:
        found[name] = ti.xcom_pull(task_ids=name)
    found["one"] = ti.xcom_pull(task_ids="web" if even else "base")
    write("by_day", ds, found)


@task(trigger_rule="all_skipped")
def nobody(ti=None, ds=None):
    write("nobody", ds, {"left": ti.xcom_pull(task_ids=["shop", "market"]), "shop": ti.xcom_pull(task_ids="shop")})


with DAG("pulls_after_branches", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task.branch
    def way(ds=None):
        return {"5": ["web", "shop"], "6": "shop", "7": "web"}[ds[-1]]

    base = count.override(task_id="base")("base")
    web, shop, market = (count.override(task_id=name)(name) for name in ("web", "shop", "market"))
    base >> way() >> [web, shop, market]
    for rule in ("all_done", "none_failed_min_one_success", "one_success", "all_skipped"):
        [web, shop] >> note_of(rule, f"after_{rule}")
    [web, market] >> note_of("none_failed", "silent", quiet=["silent"])
    [web, shop] >> others()
    [web, shop] >> with_first()
    [web, shop] >> by_day()
    [shop, market] >> nobody()

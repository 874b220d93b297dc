"""Tasks and groups that are expanded over lists which are empty in some runs, and what comes after them by each rule."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def note(name, ds, text=""):
    OUT.joinpath(f"{name}_{ds}").write_text(f"{text}\n")


def but_figs(name):
    if name == "fig":
        raise AirflowSkipException
    return name


@task
def names(params=None):
    if "unknown" in params["names"]:
        raise ValueError("unknown")
    return list(params["names"])


with DAG(
    "empty_lists",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"names": ["lemon", "fig"], "skip": False},
):

    @task
    def size(name):
        return len(name)

    @task
    def largest(sizes, ds=None):
        note("largest", ds, max(sizes))
        return max(sizes)

    @task
    def report(number, ds=None):
        note("report", ds, number)

    @task(trigger_rule="none_failed")
    def counted(sizes, ds=None):
        note("counted", ds, len(list(sizes)))

    @task(trigger_rule="none_failed")
    def pulled(ti=None, ds=None):
        note("pulled", ds, ti.xcom_pull(task_ids="size") is None)

    @task(trigger_rule="none_failed")
    def report_if_any(number, ds=None):
        note("report_if_any", ds, number)

    @task
    def double(size):
        return size * 2

    @task
    def total(doubles, ds=None):
        note("total", ds, sum(doubles))

    @task(trigger_rule="none_failed")
    def total_of_any(doubles, ds=None):
        note("total_of_any", ds, sum(doubles))

    @task
    def weigh(kind, ds=None):
        note(f"weigh_{kind}", ds)

    @task
    def weighed(ds=None):
        note("weighed", ds)

    @task(trigger_rule="none_failed")
    def maybe_weighed(ds=None):
        note("maybe_weighed", ds)

    @task
    def pair(name, size):
        return f"{name} {size}"

    @task
    def more():
        return ["plum"]

    @task(trigger_rule="none_failed")
    def paired(pairs, ds=None):
        note("paired", ds, sorted(pairs))

    @task
    def other(params=None):
        if params["skip"]:
            raise AirflowSkipException
        return "other"

    @task
    def cross(name, number):
        return name * number

    @task
    def crossed(names, ds=None):
        note("crossed", ds, min(names))

    @task
    def of_row(name, number):
        return name * number

    @task
    def of_rows(names, ds=None):
        note("of_rows", ds, min(names))

    @task
    def keep(name):
        return name

    @task(trigger_rule="none_failed_min_one_success")
    def kept(names, ds=None):
        note("kept", ds, min(names))

    @task(trigger_rule="none_failed_min_one_success")
    def either(ds=None):
        note("either", ds)

    @task(trigger_rule="none_failed_min_one_success")
    def either_value(sizes, value, ds=None):
        note("either_value", ds, f"{sorted(sizes)} {value}")

    @task(trigger_rule="none_failed_min_one_success")
    def one_of_one(sizes, ds=None):
        note("one_of_one", ds, sorted(sizes))

    @task(trigger_rule="all_skipped")
    def nothing_to_do(ds=None):
        note("nothing_to_do", ds)

    @task(trigger_rule="none_failed")
    def at_the_end(ds=None):
        note("at_the_end", ds)

    @task
    def after_empty(ds=None):
        note("after_empty", ds)

    found = names()
    sizes = size.expand(name=found)
    most = largest(sizes)
    report(most)
    report_if_any(most)
    counted(sizes)
    sizes >> pulled()
    doubles = double.expand(size=sizes)
    total(doubles)
    total_of_any(doubles)
    weighing = weigh.expand(kind=["net", "gross"])
    sizes >> weighing >> [weighed(), maybe_weighed()]
    paired(pair.partial(size=1).expand(name=found.concat(more())))
    crossed(cross.expand(name=found, number=[1, 2]))
    of_rows(of_row.expand_kwargs(found.map(lambda name: {"name": name, "number": 2})))
    kept(keep.expand(name=found.map(but_figs)))
    alternative = other()
    [sizes, alternative] >> either()
    either_value(sizes, alternative)
    one_of_one(sizes)
    sizes >> nothing_to_do() >> at_the_end()
    sizes >> EmptyOperator(task_id="joined") >> after_empty()
    commands = BashOperator.partial(task_id="command").expand(
        bash_command=found.map(lambda name: f"echo {name} >> $DATA_DIR/command_{name}")
    )
    commands >> BashOperator(task_id="after_command", bash_command="touch $DATA_DIR/after_command_{{ ds }}")
    commands >> BashOperator(
        task_id="after_any", bash_command="touch $DATA_DIR/after_any_{{ ds }}", trigger_rule="none_failed"
    )


with DAG(
    "empty_lists_of_groups",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"names": ["lemon", "fig"]},
):

    @task
    def upper(name):
        return name.upper()

    @task_group
    def each(name):
        @task
        def store(name, ds=None):
            note(f"store_{name}", ds)
            return name * 2

        @task(trigger_rule="none_failed")
        def check(name, ds=None):
            note(f"check_{name}", ds)

        stored = store(name)
        stored >> check(name)
        return stored

    @task
    def collected(stored, ds=None):
        note("collected", ds, max(stored))

    @task(trigger_rule="none_failed")
    def collected_any(stored, ds=None):
        note("collected_any", ds, stored and sorted(stored))

    @task
    def after_group(ds=None):
        note("after_group", ds)

    @task(trigger_rule="none_failed")
    def after_any_group(ds=None):
        note("after_any_group", ds)

    @task_group
    def fixed(kind):
        @task
        def first(kind, ds=None):
            note(f"first_{kind}", ds)
            return kind

        @task
        def second(kind, ds=None):
            note(f"second_{kind}", ds)

        done = second(first(kind))
        uppers >> done

    @task_group
    def telling(kind, uppers):
        @task
        def odd(kind):
            if kind == "a":
                raise AirflowSkipException
            return kind

        @task
        def strict(kind, uppers, ds=None):
            note(f"strict_{kind}", ds, sorted(uppers))

        @task(trigger_rule="none_failed")
        def lenient(kind, ds=None):
            note(f"lenient_{kind}", ds)

        @task(trigger_rule="none_failed_min_one_success")
        def joined(kind, ds=None):
            note(f"joined_{kind}", ds)

        odd(kind) >> strict(kind, uppers) >> [lenient(kind), joined(kind)]

    uppers = upper.expand(name=names())
    telling.partial(uppers=uppers).expand(kind=["a", "b"])
    group = each.expand(name=uppers)
    collected(group)
    collected_any(group)
    group >> [after_group(), after_any_group()]
    fixed.expand(kind=["a", "b"])


with DAG(
    "empty_lists_and_failures",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"names": ["lemon", "bad"]},
):

    @task
    def load(name):
        if name == "bad":
            raise ValueError(name)
        return name

    @task(trigger_rule="one_failed")
    def alert(ds=None):
        note("alert", ds)

    @task(trigger_rule="all_failed")
    def recover(ds=None):
        note("recover", ds)

    @task(trigger_rule="all_done")
    def cleanup(ds=None):
        note("cleanup", ds)

    @task(trigger_rule="all_done")
    def cleanup_with_values(loaded, ds=None):
        note("cleanup_with_values", ds, len(list(loaded)))

    @task(trigger_rule="one_success")
    def begun(ds=None):
        note("begun", ds)

    @task(trigger_rule="one_done")
    def one_over(ds=None):
        note("one_over", ds)

    @task(trigger_rule="none_skipped")
    def none_skipped(ds=None):
        note("none_skipped", ds)

    @task(trigger_rule="all_done_min_one_success")
    def over(ds=None):
        note("over", ds)

    @task(trigger_rule="always")
    def in_any_case(ds=None):
        note("in_any_case", ds)

    @task
    def publish(loaded, ds=None):
        note("publish", ds, sorted(loaded))

    @task_group
    def store(name):
        @task
        def write(name):
            if name == "bad":
                raise ValueError(name)

        @task
        def read(ds=None):
            note("read", ds)

        write(name) >> read()

    @task(trigger_rule="all_failed")
    def restore(ds=None):
        note("restore", ds)

    @task
    def side():
        return 1

    found = names()
    loaded = load.expand(name=found)
    store.expand(name=found) >> restore()
    loaded >> [alert(), recover(), cleanup(), begun(), none_skipped(), over(), in_any_case()]
    [loaded, side()] >> one_over()
    cleanup_with_values(loaded)
    publish(loaded)

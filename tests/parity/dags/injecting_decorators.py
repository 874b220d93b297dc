"""Decorators that pick from the context what the function takes, whatever parameters they show."""

import functools
import inspect
import logging
from datetime import datetime

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG


def for_day(fn):
    def inner(**context):
        return fn(context["ds"], context["ti"].task_id)

    return inner


@for_day
def named(day, name):
    return f"{day} {name}"


def with_logger(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, log=logging.getLogger(fn.__name__), **kwargs)

    return inner


@with_logger
def logged(ds, log=None):
    log.info("day %s", ds)
    return log.name


def inject(fn):
    """Gives what is asked for by name."""
    wanted = inspect.signature(fn).parameters

    def call(**context):
        given = {name: context[name] for name in wanted if name in context}
        return fn(**given)

    return call


@inject
def injected(ds, params):
    return [ds, params["factor"]]


def inject_all(**fixed):
    def deco(fn):
        names = list(inspect.signature(fn).parameters)

        @functools.wraps(fn)
        def call(*args, **context):
            pool = {**context, **fixed}
            return fn(*args, **{n: pool[n] for n in names if n in pool})

        call.__signature__ = inspect.Signature([inspect.Parameter("context", inspect.Parameter.VAR_KEYWORD)])
        return call

    return deco


@inject_all(region="north")
def regional(region, ds, ti):
    return f"{region} {ds} {ti.task_id}"


def adding(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        kwargs.setdefault("level", 3)
        return fn(*args, unit="kg", **kwargs)

    return inner


def merging(fn):
    def inner(**context):
        merged = {**context, "unit": "kg"}
        return fn(**merged)

    return inner


@adding
def plain(ds, **_):
    return ds


@merging
def merged(ds, **more):
    return [ds, "more"]


STEPS = {}


def step(**options):
    """A step of every shop; what it names is looked for in the context, the shop and the step before."""

    def wrap(fn):
        wanted = list(inspect.signature(fn).parameters)

        @functools.wraps(fn)
        def inner(shop, upstream, **context):
            pool = dict(context, shop=shop)
            if "rows" in wanted:
                pool["rows"] = context["ti"].xcom_pull(task_ids=upstream)
            return fn(**{name: pool[name] for name in wanted})

        kinds = inspect.Parameter
        inner.__signature__ = inspect.Signature(
            [
                kinds("shop", kinds.KEYWORD_ONLY),
                kinds("upstream", kinds.KEYWORD_ONLY),
                kinds("context", kinds.VAR_KEYWORD),
            ]
        )
        inner.options = options
        STEPS[fn.__name__] = inner
        return inner

    return wrap


@step()
def orders(shop, logical_date, dag_run):
    return [f"{shop}{number}" for number in range(dag_run.conf.get("orders", logical_date.day))]


@step(retries=1)
def checked(rows, params, ti):
    return [ti.task_id, *rows[: params["factor"]]]


@step()
def told(shop, ds):
    return f"{shop} {ds}"


with DAG(
    "injecting_decorators", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"factor": 2}
):
    for fn, name in (
        (named, "named"),
        (logged, "logged"),
        (injected, "injected"),
        (regional, "regional"),
        (plain, "plain"),
        (merged, "merged"),
    ):
        PythonOperator(task_id=name, python_callable=fn)
    before = None
    for name, fn in STEPS.items():
        made = PythonOperator(
            task_id=name,
            python_callable=fn,
            op_kwargs={"shop": "north", "upstream": before and before.task_id},
            **fn.options,
        )
        if before is not None:
            before >> made
        before = made

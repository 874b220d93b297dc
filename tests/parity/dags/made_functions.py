"""Functions of the tasks' own that are called as other code makes them: under decorators, by factories of these, as objects of classes."""

import functools
import time
from datetime import datetime

from airflow import DAG

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator


def counted(fn):
    """Keeps how many records there are."""

    @functools.wraps(fn)
    def inner(*args, **kwargs):
        ti = kwargs.pop("ti")
        records = list(fn(*args, **kwargs))
        ti.xcom_push(key="count", value=len(records))
        return records

    return inner


def dated(label):
    def decorate(fn):
        def call(*args, **context):
            return {"of": label, "day": context["ds"], "value": fn(*args, **context)}

        functools.update_wrapper(call, fn)
        return call

    return decorate


class Timed:
    """A decorator that is a class."""

    def __init__(self, fn):
        functools.update_wrapper(self, fn)
        self.fn = fn

    def __call__(self, *args, **kwargs):
        begin = time.monotonic()
        value = self.fn(*args, **kwargs)
        return [value, kwargs["ts"], time.monotonic() - begin < 60]


def again(times=2):
    """Calls a function until it works."""

    def decorator(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return fn(attempt, *args, **kwargs)
                except ValueError:
                    if attempt == times - 1:
                        raise

        return wrapper

    return decorator


def small(start, step):
    yield from range(start, start + 10, step)


def large(start, step):
    for number in range(3):
        yield start * 100 + number * step


def size_of(name, params, **_):
    return len(name) * params["factor"]


@dated("report")
def weekday(logical_date, suffix="", **_):
    return logical_date.strftime("%a") + suffix


@again(times=3)
def flaky(attempt, name, ds, **kwargs):
    if attempt < 2:
        raise ValueError(name)
    return f"{name} {ds} after {attempt}"


@Timed
def pulled(ti, **_):
    return sum(ti.xcom_pull(task_ids="small"))


def read(fn, step, ds, ti, **_):
    return counted(fn)(int(ds[-2:]), step, ti=ti)


def size(**context):
    return dated("size")(size_of)("orders", **context)


def days(ds, **context):
    return weekday(suffix=f" {ds}", ds=ds, **context)


def tries(**context):
    return flaky("job", **context)


def sums(**context):
    return pulled(**context)


def labelled(name, **more):
    return f"{name} {more['label']} {more.get('ds_nodash')}"


def labels(**context):
    return labelled("first", label="a", **context)


def told(**context):
    measure = Timed(size_of)
    return measure("xy", **context)[:2]


with DAG(
    "made_functions", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"factor": 3}
) as dag:
    first = PythonOperator(task_id="small", python_callable=functools.partial(read, small, 2))
    second = PythonOperator(task_id="large", python_callable=functools.partial(read, large, 5))
    others = [PythonOperator(task_id=fn.__name__, python_callable=fn) for fn in (size, days, tries, sums, labels, told)]
    counts = PythonOperator(
        task_id="counts", python_callable=lambda ti: ti.xcom_pull(task_ids=["small", "large"], key="count")
    )
    [first, second] >> counts
    first >> others

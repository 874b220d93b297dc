"""Helpers that are handed Airflow's context take what they use of it instead; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from common.notes import announce, describe, on_failure
{code}
with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1), default_args={{"on_failure_callback": on_failure}}):
    PythonOperator(task_id="first", python_callable=first)
    PythonOperator(task_id="second", python_callable=second)
"""
NOTES = '''\
"""Notes of the team."""
import logging
from airflow.models import TaskInstance
from airflow.utils.context import Context

log = logging.getLogger(__name__)


def describe(context: Context, prefix="run"):
    """What runs."""
    ti: TaskInstance = context["ti"]
    return f"{prefix} {ti.task_id} of {context['ds']}"


def announce(prefix, context: Context):
    text = describe(context, prefix=prefix)
    log.info(text)  # to be found by its words
    return text


def on_failure(context):
    return "{text} {day}".format(
        text=announce("failed", context),
        ti=context["task_instance"],
        day=context["ds"],
    )
'''
MOVED = '''\
"""Notes of the team."""
import logging

log = logging.getLogger(__name__)


def describe(prefix="run", *, task_id, ds):
    """What runs."""
    return f"{prefix} {task_id} of {ds}"


def announce(prefix, task_id, ds):
    text = describe(prefix=prefix, task_id=task_id, ds=ds)
    log.info(text)  # to be found by its words
    return text


def on_failure(task_id, ds):
    return "{text} {day}".format(
        text=announce("failed", task_id=task_id, ds=ds),
        day=ds,
    )
'''
CODE = """
def first(**context):
    return announce("first", context)

def second(**kwargs):
    return describe(kwargs)
"""


def of(tmp_path: Path, code: str) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    return generated(tmp_path, {"common/notes.py": NOTES, "shop.py": DAG.format(code=code)})


def test_helpers_of_another_module_take_what_they_use(tmp_path: Path) -> None:
    kinds, files = of(tmp_path, CODE)
    assert [kind for kind, _ in kinds.values()] == ["step", "step"]
    assert "\n".join(line for line in files["src/common/notes.py"].splitlines()) + "\n" == MOVED
    assert 'announce("first", task_id="first", ds=ds)' in files["src/shop/defs/shop/ops.py"]
    assert "on_failure(task_id=task_id, ds=" in files["src/shop/defs/shop/run_sensors.py"]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("describe({'ti': ds, 'ds': ds})", "it calls a function to which another task hands Airflow's context on"),
        ("describe(ti)", "it hands Airflow's context on to `describe`"),
        ("[describe(kwargs), describe({})]", "calls `describe` with Airflow's context and without"),
        ("dt.date(kwargs)", "it hands Airflow's context on to `dt.date`"),
    ],
)
def test_what_cannot_be_told_stays_as_it_is(tmp_path: Path, second: str, why: str) -> None:
    code = CODE.replace("describe(kwargs)", second).replace("second(**kwargs)", "second(ds, ti, **kwargs)")
    kinds, files = of(tmp_path, code)
    assert kinds["first"][0] == "step"
    assert kinds["second"][0] in ("airflow", "wrapped")
    assert why in kinds["second"][1]
    assert files["src/common/notes.py"] == MOVED


RUN = """\
from airflow.operators.python import get_current_context

def day():
    return get_current_context()["ds"]

def path(name):
    context = get_current_context()
    return f"/tmp/{name}/{day()}/{context['ti'].task_id}"
"""
FILES = """\
from common.run import path

def store(name, text):
    with open(path(name), "w") as file:
        file.write(text)
"""
ASKING = """\
import datetime as dt
from airflow.decorators import dag, task
from airflow.operators.python import get_current_context
from common.files import store
from common.run import day

@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1))
def shop():
    @task
    def write():
        store("orders", day())

    @task
    def nested():
        ti, ds = get_current_context()["ti"], get_current_context()["ds"]
        def inner(ti):
            return ti.try_number
        return inner(ti), ds

    write() >> nested()

shop()
"""


def test_helpers_that_ask_for_the_context_take_what_they_use(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"common/run.py": RUN, "common/files.py": FILES, "shop.py": ASKING})
    assert [kind for kind, _ in kinds.values()] == ["asset", "step"]
    assert "airflow" not in files["src/common/run.py"]
    assert (
        'def path(name, ds, task_id):\n    return f"/tmp/{name}/{day(ds=ds)}/{task_id}"' in files["src/common/run.py"]
    )
    assert (
        "def store(name, text, ds, task_id):\n    with open(path(name, ds=ds, task_id=task_id)"
        in files["src/common/files.py"]
    )
    assert 'store("orders", day(ds=ds), ds=ds, task_id="write")' in files["src/shop/defs/shop/assets.py"]
    assert "return inner(try_number=try_number), ds" in files["src/shop/defs/shop/assets.py"]


FORMS = """\
import datetime as dt
import airflow
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.utils import timezone
from airflow.utils.log.logging_mixin import LoggingMixin

CHANGE = airflow.utils.dates.days_ago(1)
log = LoggingMixin().log

def first(**context):
    ti, ds = context["ti"], context["ds"]
    run, seen = context["dag_run"], timezone.utcnow() > CHANGE
    conf = run.conf if run else {}
    ti.log.info("%s %s", ds, conf)
    return "{ds} {seen}".format(seen=seen, **context)

def third(**kwargs):
    return kwargs["templates_dict"]["query"], kwargs["task"].params["x"]

def second(ti, **kwargs):
    log.info(kwargs.pop("name"))
    return [ti.xcom_pull(task_ids=task_id) for task_id in ("first", "third")], kwargs["task"].retries

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    one = PythonOperator(task_id="first", python_callable=first)
    three = PythonOperator(task_id="third", python_callable=third,
        templates_dict={"query": "q.sql"}, templates_exts=[".sql"], params={"x": 1})
    [one, three] >> PythonOperator(task_id="second", python_callable=second, op_kwargs={"name": "x"}, retries=2)
"""
SECOND = """\
    pulled = {"first": first, "third": third}
    log.info("x")
    return [pulled.get(task_id) for task_id in ("first", "third")], 2
"""
FIRST = """\
    ds = context.partition_key
    dag_run_conf = run_conf(context)
    seen = pendulum.now("UTC") > CHANGE
    conf = dag_run_conf
    dg.get_dagster_logger().info("%s %s", ds, conf)
    return "{ds} {seen}".format(seen=seen, ds=ds)
"""


def test_forms_in_which_code_reads_the_context(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"shop.py": FORMS, "q.sql": "SELECT '{{ ds }}'"})
    assert [kind for kind, _ in kinds.values()] == ["asset", "asset", "step"]
    text = files["src/shop/defs/shop/assets.py"]
    assert 'CHANGE = pendulum.today("UTC").subtract(days=1)\nlog = dg.get_dagster_logger()' in text
    assert SECOND in text
    assert FIRST in text
    assert '"pendulum",' in files["pyproject.toml"]
    assert 'query = render_file(SQL / "q.sql", ds=context.partition_key)' in text


LOCAL = """\
import datetime as dt
import pendulum
from airflow import DAG
from airflow.operators.python import PythonOperator

def local(context):
    return pendulum.timezone("America/Chicago").convert(context["logical_date"]).format("MM/DD")

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="first", python_callable=lambda **context: print(local(context)))
"""


def test_dates_that_a_helper_of_pendulum_gets_are_pendulums(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": LOCAL})
    text = files["src/shop/defs/shop/ops.py"]
    assert "pendulum.instance(context.partition_time_window.start)" in text
    assert "(logical_date):\n    return print(local(logical_date=logical_date))" in text


NAMED = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator

def first(ti, **context):
    ti.xcom_push(key="rows", value=2)
    return [1]

def points(bonus, **context):
    rows = context["ti"].xcom_pull(task_ids="first")
    if bonus:
        rows = [2 * row for row in rows]
    return rows, context["ti"].xcom_pull(task_ids="first")

def told(dag_run=None, **context):
    return f"the rows are {context['ti'].xcom_pull(task_ids='first', key='rows')}", dag_run.conf

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    one = PythonOperator(task_id="first", python_callable=first)
    one >> PythonOperator(task_id="points", python_callable=points, op_kwargs={"bonus": True})
    one >> PythonOperator(task_id="told", python_callable=told)
"""
POINTS = """\
def points(bonus, rows, first):
    if bonus:
        rows = [2 * row for row in rows]
    return rows, first
"""


def test_what_a_function_gets_has_the_name_that_it_had(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": NAMED})
    text = files["src/shop/defs/shop/assets.py"]
    assert POINTS in text
    assert "_2" not in text
    assert 'return points(bonus=True, rows=first["return_value"], first=first["return_value"])' in text
    assert '    rows = first["rows"]\n    dag_run_conf = run_conf(context)\n' in text


PROGRAM = """\
import logging

log = logging.getLogger(__name__)

def first(ds, **kwargs):
    log.info(kwargs["dag_run"].conf)
    return [ds]

def second():
    log.info("done")

if __name__ == "__main__":
    print(first("2026-01-01"))
"""
LOADED = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from work import first, second

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="first", python_callable=first)
    PythonOperator(task_id="second", python_callable=second)
"""


def test_what_a_module_does_as_a_program_is_no_part_of_its_functions(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"work.py": PROGRAM, "shop.py": LOADED})
    text = files["src/shop/defs/shop/ops.py"] + files.get("src/shop/defs/shop/assets.py", "")
    assert text.count("def first(") == text.count("def second(") == 1
    assert "__main__" not in text


@pytest.mark.parametrize("read", ["", "print(context['day'])"])
def test_names_of_a_copy_that_code_puts_into_the_context_together_go(tmp_path: Path, read: str) -> None:
    text = f"""\
import datetime as dt
from airflow.sdk import DAG, get_current_context, task

with DAG("shops", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task(map_index_template="{{{{ shop }}}} {{{{ day }}}}")
    def count(shop, ds=None):
        context = get_current_context()
        context["shop"], context["day"] = f"shop {{shop}}", ds
        {read}
        return len(shop)

    count.expand(shop=["north", "south"])
"""
    kinds, files = generated(tmp_path, {"shops.py": text})
    assert kinds["count"][0] == ("wrapped" if read else "step")
    assert bool(read) is ('context["shop"]' in "".join(files.values()))


def test_a_default_that_asks_the_context_stays_in_the_code(tmp_path: Path) -> None:
    code = """\
def first(**context):
    return context["dag_run"].conf.get("period", context["ds"][:7])
def second(dag_run, ds):
    folder = ds.replace("-", "/")
    return dag_run.conf.get("folder", folder)
"""
    kinds, files = generated(tmp_path, {"shop.py": DAG.format(code=code), "common/notes.py": NOTES})
    assert (kinds["first"][0], kinds["second"][0]) == ("step", "step"), kinds
    text = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert 'dag_run_conf.get("period", ds[:7])' in text
    assert 'dag_run_conf.get("folder", folder)' in text


SPANS = """\
import datetime as dt
from airflow.sdk import DAG, get_current_context, task

def span(context=None, *, form="%d"):
    {filling}
    return f"{{context['ds']}} {{context['logical_date']:{{form}}}}"

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task
    def first():
        return span()

    @task
    def second(**context):
        return span({given}, form="%m")

    first()
    second()
"""


@pytest.mark.parametrize(
    "filling",
    [
        "context = context or get_current_context()",
        "context = get_current_context() if context is None else context",
        "if context is None:\n        context = get_current_context()",
        "if not context:\n        context = get_current_context()",
    ],
)
def test_a_function_that_asks_for_the_context_where_it_is_given_none_takes_what_it_uses(
    tmp_path: Path, filling: str
) -> None:
    kinds, files = generated(tmp_path, {"shop.py": SPANS.format(filling=filling, given="context")})
    assert [kind for kind, _ in kinds.values()] == ["step", "step"]
    code = files["src/shop/defs/shop/ops.py"]
    assert (
        'def span(*, form="%d", ds, logical_date):\n    return f"{ds} {logical_date:{form}}"\n' in code
        and "airflow" not in code.replace('"airflow/', "")
    )
    assert "span(ds=ds, logical_date=logical_date)" in code
    assert 'span(form="%m", ds=ds, logical_date=logical_date)' in code


@pytest.mark.parametrize(
    ("filling", "given"),
    [
        ("context = context or get_current_context()", "{'ds': '', 'logical_date': dt.date.min}"),
        ("print(context)\n    context = context or get_current_context()", "context"),
        ("context = context or get_current_context()\n    context = dict(context)", "context"),
    ],
)
def test_a_function_that_may_be_given_something_else_for_the_context_stays(
    tmp_path: Path, filling: str, given: str
) -> None:
    kinds, _ = generated(tmp_path, {"shop.py": SPANS.format(filling=filling, given=given)})
    assert "airflow" in [kind for kind, _ in kinds.values()] or "wrapped" in [kind for kind, _ in kinds.values()]

"""Mapped tasks of classic operators that call a function, and lists whose function says of some elements that there is nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.exceptions import AirflowSkipException
from airflow.operators.python import PythonOperator
from airflow.sdk import DAG, task

def put(a, b="-", *, sep="/", ds=None):
    print(a, sep, b, ds)

def spread(*args):
    print(args)

def whole(number):
    if number > 2:
        raise AirflowSkipException("too much")
    return number

with DAG("calls", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task
    def numbers():
        return [1, 3, 2]

    @task
    def use(x):
        print(x)

    found = numbers()
    {work}
"""


def generated(folder: Path, work: str) -> tuple[str, str]:
    """What the task `work` becomes, and the code of its DAG."""
    (folder / "calls.py").write_text(DAG.format(work=work))
    analysis = analyze(folder, Config())
    files = render_project(analysis.plan, analysis.project, "data")
    [kind] = [row.kind for row in analysis.plan.dispositions if row.task_id in ("work", "use")]
    return kind, "".join(text for path, text in files.items() if "/defs/calls/" in path)


@pytest.mark.parametrize(
    ("rows", "listed"),
    [
        ('expand(op_args=[["x"], ["y", "{{ ds }}"]])', '[{"a": "x"}, {"a": "y", "b": context.partition_key}]'),
        ('expand_kwargs([{"op_args": ["x"]}, {"op_kwargs": {"a": 1}}])', '[{"a": "x"}, {"a": 1}]'),
        (
            'expand_kwargs([{"op_args": ["x"], "op_kwargs": {"sep": ":"}}, {"op_args": ["y"]}])',
            '{"a": "x", "sep": ":"}',
        ),
    ],
)
def test_positional_arguments_that_differ_in_number_get_their_names(tmp_path: Path, rows: str, listed: str) -> None:
    kind, code = generated(tmp_path, f'PythonOperator.partial(task_id="work", python_callable=put).{rows}')
    assert kind == "step"
    assert listed in code
    assert "put(**op_kwargs" in code or 'a = work_inputs["a"]' in code


@pytest.mark.parametrize(
    "rows",
    ['expand_kwargs([{"op_args": ["x"]}, {"op_kwargs": {}}])', 'expand_kwargs([{"op_args": ["x"]}, {"retries": 1}])'],
)
def test_arguments_that_have_no_names_stay(tmp_path: Path, rows: str) -> None:
    kind, _ = generated(tmp_path, f'PythonOperator.partial(task_id="work", python_callable=spread).{rows}')
    assert kind == "airflow"


@pytest.mark.parametrize(
    ("partial", "call"),
    [
        ("python_callable=lambda a, ds, b=1: a", ""),  # It gets one argument or two.
        ("python_callable=spread", ""),
        ("python_callable=lambda a, b, ds: print(a, b, ds)", "(a=work_inputs[0], b=work_inputs[1]"),
        ('python_callable=lambda a, b: print(a, b), op_kwargs={"b": 2}', "(a=work_inputs[0], b=2)"),
        ('python_callable=lambda a, ds=None, b=1: print(a, b), op_kwargs={"b": 2}', "(a=work_inputs[0], b=2)"),
    ],
)
def test_rows_of_positional_arguments_that_another_task_tells(tmp_path: Path, partial: str, call: str) -> None:
    kind, code = generated(tmp_path, f'PythonOperator.partial(task_id="work", {partial}).expand(op_args=found)')
    assert (kind == "step") is bool(call)
    assert call in code


@pytest.mark.parametrize(
    ("mapped", "listed", "element"),
    [
        ("found.map(whole)", "numbers", "whole(x)"),
        ("found.map(whole).map(str)", "numbers", "str(whole(x))"),
        ("found.map(whole).zip(found)", "zip(numbers, numbers, strict=False)", "(whole(x[0]), *x[1:])"),
        ("found.zip(found.map(whole))", "zip(numbers, numbers, strict=False)", "(x[0], whole(x[1]))"),
        (
            "found.zip(found.map(whole), found).map(str)",
            "zip(numbers, numbers, numbers, strict=False)",
            "str((x[0], whole(x[1]), *x[2:]))",
        ),
    ],
)
def test_copies_keep_their_numbers_where_some_elements_are_left_out(
    tmp_path: Path, mapped: str, listed: str, element: str
) -> None:
    _, code = generated(tmp_path, f"use.expand(x={mapped})")
    assert f"for number, x in enumerate({listed}):\n        with suppress(Skipped):\n" in code
    assert f"yield dg.DynamicOutput({element}, mapping_key=str(number))" in code


def test_lists_put_together_keep_their_pairs_where_elements_are_left_out(tmp_path: Path) -> None:
    _, code = generated(tmp_path, "use.expand(x=found.zip(found.map(whole)).concat(found))")
    pairs = "unskipped(lambda pair: (pair[0], whole(pair[1])), zip(numbers, numbers, strict=False))"
    assert pairs in code


def test_lists_that_are_filled_up_stay_where_elements_are_left_out(tmp_path: Path) -> None:
    kind, _ = generated(tmp_path, "use.expand(x=found.map(whole).zip(found, fillvalue=0))")
    assert kind == "airflow"
    kind, code = generated(tmp_path, "use.expand(x=found.map(str).zip(found, fillvalue=0))")
    assert kind == "step" and "fillvalue=0" in code


@pytest.mark.parametrize(
    ("mapped", "listed", "element"),
    [
        ("expand_kwargs(found.map(to_row))", "row in enumerate(numbers)", "to_row(row)"),
        (
            "expand(x=found.map(whole), y=[1, 2])",
            "values in enumerate(itertools.product(numbers, [1, 2]))",
            '{"x": whole(values[0]), "y": values[1]}',
        ),
        (
            "expand(x=[1, 2], y=found.map(whole).zip(found))",
            "values in enumerate(itertools.product([1, 2], zip(numbers, numbers, strict=False)))",
            '{"x": values[0], "y": (whole(values[1][0]), *values[1][1:])}',
        ),
    ],
)
def test_rows_and_products_keep_their_numbers_as_well(tmp_path: Path, mapped: str, listed: str, element: str) -> None:
    _, code = generated(tmp_path, f"{ROWS}    both.override(task_id='use').{mapped}")
    assert f"for number, {listed}:\n        with suppress(Skipped):\n" in code
    yielded = f"yield dg.DynamicOutput({element}, mapping_key=str(number))"
    assert "".join(yielded.split()) in "".join(code.split()).replace(",)", ")").replace(",}", "}")


ROWS = """
    def to_row(number):
        if number > 2:
            raise AirflowSkipException
        return {"x": number, "y": 1}

    @task
    def both(x, y):
        print(x, y)

"""

NAMED = """\
import datetime as dt
from airflow.sdk import dag, get_current_context, task

@dag(schedule=None, start_date=dt.datetime(2026, 1, 1))
def named():
    @task(map_index_template="{{ area }}")
    def store(row):
        context = get_current_context()
        context["area"] = row["area"]
        {read}
        return row

    store.expand(row=[{"area": "north"}, {"area": "south"}])

named()
"""


@pytest.mark.parametrize(("read", "kept"), [("print(row)", False), ("print(dict(context)['area'])", True)])
def test_what_only_names_a_copy_goes_where_nothing_asks_the_context_for_it(
    tmp_path: Path, read: str, kept: bool
) -> None:
    (tmp_path / "named.py").write_text(NAMED.replace("{read}", read))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "data")
    code = "".join(text for path, text in files.items() if path.startswith("src/data/") and path.endswith(".py"))
    assert ('["area"] = row["area"]' in code) is kept

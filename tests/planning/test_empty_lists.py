"""Lists that may be empty: an op that makes one says whether it is, where something is skipped with the copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.model.plan import NOT_EMPTY, CreateOp
from migrator.pipeline import analyze

DAG = """
import datetime as dt
from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task, task_group

@task
def names(params=None):
    return params["names"]

@task
def two():
    return ["a", "b"]

@task
def some(flag=True):
    if flag:
        return ["a"]
    return []

@task
def each(name):
    return name + "!"

@task
def again(name):
    return name

@task
def last(found=None):
    print(found)

def but_a(name):
    if name == "a":
        raise AirflowSkipException
    return name

@task_group
def group(name):
    return each(name)

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1), params={"names": []}):
"""


def _ops(folder: Path, body: str) -> dict[str, CreateOp]:
    (folder / "shop.py").write_text(f"{DAG}    {body}\n")
    (dag,) = analyze(folder, Config()).plan.dags
    return {op.name: op for op in dag.operations if isinstance(op, CreateOp)}


def _awaited(ops: dict[str, CreateOp], name: str) -> list[str]:
    """The lists that an op waits for to have an element."""
    return [node for order in ops[name].orders for node, output in order.after if output == NOT_EMPTY]


@pytest.mark.parametrize(
    ("body", "lists"),
    [
        ("last(each.expand(name=names()))", ["each_inputs"]),
        ("each.expand(name=names()) >> last()", ["each_inputs"]),
        ("each.expand(name=names()) >> EmptyOperator(task_id='done') >> last()", ["each_inputs"]),
        ("group.expand(name=names()) >> last()", ["group_inputs"]),
        ("last(each.expand(name=some()))", ["each_inputs"]),
        ("last(each.expand(name=two()))", []),
        ("last(each.expand(name=['a']))", []),
        ("last(each.override(trigger_rule='none_failed').expand(name=two()))", ["each_inputs"]),
        ("last.override(trigger_rule='none_failed')(each.expand(name=names()))", []),
        ("last.override(trigger_rule='all_done')(each.expand(name=names()))", []),
        ("last.override(trigger_rule='none_failed_min_one_success')(each.expand(name=names()))", ["each_inputs"]),
        ("last(again.expand(name=each.expand(name=names())))", ["again_inputs"]),
        ("one = each.expand(name=names())\n    last([one, again.expand(name=one)])", ["again_inputs"]),
        (
            "one, other = each.expand(name=names()), again.expand(name=names())\n    last([one, other])",
            ["each_inputs", "again_inputs"],
        ),
        ("[each.expand(name=names()), two()] >> last.override(trigger_rule='none_failed')()", []),
        ("[each.expand(name=names()), two()] >> last.override(trigger_rule='none_failed_min_one_success')()", []),
    ],
)
def test_lists_that_an_op_waits_for_to_have_an_element(tmp_path: Path, body: str, lists: list[str]) -> None:
    ops = _ops(tmp_path, body)
    assert _awaited(ops, "last") == lists
    assert [name for name, op in ops.items() if any(output == NOT_EMPTY for output, _ in op.outputs)] == lists


def test_copies_come_after_those_of_a_list_that_has_an_element(tmp_path: Path) -> None:
    ops = _ops(tmp_path, "each.expand(name=names()) >> again.expand(name=['x'])")
    assert _awaited(ops, "again_inputs") == ["each_inputs"]
    assert _awaited(ops, "again") == []


def test_one_task_of_a_group_comes_after_the_copies_of_another_list(tmp_path: Path) -> None:
    body = "inner = group.expand(name=['x'])\n    again.expand(name=names()) >> inner"
    ops = _ops(tmp_path, body)
    assert (_awaited(ops, "group_inputs"), _awaited(ops, "each")) == ([], ["again_inputs"])


@pytest.mark.parametrize(
    ("over", "lines"),
    [
        ("expand(name=some())", ["if some:", NOT_EMPTY, "for number, name in enumerate(some):", "yield"]),
        (
            "expand(name=names().map(but_a))",
            ["is_empty = True", "for", "with", "yield", "is_empty = False", "if not is_empty:", NOT_EMPTY],
        ),
        (
            "expand(name=names().concat(two()))",
            ["values = [*names, *two]", "if values:", NOT_EMPTY, "for number, name in enumerate(values):", "yield"],
        ),
        ("expand_kwargs(some())", ["if some:", NOT_EMPTY, "for number, row in enumerate(some):", "yield"]),
    ],
)
def test_the_op_that_makes_a_list_says_that_it_has_an_element(tmp_path: Path, over: str, lines: list[str]) -> None:
    (tmp_path / "shop.py").write_text(f"{DAG}    last(each.{over})\n")
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "data")["src/data/defs/shop/ops.py"]
    body = code.partition("def each_inputs(")[2].partition("@dg.op")[0].strip().splitlines()[1:]
    assert len(body) == len(lines)
    assert all(part in line for part, line in zip(lines, body, strict=True))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("last.override(trigger_rule='none_failed')(group.expand(name=names()))", True),
        ("last.override(trigger_rule='none_failed')(each.expand(name=names()))", False),
        ("last(group.expand(name=names()))", False),
    ],
)
def test_a_list_in_the_place_of_none_is_told(tmp_path: Path, body: str, told: bool) -> None:
    (tmp_path / "shop.py").write_text(f"{DAG}    {body}\n")
    deltas = analyze(tmp_path, Config()).plan.deltas
    assert any("None in the place of what the copies" in delta.airflow for delta in deltas) is told


def test_what_is_skipped_with_copies_is_waited_for_by_itself(tmp_path: Path) -> None:
    body = (
        "each.expand(name=names()) >> again.expand(name=['x']) >> (below := last())\n"
        "    [below, two()] >> last.override(task_id='end')()"
    )
    assert [{node for node, _ in order.after} for order in _ops(tmp_path, body)["end"].orders] == [{"last"}, {"two"}]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("last(group.expand(name=names()))", True),
        ("last(group.expand(name=['a', 'b']))", False),
        ("last(each.expand(name=names()))", False),
    ],
)
def test_a_list_of_one_in_the_place_of_a_value_is_told(tmp_path: Path, body: str, told: bool) -> None:
    (tmp_path / "shop.py").write_text(f"{DAG}    {body}\n")
    for version in ("2", "3"):
        deltas = analyze(tmp_path, Config(airflow_version=version)).plan.deltas
        assert any("and no list, where" in delta.airflow for delta in deltas) is (told and version == "3")

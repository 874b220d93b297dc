"""What counts as right, missed and invented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.io.labels import Label, Reference
from tests.conformance.io.score import NO_DATA, NOT_FOUND, Score, Tasks, compare, role_of


def label(
    *outputs: Reference, inputs: tuple[Reference, ...] = (), roles: tuple[str, ...] = ("asset",), dag: str = "d"
) -> Label:
    return Label("a/b", None, "dags/f.py", dag, "t", roles, outputs, inputs)


def ref(name: str, kind: str = "table") -> dict[str, Any]:
    return {"name": name, "kind": kind, "confidence": "likely", "evidence": {"file": "f.py", "line": 1, "why": "seen"}}


def task(*outputs: dict[str, Any], inputs: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "task_id": "t",
        "operator": "BashOperator",
        "disposition": "asset",
        "outputs": list(outputs),
        "inputs": list(inputs),
    } | more


def scored(one: Label, found: dict[str, Any] | None) -> Score:
    score = Score()
    score.add(one, found)
    return score


ORDERS = Reference(("orders", "o"), "table", "sql")
AUDIT = Reference(("audit",), "table", "body", optional=True)


def test_right_missed_and_invented() -> None:
    score = scored(label(ORDERS, Reference(("lines",), "table", "body")), task(ref("ORDERS"), ref("ghost")))
    assert score.counts("outputs") == (1, 1, 1)
    assert score.counts("outputs", "sql") == (1, 0, 1)
    assert score.counts("outputs", "body") == (0, 1, 0)
    assert (score.precision("outputs"), score.recall("outputs")) == (0.5, 0.5)
    assert [(one.what, one.text) for one in score.differences] == [
        ("missed", "lines (table, body)"),
        ("invented", "ghost (table, likely)"),
    ]


def test_another_right_spelling_and_a_second_one_of_the_same() -> None:
    assert scored(label(ORDERS), task(ref("o"), ref("orders"))).counts("outputs") == (1, 0, 0)


def test_an_optional_reference_is_neither_missed_nor_invented() -> None:
    assert scored(label(AUDIT), task()).counts("outputs") == (0, 0, 0)
    assert scored(label(AUDIT), task(ref("audit"))).counts("outputs") == (0, 0, 0)


def test_an_input_is_no_output() -> None:
    score = scored(label(ORDERS), task(inputs=(ref("orders"),)))
    assert score.counts("outputs") == (0, 1, 0)
    assert score.counts("inputs") == (0, 0, 1)
    assert score.counts("inputs", "sql") == (0, 0, 1)


def test_an_invention_of_a_task_without_data() -> None:
    assert scored(label(roles=("side_effect",)), task(ref("x"))).counts("outputs", NO_DATA) == (0, 0, 1)


def test_handovers_are_apart() -> None:
    one = label(ORDERS, Reference(("return_value",), "xcom", "body"))
    score = scored(one, task(ref("orders"), ref("d.t", "xcom"), inputs=(ref("d.u", "xcom"),)))
    assert score.counts("outputs") == (1, 0, 0)
    assert score.counts("handover outputs") == (1, 0, 0)
    assert score.counts("handover inputs") == score.counts("inputs") == (0, 0, 0)


@pytest.mark.parametrize(
    ("roles", "said", "right"),
    [
        (("asset",), "asset", 1),
        (("asset", "side_effect"), "side_effect", 1),
        (("check",), "asset", 0),
        (("side_effect",), "side effect", 1),
    ],
)
def test_roles(roles: tuple[str, ...], said: str, right: int) -> None:
    assert scored(label(roles=roles), task(role=said)).right_roles == right


def test_a_task_that_is_not_in_the_report() -> None:
    score = scored(label(ORDERS), None)
    assert score.role_accuracy() == 0
    assert score.roles["asset", NOT_FOUND] == 1
    assert score.counts("outputs") == (0, 1, 0)


@pytest.mark.parametrize(
    ("found", "role"),
    [
        (task(role="check"), "check"),
        (task(disposition="folded"), "control"),
        (task(disposition="hook"), "side_effect"),
        (task(disposition="step"), "side_effect"),
        (task(disposition="airflow", operator="S3KeySensor"), "sensor"),
        (task(disposition="airflow", operator="BranchPythonOperator"), "control"),
        (task(ref("x"), disposition="wrapped"), "asset"),
        (task(ref("x", "xcom"), disposition="wrapped"), "side_effect"),
    ],
)
def test_role_of_a_report(found: dict[str, Any], role: str) -> None:
    assert role_of(found) == role


def test_tasks_are_found_by_ids_in_the_analyses_of_their_folder() -> None:
    elsewhere = Tasks("other", (("d", "other/f.py", {"t": task(ref("wrong"))}),))
    here = Tasks(
        "dags", (("d", "dags/helper.py", {"t": task(ref("wrong"))}), ("d", "dags/f.py", {"t": task(ref("orders"))}))
    )
    assert compare([label(ORDERS)], {"a/b": [elsewhere, here]}).counts("outputs") == (1, 0, 0)
    assert compare([label(ORDERS)], {"a/b": [elsewhere]}).counts("outputs") == (0, 1, 0)
    helper = Tasks(".", (("d", "common/helper.py", {"t": task(ref("orders"))}),))
    assert compare([label(ORDERS)], {"a/b": [helper]}).counts("outputs") == (1, 0, 0)


def test_a_dag_id_that_only_the_run_knows() -> None:
    report = Tasks(".", (("backup_{env:STAGE}", "dags/f.py", {"t": task(ref("orders"))}),))
    assert compare([label(ORDERS, dag="backup_{?}")], {"a/b": [report]}).counts("outputs") == (1, 0, 0)
    assert compare([label(ORDERS, dag="other_{?}")], {"a/b": [report]}).counts("outputs") == (0, 1, 0)

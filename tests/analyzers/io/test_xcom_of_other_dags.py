"""Values that tasks take of other DAGs' tasks."""

from __future__ import annotations

from migrator.model.assets import Direction
from tests.analyzers.io.builders import bash_task, dag, inferred, names, task


def test_a_pull_from_another_dag_is_told() -> None:
    command = "echo {{ ti.xcom_pull(dag_id='other', task_ids='make') }}"
    done = inferred(dag(task("make", dag_id="other"), dag_id="other"), dag(bash_task(command)))
    (finding,) = [one for one in done.diagnostics if one.code == "MIG405"]
    assert "`other.make`" in finding.message
    assert names(done.dags[0].tasks[0].refs, Direction.OUTPUT) == ["other.make"]


def test_a_pull_from_a_dag_that_is_not_there_is_told_too() -> None:
    done = inferred(dag(bash_task("echo {{ ti.xcom_pull(dag_id='gone', task_ids='make') }}")))
    assert [one.code for one in done.diagnostics] == ["MIG405"]
    assert done.dags[0].tasks[0].refs == ()


def test_a_pull_within_the_dag_is_not() -> None:
    puller = bash_task("echo {{ ti.xcom_pull(task_ids='make') }}")
    done = inferred(dag(task("make"), puller))
    assert "MIG405" not in [one.code for one in done.diagnostics]

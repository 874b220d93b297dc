from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from pydantic import ValidationError

from migrator.diagnostics import MigratorError
from migrator.state.stages import DagState, Stage, change_state, read_state, read_states


def proxy(*tasks: str):
    return lambda state: state.model_copy(update={"stage": Stage.PROXIED, "proxied_tasks": tasks})


def test_a_dag_without_a_file_is_observed(tmp_path: Path) -> None:
    state = read_state(tmp_path, "orders")
    assert (state.stage, state.proxied_tasks, state.stage.owner) == (Stage.OBSERVED, (), "airflow")
    assert not list(tmp_path.iterdir())


def test_a_change_is_written_with_its_history(tmp_path: Path) -> None:
    change_state(tmp_path, "orders", proxy("load"), what="promote orders.load")
    change_state(
        tmp_path,
        "orders",
        lambda state: state.model_copy(update={"stage": Stage.MIGRATED, "proxied_tasks": ()}),
        what="promote orders",
        forced=True,
    )
    document = json.loads((tmp_path / "orders.json").read_text())
    assert (document["schema_version"], document["stage"], document["proxied_tasks"]) == (1, "migrated", [])
    assert [(move["what"], move["forced"]) for move in document["history"]] == [
        ("promote orders.load", False),
        ("promote orders", True),
    ]
    assert all(move["at"].endswith(("Z", "+00:00")) for move in document["history"])
    assert read_state(tmp_path, "orders").stage.owner == "dagster"


def test_no_change_writes_nothing(tmp_path: Path) -> None:
    change_state(tmp_path, "orders", lambda state: state, what="x")
    assert not (tmp_path / "orders.json").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"dag_id": "other"}',
        '{"dag_id": "orders", "stage": "done"}',
        '{"dag_id": "orders", "stage": "proxied"}',
        '{"dag_id": "orders", "stage": "migrated", "proxied_tasks": ["load"]}',
        '{"dag_id": "orders", "owner": "me"}',
        '{"dag_id": "orders", "schema_version": 2}',
        "\udcff",
    ],
)
def test_nonsense_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "orders.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(MigratorError) as caught:
        change_state(tmp_path, "orders", proxy("load"), what="x")
    assert caught.value.code == "MIG610"
    assert path.read_bytes() == before
    states, problems = read_states(tmp_path)
    assert (states, [problem.code for problem in problems]) == ({}, ["MIG610"])


def test_a_change_that_fails_leaves_the_file(tmp_path: Path) -> None:
    change_state(tmp_path, "orders", proxy("load"), what="x")
    before = (tmp_path / "orders.json").read_bytes()

    def refuse(state: DagState) -> DagState:
        raise MigratorError("MIG611", "no")

    with pytest.raises(MigratorError):
        change_state(tmp_path, "orders", refuse, what="x")
    with pytest.raises(ValidationError):
        change_state(tmp_path, "orders", lambda state: state.model_copy(update={"proxied_tasks": ()}), what="x")
    assert (tmp_path / "orders.json").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name not in ("orders.json", ".orders.json.lock")]


@pytest.mark.parametrize("dag_id", ["../orders", "a/b", "", "..", "a\0b", "x" * 300])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, dag_id: str) -> None:
    with pytest.raises(MigratorError, match="cannot be the id"):
        read_state(tmp_path, dag_id)


def _add(folder: Path, task: str) -> None:
    def change(state: DagState) -> DagState:
        tasks = (*state.proxied_tasks, task)
        return state.model_copy(update={"stage": Stage.PROXIED, "proxied_tasks": tasks})

    change_state(folder, "orders", change, what=f"promote orders.{task}")


def test_nothing_is_lost_when_many_change_at_once(tmp_path: Path) -> None:
    tasks = [f"task_{number}" for number in range(12)]
    pool = multiprocessing.get_context("fork").Pool(6)
    pool.starmap(_add, [(tmp_path, task) for task in tasks])
    # Leaving a pool's `with` block kills its workers by a signal that a handler of another test may have caught for good.
    pool.close()
    pool.join()
    state = read_state(tmp_path, "orders")
    assert sorted(state.proxied_tasks) == sorted(tasks)
    assert len(state.history) == len(tasks)

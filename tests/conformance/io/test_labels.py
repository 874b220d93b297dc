"""The labels are as README.md says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.io.labels import DIFFICULTIES, DIRECTIONS, ROLES, read_folders, read_labels
from tests.conformance.io.score import holds

LABELS = read_labels()


def test_there_are_enough_of_each_role_and_difficulty() -> None:
    assert len(LABELS) >= 150
    roles = Counter(label.roles[0] for label in LABELS)
    assert all(roles[role] >= 20 for role in ROLES)
    levels = Counter(
        one.difficulty
        for label in LABELS
        for direction in DIRECTIONS
        for one in label.references(direction)
        if one.kind != "xcom" and not one.optional
    )
    assert all(levels[level] >= 20 for level in DIFFICULTIES)


def test_a_task_is_labelled_once() -> None:
    tasks = Counter((label.repository, label.file, label.dag, label.task) for label in LABELS)
    assert [task for task, count in tasks.items() if count > 1] == []


def test_a_task_does_not_name_a_thing_twice() -> None:
    for label in LABELS:
        for direction in DIRECTIONS:
            names = [one.names[0] for one in label.references(direction)]
            assert len(names) == len(set(names)), label


def test_every_label_is_in_a_folder_that_is_analyzed() -> None:
    folders = read_folders()
    assert {label.repository for label in LABELS} == set(folders)
    for label in LABELS:
        assert sum(holds(folder, label.file) for folder in folders[label.repository]) == 1, label


def test_a_file_of_labels_holds_one_repository_at_one_commit() -> None:
    versions = {(label.repository, label.commit) for label in LABELS}
    assert len(versions) == len({repository for repository, _ in versions})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": "table"}, "unknown: table"),
        ({"shape": 1}, "unknown: shape"),
        ({"outputs": [{"name": "a", "kind": "sheet", "difficulty": "sql"}]}, "unknown: sheet"),
        ({"outputs": [{"name": "a", "kind": "table", "difficulty": "hard"}]}, "unknown: hard"),
        ({"outputs": [{"kind": "table", "difficulty": "sql"}]}, "name"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    row: dict[str, object] = {
        "repo": "a/b",
        "commit": None,
        "file": "f.py",
        "dag": "d",
        "task": "t",
        "role": "asset",
        "outputs": [],
        "inputs": [],
    }
    (tmp_path / "a+b.jsonl").write_text(json.dumps(row | change) + "\n")
    with pytest.raises(ValueError, match=r"a\+b\.jsonl:1: .*" + message):
        read_labels(tmp_path)

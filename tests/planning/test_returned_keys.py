"""Keys of dictionaries that tasks hand to each other: Airflow makes all of them text."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
from collections import defaultdict
from datetime import datetime
from airflow.sdk import dag, task

def rows():
    return []

@dag(schedule="@daily", start_date=datetime(2024, 1, 1))
def d():
    @task
    def give(logical_date=None, ti=None):
        {body}

    @task
    def take(value, ti=None):
        print(value["1"], ti.xcom_pull(task_ids="give", key="days"))

    @task
    def alone():
        return {1: "nobody takes it"}

    take(give())
    alone()

d()
"""
OTHERS = [
    'return {1: "a"}',
    "return {row.when.hour: row for row in rows()}",
    "return {i: row for i, row in enumerate(rows())}",
    "return [{len(row): row} for row in rows()]",
    "return 1, {True: 1}",
    """counts = defaultdict(int)
        for row in rows():
            counts[int(row[0])] += 1
        return dict(counts)""",
    """found = {}
        for i in range(3):
            found[i * 2] = i
        return found""",
    'return {"days": {(1, 2): 3}}',
    """ti.xcom_push(key="days", value={1: "a"})
        return "a\"""",
]
TEXT = [
    'return {"1": "a"}',
    "return {row[0]: row[1] for row in rows()}",
    'return {f"{i}": i for i in range(3)}',
    'return {"x" * 3: 1}',
    "return [1, 2]",
    """ti.xcom_push(key="days", value={"1": 2})
        return "a\"""",
    """seen = {}
        seen[1] = 2
        return sorted(seen.values())""",
    """def inner():
            return {1: 2}
        return list(inner())""",
]


@pytest.mark.parametrize(("body", "told"), [*((body, True) for body in OTHERS), *((body, False) for body in TEXT)])
def test_keys_that_are_no_text_are_told(tmp_path: Path, body: str, told: bool) -> None:
    (tmp_path / "d.py").write_text(DAG.replace("{body}", body))
    found = [
        (delta.task_id, "`take` gets them as text" in delta.airflow)
        for delta in analyze(tmp_path, Config()).plan.deltas
        if "keys that are no text" in delta.airflow
    ]
    assert found == ([("give", True)] if told else [])

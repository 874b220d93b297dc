"""Secrets that tasks hand to each other: told by their names, before they lie in the IO manager's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow.decorators import dag, task
from vault import fetch

@dag(start_date=datetime(2024, 1, 1), schedule="@daily")
def keys():
    @task
    def {giver}:
        return fetch()

    @task
    def use({parameter}):
        print({parameter})

    use({call})

keys()
"""


@pytest.mark.parametrize(
    ("giver", "parameter", "call", "name"),
    [
        ("get_secrets()", "found", "get_secrets()", "get_secrets"),
        ("login()", "api_token", "login()", "api_token"),
        ("read(names)", "found", 'read({"db": {"PASSWORD": "item/7"}})', "PASSWORD"),
        ("read()", "found", 'read()["aws_access_key"]', "aws_access_key"),
        ("count_tokens()", "token_transfers", "count_tokens()", ""),
        ("secretary()", "passengers", "secretary()", ""),
    ],
)
def test_a_secret_that_is_handed_over(tmp_path: Path, giver: str, parameter: str, call: str, name: str) -> None:
    (tmp_path / "keys.py").write_text(
        DAG.replace("{giver}", giver).replace("{parameter}", parameter).replace("{call}", call)
    )
    found = [delta for delta in analyze(tmp_path, Config()).plan.deltas if "a secret" in delta.airflow]
    assert [(delta.task_id, f"`{name}`" in delta.airflow) for delta in found] == (
        [(giver.partition("(")[0], True)] if name else []
    )

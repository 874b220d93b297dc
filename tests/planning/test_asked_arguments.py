"""Functions that ask whether the task gives them an argument: what they find there is known, and so is what they do without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from work import SIZE, helper, taking

def use(**kwargs):
    {body}

with DAG("asking", start_date=datetime(2024, 1, 1), schedule="@daily"):
    PythonOperator(task_id="t", python_callable=use, op_kwargs={given})
"""
WORK = """\
SIZE = 9

def helper(values):
    return values["size"] if "size" in values else 7

def taking(size=8, **rest):
    return size
"""
GIVEN = '{"size": 4}'


def code(path: Path, body: str, given: str) -> str:
    """What `defs` has of a task whose function has this body."""
    (path / "dags").mkdir()
    (path / "dags" / "work.py").write_text(WORK, encoding="utf-8")
    text = DAG.replace("{body}", body.replace("\n", "\n    ")).replace("{given}", given)
    (path / "dags" / "d.py").write_text(text, encoding="utf-8")
    found = analyze(path / "dags", Config())
    files = render_project(found.plan, found.project, "acme")
    return "".join(text for name, text in files.items() if name.startswith("src/acme/") and "bridge" not in name)


@pytest.mark.parametrize(
    ("body", "with_it", "without"),
    [
        ('print(kwargs["size"] if "size" in kwargs else 5)', "print(4)", "print(5)"),
        ('print(5 if "size" not in kwargs else kwargs["size"])', "print(4)", "print(5)"),
        ('print(kwargs["size"] if "size" in kwargs else SIZE)', "print(4)", "print(9)"),
        ('print(kwargs["size"] if "size" in kwargs else int("5"))', "print(4 if True else", "None if False else"),
        ("print(helper(kwargs))", "print(helper(size=4))", "print(helper(size=7))"),
        ("print(taking(**kwargs))", "print(taking(size=4))", "print(taking())"),
    ],
)
def test_the_code_gets_what_it_would_find(tmp_path: Path, body: str, with_it: str, without: str) -> None:
    for number, (given, expected) in enumerate([(GIVEN, with_it), ("{}", without)]):
        (tmp_path / str(number)).mkdir()
        found = code(tmp_path / str(number), body, given)
        assert expected in found
        assert "run_function(" not in found


@pytest.mark.parametrize(
    "body",
    [
        'if "size" in kwargs:\n    size = kwargs["size"]\nelse:\n    size = 5\nprint(size)',
        'if "size" not in kwargs:\n    raise ValueError("no size")\nprint(kwargs["size"])',
        'print("size" in kwargs and kwargs["size"])',
    ],
)
def test_what_it_asks_for_first_may_lack(tmp_path: Path, body: str) -> None:
    found = code(tmp_path, body, "{}")
    assert "run_function(" not in found
    assert "None" in found


def test_what_it_does_not_ask_for_first_may_not(tmp_path: Path) -> None:
    assert "run_function(" in code(tmp_path, 'print(kwargs["size"])', "{}")

"""Snippets of Python and of its standard library, each of which sets `R`: what the interpreter makes of it is what Python does."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from migrator.analyzers.interpreter import Interpreter
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.source import SourceFile

SNIPPETS = (Path(__file__).parents[2] / "fixtures" / "python_snippets.py").read_text("utf-8").split("# ---\n")


def test_snippets_evaluate_to_what_python_says(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    wrong = []
    for snippet in SNIPPETS:
        names: dict[str, Any] = {}
        state = random.getstate()
        exec(compile(snippet, "snippet", "exec"), names)
        random.setstate(state)
        code = f"from airflow.sdk import DAG\n{snippet}\ndag = DAG('d', params={{'x': repr(R)}})"
        found = Interpreter(folder, Config()).file(SourceFile("dag.py", code)).dags
        value = found[0].params["x"] if found else None
        if value != repr(names["R"]):
            wrong.append(f"{snippet}\n-> {value}\nnot {names['R']!r}")
    assert not wrong, "\n\n".join(wrong)

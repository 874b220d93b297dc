"""DAG files as nobody should write them: what becomes of them is linted, loads, and passes its own tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.generated.projects import REPOSITORY, migrate, output_of, run_in

FOLDER = REPOSITORY / "tests" / "fixtures" / "hostile"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile") / "project"
    generated = migrate("generate", FOLDER, "-o", made, "--name", "shop")
    assert generated.returncode == 0, output_of(generated)
    return made


def test_the_project_holds(project: Path) -> None:
    verified = migrate("verify", FOLDER, project)
    assert verified.returncode == 0, output_of(verified)
    for command in (("check", "."), ("format", "--check", ".")):
        linted = run_in(project, "ruff", *command)
        assert linted.returncode == 0, output_of(linted)


def test_params_that_look_alike_stay_apart(project: Path) -> None:
    text = (project / "src/shop/defs/alike_params/ops.py").read_text()
    fields = dict(_fields(ast.parse(text)))
    assert sorted(fields.values()) == list(range(1, 11))
    assert fields["a_b"] == 3
    assert fields["x"] == 9


def _fields(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            named = node.value.keywords if isinstance(node.value, ast.Call) else []
            yield (
                node.target.id,
                ast.literal_eval(next((one.value for one in named if one.arg == "default"), node.value)),
            )

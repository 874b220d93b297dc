"""The values that the environment needs for a project's modules to be imported."""

from __future__ import annotations

import pytest

from migrator.codegen.own_tests.read_on_import import environment_on_import

TABLE = 'T = {"prod": 1, "stage": 2}\n'


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param('import os\nA = os.environ["A"]\n', {"A": "1"}, id="any value"),
        pytest.param('import os\nA = os.getenv("A")\n', {}, id="none is needed"),
        pytest.param('import os\ndef f():\n    return os.environ["A"]\n', {}, id="read in a function"),
        pytest.param('import os\nos.environ["A"] = "x"\n', {}, id="written"),
        pytest.param(f'import os\n{TABLE}B = T[os.environ["A"]]\n', {"A": "stage"}, id="a key of a table"),
        pytest.param(f'import os\n{TABLE}A = os.getenv("A")\nB = T[A]\n', {"A": "stage"}, id="by a name"),
        pytest.param(f'import os\n{TABLE}B = T[os.environ.get("A")]\n', {"A": "stage"}, id="by get"),
        pytest.param('import os\nB = {"prod": 1}[os.environ["A"]]\n', {"A": "prod"}, id="only production's"),
        pytest.param(f'import os\n{TABLE}B = T[os.getenv("A", "stage")]\n', {}, id="with a default"),
        pytest.param(f'import os\n{TABLE}B = T.get(os.getenv("A"))\n', {}, id="what is not there is none"),
        pytest.param('import os\nT = load()\nB = T[os.environ["A"]]\n', {"A": "1"}, id="keys are not known"),
        pytest.param("os.environ[", {}, id="no Python"),
    ],
)
def test_a_value_that_the_module_can_be_imported_with(text: str, values: dict[str, str]) -> None:
    assert environment_on_import([text]) == values

"""What the annotations and results of the team's functions are known to be."""

from __future__ import annotations

import pytest

from migrator.codegen.python.annotations import gives_text


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("lambda: 'a'", True),
        ("lambda x: 'a' if x else f'{x}'", True),
        ("lambda: choice", False),
        ("def f(x):\n    if x:\n        return 'a'\n    return f'b{x}'\n", True),
        ("def f(x):\n    if x:\n        return 'a'\n    else:\n        raise ValueError\n", True),
        ("def f(x):\n    if x:\n        return 'a'\n", False),
        ("def f(x):\n    if x:\n        return ['a']\n    return 'b'\n", False),
        ("def f(x):\n    if x:\n        return\n    return 'b'\n", False),
        ("def f(x):\n    def g():\n        return 1\n    return 'b'\n", True),
        ("def f(x):\n    yield 1\n    return 'b'\n", False),
        ("def f(x):\n    raise ValueError\n", False),
        ("", False),
    ],
)
def test_functions_that_give_text(function: str, expected: bool) -> None:
    assert gives_text(function) is expected

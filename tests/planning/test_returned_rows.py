"""The names of the rows that functions return."""

from __future__ import annotations

import ast

import pytest

from migrator.planning.xcom.returned_rows import dict_names, functions_of, row_names


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return [{'a': 1, 'b': 2}, {'b': 3, 'a': 4}]", ["a", "b"]),
        ("return [dict(a=n) for n in found]", ["a"]),
        ("rows = []\n    for n in found:\n        rows.append({'a': n})\n    rows.sort()\n    return rows", ["a"]),
        ("rows = [{'a': 1}]\n    rows += [{'a': 2}]\n    return rows", ["a"]),
        ("row = {'a': 1}\n    return [row]", ["a"]),
        ("return [{'a': 1}, {'b': 2}]", None),
        ("return [{'a': 1, **other}]", None),
        ("rows = [{'a': 1}]\n    rows.extend(others)\n    return rows", None),
        ("row = {'a': 1}\n    row['b'] = 2\n    return [row]", None),
        ("row = {'a': 1}\n    row.update(b=2)\n    return [row]", None),
        ("for rows in found:\n        return rows", None),
        ("if found:\n        return [{'a': 1}]\n    return others()", None),
        ("return {'a': 1}", None),
        ("pass", None),
    ],
)
def test_names_of_rows(body: str, expected: list[str] | None) -> None:
    assert row_names(ast.parse(f"def rows(found, others):\n    {body}").body[0]) == expected


def test_names_of_one_row() -> None:
    assert dict_names(ast.parse("def row(n): return {'a': n}").body[0]) == ["a"]
    assert dict_names(ast.parse("def row(n): return n").body[0]) is None
    assert dict_names(ast.parse("lambda n: {'a': n}").body[0]) == ["a"]
    assert dict_names(ast.parse("lambda n: n").body[0]) is None


def test_names_that_another_function_of_the_module_gives() -> None:
    module = ast.parse(
        "def row(n):\n    return made(n)\n"
        "def made(n):\n    found = {'a': n}\n    return found\n"
        "def rows(found):\n    return [row(n) for n in found]\n"
        "def again(n):\n    return again(n)\n"
    )
    others = functions_of(module)
    assert dict_names(others["row"], others) == ["a"]
    assert row_names(others["rows"], others) == ["a"]
    assert dict_names(others["again"], others) is None
    assert dict_names(others["row"]) is None

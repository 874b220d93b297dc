"""Many calls that differ in one text are said by these texts, and mean the same."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.codegen.factories.calls import short_calls


def made(text: str) -> list[Any]:
    def task(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs

    return sorted(eval(text, {"task": task}), key=repr)


def load(name: str, chain: str = "eth") -> str:
    return f'task("{chain}.load_{name}", ["lake", "{name}"], deps=[["{chain}", "start"]])'


NAMES = ["0x0", "0x1", "0x2", "0xa"]


def test_calls_that_differ_in_one_text() -> None:
    calls = ['task("start")', *map(load, NAMES)]
    short = short_calls(calls)
    assert short == (
        '[task("start"), *(task(f"eth.load_{name}", ["lake", name], deps=[["eth", "start"]])'
        ' for name in ["0x0", "0x1", "0x2", "0xa"])]'
    )
    assert made(short) == made(f"[{', '.join(calls)}]")


def test_all_calls_are_one_comprehension() -> None:
    assert short_calls([load(name) for name in NAMES]).startswith('[task(f"eth.load_{name}"')


def test_calls_of_two_loops_are_two_lists() -> None:
    calls = [load(name, chain) for chain in ("eth", "polygon") for name in NAMES]
    short = short_calls(calls)
    assert short.count(" for name in ") == 2
    assert made(short) == made(f"[{', '.join(calls)}]")


@pytest.mark.parametrize(
    "calls",
    [
        [load(name) for name in NAMES[:3]],
        [f'task("a{n}", "b{n + 1}")' for n in range(5)],
        ['task("a", kinds={"b"})', 'task("a", kinds={"c"})', 'task("b")', "task(1)"],
    ],
)
def test_few_or_unlike_calls_stand_as_they_are(calls: list[str]) -> None:
    assert short_calls(calls) == f"[{', '.join(calls)}]"

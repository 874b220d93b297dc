"""Helper modules of the generated project hold what is used, and nothing else."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from migrator.codegen.helpers import helper_modules, part
from migrator.codegen.resources.resources import template

TEXT = '''"""About."""

import os
from typing import Any

# Why it is so.
_LIMIT = 3
"""How many."""
_TABLE: dict[str, int] = {}
_TABLE |= {"a": _start()}


def _start() -> int:
    return _LIMIT


def used() -> Any:
    return _TABLE


def unused() -> str:
    return os.getcwd()
'''


def test_a_part_holds_what_is_asked_for_and_what_that_refers_to() -> None:
    assert part(TEXT, ["used"]) == TEXT[: TEXT.index("\n\ndef unused")]
    assert part(TEXT, ["_start"]).split() == [
        *'"""About.""" import os from typing import Any # Why it is so. _LIMIT = 3 """How many."""'.split(),
        *"def _start() -> int: return _LIMIT".split(),
    ]


def test_only_imported_helpers_are_written() -> None:
    found = helper_modules(
        ["from shop.run_context import date_of_run\n", "    from shop.exceptions import Skipped\n"], "shop", "../dags"
    )
    assert set(found) == {"src/shop/run_context.py", "src/shop/exceptions.py"}
    assert "def date_of_run" in found["src/shop/run_context.py"]
    assert "run_conf" not in found["src/shop/run_context.py"]
    assert "class PermanentFailure" not in found["src/shop/exceptions.py"]


def test_helpers_of_helpers_come_along_and_a_module_imported_whole_is_whole() -> None:
    found = helper_modules(
        ["from shop.airflow_operators import (\n    run_function,\n    run_operator,\n)\n"], "shop", "../dags"
    )
    assert "def date_of_run" in found["src/shop/run_context.py"]
    whole = helper_modules(["from shop import macros\n", "from shop.macros import ds_add\n"], "shop", "../dags")
    assert "def ds_format" in whole["src/shop/macros.py"]
    assert (
        "_ENVIRONMENT.filters"
        in helper_modules(["from shop.templating import render_text\n"], "shop", "../dags")["src/shop/templating.py"]
    )


def test_waiting_ends_with_the_first_true_answer_or_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("poking")
    monkeypatch.setitem(sys.modules, "poking", module)
    exec(template("poking.py"), module.__dict__)
    clock = [0.0]
    module.time = types.SimpleNamespace(
        monotonic=lambda: clock[0], sleep=lambda seconds: clock.__setitem__(0, clock[0] + seconds)
    )
    answers = iter([None, [], "there", "never asked"])
    assert (module.wait_until_true(lambda: next(answers), 60, 5), clock) == ("there", [10])
    asked: list[float] = []
    assert module.comes_true(lambda: asked.append(clock[0]), timeout=20, interval=10) is None
    assert asked == [10, 20, 30, 40]  # asked once more when the time is over, as a sensor of Airflow's does
    with pytest.raises(TimeoutError, match="not there after 0 seconds"):
        module.wait_until_true(lambda: False, timeout=0, interval=10)

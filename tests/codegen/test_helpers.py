"""Helper modules of the generated project hold what is used, and nothing else."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from jinja2 import UndefinedError

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


@pytest.mark.parametrize("function", ["render_text", "render_native"])
def test_what_a_template_lacks_is_an_error_as_in_airflow(function: str) -> None:
    module: Any = types.ModuleType("templating")
    exec(template("templating.py"), module.__dict__)
    render = getattr(module, function)
    assert render("{{ conf.day or 'x' }}", conf={"day": ""}) == "x"
    for text in ("a {{ conf.day }}", "{{ conf.day or 'x' }}", "{% if conf.day == 'a' %}b{% endif %}"):
        with pytest.raises(UndefinedError):
            render(text, conf={})
    assert render("{{ conf.day | default('x') }}", conf={}) == "x"


def test_a_helper_brings_along_no_module_that_only_others_of_its_own_need() -> None:
    assert set(helper_modules(["from shop.poking import file_is_there\n"], "shop", "../dags")) == {"src/shop/poking.py"}
    waits = helper_modules(["from shop.poking import wait_until_true\n"], "shop", "../dags")
    assert "class SensorTimeout" in waits["src/shop/exceptions.py"]


def test_waiting_ends_with_the_first_true_answer_or_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("poking")
    monkeypatch.setitem(sys.modules, "poking", module)
    errors: Any = types.ModuleType("shop.exceptions")
    exec(template("exceptions.py"), errors.__dict__)
    monkeypatch.setitem(sys.modules, "shop.exceptions", errors)
    exec(template("poking.py").replace("{{ package }}", "shop"), module.__dict__)
    clock = [0.0]
    module.time = types.SimpleNamespace(
        monotonic=lambda: clock[0], sleep=lambda seconds: clock.__setitem__(0, clock[0] + seconds)
    )
    answers = iter([None, [], "there", "never asked"])
    assert (module.wait_until_true(lambda: next(answers), 60, 5), clock) == ("there", [10])
    asked: list[float] = []
    assert module.comes_true(lambda: asked.append(clock[0]), timeout=20, interval=10) is None
    assert asked == [10, 20, 30, 40]  # asked once more when the time is over, as a sensor of Airflow's does
    with pytest.raises(errors.SensorTimeout, match="not there after 0 seconds") as raised:
        module.wait_until_true(lambda: False, timeout=0, interval=10)
    assert raised.value.allow_retries is False  # a sensor of Airflow's that has waited in vain is not tried again
